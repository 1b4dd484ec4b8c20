"""Lines of running text: of titles, over tables, of whole pages."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from models.load import Models
from models.types import Image, Line
from pipeline.identity import find_body
from pipeline.ink import Ink, separate_ink
from pipeline.lines import caption_lines, layer_lines, page_lines, title_lines
from pipeline.tables import find_ruled_tables
from pipeline.types import Box, Cell, Page, Rule, Table, TextLine, Word
from training.rasters import render
from training.sheet_grid import plain_grid
from training.sheet_markup import Heading, Paragraph, SheetStyle, Signature, Title
from training.sheet_markup import Table as PrintedTable
from training.sheets import draw_parts

GRID = plain_grid(
    ("统计指标", "单位", "统计数"),
    [(f"{row}.申请信息不存在数", "件", str(row)) for row in range(1, 9)],
)
TITLE = "东山县2016年政府信息公开工作年度报告"
STATED = "填报单位（盖章）：东山县人民政府"
PARTS = (
    Title(TITLE),
    Heading("一、总体情况"),
    Paragraph("2016年，我们坚持以公开为常态，及时更新栏目内容，按时办理群众申请。" * 12),
    Paragraph("政府信息公开情况统计表"),
    Paragraph(STATED),
    PrintedTable(GRID),
    Signature("东山县人民政府", "2017年1月20日", sealed="东山县人民政府"),
)


def plain(line: TextLine) -> str:
    return line.text.replace(" ", "")


@pytest.fixture(scope="module")
def page(scan_of: Callable[[Image], Page]) -> Page:
    return scan_of(render(draw_parts(PARTS, SheetStyle(seal="date")), 150)[0])


@pytest.fixture(scope="module")
def ink(page: Page, models: Models) -> Ink:
    return separate_ink(page, models.segment)


@pytest.fixture(scope="module")
def table(page: Page, ink: Ink) -> Table:
    return find_ruled_tables(page, ink)[-1]


def test_title_is_read_first(page: Page, ink: Ink, models: Models) -> None:
    lines = title_lines(page, ink, (), models.labels.read_lines)
    assert plain(lines[0]) == TITLE
    assert all(upper.box.top < lower.box.top for upper, lower in pairwise(lines))
    assert len(lines) <= 10


def test_who_fills_the_form_in_is_read_above_its_table(
    page: Page, ink: Ink, table: Table, models: Models
) -> None:
    title = title_lines(page, ink, (), models.labels.read_lines)
    caption = caption_lines(page, ink, table, (), models.labels.read_lines)
    assert STATED not in "".join(line.text for line in title)
    assert caption[-1].text.endswith("东山县人民政府")
    assert caption[-1].box.bottom < table.box.top
    assert find_body(title).value == "东山县"
    assert find_body((*title, *caption)).value == "东山县人民政府"


def test_prose_above_a_table_is_not_read(
    page: Page, ink: Ink, table: Table, models: Models
) -> None:
    texts = [line.text for line in caption_lines(page, ink, table, (), models.labels.read_lines)]
    assert not any("栏目" in text for text in texts)


def test_lines_that_were_read_are_not_read_again(
    page: Page, ink: Ink, table: Table, models: Models
) -> None:
    first = caption_lines(page, ink, table, (), models.labels.read_lines)
    assert caption_lines(page, ink, table, first, models.labels.read_lines) == ()


def test_whole_page_is_read_without_tables_and_seals(
    page: Page, table: Table, models: Models
) -> None:
    lines = page_lines(page, [table], models.lines.find_lines, models.labels.read_lines)
    texts = [plain(line) for line in lines]
    assert texts[:2] == [TITLE, "一、总体情况"]
    assert not any("不存在" in text for text in texts)
    below = [plain(line) for line in lines if line.box.top > table.box.bottom]
    assert below[:2] == ["东山县人民政府", "2017年1月20日"]


def test_table_whose_cells_span_all_its_rows_is_all_its_first_row(
    scan_of: Callable[[Image], Page],
) -> None:
    box = Box(100, 100, 500, 300)
    table = Table(1, box, True, 2, 1, (Cell(0, 0, 2, 1, box, (), touched=False),))  # noqa: FBT003
    inside, below = (110.0, 110.0, 200.0, 130.0), (100.0, 400.0, 300.0, 420.0)
    lines = page_lines(
        scan_of(np.full((600, 600, 3), 255, np.uint8)),
        [table],
        lambda _: (inside, below),
        lambda crops: tuple(Line("字", 0.9) for _ in crops),
    )
    assert [line.box for line in lines] == [Box(*below)]


def test_words_of_a_layer_become_lines_in_reading_order(
    layer_of: Callable[[tuple[Word, ...], tuple[Rule, ...]], Page],
) -> None:
    words = (
        Word("2020年", Box(200, 100, 280, 120)),
        Word("一、总体情况", Box(100, 150, 260, 170)),
        Word("东山县", Box(100, 101, 190, 121)),
    )
    lines = layer_lines(layer_of(words, ()))
    assert [line.text for line in lines] == ["东山县2020年", "一、总体情况"]
    assert lines[0].box == Box(100, 100, 280, 121)


def test_a_flat_character_and_a_low_mark_stand_on_the_line_of_the_others(
    layer_of: Callable[[tuple[Word, ...], tuple[Rule, ...]], Page],
) -> None:
    words = (
        Word("一", Box(149, 624.5, 169, 627)),
        Word("、", Box(173, 628, 178, 635)),
        Word("总体情况", Box(190, 614, 270, 634)),
    )
    (heading,) = layer_lines(layer_of(words, ()))
    assert heading.text == "一、总体情况"
    assert heading.box == Box(149, 614, 270, 635)
