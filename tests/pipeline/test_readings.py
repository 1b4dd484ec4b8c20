"""Cells are read for what is printed in them, with the models that serve."""

import io
from collections.abc import Callable, Mapping

import numpy as np
import pytest
from PIL import Image as Pillow

from models.digits import WORDS
from models.load import Models
from models.types import Image, Line
from pipeline.documents import PageLimits, image_raster, open_document
from pipeline.ink import separate_ink
from pipeline.readings import Readers, read_cells
from pipeline.runs import group_lines
from pipeline.tables import find_ruled_tables
from pipeline.types import Box, Candidate, Cell, Page, Reading, Rule, Table, Word
from tests.seals import stamp_seal
from training.rasters import render
from training.sheet_grid import plain_grid
from training.sheet_markup import SheetStyle
from training.sheet_markup import Table as PrintedTable
from training.sheets import draw_parts

HEADER = ("信息内容", "本年制发件数", "本年公开数量", "现行有效件数")
LONG = "要求行政机关确认或重新出具已获取信息"
ROWS = (
    ("规章", "13", "", "524"),
    ("行政规范性文件", "0", "/", "368"),
    ("行政许可", "1", "—", "3985758"),
    ("行政处罚", "-18", "无", "6.5"),
    (LONG, "7", "0", "2059.209万元"),
    ("行政强制", "-", "——", "12(见说明)"),
)

Read = Callable[[Image], Mapping[tuple[int, int], Reading]]


@pytest.fixture(scope="module")
def sheet() -> Image:
    grid = plain_grid(HEADER, ROWS)
    return render(draw_parts([PrintedTable(grid)], SheetStyle(cell_padding=4.0)), 150)[0]


@pytest.fixture(scope="module")
def read(scan_of: Callable[[Image], Page], models: Models) -> Read:
    def read_sheet(image: Image) -> Mapping[tuple[int, int], Reading]:
        page = scan_of(image)
        ink = separate_ink(page, models.segment)
        (table,) = find_ruled_tables(page, ink)
        readers = Readers(models.labels.read_lines, models.read_numbers)
        readings = read_cells(page, table, readers)
        assert [reading.cell for reading in readings] == list(table.cells)
        return {(found.cell.row, found.cell.column): found for found in readings}

    return read_sheet


@pytest.fixture(scope="module")
def readings(read: Read, sheet: Image) -> Mapping[tuple[int, int], Reading]:
    return read(sheet)


def best(reading: Reading) -> str:
    return reading.candidates[0].text


def test_numbers_are_read_and_lone_digits_not_lost(
    readings: Mapping[tuple[int, int], Reading],
) -> None:
    found = {place: best(readings[place]) for place in readings if place[0] > 0 and place[1] > 0}
    printed = {
        (row, column): text
        for row, cells in enumerate(ROWS, start=1)
        for column, text in enumerate(cells)
        if column > 0
    }
    assert found == printed


def test_dash_slash_blank_and_zero_are_four_things(
    readings: Mapping[tuple[int, int], Reading],
) -> None:
    places = {"—": (3, 2), "/": (2, 2), "": (1, 2), "0": (2, 1)}
    for text, place in places.items():
        assert best(readings[place]) == text
        assert readings[place].candidates[0].probability > 0.6


def test_probabilities_are_best_first_and_sum_to_one_at_most(
    readings: Mapping[tuple[int, int], Reading],
) -> None:
    for reading in readings.values():
        shares = [candidate.probability for candidate in reading.candidates]
        assert shares == sorted(shares, reverse=True)
        assert 0 <= sum(shares) <= 1 + 1e-6
        assert reading.source == "read"


def test_label_of_two_lines_is_read_as_one(readings: Mapping[tuple[int, int], Reading]) -> None:
    assert len(group_lines(readings[5, 0].cell.runs)) == 2
    assert readings[5, 0].label == LONG


