"""Mends a grid by where the print stands.

Rules that are none are left out (`pipeline.stray_rules`); rules that were lost in places are
put back here: between columns, in single cells, between rows.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise

import numpy as np

from pipeline.grid import Grid, GridCell
from pipeline.joined_columns import split_joined_columns
from pipeline.runs import group_lines, hull
from pipeline.stray_rules import (
    ROW_GAP_SHARE,
    Runs,
    deal_out,
    drop_stray_rules,
    row_of,
    stands_across,
)
from pipeline.types import Box
from pipeline.wide_cells import NARROWER_INCH, find_headed, is_title

# Eight digits of 10.5 pt print: no number cell of these forms is wider in print.
_NARROW_INCH = 0.85
# A rule that so many rows have is one of the table's.
_OFTEN = 0.3
# A stroke or a fold takes the rules beside so many cells that stand together.
_MOST_LOST = 2
# A figure beside a label is narrower than this share of it, a label beside it is not.
_FIGURE_SHARE = 0.5
# A label that is as wide as its column would stand in the middle of a wider one.
_FILLED_SHARE = 0.5


def mend(grid: Grid, runs: Runs, dpi: float) -> tuple[Grid, Runs]:
    """Join what a rule that is none parts, then part cells that lost a rule.

    Args:
        grid: As its rules show it.
        runs: Of its cells.
        dpi: Pixels per inch.

    Returns:
        The grid with other cells, rows or columns, or the same, and the runs of its cells.
    """
    grid, runs = drop_stray_rules(grid, runs)
    steps = (
        split_joined_columns,
        partial(_split_columns, dpi=dpi),
        partial(_split_tall_cells, dpi=dpi),
        partial(_split_rows, dpi=dpi),
    )
    before = None
    while grid is not before:
        before = grid
        # A rule that is put back shows where others went on.
        for step in steps:
            changed = step(grid, runs)
            runs = runs if changed is grid else deal_out(runs, changed)
            grid = changed
    return grid, runs


def _split_columns(grid: Grid, runs: Runs, dpi: float) -> Grid:
    """Part a cell that lost an upright rule: print in several columns, none across the rule.

    The rule must be there in many other rows, or above and below; a heading that spans
    columns by design has its print in the middle. Where print stands across one rule, the row has
    wider cells, and others are parted only if print begins it, as a label does. No cell without
    print spans columns, nor does a number where the rules go on.
    """
    starts = _left_rules(grid)
    rows = len(grid.ys) - 1
    counts = Counter(column for _, column in starts)
    often = {column for column, count in counts.items() if count >= _OFTEN * rows}
    headed = find_headed(grid, runs, dpi)
    parted: list[GridCell] = []
    for cell, mine in zip(grid.cells, runs, strict=True):
        within = range(cell.column + 1, cell.column + cell.column_span)
        cuts = [column for column in within if _is_between(cell, column, rows, starts)]
        # Other bands of a table may have other columns.
        cuts = cuts or [column for column in within if column in often]
        if is_title(cell, mine, grid) or (not mine and cell in headed):
            cuts = []
        free = [cut for cut in cuts if not any(r.left < grid.xs[cut] < r.right for r in mine)]
        spans = list(pairwise([cell.column, *free, cell.column + cell.column_span]))
        filled = {_span_of(run, spans, grid.xs) for run in mine}
        several = len(filled) > 1 and (free == cuts or spans[0] in filled)
        whole = len(free) == cell.column_span - 1 > 0 and len(filled) == 1
        lone = whole and _is_of_one_column(cell, mine, grid, dpi, begins=spans[0] in filled)
        if free and (not mine or several or lone):
            parted.extend(_cut_columns(cell, spans, grid.xs))
        else:
            parted.append(cell)
    return grid if len(parted) == len(grid.cells) else Grid(grid.xs, grid.ys, tuple(parted))


def _left_rules(grid: Grid) -> frozenset[tuple[int, int]]:
    """Rows and columns of the squares that have a rule to their left."""
    return frozenset(
        (row, cell.column)
        for cell in grid.cells
        for row in range(cell.row, cell.row + cell.row_span)
    )


def _span_of(
    run: Box, spans: Sequence[tuple[int, int]], xs: Sequence[float]
) -> tuple[int, int] | None:
    x = run.center[0]
    return next((span for span in spans if xs[span[0]] <= x <= xs[span[1]]), None)


def _cut_columns(
    cell: GridCell, spans: Sequence[tuple[int, int]], xs: Sequence[float]
) -> list[GridCell]:
    return [
        replace(
            cell,
            column=first,
            column_span=last - first,
            box=Box(xs[first], cell.box.top, xs[last], cell.box.bottom),
        )
        for first, last in spans
    ]


def _is_between(
    cell: GridCell, column: int, rows: int, starts: Collection[tuple[int, int]]
) -> bool:
    """Whether the rule before a column goes on above and below a cell, within the table."""
    below = cell.row + cell.row_span
    beside = [row for row in (cell.row - 1, below) if 0 <= row < rows]
    return bool(beside) and all((row, column) in starts for row in beside)


def _is_of_one_column(
    cell: GridCell, runs: Sequence[Box], grid: Grid, dpi: float, *, begins: bool
) -> bool:
    """Whether print that none of a cell's rules would cross belongs to one of its columns.

    It is a label that begins the cell and fills one column of it, before others, or a number after
    a label. The rules go on above and below the cell, or two that lost them alike, in the table; in
    its last row above, and in its first below a number that stands as no heading does.
    """
    starts = _left_rules(grid)
    spans = {(one.row, one.column, one.column_span) for one in grid.cells}
    last = cell.column + cell.column_span
    labelled = any(
        one.row == cell.row and one.row_span == 1 and one.column < cell.column for one in grid.cells
    )
    width = hull(runs).width
    number = labelled and width <= NARROWER_INCH * dpi
    # A table's first row, which may be all that a page break left of one, may be its headings'.
    aside = number and _stands_aside(hull(runs).center[0], cell, grid.xs)
    fills = width > _FILLED_SHARE * (grid.xs[cell.column + 1] - grid.xs[cell.column])
    if not number and not (begins and fills and last < len(grid.xs) - 1):
        return False

    def goes_on(column: int, step: int, row: int) -> bool:
        if row == len(grid.ys) - 1:
            return (cell.row - 1, column) in starts
        if row < 0:
            return aside and (cell.row + cell.row_span, column) in starts
        alike = (row, cell.column, cell.column_span) in spans
        return (row + step * alike, column) in starts

    return all(
        goes_on(column, step, row)
        for column in range(cell.column + 1, last)
        for step, row in ((-1, cell.row - 1), (1, cell.row + cell.row_span))
    )


def _stands_aside(x: float, cell: GridCell, xs: Sequence[float]) -> bool:
    """Whether print is in the middle of a column of a cell, and not of the cell as titles are."""
    edges = xs[cell.column : cell.column + cell.column_span + 1]
    middles = [(left + right) / 2 for left, right in pairwise(edges)]
    return min(abs(x - middle) for middle in middles) < abs(x - cell.box.center[0]) / 2


def _split_tall_cells(grid: Grid, runs: Runs, dpi: float) -> Grid:
    """Part a cell that lost a level rule."""
    parted = [
        part
        for cell, mine in zip(grid.cells, runs, strict=True)
        for part in _cut_at(cell, _lost_rules(cell, mine, grid, runs, dpi), grid.ys)
    ]
    if len(parted) == len(grid.cells):
        return grid
    return Grid(grid.xs, grid.ys, tuple(sorted(parted, key=lambda c: (c.row, c.column))))


def _lost_rules(
    cell: GridCell, runs: Sequence[Box], grid: Grid, all_runs: Runs, dpi: float
) -> list[int]:
    """The rows of a grid before which a cell should be cut.

    Before each of its own, where there is print in several and to its left are single rows:
    left of a label beside several rows there are only labels beside more. Also before the lowest
    rows, where each of these and none above has print, and figures beside it. Otherwise where the
    rule goes on on both sides and no print stands across it: beside a cell that spans rows by
    design, rules end on one side at least. No cell without print spans rows.
    """
    edges = range(cell.row, cell.row + cell.row_span + 1)
    inner = edges[1:-1]
    if not runs:
        return [row for row in inner if any(_goes_on(grid, cell, row))]
    single = {one.row: one.column for one in reversed(grid.cells) if one.row_span == 1}
    right = all(single.get(row, cell.column) < cell.column for row in edges[:-1])
    filled = {row_of(run, edges, grid.ys) for run in runs}
    if right and len(filled) > 1 and None not in filled:
        return list(inner)
    # A header's corner that holds no print may have lost its lower rule as well.
    last = edges[-1] - len(filled)
    lines = replace(cell, row=last, row_span=len(filled))
    each = len(filled) > 1 and filled == set(range(last, edges[-1]))
    if each and _has_figures_beside(lines, runs, grid, all_runs, dpi):
        return [row for row in inner if row >= last]
    return [
        row
        for row in inner
        if (all(_goes_on(grid, cell, row)) or _begins_figures(cell, row, grid, all_runs, dpi))
        and not any(stands_across(run, grid.ys[row]) for run in runs)
    ]


def _has_figures_beside(
    cell: GridCell, runs: Sequence[Box], grid: Grid, all_runs: Runs, dpi: float
) -> bool:
    """Whether there are single rows of figures right of a cell.

    Their print is much narrower than its own, or both are as narrow as figures are, which do not
    stand in the first column.
    """
    widest = max(hull(line).width for line in group_lines(runs))
    figure = NARROWER_INCH * dpi
    limit = figure if cell.column > 0 and widest <= figure else _FIGURE_SHARE * widest
    beside = [
        not mine or hull(mine).width < limit
        for one, mine in zip(grid.cells, all_runs, strict=True)
        if one.column == cell.column + cell.column_span
        and one.row_span == 1
        and cell.row <= one.row < cell.row + cell.row_span
    ]
    return len(beside) == cell.row_span and all(beside)


def _begins_figures(cell: GridCell, row: int, grid: Grid, all_runs: Runs, dpi: float) -> bool:
    """Whether a head's first cell goes on to the figures of a last row, which has no label.

    All other columns have the rule, and nothing below it is wider than a figure.
    """
    below = [
        (one, [run for run in mine if run.center[1] > grid.ys[row]])
        for one, mine in zip(grid.cells, all_runs, strict=True)
        if one == cell or one.row == row
    ]
    columns = {
        column for one, _ in below for column in range(one.column, one.column + one.column_span)
    }
    return (
        cell.column == 0
        and row == len(grid.ys) - 2
        and len(columns) == len(grid.xs) - 1
        and all(not mine or hull(mine).width <= NARROWER_INCH * dpi for _, mine in below)
    )


def _goes_on(grid: Grid, cell: GridCell, row: int) -> tuple[bool, bool]:
    """Whether the rule above a row is there near a cell: to its left, to its right.

    Right of the last column it is there if it is to the left.
    """
    bounded = {
        column
        for one in grid.cells
        if row in (one.row, one.row + one.row_span)
        for column in range(one.column, one.column + one.column_span)
    }
    last = cell.column + cell.column_span
    sides = range(cell.column - _MOST_LOST, cell.column), range(last, last + _MOST_LOST)
    left, right = (not bounded.isdisjoint(side) for side in sides)
    return left, left if last == len(grid.xs) - 1 else right


def _cut_at(cell: GridCell, rows: Sequence[int], ys: Sequence[float]) -> list[GridCell]:
    """The parts of a cell that is cut before some rows."""
    edges = [cell.row, *rows, cell.row + cell.row_span]
    sides = [cell.box.top, *(ys[row] for row in rows), cell.box.bottom]
    return [
        replace(
            cell,
            row=first,
            row_span=after - first,
            box=Box(cell.box.left, top, cell.box.right, bottom),
        )
        for (first, after), (top, bottom) in zip(pairwise(edges), pairwise(sides), strict=True)
    ]


def _split_rows(grid: Grid, runs: Runs, dpi: float) -> Grid:
    """Part a row that lost its rules: several cells with print at the same two heights."""
    rows: dict[int, list[list[tuple[float, float]]]] = {}
    for cell, mine in zip(grid.cells, runs, strict=True):
        if cell.row_span == 1:
            rows.setdefault(cell.row, []).append(_heights(mine, dpi))
    cuts = [
        cut
        for stacks in rows.values()
        for cut in _shared_gaps([stack for stack in stacks if len(stack) > 1], len(stacks))
    ]
    if not cuts:
        return grid
    ys = sorted([*grid.ys, *cuts])
    cells = [part for cell in grid.cells for part in _cut_rows(cell, grid.ys, ys)]
    return Grid(grid.xs, tuple(ys), tuple(sorted(cells, key=lambda c: (c.row, c.column))))


def _cut_rows(cell: GridCell, before: Sequence[float], after: Sequence[float]) -> list[GridCell]:
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


def _heights(runs: Sequence[Box], dpi: float) -> list[tuple[float, float]]:
    boxes = [hull(line) for line in group_lines(runs)]
    if any(box.width > _NARROW_INCH * dpi for box in boxes):
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
        if top - bottom < ROW_GAP_SHARE * height:
            return []
        cuts.append((bottom + top) / 2)
    return cuts
