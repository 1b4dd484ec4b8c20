"""Rules between columns that were lost are put back by where the print stands."""

from dataclasses import replace

import pytest

from pipeline.grid import Grid, GridCell
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


def test_whole_grid_stays_as_it_is(whole: tuple[Grid, Runs]) -> None:
    assert mend(*whole, DPI) == whole


def test_cell_that_lost_its_upright_rule_is_parted(whole: tuple[Grid, Runs]) -> None:
    torn = join(*whole, square(1, 1, column_span=2), [(1, 1), (1, 2)])
    assert mend(*torn, DPI) == whole


def test_last_row_is_parted_by_the_rule_above_alone(whole: tuple[Grid, Runs]) -> None:
    torn = join(*whole, square(4, 1, column_span=2), [(4, 1), (4, 2)])
    assert mend(*torn, DPI) == whole


def test_rule_lost_in_two_rows_is_put_back_in_both(whole: tuple[Grid, Runs]) -> None:
    torn = join(*whole, square(0, 1, column_span=2), [(0, 1), (0, 2)])
    torn = join(*torn, square(1, 1, column_span=2), [(1, 1), (1, 2)])
    assert mend(*torn, DPI) == whole


def test_heading_over_two_columns_stays_whole(whole: tuple[Grid, Runs]) -> None:
    grid, runs = join(*whole, square(0, 1, column_span=2), [(0, 1), (0, 2)])
    place = grid.cells.index(square(0, 1, column_span=2))
    middle = Box(XS[2] - 60.0, YS[0] + 13.0, XS[2] + 60.0, YS[0] + 27.0)
    headed = (grid, (*runs[:place], (middle,), *runs[place + 1 :]))
    assert mend(*headed, DPI) == headed


@pytest.mark.parametrize("rows", [(2,), (2, 3)])
def test_value_alone_in_one_of_two_columns_is_parted_from_the_empty_one(
    whole: tuple[Grid, Runs], rows: tuple[int, ...]
) -> None:
    torn = whole
    for row in rows:
        wide = square(row, 1, column_span=2)
        torn = join(*torn, wide, [(row, 1), (row, 2)])
        torn = with_print(torn, wide, print_in(2, row))
    mended = mend(*torn, DPI)
    assert mended[0] == whole[0]
    for row in rows:
        assert runs_at(mended, row, 1) == ()
        assert runs_at(mended, row, 2) == (print_in(2, row),)


def test_value_under_a_header_of_two_rows_is_parted_from_the_empty_one() -> None:
    xs, ys = (0.0, 100.0, 200.0, 300.0, 400.0, 500.0), (0.0, 40.0, 80.0, 120.0, 160.0)

    def cell(row: int, column: int, row_span: int = 1, column_span: int = 1) -> GridCell:
        box = Box(xs[column], ys[row], xs[column + column_span], ys[row + row_span])
        return GridCell(row, column, row_span, column_span, box)

    over = (cell(0, 0, 1, 3), cell(0, 3, 1, 2))
    headers = (*(cell(1, at, 2) for at in range(3)), cell(1, 3, 1, 2), cell(2, 3), cell(2, 4))
    values = (cell(3, 0), cell(3, 1, 1, 2), cell(3, 3), cell(3, 4))
    torn = Grid(xs, ys, (*over, *headers, *values))
    lone = _in_the_middle(cell(3, 2).box, 12.0)
    labels: Runs = tuple((_in_the_middle(one.box, 60.0),) for one in (*over, *headers))
    mended = mend(torn, (*labels, (), (lone,), (), ()), DPI)
    assert mended[0].cells == (*over, *headers, *(cell(3, at) for at in range(5)))
    assert runs_at(mended, 3, 2) == (lone,)


def _in_the_middle(box: Box, width: float) -> Box:
    x, y = box.center
    return Box(x - width / 2, y - 7.0, x + width / 2, y + 7.0)


@pytest.mark.parametrize("row", [2, 4])
def test_label_of_two_columns_stays_whole(whole: tuple[Grid, Runs], row: int) -> None:
    wide = square(row, 0, column_span=2)
    torn = with_print(join(*whole, wide, [(row, 0), (row, 1)]), wide, print_in(0, row))
    assert mend(*torn, DPI) == torn


def test_label_that_fills_its_column_is_parted_from_an_empty_value(
    whole: tuple[Grid, Runs],
) -> None:
    wide, label = square(2, 0, column_span=2), print_in(0, 2, width=150.0)
    torn = with_print(join(*whole, wide, [(2, 0), (2, 1)]), wide, label)
    mended = mend(*torn, DPI)
    assert mended[0] == whole[0]
    assert [runs_at(mended, 2, column) for column in (0, 1)] == [(label,), ()]


def test_value_of_the_last_row_is_parted_from_the_empty_one(whole: tuple[Grid, Runs]) -> None:
    wide = square(4, 1, column_span=2)
    torn = with_print(join(*whole, wide, [(4, 1), (4, 2)]), wide, print_in(2, 4))
    mended = mend(*torn, DPI)
    assert mended[0] == whole[0]
    assert [runs_at(mended, 4, column) for column in (1, 2)] == [(), (print_in(2, 4),)]


