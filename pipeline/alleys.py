"""The alleys between columns of print that no rule parts.

Two long numbers side by side stand nearer than the words of one label do: only the other
rows show that an alley runs between them.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipeline.ink import Mask
from pipeline.runs import hull
from pipeline.types import Box

CellRuns = tuple[Box, ...]
"""The runs of print that make up a cell, from left to right."""

# Fewer columns are prose set apart by spaces.
_FEWEST_COLUMNS = 3
# Paper that parts two numbers is wider than this share of their height; the gaps within a
# number are about a tenth.
_GAP_SHARE = 0.25
# Of the lines in columns, fewer print across an alley, and more on both sides of it; where two
# long numbers meet in one row, they often do in its neighbours.
_CROSSED_SHARE, _FILLED_SHARE = 0.3, 0.4
# So many lines above and below belong to the same table.
_NEAR = 8


def part_columns(
    lines: Sequence[Sequence[CellRuns]], text: Mask
) -> tuple[tuple[CellRuns, ...], ...]:
    """Part cells that reach over an alley that the other lines of a table leave open.

    Args:
        lines: Of a table without upright rules, each its cells from left to right.
        text: Mask of the page's print, whose pixels the boxes are in.

    Returns:
        The same lines; a cell that was parted is two and more.
    """
    filled = [_filled(line, text) for line in lines]
    parted = []
    for number, line in enumerate(lines):
        near = range(max(number - _NEAR, 0), min(number + _NEAR + 1, len(lines)))
        columned = [filled[at] for at in near if at != number and len(lines[at]) >= _FEWEST_COLUMNS]
        shares = np.mean(columned, axis=0) if columned else np.ones(text.shape[1])
        parted.append(tuple(part for cell in line for part in _part_cell(cell, shares, text)))
    return tuple(parted)


def _filled(line: Sequence[CellRuns], text: Mask) -> NDArray[np.bool_]:
    """Where a line prints something, the gaps between characters of one cell filled."""
    filled = np.zeros(text.shape[1], np.bool_)
    for cell in line:
        box = hull(cell)
        left, inked = int(box.left), _ink_of(box, text)
        filled[left : left + len(inked)] |= inked
        for start, end in _gaps(inked):
            filled[left + start : left + end] |= end - start <= _GAP_SHARE * box.height
    return filled


def _ink_of(box: Box, text: Mask) -> NDArray[np.bool_]:
    """Which columns of pixels of a box have print."""
    window = text[int(box.top) : int(box.bottom), int(box.left) : int(box.right)]
    return np.asarray(window.max(axis=0, initial=0) > 0)


def _part_cell(cell: CellRuns, shares: NDArray[np.float64], text: Mask) -> tuple[CellRuns, ...]:
    """Cut a cell where paper shows in an alley and columns run on both sides of it."""
    box = hull(cell)
    left, right, inked = int(box.left), int(box.right), _ink_of(box, text)
    cuts = [
        left + (start + end) / 2
        for start, end in _gaps(inked)
        if end - start > _GAP_SHARE * box.height
        and shares[left + start : left + end].min() <= _CROSSED_SHARE
        and shares[left : left + start].max() >= _FILLED_SHARE
        and shares[left + end : right].max() >= _FILLED_SHARE
    ]
    parts = (
        tuple(piece for run in cell for piece in _within(run, start, end))
        for start, end in pairwise((box.left, *cuts, box.right))
    )
    # Specks of ink may lie beside all runs.
    return tuple(part for part in parts if part)


def _within(run: Box, left: float, right: float) -> tuple[Box, ...]:
    """What of a run lies between two x; nothing of one that ends there."""
    start, end = max(run.left, left), min(run.right, right)
    return (replace(run, left=start, right=end),) if start < end else ()


def _gaps(inked: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where nothing is printed between two columns of pixels with print: start and end."""
    marks = np.flatnonzero(inked)
    ends = np.flatnonzero(np.diff(marks) > 1)
    return [(int(marks[index]) + 1, int(marks[index + 1])) for index in ends]
