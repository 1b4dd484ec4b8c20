"""Rules that were lost are put back by where the print stands."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from pipeline.grid import Grid, GridCell
from pipeline.mend import mend
from pipeline.stray_rules import Runs
from pipeline.types import Box

DPI = 150
XS = (100.0, 300.0, 420.0, 540.0)
YS = (200.0, 240.0, 280.0, 320.0, 360.0, 400.0)


def square(row: int, column: int, row_span: int = 1, column_span: int = 1) -> GridCell:
    box = Box(XS[column], YS[row], XS[column + column_span], YS[row + row_span])
    return GridCell(row, column, row_span, column_span, box)


def print_in(column: int, row: int, width: float = 12.0) -> Box:
    x, y = (XS[column] + XS[column + 1]) / 2, (YS[row] + YS[row + 1]) / 2
    return Box(x - width / 2, y - 7.0, x + width / 2, y + 7.0)


@pytest.fixture
def whole() -> tuple[Grid, Runs]:
    cells = tuple(square(row, column) for row in range(5) for column in range(3))
    return Grid(XS, YS, cells), tuple((print_in(cell.column, cell.row),) for cell in cells)


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


def with_print(torn: tuple[Grid, Runs], cell: GridCell, *mine: Box) -> tuple[Grid, Runs]:
    grid, runs = torn
    place = grid.cells.index(cell)
    return grid, (*runs[:place], mine, *runs[place + 1 :])


def runs_at(mended: tuple[Grid, Runs], row: int, column: int) -> tuple[Box, ...]:
    return next(
        mine
        for cell, mine in zip(mended[0].cells, mended[1], strict=True)
        if (cell.row, cell.column) == (row, column)
    )


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


def test_row_of_wider_cells_is_parted_behind_its_label(whole: tuple[Grid, Runs]) -> None:
    grid, runs = join(*whole, square(4, 0, column_span=3), [(4, 0), (4, 1), (4, 2)])
    across = Box(XS[2] - 20.0, YS[4] + 13.0, XS[2] + 20.0, YS[4] + 27.0)
    mended, dealt = mend(grid, (*runs[:-1], (print_in(0, 4), across)), DPI)
    assert mended.cells[-2:] == (square(4, 0), square(4, 1, column_span=2))
    assert dealt[-2:] == ((print_in(0, 4),), (across,))


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
