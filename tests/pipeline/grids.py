"""A grid of five rows and three columns, whole and with rules that are lost."""

from collections.abc import Sequence

from pipeline.grid import Grid, GridCell
from pipeline.stray_rules import Runs
from pipeline.types import Box

DPI = 150
XS = (100.0, 300.0, 420.0, 540.0)
YS = (200.0, 240.0, 280.0, 320.0, 360.0, 400.0)


def draw_whole() -> tuple[Grid, Runs]:
    """The grid with print in each of its cells."""
    cells = tuple(square(row, column) for row in range(5) for column in range(3))
    return Grid(XS, YS, cells), tuple((print_in(cell.column, cell.row),) for cell in cells)


def square(row: int, column: int, row_span: int = 1, column_span: int = 1) -> GridCell:
    """A cell of the grid."""
    box = Box(XS[column], YS[row], XS[column + column_span], YS[row + row_span])
    return GridCell(row, column, row_span, column_span, box)


def print_in(column: int, row: int, width: float = 12.0) -> Box:
    """A run of print in the middle of a square of the grid."""
    x, y = (XS[column] + XS[column + 1]) / 2, (YS[row] + YS[row + 1]) / 2
    return Box(x - width / 2, y - 7.0, x + width / 2, y + 7.0)


def join(
    grid: Grid, runs: Runs, cell: GridCell, members: Sequence[tuple[int, int]]
) -> tuple[Grid, Runs]:
    """One cell in the place of several, with their print."""
    kept: list[tuple[GridCell, tuple[Box, ...]]] = []
    together: tuple[Box, ...] = ()
    for old, mine in zip(grid.cells, runs, strict=True):
        if (old.row, old.column) in members:
            together += mine
        else:
            kept.append((old, mine))
    kept.append((cell, together))
    kept.sort(key=lambda pair: (pair[0].row, pair[0].column))
    cells, prints = zip(*kept, strict=True)
    return Grid(grid.xs, grid.ys, cells), prints


def with_print(torn: tuple[Grid, Runs], cell: GridCell, *mine: Box) -> tuple[Grid, Runs]:
    """The same grid with other print in a cell."""
    grid, runs = torn
    place = grid.cells.index(cell)
    return grid, (*runs[:place], mine, *runs[place + 1 :])


def runs_at(mended: tuple[Grid, Runs], row: int, column: int) -> tuple[Box, ...]:
    """The print of the cell that begins in a square."""
    return next(
        mine
        for cell, mine in zip(mended[0].cells, mended[1], strict=True)
        if (cell.row, cell.column) == (row, column)
    )


def beyond(
    whole: tuple[Grid, Runs], width: float, print_there: tuple[Box, ...]
) -> tuple[Grid, Runs]:
    """The grid with a further column to its right, whose first cell holds some print."""
    grid, runs = whole
    right = grid.xs[-1] + width
    column = len(grid.xs) - 1
    more = [
        GridCell(row, column, 1, 1, Box(grid.xs[-1], YS[row], right, YS[row + 1]))
        for row in range(5)
    ]
    together = [
        *zip(grid.cells, runs, strict=True),
        *zip(more, (print_there, (), (), (), ()), strict=True),
    ]
    together.sort(key=lambda pair: (pair[0].row, pair[0].column))
    cells, prints = zip(*together, strict=True)
    return Grid((*grid.xs, right), grid.ys, cells), prints
