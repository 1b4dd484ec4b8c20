"""Printed tables come out as cells, however they are ruled."""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image as PrintedImage

from eval.corpus import REPORTS
from models.load import Models
from models.types import Image
from pipeline.columned_print import find_columned_print
from pipeline.ink import separate_ink
from pipeline.runs import group_lines
from pipeline.tables import find_ruled_tables, find_unruled_tables
from pipeline.types import Box, Page, Rule, Table, Word
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
from tests.pipeline.printing import write_on
from tests.seals import stamp_seal
from training.rasters import render
from training.sheet_grid import plain_grid
from training.sheet_markup import SheetStyle
from training.sheet_markup import Table as PrintedTable
from training.sheets import draw_parts


def unruled_of(models: Models, page: Page, place: Box) -> tuple[Table, ...]:
    """The tables of a page without a ruled one, of which it is told where one may stand."""
    ink = separate_ink(page, models.segment)
    assert find_ruled_tables(page, ink) == ()
    return find_unruled_tables(page, ink, (place,), ())


def around(table: Image) -> Box:
    """Where the table stands on a page with one table."""
    dark = np.nonzero(table[: len(table) // 2].min(axis=2) < 200)
    top, bottom, left, right = dark[0].min(), dark[0].max(), dark[1].min(), dark[1].max()
    return Box(float(left), float(top), float(right), float(bottom))


@pytest.mark.parametrize(
    "style",
    [
        SheetStyle(),
        SheetStyle(landscape=True),
        SheetStyle(ruling="double"),
        SheetStyle(ruling="thick"),
        SheetStyle(ruling="open_sides"),
        SheetStyle(fill="#cfe2f3"),
        SheetStyle(fill="#d9d9d9", align="right"),
        SheetStyle(table_size=6.0),
    ],
    ids=["full", "landscape", "double", "thick", "open", "blue band", "grey band", "small"],
)
def test_ruled_table_gives_its_cells_and_where_they_are_inked(
    style: SheetStyle, scan_of: Callable[[Image], Page], models: Models
) -> None:
    (table,) = tables_of(models, scan_of(print_table(style)))
    assert table.ruled
    assert inked(table) == INKED
    assert table.columns == 4


def test_unruled_table_is_found_where_one_may_stand(
    scan_of: Callable[[Image], Page], models: Models
) -> None:
    image = print_table(SheetStyle(ruling="none"))
    (table,) = unruled_of(models, scan_of(image), around(image))
    assert not table.ruled
    # An empty cell leaves no trace: the row has one cell less.
    assert inked(table) == INKED
    assert len(table.cells) == sum(INKED)


def test_columns_without_rules_are_found_without_the_detector(
    scan_of: Callable[[Image], Page], models: Models
) -> None:
    page = scan_of(print_table(SheetStyle(ruling="none")))
    ink = separate_ink(page, models.segment)
    (columned,) = find_columned_print(page, ink, ())
    assert columned.surely
    (table,) = find_unruled_tables(page, ink, (columned.box,), ())
    assert inked(table) == INKED
    (ruled,) = tables_of(models, scan_of(print_table(SheetStyle())))
    assert find_columned_print(page, ink, (ruled,)) == ()


def test_page_number_below_an_unruled_table_is_no_row(
    scan_of: Callable[[Image], Page], models: Models
) -> None:
    image = print_table(SheetStyle(ruling="none"))
    place = around(image)
    bottom = round(place.bottom)
    numbered = image.copy()
    below = (image.shape[1] // 2, bottom + 120)
    cv2.putText(numbered, "-1-", below, cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 0, 0), 2)
    wide = replace(place, bottom=float(bottom + 130))
    (table,) = unruled_of(models, scan_of(numbered), wide)
    assert inked(table) == INKED


def test_level_rules_alone_leave_the_columns_to_the_alleys(
    scan_of: Callable[[Image], Page], models: Models
) -> None:
    image = print_table(SheetStyle(ruling="none")).copy()
    place = around(image)
    left, right = round(place.left), round(place.right)
    (plain,) = unruled_of(models, scan_of(image), place)
    bottoms = [
        max(cell.box.bottom for cell in plain.cells if cell.row == row) for row in range(plain.rows)
    ]
    for bottom in bottoms:
        cv2.line(image, (left, round(bottom) + 4), (right, round(bottom) + 4), (0, 0, 0), 1)
    (table,) = unruled_of(models, scan_of(image), around(image))
    assert not table.ruled
    assert inked(table) == INKED


def test_digital_page_without_rules_is_searched_whole(
    layer_of: Callable[[tuple[Word, ...], tuple[Rule, ...]], Page],
    scan_of: Callable[[Image], Page],
    models: Models,
) -> None:
    image = print_table(SheetStyle(ruling="none"))
    (printed,) = unruled_of(models, scan_of(image), around(image))
    words = tuple(Word("1", run) for cell in printed.cells for run in cell.runs)
    (table,) = tables_of(models, layer_of(words, ()))
    assert (table.ruled, table.rows) == (False, len(INKED))


def print_line(top: int, *texts: str) -> tuple[Word, ...]:
    """Words that stand in columns of 150 pixels, 20 pixels high."""
    return tuple(
        Word(text, Box(150.0 * column + 160, top, 150.0 * column + 160 + 20 * len(text), top + 20))
        for column, text in enumerate(texts)
    )


def test_figures_under_a_head_that_rules_enclose_alone_are_a_row(
    layer_of: Callable[[tuple[Word, ...], tuple[Rule, ...]], Page], models: Models
) -> None:
    level = [Rule(Box(100, y, 700, y + 1), horizontal=True) for y in (200, 240, 280)]
    upright = [Rule(Box(x, 200, x + 1, 280), horizontal=False) for x in (100, 250, 400, 550, 700)]
    heads = (*print_line(210, "维持", "纠正", "其他"), *print_line(250, "件", "件", "件"))
    page = layer_of((*heads, *print_line(290, "0", "3", "7")), (*level, *upright))
    ruled, figures = tables_of(models, page)
    assert (ruled.ruled, ruled.rows) == (True, 2)
    assert (figures.ruled, figures.rows, inked(figures)) == (False, 1, [3])


def test_figures_above_and_below_a_ruled_table_stay_in_the_page_s_order(
    layer_of: Callable[[tuple[Word, ...], tuple[Rule, ...]], Page], models: Models
) -> None:
    level = [Rule(Box(100, y, 700, y + 1), horizontal=True) for y in (400, 440, 480)]
    upright = [Rule(Box(x, 400, x + 1, 480), horizontal=False) for x in (100, 250, 400, 550, 700)]
    rows = {210: "上", 240: "上", 410: "中", 450: "中", 610: "下", 640: "下"}
    words = [word for y, text in rows.items() for word in print_line(y, text, text, text)]
    page = layer_of(tuple(words), (*level, *upright))
    place = Box(50.0, 180.0, 750.0, 680.0)
    ink = separate_ink(page, models.segment)
    (ruled,) = (table for table in tables_of(models, page) if table.ruled)
    above, below = find_unruled_tables(page, ink, (place,), (ruled,))
    assert above.box.bottom < ruled.box.top < ruled.box.bottom < below.box.top
    assert [(table.rows, inked(table)) for table in (above, below)] == [(2, [3, 3]), (2, [3, 3])]
    assert min(cell.row for cell in below.cells) == 0


def test_rows_of_a_label_and_one_figure_go_on_above_and_below_those_of_more(
    layer_of: Callable[[tuple[Word, ...], tuple[Rule, ...]], Page],
    scan_of: Callable[[Image], Page],
    models: Models,
) -> None:
    (ruled,) = tables_of(models, scan_of(print_table(SheetStyle())))
    words = (
        *(*print_line(820, "收费", "9"), *print_line(860, "第一项")),
        *(*print_line(900, "规章", "1", "2"), *print_line(940, "文件", "3", "4")),
        *(*print_line(980, "第五项"), *print_line(1020, "许可", "5")),
    )
    page = layer_of(words, ())
    (columned,) = find_columned_print(page, separate_ink(page, models.segment), (ruled,))
    assert columned.box.top == pytest.approx(820, abs=3)
    assert columned.box.bottom == pytest.approx(1040, abs=3)


@pytest.mark.parametrize(
    ("between", "top"),
    [
        (("处罚", "强制", "收费", "不明确", "其他"), 100),
        (("本年度工作有进展并依法公开各类信息",) * 4, 480),
    ],
    ids=["labels", "prose"],
)
def test_labels_without_figures_part_no_rows_and_prose_does(
    layer_of: Callable[[tuple[Word, ...], tuple[Rule, ...]], Page],
    models: Models,
    between: tuple[str, ...],
    top: int,
) -> None:
    words = (
        *print_line(100, "许可", "5"),
        *(word for at, text in enumerate(between) for word in print_line(140 + 40 * at, text)),
        *(*print_line(440, "小计", "7")[:1], *print_line(480, "规章", "1", "2")),
        *print_line(520, "文件", "3", "4"),
    )
    page = layer_of(words, ())
    (columned,) = find_columned_print(page, separate_ink(page, models.segment), ())
    assert columned.box.top == pytest.approx(top, abs=3)


@pytest.mark.parametrize(("rows", "found"), [(2, 1), (1, 0)])
def test_rows_of_one_figure_close_under_a_ruled_table_are_its_own(
    layer_of: Callable[[tuple[Word, ...], tuple[Rule, ...]], Page],
    scan_of: Callable[[Image], Page],
    models: Models,
    rows: int,
    found: int,
) -> None:
    (ruled,) = tables_of(models, scan_of(print_table(SheetStyle())))
    first = round(ruled.box.bottom) + 20
    words = (
        *print_line(first, "许可", "5"),
        *print_line(first + 40, *(("处罚", "3") if rows == 2 else ("以上为全部数据",))),
        *(word for line in range(4) for word in print_line(first + 80 + 40 * line, "无说明")),
        # Far from any table a label and a figure are prose.
        *(*print_line(first + 400, "联系电话", "8"), *print_line(first + 440, "邮编", "9")),
    )
    page = layer_of(words, ())
    blocks = find_columned_print(page, separate_ink(page, models.segment), (ruled,))
    assert len(blocks) == found
    for columned in blocks:
        assert columned.box.top == pytest.approx(first, abs=3)
        assert columned.box.bottom == pytest.approx(first + 60, abs=3)


@pytest.mark.parametrize(("columns", "found"), [(7, 1), (5, 0)])
def test_a_row_alone_is_the_end_of_a_table_where_it_stands_in_many_columns(
    layer_of: Callable[[tuple[Word, ...], tuple[Rule, ...]], Page],
    models: Models,
    columns: int,
    found: int,
) -> None:
    row = tuple(Word("0", Box(110.0 * at + 60, 90, 110.0 * at + 75, 110)) for at in range(columns))
    page = layer_of((*row, *print_line(200, "五"), *print_line(240, "无")), ())
    blocks = find_columned_print(page, separate_ink(page, models.segment), ())
    assert len(blocks) == found


def test_strokes_of_a_heading_do_not_part_the_rows_above_from_those_below(
    layer_of: Callable[[tuple[Word, ...], tuple[Rule, ...]], Page], models: Models
) -> None:
    strokes = [Word("三", Box(160, top, 180, top + 3)) for top in (184, 201)]
    words = (
        *(*print_line(100, "强制", "2"), *print_line(140, "收费", "1")),
        *(*strokes, Word("收到和处理", Box(190, 183, 300, 205))),
        *(*print_line(230, "申请人"), *print_line(270, "自然人", "企业", "总计")),
        *print_line(310, "新收", "3", "3"),
    )
    page = layer_of(words, ())
    (columned,) = find_columned_print(page, separate_ink(page, models.segment), ())
    assert columned.box.top == pytest.approx(100, abs=3)


def test_page_of_prose_has_no_table(scan_of: Callable[[Image], Page], models: Models) -> None:
    image = np.full((1200, 900, 3), 255, np.uint8)
    for row in range(20):
        cv2.putText(
            image, "text " * 10, (80, 100 + 50 * row), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (0, 0, 0), 2
        )
    assert tables_of(models, scan_of(image)) == ()


@pytest.mark.parametrize(("lift", "rows"), [(8, [6, 6, 6]), (16, [6, 4, 2, 6])])
def test_two_halves_of_a_row_that_slants_are_one_row(
    scan_of: Callable[[Image], Page], models: Models, lift: int, rows: list[int]
) -> None:
    page = PrintedImage.new("RGB", (900, 1200), "white")
    for base, lifted in ((150, 0), (220, lift), (290, 0)):
        for column in range(6):
            up = lifted if column > 1 else 0
            write_on(page, str(4 + column), (120 * column + 80, base - up), 0.8)
    place = Box(50.0, 100.0, 850.0, 310.0)
    (table,) = unruled_of(models, scan_of(np.asarray(page)), place)
    assert inked(table) == rows


def test_label_of_two_lines_stays_one_cell(
    scan_of: Callable[[Image], Page], models: Models
) -> None:
    rows = (("（二）部分公开（区分处理的，只计这一情形，不计其他情形）", "1", "2", "3"), *ROWS)
    image = render(draw_parts([PrintedTable(plain_grid(HEADER, rows))], SheetStyle()), DPI)[0]
    (table,) = tables_of(models, scan_of(image))
    assert table.rows == len(INKED) + 1
    assert len(group_lines(at(table, 1, 0).runs)) >= 2
    assert len(group_lines(at(table, 1, 1).runs)) == 1


def test_only_cells_that_a_seal_reaches_into_are_touched(
    scan_of: Callable[[Image], Page], models: Models
) -> None:
    clean = print_table(SheetStyle())
    (table,) = tables_of(models, scan_of(clean))
    assert not any(cell.touched for cell in table.cells)
    x, y = at(table, 2, 3).box.center
    sealed = stamp_seal(clean, (round(x), round(y)), 40)
    (table,) = tables_of(models, scan_of(sealed))
    assert at(table, 2, 3).touched
    assert not any(cell.touched for cell in table.cells if cell.column < 2 or cell.row > 5)
    assert (table.rows, table.columns) == (len(INKED), 4)


def test_table_that_the_end_of_a_page_cuts_is_found_on_both(
    scan_of: Callable[[Image], Page], models: Models
) -> None:
    first, second = render((REPORTS / "kuancheng_2020" / "source.pdf").read_bytes(), DPI)[:2]
    upper = tables_of(models, scan_of(first))[-1]
    lower = tables_of(models, scan_of(second))[0]
    assert upper.columns >= lower.columns == 10
    assert upper.box.bottom > 0.7 * first.shape[0]
    assert lower.box.top < 0.15 * second.shape[0]


def test_vertical_row_header_spans_its_rows(
    scan_of: Callable[[Image], Page], models: Models
) -> None:
    page = render((REPORTS / "template_zeros" / "source.pdf").read_bytes(), DPI)[0]
    spans = [cell.row_span for table in tables_of(models, scan_of(page)) for cell in table.cells]
    assert max(spans) > 15


def test_the_rules_of_the_back_that_shine_through_are_no_table(
    scan_of: Callable[[Image], Page], models: Models
) -> None:
    back = np.full_like(print_table(SheetStyle()), 255)
    for y in range(300, 700, 40):
        back[y : y + 2, 200:1000] = 150
    for x in range(200, 1001, 200):
        back[300:662, x : x + 2] = 150
    assert tables_of(models, scan_of(back)) == ()
    printed = back.copy()
    for y in range(300, 660, 40):
        cv2.putText(printed, "12", (260, y + 30), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (0, 0, 0), 2)
    (table,) = tables_of(models, scan_of(printed))
    assert table.rows == 9
