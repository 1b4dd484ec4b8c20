"""Where cells stand on a page made without pixels."""

import numpy as np
import pytest
from numpy.random import default_rng

from forms.form import load_forms
from training.sheet_grid import Grid, Wording, build_grid
from training.token_damage import Part
from training.token_layout import NONE, Look, mark, place_grid, print_unruled, unmark
from training.varied_forms import ADDED

FORM = load_forms()[1]
VALUES = {
    field.id: mark(f"row {field.row}", f"column {field.column}", field.id, "12")
    for field in FORM.fields
}
GRID = build_grid(FORM.tables[1], VALUES, Wording())


def placed(seed: int, grid: Grid = GRID) -> tuple[Part, Look]:
    rng = default_rng(seed)
    look = Look.choose(rng, held=False)
    return place_grid(grid, look, rng), look


def test_marks_go_through_a_text_and_back() -> None:
    assert unmark(mark("r", "c", "t.r.c", "7")) == ("r", "c", "t.r.c", "7")
    assert unmark("总计") == (NONE, NONE, NONE, "总计")


@pytest.mark.parametrize(("row", "column"), [(ADDED, "c"), ("r", ADDED)])
def test_what_no_form_has_is_marked_as_nothing(row: str, column: str) -> None:
    assert unmark(mark(row, column, "t.r.c", "7")) == (NONE, NONE, NONE, "7")


def test_a_seed_places_alike() -> None:
    assert placed(3) == placed(3)
    assert placed(3) != placed(4)


@pytest.mark.parametrize("seed", range(5))
def test_placed_cells_tile_their_table(seed: int) -> None:
    part, _ = placed(seed)
    boxes = [cell.box for cell in part.cells]
    whole = (max(box.right for box in boxes) - min(box.left for box in boxes)) * (
        max(box.bottom for box in boxes) - min(box.top for box in boxes)
    )
    assert sum(box.width * box.height for box in boxes) == pytest.approx(whole)
    assert {cell.field_name for cell in part.cells if cell.field_name} == {
        field.id for band in FORM.tables[1].bands for row in band.rows for field in row.fields
    }


@pytest.mark.parametrize("seed", range(5))
def test_rows_are_high_enough_for_a_line_of_print(seed: int) -> None:
    part, look = placed(seed)
    assert min(cell.box.height for cell in part.cells) >= look.print_height


def test_sizes_of_print_for_measuring_are_never_trained_on() -> None:
    def sizes(*, held: bool) -> set[float]:
        return {Look.choose(default_rng(seed), held=held).print_height for seed in range(100)}

    assert not sizes(held=True) & sizes(held=False)


def test_both_orientations_and_tables_without_rules_occur() -> None:
    looks = [Look.choose(default_rng(seed), held=False) for seed in range(100)]
    assert {look.ruled for look in looks} == {True, False}
    assert len({look.page for look in looks}) == 2


@pytest.mark.parametrize("seed", range(5))
def test_without_rules_lines_of_print_are_rows_from_left_to_right(seed: int) -> None:
    part, look = placed(seed)
    printed = print_unruled(part, look, 0.0, default_rng(seed))
    assert all(cell.text for cell in printed.cells)
    for row in range(printed.rows):
        cells = [cell for cell in printed.cells if cell.row == row]
        assert [cell.column for cell in cells] == list(range(len(cells)))
        lefts = [cell.box.left for cell in cells]
        assert lefts == sorted(lefts)
    values = {cell.field_name for cell in part.cells if cell.field_name and cell.text}
    assert values <= {cell.field_name for cell in printed.cells}


def test_specks_name_nothing() -> None:
    part, look = placed(1)
    counts = [
        sum(not cell.field_name for cell in print_unruled(part, look, specks, default_rng(9)).cells)
        for specks in (0.0, 40.0)
    ]
    assert counts[1] > counts[0]
    assert np.isfinite(counts).all()
