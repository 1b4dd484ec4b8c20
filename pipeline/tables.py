"""Page → tables of cells, whether ruled, partly ruled or not ruled at all."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from statistics import median
from typing import TypeAlias

import cv2
import numpy as np

from models.types import Image, Region
from pipeline.alleys import part_columns
from pipeline.columned_print import (
    FEWEST_COLUMNS,
    FEWEST_LINES,
    PAIR,
    ColumnedPrint,
    find_columned_print,
)
from pipeline.cut_off import mark_cut_off
from pipeline.grid import Grid, GridCell, find_grids
from pipeline.ink import Ink, Mask, Segment, separate_ink
from pipeline.mend import mend
from pipeline.rules import count_level_lines
from pipeline.runs import contains, find_cell_runs, find_runs, group_lines, hull, join_close
from pipeline.stopwatch import Stopwatch
from pipeline.types import Box, Cell, Page, Table

FindRegions: TypeAlias = Callable[[Image], tuple[Region, ...]]

# A damaged table often looks like a figure to the layout detector
# (docs/decisions/0003-layout.md); a page taken for one in vain costs little.
_TABLE_KINDS = ("table", "figure")
# What `count_level_lines` makes of the smallest table, and of the one row that a table
# may run over to the next page.
_LINES_OF_A_TABLE, _LINES_OF_A_ROW = 6, 2
# The smallest table of any form has four rows.
_MOST_ROWS_OF_A_TITLE = 2
_REGION_MARGIN_INCH = 0.3
# Two columns and more.
_LONG_INCH = 2.0
# A page number stands this many times as far below the rows as they below one another.
_APART = 2.0
# Of the height of print: no two rows are nearer.
_NEARER_THAN_ROWS = 0.8
# Of the pieces of two halves of a row, so many stand over one another.
_MOST_OVER = 0.1
# A space within a label is narrower than this share of the print's height, the alley
# between two columns of figures wider.
_CELL_GAP_SHARE = 0.8
# Between two columns without a rule; wider than any space that a body leaves in a label.
_ALLEY_SHARE = 3.0
# To a printed cell of a table whose upright rules are there, so many alleys at the most.
_MOST_ALLEYS = 0.4
# Of the rows of a table so many have print at the least: labels, if nothing else.
_LEAST_PRINTED = 0.2
# Foreign ink over this share of a cell is a stroke, not a stray pixel.
_TOUCHED_SHARE = 0.004


@dataclass(frozen=True, slots=True, eq=False)
class PageTables:
    """The tables of a page, from top to bottom, and its masks; None if no table may stand there."""

    tables: tuple[Table, ...]
    ink: Ink | None


@dataclass(frozen=True, slots=True, eq=False)
class _Shown:
    """What the masks of a page show: its ruled tables, and print beside them that is in columns."""

    ink: Ink
    ruled: tuple[Table, ...]
    columned: tuple[ColumnedPrint, ...]


def find_tables(
    page: Page,
    segment: Segment,
    find_regions: FindRegions,
    before: Sequence[Table] | None,
    stopwatch: Stopwatch,
) -> PageTables:
    """Find the tables of a page and their cells, ruled and not.

    Where lines show, rules and columns are looked for first. The layout detector says whether
    a table stands on the page where these do not tell.

    Args:
        page: Upright.
        segment: Tells print and the lines between cells of a grey page, given its dpi.
        find_regions: The layout detector, which is asked of scans alone.
        before: The tables of the page before; None for the first page.
        stopwatch: Counts the detector's seconds apart from the others.

    Source: docs/decisions/0003-layout.md
    """
    shown: _Shown | None = None
    columned: tuple[ColumnedPrint, ...] = ()
    if page.kind == "digital":
        shown = _look_for_rules(page, segment, stopwatch)
        return _with_unruled(page, shown, [one.box for one in shown.columned], stopwatch)
    if _may_hold_table(page, before):
        shown = _look_for_rules(page, segment, stopwatch)
        columned = shown.columned
        # Print on a first page that stands in no columns is its title and prose.
        if not columned and (first_large(shown.ruled) or before is None):
            return PageTables(shown.ruled, shown.ink)
    places = [one.box for one in columned]
    if not any(one.surely for one in columned):
        with stopwatch.time("layout"):
            regions = find_regions(page.image)
        places += [Box(*one.box) for one in regions if one.kind in _TABLE_KINDS]
    if places:
        shown = shown or _look_for_rules(page, segment, stopwatch)
        return _with_unruled(page, shown, places, stopwatch)
    return PageTables((), None) if shown is None else PageTables(shown.ruled, shown.ink)


def _look_for_rules(page: Page, segment: Segment, stopwatch: Stopwatch) -> _Shown:
    with stopwatch.time("tables"):
        ink = separate_ink(page, segment)
        ruled = find_ruled_tables(page, ink)
        return _Shown(ink, ruled, find_columned_print(page, ink, ruled))


def _with_unruled(
    page: Page, shown: _Shown, places: Sequence[Box], stopwatch: Stopwatch
) -> PageTables:
    """The ruled tables of a page, and those without rules in places where one may stand."""
    with stopwatch.time("tables"):
        unruled = find_unruled_tables(page, shown.ink, places, shown.ruled)
    return PageTables(_in_order((*shown.ruled, *unruled)), shown.ink)


def _may_hold_table(page: Page, before: Sequence[Table] | None) -> bool:
    """Whether a ruled table, the rest of any, or the report's title may stand on a scan."""
    last = None if before is None else first_large(before)
    if before is None or (last is not None and not last.ruled):
        return True
    fewest = _LINES_OF_A_TABLE if last is None else _LINES_OF_A_ROW
    return count_level_lines(page.image, page.dpi) >= fewest


