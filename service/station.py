"""What a verification station shows beyond one report: the queue, look-alikes, how it goes.

Every function works within the transaction of the connection that it is given.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal, TypeAlias

from sqlalchemy import Boolean, Connection, Float, cast, delete, func, select, true
from sqlalchemy.dialects.postgresql import JSONB

from forms.form import Form
from models.calibration import Calibration
from service.drafts import OutdatedDraft, conclude_again, form_of, load_draft
from service.history import Change, note
from service.reviews import UnknownField, weigh_again
from service.store import (
    SUMMARY,
    Stored,
    Summary,
    Wanted,
    corrections_of,
    filtered,
    summary_of,
)
from service.tables import ARCHIVES, CORRECTIONS, HISTORY, REPORTS

Order: TypeAlias = Literal["worst", "oldest"]

BOUNDS: Final = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999, 1.0)
"""Between these lie the bands in which confidences are held against reviews."""

_BODIES_SHOWN: Final = 200
_ARCHIVES_SHOWN: Final = 200
_REPORTS_WEIGHED: Final = 40
"""Each is weighed again while somebody waits for the page."""
_MISREAD_SHOWN: Final = 10

_FIELD: Final = func.jsonb_each(cast(REPORTS.c.report, JSONB)["fields"]).table_valued(
    "key", "value"
)
"""The fields in a report's JSON, one a row."""

_FIELDS_OF_REPORTS: Final = REPORTS.join(_FIELD, true())

_VALUE: Final = cast(_FIELD.c.value, JSONB)
_TEXT: Final = _VALUE["text"].astext
_CONFIDENCE: Final = cast(_VALUE["confidence"].astext, Float)
_IN_DOUBT: Final = (
    REPORTS.c.status == "extracted",
    REPORTS.c.to_review > 0,
    cast(_VALUE["review"].astext, Boolean),
    _VALUE["page"].astext.is_not(None),
)
"""That a field is in doubt, and that its cell was found."""


@dataclass(frozen=True, slots=True)
class Queue:
    """Wanted reports: some of them, how many there are, and the doubtful fields in them all."""

    reports: tuple[Summary, ...]
    total: int
    doubts: int


@dataclass(frozen=True, slots=True)
class LookAlike:
    """A doubtful field that was read as a text which others were read as too."""

    report_id: str
    version: int
    field: str
    confidence: float
    body: str | None
    fiscal_year: int | None


@dataclass(frozen=True, slots=True)
class Band:
    """Fields whose confidence lay in a band, and how many of them a person found right."""

    low: float
    high: float
    fields: int
    confidence: float
    right: int


@dataclass(frozen=True, slots=True)
class Today:
    """What one person has done since midnight, in the database's time zone."""

    fields: int
    reports: int


def list_queue(connection: Connection, wanted: Wanted, order: Order, skip: int, most: int) -> Queue:
    """Wanted reports, the most urgent first, among these the worst or the oldest.

    Whoever wants none but those to review says so in `wanted`.
    """
    oldest = (REPORTS.c.created_at, REPORTS.c.id)
    first = (REPORTS.c.to_review.desc(), *oldest) if order == "worst" else oldest
    query = filtered(select(*SUMMARY), wanted).order_by(REPORTS.c.priority.desc(), *first)
    rows = connection.execute(query.offset(skip).limit(most)).all()
    sums = select(func.count(), func.coalesce(func.sum(REPORTS.c.to_review), 0))
    counts = connection.execute(filtered(sums, wanted)).one()
    return Queue(tuple(map(summary_of, rows)), counts[0], counts[1])


def list_bodies(connection: Connection) -> tuple[str, ...]:
    """The bodies that there are reports of, to choose from."""
    query = select(REPORTS.c.body).where(REPORTS.c.body.is_not(None)).distinct()
    return tuple(connection.execute(query.order_by(REPORTS.c.body).limit(_BODIES_SHOWN)).scalars())


def list_archives(connection: Connection) -> tuple[str, ...]:
    """The names of the archives, to choose from."""
    query = select(ARCHIVES.c.name).order_by(ARCHIVES.c.name).limit(_ARCHIVES_SHOWN)
    return tuple(connection.execute(query).scalars())


def done_today(connection: Connection, who: str) -> Today:
    """How much somebody has reviewed today; a field counts once, however often it was said."""
    fields = func.count(func.distinct(func.concat(HISTORY.c.report_id, HISTORY.c.field)))
    reports = func.count(func.distinct(HISTORY.c.report_id))
    row = connection.execute(
        select(
            fields.filter(HISTORY.c.action == "corrected"),
            reports.filter(HISTORY.c.action == "approved"),
        ).where(HISTORY.c.who == who, HISTORY.c.at >= func.date_trunc("day", func.now()))
    ).one()
    return Today(*row)


