"""Grids that lost rules in places → grids with them put back, by where the print stands."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import TypeAlias

import numpy as np

from pipeline.grid import Grid, GridCell
from pipeline.runs import contains, group_lines, hull
from pipeline.types import Box

# Lines of one cell's wrapped text stand closer than this share of their height;
# print of different rows stands farther apart.
_ROW_GAP_SHARE = 0.75
# Eight digits of 10.5 pt print: no number cell of these forms is wider in print.
_NARROW_INCH = 0.85
# A rule that so many rows have is one of the table's.
_OFTEN = 0.3
# Of its height, a run may reach so far over a rule that wavers.
_ACROSS_SHARE = 0.25

Runs: TypeAlias = tuple[tuple[Box, ...], ...]
"""The runs of print of each cell of a grid, in the order of its cells."""


def mend(grid: Grid, runs: Runs, dpi: float) -> tuple[Grid, Runs]:
    """Part cells that lost a rule.

    Args:
        grid: As its rules show it.
        runs: Of its cells.
        dpi: Pixels per inch.

    Returns:
        The grid with more cells, rows or columns, or the same, and the runs of its cells.
    """
    for part in (_split_columns, _split_tall_cells, partial(_split_rows, dpi=dpi)):
        parted = part(grid, runs)
        runs = runs if parted is grid else _deal_out(runs, parted)
        grid = parted
    return grid, runs


def _deal_out(runs: Runs, grid: Grid) -> Runs:
    """Give each run to the cell that its middle stands in."""
    pool = [run for mine in runs for run in mine]
    return tuple(
        tuple(run for run in pool if contains(cell.box, run.center)) for cell in grid.cells
    )


def _split_columns(grid: Grid, runs: Runs) -> Grid:
    """Part a cell that lost an upright rule: print in each column, none across the rule.

    The rule must be there in many other rows, or above and below; a heading that spans
    columns by design has its print in the middle.
    """
    starts = {(cell.row, cell.column) for cell in grid.cells}
    rows = len(grid.ys) - 1
    counts = Counter(column for _, column in starts)
    often = {column for column, count in counts.items() if count >= _OFTEN * rows}
    parted: list[GridCell] = []
    for cell, mine in zip(grid.cells, runs, strict=True):
        cuts = [
            column
            for column in range(cell.column + 1, cell.column + cell.column_span)
            if column in often or _is_between(cell, column, rows, starts)
        ]
        spans = list(pairwise([cell.column, *cuts, cell.column + cell.column_span]))
        filled = {span for run in mine if (span := _span_of(run, spans, grid.xs)) is not None}
        whole = all(_span_of(run, spans, grid.xs) is not None for run in mine)
        if whole and len(filled) > 1:
            parted.extend(_cut_columns(cell, spans, grid.xs))
        else:
            parted.append(cell)
    return grid if len(parted) == len(grid.cells) else Grid(grid.xs, grid.ys, tuple(parted))


def _span_of(
    run: Box, spans: Sequence[tuple[int, int]], xs: Sequence[float]
) -> tuple[int, int] | None:
    return next(
        (span for span in spans if xs[span[0]] <= run.left and run.right <= xs[span[1]]), None
    )


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


def _split_tall_cells(grid: Grid, runs: Runs) -> Grid:
    """Part a cell that lost a level rule: print in each row, and to its left single rows.

    Left of a label beside several rows there are only labels beside more.
    """
    single = {(cell.row, cell.column) for cell in grid.cells if cell.row_span == 1}
    first = {row: min(column for one, column in single if one == row) for row, _ in single}
    parted: list[GridCell] = []
    for cell, mine in zip(grid.cells, runs, strict=True):
        edges = range(cell.row, cell.row + cell.row_span + 1)
        filled = {_row_of(run, edges, grid.ys) for run in mine}
        right = all(first.get(row, cell.column) < cell.column for row in edges[:-1])
        if cell.row_span > 1 and right and len(filled) > 1 and None not in filled:
            parted.extend(_cut_into_rows(cell, grid.ys))
        else:
            parted.append(cell)
    if len(parted) == len(grid.cells):
        return grid
    return Grid(grid.xs, grid.ys, tuple(sorted(parted, key=lambda c: (c.row, c.column))))


def _row_of(run: Box, edges: Sequence[int], ys: Sequence[float]) -> int | None:
    """The row that holds a run but for a little; None when it stands across two."""
    slack = _ACROSS_SHARE * run.height
    return next(
        (
            row
            for row in edges[:-1]
            if ys[row] - slack <= run.top and run.bottom <= ys[row + 1] + slack
        ),
        None,
    )


def _cut_into_rows(cell: GridCell, ys: Sequence[float]) -> list[GridCell]:
    last = cell.row + cell.row_span
    edges = [cell.box.top, *ys[cell.row + 1 : last], cell.box.bottom]
    return [
        replace(
            cell,
            row=cell.row + step,
            row_span=1,
            box=Box(cell.box.left, top, cell.box.right, bottom),
        )
        for step, (top, bottom) in enumerate(pairwise(edges))
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
        if top - bottom < _ROW_GAP_SHARE * height:
            return []
        cuts.append((bottom + top) / 2)
    return cuts
