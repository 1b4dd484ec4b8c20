"""Places without rules in which no print was found are looked at again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

import pytest

from forms.form import Form
from models.load import Models
from models.types import Image
from pipeline.extract import Options, gather
from pipeline.ink import separate_ink, without_seal
from pipeline.stopwatch import Stopwatch
from pipeline.tables import find_ruled_tables
from pipeline.types import Candidate, Cell, FieldReading, Page, Reading
from pipeline.unprinted import Paper, read_unprinted
from training.held_apart import draw_held
from training.rasters import render
from training.sheet_grid import plain_grid
from training.sheet_markup import SheetStyle, Table
from training.sheets import draw_parts

ROWS = (("规章", "13", "", "524"), ("行政许可", "7", "0", "0"))

Sheet: TypeAlias = tuple[Paper, Mapping[tuple[int, int], Cell]]


@pytest.fixture(scope="module")
def sheet(scan_of: Callable[[Image], Page], models: Models) -> Sheet:
    """A page and its cells by row and column, ruled so that their places are known."""
    grid = plain_grid(("信息内容", "制发", "废止", "现行有效"), ROWS)
    page = scan_of(render(draw_parts([Table(grid)], SheetStyle(cell_padding=4.0)), 150)[0])
    (table,) = find_ruled_tables(page, separate_ink(page, models.segment))
    printed = tuple(run for cell in table.cells for run in cell.runs)
    paper = Paper(without_seal(page.image), page.dpi, printed)
    return paper, {(cell.row, cell.column): cell for cell in table.cells}


def unread(field: str, cell: Cell) -> FieldReading:
    place = replace(cell, runs=())
    return FieldReading(field, Reading(place, 1, "", (), "read"), 1.0, None)


def read(field: str, cell: Cell, text: str) -> FieldReading:
    reading = Reading(cell, 1, text, (Candidate(text, 0.999),), "read")
    return FieldReading(field, reading, 1.0, None)


def report_of(
    form: Form, cells: Mapping[tuple[int, int], Cell], places: Sequence[Cell]
) -> list[FieldReading]:
    """The first fields stand where no print was found, the others hold a 13."""
    names = [field.id for field in form.fields]
    asked = [unread(*one) for one in zip(names, places, strict=False)]
    return asked + [read(name, cells[1, 1], "13") for name in names[len(places) :]]


def test_a_digit_that_the_search_lost_is_read_and_an_empty_cell_is_empty(
    sheet: Sheet, forms: Mapping[str, Form], models: Models
) -> None:
    paper, cells = sheet
    hidden = replace(paper, printed=tuple(set(paper.printed) - set(cells[2, 1].runs)))
    fields = report_of(forms["2021"], cells, [cells[2, 1], cells[1, 2]])
    found = read_unprinted(forms["2021"], fields, {1: hidden}, models.read_numbers)
    candidates = [one.reading.candidates[0] for one in found[:2] if one.reading is not None]
    assert [one.text for one in candidates] == ["7", ""]
    digit, empty = candidates
    assert digit.probability > 0.98
    assert empty.probability > 0.97
    assert found[2:] == tuple(fields[2:])


def test_the_next_column_is_not_read_along(
    sheet: Sheet, forms: Mapping[str, Form], models: Models
) -> None:
    paper, cells = sheet
    empty, neighbour = cells[1, 2].box, cells[1, 3].runs[0]
    wide = replace(cells[1, 2], box=replace(empty, left=empty.left + 8, right=neighbour.right + 3))
    (found, *_) = read_unprinted(
        forms["2021"], report_of(forms["2021"], cells, [wide]), {1: paper}, models.read_numbers
    )
    assert found.reading is not None
    assert found.reading.candidates[0].text == ""


def test_words_where_no_print_was_found_leave_the_place_in_doubt(
    sheet: Sheet, forms: Mapping[str, Form], models: Models
) -> None:
    paper, cells = sheet
    fields = report_of(forms["2021"], cells, [cells[2, 0], *[cells[1, 2]] * 100])
    bare = replace(paper, printed=())
    found = read_unprinted(forms["2021"], fields, {1: bare}, models.read_numbers)
    assert found[0].mapping == 0.5
    assert all(one.mapping > 0.9 for one in found[1:])


@pytest.mark.parametrize(("empty", "least", "most"), [(3, 0.0, 0.7), (120, 0.95, 1.0)])
def test_where_few_cells_are_empty_one_may_be_another_row(
    sheet: Sheet, forms: Mapping[str, Form], models: Models, empty: int, least: float, most: float
) -> None:
    paper, cells = sheet
    fields = report_of(forms["2021"], cells, [cells[1, 2]] * empty)
    found = read_unprinted(forms["2021"], fields, {1: paper}, models.read_numbers)
    assert all(least < one.mapping < most for one in found[:empty])
    assert all(one.mapping == 1.0 for one in found[empty:])


@pytest.mark.parametrize(("empty", "sure"), [(3, False), (120, True)])
def test_without_a_scan_the_bodys_habit_says_whether_a_cell_is_empty(
    sheet: Sheet, forms: Mapping[str, Form], models: Models, empty: int, *, sure: bool
) -> None:
    _, cells = sheet
    fields = report_of(forms["2021"], cells, [cells[1, 2]] * empty)
    (found, *_) = read_unprinted(forms["2021"], fields, {}, models.read_numbers)
    assert found.reading is not None
    blank, zero = found.reading.candidates
    assert (blank.text, zero.text) == ("", "0")
    assert blank.probability + zero.probability == pytest.approx(1.0)
    assert (blank.probability > 0.98) == sure


def test_empty_cells_of_a_scanned_table_without_rules_are_placed_and_read(
    models: Models, forms: Mapping[str, Form]
) -> None:
    drawn = draw_held(tuple(forms.values()), "calibrate", 229)
    fit = gather(drawn.source, models, tuple(forms.values()), Options(), Stopwatch()).fit
    found = {one.field: one for one in fit.fields}
    empty = [name for name, text in drawn.values.items() if text == "" and name.startswith("t3.")]
    assert len(empty) > 60
    for name in empty:
        reading = found[name].reading
        assert reading is not None
        assert reading.candidates[0].text == ""
        assert found[name].mapping > 0.9
