"""How well an archive's own paper is read, measured without anybody knowing what it says.

Reports are drawn by lot and read; on each scanned page other digits are then drawn in place of
the printed ones (`pipeline.known_cells`), and the page is read once more.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from obstore.store import ObjectStore
from scipy.stats import binomtest
from sqlalchemy import Connection, select

from models.load import Models
from pipeline.documents import PageLimits, open_document
from pipeline.known_cells import Known, draw_known
from pipeline.page_content import PageContent, read_page
from pipeline.pages import read_pages
from pipeline.stopwatch import Stopwatch
from pipeline.types import Reading
from service.blobs import get_blob
from service.tables import ARCHIVE_FILES, REPORTS


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """What became of cells of known value.

    Attributes:
        reports: That were drawn by lot.
        drawn_on: Of these, how many had ruled tables on scanned pages to draw on.
        cells: That were drawn.
        right: Of these, how many were read as what they are.
        not_found: Of these, in how many places no cell was found any more.
    """

    reports: int
    drawn_on: int
    cells: int
    right: int
    not_found: int

    @property
    def share(self) -> float:
        """Of the cells, how many were read right; 0 where none were drawn."""
        return self.right / self.cells if self.cells else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Where that share lies in truth, with 95% probability (Wilson, JASA 22, 1927)."""
        if not self.cells:
            return 0.0, 1.0
        bounds = binomtest(self.right, self.cells).proportion_ci(method="wilson")
        return float(bounds.low), float(bounds.high)


def draw_lots(connection: Connection, archive: str, count: int) -> list[str]:
    """Ids of reports of an archive that were read; `archive` is an id.

    The hash of a file, which is a report's id, has nothing to do with what it looks like.
    """
    read = select(ARCHIVE_FILES.c.report_id).join(REPORTS).distinct()
    mine = (ARCHIVE_FILES.c.archive_id == archive, REPORTS.c.report.is_not(None))
    chosen = read.where(*mine).order_by(ARCHIVE_FILES.c.report_id).limit(count)
    return list(connection.execute(chosen).scalars())


def check_reading(blobs: ObjectStore, reports: Sequence[str], models: Models) -> SelfCheck:
    """Draw cells of known value on reports and read them.

    Args:
        blobs: The service's files.
        reports: Ids, from `draw_lots`. The same reports get the same digits each time.
        models: Loaded once.

    Raises:
        BlobGone: A report's file is not there.
        ReportError: A file that was read once cannot be read now.
    """
    drawn_on = 0
    verdicts: list[bool | None] = []
    for report in reports:
        some = list(check_report(get_blob(blobs, report), int(report[:8], 16), models))
        drawn_on += bool(some)
        verdicts += some
    return SelfCheck(
        reports=len(reports),
        drawn_on=drawn_on,
        cells=len(verdicts),
        right=verdicts.count(True),
        not_found=verdicts.count(None),
    )


def check_report(source: bytes, seed: int, models: Models) -> Iterator[bool | None]:
    """Whether each cell that was drawn was read right; None for one that was not found.

    Raises:
        ReportError: The file cannot be opened.
    """
    rng = np.random.default_rng(seed)
    contents: list[PageContent] = []
    with open_document(source, PageLimits()) as document:
        for page in read_pages(document, models.find_orientation, models.labels.read_lines):
            content = read_page(page, models, Stopwatch(), contents)
            altered, known = draw_known(page, content.tables, content.readings, rng)
            if known:
                again = read_page(altered, models, Stopwatch(), contents)
                yield from _compare(known, [one for some in again.readings for one in some])
            contents.append(content)


def _compare(known: Iterable[Known], readings: Sequence[Reading]) -> Iterator[bool | None]:
    for one in known:
        x, y = one.box.center
        found = next((read for read in readings if _holds(read, x, y)), None)
        yield None if found is None else found.candidates[0].text == one.text


def _holds(reading: Reading, x: float, y: float) -> bool:
    box = reading.cell.box
    return box.left <= x < box.right and box.top <= y < box.bottom
