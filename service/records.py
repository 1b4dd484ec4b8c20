"""Reports in the database as the records that exports are made of."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, select

from pipeline.report import ReportJson, from_json
from service.export_rows import Record
from service.store import Wanted, stream_reports
from service.tables import ARCHIVE_FILES, REPORTS

_AT_ONCE = 50


def stored_records(connection: Connection, wanted: Wanted) -> Iterator[Record]:
    """Every report that was read, the newest first, few in memory at a time."""
    for report_id, status, text in stream_reports(connection, wanted):
        yield Record(report_id, status, from_json(text))


def archived_reports(connection: Connection, archive: str) -> Iterator[tuple[Path, ReportJson]]:
    """Every report of an archive that was read, by the path of its file; `archive` is an id."""
    query = (
        select(ARCHIVE_FILES.c.path, REPORTS.c.report)
        .join(REPORTS)
        .where(ARCHIVE_FILES.c.archive_id == archive, REPORTS.c.report.is_not(None))
        .order_by(ARCHIVE_FILES.c.path)
    )
    for path, text in connection.execute(query, execution_options={"yield_per": _AT_ONCE}):
        yield Path(path), from_json(text)
