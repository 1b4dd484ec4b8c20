"""Leaves out of a grid what was taken for a rule and is none, by where the print stands."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final, TypeAlias

import numpy as np

from pipeline.grid import Grid
from pipeline.runs import contains, group_lines, hull
from pipeline.types import Box

# Lines of one cell's wrapped text stand closer than this share of their height;
# print of different rows stands farther apart.
ROW_GAP_SHARE: Final = 0.75
# A column at a side of the table is at least so wide beside the usual one.
_MARGIN_SHARE = 0.65
_FEWEST_COLUMNS = 2
# Of its height, a run may reach so far over a rule that wavers.
_ACROSS_SHARE = 0.25

Runs: TypeAlias = tuple[tuple[Box, ...], ...]
"""The runs of print of each cell of a grid, in the order of its cells."""


def drop_stray_rules(grid: Grid, runs: Runs) -> tuple[Grid, Runs]:
    """Leave out the rules at a table's sides, between its rows and in them that are none.

    Args:
        grid: As its rules show it.
        runs: Of its cells.

    Returns:
        The grid with fewer rows or columns, or the same, and the runs of its cells.
    """
    for step in (_drop_margins, _drop_empty_bands, _drop_short_rules):
        changed = step(grid, runs)
        runs = runs if changed is grid else deal_out(runs, changed)
        grid = changed
    return grid, runs


def deal_out(runs: Runs, grid: Grid) -> Runs:
    """Give each run to the cell that its middle stands in."""
    pool = [run for mine in runs for run in mine]
    return tuple(
        tuple(run for run in pool if contains(cell.box, run.center)) for cell in grid.cells
    )


def _drop_margins(grid: Grid, runs: Runs) -> Grid:
    """Leave out a narrow column without print at a side of the table.

    Where a table is open there, its level rules end beyond its last print; and the edge of a
    sheet may be taken for an upright rule, or for two.
    """
    widths = [right - left for left, right in pairwise(grid.xs)]
    least = _MARGIN_SHARE * float(np.median(widths))
    centers = [run.center[0] for mine in runs for run in mine]
    first, last = 0, len(widths)
    if widths[0] < least and not any(x < grid.xs[1] for x in centers):
        first = 1
    if widths[-1] < least and not any(x > grid.xs[-2] for x in centers):
        last -= 1
    if (first, last) == (0, len(widths)) or last - first < _FEWEST_COLUMNS:
        return grid
    xs = grid.xs[first : last + 1]
    cells = []
    for cell in grid.cells:
        start = max(cell.column, first)
        end = min(cell.column + cell.column_span, last)
        if start < end:
            box = replace(
                cell.box, left=max(cell.box.left, xs[0]), right=min(cell.box.right, xs[-1])
            )
            cells.append(replace(cell, column=start - first, column_span=end - start, box=box))
    within = Grid(xs, grid.ys, tuple(cells))
    return _drop_margins(within, runs)


def _drop_empty_bands(grid: Grid, runs: Runs) -> Grid:
    """Leave out a rule with no print between it and the next that cells with print go across.

    What shines through the sheet, or a fold, is taken for a rule as well. Every row that the
    form prescribes has a label, so no row is lost.
    """
    row = _find_empty_band(grid, runs)
    if row is None:
        return grid
    up = sum(cell.row < row < cell.row + cell.row_span for cell in grid.cells)
    down = sum(cell.row <= row < cell.row + cell.row_span - 1 for cell in grid.cells)
    merged = _merge_band(grid, row, into=row + 1 if down >= up else row - 1)
    return _drop_empty_bands(merged, deal_out(runs, merged))


def _find_empty_band(grid: Grid, runs: Runs) -> int | None:
    printed, crossed = set[int](), set[int]()
    for cell, mine in zip(grid.cells, runs, strict=True):
        rows = range(cell.row, cell.row + cell.row_span)
        filled = {row_of(run, [*rows, rows.stop], grid.ys) for run in mine}
        if len(rows) == 1 or None in filled:
            printed.update(rows if mine else ())
        else:
            printed.update(row for row in filled if row is not None)
            crossed.update(row for row in rows if mine and row not in filled)
    return min(crossed - printed, default=None)


def _merge_band(grid: Grid, row: int, into: int) -> Grid:
    """A grid without the rule between two neighbouring rows, of which the first is empty."""
    edge, below = max(row, into), into > row
    cells = []
    for cell in grid.cells:
        first, last = cell.row, cell.row + cell.row_span
        if (first, last) == (row, row + 1):
            continue
        box = cell.box
        if below and first == into:
            first, box = row, Box(box.left, grid.ys[row], box.right, box.bottom)
        elif not below and last == row:
            last, box = row + 1, Box(box.left, box.top, box.right, grid.ys[row + 1])
        first, last = first - (first >= edge), last - (last >= edge)
        cells.append(replace(cell, row=first, row_span=last - first, box=box))
    ys = (*grid.ys[:edge], *grid.ys[edge + 1 :])
    return Grid(grid.xs, ys, tuple(sorted(cells, key=lambda one: (one.row, one.column))))


def _drop_short_rules(grid: Grid, runs: Runs) -> Grid:
    """Leave out a level rule that few cells have, all of them without print on one side of it.

    Where it is lost beside them instead, print of two rows stands apart there.
    """
    for row in range(1, len(grid.ys) - 1):
        above, below, across = list[int](), list[int](), list[int]()
        for index, cell in enumerate(grid.cells):
            if cell.row + cell.row_span == row:
                above.append(index)
            elif cell.row == row:
                below.append(index)
            elif cell.row < row < cell.row + cell.row_span and runs[index]:
                across.append(index)
        columns = sum(grid.cells[index].column_span for index in across)
        empty = not any(runs[index] for index in above) or not any(runs[index] for index in below)
        if 2 * columns <= len(grid.xs) - 1 or not empty:
            continue
        gaps = [_gap_at(runs[index], grid.ys[row]) for index in across]
        near = sum(gap is not None and gap < ROW_GAP_SHARE for gap in gaps)
        far = sum(gap is not None and gap >= ROW_GAP_SHARE for gap in gaps)
        if near > far and (whole := _without_rule(grid, row)):
            return _drop_short_rules(whole, deal_out(runs, whole))
    return grid


def _gap_at(runs: Sequence[Box], y: float) -> float | None:
    """How far print above a height is from that below, by the height of its lines.

    0 where a line stands across; None where all print is on one side.
    """
    lines = [hull(line) for line in group_lines(runs)]
    upper = [line.bottom for line in lines if line.center[1] < y]
    lower = [line.top for line in lines if line.center[1] >= y]
    if any(stands_across(line, y) for line in lines):
        return 0.0
    if not upper or not lower:
        return None
    return (min(lower) - max(upper)) / float(np.median([line.height for line in lines]))


def _without_rule(grid: Grid, row: int) -> Grid | None:
    """A grid whose cells above and below a level rule are one each; None where some cannot be."""
    lower = {(cell.column, cell.column_span): cell for cell in grid.cells if cell.row == row}
    cells = []
    for cell in grid.cells:
        first, last = cell.row, cell.row + cell.row_span
        box = cell.box
        if last == row:
            other = lower.pop((cell.column, cell.column_span), None)
            if other is None:
                return None
            last, box = other.row + other.row_span, replace(box, bottom=other.box.bottom)
        elif first == row:
            continue
        first, last = first - (first > row), last - (last > row)
        cells.append(replace(cell, row=first, row_span=last - first, box=box))
    return None if lower else Grid(grid.xs, (*grid.ys[:row], *grid.ys[row + 1 :]), tuple(cells))


def row_of(run: Box, edges: Sequence[int], ys: Sequence[float]) -> int | None:
    """The row that holds a run but for a little; None when it stands across two."""
    inside = (
        row
        for row in edges[:-1]
        if ys[row] < run.center[1] < ys[row + 1]
        and not any(stands_across(run, ys[edge]) for edge in (row, row + 1))
    )
    return next(inside, None)


def stands_across(run: Box, y: float) -> bool:
    """Whether more than a little of a run is on either side of a rule."""
    return min(run.bottom - y, y - run.top) > _ACROSS_SHARE * run.height
