"""What can be wrong with a document that was sent to us.

ReportError(code, message, advice, page)
one class, many codes: the culprit is always the sender's document, and what
differs is what to do about it. `CODES` maps each code to its HTTP status; the
command line exits with 3 for all of them. `docs/errors.md` explains every code.
"""

from typing import Final, Literal

ErrorCode = Literal[
    "unsupported_type",
    "too_large",
    "encrypted_pdf",
    "unreadable_file",
    "no_pages",
    "too_many_pages",
    "page_too_large",
    "not_a_report",
]

CODES: Final[dict[ErrorCode, int]] = {
    "unsupported_type": 415,
    "too_large": 413,
    "encrypted_pdf": 422,
    "unreadable_file": 422,
    "no_pages": 422,
    "too_many_pages": 422,
    "page_too_large": 422,
    "not_a_report": 422,
}


class ReportError(Exception):
    """No report can be made of this document.

    Attributes:
        code: Stable, documented in `docs/errors.md`.
        advice: What the sender can do about it, one sentence.
        page: The page at fault, counted from 1; None when it is the whole file.
    """

    def __init__(
        self, code: ErrorCode, message: str, *, advice: str, page: int | None = None
    ) -> None:
        super().__init__(message)
        self.code: ErrorCode = code
        self.message = message
        self.advice = advice
        self.page = page

    def __reduce__(self) -> tuple[object, ...]:
        """Survive the way back from a child process, keyword arguments included."""
        return _rebuild, (self.code, self.message, self.advice, self.page)


def _rebuild(code: ErrorCode, message: str, advice: str, page: int | None) -> ReportError:
    return ReportError(code, message, advice=advice, page=page)
