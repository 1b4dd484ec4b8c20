"""A folder or a bucket full of reports → the queue, under the name of an archive.

Files are told apart by what they hold, so that the same submission again, after a kill or
after files were added, takes in only what is new.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from io import BytesIO
from pathlib import PurePosixPath
from uuid import uuid4

import obstore
from obstore.store import LocalStore, ObjectStore, from_url
from sqlalchemy import Engine, select
from sqlalchemy.dialects import postgresql

from pipeline.documents import HEAD_BYTES, PageLimits, check_size, is_pdf
from pipeline.errors import ReportError
from service.blobs import put_blob
from service.inputs import SUFFIXES
from service.jobs import queue_report
from service.store import Upload, add_report, lock_content, version_of
from service.tables import ARCHIVE_FILES, ARCHIVES


@dataclass(frozen=True, slots=True)
class Taken:
    """A file of an archive.

    Attributes:
        path: Within the folder or bucket.
        new: Whether the service did not have its content yet.
        refused: Why it was not taken in; None when it was.
    """

    path: str
    new: bool
    refused: ReportError | None


@dataclass(frozen=True, slots=True, eq=False)
class Intake:
    """Where files come from and where they go.

    Attributes:
        source: From `open_source`.
        blobs: The service's files.
        engine: The service's database.
        most_bytes: Of a file.
    """

    source: ObjectStore
    blobs: ObjectStore
    engine: Engine
    most_bytes: int


def open_source(place: str) -> ObjectStore:
    """A folder, or an address such as `s3://bucket/prefix`, to take files from."""
    return from_url(place) if "://" in place else LocalStore(place)


def find_files(source: ObjectStore) -> Iterator[tuple[str, int]]:
    """Path and size of everything that may be a report, going by its name."""
    for some in obstore.list(source):
        for one in some:
            if PurePosixPath(one["path"]).suffix.lower() in SUFFIXES:
                yield one["path"], one["size"]


def find_archive(engine: Engine, name: str, *, make: bool = False) -> str | None:
    """The id of the archive of a name; None when there is none and none is to be made."""
    with engine.begin() as connection:
        if make:
            new = postgresql.insert(ARCHIVES).values(id=uuid4().hex, name=name)
            connection.execute(new.on_conflict_do_nothing(index_elements=["name"]))
        known = select(ARCHIVES.c.id).where(ARCHIVES.c.name == name)
        return connection.execute(known).scalar_one_or_none()


def take_in(intake: Intake, archive: str, upload: Upload) -> Iterator[Taken]:
    """Queue every file of a source.

    Args:
        intake: From where to where.
        archive: Id of the archive that they belong to.
        upload: What is to become of each; names another file each time.

    Yields:
        What became of each file, once that is kept.
    """
    for path, size in find_files(intake.source):
        try:
            check_size(size, PageLimits(size=intake.most_bytes))
            content = bytes(obstore.get(intake.source, path).bytes())
            is_pdf(content[:HEAD_BYTES])
        except ReportError as error:
            yield Taken(path, new=False, refused=error)
            continue
        named = replace(
            upload,
            sha256=sha256(content).hexdigest(),
            filename=PurePosixPath(path).name,
            size=len(content),
        )
        yield Taken(path, _take_one(intake, archive, path, content, named), refused=None)


def _take_one(intake: Intake, archive: str, path: str, content: bytes, upload: Upload) -> bool:
    with intake.engine.begin() as connection:
        lock_content(connection, upload.sha256)
        new = version_of(connection, upload.sha256) is None
        if new:
            put_blob(intake.blobs, upload.sha256, BytesIO(content))
            add_report(connection, upload, "gouji archive submit")
            queue_report(connection, upload.sha256, upload.priority)
        place = {"archive_id": archive, "path": path}
        kept = postgresql.insert(ARCHIVE_FILES).values(**place, report_id=upload.sha256)
        connection.execute(
            kept.on_conflict_do_update(
                index_elements=list(place), set_={"report_id": upload.sha256}
            )
        )
    return new
