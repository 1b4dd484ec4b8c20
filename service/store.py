"""Reports in the database: taken in, read, found again.

Every function works within the transaction of the connection that it is given.
"""

import base64
import binascii
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    case,
    cast,
    delete,
    func,
    null,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql

from pipeline.report import ReportJson, from_json
from service.history import READER, Change, note, note_all, note_changes, note_opinions
from service.messages import Refused
from service.summaries import read_report
from service.tables import (
    ARCHIVE_FILES,
    ARCHIVES,
    CALLBACKS,
    CORRECTIONS,
    REPORTS,
    TALLIES,
)

Status: TypeAlias = Literal["queued", "running", "extracted", "reviewed", "failed", "cancelled"]
UNREAD: Final = ("queued", "running")
"""The states of a report that is still to be read."""
_AT_ONCE: Final = 50
"""Reports in memory while all are gone through, of 100 kB each."""
CHANGED: Final[Mapping[str, object]] = {
    "version": REPORTS.c.version + 1,
    "changed_at": func.now(),
}
"""Goes with every change of a report."""
NO_ERROR: Final[Mapping[str, object]] = {
    name: null() for name in ("error_code", "error_message", "error_advice")
}
"""Of a report that has not failed, or no longer."""


class BadCursor(Exception):
    """A cursor that no list of ours gave."""


@dataclass(frozen=True, slots=True)
class Upload:
    """What a caller sent: `sha256` and `size` of the file, and what is to become of it."""

    sha256: str
    filename: str
    size: int
    priority: int
    review_risk: float | None
    callback_url: str | None


@dataclass(frozen=True, slots=True)
class Summary:
    """A report without what was read in it; `to_review` counts fields."""

    id: str
    filename: str
    size: int
    status: Status
    version: int
    created_at: datetime
    changed_at: datetime
    form: str | None
    body: str | None
    fiscal_year: int | None
    to_review: int
    pages_done: int
    pages_total: int | None
    error_code: str | None
    error_message: str | None
    error_advice: str | None
    leased_by: str | None
    leased_until: datetime | None


