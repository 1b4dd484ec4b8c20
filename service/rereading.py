"""Archives that another version read: read again, and what came out otherwise listed.

Signed reports are left as they were signed, and what a person said of a field stays: there
the nets' other opinion is noted as `differs`, elsewhere a new text as `changed`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, exists, null, select, update

from forms.form import Form
from models.load import Models
from pipeline.extract import Options, fingerprint_of
from service.files import write_file
from service.jobs import queue_report
from service.messages import USUAL_RISK
from service.spreadsheets import stream_csv
from service.store import CHANGED
from service.tables import ARCHIVE_FILES, HISTORY, REPORTS


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that was read otherwise by another version.

    Attributes:
        path: Of the file, in its archive.
        report_id: The report's.
        body: Whose it is.
        fiscal_year: Of which year.
        field: Its id.
        kind: `changed`, or `differs` where a person had spoken and is believed.
        old: The text before, or the person's.
        new: The text that is read now; None where the form found now has no such field.
        at: When.
    """

    path: str
    report_id: str
    body: str | None
    fiscal_year: int | None
    field: str
    kind: str
    old: str
    new: str | None
    at: datetime


def fingerprints_of(models: Models, forms: Sequence[Form]) -> Callable[[float | None], str]:
    """What a worker's reading bears, given the risk that was asked for; None for the usual."""
    return lambda risk: fingerprint_of(
        models, forms, Options(risk=USUAL_RISK if risk is None else risk)
    )


def queue_outdated(
    connection: Connection, archive: str, fingerprint: Callable[[float | None], str]
) -> int:
    """Have the reports of an archive read again that another version read; how many.

    Args:
        connection: To the database.
        archive: The archive's id.
        fingerprint: What a reading by this version would bear, given the risk that was asked
            for with the report.
    """
    mine = select(ARCHIVE_FILES.c.report_id).where(ARCHIVE_FILES.c.archive_id == archive)
    extracted = (REPORTS.c.id.in_(mine), REPORTS.c.status == "extracted")
    risks = connection.execute(select(REPORTS.c.review_risk).where(*extracted).distinct())
    count = 0
    for (risk,) in risks.all():
        current = exists().where(
            HISTORY.c.report_id == REPORTS.c.id,
            HISTORY.c.action == "extracted",
            HISTORY.c.new == fingerprint(risk),
        )
        same_risk = REPORTS.c.review_risk.is_not_distinct_from(risk)
        outdated = update(REPORTS).where(*extracted, same_risk, ~current)
        anew = {"status": "queued", "attempts": 0, "crashes": 0, "pages_total": null()}
        queued = outdated.values(**anew, pages_done=0, **CHANGED)
        for report_id, priority in connection.execute(
            queued.returning(REPORTS.c.id, REPORTS.c.priority)
        ).all():
            queue_report(connection, report_id, priority)
            count += 1
    return count


def list_differences(connection: Connection, archive: str) -> Iterator[Difference]:
    """What re-readings of an archive's reports changed, in order of path and time."""
    files = ARCHIVE_FILES.join(REPORTS).join(HISTORY, HISTORY.c.report_id == REPORTS.c.id)
    columns = (
        *(ARCHIVE_FILES.c.path, REPORTS.c.id, REPORTS.c.body, REPORTS.c.fiscal_year),
        *(HISTORY.c.field, HISTORY.c.action, HISTORY.c.old, HISTORY.c.new, HISTORY.c.at),
    )
    wanted = (ARCHIVE_FILES.c.archive_id == archive, HISTORY.c.action.in_(("changed", "differs")))
    query = select(*columns).select_from(files).where(*wanted)
    in_order = query.order_by(ARCHIVE_FILES.c.path, HISTORY.c.number)
    for row in connection.execute(in_order, execution_options={"yield_per": 1000}):
        yield Difference(*row)


def write_differences(differences: Iterable[Difference], path: Path) -> int:
    """Write differences as CSV, as spreadsheets know it; how many there are.

    Raises:
        OSError: The file cannot be written.
    """
    written = 0

    def rows() -> Iterator[tuple[object, ...]]:
        nonlocal written
        yield tuple(column.name for column in fields(Difference))
        for difference in differences:
            yield astuple(difference)
            written += 1

    write_file(stream_csv(rows()), path)
    return written
