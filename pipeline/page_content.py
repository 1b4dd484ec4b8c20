"""Page → what it holds: tables, their cells' readings, and lines of text.

How a page is read depends on what the pages before it gave.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from models.load import Models
from models.types import ReadLines, Region
from pipeline.ink import Ink, separate_ink, without_seal
from pipeline.lines import caption_lines, layer_lines, page_lines, title_lines
from pipeline.readings import Readers, read_cells
from pipeline.rules import count_level_lines
from pipeline.stopwatch import Stopwatch
from pipeline.tables import (
    find_columned_print,
    find_ruled_tables,
    find_tables,
    find_unruled_tables,
    in_order,
)
from pipeline.types import Page, Reading, Table, TextLine
from pipeline.unprinted import Paper

# A damaged table often looks like a figure to the layout detector
# (docs/decisions/0003-layout.md); a page taken for one in vain costs little.
_TABLE_KINDS = ("table", "figure")

# What `count_level_lines` makes of the smallest table, and of the one row that a table
# may run over to the next page.
_LINES_OF_A_TABLE, _LINES_OF_A_ROW = 6, 2

# The smallest table of any form has four rows.
_MOST_ROWS_OF_A_TITLE = 2


@dataclass(frozen=True, slots=True)
class PageContent:
    """What one page gave; `page` has let go of its raster and words.

    `paper` is there to look again, of scans with a table without rules.
    """

    page: Page
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
    ink, tables = _find_tables(page, models, stopwatch, before)
    with stopwatch.time("readings"):
        readers = Readers(models.labels.read_lines, models.read_numbers)
        readings = tuple(read_cells(page, table, readers) for table in tables)
    with stopwatch.time("lines"):
        begun = any(_first_large(content.tables) is not None for content in before)
        first = None if begun else _first_large(tables)
        if page.kind == "digital":
            lines = layer_lines(page)
        elif prose:
            lines = page_lines(page, tables, models.lines.find_lines, models.labels.read_lines)
        elif ink is not None:
            lines = _read_titles(page, ink, tables, first, models.labels.read_lines)
        else:
            lines = ()
    return PageContent(_strip(page), tables, readings, lines, _keep_paper(page, tables, readings))


def _keep_paper(
    page: Page, tables: Sequence[Table], readings: Sequence[Sequence[Reading]]
) -> Paper | None:
    if page.kind == "digital" or all(table.ruled for table in tables):
        return None
    printed = [one.cell.box for read in readings for one in read if one.label and one.cell.runs]
    return Paper(without_seal(page.image), page.dpi, tuple(printed))


def _find_tables(
    page: Page, models: Models, stopwatch: Stopwatch, before: Sequence[PageContent]
) -> tuple[Ink | None, tuple[Table, ...]]:
    """The tables of a page, and its masks if they were needed.

    Where lines show, rules and columns are looked for first. The layout detector says whether
    a table stands on the page where these do not tell.
    """
    if page.kind == "digital":
        with stopwatch.time("tables"):
            ink = separate_ink(page, models.segment)
            return ink, find_tables(page, ink, ())
    masks: Ink | None = None
    ruled: tuple[Table, ...] = ()
    regions: tuple[Region, ...] = ()
    if _may_hold_table(page, before):
        with stopwatch.time("tables"):
            masks = separate_ink(page, models.segment)
            ruled = find_ruled_tables(page, masks)
            regions = find_columned_print(page, masks, ruled)
            # Print on a first page that stands in no columns is its title and prose.
            if not regions and (_first_large(ruled) or not before):
                return masks, ruled
    if not any(region.probability == 1.0 for region in regions):
        with stopwatch.time("layout"):
            regions = (*regions, *models.find_regions(page.image))
    if not any(region.kind in _TABLE_KINDS for region in regions):
        return masks, ruled
    with stopwatch.time("tables"):
        if masks is None:
            masks = separate_ink(page, models.segment)
            ruled = find_ruled_tables(page, masks)
        unruled = find_unruled_tables(page, masks, regions, ruled)
    return masks, in_order((*ruled, *unruled))


def _may_hold_table(page: Page, before: Sequence[PageContent]) -> bool:
    """Whether a ruled table, the rest of any, or the report's title may stand on a scan."""
    last = None if not before else _first_large(before[-1].tables)
    if not before or (last is not None and not last.ruled):
        return True
    fewest = _LINES_OF_A_TABLE if last is None else _LINES_OF_A_ROW
    return count_level_lines(page.image, page.dpi) >= fewest


def _first_large(tables: Sequence[Table]) -> Table | None:
    """The first table that is not a title whose thick strokes were taken for rules."""
    return next((table for table in tables if table.rows > _MOST_ROWS_OF_A_TITLE), None)


def _read_titles(
    page: Page, ink: Ink, tables: Sequence[Table], first: Table | None, read: ReadLines
) -> tuple[TextLine, ...]:
    """The lines that may say whose report it is: over the first page, and the first table."""
    lines = title_lines(page, ink, tables, read) if page.number == 1 else ()
    if first is None:
        return lines
    return (*lines, *caption_lines(page, ink, first, lines, read))


def _strip(page: Page) -> Page:
    """A page without what takes memory: geometry stays."""
    return replace(page, image=page.image[:0, :0].copy(), words=(), rules=())