def withdraw(
    connection: Connection,
    stored: Stored,
    field: str,
    who: str,
    forms: Mapping[str, Form],
    calibration: Calibration,
) -> None:
    """Take back what was said of a field, and weigh the report without it.

    Raises:
        NotRead: There is no report yet.
        UnknownField: Nobody has said anything of such a field.
        OutdatedDraft: Another version read the report.
    """
    report_id = stored.summary.id
    said = (CORRECTIONS.c.report_id == report_id, CORRECTIONS.c.field == field)
    taken = connection.execute(delete(CORRECTIONS).where(*said).returning(CORRECTIONS.c.text))
    old = taken.scalar_one_or_none()
    if old is None:
        raise UnknownField
    after = weigh_again(connection, stored, forms, calibration)
    # None where the report was read on another form since.
    new = next((value.text for value in after.fields if value.field == field), None)
    note(connection, report_id, Change(who, "withdrawn", field, old=old, new=new))


def list_readings(connection: Connection, wanted: Wanted, most: int) -> tuple[tuple[str, int], ...]:
    """What doubtful fields of reports were read as, the most frequent first."""
    count = func.count()
    query = (
        filtered(select(_TEXT, count), wanted)
        .select_from(_FIELDS_OF_REPORTS)
        .group_by(_TEXT)
        .order_by(count.desc(), _TEXT)
        .limit(most)
    )
    return tuple((row[0], row[1]) for row in connection.execute(query.where(*_IN_DOUBT)))


def list_look_alikes(
    connection: Connection, wanted: Wanted, text: str, most: int
) -> tuple[LookAlike, ...]:
    """Doubtful fields that were read as `text`, the least sure first; cells not found are none."""
    columns = (REPORTS.c.id, REPORTS.c.version, _FIELD.c.key, _CONFIDENCE)
    source = (REPORTS.c.body, REPORTS.c.fiscal_year)
    fields = filtered(select(*columns, *source), wanted).select_from(_FIELDS_OF_REPORTS)
    query = fields.where(*_IN_DOUBT, text == _TEXT)
    rows = connection.execute(query.order_by(_CONFIDENCE, REPORTS.c.id, _FIELD.c.key).limit(most))
    return tuple(LookAlike(*row) for row in rows)


def count_reports(connection: Connection) -> tuple[tuple[int | None, str, int], ...]:
    """How many reports there are of each year and status."""
    group = (REPORTS.c.fiscal_year, REPORTS.c.status)
    query = select(*group, func.count()).group_by(*group).order_by(*group)
    return tuple((row[0], row[1], row[2]) for row in connection.execute(query))


def count_fields(connection: Connection, forms: Mapping[str, Form]) -> tuple[int, int]:
    """How many fields the reports have, and how many of them a person is still to look at."""
    open_doubts = func.sum(REPORTS.c.to_review).filter(REPORTS.c.status != "reviewed")
    query = select(REPORTS.c.form, func.count(), func.coalesce(open_doubts, 0))
    known = query.where(REPORTS.c.form.in_(forms)).group_by(REPORTS.c.form)
    counts = connection.execute(known).all()
    fields = sum(count * len(forms[form].fields) for form, count, _ in counts)
    return fields, sum(doubts for _, _, doubts in counts)


def list_misread(connection: Connection) -> tuple[tuple[str, int], ...]:
    """The fields that people said something else of than was read, the most frequent first."""
    count = func.count(func.distinct(HISTORY.c.report_id))
    query = (
        select(HISTORY.c.field, count)
        .where(HISTORY.c.action == "corrected", HISTORY.c.old != HISTORY.c.new)
        .group_by(HISTORY.c.field)
        .order_by(count.desc(), HISTORY.c.field)
        .limit(_MISREAD_SHOWN)
    )
    return tuple((row[0], row[1]) for row in connection.execute(query))


def weigh_reviews(
    connection: Connection, forms: Mapping[str, Form], calibration: Calibration
) -> tuple[Band, ...]:
    """Hold confidences against what people said of the same fields, in the latest reports.

    A confidence is that from before anybody said anything; what another version read has none.
    """
    latest = (
        select(REPORTS.c.id, REPORTS.c.draft)
        .where(REPORTS.c.id.in_(select(CORRECTIONS.c.report_id)), REPORTS.c.draft.is_not(None))
        .order_by(REPORTS.c.changed_at.desc())
        .limit(_REPORTS_WEIGHED)
    )
    found: list[tuple[float, bool]] = []
    for row in connection.execute(latest).all():
        with suppress(OutdatedDraft):
            draft, said = load_draft(row.draft), corrections_of(connection, row.id)
            before = conclude_again(draft, {}, form_of(draft, forms), calibration)
            seen = (value for value in before.fields if value.field in said)
            found += [(value.confidence, value.text == said[value.field]) for value in seen]
    return tuple(_bands(found))


def _bands(found: Sequence[tuple[float, bool]]) -> Iterator[Band]:
    for low, high in pairwise(BOUNDS):
        inside = [one for one in found if low <= one[0] < high or (high == BOUNDS[-1] == one[0])]
        if inside:
            mean = sum(confidence for confidence, _ in inside) / len(inside)
            yield Band(low, high, len(inside), mean, sum(right for _, right in inside))
