"""Which cells of a grid span columns by design, by the headings in them and above them."""

from collections.abc import Sequence
from typing import Final

from pipeline.grid import Grid, GridCell
from pipeline.runs import hull, join_close
from pipeline.stray_rules import Runs
from pipeline.types import Box

# Five digits of 10.5 pt: what is no wider is no heading of several columns.
NARROWER_INCH: Final = 0.5
# A heading's characters stand closer than this share of their height, and its middle so near its
# cell's, as a share of that.
_SPACE_SHARE, _ASIDE_SHARE = 1.5, 0.1


def is_title(cell: GridCell, runs: Sequence[Box], grid: Grid) -> bool:
    """Whether a cell is a heading over all columns: its print in one piece in the middle.

    A gap between two of its characters may stand over a rule of other rows.
    """
    if cell.column_span < len(grid.xs) - 1 or not runs:
        return False
    line = sorted(runs, key=lambda run: run.left)
    return len(join_close(line, _SPACE_SHARE)) == 1 and _is_centred(cell, runs)


def find_headed(grid: Grid, runs: Runs, dpi: float) -> frozenset[GridCell]:
    """Cells as wide as one above them that holds a heading in its middle, or as others below that.

    Args:
        grid: With the rules that were found so far.
        runs: Of its cells.
        dpi: Pixels per inch.
    """
    at = {(cell.row + cell.row_span, cell.column, cell.column_span): cell for cell in grid.cells}
    printed = dict(zip(grid.cells, runs, strict=True))
    headed: set[GridCell] = set()
    for cell in sorted(grid.cells, key=lambda one: one.row):
        above = at.get((cell.row, cell.column, cell.column_span))
        if above is None:
            continue
        mine = printed[above]
        heads = bool(mine) and hull(mine).width > NARROWER_INCH * dpi and _is_centred(above, mine)
        if heads or above in headed:
            headed.add(cell)
    return frozenset(headed)


def _is_centred(cell: GridCell, runs: Sequence[Box]) -> bool:
    aside = abs(hull(runs).center[0] - cell.box.center[0])
    return aside < _ASIDE_SHARE * cell.box.width
