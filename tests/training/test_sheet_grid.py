"""The tables of the forms as printed grids."""

from collections.abc import Mapping

import numpy as np
import pytest

from forms.form import Form, load_forms
from training.sheet_grid import Grid, Wording, build_grid, cut_grid, plain_grid

FORMS = {form.id: form for form in load_forms()}
TABLES = [(form, table) for form in FORMS.values() for table in form.tables]


def _numbered(form: Form) -> Mapping[str, str]:
    return {field.id: f"v{number}" for number, field in enumerate(form.fields)}


def _is_tiled(grid: Grid) -> bool:
    seen = np.zeros((grid.rows, len(grid.widths)), np.int64)
    for cell in grid.cells:
        rows = slice(cell.row, cell.row + cell.row_span)
        seen[rows, cell.column : cell.column + cell.column_span] += 1
    return bool((seen == 1).all())


@pytest.mark.parametrize(("form", "table"), TABLES, ids=lambda item: item.id)
def test_cells_tile_every_table_and_hold_every_value(form: Form, table: object) -> None:
    for one in form.tables:
        if one is table:
            values = _numbered(form)
            grid = build_grid(one, values, Wording())
            asked = [field.id for band in one.bands for row in band.rows for field in row.fields]
            printed = [cell.text for cell in grid.cells if cell.text.startswith("v")]
            assert _is_tiled(grid)
            assert sorted(printed) == sorted(values[field] for field in asked)


def test_table_of_applications_has_the_prescribed_shape() -> None:
    grid = build_grid(FORMS["2019"].tables[1], {}, Wording())
    spans = {cell.text: (cell.row_span, cell.column_span) for cell in grid.cells}
    assert (grid.rows, len(grid.widths), grid.header_rows) == (26, 10, 3)
    assert spans["三、本年度办理结果"] == (20, 1)
    assert spans["（三）不予公开"] == (8, 1)
    assert spans["（六）其他处理"] == (1, 2)
    assert spans["申请人情况"] == (1, 7)
    assert spans["自然人"] == (2, 1)


def test_dropped_rows_and_headings_are_gone_and_nothing_else() -> None:
    table = FORMS["2019"].tables[0]
    whole = build_grid(table, {}, Wording())
    wording = Wording(
        dropped_rows=frozenset({"t2.rules"}), headless=frozenset({"第二十条第（六）项"})
    )
    grid = build_grid(table, {}, wording)
    texts = [cell.text for cell in grid.cells]
    assert grid.rows == whole.rows - 3
    assert "规章" not in texts
    assert "第二十条第（六）项" not in texts
    assert "行政处罚" in texts
    assert _is_tiled(grid)


@pytest.mark.parametrize("repeat_header", [True, False])
@pytest.mark.parametrize("repeat_labels", [True, False])
def test_both_parts_of_a_cut_table_are_tiled(*, repeat_header: bool, repeat_labels: bool) -> None:
    grid = build_grid(FORMS["2021"].tables[1], {}, Wording())
    parts = cut_grid(grid, 10, repeat_header=repeat_header, repeat_labels=repeat_labels)
    assert all(map(_is_tiled, parts))
    texts = [cell.text for cell in parts[1].cells]
    assert ("申请人情况" in texts) is repeat_header
    assert ("三、本年度办理结果" in texts) is repeat_labels


def test_a_cut_that_leaves_a_page_empty_is_refused() -> None:
    grid = plain_grid(("a", "b"), (("1", "2"),))
    with pytest.raises(ValueError, match="cannot cut"):
        cut_grid(grid, 2, repeat_header=False, repeat_labels=False)


def test_a_ragged_table_is_refused() -> None:
    with pytest.raises(ValueError, match="as many cells"):
        plain_grid(("a", "b"), (("1",),))