def first_large(tables: Sequence[Table]) -> Table | None:
    """The first table that is not a title whose thick strokes were taken for rules."""
    return next((table for table in tables if table.rows > _MOST_ROWS_OF_A_TITLE), None)


def _in_order(tables: Sequence[Table]) -> tuple[Table, ...]:
    """Tables of one page from top to bottom."""
    return tuple(sorted(tables, key=lambda table: table.box.top))


def find_ruled_tables(page: Page, ink: Ink) -> tuple[Table, ...]:
    """Find the tables of a page whose columns are parted by rules, and their cells.

    Args:
        page: Upright.
        ink: Its masks.

    Returns:
        Tables from top to bottom; a cell's row and column count from 0 in its table.
    """
    tables = []
    for grid in find_grids(ink, page.dpi):
        runs = find_cell_runs(page, ink, [cell.box for cell in grid.cells])
        if not _has_print(grid, runs):
            continue
        parted = _has_columns(runs)
        # Where most of its upright rules are worn away, they may be there once it is mended.
        grid, runs = mend(grid, runs, page.dpi)
        if parted or (_has_columns(runs) and not has_unparted_row(grid, runs)):
            tables.append(_from_grid(page, ink, grid, runs))
    return tuple(table for table in tables if table.columns > 1)


def find_unruled_tables(
    page: Page, ink: Ink, places: Sequence[Box], ruled: Sequence[Table]
) -> tuple[Table, ...]:
    """Find the other tables of a page: where a table seems to stand and no rules show.

    The lines of print are the rows and the runs of print the cells: an empty cell leaves no
    trace here.

    Args:
        page: Upright.
        ink: Its masks.
        places: Where one may stand, pixels of `page.image`; all of a digital page is a
            table when it has no rules.
        ruled: The page's other tables.

    Returns:
        Tables from top to bottom.
    """
    boxes = [table.box for table in ruled]
    found = [
        _from_lines(page, ink, region, boxes) for region in _unruled_regions(page, places, boxes)
    ]
    return tuple(part for table in found if table for part in _part_at(table, boxes))


def _from_grid(page: Page, ink: Ink, grid: Grid, runs: Sequence[tuple[Box, ...]]) -> Table:
    cells = [_as_cell(cell, mine, ink.foreign) for cell, mine in zip(grid.cells, runs, strict=True)]
    return Table(
        page=page.number,
        box=grid.box,
        ruled=True,
        rows=len(grid.ys) - 1,
        columns=len(grid.xs) - 1,
        cells=mark_cut_off(cells, ink, page.dpi),
    )


def _has_print(grid: Grid, runs: Sequence[tuple[Box, ...]]) -> bool:
    """Whether a grid is of this page; that of its back shines through with little print.

    A single row may go over to a page without its label, and be empty.
    """
    rows = {cell.row for cell in grid.cells}
    printed = {cell.row for cell, mine in zip(grid.cells, runs, strict=True) if mine}
    return len(rows) == 1 or len(printed) >= _LEAST_PRINTED * len(rows)


def _has_columns(runs: Sequence[tuple[Box, ...]]) -> bool:
    """Whether rules part the columns; in a table with level rules alone only alleys do."""
    alleys = [_count_alleys(mine) for mine in runs if mine]
    return sum(alleys) <= _MOST_ALLEYS * len(alleys)


def has_unparted_row(grid: Grid, runs: Sequence[tuple[Box, ...]]) -> bool:
    """Whether what must stand in several columns is in one cell, all across the table.

    Args:
        grid: Mended.
        runs: Each cell's print, pixels.
    """
    return any(
        cell.column_span == len(grid.xs) - 1 and _count_alleys(mine) > 0
        for cell, mine in zip(grid.cells, runs, strict=True)
    )


def _count_alleys(runs: tuple[Box, ...]) -> int:
    """Of the line of a cell's print that has most."""
    return max((len(join_close(line, _ALLEY_SHARE)) - 1 for line in group_lines(runs)), default=0)


def _as_cell(cell: GridCell, runs: tuple[Box, ...], foreign: Mask) -> Cell:
    box = cell.box
    window = foreign[int(box.top) : int(box.bottom) + 1, int(box.left) : int(box.right) + 1]
    touched = window.size > 0 and float((window > 0).mean()) > _TOUCHED_SHARE
    return Cell(cell.row, cell.column, cell.row_span, cell.column_span, box, runs, touched)


