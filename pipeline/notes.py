"""Notes behind numbers that a table without rules wraps over several lines."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from math import prod
from statistics import median
from typing import Final

from pipeline.runs import hull
from pipeline.types import Candidate, Reading

_BEGUN: Final = re.compile(r"\d[\d.,]*\([^()]*")
# A number alone is another row's: a note goes on in words, or ends.
_MORE: Final = re.compile(r"[^()]*[\u4e00-\u9fff][^()]*\)?")
_CLOSE: Final = ")"

_NEXT_LINE: Final = 2.5
"""Of a line's height: the next line of a cell is no farther below."""


def join_notes(readings: Sequence[Reading]) -> tuple[Reading, ...]:
    """Put the lines of a wrapped note together again, and in the row that they stand beside.

    Args:
        readings: Of a table whose rows are lines of print, in reading order.

    Returns:
        The readings in the order of their rows; one for a number and its note.
    """
    parts = {
        one: lines
        for one in readings
        if _BEGUN.fullmatch(one.label) and (lines := _follow(one, readings))
    }
    if not parts:
        return tuple(readings)
    rest = [one for one in readings if one not in parts]
    rest = [one for one in rest if not any(one in lines for lines in parts.values())]
    heights: dict[int, list[float]] = defaultdict(list)
    for one in rest:
        heights[one.cell.row].append(one.cell.box.center[1])
    rows = {row: median(some) for row, some in heights.items()}
    joined = [_join((first, *lines), rows) for first, lines in parts.items()]
    return tuple(sorted((*rest, *joined), key=lambda one: (one.cell.row, one.cell.box.left)))


def _follow(begun: Reading, readings: Sequence[Reading]) -> tuple[Reading, ...]:
    """The lines under a note that was begun, up to the one that closes it; none where none does."""
    lines: list[Reading] = []
    last = begun
    while not last.label.endswith(_CLOSE):
        below = [one for one in readings if one.label and _is_under(one, last)]
        last = min(below, key=lambda one: one.cell.box.top, default=begun)
        if not _MORE.fullmatch(last.label):
            return ()
        lines.append(last)
    return tuple(lines)


def _is_under(one: Reading, upper: Reading) -> bool:
    box, above = one.cell.box, upper.cell.box
    within = above.left < box.center[0] < above.right
    step = box.center[1] - above.center[1]
    return within and above.height / 2 < step < _NEXT_LINE * above.height


def _join(parts: Sequence[Reading], rows: dict[int, float]) -> Reading:
    first = parts[0]
    box = hull([one.cell.box for one in parts])
    row = min(rows, key=lambda row: abs(rows[row] - box.center[1]), default=first.cell.row)
    runs = tuple(run for one in parts for run in one.cell.runs)
    touched = any(one.cell.touched for one in parts)
    text = "".join(one.label for one in parts)
    sure = prod(one.candidates[0].probability for one in parts)
    cell = replace(first.cell, row=row, box=box, runs=runs, touched=touched)
    return replace(first, cell=cell, label=text, candidates=(Candidate(text, sure),))
