"""A reading, steered from outside: followed, put back, hurried, cancelled, tried again.

A worker asks every second whether the reading it is at is still wanted, and tells how
far it is in the same statement. So whoever cancels changes the report and no more.
"""

from dataclasses import replace

from sqlalchemy import Connection, null, select, update

from service.history import Change, note
from service.jobs import drop_report, hurry_job, queue_report
from service.messages import PagesRead
from service.store import (
    CHANGED,
    NO_ERROR,
    UNREAD,
    Begun,
    Status,
    belongs_to,
    corrections_of,
    unread_as,
)
from service.tables import REPORTS


def is_wanted(connection: Connection, begun: Begun) -> bool:
    """Whether a reading is to go on: not if it was cancelled, forgotten or begun anew."""
    return connection.execute(select(REPORTS.c.id).where(*belongs_to(begun))).first() is not None


def note_pages(connection: Connection, begun: Begun, pages: PagesRead) -> bool:
    """Note how far a reading is; whether it is to go on."""
    far = {"pages_done": pages.done, "pages_total": pages.total}
    noted = update(REPORTS).where(*belongs_to(begun)).values(**far)
    return connection.execute(noted.returning(REPORTS.c.id)).first() is not None


def count_crash(connection: Connection, report_id: str) -> int:
    """Note that a report took its reader down; how often it has by now."""
    crashes = connection.execute(
        update(REPORTS)
        .where(REPORTS.c.id == report_id)
        .values(crashes=REPORTS.c.crashes + 1)
        .returning(REPORTS.c.crashes)
    ).scalar_one_or_none()
    return crashes or 0


def hear_again(connection: Connection, begun: Begun) -> Begun:
    """The same with what people have said meanwhile; nobody says more in this transaction."""
    connection.execute(select(REPORTS.c.id).where(REPORTS.c.id == begun.id).with_for_update())
    return replace(begun, corrections=corrections_of(connection, begun.id))


def put_back(connection: Connection, begun: Begun) -> None:
    """Undo the beginning of a reading: it could not go on, and not for the report's fault.

    `service.jobs.queue_orphans` sees to it that the report is queued again.
    """
    undone = {"status": "queued", "attempts": REPORTS.c.attempts - 1}
    connection.execute(update(REPORTS).where(*belongs_to(begun)).values(**undone, **CHANGED))


def cancel_report(connection: Connection, report_id: str, who: str) -> Status | None:
    """Have a report not read after all; see `service.store.unread_as` for its status then.

    Returns:
        None when it was not to be read.
    """
    unread = (REPORTS.c.id == report_id, REPORTS.c.status.in_(UNREAD))
    changed = update(REPORTS).where(*unread).values(**unread_as("cancelled"), **CHANGED)
    status: Status | None = connection.execute(
        changed.returning(REPORTS.c.status)
    ).scalar_one_or_none()
    if status is not None:
        drop_report(connection, report_id)
        note(connection, report_id, Change(who, "cancelled"))
    return status


def hurry_report(connection: Connection, report_id: str, priority: int) -> None:
    """Have a report read and reviewed no later than one of this priority."""
    later = (REPORTS.c.id == report_id, REPORTS.c.priority < priority)
    connection.execute(update(REPORTS).where(*later).values(priority=priority))
    hurry_job(connection, report_id, priority)


def retry_report(connection: Connection, report_id: str, who: str) -> bool:
    """Queue a report again that failed or was cancelled; whether it was one."""
    ended = (REPORTS.c.id == report_id, REPORTS.c.status.in_(("failed", "cancelled")))
    anew = {"status": "queued", "attempts": 0, "crashes": 0, "pages_done": 0, "pages_total": null()}
    changed = update(REPORTS).where(*ended).values(**anew, **NO_ERROR, **CHANGED)
    row = connection.execute(changed.returning(REPORTS.c.priority)).first()
    if row is None:
        return False
    queue_report(connection, report_id, row.priority)
    note(connection, report_id, Change(who, "retried"))
    return True
