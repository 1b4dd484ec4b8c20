"""Rows as seen, rows as prescribed, and how the classifier's say joins the labels'."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from forms.form import Form
from models.classifier import Posteriors
from pipeline.opinions import Opinions, list_cells
from pipeline.row_scores import score_opinions, score_rows
from pipeline.rows import (
    ExpectedRow,
    SeenRow,
    expect_rows,
    fold,
    is_label,
    see_rows,
    similarity,
    values_of,
)
from pipeline.types import Box, Candidate, Cell, Reading, Table

UNITS = frozenset({"件"})


def reading(row: int, column: int, text: str, row_span: int = 1) -> Reading:
    box = Box(100.0 * column, 30.0 * row, 100.0 * column + 99, 30.0 * (row + row_span))
    cell = Cell(row, column, row_span, 1, box, (), touched=False)
    return Reading(cell, 1, text, (Candidate(text, 0.9),), "read")


def table(readings: tuple[Reading, ...], *, ruled: bool = True) -> Table:
    rows = 1 + max(one.cell.row for one in readings)
    cells = tuple(one.cell for one in readings)
    return Table(1, Box(0, 0, 900, 900), ruled, rows, 9, cells)


def see(readings: tuple[Reading, ...], known: Mapping[Reading, bool]) -> tuple[SeenRow, ...]:
    return see_rows([table(readings)], [readings], UNITS, known.get)


def say(readings: tuple[Reading, ...], row: str, form: str = "2021") -> Opinions:
    """Sure of one row, and of one form, for every cell."""
    rows = {"": 0, "t3.granted": 1, "t3.partial": 2}
    logs = np.full((len(readings), 3), np.log(0.005))
    logs[:, rows[row]] = np.log(0.99)
    even = np.log(np.full((len(readings), 2), 0.5))
    places = {one: place for place, one in enumerate(readings)}
    return Opinions(places, Posteriors(logs, even, even), rows, {"": 0}, {"": 0, form: 1})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("予以公开", True),
        ("2059.2090万元", False),
        ("3个", False),
        ("无", False),
        ("84(见说明)", False),
        ("", False),
        ("1.重复申请", True),
    ],
)
def test_two_chinese_characters_make_a_label(text: str, *, expected: bool) -> None:
    assert is_label(text) == expected


def test_folding_leaves_what_tells_labels_apart() -> None:
    assert fold("（一）予以 公开：") == "一予以公开"
    assert similarity(fold("⼀、总计"), fold("一、总计")) == 1.0


def test_a_row_is_its_labels_its_values_and_its_unit() -> None:
    cells = (
        reading(0, 0, "三、办理结果", row_span=2),
        reading(0, 1, "（一）予以公开"),
        reading(0, 2, "件"),
        reading(0, 3, "7"),
        reading(1, 1, "（二）部分公开"),
        reading(1, 3, ""),
    )
    first, second = see(cells, {})
    assert first.labels == ("三、办理结果", "（一）予以公开")
    assert (first.values, first.unit) == ((cells[3],), "件")
    assert second.labels == ("三、办理结果", "（二）部分公开")
    assert second.values == (cells[5],)


def test_a_misread_value_is_a_value_when_the_classifier_is_sure() -> None:
    cells = (reading(0, 0, "（一）予以公开"), reading(0, 1, "未刷"), reading(0, 2, "3"))
    (by_text,) = see(cells, {})
    (known,) = see(cells, {cells[1]: True})
    assert by_text.values == (cells[2],)
    assert known.values == (cells[1], cells[2])


@pytest.mark.parametrize("known", [None, False])
def test_a_number_with_a_note_is_a_value_whatever_is_known(*, known: bool | None) -> None:
    cells = (reading(0, 0, "（一）予以公开"), reading(0, 1, "3"), reading(0, 2, "84(见说明)"))
    (row,) = see(cells, {} if known is None else {cells[2]: known})
    assert row.values == cells[1:]


def test_numbers_over_two_rows_stand_for_no_label() -> None:
    numbers = (reading(0, 0, "0", row_span=2), reading(0, 1, "7", row_span=2))
    words = (reading(0, 0, "维", row_span=2), *numbers[1:])
    rest = (reading(0, 2, "3"), reading(1, 2, "", row_span=1))
    assert see((*numbers, *rest), {})[0].values == (*numbers, rest[0])
    assert see((*words, *rest), {})[0].values == (*words[1:], rest[0])


def test_words_behind_several_numbers_name_no_row() -> None:
    texts = ("1", "（一）予以公开", "3", "0", "（含撤回", "7")
    cells = tuple(reading(0, column, text) for column, text in enumerate(texts))
    (row,) = see(cells, {})
    assert row.labels == ("（一）予以公开",)
    assert row.values == cells[2:]
    (alone,) = see(cells[2:], {})
    assert alone.values == cells[2:]


def test_an_empty_cell_never_names_a_row() -> None:
    cells = (reading(0, 0, "（一）予以公开"), reading(0, 1, "0"), reading(0, 2, ""))
    (row,) = see(cells, {cells[2]: False})
    assert row.values == (cells[1], cells[2])


def test_a_label_that_lost_its_characters_names_its_row_still() -> None:
    cells = (reading(0, 0, "R公"), reading(0, 1, "0"))
    (by_text,) = see(cells, {})
    (known,) = see(cells, {cells[0]: False})
    assert by_text.labels == ()
    assert known.labels == ("R公",)


def test_cells_are_listed_table_by_table() -> None:
    one = (reading(0, 0, "总计"), reading(0, 1, "5"))
    cells = list_cells([one, one[:1]])
    assert [(cell.table, cell.column, cell.text) for cell in cells] == [
        (0, 0, "总计"),
        (0, 1, "5"),
        (1, 0, "总计"),
    ]
    assert cells[1].box == (100.0, 0.0, 199.0, 30.0)


def test_opinions_speak_for_their_row_and_against_the_others(forms: Mapping[str, Form]) -> None:
    cells = (reading(0, 0, "□□"), *(reading(0, i, "0") for i in range(1, 8)))
    seen = see(cells, {})
    rows = expect_rows(forms["2021"])
    scores, skips = score_opinions(say(cells, "t3.granted"), forms["2021"], seen, rows)
    named = {row.label: scores[0, 0, at] for at, row in enumerate(rows) if row.table == "t3"}
    granted = named["（一）予以公开"]
    assert granted > 0.0 > skips[0]
    assert all(other < 0.0 for label, other in named.items() if label != "（一）予以公开")


@pytest.mark.parametrize(("count", "doubted"), [(3, True), (7, False)])
def test_of_a_row_of_many_numbers_it_is_not_believed_that_it_is_of_none(
    forms: Mapping[str, Form], count: int, *, doubted: bool
) -> None:
    cells = (reading(0, 0, "□□"), *(reading(0, i + 1, "0") for i in range(count)))
    rows = expect_rows(forms["2021"])
    _, skips = score_opinions(say(cells, ""), forms["2021"], see(cells, {}), rows)
    assert bool(skips[0] > 0.0) == doubted


def test_a_form_that_was_never_seen_gains_and_loses_nothing(forms: Mapping[str, Form]) -> None:
    unseen = replace(forms["2021"], id="2030")
    cells = (reading(0, 0, "□□"), *(reading(0, i, "0") for i in range(1, 8)))
    seen = see(cells, {})
    rows = expect_rows(unseen)
    for said in ("t3.granted", ""):
        scores, skips = score_opinions(say(cells, said), unseen, seen, rows)
        assert np.allclose(scores[0, 0], skips[0])


def test_fifteen_values_tell_what_row_they_are_without_a_label(
    forms: Mapping[str, Form],
) -> None:
    seen = see(tuple(reading(0, at, "0") for at in range(15)), {})
    rows = expect_rows(forms["2021"])
    scores, _ = score_rows(seen, rows)
    first, second = np.argsort(-scores[0, 0])[:2]
    assert (rows[first].table, len(rows[first].fields)) == ("t4", 15)
    assert scores[0, 0, first] > scores[0, 0, second] + 5.0


def test_one_value_does_not_stand_for_fifteen(forms: Mapping[str, Form]) -> None:
    seen = see((reading(0, 0, "0"),), {})
    rows = expect_rows(forms["2021"])
    scores, _ = score_rows(seen, rows)
    (fifteen,) = (at for at, row in enumerate(rows) if len(row.fields) == 15)
    assert scores[0, 0, fifteen] < 0.0


def test_a_heading_with_values_is_no_heading(forms: Mapping[str, Form]) -> None:
    heading = reading(0, 0, "第二十条第（一）项")
    rows = expect_rows(forms["2021"])
    place = next(at for at, row in enumerate(rows) if row.label == "第二十条第（一）项")
    alone, _ = score_rows(see((heading,), {}), rows)
    beside, _ = score_rows(see((heading, reading(0, 1, "0")), {}), rows)
    assert alone[0, 0, place] > beside[0, 0, place]


def test_a_label_and_values_at_its_height_are_no_two_rows_where_no_rule_is_between(
    forms: Mapping[str, Form],
) -> None:
    rows = expect_rows(forms["2021"])
    place = next(at for at, row in enumerate(rows) if row.label == "（一）予以公开")
    apart, beside, before = (
        lay_label_over_value(*corner, rows)[:, :, place]
        for corner in ((100.0, 30.0), (100.0, 15.0), (-100.0, 15.0))
    )
    assert beside[0].max() < apart[0].max() - 2.0
    assert beside[1, 0] == apart[1, 0] > beside[0].max()
    assert before[0].max() == apart[0].max()


def lay_label_over_value(
    left: float, top: float, rows: Sequence[ExpectedRow]
) -> NDArray[np.float64]:
    """Scores of two lines without rules: a label, 99 by 30 pixels, and a value as large."""
    label, value = reading(0, 0, "（一）予以公开"), reading(1, 1, "0")
    box = Box(left, top, left + 99, top + 30)
    lines = (label, replace(value, cell=replace(value.cell, box=box)))
    seen = see_rows([table(lines, ruled=False)], [lines], UNITS, lambda _: None)
    scores, _ = score_rows(seen, rows)
    return scores


def test_of_the_lines_of_a_wrapped_label_the_one_with_print_gives_the_values() -> None:
    empty, full = reading(0, 1, ""), reading(1, 1, "4")
    lines = (
        SeenRow(
            0, 0, ruled=False, labels=("上",), named=None, values=(empty,), unit=None, first=None
        ),
        SeenRow(
            0, 1, ruled=False, labels=("下",), named=None, values=(full,), unit=None, first=None
        ),
    )
    assert values_of(lines) == (full,)


def test_a_row_without_label_and_numbers_is_none() -> None:
    named = (reading(0, 0, "（一）予以公开"), reading(0, 1, "3"), reading(0, 2, ""))
    margin = tuple(reading(1, column, "") for column in range(3))
    (row,) = see((*named, *margin), {})
    assert row.row == 0
    # It has a label beside it, or print that could not be read.
    labelled = (reading(1, 0, "（二）部分公开"), *margin[1:])
    assert len(see((*named, *labelled), {})) == 2
    printed = replace(margin[1], cell=replace(margin[1].cell, runs=(Box(110, 35, 118, 50),)))
    assert len(see((*named, margin[0], printed, margin[2]), {})) == 2
    # No row of such a table has a label.
    assert len(see(tuple(reading(row, 1, "0" * (1 - row)) for row in (0, 1)), {})) == 2
