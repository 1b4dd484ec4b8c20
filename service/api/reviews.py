"""Reviews: corrections, signing off, and who is at which report."""

from typing import Annotated, Final

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import JSONResponse
from sqlalchemy import Connection

from service.api.access import Caller, Here, Reviewer, Uploader
from service.api.answers import (
    Corrected,
    Deliveries,
    FieldId,
    Filters,
    History,
    Postponed,
    ReportAnswer,
    ReportId,
    SummaryAnswer,
    answer_nothing,
    answer_report,
    etag,
    is_of_version,
    summarise,
)
from service.deliveries import announce, list_tries
from service.problems import Refusal, documented, found
from service.reviews import (
    Correction,
    UnknownField,
    approve,
    correct_field,
    history_of,
    is_held_by_another,
    lease,
    next_review,
    postpone,
    release,
)
from service.store import Stored, Summary, find_report

router: Final = APIRouter(prefix="/v1", tags=["reviews"])

_USUAL: Final = documented(
    "unauthorized", "forbidden", "not_found", "leased", "invalid_request", "rate_limited"
)
_LOG: Final = documented(
    "unauthorized", "forbidden", "not_found", "invalid_request", "rate_limited"
)


@router.patch(
    "/reports/{report_id}/fields/{field}",
    response_model=ReportAnswer,
    responses={
        **_USUAL,
        **documented(
            *("unknown_field", "not_extracted", "leased", "outdated_reading"),
            *("stale_version", "precondition_required"),
        ),
    },
)
def correct(
    report_id: ReportId,
    field: FieldId,
    corrected: Corrected,
    here: Here,
    caller: Reviewer,
    if_match: Annotated[str | None, Header()] = None,
) -> JSONResponse:
    """Say what is printed in a field; the sums speak again over the rest of the report."""
    if if_match is None:
        raise Refusal("precondition_required", "send the report's ETag as `If-Match`")
    with here.engine.begin() as connection:
        stored = held(connection, report_id, caller, if_match)
        correction = Correction(field, corrected.text, caller.who)
        try:
            correct_field(connection, stored, correction, here.forms, here.calibration)
        except UnknownField:
            raise Refusal("unknown_field", "the report's form has no such field") from None
        return answer_report(found(find_report(connection, report_id)))


@router.post(
    "/reports/{report_id}/approve",
    response_model=ReportAnswer,
    responses={
        **_USUAL,
        **documented("not_extracted", "leased", "outdated_reading", "stale_version"),
    },
)
def sign_off(
    report_id: ReportId,
    here: Here,
    caller: Reviewer,
    if_match: Annotated[str | None, Header()] = None,
) -> JSONResponse:
    """Sign a report off as it stands."""
    with here.engine.begin() as connection:
        stored = held(connection, report_id, caller, if_match)
        approve(connection, stored, caller.who)
        announce(connection, report_id)
        release(connection, report_id, caller.who)
        return answer_report(found(find_report(connection, report_id)))


@router.get(
    "/reports/{report_id}/history",
    responses=_LOG,
)
def get_history(report_id: ReportId, here: Here, _: Uploader) -> History:
    """Every change of a report: who, when, from what, to what."""
    with here.engine.begin() as connection:
        found(find_report(connection, report_id))
        entries = history_of(connection, report_id)
    return History.model_validate({"entries": entries}, from_attributes=True)


@router.get(
    "/reports/{report_id}/deliveries",
    responses=_LOG,
)
def get_deliveries(report_id: ReportId, here: Here, _: Uploader) -> Deliveries:
    """Every try to tell those who gave a `callback_url` what became of a report."""
    with here.engine.begin() as connection:
        found(find_report(connection, report_id))
        tries = list_tries(connection, report_id)
    return Deliveries.model_validate({"tries": tries}, from_attributes=True)


@router.get(
    "/reviews/next",
    response_model=SummaryAnswer,
    responses={
        204: {"description": "There is nothing to review."},
        **documented("unauthorized", "forbidden", "invalid_request", "rate_limited"),
    },
)
def get_next(here: Here, caller: Reviewer, asked: Annotated[Filters, Query()]) -> Response:
    """The report to review next: the most urgent that nobody else is at. It is not held yet."""
    with here.engine.begin() as connection:
        summary = next_review(connection, caller.who, asked.wanted)
    return answer_nothing() if summary is None else _answer(summary)


@router.post("/reviews/{report_id}/lease", response_model=SummaryAnswer, responses=_USUAL)
def hold(report_id: ReportId, here: Here, caller: Reviewer) -> JSONResponse:
    """Hold a report, or go on holding it. A lease that is not renewed lapses by itself."""
    with here.engine.begin() as connection:
        held = lease(connection, report_id, caller.who, here.settings.lease_seconds)
    return _answer(found(held))


@router.post("/reviews/{report_id}/release", response_model=SummaryAnswer, responses=_USUAL)
def let_go(report_id: ReportId, here: Here, caller: Reviewer) -> JSONResponse:
    """Let go of a report."""
    with here.engine.begin() as connection:
        freed = release(connection, report_id, caller.who)
    return _answer(found(freed))


@router.post("/reviews/{report_id}/postpone", response_model=SummaryAnswer, responses=_USUAL)
def put_off(
    report_id: ReportId, here: Here, caller: Reviewer, postponed: Postponed | None = None
) -> JSONResponse:
    """Let go of a report, and have it offered to nobody for a while."""
    seconds = (postponed or Postponed()).seconds
    with here.engine.begin() as connection:
        freed = postpone(connection, report_id, caller.who, seconds)
    return _answer(found(freed))


def held(connection: Connection, report_id: str, caller: Caller, if_match: str | None) -> Stored:
    """A report that this caller may change now; nobody else changes it meanwhile.

    Raises:
        Refusal: There is none, it has changed, or somebody else is at it.
    """
    stored = found(find_report(connection, report_id, lock=True))
    if is_held_by_another(connection, report_id, caller.who):
        raise Refusal("leased", "somebody else is at this report")
    tags = [] if if_match is None else [tag.strip() for tag in if_match.split(",")]
    version = stored.summary.version
    if tags and not any(tag == "*" or is_of_version(tag, version) for tag in tags):
        raise Refusal("stale_version", "the report has changed since; get it again")
    return stored


def _answer(summary: Summary) -> JSONResponse:
    return JSONResponse(summarise(summary), headers={"ETag": etag(summary)})
