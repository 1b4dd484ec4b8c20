"""Rules between rows that were lost are put back, and those that are none left out."""

from dataclasses import replace

import pytest

from pipeline.grid import Grid
from pipeline.mend import mend
from pipeline.stray_rules import Runs
from pipeline.types import Box
from tests.pipeline.grids import (
    DPI,
    XS,
    YS,
    beyond,
    join,
    print_in,
    runs_at,
    square,
    with_print,
)


def over_two_rows(whole: tuple[Grid, Runs], gap: float) -> tuple[Grid, Runs]:
    """Rows 2 and 3 have a rule between them in column 1 alone, and a label of two lines."""
    label, high = square(2, 0, row_span=2), square(2, 2, row_span=2)
    torn = join(*whole, label, [(2, 0), (3, 0)])
    middle = YS[3] - 1.0
    lines = (
        Box(150.0, middle - gap / 2 - 14.0, 250.0, middle - gap / 2),
        Box(150.0, middle + gap / 2, 250.0, middle + gap / 2 + 14.0),
    )
    torn = with_print(torn, label, *lines)
    torn = join(*torn, high, [(2, 2), (3, 2)])
    torn = with_print(torn, high, replace(print_in(2, 2), top=YS[3] - 7.0, bottom=YS[3] + 7.0))
    return with_print(torn, square(2, 1))


def test_rule_of_one_cell_that_a_label_goes_on_beside_is_none(whole: tuple[Grid, Runs]) -> None:
    grid, runs = mend(*over_two_rows(whole, gap=5.0), DPI)
    assert grid.ys == (*YS[:3], *YS[4:])
    assert [(cell.row, cell.row_span) for cell in grid.cells] == [
        (row, 1) for row in range(4) for _ in range(3)
    ]
    assert runs_at((grid, runs), 2, 1) == (print_in(1, 3),)


def test_rule_that_parts_the_lines_of_labels_stays(whole: tuple[Grid, Runs]) -> None:
    assert mend(*over_two_rows(whole, gap=14.0), DPI)[0].ys == YS


def test_row_that_lost_its_level_rule_is_parted(whole: tuple[Grid, Runs]) -> None:
    grid, runs = whole
    cells = [square(0, column, row_span=2) for column in range(3)]
    lower = [replace(cell, row=cell.row - 1) for cell in grid.cells if cell.row > 1]
    tall = tuple(replace(cell, row_span=1) for cell in cells)
    torn = Grid(XS, (YS[0], *YS[2:]), (*tall, *lower))
    stacked = tuple((*runs[column], *runs[3 + column]) for column in range(3))
    mended, prints = mend(torn, (*stacked, *runs[6:]), DPI)
    assert len(mended.ys) == 6
    assert mended.ys[1] == pytest.approx(YS[1])
    assert prints == runs


def test_values_that_lost_the_rule_between_their_rows_are_parted(whole: tuple[Grid, Runs]) -> None:
    torn = join(*whole, square(1, 2, row_span=2), [(1, 2), (2, 2)])
    assert mend(*torn, DPI) == whole


def test_value_beside_others_that_lost_the_same_rule_is_parted(whole: tuple[Grid, Runs]) -> None:
    grid, runs = beyond(whole, 100.0, ())
    wide, first = replace(square(2, 1), row_span=2), (Box(354.0, 333.0, 366.0, 347.0),)
    torn = join(grid, runs, replace(wide, box=Box(300.0, 280.0, 420.0, 360.0)), [(2, 1), (3, 1)])
    torn = with_print(torn, torn[0].cells[9], *first)
    empty = replace(square(2, 2), row_span=2, column_span=2, box=Box(420.0, 280.0, 640.0, 360.0))
    members = [(2, 2), (2, 3), (3, 2), (3, 3)]
    torn = with_print(join(*torn, empty, members), empty)
    mended = mend(*torn, DPI)
    assert mended[0] == grid
    assert [runs_at(mended, row, 1) for row in (2, 3)] == [(), first]


def test_value_in_the_last_column_is_parted_where_the_rule_goes_on_to_its_left(
    whole: tuple[Grid, Runs],
) -> None:
    tall = square(1, 2, row_span=3)
    torn = join(*whole, tall, [(1, 2), (2, 2), (3, 2)])
    mended = mend(*with_print(torn, tall, print_in(2, 3)), DPI)
    assert mended[0] == whole[0]
    assert [runs_at(mended, row, 2) for row in (1, 2, 3)] == [(), (), (print_in(2, 3),)]