def test_labels_are_read(readings: Mapping[tuple[int, int], Reading]) -> None:
    assert [readings[0, column].label for column in range(4)] == list(HEADER)
    assert readings[1, 2].label == ""


def test_fax_whose_pixels_are_twice_as_high_as_wide_is_read_as_well(read: Read) -> None:
    drawn = render(draw_parts([PrintedTable(plain_grid(HEADER, ROWS))], SheetStyle()), 204)[0]
    width, height = drawn.shape[1], round(drawn.shape[0] * 98 / 204)
    coarse = Pillow.fromarray(drawn).resize((width, height), Pillow.Resampling.BOX)
    file = io.BytesIO()
    coarse.convert("L").save(file, "TIFF", dpi=(204, 98))
    with open_document(file.getvalue(), PageLimits()) as document:
        faxed = read(image_raster(document, 1).image)
    square = read(drawn)
    assert {place: best(one) for place, one in faxed.items() if place[1] > 0} == {
        place: best(one) for place, one in square.items() if place[1] > 0
    }


def test_number_under_a_seal_is_read_and_the_cell_says_so(read: Read, sheet: Image) -> None:
    clean = read(sheet)
    x, y = clean[2, 3].cell.box.center
    sealed = read(stamp_seal(sheet, (round(x), round(y)), 90))
    assert sealed[2, 3].cell.touched
    assert not clean[2, 3].cell.touched
    assert best(sealed[2, 3]) == "368"


def read_up_to(
    read: Read, beyond: int
) -> tuple[Mapping[tuple[int, int], Reading], Mapping[tuple[int, int], Reading]]:
    """A table whose numbers are set to the right, whole and cut pixels beyond their last one."""
    style = SheetStyle(align="right")
    sheet = render(draw_parts([PrintedTable(plain_grid(HEADER, ROWS))], style), 150)[0].copy()
    whole = read(sheet)
    numbers = [one for place, one in whole.items() if place[0] > 0 and place[1] == 3]
    edge = max(run.right for one in numbers for run in one.cell.runs)
    sheet[:, round(edge) + beyond :] = 255
    return whole, read(sheet)


def test_numbers_that_the_edge_of_a_page_cuts_off_are_doubted(read: Read) -> None:
    whole, cut = read_up_to(read, -5)
    for place, reading in cut.items():
        assert reading.cell.cut_off == (place[1] == 3)
        if place[1] == 3:
            assert reading.candidates[0].probability <= 0.5
        else:
            assert best(reading) == best(whole[place])


def test_whole_numbers_at_the_side_of_a_table_that_is_open_there_are_read(read: Read) -> None:
    whole, opened = read_up_to(read, 3)
    assert not any(reading.cell.cut_off for reading in opened.values())
    for place, reading in opened.items():
        assert place[1] != 3 or best(reading) == best(whole[place])


def test_of_numbers_in_the_middle_of_a_column_the_edge_cuts_off_the_longest(read: Read) -> None:
    rows = [*ROWS[:2], ("行政许可", "4", "5", "74793035")]
    sheet = render(draw_parts([PrintedTable(plain_grid(HEADER, rows))], SheetStyle()), 150)[0]
    sheet = sheet.copy()
    place = (len(rows), 3)
    (number,) = read(sheet)[place].cell.runs
    sheet[:, round(number.right) - 5 :] = 255
    cut = read(sheet)
    assert [one for one, reading in cut.items() if reading.cell.cut_off] == [place]
    assert cut[place].candidates[0].probability <= 0.5


