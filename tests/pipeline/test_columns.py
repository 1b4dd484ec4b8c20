"""Columns of cells → the form's columns, one to one and with probabilities."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline.columns import Columns, place_cells, share_out
from pipeline.types import Box, Candidate, Cell, Reading

Floats = NDArray[np.float64]


def reading(x: float, text: str = "0") -> Reading:
    cell = Cell(0, 0, 1, 1, Box(x - 40, 0, x + 40, 20), (), touched=False)
    return Reading(cell, 1, text, (Candidate(text, 0.9),), "read")


COLUMNS = Columns(
    np.array([100.0, 200.0, 300.0]), 100.0, {0: 0, 1: 1, 2: 2}, {0: 1.0, 1: 1.0, 2: 1.0}
)


@st.composite
def scores(draw: st.DrawFn) -> Floats:
    rows, columns = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    numbers = st.floats(-9, 9)
    drawn = draw(st.lists(numbers, min_size=rows * columns, max_size=rows * columns))
    return np.array(drawn).reshape(rows, columns)


@settings(max_examples=60, deadline=None)
@given(scores())
def test_no_column_is_shared_out_more_than_once(given: Floats) -> None:
    shares = share_out(given)
    assert (shares >= 0.0).all()
    assert shares.sum(axis=0).max() <= 1.0 + 1e-9 or shares.shape[0] < shares.shape[1]
    assert shares.sum(axis=1).max() <= 1.0 + 1e-9 or shares.shape[1] < shares.shape[0]


def test_shares_are_like_those_of_all_assignments() -> None:
    given = np.random.default_rng(1).normal(0.0, 2.0, (4, 4))
    weights = {p: float(np.exp(given[range(4), p].sum())) for p in permutations(range(4))}
    exact = np.zeros((4, 4))
    for order, weight in weights.items():
        exact[range(4), order] += weight / sum(weights.values())
    assert np.abs(share_out(given) - exact).max() < 0.2


def test_equal_columns_share_alike_and_one_that_stands_out_takes_all() -> None:
    assert share_out(np.zeros((2, 2))) == pytest.approx(0.5)
    sure = share_out(np.array([[20.0], [0.0], [0.0]]))
    assert sure[0, 0] == pytest.approx(1.0, abs=1e-6)


def test_a_cell_goes_to_the_nearest_column_and_a_far_one_to_none() -> None:
    near, far = reading(203), reading(460)
    placed = place_cells([near, far], COLUMNS)
    assert placed == {1: (near, 1.0)}


def test_a_missing_cell_lets_no_other_slide() -> None:
    first, last = reading(100), reading(300)
    placed = place_cells([first, last], COLUMNS)
    assert {index: cell for index, (cell, _) in placed.items()} == {0: first, 2: last}


def test_of_two_halves_the_one_with_print_is_taken() -> None:
    empty, half = reading(185, ""), reading(230)
    placed = place_cells([reading(100), empty, half, reading(300)], COLUMNS)
    assert placed[1][0] is half


def test_a_cell_between_two_columns_is_not_sure() -> None:
    ((_, sure),) = place_cells([reading(245)], COLUMNS).values()
    assert sure < 1.0
