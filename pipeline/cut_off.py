"""Tables that are wider than their page: a browser cuts them through their last column."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from pipeline.ink import Ink
from pipeline.types import Cell

# Print whose ink is so near the table's end was cut off there: digits stand closer, and print that
# is set to the side of a table that is open there farther off.
_GAP_INCH: Final = 0.02
# Nor may a rule show within such a reach of the end, above and below the print, in so much of the
# row. Where so many rows are cut off, and most, the whole column is.
_REACH_INCH: Final = 0.03
_LEAST_RULE: Final = 0.5
_FEWEST_ROWS: Final = 3


def mark_cut_off(cells: Sequence[Cell], ink: Ink, dpi: float) -> tuple[Cell, ...]:
    """The cells of a ruled table, those that are cut off marked so.

    They are all of its last column, or of one whose numbers stand in the middle the longest.

    Args:
        cells: Of one table.
        ink: The page's masks.
        dpi: Their pixels per inch.
    """
    if ink.exact:
        return tuple(cells)
    end = max(cell.column + cell.column_span for cell in cells)
    last = [cell for cell in cells if cell.column + cell.column_span == end]
    printed = [cell for cell in last if cell.runs]
    cut = [cell for cell in printed if _reaches_end(cell, ink, dpi)]
    if len(cut) >= _FEWEST_ROWS and 2 * len(cut) > len(printed):
        cut = last
    return tuple(replace(cell, cut_off=cell in cut) for cell in cells)


def _reaches_end(cell: Cell, ink: Ink, dpi: float) -> bool:
    """Whether print goes on to where its table ends, and it ends without a rule."""
    reach = round(_REACH_INCH * dpi)
    top, bottom = round(cell.box.top) + reach, round(cell.box.bottom) - reach
    end = _end_of_rules(cell, ink, reach)
    # The net closes a table where it seems to end, and lines waver.
    first = max(round(end) - 4 * reach, 0)
    upright = ink.vertical[top:bottom, first : first + 8 * reach] > 0
    closed = np.flatnonzero(upright.sum(axis=0) > _LEAST_RULE * len(upright))
    end = first + round(float(np.mean(closed))) if closed.size else round(end)
    if abs(_end_of_print(cell, ink) - end) > _GAP_INCH * dpi:
        return False
    side = ink.strokes[top:bottom, max(end - reach, 0) : end + reach + 1]
    beside = np.ones(len(side), dtype=bool)
    for run in cell.runs:
        beside[max(round(run.top) - top, 0) : max(round(run.bottom) - top, 0) + 1] = False
    return bool(beside.any()) and float(np.mean(side[beside].any(axis=1))) < _LEAST_RULE


def _end_of_print(cell: Cell, ink: Ink) -> int:
    """Where the last ink of a cell's print stops: runs have paper around it."""
    stops = [0]
    for run in cell.runs:
        left, rows = round(run.left), slice(round(run.top), round(run.bottom) + 1)
        inked = np.flatnonzero(ink.strokes[rows, left : round(run.right) + 1].any(axis=0))
        stops += [left + int(column) + 1 for column in inked[-1:]]
    return max(stops)


def _end_of_rules(cell: Cell, ink: Ink, reach: int) -> float:
    """Where the ink of the rules above and below a cell ends, if they end together; else it.

    The net carries level lines on over the blank paper beside them.
    """
    left, right = round(cell.box.left), round(cell.box.right) + 1
    ends = []
    for edge in (cell.box.top, cell.box.bottom):
        rows = slice(max(round(edge) - reach, 0), round(edge) + reach + 1)
        ruled = (ink.horizontal[rows, left:right] > 0) & (ink.strokes[rows, left:right] > 0)
        inked = np.flatnonzero(ruled.any(axis=0))
        # Of a pale rule no more may be inked than the print that touches it.
        drawn = inked.size > _LEAST_RULE * (inked[-1] + 1) if inked.size else False
        ends.append(left + float(inked[-1]) if drawn else cell.box.right)
    return max(ends) if max(ends) - min(ends) <= 2 * reach else cell.box.right
