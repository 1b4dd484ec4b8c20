"""What the review page asks for beyond reports and reviews: see `service.station`."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Header, Query
from fastapi.responses import JSONResponse
from pydantic import Field

from forms.form import Band, Form, Label
from service import station
from service.api.access import Here, Reviewer, Uploader
from service.api.answers import (
    Exact,
    FieldId,
    Filters,
    Listing,
    ReportAnswer,
    ReportId,
    SummaryAnswer,
    Text,
    answer_report,
    summarise,
)
from service.api.reports import find
from service.api.reviews import held
from service.choices import Role
from service.drafts import form_of, load_draft
from service.gain import order_doubts
from service.problems import Refusal, documented, found
from service.reviews import NotRead, UnknownField
from service.store import corrections_of, find_report

router: Final = APIRouter(prefix="/v1", tags=["review page"])

_USUAL: Final = documented("unauthorized", "forbidden", "invalid_request", "rate_limited")
_READINGS_SHOWN: Final = 100
_LOOK_ALIKES_SHOWN: Final = 200

Texts = tuple[str, ...]


class Me(Exact):
    """Whose key this is; `who` is the name that history and leases give them."""

    name: str
    role: Role
    who: str


class ColumnShape(Exact):
    """A column of values; `under` are the header cells above it, outermost first."""

    label: str
    under: Texts


class RowShape(Exact):
    """A row of values; `under` are the labels that it stands under, outermost first."""

    label: str
    under: Texts
    fields: Texts


class BandShape(Exact):
    """Rows that share a header."""

    heading: str | None
    corner: str | None
    columns: tuple[ColumnShape, ...]
    rows: tuple[RowShape, ...]


class TableShape(Exact):
    """A table of a form."""

    id: str
    title: str
    bands: tuple[BandShape, ...]


class FormShape(Exact):
    """A form as it is printed."""

    id: str
    name: str
    tables: tuple[TableShape, ...]
    sums: dict[str, tuple[Texts, Texts]]


class QueueQuery(Listing):
    """Which reports to show, and in what order."""

    order: Literal["worst", "oldest"] = "worst"
    skip: Annotated[int, Field(ge=0, le=1_000_000)] = 0


class Queue(Exact):
    """Wanted reports: some of them, how many there are, the doubtful fields in them all."""

    reports: tuple[SummaryAnswer, ...]
    total: int
    doubts: int
    bodies: Texts
    archives: Texts
    fields_today: int
    reports_today: int


class GainAnswer(Exact):
    """A doubtful field, and how many other doubts its answer is expected to settle."""

    field: str
    settles: float


class Doubts(Exact):
    """The doubtful fields of a report in the order in which to ask for them."""

    version: int
    doubts: tuple[GainAnswer, ...]


class ReadingAnswer(Exact):
    """A text that doubtful fields were read as."""

    text: str
    fields: int


class LookAlikeAnswer(Exact):
    """A doubtful field that was read as a text which others were read as too.

    `version` is its report's: what is said of the field is said with it as `If-Match`.
    """

    report_id: str
    version: int
    field: str
    confidence: float
    body: str | None
    fiscal_year: int | None


class LookAlikesQuery(Filters):
    """Whose fields to show side by side: those that were read as a text, if one is named."""

    text: Text | None = None


class LookAlikes(Exact):
    """Texts that doubtful fields were read as, and the fields of one of them if it was named."""

    readings: tuple[ReadingAnswer, ...]
    fields: tuple[LookAlikeAnswer, ...]
    archives: Texts


class YearCount(Exact):
    """How many reports of a year have a status."""

    fiscal_year: int | None
    status: str
    reports: int


class BandAnswer(Exact):
    """Fields whose confidence lay in a band, and how many of them a person found right."""

    low: float
    high: float
    fields: int
    confidence: float
    right: int


class MisreadAnswer(Exact):
    """A field, and in how many reports people said something else of it than was read."""

    field: str
    reports: int


class Overview(Exact):
    """How the archive stands: reports, their fields, confidences against reviews.

    `fields_to_review` is how many of `fields_read` are doubtful and not signed off.
    """

    reports: tuple[YearCount, ...]
    fields_read: int
    fields_to_review: int
    reliability: tuple[BandAnswer, ...]
    misread: tuple[MisreadAnswer, ...]


@router.get("/me", responses=documented("unauthorized", "forbidden", "rate_limited"))
def get_me(caller: Uploader) -> Me:
    """Whose key this is and what it may do."""
    return Me(name=caller.key.name, role=caller.key.role, who=caller.who)


@router.get("/forms/{form_id}", responses={**_USUAL, **documented("not_found")})
def get_form(form_id: str, here: Here, _: Uploader) -> FormShape:
    """A form as it is printed: tables, headers, rows, and the sums over their fields."""
    form = here.forms.get(form_id)
    if form is None:
        raise Refusal("not_found", "there is no such form")
    return _draw(form)


@router.get("/reviews", responses=_USUAL)
def get_queue(here: Here, caller: Reviewer, asked: Annotated[QueueQuery, Query()]) -> Queue:
    """Reports, the most urgent and of these the worst or oldest first, and this caller's day.

    With `needs_review=true` only those that are to be reviewed.
    """
    with here.engine.begin() as connection:
        queue = station.list_queue(connection, asked.wanted, asked.order, asked.skip, asked.limit)
        bodies, archives = station.list_bodies(connection), station.list_archives(connection)
        today = station.done_today(connection, caller.who)
    return Queue.model_validate(
        {
            "reports": [summarise(one) for one in queue.reports],
            "total": queue.total,
            "doubts": queue.doubts,
            "bodies": bodies,
            "archives": archives,
            "fields_today": today.fields,
            "reports_today": today.reports,
        }
    )


@router.get("/reviews/overview", responses=_USUAL)
def get_overview(here: Here, _: Reviewer) -> Overview:
    """How the archive stands, and how far confidences can be relied on."""
    with here.engine.begin() as connection:
        read, doubtful = station.count_fields(connection, here.forms)
        counts = station.count_reports(connection)
        misread = station.list_misread(connection)
        bands = station.weigh_reviews(connection, here.forms, here.calibration)
    return Overview(
        reports=tuple(
            YearCount(fiscal_year=year, status=status, reports=count)
            for year, status, count in counts
        ),
        fields_read=read,
        fields_to_review=doubtful,
        reliability=tuple(BandAnswer.model_validate(band, from_attributes=True) for band in bands),
        misread=tuple(MisreadAnswer(field=field, reports=count) for field, count in misread),
    )


@router.get("/reviews/look-alikes", responses=_USUAL)
def get_look_alikes(
    here: Here, _: Reviewer, asked: Annotated[LookAlikesQuery, Query()]
) -> LookAlikes:
    """Doubtful fields by what they were read as, to be checked side by side."""
    alike: tuple[station.LookAlike, ...] = ()
    with here.engine.begin() as connection:
        readings = station.list_readings(connection, asked.wanted, _READINGS_SHOWN)
        if asked.text is not None:
            alike = station.list_look_alikes(
                connection, asked.wanted, asked.text, _LOOK_ALIKES_SHOWN
            )
        archives = station.list_archives(connection)
    return LookAlikes(
        archives=archives,
        readings=tuple(ReadingAnswer(text=read, fields=count) for read, count in readings),
        fields=tuple(LookAlikeAnswer.model_validate(one, from_attributes=True) for one in alike),
    )


@router.get(
    "/reviews/{report_id}/doubts",
    responses={**_USUAL, **documented("not_found", "not_extracted", "outdated_reading")},
)
def get_doubts(report_id: ReportId, here: Here, _: Reviewer) -> Doubts:
    """The doubtful fields of a report, the one first whose answer settles most others."""
    stored = find(here, report_id)
    if stored.draft is None:
        raise NotRead
    with here.engine.begin() as connection:
        said = corrections_of(connection, report_id)
    draft = load_draft(stored.draft)
    gains = order_doubts(draft, said, form_of(draft, here.forms), here.calibration)
    return Doubts(
        version=stored.summary.version,
        doubts=tuple(GainAnswer.model_validate(one, from_attributes=True) for one in gains),
    )


@router.delete(
    "/reports/{report_id}/fields/{field}",
    response_model=ReportAnswer,
    responses={
        **_USUAL,
        **documented("not_found", "unknown_field", "stale_version", "precondition_required"),
        **documented("not_extracted", "leased", "outdated_reading"),
    },
)
def take_back(
    report_id: ReportId,
    field: FieldId,
    here: Here,
    caller: Reviewer,
    if_match: Annotated[str | None, Header()] = None,
) -> JSONResponse:
    """Take back what was said of a field; the sums speak again over the whole report."""
    if if_match is None:
        raise Refusal("precondition_required", "send the report's ETag as `If-Match`")
    with here.engine.begin() as connection:
        stored = held(connection, report_id, caller, if_match)
        try:
            station.withdraw(connection, stored, field, caller.who, here.forms, here.calibration)
        except UnknownField:
            raise Refusal("unknown_field", "nobody has said anything of this field") from None
        return answer_report(found(find_report(connection, report_id)))


def _draw(form: Form) -> FormShape:
    return FormShape(
        id=form.id,
        name=form.name,
        tables=tuple(
            TableShape(
                id=table.id, title=table.title.text, bands=tuple(map(_draw_band, table.bands))
            )
            for table in form.tables
        ),
        sums={rule.id: (rule.left, rule.right) for rule in form.sums},
    )


def _draw_band(band: Band) -> BandShape:
    return BandShape(
        heading=None if band.heading is None else band.heading.text,
        corner=None if band.corner is None else band.corner.text,
        columns=tuple(
            ColumnShape(label=column.label.text, under=_texts(column.under))
            for column in band.columns
        ),
        rows=tuple(
            RowShape(
                label=row.label.text,
                under=_texts(row.under),
                fields=tuple(field.id for field in row.fields),
            )
            for row in band.rows
        ),
    )


def _texts(labels: tuple[Label, ...]) -> Texts:
    return tuple(label.text for label in labels)
