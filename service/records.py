"""Reports in the database as the records that exports are made of."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, select

from pipeline.report import ReportJson
from service.export_rows import Record
from service.store import UNREAD, Wanted, stream_reports
from service.summaries import Lack, read_report
from service.tables import ARCHIVE_FILES, REPORTS

_AT_ONCE: Final = 50

_LOG: Final = logging.getLogger(__name__)


def warn_outdated(report_id: str) -> None:
    """Note in the log that a report was passed over."""
    _LOG.warning("report %s is none of this version and was passed over", report_id)


def stored_records(
    connection: Connection, wanted: Wanted, tell: Callable[[str], None] = warn_outdated
) -> Iterator[Record]:
    """Every report that was read, the newest first, few in memory at a time.

    Args:
        connection: To the database.
        wanted: Which.
        tell: Told of each report that is none of this version, which is passed over.
    """
    for report_id, status, text in stream_reports(connection, wanted):
        report = read_report(text)
        if isinstance(report, str):
            tell(report_id)
        else:
            yield Record(report_id, status, report)


def archived_reports(
    connection: Connection, archive: str
) -> Iterator[tuple[Path, ReportJson | Lack]]:
    """The report of every file of an archive, or why there is none; `archive` is an id."""
    query = (
        select(ARCHIVE_FILES.c.path, REPORTS.c.status, REPORTS.c.report)
        .join(REPORTS)
        .where(ARCHIVE_FILES.c.archive_id == archive)
        .order_by(ARCHIVE_FILES.c.path)
    )
    for path, status, text in connection.execute(query, execution_options={"yield_per": _AT_ONCE}):
        if text is None:
            yield Path(path), "unread" if status in UNREAD else "failed"
        else:
            yield Path(path), read_report(text)