def test_values_beside_labels_that_lost_the_same_rule_are_parted(
    whole: tuple[Grid, Runs],
) -> None:
    label, value = square(1, 0, row_span=3), square(2, 1, row_span=2)
    torn = join(*whole, label, [(1, 0), (2, 0), (3, 0)])
    torn = with_print(torn, label, replace(print_in(0, 2, width=150.0), top=270.0, bottom=290.0))
    torn = join(*torn, value, [(2, 1), (3, 1)])
    mended = mend(*torn, DPI)
    assert [runs_at(mended, row, 1) for row in (2, 3)] == [(print_in(1, 2),), (print_in(1, 3),)]


def test_head_of_a_first_column_is_parted_from_its_figure(whole: tuple[Grid, Runs]) -> None:
    between = [replace(print_in(column, 2, 60.0), top=310.0, bottom=330.0) for column in (0, 1)]
    headed = whole
    for column, mine in enumerate(between):
        head = square(2, column, row_span=2)
        headed = with_print(join(*headed, head, [(2, column), (3, column)]), head, mine)
    torn = join(*headed, square(2, 0, row_span=3), [(2, 0), (4, 0)])
    assert mend(*torn, DPI) == headed
    # Of rows with labels of their own it is the group's.
    beside = with_print(torn, square(4, 1), print_in(1, 4, width=90.0))
    assert mend(*beside, DPI) == beside


def test_label_beside_several_rows_stays_whole(whole: tuple[Grid, Runs]) -> None:
    grid, runs = join(*whole, square(0, 0, row_span=3), [(0, 0), (1, 0), (2, 0)])
    assert mend(grid, runs, DPI) == (grid, runs)


def test_labels_of_rows_of_figures_are_parted(whole: tuple[Grid, Runs]) -> None:
    tall = square(1, 0, row_span=2)
    lines = (print_in(0, 1, width=120.0), print_in(0, 2, width=150.0))
    torn = with_print(join(*whole, tall, [(1, 0), (2, 0)]), tall, *lines)
    mended = mend(*torn, DPI)
    assert mended[0] == whole[0]
    assert runs_at(mended, 1, 0) == lines[:1]
    assert runs_at(mended, 2, 0) == lines[1:]
    # Of rows with labels of their own it is the group's.
    beside = with_print(torn, square(1, 1), print_in(1, 1, width=80.0))
    assert mend(*beside, DPI) == beside


def test_labels_of_rows_of_figures_are_parted_under_a_corner_without_print(
    whole: tuple[Grid, Runs],
) -> None:
    tall = square(0, 0, row_span=3)
    lines = (print_in(0, 1, width=120.0), print_in(0, 2, width=150.0))
    torn = with_print(join(*whole, tall, [(0, 0), (1, 0), (2, 0)]), tall, *lines)
    mended = mend(*torn, DPI)
    assert mended[0] == whole[0]
    assert [runs_at(mended, row, 0) for row in (0, 1, 2)] == [(), lines[:1], lines[1:]]


def test_label_over_a_value_is_parted_where_the_rule_goes_on_beside_both(
    whole: tuple[Grid, Runs],
) -> None:
    # A header over two rows stands to the left, so that only the rule tells.
    tall = join(*whole, square(0, 0, row_span=2), [(0, 0), (1, 0)])
    torn = join(*tall, square(1, 1, row_span=2), [(1, 1), (2, 1)])
    assert mend(*torn, DPI) == tall


def test_cell_beside_which_the_rule_ends_stays_whole(whole: tuple[Grid, Runs]) -> None:
    grid, runs = join(*whole, square(1, 0, row_span=2), [(1, 0), (2, 0)])
    assert mend(grid, runs, DPI) == (grid, runs)


@pytest.mark.parametrize("into", [1, -1])
def test_band_without_print_that_print_reaches_over_is_no_row(
    whole: tuple[Grid, Runs], into: int
) -> None:
    grid, runs = whole
    # The third row is empty, but for a cell of its neighbour that goes on into it.
    empty = tuple(
        () if cell.row == 2 else mine for cell, mine in zip(grid.cells, runs, strict=True)
    )
    first = min(2, 2 + into)
    torn = join(grid, empty, square(first, 1, row_span=2), [(2, 1), (2 + into, 1)])
    mended, prints = mend(*torn, DPI)
    assert mended.ys == tuple(y for index, y in enumerate(YS) if index != max(2, 2 + into))
    assert {cell.row_span for cell in mended.cells} == {1}
    assert [len(mine) for mine in prints] == [1] * 12


def test_row_of_empty_cells_stays_where_no_print_reaches_over_it(
    whole: tuple[Grid, Runs],
) -> None:
    grid, runs = whole
    empty = tuple(
        () if cell.row == 2 else mine for cell, mine in zip(grid.cells, runs, strict=True)
    )
    assert mend(grid, empty, DPI) == (grid, empty)
