"""The history of reports: who did what, to which field, when.

Every function works within the transaction of the connection that it is given.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final, Literal, TypeAlias

from sqlalchemy import Connection, insert

from pipeline.report import ReportJson
from service.tables import HISTORY

Action: TypeAlias = Literal[
    "received",
    "extracted",
    "failed",
    "cancelled",
    "retried",
    "changed",
    "differs",
    "corrected",
    "withdrawn",
    "approved",
]

READER: Final = "gouji"
"""Who did what no person did."""


@dataclass(frozen=True, slots=True)
class Change:
    """An entry of a report's history: who did what, to which field if to one, and how."""

    who: str
    action: Action
    field: str | None = None
    old: str | None = None
    new: str | None = None


def note(connection: Connection, report_id: str, change: Change) -> None:
    """Add to a report's history."""
    note_all(connection, [report_id], change)


def note_all(connection: Connection, report_ids: Sequence[str], change: Change) -> None:
    """Add the same to the history of several reports, or of none."""
    if report_ids:
        rows = [{"report_id": report_id, **asdict(change)} for report_id in report_ids]
        connection.execute(insert(HISTORY).values(rows))


def note_changes(
    connection: Connection, report_id: str, before: ReportJson, after: ReportJson
) -> None:
    """Note each field to which another reading gives another text than the one before."""
    for name, field in after.fields.items():
        old = before.fields.get(name)
        if old is not None and old.text != field.text:
            note(connection, report_id, Change(READER, "changed", name, old.text, field.text))


def note_opinions(
    connection: Connection, report_id: str, said: Mapping[str, str], report: ReportJson
) -> None:
    """Note where the nets read otherwise than a person said, who is believed; `said` by field.

    They read nothing in a field that the form found now does not have.
    """
    for name, text in said.items():
        field = report.fields.get(name)
        if field is None:
            note(connection, report_id, Change(READER, "differs", name, text))
        elif field.read is not None:
            note(connection, report_id, Change(READER, "differs", name, text, field.read.text))
