"""Page → what it holds: tables, their cells' readings, and lines of text.

How a page is read depends on what the pages before it gave.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from models.load import Models
from models.types import ReadLines
from pipeline.ink import Ink, without_seal
from pipeline.lines import caption_lines, layer_lines, page_lines, title_lines
from pipeline.readings import Readers, read_cells
from pipeline.stopwatch import Stopwatch
from pipeline.tables import find_tables, first_large
from pipeline.types import Mesh, Page, PageSummary, Reading, Table, TextLine
from pipeline.unprinted import Paper


@dataclass(frozen=True, slots=True)
class PageContent:
    """What one page gave, without its raster and words.

    Attributes:
        summary: What the report says of it.
        mesh: From pixels of its image to points of the stored page.
        tables: From top to bottom, as they were found.
        readings: Of each table its cells', some of which were parted or joined.
        lines: Of running text, as far as it was read.
        paper: To look again, of scans with a table without rules; else None.
    """

    summary: PageSummary
    mesh: Mesh
    tables: tuple[Table, ...]
    readings: tuple[tuple[Reading, ...], ...]
    lines: tuple[TextLine, ...]
    paper: Paper | None


def read_page(
    page: Page,
    models: Models,
    stopwatch: Stopwatch,
    before: Sequence[PageContent],
    *,
    prose: bool = False,
) -> PageContent:
    """Find and read the tables of a page, and as much of its prose as is needed.

    Args:
        page: Upright.
        models: The readers.
        stopwatch: Counts the seconds of each step.
        before: What the pages before it gave, in their order.
        prose: Read all prose of a scan; else the lines alone that may say whose report it is.
            Of a digital page it is all there.
    """
    last = before[-1].tables if before else None
    found = find_tables(page, models.segment, models.find_regions, last, stopwatch)
    tables, ink = found.tables, found.ink
    with stopwatch.time("readings"):
        readers = Readers(models.labels.read_lines, models.read_numbers)
        readings = tuple(read_cells(page, table, readers) for table in tables)
    with stopwatch.time("lines"):
        begun = any(first_large(content.tables) is not None for content in before)
        first = None if begun else first_large(tables)
        if page.kind == "digital":
            lines = layer_lines(page)
        elif prose:
            lines = page_lines(page, tables, models.lines.find_lines, models.labels.read_lines)
        elif ink is not None:
            lines = _read_titles(page, ink, tables, first, models.labels.read_lines)
        else:
            lines = ()
    paper = _keep_paper(page, tables, readings)
    return PageContent(_summarise(page), page.mesh, tables, readings, lines, paper)


def _keep_paper(
    page: Page, tables: Sequence[Table], readings: Sequence[Sequence[Reading]]
) -> Paper | None:
    if page.kind == "digital" or all(table.ruled for table in tables):
        return None
    printed = [one.cell.box for read in readings for one in read if one.label and one.cell.runs]
    return Paper(without_seal(page.image), page.dpi, tuple(printed))


def _read_titles(
    page: Page, ink: Ink, tables: Sequence[Table], first: Table | None, read: ReadLines
) -> tuple[TextLine, ...]:
    """The lines that may say whose report it is: over the first page, and the first table."""
    lines = title_lines(page, ink, tables, read) if page.number == 1 else ()
    if first is None:
        return lines
    return (*lines, *caption_lines(page, ink, first, lines, read))


def _summarise(page: Page) -> PageSummary:
    return PageSummary(
        page.number, page.width, page.height, page.rotation, page.skew_degrees, page.kind
    )