SUMMARY: Final = tuple(REPORTS.c[field.name] for field in fields(Summary))
"""The columns that `summary_of` wants, in its order."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A report: `report` is its JSON text, once there is one, and `draft` what it was made of."""

    summary: Summary
    report: str | None
    draft: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which reports are meant; None is any, `archive` a name."""

    status: Status | None = None
    form: str | None = None
    body: str | None = None
    fiscal_year: int | None = None
    needs_review: bool | None = None
    archive: str | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """A report that a worker has begun: its `reading`th, the `attempt`th since it was asked for."""

    id: str
    filename: str
    reading: int
    attempt: int
    review_risk: float | None
    corrections: Mapping[str, str]


def lock_content(connection: Connection, sha256: str) -> None:
    """Let nobody else take in or forget this file before the transaction ends."""
    lock_contents(connection, [sha256])


def lock_contents(connection: Connection, hashes: Collection[str]) -> None:
    """The same of several files, in an order that all keep to: nobody waits in a circle."""
    for sha256 in sorted(hashes):
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(sha256, 0))))


def known_among(connection: Connection, hashes: Collection[str]) -> frozenset[str]:
    """Those of some files that there are reports of."""
    known = select(REPORTS.c.id).where(REPORTS.c.id.in_(hashes))
    return frozenset(connection.execute(known).scalars())


def add_report(connection: Connection, upload: Upload, who: str) -> bool:
    """Take in a report; whether it was not there before."""
    return bool(add_reports(connection, [upload], who))


def add_reports(connection: Connection, uploads: Sequence[Upload], who: str) -> tuple[str, ...]:
    """Take in reports of different files; the ids of those that were not there before."""
    rows = [
        {
            "id": upload.sha256,
            "filename": upload.filename,
            "size": upload.size,
            "status": "queued",
            "priority": upload.priority,
            "review_risk": upload.review_risk,
        }
        for upload in uploads
    ]
    fresh = postgresql.insert(REPORTS).values(rows).on_conflict_do_nothing()
    made = tuple(connection.execute(fresh.returning(REPORTS.c.id)).scalars())
    note_all(connection, made, Change(who, "received"))
    for upload in uploads:
        if upload.callback_url is not None and upload.sha256 in made:
            add_callback(connection, upload.sha256, upload.callback_url)
    return made


def add_callback(connection: Connection, report_id: str, url: str) -> None:
    """Note who is to be told what becomes of a report."""
    asked = postgresql.insert(CALLBACKS).values(report_id=report_id, url=url)
    connection.execute(asked.on_conflict_do_nothing())


def find_report(connection: Connection, report_id: str, *, lock: bool = False) -> Stored | None:
    """A report; with `lock` nobody else changes it before this transaction ends."""
    query = select(*SUMMARY, REPORTS.c.report, REPORTS.c.draft).where(REPORTS.c.id == report_id)
    row = connection.execute(query.with_for_update() if lock else query).first()
    return None if row is None else Stored(summary_of(row), row.report, row.draft)


def summary_of(row: Sequence[Any]) -> Summary:
    """A row of the columns `SUMMARY`, maybe with more behind them."""
    return Summary(*row[: len(SUMMARY)])


def status_of(connection: Connection, report_id: str) -> Status | None:
    """The status of a report, if there is one; asked for again and again while one waits."""
    query = select(REPORTS.c.status).where(REPORTS.c.id == report_id)
    return connection.execute(query).scalar_one_or_none()


def list_reports(
    connection: Connection, wanted: Wanted, cursor: str | None, most: int
) -> tuple[tuple[Summary, ...], str | None]:
    """A page of reports, the newest first, and the cursor of the next page.

    Raises:
        BadCursor: The cursor is none that this gave.
    """
    query = filtered(select(*SUMMARY), wanted)
    if cursor is not None:
        query = query.where(tuple_(REPORTS.c.created_at, REPORTS.c.id) < tuple_(*_place(cursor)))
    newest_first = query.order_by(REPORTS.c.created_at.desc(), REPORTS.c.id.desc())
    rows = connection.execute(newest_first.limit(most + 1)).all()
    page = tuple(summary_of(row) for row in rows[:most])
    return page, _cursor(page[-1]) if len(rows) > most else None


def stream_reports(connection: Connection, wanted: Wanted) -> Iterator[tuple[str, Status, str]]:
    """Id, status and JSON text of every report that was read, the newest first, few at a time."""
    query = filtered(select(REPORTS.c.id, REPORTS.c.status, REPORTS.c.report), wanted)
    newest_first = query.where(REPORTS.c.report.is_not(None)).order_by(
        REPORTS.c.created_at.desc(), REPORTS.c.id.desc()
    )
    for row in connection.execute(newest_first, execution_options={"yield_per": _AT_ONCE}):
        yield row.id, row.status, row.report


def delete_report(connection: Connection, report_id: str) -> bool:
    """Forget a report and all that was done to it; whether there was one."""
    gone = connection.execute(
        delete(REPORTS).where(REPORTS.c.id == report_id).returning(REPORTS.c.id)
    )
    return gone.first() is not None


def begin_reading(connection: Connection, report_id: str) -> Begun | None:
    """Begin to read a report; None when it is gone or was read already."""
    row = connection.execute(
        update(REPORTS)
        .where(REPORTS.c.id == report_id, REPORTS.c.status.in_(UNREAD))
        .values(
            status="running",
            reading=REPORTS.c.reading + 1,
            attempts=REPORTS.c.attempts + 1,
            pages_done=0,
            pages_total=None,
            **CHANGED,
        )
        .returning(
            *(REPORTS.c.filename, REPORTS.c.reading, REPORTS.c.attempts, REPORTS.c.review_risk)
        )
    ).first()
    if row is None:
        return None
    said = corrections_of(connection, report_id)
    return Begun(report_id, row.filename, row.reading, row.attempts, row.review_risk, said)


def corrections_of(connection: Connection, report_id: str) -> dict[str, str]:
    """What people said is printed, by field."""
    query = select(CORRECTIONS.c.field, CORRECTIONS.c.text)
    rows = connection.execute(query.where(CORRECTIONS.c.report_id == report_id))
    return {row.field: row.text for row in rows}


def finish_reading(connection: Connection, begun: Begun, text: str, draft: str) -> bool:
    """Keep what was read, unless another worker has taken the report over since.

    Args:
        connection: To the database.
        begun: What was begun.
        text: The report as JSON, its corrections in their places.
        draft: What a further correction starts from.

    Returns:
        Whether it was kept.
    """
    report = from_json(text)
    before = connection.execute(select(REPORTS.c.report).where(REPORTS.c.id == begun.id)).scalar()
    changes = {
        "status": "extracted",
        "report": text,
        "draft": draft,
        "form": report.form.id,
        "body": report.body.value,
        "fiscal_year": report.fiscal_year.value,
        "to_review": count_doubts(report),
        "pages_done": report.source.pages,
        "pages_total": report.source.pages,
    }
    if _settle(connection, begun, changes) is None:
        return False
    note(connection, begun.id, Change(READER, "extracted", new=report.produced_by.fingerprint))
    if before is not None and isinstance(earlier := read_report(before), ReportJson):
        note_changes(connection, begun.id, earlier, report)
    note_opinions(connection, begun.id, begun.corrections, report)
    for stage, seconds in report.timings.items():
        tally(connection, "seconds", stage.removesuffix("_s"), seconds)
    tally(connection, "fields", "read", len(report.fields))
    tally(connection, "fields", "to_review", count_doubts(report))
    return True


def fail_reading(connection: Connection, begun: Begun, refused: Refused) -> Status | None:
    """Note that no report can be made of a file; see `unread_as` for the status it has then.

    Returns:
        None when another worker has taken it over.
    """
    reason = (refused.code, refused.message, refused.advice)
    error = {
        name: case((REPORTS.c.report.is_(None), said))
        for name, said in zip(NO_ERROR, reason, strict=True)
    }
    status = _settle(connection, begun, {**unread_as("failed"), **error})
    if status is not None:
        note(connection, begun.id, Change(READER, "failed", new=refused.code))
        tally(connection, "failures", refused.code, 1)
    return status


def unread_as(status: Status) -> dict[str, object]:
    """What a report is that will not be read: of this status, or as it was read before."""
    pages = cast(cast(REPORTS.c.report, postgresql.JSONB)["source"]["pages"].astext, Integer)
    return {
        "status": case((REPORTS.c.report.is_(None), status), else_="extracted"),
        "pages_done": func.coalesce(pages, REPORTS.c.pages_done),
        "pages_total": func.coalesce(pages, REPORTS.c.pages_total),
    }


def change_report(
    connection: Connection, report_id: str, status: Status, text: str | None = None
) -> None:
    """Put a report that was read into another state, and another text in its place if given."""
    changes: dict[str, object] = {"status": status, **NO_ERROR}
    if text is not None:
        changes |= {"report": text, "to_review": count_doubts(from_json(text))}
    connection.execute(
        update(REPORTS).where(REPORTS.c.id == report_id).values(**changes, **CHANGED)
    )


def count_doubts(report: ReportJson) -> int:
    """How many fields of a report a person should look at."""
    return sum(field.review for field in report.fields.values())


def tally(connection: Connection, name: str, label: str, more: float) -> None:
    """Add to what the metrics tell."""
    added = postgresql.insert(TALLIES).values(name=name, label=label, total=more)
    connection.execute(
        added.on_conflict_do_update(
            index_elements=["name", "label"], set_={"total": TALLIES.c.total + more}
        )
    )


def _settle(connection: Connection, begun: Begun, changes: Mapping[str, object]) -> Status | None:
    """Change a report whose reading ended; its status, None if it was not for it to change."""
    settled = update(REPORTS).where(*belongs_to(begun)).values(**changes, **CHANGED)
    return connection.execute(settled.returning(REPORTS.c.status)).scalar_one_or_none()


def belongs_to(begun: Begun) -> tuple[ColumnElement[bool], ...]:
    """What is true of a report while its reading is the last one begun, and wanted."""
    last = REPORTS.c.reading == begun.reading
    return REPORTS.c.id == begun.id, REPORTS.c.status == "running", last


def filtered(query: Select[Any], wanted: Wanted) -> Select[Any]:
    """Of what is selected, that which is wanted."""
    for name in ("status", "form", "body", "fiscal_year"):
        value = getattr(wanted, name)
        if value is not None:
            query = query.where(REPORTS.c[name] == value)
    if wanted.needs_review is not None:
        doubtful = (REPORTS.c.status == "extracted") & (REPORTS.c.to_review > 0)
        query = query.where(doubtful if wanted.needs_review else ~doubtful)
    if wanted.archive is not None:
        files = select(ARCHIVE_FILES.c.report_id).join(ARCHIVES)
        query = query.where(REPORTS.c.id.in_(files.where(ARCHIVES.c.name == wanted.archive)))
    return query


def _cursor(last: Summary) -> str:
    place = f"{last.created_at.isoformat()} {last.id}"
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def _place(cursor: str) -> tuple[datetime, str]:
    try:
        place = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        moment, report_id = place.split(" ")
        bytes.fromhex(report_id)
        return datetime.fromisoformat(moment), report_id
    except (binascii.Error, ValueError) as error:
        raise BadCursor(cursor) from error
