"""Files that are written whole or not at all."""

import os
from collections.abc import Iterable
from pathlib import Path


def write_file(chunks: Iterable[bytes], path: Path) -> None:
    """Write a stream to a file that is there whole or not at all, and the folders it lies in.

    Raises:
        OSError: It cannot be written.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with partial.open("wb") as file:
            file.writelines(chunks)
        partial.replace(path)
    except OSError as error:
        # A full disk does not say which file was written.
        error.filename = error.filename or str(path)
        raise
    finally:
        partial.unlink(missing_ok=True)
