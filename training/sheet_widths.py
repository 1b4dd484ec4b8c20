"""Columns as wide as bodies happen to make them.

Parts → parts whose tables have other column widths, wide enough for their figures.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.sheet_grid import Grid
from training.sheet_markup import Part, SheetStyle, Table

_WAVER: Final = (0.0, 0.05, 0.15, 0.3)
"""Spread of a column's width as a logarithm, one for each report."""
_DIGIT: Final = 0.64
"""Width of a digit in the widest of the fonts (DejaVu Sans), em."""
_INSET: Final = 5.0
"""Left and right of a cell's text, points, as `sheet_markup` sets it."""
_TABLE: Final = {False: 470.0, True: 717.0}
"""Width of a table, points, by whether the page lies on its long side."""
_UNBROKEN: Final = re.compile(r"[!-~]+")


def vary_widths(parts: Sequence[Part], style: SheetStyle, rng: Generator) -> Iterator[Part]:
    """Give tables other column widths; parts of one table keep the same ones."""
    em = style.table_size / _TABLE[style.landscape]
    inset = _INSET / _TABLE[style.landscape]
    spread = float(rng.choice(_WAVER))
    known: dict[tuple[float, ...], NDArray[np.float64]] = {}
    tables = [part for part in parts if isinstance(part, Table)]
    for widths in dict.fromkeys(table.grid.widths for table in tables):
        needed = [
            inset + em * _needed(table.grid) for table in tables if table.grid.widths == widths
        ]
        drawn = np.array(widths) * np.exp(rng.normal(0.0, spread, len(widths)))
        known[widths] = _at_least(drawn / drawn.sum(), np.max(needed, axis=0))
    for part in parts:
        if isinstance(part, Table):
            widths = tuple(known[part.grid.widths].tolist())
            yield replace(part, grid=replace(part.grid, widths=widths))
        else:
            yield part


def _needed(grid: Grid) -> NDArray[np.float64]:
    """Em that each column's own figures take, at least a Chinese character."""
    needed = np.ones(len(grid.widths))
    for cell in grid.cells:
        runs = _UNBROKEN.findall(cell.text)
        if cell.column_span == 1 and runs:
            room = _DIGIT * max(map(len, runs))
            needed[cell.column] = max(needed[cell.column], room)
    return needed


def _at_least(shares: NDArray[np.float64], needed: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shares of 1, raised where more is needed at the cost of those that have more."""
    spare = np.clip(shares - needed, 0, None)
    lacking = 1 - needed.sum()
    if lacking <= 0 or spare.sum() == 0:
        return np.asarray(needed / needed.sum(), np.float64)
    return np.asarray(needed + spare * lacking / spare.sum(), np.float64)
