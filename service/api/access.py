"""Who calls, what they may do, and how often."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from obstore.store import ObjectStore
from sqlalchemy import Engine

from forms.form import Form
from models.calibration import Calibration
from service.choices import Role
from service.keys import Key, find_key, may
from service.problems import Refusal
from service.settings import Settings

_SECONDS: Final = 60.0
_BEARER: Final = HTTPBearer(auto_error=False, description="A key from `gouji key create`.")


class Limiter:
    """Lets each key have so many requests a minute, a minute's worth of them at once."""

    def __init__(self, per_minute: int) -> None:
        self._most = float(per_minute)
        self._lock = Lock()
        # What is left of each key's allowance, and when that was so.
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, key_id: str) -> float:
        """Take one; 0 when there was one, else how many seconds to wait for it."""
        now = monotonic()
        with self._lock:
            left, then = self._left.get(key_id, (self._most, now))
            left = min(self._most, left + (now - then) * self._most / _SECONDS)
            granted = left >= 1
            self._left[key_id] = (left - granted, now)
        return 0.0 if granted else (1 - left) * _SECONDS / self._most


@dataclass(frozen=True, slots=True, eq=False)
class Service:
    """What the calls work with.

    Attributes:
        settings: Those of the operator.
        engine: The database.
        blobs: The files.
        forms: The forms known, by id.
        calibration: That of the models that ship.
        limiter: How much each key may still ask for.
        drawing: Held while a page is drawn: PDFium bears one thread at a time.
    """

    settings: Settings
    engine: Engine
    blobs: ObjectStore
    forms: Mapping[str, Form]
    calibration: Calibration
    limiter: Limiter
    drawing: Lock


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever calls; `who` is what the history says of them."""

    key: Key

    @property
    def who(self) -> str:
        """The name that the operator gave, and the id of the key, which no one else has."""
        return f"{self.key.name} ({self.key.id})"


def service_of(request: Request) -> Service:
    """The service that this request came to."""
    service = request.app.state.service
    if not isinstance(service, Service):
        raise TypeError("the application was not made by make_app")
    return service


Here = Annotated[Service, Depends(service_of)]


def allow(needed: Role) -> Callable[..., Caller]:
    """A dependency that lets callers of this role pass, and of those above it."""

    def check(
        here: Here, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
    ) -> Caller:
        if given is None:
            raise _unauthorized("send an API key as `Authorization: Bearer KEY`")
        with here.engine.begin() as connection:
            key = find_key(connection, given.credentials)
        if key is None:
            raise _unauthorized("the API key is not valid")
        wait = here.limiter.take(key.id)
        if wait:
            headers = {"Retry-After": str(math.ceil(wait))}
            raise Refusal("rate_limited", "too many requests with this key", headers)
        if not may(key.role, needed):
            raise Refusal("forbidden", f"this needs a key with the role {needed}")
        return Caller(key)

    return check


Uploader = Annotated[Caller, Depends(allow("upload"))]
Reviewer = Annotated[Caller, Depends(allow("review"))]
Admin = Annotated[Caller, Depends(allow("admin"))]


def _unauthorized(detail: str) -> Refusal:
    return Refusal("unauthorized", detail, {"WWW-Authenticate": "Bearer"})