def test_what_is_read_twice_under_a_seal_counts_once(scan_of: Callable[[Image], Page]) -> None:
    place = Box(100, 100, 200, 200)
    lines = (Box(120, 110, 150, 130), Box(120, 150, 150, 170))
    table = Table(1, place, True, 1, 1, (Cell(0, 0, 1, 1, place, lines, touched=True),))  # noqa: FBT003
    whole = ((Candidate("", 0.8), Candidate("12", 0.1)),)
    by_line = ((Candidate("12", 0.9),), (Candidate("7", 0.6),))
    answers = iter((whole, by_line))
    readers = Readers(lambda _: (), lambda _: next(answers))
    page = scan_of(np.full((300, 300, 3), 255, np.uint8))
    (found,) = read_cells(page, table, readers)
    assert [one.text for one in found.candidates] == ["12", ""]
    assert [one.probability for one in found.candidates] == pytest.approx([0.5, 0.4])


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("0(含撒回1件)", "0(含撤回1件)"),
        ("12(均己办结)", "12(均已办结)"),
        ("8(不含自己撤销的)", "8(不含自己撤销的)"),
    ],
)
def test_characters_that_look_alike_are_those_that_a_note_means(
    scan_of: Callable[[Image], Page], read: str, meant: str
) -> None:
    """What the reader of lines has said of worn notes."""
    place, line = Box(100, 100, 240, 140), Box(110, 110, 230, 130)
    table = Table(1, place, True, 1, 1, (Cell(0, 0, 1, 1, place, (line,), touched=False),))  # noqa: FBT003
    number = read[: read.index("(")]
    readers = Readers(lambda _: (Line(read, 0.97),), lambda _: ((Candidate(number + WORDS, 0.9),),))
    (found,) = read_cells(scan_of(np.full((300, 300, 3), 255, np.uint8)), table, readers)
    assert best(found) == meant


def test_cell_of_a_digital_page_says_what_its_layer_says(
    layer_of: Callable[[tuple[Word, ...], tuple[Rule, ...]], Page], models: Models
) -> None:
    words = (
        Word("2059", Box(300, 212, 340, 228)),
        Word("万元", Box(300, 232, 340, 248)),
        Word("数量", Box(110, 212, 160, 228)),
    )
    page = layer_of(words, ())
    cells = (
        Cell(0, 0, 1, 1, Box(100, 200, 280, 260), (words[2].box,), touched=False),
        Cell(0, 1, 1, 1, Box(280, 200, 400, 260), (words[1].box, words[0].box), touched=False),
        Cell(0, 2, 1, 1, Box(400, 200, 500, 260), (), touched=False),
    )
    table = Table(1, Box(100, 200, 500, 260), True, 1, 3, cells)  # noqa: FBT003 - a record
    readers = Readers(models.labels.read_lines, models.read_numbers)
    found = read_cells(page, table, readers)
    assert [best(reading) for reading in found] == ["数量", "2059万元", ""]
    assert {reading.source for reading in found} == {"text_layer"}


@pytest.mark.parametrize("size", [7.0, 7.5, 8.0])
def test_wide_brackets_of_a_note_leave_no_space(read: Read, size: float) -> None:
    note = "12（见说明）"
    style = SheetStyle(table_size=size, table_font=("FandolFang R",))
    grid = plain_grid((note, note), ((note, note),) * 4)
    found = read(render(draw_parts([PrintedTable(grid)], style), 100)[0])
    assert not any(" " in reading.label for reading in found.values())


@pytest.mark.parametrize("size", [8.0, 10.5])
@pytest.mark.parametrize("font", ["Noto Serif", "TeX Gyre Heros", "Liberation Sans"])
def test_note_behind_a_number_is_not_lost(read: Read, size: float, font: str) -> None:
    rows = (("规章", "974（见说明）"), ("规范性文件", "0（见说明）"), ("许可", "0"), ("处罚", "8"))
    style = SheetStyle(table_size=size, table_font=(font, "FandolFang R"))
    found = read(
        render(draw_parts([PrintedTable(plain_grid(("信息", "数量"), rows))], style), 150)[0]
    )
    texts = [best(found[row, 1]) for row in range(1, 5)]
    assert [text.rstrip(")") for text in texts] == ["974(见说明", "0(见说明", "0", "8"]
