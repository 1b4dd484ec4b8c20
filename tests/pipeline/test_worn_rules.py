"""Tables some of whose rules are worn away come out as whole ones do."""

from collections.abc import Callable

import pytest

from models.load import Models
from models.types import Image
from pipeline.grid import Grid, GridCell
from pipeline.tables import has_unparted_row
from pipeline.types import Box, Page
from tests.pipeline.printed_tables import (
    DPI,
    HEADER,
    INKED,
    ROWS,
    at,
    inked,
    print_table,
    tables_of,
)
from training.rasters import render
from training.sheet_grid import plain_grid
from training.sheet_markup import SheetStyle
from training.sheet_markup import Table as PrintedTable
from training.sheets import draw_parts


def test_table_of_few_rows_stays_ruled_though_one_upright_rule_is_gone(
    scan_of: Callable[[Image], Page], models: Models
) -> None:
    names = ("维持", "纠正", "其他", "未结", "总计") * 3
    grid = plain_grid(names, [tuple(str(column) for column in range(15))])
    image = render(draw_parts([PrintedTable(grid)], SheetStyle(cell_padding=5)), DPI)[0].copy()
    (table,) = tables_of(models, scan_of(image))
    box = at(table, 0, 7).box
    top, bottom = round(table.box.top) + 3, round(table.box.bottom) - 3
    image[top:bottom, round(box.right) - 4 : round(box.right) + 5] = 255
    (again,) = tables_of(models, scan_of(image))
    assert (table.ruled, again.ruled) == (True, True)


def test_row_rule_that_is_gone_is_put_back_where_all_columns_part(
    scan_of: Callable[[Image], Page], models: Models
) -> None:
    grid = plain_grid(HEADER, [(str(row), "13", "0", "524") for row in range(8)])
    image = render(draw_parts([PrintedTable(grid)], SheetStyle(cell_padding=5)), DPI)[0].copy()
    (table,) = tables_of(models, scan_of(image))
    rule = round(at(table, 3, 0).box.top)
    upright = image[rule - 10].min(axis=1) < 128
    image[rule - 3 : rule + 4, ~upright] = 255
    (again,) = tables_of(models, scan_of(image))
    assert inked(table) == inked(again) == [4] * 9
    assert at(again, 3, 3).box.top == pytest.approx(rule, abs=8)


def test_upright_rule_that_is_gone_in_one_row_is_put_back_between_numbers(
    scan_of: Callable[[Image], Page], models: Models
) -> None:
    image = print_table(SheetStyle()).copy()
    (table,) = tables_of(models, scan_of(image))
    box = at(table, 2, 1).box
    left, right = round(box.right) - 4, round(box.right) + 5
    image[round(box.top) + 3 : round(box.bottom) - 2, left:right] = 255
    (again,) = tables_of(models, scan_of(image))
    assert inked(again) == INKED
    assert at(again, 2, 1).column_span == 1


def test_table_of_two_columns_stays_ruled_though_most_of_the_rule_between_them_is_gone(
    scan_of: Callable[[Image], Page], models: Models
) -> None:
    grid = plain_grid(("信息内容", "件数"), [(label, number) for label, *_, number in ROWS])
    style = SheetStyle(align="right", cell_padding=5)
    image = render(draw_parts([PrintedTable(grid)], style), DPI)[0].copy()
    (table,) = tables_of(models, scan_of(image))
    for row in (0, 2, 4, 5, 7, 9):
        box = at(table, row, 0).box
        left, right = round(box.right) - 4, round(box.right) + 5
        image[round(box.top) + 3 : round(box.bottom) - 2, left:right] = 255
    (again,) = tables_of(models, scan_of(image))
    assert again.ruled
    assert inked(again) == [2] * 10


@pytest.mark.parametrize(
    ("span", "starts", "unparted"),
    [(3, (10, 200), True), (3, (10, 26), False), (2, (10, 200), False)],
    ids=["label and number", "words of a heading", "beside another cell"],
)
def test_row_is_unparted_where_print_stands_apart_in_one_cell_all_across(
    span: int, starts: tuple[int, ...], *, unparted: bool
) -> None:
    box = Box(0.0, 20.0, 100.0 * span, 40.0)
    grid = Grid((0.0, 100.0, 200.0, 300.0), (0.0, 20.0, 40.0), (GridCell(1, 0, 1, span, box),))
    print_in_it = tuple(Box(start, 24.0, start + 14.0, 36.0) for start in map(float, starts))
    assert has_unparted_row(grid, [print_in_it]) is unparted
