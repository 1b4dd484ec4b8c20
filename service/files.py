"""Files that are written whole or not at all."""

from collections.abc import Iterable
from pathlib import Path
from uuid import uuid4


def write_file(chunks: Iterable[bytes], path: Path) -> None:
    """Write a stream to a file that is there whole or not at all, and the folders it lies in.

    Raises:
        OSError: It cannot be written.
    """
    # No longer for a long name, and with the rights of any file, unlike those of `tempfile`.
    partial = path.with_name(f".{uuid4().hex}")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with partial.open("wb") as file:
            file.writelines(chunks)
        partial.replace(path)
    except OSError as error:
        # A full disk does not say which file was written, and nobody knows the partial one.
        if error.filename is None or str(error.filename) == str(partial):
            error.filename = str(path)
        raise
    finally:
        partial.unlink(missing_ok=True)
