"""Reports that are on their way: not to be read after all, or to be tried again."""

from typing import Final

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from sqlalchemy import Connection

from service.api.access import Here, Uploader
from service.api.answers import ReportId, SummaryAnswer, etag, summarise
from service.deliveries import announce
from service.problems import Refusal, documented, found
from service.steering import cancel_report, retry_report
from service.store import UNREAD, Summary, find_report

router: Final = APIRouter(prefix="/v1/reports/{report_id}", tags=["reports"])

_USUAL: Final = documented(
    "unauthorized", "forbidden", "not_found", "already_ended", "invalid_request", "rate_limited"
)


@router.post("/cancel", response_model=SummaryAnswer, responses=_USUAL)
def cancel(report_id: ReportId, here: Here, caller: Uploader) -> JSONResponse:
    """Have a report not read after all: taken off the queue, or put down by whoever reads it."""
    with here.engine.begin() as connection:
        summary = _locked(connection, report_id)
        ended = cancel_report(connection, report_id, caller.who)
        if ended is None and summary.status != "cancelled":
            raise Refusal("already_ended", "there is nothing left to cancel")
        if ended == "cancelled":
            announce(connection, report_id)
        return _answer(connection, report_id, 200)


@router.post("/retry", status_code=202, response_model=SummaryAnswer, responses=_USUAL)
def retry(report_id: ReportId, here: Here, caller: Uploader) -> JSONResponse:
    """Queue a report again that failed or was cancelled; one that waits already goes on so."""
    with here.engine.begin() as connection:
        summary = _locked(connection, report_id)
        if not retry_report(connection, report_id, caller.who) and summary.status not in UNREAD:
            raise Refusal("already_ended", "the report has been read")
        return _answer(connection, report_id, 202)


def _locked(connection: Connection, report_id: str) -> Summary:
    return found(find_report(connection, report_id, lock=True)).summary


def _answer(connection: Connection, report_id: str, status: int) -> JSONResponse:
    summary = found(find_report(connection, report_id)).summary
    return JSONResponse(summarise(summary), status, headers={"ETag": etag(summary)})
