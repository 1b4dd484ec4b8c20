"""Files that are written whole or not at all."""

from collections.abc import Iterable
from pathlib import Path


def write_file(chunks: Iterable[bytes], path: Path) -> None:
    """Write a stream to a file that is there whole or not at all.

    Raises:
        OSError: It cannot be written.
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("wb") as file:
            file.writelines(chunks)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
