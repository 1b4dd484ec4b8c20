"""What the API answers when it cannot do what it was asked: problem details (RFC 9457).

Codes are stable and documented in docs/errors.md, beside those of documents. No answer
holds a path, a query or a stack.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, Literal, TypeAlias, TypeVar

from fastapi.responses import JSONResponse

from pipeline.errors import CODES, ErrorCode

ServiceCode: TypeAlias = Literal[
    "unauthorized",
    "forbidden",
    "not_found",
    "unknown_field",
    "no_such_page",
    "method_not_allowed",
    "not_extracted",
    "outdated_reading",
    "already_ended",
    "leased",
    "stale_version",
    "invalid_request",
    "idempotency_key_reused",
    "precondition_required",
    "rate_limited",
    "internal",
    "unavailable",
    "no_room",
]

SERVICE_CODES: Final[dict[ServiceCode, int]] = {
    "unauthorized": 401,
    "forbidden": 403,
    "not_found": 404,
    "unknown_field": 404,
    "no_such_page": 404,
    "method_not_allowed": 405,
    "not_extracted": 409,
    "outdated_reading": 409,
    "already_ended": 409,
    "leased": 409,
    "stale_version": 412,
    "invalid_request": 422,
    "idempotency_key_reused": 422,
    "precondition_required": 428,
    "rate_limited": 429,
    "internal": 500,
    "unavailable": 503,
    "no_room": 507,
}

_Sought = TypeVar("_Sought")

MEDIA_TYPE: Final = "application/problem+json"


class Refusal(Exception):
    """A request that is not answered with what it asked for."""

    def __init__(
        self, code: ServiceCode, detail: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.code: ServiceCode = code
        self.detail = detail
        self.headers = headers


def found(sought: _Sought | None) -> _Sought:
    """A report, or what is told of it, that was looked for.

    Raises:
        Refusal: It is not there.
    """
    if sought is None:
        raise Refusal("not_found", "there is no such report")
    return sought


def problem(
    code: ServiceCode | ErrorCode,
    detail: str,
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, object] | None = None,
) -> JSONResponse:
    """The answer that names a problem.

    Args:
        code: Says the status too.
        detail: One sentence for people.
        headers: Sent along.
        more: Members of the answer beyond the usual.
    """
    status = _STATUSES[code]
    content = {
        "type": f"urn:gouji:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        **(more or {}),
    }
    return JSONResponse(content, status, headers=headers, media_type=MEDIA_TYPE)


def documented(*codes: ServiceCode | ErrorCode) -> dict[int | str, dict[str, Any]]:
    """Problems that a call may answer with, for the OpenAPI document."""
    by_status: dict[int, list[str]] = {}
    for code in codes:
        by_status.setdefault(_STATUSES[code], []).append(code)
    return {
        status: {
            "description": f"{HTTPStatus(status).phrase}: {', '.join(sorted(names))}",
            "content": {MEDIA_TYPE: {"schema": _SCHEMA, "example": _example(status, names[0])}},
        }
        for status, names in by_status.items()
    }


def _example(status: int, code: str) -> dict[str, object]:
    title = HTTPStatus(status).phrase
    kind = f"urn:gouji:problem:{code}"
    return {"type": kind, "title": title, "status": status, "detail": "…", "code": code}


_STATUSES: Final[dict[str, int]] = dict([*CODES.items(), *SERVICE_CODES.items()])
_SCHEMA: Final = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
    },
}
