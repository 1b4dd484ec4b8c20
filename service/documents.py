"""Documents in the file system, and what can be wrong with one before it is opened."""

from pathlib import Path

from pipeline.documents import PageLimits, check_size
from pipeline.errors import ReportError


def read_document(path: Path, limits: PageLimits) -> bytes:
    """Read a file that is not too large.

    Raises:
        ReportError: It is, or the file system refuses to give it.
    """
    try:
        check_size(path.stat().st_size, limits)
        return path.read_bytes()
    except OSError as error:
        raise ReportError(
            "unreadable_file",
            f"the file cannot be opened: {error.strerror}",
            advice="Check that it is a file and that you may read it.",
        ) from error
