"""What the reader of numbers gets of each cell."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from pipeline.cutting import cut_numbers, find_usual_print, measure_dash, part_cell
from pipeline.ink import Mask
from pipeline.types import Box, Cell, Table

DPI = 150.0
WIDTH, HEIGHT = 80.0, 60.0
DIGIT = 14.0


def number(row: int, column: int, lift: float = 0.0) -> Cell:
    left, top = 100 + column * WIDTH, 100 + row * HEIGHT
    x, y = left + WIDTH / 2, top + HEIGHT / 2 + lift
    run = Box(x - 5, y - DIGIT / 2, x + 5, y + DIGIT / 2)
    box = Box(left, top, left + WIDTH, top + HEIGHT)
    return Cell(row, column, 1, 1, box, (run,), touched=False)


def table_of(*cells: Cell, ruled: bool = True) -> Table:
    return Table(1, Box(100, 100, 500, 400), ruled, 3, 4, cells)


@pytest.fixture
def cells() -> list[Cell]:
    return [number(row, column) for row in range(3) for column in range(4)]


def test_number_stands_where_the_others_of_its_row_stand(cells: list[Cell]) -> None:
    lifted = [number(1, column, lift=-12.0) if at.row == 1 else at
              for at in cells for column in (at.column,)]  # fmt: skip
    sealed = replace(lifted[5], runs=(Box(190, 165, 240, 215),), touched=True)
    usual = find_usual_print(table_of(*lifted[:5], sealed, *lifted[6:]), DPI)
    assert all(one is not None and one.height == pytest.approx(DIGIT) for one in usual)
    middles = [one.middle for one in usual if one is not None]
    assert middles[5] == pytest.approx(100 + 1.5 * HEIGHT - 12)
    assert middles[0] == pytest.approx(100 + 0.5 * HEIGHT)


def test_too_few_numbers_and_tables_without_rules_say_nothing(cells: list[Cell]) -> None:
    assert find_usual_print(table_of(*cells[:4]), DPI) == (None,) * 4
    assert find_usual_print(table_of(*cells, ruled=False), DPI) == (None,) * 12


def test_cell_under_a_seal_is_cut_at_the_line_of_its_row(cells: list[Cell]) -> None:
    grey = np.full((400, 600), 255, np.uint8)
    seal = (Box(185, 165, 250, 185), Box(190, 190, 240, 216))
    sealed = replace(cells[5], runs=seal, touched=True)
    crops = cut_numbers(grey, table_of(*cells[:5], sealed, *cells[6:]), DPI)
    whole, under = crops[0], crops[5]
    assert whole is not None
    assert under is not None
    assert under.shape[0] == pytest.approx(whole.shape[0], abs=1)


def test_cell_of_several_lines_without_a_seal_is_no_number(cells: list[Cell]) -> None:
    grey = np.full((400, 600), 255, np.uint8)
    lines = (Box(185, 165, 250, 180), Box(190, 190, 240, 205))
    label = replace(cells[5], runs=lines)
    assert cut_numbers(grey, table_of(*cells[:5], label), DPI)[5] is None


@pytest.fixture
def blank() -> Mask:
    return np.full((200, 300), 230, np.uint8)


def test_numbers_that_stand_apart_are_cells_of_their_own(blank: Mask) -> None:
    left, right = Box(120, 120, 135, 134), Box(170, 120, 180, 134)
    cell = Cell(2, 3, 1, 1, Box(100, 100, 200, 160), (right, left), touched=False)
    parts = part_cell(blank, cell)
    assert [part.runs for part in parts] == [(left,), (right,)]
    assert [(part.box.left, part.box.right) for part in parts] == [(100, 152.5), (152.5, 200)]
    assert {(part.row, part.column) for part in parts} == {(2, 3)}


@pytest.mark.parametrize(("width", "parts"), [(2, 2), (9, 1)])
def test_digit_that_was_not_taken_for_print_parts_no_number(
    blank: Mask, width: int, parts: int
) -> None:
    left, right = Box(120, 120, 146, 134), Box(161, 120, 187, 134)
    cell = Cell(2, 3, 1, 1, Box(100, 100, 200, 160), (right, left), touched=False)
    for box in (left, right):
        cv2.rectangle(blank, (int(box.left), 120), (int(box.right), 134), (40,), -1)
    # A remnant of a rule, or a digit.
    cv2.rectangle(blank, (150, 121), (150 + width - 1, 133), (60,), -1)
    assert len(part_cell(blank, cell)) == parts


def test_digits_of_one_number_are_not_parted(blank: Mask) -> None:
    near = Box(120, 120, 130, 134), Box(136, 120, 146, 134)
    cell = Cell(0, 0, 1, 1, Box(100, 100, 200, 160), near, touched=False)
    assert part_cell(blank, cell) == (cell,)


@pytest.mark.parametrize("length", [8, 15, 33])
def test_dash_is_measured_beyond_the_piece_that_was_taken_for_print(length: int) -> None:
    grey = np.full((60, 200), 230, np.uint8)
    cv2.rectangle(grey, (80, 29), (80 + length - 1, 31), (40,), -1)
    # The rule of the next cell is no part of it.
    cv2.rectangle(grey, (150, 0), (152, 59), (40,), -1)
    piece = Box(82.0, 28.0, 87.0, 32.0)
    assert measure_dash(grey, piece, DIGIT) == pytest.approx(length, abs=1)
