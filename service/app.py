"""The HTTP application, put together: calls, problems, request ids, metrics."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from importlib.metadata import version
from threading import Lock
from time import perf_counter
from types import MappingProxyType
from typing import Final
from uuid import uuid4

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from obstore.exceptions import BaseError
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from starlette.exceptions import HTTPException
from starlette.routing import Match

from forms.form import load_forms
from models.calibration import load_calibration
from pipeline.errors import ReportError
from service import manual, pages
from service.api import exports, pictures, reports, reviews, station, steering, system
from service.api.access import Limiter, Service
from service.blobs import open_blobs
from service.drafts import OutdatedDraft
from service.metrics import make_registry
from service.problems import Refusal, ServiceCode, documented, problem
from service.reviews import Leased, NotRead
from service.room import NoRoom, is_full
from service.settings import Settings

_LOG: Final = logging.getLogger(__name__)

_PARTS: Final = (reports, steering, exports, reviews, station, pictures, system, pages, manual)

_ANYWHERE: Final = documented("internal", "unavailable", "no_room")
"""What any call may be answered with."""

_REQUEST_ID: Final = "X-Request-Id"

_ROUTING: Final[Mapping[int, ServiceCode]] = {404: "not_found", 405: "method_not_allowed"}
"""What the framework itself refuses; anything else is a malformed request."""


def make_app(settings: Settings, engine: Engine) -> FastAPI:
    """The application, over a database that is open and up to date."""
    app = FastAPI(
        title="Gouji",
        summary="Reads Chinese government-information-disclosure annual reports.",
        version=version("gouji"),
        docs_url=None,
        redoc_url=None,
    )
    app.state.service = Service(
        settings,
        engine,
        open_blobs(settings),
        MappingProxyType({form.id: form for form in load_forms()}),
        load_calibration(),
        Limiter(settings.requests_per_minute),
        Lock(),
    )
    app.state.registry, app.state.seconds = make_registry(engine)
    for part in _PARTS:
        app.include_router(part.router, responses=_ANYWHERE)
    app.middleware("http")(_watch)
    _explain_refusals(app)
    _explain_failures(app)
    return app


def _explain_refusals(app: FastAPI) -> None:
    """Answer everything that stops a call with problem details."""

    @app.exception_handler(Refusal)
    def _(_request: Request, refusal: Refusal) -> JSONResponse:
        return problem(refusal.code, refusal.detail, refusal.headers)

    @app.exception_handler(Leased)
    def _(_request: Request, _error: Leased) -> JSONResponse:
        return problem("leased", "somebody else is at this report")

    @app.exception_handler(NotRead)
    def _(_request: Request, _error: NotRead) -> JSONResponse:
        return problem("not_extracted", "the report is not read, or is to be read again first")

    @app.exception_handler(OutdatedDraft)
    def _(_request: Request, _error: OutdatedDraft) -> JSONResponse:
        return problem("outdated_reading", "another version read this report; have it read again")

    @app.exception_handler(ReportError)
    def _(_request: Request, error: ReportError) -> JSONResponse:
        return problem(error.code, error.message, more={"advice": error.advice})

    @app.exception_handler(RequestValidationError)
    def _(_request: Request, error: RequestValidationError) -> JSONResponse:
        wrong = [
            {"where": ".".join(map(str, fault["loc"])), "what": fault["msg"]}
            for fault in error.errors()
        ]
        return problem("invalid_request", "the request makes no sense", more={"errors": wrong})

    @app.exception_handler(HTTPException)
    def _(request: Request, error: HTTPException) -> JSONResponse:
        code = _ROUTING.get(error.status_code, "invalid_request")
        headers = _allowed(request) if code == "method_not_allowed" else error.headers
        return problem(code, str(error.detail), headers)


def _explain_failures(app: FastAPI) -> None:
    """The same for what fails here, without a word of where or why."""

    @app.exception_handler(NoRoom)
    def _(_request: Request, _error: NoRoom) -> JSONResponse:
        return problem("no_room", "a disk of the service is full; nothing was changed")

    @app.exception_handler(OperationalError)
    def _(_request: Request, error: OperationalError) -> JSONResponse:
        if is_full(error):
            return problem("no_room", "the database's disk is full; nothing was changed")
        return problem("unavailable", "the database does not answer", {"Retry-After": "5"})

    @app.exception_handler(NoConnection)
    def _(_request: Request, _error: NoConnection) -> JSONResponse:
        return problem("unavailable", "the database is busy", {"Retry-After": "5"})

    @app.exception_handler(BaseError)
    def _(request: Request, error: BaseError) -> JSONResponse:
        _LOG.error(
            "no answer from the storage", extra={"request": request.state.id}, exc_info=error
        )
        return problem("unavailable", "the storage of files does not answer", {"Retry-After": "5"})

    @app.exception_handler(Exception)
    def _(request: Request, error: Exception) -> JSONResponse:
        _LOG.error("failed", extra={"request": request.state.id}, exc_info=error)
        told = {_REQUEST_ID: request.state.id}
        return problem("internal", "something went wrong here; the log says what", told)


def _allowed(request: Request) -> dict[str, str]:
    """All methods of an address: the framework names those of its first call only."""
    scope = request.scope
    calls = (
        route for part in _PARTS for route in part.router.routes if isinstance(route, APIRoute)
    )
    here = (call for call in calls if call.matches(scope)[0] is not Match.NONE)
    return {"Allow": ", ".join(sorted({method for call in here for method in call.methods or ()}))}


async def _watch(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Give each request an id, and note how long it took."""
    request.state.id, started = uuid4().hex, perf_counter()
    status = 500  # of a call that raises, which is answered beyond this
    try:
        response = await call_next(request)
        response.headers[_REQUEST_ID] = request.state.id
        status = response.status_code
        return response
    finally:
        _note(request, status, perf_counter() - started)


def _note(request: Request, status: int, seconds: float) -> None:
    route = getattr(request.scope.get("route"), "path", "none")
    labels = (request.method, route, str(status))
    request.app.state.seconds.labels(*labels).observe(seconds)
    told = {"request": request.state.id, "method": request.method, "route": route}
    told |= {"status": status, "seconds": round(seconds, 4)}
    _LOG.info("answered", extra={**told, "report": request.path_params.get("report_id")})
