"""Cells of tables without rules in which nothing is printed."""

from collections.abc import Mapping

import numpy as np
import pytest

from forms.form import Form
from pipeline.columns import Columns, PlacedRow
from pipeline.empty_cells import find_empty_cell, find_strays
from pipeline.rows import expect_rows
from pipeline.types import Box, Candidate, Cell, Reading

COLUMNS = Columns(
    np.array([200.0, 300.0, 400.0]),
    100.0,
    {0: 0, 1: 1, 2: 2},
    dict.fromkeys(range(3), 1.0),
    dict.fromkeys(range(3), True),
)


def run(x: float, y: float, text: str) -> Reading:
    half = 5.0 * len(text)
    cell = Cell(0, 0, 1, 1, Box(x - half, y - 10, x + half, y + 10), (), touched=False)
    return Reading(cell, 1, text, (Candidate(text, 0.9),), "read")


@pytest.fixture
def row(forms: Mapping[str, Form]) -> PlacedRow:
    expected = next(row for row in expect_rows(forms["2021"]) if row.fields)
    value = run(300, 100, "2")
    return PlacedRow(
        expected, (value,), None, value, 0, ruled=False, probability=1.0, labelled=True
    )


def test_empty_cell_stands_in_its_row_and_column(row: PlacedRow) -> None:
    empty = find_empty_cell(row, COLUMNS, 0, ())
    assert empty is not None
    assert empty.sure == 1.0
    assert empty.reading.cell.box == Box(150, 90, 250, 110)
    assert empty.reading.candidates == ()


@pytest.mark.parametrize(
    ("stray", "sure"),
    [
        (run(200, 113, "40"), 0.5),
        (run(200, 87, "40"), 0.5),
        (run(200, 150, "40"), 1.0),
        (run(400, 113, "40"), 1.0),
    ],
)
def test_beside_print_of_its_column_that_no_row_took_it_is_not_sure(
    row: PlacedRow, stray: Reading, sure: float
) -> None:
    strays = find_strays([row], [*row.values, stray])
    assert strays == (stray,)
    empty = find_empty_cell(row, COLUMNS, 0, strays)
    assert empty is not None
    assert empty.sure == sure
