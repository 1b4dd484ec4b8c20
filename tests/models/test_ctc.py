"""Beam search, held against the sum over every path."""

from collections import defaultdict
from itertools import groupby, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.ctc import best_strings

ALPHABET = ("1", "2")
CLASSES = 1 + len(ALPHABET)


def _sum_paths(frames: NDArray[np.float32]) -> dict[str, float]:
    totals: defaultdict[str, float] = defaultdict(float)
    for path in product(range(CLASSES), repeat=len(frames)):
        text = "".join(ALPHABET[label - 1] for label, _ in groupby(path) if label)
        totals[text] += float(
            np.prod([frame[label] for frame, label in zip(frames, path, strict=True)])
        )
    return totals


# Shares of at least 1 in 19 keep every class above the beam's pruning, and three frames of
# two characters give 9 strings, which fit in the beam: the search is exact.
weights = st.lists(st.integers(1, 9), min_size=CLASSES, max_size=CLASSES)


@given(st.lists(weights, min_size=1, max_size=3))
def test_beam_search_finds_what_all_paths_sum_to(rows: list[list[int]]) -> None:
    counted = np.array(rows, dtype=np.float64)
    frames = (counted / counted.sum(axis=1, keepdims=True)).astype(np.float32)
    totals = _sum_paths(frames)
    found = best_strings(frames, ALPHABET, 20)
    assert {one.text: one.probability for one in found} == pytest.approx(totals, abs=1e-6)
    assert list(found) == sorted(found, key=lambda one: -one.probability)
    assert sum(one.probability for one in found) <= 1 + 1e-6


def test_same_digit_twice_needs_a_blank_between() -> None:
    together = np.array([[0.0, 1.0, 0.0]] * 3, dtype=np.float32)
    apart = together.copy()
    apart[1] = [1.0, 0.0, 0.0]
    assert best_strings(together, ALPHABET, 1)[0].text == "1"
    assert best_strings(apart, ALPHABET, 1)[0].text == "11"


def test_what_went_outside_the_alphabet_is_missing_from_the_probability() -> None:
    frames = np.array([[0.1, 0.2, 0.0]], dtype=np.float32)
    found = best_strings(frames, ALPHABET, 5)
    assert sum(one.probability for one in found) == pytest.approx(0.3)
