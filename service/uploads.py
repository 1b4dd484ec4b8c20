"""A file on its way in: counted while it streams, and refused before it fills anything."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import PurePosixPath
from typing import IO, Final

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from pipeline.documents import HEAD_BYTES, PageLimits, check_size, is_pdf
from service.problems import Refusal

_ENVELOPE_BYTES: Final = 64 * 1024
"""What a request may have beside the file: boundaries and options."""

_LONGEST_NAME: Final = 255


@dataclass(frozen=True, slots=True)
class Received:
    """A file that has arrived, on disk if it is large, and what was said along with it."""

    file: IO[bytes]
    filename: str
    sha256: str
    size: int
    options: dict[str, str]


@asynccontextmanager
async def receive(request: Request, most_bytes: int) -> AsyncIterator[Received]:
    """Take in the file of a multipart request.

    Raises:
        ReportError: It is too large, or of a type that cannot be read.
        Refusal: The request is no form with a file.
    """
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise Refusal("invalid_request", "send the file as multipart/form-data")
    parser = MultiPartParser(
        request.headers, _counted(request, most_bytes), max_files=1, max_fields=10
    )
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise Refusal("invalid_request", f"the form is damaged: {error.message}") from error
    try:
        upload = form.get("file")
        if not isinstance(upload, UploadFile):
            raise Refusal("invalid_request", "the form has no part `file` with a file name")
        options = {name: value for name, value in form.multi_items() if isinstance(value, str)}
        yield await run_in_threadpool(_look_at, upload, options, most_bytes)
    finally:
        await form.close()


def _look_at(upload: UploadFile, options: dict[str, str], most_bytes: int) -> Received:
    check_size(upload.size or 0, PageLimits(size=most_bytes))
    is_pdf(upload.file.read(HEAD_BYTES))
    upload.file.seek(0)
    sha256 = file_digest(upload.file, "sha256").hexdigest()  # type: ignore[arg-type]
    upload.file.seek(0)
    name = _plain_name(upload.filename or "")
    return Received(upload.file, name, sha256, upload.size or 0, options)


def _plain_name(filename: str) -> str:
    """A file's name without folders, or anything that does not show."""
    name = PurePosixPath(filename.replace("\\", "/")).name
    return "".join(filter(str.isprintable, name))[-_LONGEST_NAME:] or "report"


async def _counted(request: Request, most_bytes: int) -> AsyncGenerator[bytes, None]:
    """The body, until it is more than the file and its envelope may have.

    Raises:
        ReportError: It is.
    """
    limits = PageLimits(size=most_bytes)
    declared = request.headers.get("content-length", "")
    if declared.isdigit():
        check_size(int(declared) - _ENVELOPE_BYTES, limits)
    size = -_ENVELOPE_BYTES
    async for chunk in request.stream():
        size += len(chunk)
        check_size(size, limits)
        yield chunk
