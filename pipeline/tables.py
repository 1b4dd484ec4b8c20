"""Page → tables of cells, whether ruled, partly ruled or not ruled at all."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np

from models.types import Region
from pipeline.grid import Grid, GridCell, find_grids
from pipeline.ink import Ink, Mask
from pipeline.runs import contains, find_runs, group_lines, hull
from pipeline.types import Box, Cell, Page, Table

# Lines of one cell's wrapped text stand closer than this share of their height;
# print of different rows stands farther apart.
_ROW_GAP_SHARE = 0.75
# Eight digits of 10.5 pt print: no number cell of these forms is wider in print.
_NARROW_INCH = 0.85
_REGION_MARGIN_INCH = 0.3
_FEWEST_LINES, _FEWEST_COLUMNS = 2, 3
# Two columns and more.
_LONG_INCH = 2.0
# A page number stands this many times as far below the rows as they below one another.
_APART = 2.0
# A space within a label is narrower than this share of the print's height, the alley
# between two columns of figures wider.
_CELL_GAP_SHARE = 0.8
# Between two columns without a rule; wider than any space that a body leaves in a label.
_ALLEY_SHARE = 3.0
# Of the printed rows of a table whose upright rules are there, so many lose one at most.
_MOST_ALLEYS = 0.4
# The layout detector takes a damaged table for a figure as often as not.
_TABLE_KINDS = ("table", "figure")
# A rule that so many rows have is one of the table's.
_OFTEN = 0.3
# Coloured ink over this share of a cell is a seal's stroke, not a stray pixel.
_TOUCHED_SHARE = 0.004


def find_tables(page: Page, ink: Ink, regions: Sequence[Region]) -> tuple[Table, ...]:
    """Find the tables of a page and their cells, ruled and not, from top to bottom.

    For the arguments, see the two functions that find them.
    """
    ruled = find_ruled_tables(page, ink)
    return in_order((*ruled, *find_unruled_tables(page, ink, regions, ruled)))


def in_order(tables: Sequence[Table]) -> tuple[Table, ...]:
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
    grids = (grid for grid in find_grids(ink, page.dpi) if _has_columns(page, ink, grid))
    tables = [_from_grid(page, ink, grid) for grid in grids]
    return tuple(table for table in tables if table.columns > 1)


def find_unruled_tables(
    page: Page, ink: Ink, regions: Sequence[Region], ruled: Sequence[Table]
) -> tuple[Table, ...]:
    """Find the other tables of a page: where a table seems to stand and no rules show.

    The lines of print are the rows and the runs of print the cells: an empty cell leaves no
    trace here.

    Args:
        page: Upright.
        ink: Its masks.
        regions: The layout detector's, pixels of `page.image`; none for a digital page, all
            of which is a table when it has no rules.
        ruled: The page's other tables.

    Returns:
        Tables from top to bottom.
    """
    boxes = [table.box for table in ruled]
    found = [
        _from_lines(page, ink, region, boxes) for region in _unruled_regions(page, regions, boxes)
    ]
    return tuple(table for table in found if table is not None)


def has_other_columns(page: Page, ink: Ink, tables: Sequence[Table]) -> bool:
    """Whether print outside the tables found stands in columns, as in one without rules."""
    height, width = page.image.shape[:2]
    boxes = [table.box for table in tables]
    runs = [
        run
        for run in find_runs(page, ink, Box(0.0, 0.0, float(width), float(height)))
        if not any(contains(box, run.center) for box in boxes)
    ]
    rows = (_join_close(line, _ALLEY_SHARE) for line in group_lines(runs))
    return sum(len(row) >= _FEWEST_COLUMNS for row in rows) >= _FEWEST_LINES


def _from_grid(page: Page, ink: Ink, grid: Grid) -> Table:
    grid = _split_rows(page, ink, _split_columns(page, ink, grid))
    cells = tuple(_as_cell(cell, find_runs(page, ink, cell.box), ink.seal) for cell in grid.cells)
    return Table(
        page=page.number,
        box=grid.box,
        ruled=True,
        rows=len(grid.ys) - 1,
        columns=len(grid.xs) - 1,
        cells=cells,
    )


def _has_columns(page: Page, ink: Ink, grid: Grid) -> bool:
    """Whether rules part the columns; in a table with level rules alone only alleys do."""
    printed = alleys = 0
    for row in range(len(grid.ys) - 1):
        found = [find_runs(page, ink, c.box) for c in grid.cells if c.row == row]
        lines = [line for runs in found for line in group_lines(runs)]
        printed += bool(lines)
        alleys += any(len(_join_close(line, _ALLEY_SHARE)) > 1 for line in lines)
    return alleys <= _MOST_ALLEYS * printed


def _as_cell(cell: GridCell, runs: tuple[Box, ...], seal: Mask) -> Cell:
    box = cell.box
    window = seal[int(box.top) : int(box.bottom) + 1, int(box.left) : int(box.right) + 1]
    touched = window.size > 0 and float((window > 0).mean()) > _TOUCHED_SHARE
    return Cell(cell.row, cell.column, cell.row_span, cell.column_span, box, runs, touched)


def _split_columns(page: Page, ink: Ink, grid: Grid) -> Grid:
    """Part a cell that lost an upright rule: print in each column, none across the rule.

    The rule must be there in many other rows, or above and below; a heading that spans
    columns by design has its print in the middle.
    """
    starts = {(cell.row, cell.column) for cell in grid.cells}
    rows = len(grid.ys) - 1
    often = {
        column
        for column, count in Counter(column for _, column in starts).items()
        if count >= _OFTEN * rows
    }
    parted: list[GridCell] = []
    for cell in grid.cells:
        cuts = [
            column
            for column in range(cell.column + 1, cell.column + cell.column_span)
            if column in often or _is_between(cell, column, rows, starts)
        ]
        runs = find_runs(page, ink, _inset(cell.box, page.dpi)) if cuts else ()
        edges = [cell.column, *cuts, cell.column + cell.column_span]
        spans = list(pairwise(edges))
        filled = sum(
            any(grid.xs[a] <= run.left and run.right <= grid.xs[b] for run in runs)
            for a, b in spans
        )
        whole = all(
            any(grid.xs[a] <= run.left and run.right <= grid.xs[b] for a, b in spans)
            for run in runs
        )
        if not cuts or not whole or filled < 2:
            parted.append(cell)
            continue
        parted.extend(
            GridCell(
                cell.row,
                a,
                cell.row_span,
                b - a,
                Box(grid.xs[a], cell.box.top, grid.xs[b], cell.box.bottom),
            )
            for a, b in spans
        )
    return Grid(grid.xs, grid.ys, tuple(parted))


def _is_between(
    cell: GridCell, column: int, rows: int, starts: Collection[tuple[int, int]]
) -> bool:
    """Whether the rule before a column goes on above and below a cell, within the table."""
    below = cell.row + cell.row_span
    beside = [row for row in (cell.row - 1, below) if 0 <= row < rows]
    return bool(beside) and all((row, column) in starts for row in beside)


def _split_rows(page: Page, ink: Ink, grid: Grid) -> Grid:
    """Part a row that lost its rules: several cells with print at the same two heights."""
    cuts: list[float] = []
    for row in range(len(grid.ys) - 1):
        mine = [cell for cell in grid.cells if cell.row == row and cell.row_span == 1]
        stacks = [_heights(page, ink, cell) for cell in mine]
        cuts.extend(_shared_gaps([stack for stack in stacks if len(stack) > 1], len(mine)))
    if not cuts:
        return grid
    ys = sorted([*grid.ys, *cuts])
    cells = [part for cell in grid.cells for part in _cut_cell(cell, grid.ys, ys)]
    return Grid(grid.xs, tuple(ys), tuple(sorted(cells, key=lambda c: (c.row, c.column))))


def _cut_cell(cell: GridCell, before: Sequence[float], after: Sequence[float]) -> list[GridCell]:
    """Number a cell by the new rows; one that took a single row is cut where that was cut."""
    first = after.index(before[cell.row])
    last = after.index(before[cell.row + cell.row_span])
    if cell.row_span > 1 or last == first + 1:
        return [replace(cell, row=first, row_span=last - first)]
    edges = [cell.box.top, *after[first + 1 : last], cell.box.bottom]
    return [
        GridCell(
            first + step,
            cell.column,
            1,
            cell.column_span,
            Box(cell.box.left, top, cell.box.right, bottom),
        )
        for step, (top, bottom) in enumerate(pairwise(edges))
    ]


def _heights(page: Page, ink: Ink, cell: GridCell) -> list[tuple[float, float]]:
    lines = group_lines(find_runs(page, ink, _inset(cell.box, page.dpi)))
    boxes = [hull(line) for line in lines]
    if any(box.width > _NARROW_INCH * page.dpi for box in boxes):
        return []
    return [(box.top, box.bottom) for box in boxes]


def _shared_gaps(stacks: list[list[tuple[float, float]]], cells: int) -> list[float]:
    """Heights at which most stacks of equal length part widely."""
    if len(stacks) < max(2, cells / 2) or len({len(stack) for stack in stacks}) != 1:
        return []
    cuts = []
    for upper, lower in pairwise(zip(*stacks, strict=True)):
        bottom, top = max(end for _, end in upper), min(start for start, _ in lower)
        height = float(np.median([end - start for start, end in upper]))
        if top - bottom < _ROW_GAP_SHARE * height:
            return []
        cuts.append((bottom + top) / 2)
    return cuts


def _inset(box: Box, dpi: float) -> Box:
    margin = 0.012 * dpi
    return Box(box.left + margin, box.top + margin, box.right - margin, box.bottom - margin)


def _unruled_regions(
    page: Page, regions: Sequence[Region], ruled: Sequence[Box]
) -> tuple[Box, ...]:
    """Where a table may stand that its rules do not show."""
    height, width = page.image.shape[:2]
    if page.kind == "digital":
        return () if ruled else (Box(0.0, 0.0, float(width), float(height)),)
    margin = _REGION_MARGIN_INCH * page.dpi
    found = []
    for region in regions:
        box = Box(0.0, region.box[1] - margin, float(width), region.box[3] + margin)
        covered = sum(box.overlap(other) for other in ruled)
        if region.kind in _TABLE_KINDS and covered < 0.5 * region_area(box, ruled):
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


def region_area(box: Box, ruled: Sequence[Box]) -> float:
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
    if len(lines) < _FEWEST_LINES:
        return None
    cells = tuple(
        _as_cell(GridCell(row, column, 1, 1, hull(together)), together, ink.seal)
        for row, line in enumerate(lines)
        for column, together in enumerate(_join_close(line))
    )
    return Table(
        page=page.number,
        box=hull([run for line in lines for run in line]),
        ruled=False,
        rows=len(lines),
        columns=max(map(len, lines)),
        cells=cells,
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
    if len(gaps) < _FEWEST_LINES or len(_join_close(lines[-1])) > 1:
        return lines
    usual = max(float(np.median(gaps)), float(np.median([box.height for box in boxes])) / 2)
    return lines[:-1] if gaps[-1] > _APART * usual else lines


def _join_close(line: Sequence[Box], share: float = _CELL_GAP_SHARE) -> list[tuple[Box, ...]]:
    """Runs of a line that stand closer than columns do, a share of their height, joined."""
    cells: list[tuple[Box, ...]] = []
    for run in line:
        last = cells[-1][-1] if cells else None
        if last is not None and run.left - last.right < share * max(run.height, last.height):
            cells[-1] += (run,)
        else:
            cells.append((run,))
    return cells
