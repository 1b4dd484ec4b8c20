"""Two columns of a grid that lost the rule between them in every row are parted again."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from pipeline.grid import Grid, GridCell
from pipeline.stray_rules import Runs
from pipeline.types import Box

# Of the usual width, a column that is two; of its printed cells, those with print on both sides.
_DOUBLE, _BOTH_SHARE = (1.7, 2.4), 0.3
# Of a label and the numbers beside it at least so many, and so far apart, in heights of print:
# no space within a label is as wide.
_FEWEST_BOTH, _ALLEY = 2, 3.0


def split_joined_columns(grid: Grid, runs: Runs) -> Grid:
    """Part a column that lost its rule in all rows, at the middle or at an alley.

    In no cell is print across it, and in some it is on both sides.

    Args:
        grid: As its rules show it.
        runs: Of its cells.

    Returns:
        The grid with one column more, or the same.
    """
    usual = float(np.median(np.diff(grid.xs)))
    for column, (left, right) in enumerate(pairwise(grid.xs)):
        printed = [
            mine
            for cell, mine in zip(grid.cells, runs, strict=True)
            if (cell.column, cell.column_span) == (column, 1) and mine
        ]
        double = _DOUBLE[0] < (right - left) / usual < _DOUBLE[1]
        x = (left + right) / 2 if double else _find_alley(printed)
        if x is not None and _stands_on_both_sides(printed, x, 1 if double else _FEWEST_BOTH):
            xs = (*grid.xs[: column + 1], x, *grid.xs[column + 1 :])
            cells = (part for cell in grid.cells for part in _cut(cell, column, x))
            return Grid(xs, grid.ys, tuple(cells))
    return grid


def _stands_on_both_sides(printed: Sequence[tuple[Box, ...]], x: float, fewest: int) -> bool:
    """Whether enough cells have print left and right of a place, and none across it."""
    both = sum(len({run.center[0] < x for run in mine}) > 1 for mine in printed)
    across = any(run.left < x < run.right for mine in printed for run in mine)
    return both >= max(fewest, _BOTH_SHARE * len(printed)) and not across


def _find_alley(printed: Sequence[tuple[Box, ...]]) -> float | None:
    """The middle of the widest gap that all of a column's print leaves, if it is wide enough."""
    runs = sorted((run for mine in printed for run in mine), key=lambda run: run.left)
    if not runs:
        return None
    reached = np.maximum.accumulate([run.right for run in runs])
    gaps = np.array([run.left for run in runs[1:]]) - reached[:-1]
    if not gaps.size or gaps.max() < _ALLEY * np.median([run.height for run in runs]):
        return None
    widest = int(gaps.argmax())
    return float(reached[widest] + gaps[widest] / 2)


def _cut(cell: GridCell, column: int, x: float) -> list[GridCell]:
    """A cell, or its two parts, in a grid with a rule more within a column."""
    if cell.column > column:
        return [replace(cell, column=cell.column + 1)]
    if cell.column + cell.column_span <= column:
        return [cell]
    if cell.column_span > 1:
        return [replace(cell, column_span=cell.column_span + 1)]
    left, right = replace(cell.box, right=x), replace(cell.box, left=x)
    return [replace(cell, box=left), replace(cell, column=column + 1, box=right)]
