"""Files by the SHA-256 of their content, in a folder or in S3-compatible storage."""

from datetime import timedelta
from typing import IO, Final

import obstore
from obstore.store import LocalStore, ObjectStore, from_url

from service.settings import Settings

_PART_BYTES: Final = 5 * 1024 * 1024
"""Held in memory while a file is stored; the least part that S3 takes."""

_LONGEST_TRY: Final = timedelta(seconds=10)
"""A storage that does not answer is asked again for so long, while whoever sent a file waits."""


class BlobGone(Exception):
    """The storage has no file of this hash."""


def open_blobs(settings: Settings) -> ObjectStore:
    """The storage that the settings name."""
    if settings.blobs is not None:
        return from_url(settings.blobs, retry_config={"retry_timeout": _LONGEST_TRY})
    return LocalStore(settings.home / "files", mkdir=True)


def put_blob(blobs: ObjectStore, sha256: str, file: IO[bytes]) -> None:
    """Keep a file, whole or not at all; it may be there already."""
    obstore.put(blobs, _place(sha256), file, chunk_size=_PART_BYTES, max_concurrency=2)


def get_blob(blobs: ObjectStore, sha256: str) -> bytes:
    """The content of a file.

    Raises:
        BlobGone: There is none of this hash.
    """
    try:
        return bytes(obstore.get(blobs, _place(sha256)).bytes())
    except FileNotFoundError as error:
        raise BlobGone(sha256) from error


def delete_blob(blobs: ObjectStore, sha256: str) -> None:
    """Let go of a file, if it is there."""
    try:
        obstore.delete(blobs, _place(sha256))
    except FileNotFoundError:
        return


def _place(sha256: str) -> str:
    """Two levels of folders, so that none holds a million files."""
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"
