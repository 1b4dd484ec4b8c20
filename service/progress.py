"""How far an archive is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Connection, Select, func, select

from service.store import UNREAD
from service.tables import ARCHIVE_FILES, HISTORY, REPORTS

_WINDOW: Final = timedelta(minutes=10)
"""What the present speed is measured over: some dozens of reports of one worker."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an archive is.

    Attributes:
        files: Of the archive.
        reports: By status; the same content counts once.
        failures: Failed reports by error code.
        to_review: Reports with doubtful fields.
        per_minute: Reports that were read or refused lately.
    """

    files: int
    reports: Mapping[str, int]
    failures: Mapping[str, int]
    to_review: int
    per_minute: float

    @property
    def total(self) -> int:
        """Reports in all."""
        return sum(self.reports.values())

    @property
    def waiting(self) -> int:
        """Reports that are still to be read."""
        return sum(self.reports.get(status, 0) for status in UNREAD)

    @property
    def minutes_left(self) -> float | None:
        """At the present speed; None when nothing was read lately."""
        return self.waiting / self.per_minute if self.per_minute else None


def measure_progress(connection: Connection, archive: str) -> Progress:
    """Look how far an archive is; `archive` is its id."""
    mine = REPORTS.c.id.in_(
        select(ARCHIVE_FILES.c.report_id).where(ARCHIVE_FILES.c.archive_id == archive)
    )
    files = select(func.count()).where(ARCHIVE_FILES.c.archive_id == archive)
    doubtful = select(func.count()).where(
        mine, REPORTS.c.status == "extracted", REPORTS.c.to_review > 0
    )
    ended = ("extracted", "failed")
    lately = select(func.count()).where(
        HISTORY.c.report_id == REPORTS.c.id,
        mine,
        HISTORY.c.action.in_(ended),
        HISTORY.c.at > func.now() - _WINDOW,
    )
    counted = func.count()
    statuses = select(REPORTS.c.status, counted).where(mine).group_by(REPORTS.c.status)
    codes = select(REPORTS.c.error_code, counted).where(mine, REPORTS.c.error_code.is_not(None))
    codes = codes.group_by(REPORTS.c.error_code)
    return Progress(
        files=connection.execute(files).scalar_one(),
        reports=_counts(connection, statuses),
        failures=_counts(connection, codes),
        to_review=connection.execute(doubtful).scalar_one(),
        per_minute=connection.execute(lately).scalar_one() / (_WINDOW / timedelta(minutes=1)),
    )


def _counts(connection: Connection, query: Select[Any]) -> dict[str, int]:
    return {str(row[0]): int(row[1]) for row in connection.execute(query)}
