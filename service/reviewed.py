"""Signed reports → a folder of documents and reports, from which the nets learn.

Read by `training.reviewed`, which knows the document of a report by its hash.
"""

from collections.abc import Callable
from pathlib import Path, PurePosixPath

from obstore.store import ObjectStore
from sqlalchemy import Connection

from service.blobs import get_blob
from service.files import write_file
from service.inputs import SUFFIXES
from service.store import Wanted, stream_reports
from service.summaries import read_report


def write_reviewed(
    connection: Connection,
    blobs: ObjectStore,
    archive: str | None,
    folder: Path,
    tell: Callable[[str], None],
) -> int:
    """Write each signed report as JSON, its document beside it; how many there are.

    Args:
        connection: To the database.
        blobs: The service's files.
        archive: Name of the archive whose reports are meant; None for all.
        folder: Where to; what lies there of an earlier time is replaced.
        tell: Told of each report that is none of this version, which is passed over.

    Raises:
        BlobGone: A report's document is not in the storage.
        OSError: Something cannot be written.
    """
    written = 0
    for report_id, _, text in stream_reports(connection, Wanted("reviewed", archive=archive)):
        report = read_report(text)
        if isinstance(report, str):
            tell(report_id)
            continue
        suffix = PurePosixPath(report.source.filename).suffix.lower()
        document = folder / f"{report_id}{suffix if suffix in SUFFIXES else ''}"
        write_file([get_blob(blobs, report_id)], document)
        write_file([text.encode()], folder / f"{report_id}.json")
        written += 1
    return written
