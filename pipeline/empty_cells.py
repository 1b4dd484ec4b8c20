"""Cells of tables without rules in which nothing is printed: where they are, and how surely."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from pipeline.columns import Columns, PlacedRow
from pipeline.types import Box, Reading

_SAME_LINE: Final = 1.4
"""Of the lower print's height: what is no farther above or below may be of the same row."""

_BESIDE_STRAY: Final = 0.5
"""That a cell is empty beside print of its column that no row took: it may be the cell's."""


@dataclass(frozen=True, slots=True)
class EmptyCell:
    """A cell without print.

    Attributes:
        reading: With no candidates: nobody has looked there yet.
        sure: Probability that it is the cell of its row and column, given both.
    """

    reading: Reading
    sure: float


def find_strays(rows: Sequence[PlacedRow], readings: Sequence[Reading]) -> tuple[Reading, ...]:
    """What is printed in a part of a table and is no value of its rows."""
    taken = {value for row in rows for value in row.values}
    return tuple(one for one in readings if one.label and one not in taken)


def find_empty_cell(
    row: PlacedRow, columns: Columns, index: int, strays: Sequence[Reading]
) -> EmptyCell | None:
    """The cell of a row in which nothing is printed; None where the row stands in no place.

    Args:
        row: Of a table without rules.
        columns: Of its part of the table.
        index: Of the column among `columns.middles`.
        strays: Of that part; a note that is wrapped puts the numbers beside it on a line
            of their own.
    """
    if row.beside is None:
        return None
    middle, like = columns.middles[index], row.beside.cell.box
    half = columns.width / 2
    box = Box(middle - half, like.top, middle + half, like.bottom)
    cell = replace(row.beside.cell, column=index, box=box, runs=(), touched=False)
    reading = Reading(cell, row.beside.page, "", (), row.beside.source)
    return EmptyCell(reading, _BESIDE_STRAY if any(_stand_near(box, strays)) else 1.0)


def _stand_near(box: Box, strays: Sequence[Reading]) -> Iterator[bool]:
    for stray in strays:
        x, y = stray.cell.box.center
        reach = _SAME_LINE * min(stray.cell.box.height, box.height)
        yield box.left < x < box.right and abs(y - box.center[1]) < reach