def test_value_of_the_first_row_is_parted_where_it_stands_in_one_column(
    whole: tuple[Grid, Runs],
) -> None:
    wide = square(0, 1, column_span=2)
    torn = join(*whole, wide, [(0, 1), (0, 2)])
    mended = mend(*with_print(torn, wide, print_in(2, 0)), DPI)
    assert mended[0] == whole[0]
    assert [runs_at(mended, 0, column) for column in (1, 2)] == [(), (print_in(2, 0),)]


def test_short_heading_in_the_middle_of_three_columns_stays_whole(
    whole: tuple[Grid, Runs],
) -> None:
    grid, runs = beyond(whole, 120.0, ())
    wide = replace(square(0, 1), column_span=3, box=Box(XS[1], YS[0], XS[3] + 120.0, YS[1]))
    torn = join(grid, runs, wide, [(0, 1), (0, 2), (0, 3)])
    headed = with_print(torn, wide, print_in(2, 0, width=40.0))
    assert mend(*headed, DPI) == headed


@pytest.mark.parametrize("across", [False, True])
def test_column_of_double_width_is_two_unless_print_stands_across(
    whole: tuple[Grid, Runs], *, across: bool
) -> None:
    torn, middle = beyond(whole, 280.0, ()), 680.0
    heads = tuple(Box(x - 40.0, 213.0, x + 40.0, 227.0) for x in (610.0, 750.0))
    torn = with_print(torn, torn[0].cells[3], *heads)
    x = middle if across else 610.0
    value = Box(x - 6.0, YS[1] + 13.0, x + 6.0, YS[1] + 27.0)
    torn = with_print(torn, torn[0].cells[7], value)
    mended = mend(*torn, DPI)
    xs = torn[0].xs
    assert mended[0].xs == (xs if across else (*xs[:4], middle, xs[4]))


@pytest.mark.parametrize(("rows", "parted"), [((2, 3), True), ((2,), False)])
def test_labels_are_parted_from_the_numbers_that_stand_apart_from_them_in_several_rows(
    rows: tuple[int, ...], *, parted: bool
) -> None:
    xs = (XS[0], *XS[2:])
    joined: list[tuple[GridCell, tuple[Box, ...]]] = []
    for row in range(5):
        label, number = print_in(0, row, width=100.0), print_in(1, row)
        box = Box(XS[0], YS[row], XS[2], YS[row + 1])
        wide = (label, number) if row in rows else (label,)
        joined.append((GridCell(row, 0, 1, 1, box), wide))
        joined.append((replace(square(row, 2), column=1), (print_in(2, row),)))
    cells, runs = zip(*joined, strict=True)
    mended, dealt = mend(Grid(xs, YS, cells), runs, DPI)
    assert len(mended.xs) == (4 if parted else 3)
    if parted:
        assert [runs_at((mended, dealt), row, 1) for row in rows] == [
            (print_in(1, row),) for row in rows
        ]


def test_value_of_rows_that_have_fewer_columns_stays_whole(whole: tuple[Grid, Runs]) -> None:
    torn = whole
    for row in (2, 3, 4):
        wide = square(row, 1, column_span=2)
        torn = with_print(join(*torn, wide, [(row, 1), (row, 2)]), wide, print_in(1, row))
    assert mend(*torn, DPI) == torn


def test_value_between_a_heading_and_rows_of_more_columns_stays_whole(
    whole: tuple[Grid, Runs],
) -> None:
    wide = square(2, 1, column_span=2)
    torn = with_print(join(*whole, wide, [(2, 1), (2, 2)]), wide, print_in(1, 2))
    heading = square(3, 0, column_span=3)
    across = Box(XS[1] - 60.0, YS[3] + 13.0, XS[2] + 60.0, YS[3] + 27.0)
    torn = with_print(join(*torn, heading, [(3, 0), (3, 1), (3, 2)]), heading, across)
    assert mend(*torn, DPI) == torn


def test_row_of_wider_cells_is_parted_behind_its_label(whole: tuple[Grid, Runs]) -> None:
    grid, runs = join(*whole, square(4, 0, column_span=3), [(4, 0), (4, 1), (4, 2)])
    across = Box(XS[2] - 20.0, YS[4] + 13.0, XS[2] + 20.0, YS[4] + 27.0)
    mended, dealt = mend(grid, (*runs[:-1], (print_in(0, 4), across)), DPI)
    assert mended.cells[-2:] == (square(4, 0), square(4, 1, column_span=2))
    assert dealt[-2:] == ((print_in(0, 4),), (across,))


