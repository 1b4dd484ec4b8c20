"""What people do to a report: correct it, sign it off, share the work.

Every function works within the transaction of the connection that it is given.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, or_, select, update
from sqlalchemy.dialects import postgresql

from forms.form import Form
from models.calibration import Calibration
from pipeline.report import dump_json
from pipeline.types import Report
from pipeline.values import normalise_text
from service.drafts import conclude_again, form_of, load_draft, load_report
from service.history import Change, note
from service.store import (
    SUMMARY,
    UNREAD,
    Stored,
    Summary,
    Wanted,
    change_report,
    corrections_of,
    filtered,
    find_report,
    summary_of,
    tally,
)
from service.tables import CORRECTIONS, HISTORY, REPORTS


class NotRead(Exception):
    """The report has not been read, so there is nothing to review."""


class UnknownField(Exception):
    """The report's form has no such field."""


class Leased(Exception):
    """Somebody else is at it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a report's history."""

    at: datetime
    who: str
    action: str
    field: str | None
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class Correction:
    """A person's word on what is printed in a field."""

    field: str
    text: str
    who: str


def correct_field(
    connection: Connection,
    stored: Stored,
    correction: Correction,
    forms: Mapping[str, Form],
    calibration: Calibration,
) -> None:
    """Pin a field to what a person said, and weigh the rest of the report around it.

    Raises:
        NotRead: There is no report yet.
        UnknownField: Its form has no such field.
        OutdatedDraft: Another version read it.
    """
    if stored.report is None:
        raise NotRead
    before = load_report(stored.report).fields.get(correction.field)
    if before is None:
        raise UnknownField
    report_id, text = stored.summary.id, normalise_text(correction.text)
    pin = postgresql.insert(CORRECTIONS).values(
        report_id=report_id, field=correction.field, text=text
    )
    connection.execute(
        pin.on_conflict_do_update(index_elements=["report_id", "field"], set_={"text": text})
    )
    weigh_again(connection, stored, forms, calibration)
    change = Change(correction.who, "corrected", correction.field, old=before.text, new=text)
    note(connection, report_id, change)


def weigh_again(
    connection: Connection, stored: Stored, forms: Mapping[str, Form], calibration: Calibration
) -> Report:
    """Weigh a report around all that people have said of it by now, and keep what comes out.

    One that was signed off is open again: another content was signed. One that waits to be
    read again goes on waiting.

    Raises:
        NotRead: There is no report yet.
        OutdatedDraft: Another version read it.
    """
    if stored.draft is None:
        raise NotRead
    report_id, status = stored.summary.id, stored.summary.status
    draft, said = load_draft(stored.draft), corrections_of(connection, report_id)
    after = conclude_again(draft, said, form_of(draft, forms), calibration)
    status = status if status in UNREAD else "extracted"
    change_report(connection, report_id, status, dump_json(after, indent=None))
    return after


def approve(connection: Connection, stored: Stored, who: str) -> None:
    """Sign a report off as it stands.

    Raises:
        NotRead: There is no report yet, or another is on its way.
        OutdatedDraft: Another version read it.
    """
    report_id, status = stored.summary.id, stored.summary.status
    if stored.report is None or status in UNREAD:
        raise NotRead
    change_report(connection, report_id, "reviewed")
    note(connection, report_id, Change(who, "approved"))
    if status != "reviewed":
        fields = load_report(stored.report).fields
        corrected = sum(
            field.source == "reviewed" and bool(field.read) for field in fields.values()
        )
        tally(connection, "reviews", "fields", len(fields))
        tally(connection, "reviews", "corrected", corrected)


def history_of(connection: Connection, report_id: str) -> tuple[Entry, ...]:
    """Everything that was done to a report, the first first."""
    columns = (HISTORY.c.at, HISTORY.c.who, HISTORY.c.action)
    query = select(*columns, HISTORY.c.field, HISTORY.c.old, HISTORY.c.new)
    rows = connection.execute(
        query.where(HISTORY.c.report_id == report_id).order_by(HISTORY.c.number)
    )
    return tuple(Entry(*row) for row in rows)


def next_review(connection: Connection, who: str, wanted: Wanted) -> Summary | None:
    """The report that somebody should review next: the most urgent, then the oldest."""
    row = connection.execute(
        filtered(select(*SUMMARY), wanted)
        .where(REPORTS.c.status == "extracted", REPORTS.c.to_review > 0, _is_free(who))
        .where(or_(REPORTS.c.postponed_until.is_(None), REPORTS.c.postponed_until < func.now()))
        .order_by(REPORTS.c.priority.desc(), REPORTS.c.created_at, REPORTS.c.id)
        .limit(1)
    ).first()
    return None if row is None else summary_of(row)


def lease(connection: Connection, report_id: str, who: str, seconds: float) -> Summary | None:
    """Hold a report, or go on holding it; None when there is none.

    Raises:
        Leased: Somebody else holds it.
    """
    until = func.now() + func.make_interval(0, 0, 0, 0, 0, 0, seconds)
    return _take(connection, report_id, who, {"leased_by": who, "leased_until": until})


def release(connection: Connection, report_id: str, who: str) -> Summary | None:
    """Let go of a report; None when there is none.

    Raises:
        Leased: Somebody else holds it.
    """
    return _take(connection, report_id, who, {"leased_by": None, "leased_until": None})


def postpone(connection: Connection, report_id: str, who: str, seconds: float) -> Summary | None:
    """Let go of a report and not be offered it for a while; None when there is none.

    Raises:
        Leased: Somebody else holds it.
    """
    until = func.now() + func.make_interval(0, 0, 0, 0, 0, 0, seconds)
    free = {"leased_by": None, "leased_until": None, "postponed_until": until}
    return _take(connection, report_id, who, free)


def is_held_by_another(connection: Connection, report_id: str, who: str) -> bool:
    """Whether somebody else is at a report."""
    held = select(REPORTS.c.id).where(REPORTS.c.id == report_id, ~_is_free(who))
    return connection.execute(held).first() is not None


def _take(
    connection: Connection, report_id: str, who: str, changes: Mapping[str, object]
) -> Summary | None:
    taken = connection.execute(
        update(REPORTS).where(REPORTS.c.id == report_id, _is_free(who)).values(**changes)
    )
    if taken.rowcount == 0 and is_held_by_another(connection, report_id, who):
        raise Leased
    stored = find_report(connection, report_id)
    return None if stored is None else stored.summary


def _is_free(who: str) -> ColumnElement[bool]:
    lapsed = REPORTS.c.leased_until < func.now()
    return or_(REPORTS.c.leased_until.is_(None), lapsed, REPORTS.c.leased_by == who)