def _unruled_regions(page: Page, places: Sequence[Box], ruled: Sequence[Box]) -> tuple[Box, ...]:
    """Where a table may stand that its rules do not show."""
    height, width = page.image.shape[:2]
    if page.kind == "digital" and not ruled:
        return (Box(0.0, 0.0, float(width), float(height)),)
    margin = _REGION_MARGIN_INCH * page.dpi
    found = []
    for place in places:
        box = Box(0.0, place.top - margin, float(width), place.bottom + margin)
        covered = sum(box.overlap(other) for other in ruled)
        if covered < 0.5 * _region_area(box, ruled):
            found.append(box)
    return tuple(_join_overlapping(found))


def _join_overlapping(boxes: Sequence[Box]) -> list[Box]:
    """Boxes of full width, those that overlap made one: print belongs to one table."""
    joined: list[Box] = []
    for box in sorted(boxes, key=lambda box: box.top):
        if joined and box.top < joined[-1].bottom:
            joined[-1] = hull((joined[-1], box))
        else:
            joined.append(box)
    return joined


def _region_area(box: Box, ruled: Sequence[Box]) -> float:
    """Area of a region, over the width that the ruled tables of the page take."""
    width = max((other.width for other in ruled), default=box.width)
    return width * box.height


def _from_lines(page: Page, ink: Ink, region: Box, ruled: Sequence[Box]) -> Table | None:
    """Rows are lines of print, cells its runs; what column a run is in, the form says."""
    runs = [
        run
        for run in find_runs(page, ink, region, _long_lines(ink.horizontal, page.dpi))
        if not any(contains(table, run.center) for table in ruled)
    ]
    lines = _without_page_number(group_lines(runs))
    # Only what went through a scanner slants.
    lines = _join_halves(lines) if page.kind == "scanned" else lines
    rows = part_columns([join_close(line, _CELL_GAP_SHARE) for line in lines], ink.text)
    if len(rows) < FEWEST_LINES and max(map(len, rows), default=0) < FEWEST_COLUMNS:
        return None
    cells = tuple(
        _as_cell(GridCell(row, column, 1, 1, hull(together)), together, ink.foreign)
        for row, line in enumerate(rows)
        for column, together in enumerate(line)
    )
    return Table(
        page=page.number,
        box=hull([run for line in lines for run in line]),
        ruled=False,
        rows=len(rows),
        columns=max(map(len, rows)),
        cells=cells,
    )


def _join_halves(lines: Sequence[tuple[Box, ...]]) -> list[tuple[Box, ...]]:
    """Lines of print, those made one that are the two halves of a row that slants."""
    joined: list[tuple[Box, ...]] = []
    for line in lines:
        if joined and _is_other_half(joined[-1], line):
            joined[-1] = tuple(sorted((*joined[-1], *line), key=lambda box: box.left))
        else:
            joined.append(line)
    return joined


def _is_other_half(upper: Sequence[Box], lower: Sequence[Box]) -> bool:
    """Whether two lines are nearer than two rows can be, and hardly any print is over other print.

    A label that is written downwards may be.
    """
    if min(len(upper), len(lower)) < PAIR:
        return False
    above, below = (median(run.center[1] for run in line) for line in (upper, lower))
    height = min(median(run.height for run in line) for line in (upper, lower))
    over = sum(
        one.left < other.right and other.left < one.right for one in upper for other in lower
    )
    few = over <= _MOST_OVER * (len(upper) + len(lower))
    return few and below - above < _NEARER_THAN_ROWS * height


def _part_at(table: Table, ruled: Sequence[Box]) -> Iterator[Table]:
    """A table's rows above and below each ruled table among them: what is read next is next."""
    above: dict[int, list[Cell]] = defaultdict(list)
    for _, row in groupby(table.cells, lambda cell: cell.row):
        cells = list(row)
        middle = hull([cell.box for cell in cells]).center[1]
        above[sum(box.center[1] < middle for box in ruled)].extend(cells)
    for cells in above.values():
        first = cells[0].row
        yield replace(
            table,
            box=hull([cell.box for cell in cells]),
            rows=cells[-1].row + 1 - first,
            cells=tuple(replace(cell, row=cell.row - first) for cell in cells),
        )


def _long_lines(horizontal: Mask, dpi: float) -> Mask:
    """Lines between rows, without the short pieces that a net sees in print."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(horizontal, connectivity=8)
    long = stats[:, cv2.CC_STAT_WIDTH] > _LONG_INCH * dpi
    return np.where(long[labels], horizontal, np.uint8(0))


def _without_page_number(lines: Sequence[tuple[Box, ...]]) -> Sequence[tuple[Box, ...]]:
    """Lines of print without a last one that stands by itself, apart from all others."""
    boxes = [hull(line) for line in lines]
    gaps = [lower.top - upper.bottom for upper, lower in pairwise(boxes)]
    if len(gaps) < FEWEST_LINES or len(join_close(lines[-1], _CELL_GAP_SHARE)) > 1:
        return lines
    usual = max(float(np.median(gaps)), float(np.median([box.height for box in boxes])) / 2)
    return lines[:-1] if gaps[-1] > _APART * usual else lines
