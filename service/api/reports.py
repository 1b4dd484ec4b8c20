"""Reports: sent, waited for, listed, forgotten."""

import asyncio
from time import monotonic
from typing import Annotated, Final

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from sqlalchemy import Connection

from service.api.access import Admin, Caller, Here, Service, Uploader
from service.api.answers import (
    Accepted,
    Listing,
    Page,
    ReportAnswer,
    ReportId,
    UploadOptions,
    answer_nothing,
    answer_report,
    etag,
    summarise,
)
from service.blobs import delete_blob, put_blob
from service.choices import LEAST_PRIORITY, MOST_PRIORITY
from service.deliveries import announce
from service.idempotency import is_asked_again
from service.jobs import queue_report
from service.problems import Refusal, documented, found
from service.room import taking_room
from service.settings import Settings
from service.steering import hurry_report, retry_report
from service.store import (
    UNREAD,
    BadCursor,
    Stored,
    Upload,
    add_callback,
    add_report,
    delete_report,
    find_report,
    list_reports,
    lock_content,
    status_of,
)
from service.uploads import Received, receive
from service.webhooks import ForbiddenUrl, check_url, is_public

router: Final = APIRouter(prefix="/v1/reports", tags=["reports"])

_LONGEST_WAIT: Final = 60.0
_LOOK_SECONDS: Final = 0.2
"""Between looks for a change; a look is one row by its key."""

_FORM: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "A PDF, PNG, JPEG or TIFF.",
                        },
                        "callback_url": {"type": "string", "format": "uri"},
                        "priority": {
                            "type": "integer",
                            "minimum": LEAST_PRIORITY,
                            "maximum": MOST_PRIORITY,
                        },
                        "review_risk": {"type": "number", "minimum": 0, "maximum": 1},
                    },
                }
            }
        },
    }
}


@router.post(
    "",
    status_code=202,
    response_model=Accepted,
    openapi_extra=_FORM,
    responses={
        200: {"model": Accepted, "description": "These bytes were sent before."},
        **documented(
            "unauthorized", "forbidden", "too_large", "unsupported_type", "invalid_request",
            "idempotency_key_reused", "rate_limited",
        ),
    },
)  # fmt: skip
async def send_report(
    request: Request,
    here: Here,
    caller: Uploader,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> JSONResponse:
    """Send a report to be read. The same bytes are the same report.

    One that is known is read as its first sender asked, no later than the most urgent of them
    did; one that failed or was cancelled is tried again. All of them are told what becomes of it.
    """
    with taking_room():
        async with receive(request, here.settings.most_bytes) as received:
            try:
                options = UploadOptions.model_validate(received.options)
            except ValidationError as error:
                raise RequestValidationError(error.errors()) from error
            if options.callback_url is not None:
                _check_receiver(str(options.callback_url), here.settings)
            asked = (here, caller, received, options, idempotency_key)
            return await run_in_threadpool(_take_in, *asked)


def _check_receiver(url: str, settings: Settings) -> None:
    """Refuse at the door what could never be called.

    Raises:
        Refusal: The URL is none that is called.
    """
    try:
        host = check_url(url).host
        if not settings.webhooks_private and not is_public(host):
            raise Refusal("invalid_request", f"callback_url: {host} is not a public address")
    except ForbiddenUrl as error:
        raise Refusal("invalid_request", f"callback_url: {error}") from error
    except ValueError:
        # A name; what it stands for is looked up when it is called.
        return


def _take_in(
    here: Service,
    caller: Caller,
    received: Received,
    options: UploadOptions,
    idempotency_key: str | None,
) -> JSONResponse:
    upload = Upload(
        received.sha256,
        received.filename,
        received.size,
        options.priority,
        options.review_risk,
        None if options.callback_url is None else str(options.callback_url),
    )
    with here.engine.begin() as connection:
        again: bool | None = False
        if idempotency_key is not None:
            asked = f"{upload.sha256} {options.model_dump_json()}"
            again = is_asked_again(connection, caller.key.id, idempotency_key, asked)
        if again is None:
            raise Refusal("idempotency_key_reused", "this key was used for another request")
        lock_content(connection, upload.sha256)
        known = status_of(connection, upload.sha256)
        if known is None:
            put_blob(here.blobs, upload.sha256, received.file)
            add_report(connection, upload, caller.who)
            queue_report(connection, upload.sha256, upload.priority)
        elif not again:
            _ask_too(connection, upload, caller.who)
        status = status_of(connection, upload.sha256)
    content = {"id": upload.sha256, "status": status}
    location = {"Location": f"/v1/reports/{upload.sha256}"}
    return JSONResponse(content, 202 if known is None or again else 200, headers=location)


def _ask_too(connection: Connection, upload: Upload, who: str) -> None:
    """Do for a report that is known what another sender asks for."""
    # A worker that has just read it waits, and tells this sender too.
    find_report(connection, upload.sha256, lock=True)
    hurry_report(connection, upload.sha256, upload.priority)
    retry_report(connection, upload.sha256, who)
    if upload.callback_url is not None:
        add_callback(connection, upload.sha256, upload.callback_url)
        announce(connection, upload.sha256, upload.callback_url)


@router.get(
    "", responses=documented("unauthorized", "forbidden", "invalid_request", "rate_limited")
)
def list_them(here: Here, _: Uploader, asked: Annotated[Listing, Query()]) -> Page:
    """List reports, the newest first."""
    with here.engine.begin() as connection:
        try:
            reports, after = list_reports(connection, asked.wanted, asked.cursor, asked.limit)
        except BadCursor as error:
            raise Refusal("invalid_request", "the cursor is none that a list gave") from error
    return Page.model_validate({"reports": [summarise(one) for one in reports], "next": after})


@router.get(
    "/{report_id}",
    response_model=ReportAnswer,
    responses={
        304: {"description": "The report has the version that `If-None-Match` names."},
        **documented("unauthorized", "forbidden", "not_found", "invalid_request", "rate_limited"),
    },
)
async def get_report(
    report_id: ReportId,
    here: Here,
    _: Uploader,
    wait: Annotated[float, Query(ge=0, le=_LONGEST_WAIT)] = 0.0,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Get a report, after waiting for it to be read for at most `wait` seconds."""
    deadline = monotonic() + wait
    while monotonic() < deadline and await run_in_threadpool(_is_unread, here, report_id):
        await asyncio.sleep(min(_LOOK_SECONDS, max(0.0, deadline - monotonic())))
    stored = await run_in_threadpool(find, here, report_id)
    if if_none_match == etag(stored.summary):
        return Response(status_code=304, headers={"ETag": if_none_match})
    return answer_report(stored)


@router.delete(
    "/{report_id}",
    status_code=204,
    responses=documented("unauthorized", "forbidden", "invalid_request", "rate_limited"),
)
def forget_report(report_id: ReportId, here: Here, _: Admin) -> Response:
    """Forget a report, its file and its history; it may be gone already."""
    with here.engine.begin() as connection:
        lock_content(connection, report_id)
        if delete_report(connection, report_id):
            delete_blob(here.blobs, report_id)
    return answer_nothing()


def _is_unread(here: Service, report_id: str) -> bool:
    with here.engine.begin() as connection:
        return status_of(connection, report_id) in UNREAD


def find(here: Service, report_id: str) -> Stored:
    """A report.

    Raises:
        Refusal: There is none of this id.
    """
    with here.engine.begin() as connection:
        return found(find_report(connection, report_id))
