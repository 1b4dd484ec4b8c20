"""Random reports: repeatable, as different as real ones, held apart for measuring."""

from collections import Counter
from itertools import pairwise
from typing import get_args

import pytest

from forms.form import load_forms
from training.sheet_grid import NO_NUMBER
from training.sheet_markup import PageBreak, Table
from training.variety import Sheet, Split, draw_sheet, generator

FORMS = load_forms()
COUNT = 27


def draw(split: Split) -> tuple[Sheet, ...]:
    return tuple(draw_sheet(FORMS[seed % len(FORMS)], seed, split) for seed in range(COUNT))


@pytest.fixture(scope="module")
def sheets() -> dict[Split, tuple[Sheet, ...]]:
    return {split: draw(split) for split in get_args(Split)}


def every(sheets: dict[Split, tuple[Sheet, ...]]) -> list[Sheet]:
    return [sheet for split in sheets for sheet in sheets[split]]


def tables_of(sheet: Sheet) -> list[Table]:
    return [part for part in sheet.parts if isinstance(part, Table)]


def test_a_number_draws_the_same_report_again(sheets: dict[Split, tuple[Sheet, ...]]) -> None:
    again = draw_sheet(FORMS[1], 1, "train")
    assert again == sheets["train"][1]


def test_splits_draw_other_numbers() -> None:
    first = {float(generator(split, 5).random()) for split in get_args(Split)}
    assert len(first) == 2


def test_measuring_has_fonts_and_colours_of_its_own(
    sheets: dict[Split, tuple[Sheet, ...]],
) -> None:
    # The last family only stands in for what the others lack.
    fonts = {
        split: {font for sheet in sheets[split] for font in sheet.style.table_font[:-1]}
        for split in sheets
    }
    fills = {split: {sheet.style.fill for sheet in sheets[split]} - {None} for split in sheets}
    assert len(fonts["train"]) > 6
    assert len(fonts["measure"]) > 4
    assert not fonts["train"] & fonts["measure"]
    assert fills["train"]
    assert not fills["train"] & fills["measure"]


def test_printed_values_stand_in_cells(sheets: dict[Split, tuple[Sheet, ...]]) -> None:
    for sheet in every(sheets):
        cells = Counter(
            cell.text
            for table in tables_of(sheet)
            for cell in table.grid.cells
            if cell.role == "value"
        )
        assert Counter(sheet.values.values()) <= cells


def test_a_row_left_out_heads_its_parts_without_a_number() -> None:
    (form,) = (form for form in FORMS if form.id == "2014")
    lists = 0
    for seed in range(60):
        sheet = draw_sheet(form, seed, "train")
        rows = [
            {cell.role: cell.text for cell in table.grid.cells if cell.row == row}
            for table in tables_of(sheet)
            for row in range(1, table.grid.rows)
        ]
        headings = {row["label"] for row in rows if row.get("header") == NO_NUMBER}
        received = {label for label in headings if "收到申请数" in label}
        if received:
            lists += 1
            assert sheet.values["s.received"] == NO_NUMBER
            assert "s.received_in_person" in sheet.values or "s.received_fax" in sheet.values
    assert lists


def test_looks_differ(sheets: dict[Split, tuple[Sheet, ...]]) -> None:
    styles = [sheet.style for sheet in every(sheets)]
    assert {style.landscape for style in styles} == {True, False}
    assert {style.align for style in styles} == {"left", "center", "right"}
    assert {style.seal for style in styles} == {"none", "date", "table"}
    assert {style.vertical_labels for style in styles} == {True, False}
    assert {style.web_title is None for style in styles} == {True, False}
    assert {"full", "three_line", "none"} <= {style.ruling for style in styles}
    assert min(style.table_size for style in styles) < 6


def test_tables_go_on_anywhere_with_and_without_their_header_again(
    sheets: dict[Split, tuple[Sheet, ...]],
) -> None:
    repeated, kept = set(), set()
    for sheet in every(sheets):
        for before, between, after in zip(
            sheet.parts, sheet.parts[1:], sheet.parts[2:], strict=False
        ):
            match before, between, after:
                case Table(), PageBreak(), Table():
                    repeated.add(after.grid.header_rows > 0)
                    kept.add(before.grid.rows)
                    assert before.grid.widths == after.grid.widths
                case _:
                    pass
    assert repeated == {True, False}
    assert len(kept) > 4


def test_columns_are_of_other_widths_in_other_reports(
    sheets: dict[Split, tuple[Sheet, ...]],
) -> None:
    widths = {table.grid.widths for sheet in every(sheets) for table in tables_of(sheet)}
    assert len(widths) > COUNT


def test_notes_stand_in_some_cells_and_are_true(sheets: dict[Split, tuple[Sheet, ...]]) -> None:
    noted = {
        split: {
            text.lstrip("0123456789")
            for sheet in sheets[split]
            for text in sheet.values.values()
            if "（" in text or text.endswith(("①", "②", "*"))
        }
        for split in sheets
    }
    assert noted["train"]
    assert noted["measure"]
    assert not noted["train"] & noted["measure"]


def test_units_stand_in_labels(sheets: dict[Split, tuple[Sheet, ...]]) -> None:
    labels = {
        cell.text
        for sheet in every(sheets)
        for table in tables_of(sheet)
        for cell in table.grid.cells
        if cell.role in ("label", "header")
    }
    assert any(
        label.endswith(("（件）", "（单位：件）", "（单位：个）", "/件")) for label in labels
    )


def test_neighbouring_numbers_share_no_figures(sheets: dict[Split, tuple[Sheet, ...]]) -> None:
    for one, other in pairwise(sheets["train"]):
        assert one.pdf != other.pdf
