"""A folder or a bucket full of reports → the queue, under the name of an archive.

Files are told apart by what they hold, so that the same submission again, after a kill or
after files were added, takes in only what is new.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Final, Literal, TypeAlias, overload
from uuid import uuid4

import obstore
from obstore.exceptions import PermissionDeniedError
from obstore.store import ObjectStore, from_url
from sqlalchemy import Engine, select
from sqlalchemy.dialects import postgresql

from pipeline.documents import HEAD_BYTES, PageLimits, check_size, is_pdf
from pipeline.errors import ReportError
from service.blobs import put_blob
from service.documents import read_document
from service.inputs import SUFFIXES, walk_folder
from service.jobs import queue_reports
from service.store import Upload, add_reports, known_among, lock_contents
from service.tables import ARCHIVE_FILES, ARCHIVES

_MOST_TOGETHER: Final = 100
_MOST_HELD: Final = 32 * 1024 * 1024
"""Files and bytes in memory before they are taken in."""

Source: TypeAlias = ObjectStore | Path
"""A bucket, or a folder: the library stops at a folder's first name that is not UTF-8, and tells
a file that it may not read from a storage that is down only in words."""


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

    source: Source
    blobs: ObjectStore
    engine: Engine
    most_bytes: int


@dataclass(frozen=True, slots=True, eq=False)
class _File:
    """A file that waits to be taken in, and what is to become of it."""

    path: str
    content: bytes
    upload: Upload


def open_source(place: str) -> Source:
    """A folder, or an address such as `s3://bucket/prefix`, to take files from."""
    return from_url(place) if "://" in place else Path(place)


def find_files(source: Source) -> Iterator[str]:
    """Path, within the source, of everything that may be a report, going by its name.

    Raises:
        OSError: A folder cannot be looked into.
    """
    paths = _list_folder(source) if isinstance(source, Path) else _list_bucket(source)
    return (path for path in paths if PurePosixPath(path).suffix.lower() in SUFFIXES)


@overload
def find_archive(engine: Engine, name: str, *, make: Literal[True]) -> str: ...
@overload
def find_archive(engine: Engine, name: str) -> str | None: ...
def find_archive(engine: Engine, name: str, *, make: bool = False) -> str | None:
    """The id of the archive of a name; None when there is none and none is to be made."""
    with engine.begin() as connection:
        if make:
            new = postgresql.insert(ARCHIVES).values(id=uuid4().hex, name=name)
            connection.execute(new.on_conflict_do_nothing(index_elements=["name"]))
        known = select(ARCHIVES.c.id).where(ARCHIVES.c.name == name)
        return connection.execute(known).scalar_one_or_none()


def take_in(intake: Intake, archive: str, upload: Upload) -> Iterator[Taken]:
    """Queue every file of a source, a few at a time: a transaction for each would take longer.

    Args:
        intake: From where to where.
        archive: Id of the archive that they belong to.
        upload: What is to become of each; names another file each time.

    Yields:
        What became of each file, once that is kept.
    """
    waiting: list[_File] = []
    for path in find_files(intake.source):
        # A name need not be text; the database and people want it to be.
        shown = os.fsencode(path).decode(errors="backslashreplace")
        try:
            waiting.append(_as_file(shown, _read(intake, path), upload))
        except ReportError as error:
            yield Taken(shown, new=False, refused=error)
        held = sum(len(file.content) for file in waiting)
        if len(waiting) >= _MOST_TOGETHER or held >= _MOST_HELD:
            yield from _keep(intake, archive, waiting)
            waiting = []
    yield from _keep(intake, archive, waiting)


def _list_folder(folder: Path) -> Iterator[str]:
    for place, names in walk_folder(folder):
        for name in names:
            yield (place / name).relative_to(folder).as_posix()


def _list_bucket(bucket: ObjectStore) -> Iterator[str]:
    return (one["path"] for some in obstore.list(bucket) for one in some)


def _read(intake: Intake, path: str) -> bytes:
    limits = PageLimits(size=intake.most_bytes)
    if isinstance(intake.source, Path):
        return read_document(intake.source / path, limits)
    try:
        found = obstore.get(intake.source, path)
        check_size(found.meta["size"], limits)
        return bytes(found.bytes())
    except (FileNotFoundError, PermissionDeniedError) as error:
        raise ReportError(
            "unreadable_file",
            "the storage does not give it",
            advice="Check that it is still there and that you may read it.",
        ) from error


def _as_file(path: str, content: bytes, upload: Upload) -> _File:
    is_pdf(content[:HEAD_BYTES])
    digest, name = sha256(content).hexdigest(), PurePosixPath(path).name
    return _File(path, content, replace(upload, sha256=digest, filename=name, size=len(content)))


def _keep(intake: Intake, archive: str, files: Sequence[_File]) -> Iterator[Taken]:
    """Take files in together, those of the same content once."""
    if not files:
        return
    first = {file.upload.sha256: file for file in reversed(files)}
    with intake.engine.begin() as connection:
        lock_contents(connection, first)
        known = known_among(connection, first)
        fresh = [file for digest, file in first.items() if digest not in known]
        for file in fresh:
            put_blob(intake.blobs, file.upload.sha256, BytesIO(file.content))
        if fresh:
            uploads = [file.upload for file in fresh]
            made = add_reports(connection, uploads, "gouji archive submit")
            queue_reports(connection, made, uploads[0].priority)
        places = [
            {"archive_id": archive, "path": file.path, "report_id": file.upload.sha256}
            for file in files
        ]
        kept = postgresql.insert(ARCHIVE_FILES).values(places)
        connection.execute(
            kept.on_conflict_do_update(
                index_elements=["archive_id", "path"], set_={"report_id": kept.excluded.report_id}
            )
        )
    for file in files:
        yield Taken(file.path, new=file in fresh, refused=None)