@pytest.mark.parametrize(
    ("joined", "members"),
    [
        (square(1, 2, row_span=2), [(1, 2), (2, 2)]),
        (square(1, 1, column_span=2), [(1, 1), (1, 2)]),
    ],
)
def test_no_cell_without_print_spans_rows_or_columns(
    whole: tuple[Grid, Runs], joined: GridCell, members: list[tuple[int, int]]
) -> None:
    grid, runs = whole
    empty = tuple(
        () if (cell.row, cell.column) in members else mine
        for cell, mine in zip(grid.cells, runs, strict=True)
    )
    torn = join(grid, empty, joined, members)
    assert mend(*torn, DPI) == (grid, empty)


def test_heading_beside_a_speck_stays_whole(whole: tuple[Grid, Runs]) -> None:
    grid, runs = beyond(whole, 100.0, (Box(585.0, 215.0, 595.0, 225.0),))
    members = [(0, column) for column in range(4)]
    heading = replace(square(0, 0), column_span=4, box=Box(XS[0], YS[0], 640.0, YS[1]))
    torn = join(grid, runs, heading, members)
    middle = Box(XS[2] - 60.0, YS[0] + 13.0, XS[2] + 60.0, YS[0] + 27.0)
    headed = (torn[0], ((middle, Box(585.0, 215.0, 595.0, 225.0)), *torn[1][1:]))
    assert mend(*headed, DPI) == headed


def test_narrow_columns_without_print_at_a_side_are_none(whole: tuple[Grid, Runs]) -> None:
    once = beyond(whole, 20.0, ())
    assert mend(*once, DPI) == whole
    assert mend(*beyond(once, 20.0, ()), DPI) == whole


@pytest.mark.parametrize(("width", "printed"), [(100.0, False), (20.0, True)])
def test_wide_column_at_a_side_and_one_with_print_stay(
    whole: tuple[Grid, Runs], width: float, *, printed: bool
) -> None:
    there = (Box(XS[-1] + 5, YS[0] + 10, XS[-1] + 15, YS[0] + 30),) if printed else ()
    torn = beyond(whole, width, there)
    assert mend(*torn, DPI) == torn


def test_title_stays_whole_though_a_rule_of_other_rows_stands_in_a_gap_of_it(
    whole: tuple[Grid, Runs],
) -> None:
    title = square(2, 0, column_span=3)
    top, bottom = YS[2] + 13.0, YS[2] + 27.0
    halves = (Box(250.0, top, XS[1] - 4, bottom), Box(XS[1] + 4, top, 390.0, bottom))
    torn = with_print(join(*whole, title, [(2, 0), (2, 1), (2, 2)]), title, *halves)
    assert mend(*torn, DPI) == torn
    # Print that begins the row is a label, and what stands behind it a number.
    label = Box(XS[0] + 5, top, XS[1] - 4, bottom)
    torn = with_print(torn, title, label, replace(halves[1], right=XS[1] + 20))
    assert len(mend(*torn, DPI)[0].cells) > len(torn[0].cells)


def test_empty_cell_as_wide_as_the_heading_above_it_stays_whole(whole: tuple[Grid, Runs]) -> None:
    torn = whole
    for row in (1, 2):
        torn = join(*torn, square(row, 1, column_span=2), [(row, 1), (row, 2)])
    heading = Box(XS[2] - 60.0, YS[1] + 13.0, XS[2] + 60.0, YS[1] + 27.0)
    torn = with_print(torn, square(1, 1, column_span=2), heading)
    headed = with_print(torn, square(2, 1, column_span=2))
    assert mend(*headed, DPI) == headed


def test_a_rule_that_goes_on_above_and_below_is_put_back_before_one_of_other_rows() -> None:
    xs = (100.0, 300.0, 400.0, 500.0, 600.0)

    def cell(row: int, column: int, span: int) -> GridCell:
        return GridCell(
            row, column, 1, span, Box(xs[column], YS[row], xs[column + span], YS[row + 1])
        )

    def row_of(row: int, *spans: int) -> list[GridCell]:
        return [cell(row, sum(spans[:place]), span) for place, span in enumerate(spans)]

    def print_at(one: GridCell) -> Box:
        x, y = one.box.right - 12, one.box.center[1]
        return Box(x - 6, y - 7, x + 6, y + 7)

    sound = [*row_of(0, 1, 1, 2), *row_of(2, 1, 1, 2), *row_of(3, 1, 2, 1), *row_of(4, 1, 2, 1)]
    mended = sorted([*sound, *row_of(1, 1, 1, 2)], key=lambda one: (one.row, one.column))
    cells = [one for one in mended if one.row != 1 or one.column == 0] + [cell(1, 1, 3)]
    cells.sort(key=lambda one: (one.row, one.column))
    runs: list[tuple[Box, ...]] = [(print_at(one),) for one in cells]
    lost = cells.index(cell(1, 1, 3))
    runs[lost] = (print_at(cell(1, 1, 1)), print_at(cell(1, 2, 2)))
    grid, _ = mend(Grid(xs, YS, tuple(cells)), tuple(runs), DPI)
    assert grid.cells == tuple(mended)
