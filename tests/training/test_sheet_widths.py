"""Columns of other widths: never narrower than the figures in them."""

import numpy as np
from numpy.random import default_rng

from forms.form import load_forms
from training.sheet_grid import Wording, build_grid, cut_grid, plain_grid
from training.sheet_markup import PageBreak, Paragraph, SheetStyle, Table
from training.sheet_widths import vary_widths

STYLE = SheetStyle(table_size=12.0)
WIDTH = 470.0
"""Points between the margins of an upright A4 page."""
GRID = build_grid(load_forms()[2].tables[1], {}, Wording())


def widths_of(table: Table, seed: int) -> tuple[float, ...]:
    (varied,) = vary_widths([table], STYLE, default_rng(seed))
    assert isinstance(varied, Table)
    return varied.grid.widths


def test_a_seed_gives_the_same_widths_again() -> None:
    table = Table(GRID)
    assert widths_of(table, 3) == widths_of(table, 3)
    assert widths_of(table, 3) != widths_of(table, 4)


def test_long_figures_have_room_in_their_columns() -> None:
    grid = plain_grid(("a", "b", "c", "d"), (("1", "12345678", "0", "1,234,567.89"),))
    for seed in range(20):
        shares = np.array(widths_of(Table(grid), seed))
        points = shares / shares.sum() * WIDTH
        # Most fonts' digits are half an em wide.
        assert points[1] > 8 * 6
        assert points[3] > 12 * 6


def test_figures_that_cannot_all_have_room_share_what_there_is() -> None:
    grid = plain_grid(("a", "b"), (("1" * 100, "2" * 50),))
    shares = widths_of(Table(grid), 1)
    assert shares[0] > shares[1] > 0


def test_parts_of_a_cut_table_stay_in_line() -> None:
    top, bottom = cut_grid(GRID, 9, repeat_header=False, repeat_labels=False)
    first, _, second = vary_widths([Table(top), PageBreak(), Table(bottom)], STYLE, default_rng(2))
    assert isinstance(first, Table)
    assert isinstance(second, Table)
    assert first.grid.widths == second.grid.widths


def test_what_is_no_table_stays() -> None:
    parts = (Paragraph("无"), PageBreak())
    assert tuple(vary_widths(parts, STYLE, default_rng(1))) == parts
