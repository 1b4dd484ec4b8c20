"""Reports in the database as the records that exports are made of."""

from collections.abc import Iterator

from sqlalchemy import Connection

from pipeline.report import from_json
from service.export_rows import Record
from service.store import Wanted, stream_reports


def stored_records(connection: Connection, wanted: Wanted) -> Iterator[Record]:
    """Every report that was read, the newest first, few in memory at a time."""
    for report_id, status, text in stream_reports(connection, wanted):
        yield Record(report_id, status, from_json(text))
