"""The dynamic programme against brute force: every alignment, summed one by one."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import logsumexp

from pipeline.alignment import Weights, align, log_evidence

Floats = NDArray[np.float64]


def every_alignment(
    weights: Weights, i: int = 0, j: int = 0
) -> Iterator[tuple[float, frozenset[tuple[int, int, int]]]]:
    """All ways from (i, j) on, seen items being skipped before expected ones."""
    expected = weights.scores.shape[2]
    if j == expected:
        yield float(weights.skip_seen[i:].sum()), frozenset()
        return
    for weight, pairs in every_alignment(weights, i, j + 1):
        yield weight + float(weights.skip_expected[j]), pairs
    for skipped, first in spans(weights, i, j):
        for weight, pairs in every_alignment(weights, first[1] + first[2], j + 1):
            yield skipped + weight, pairs | {first}
    if j + 1 < expected:
        for skipped, first in spans(weights, i, j + 1):
            for more, second in spans(weights, first[1] + first[2], j):
                own = skipped + more + float(weights.swap[j])
                for weight, pairs in every_alignment(weights, second[1] + second[2], j + 2):
                    yield own + weight, pairs | {first, second}


def spans(weights: Weights, i: int, j: int) -> Iterator[tuple[float, tuple[int, int, int]]]:
    """Where item j may stand from i on, what is before it being skipped."""
    lengths, seen, _ = weights.scores.shape
    for k in range(i, seen):
        for length in range(1, min(lengths, seen - k) + 1):
            own = float(weights.skip_seen[i:k].sum() + weights.scores[length - 1, k, j])
            yield own, (j, k, length)


amounts = st.floats(-4, 4)


@st.composite
def problems(draw: st.DrawFn) -> Weights:
    seen, expected = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    scores = np.array(
        draw(st.lists(amounts, min_size=2 * seen * expected, max_size=2 * seen * expected))
    ).reshape(2, seen, expected)
    scores[1, seen - 1] = -np.inf
    swaps = st.just(-np.inf) | amounts
    return Weights(
        scores,
        np.array(draw(st.lists(amounts, min_size=seen, max_size=seen))),
        np.array(draw(st.lists(amounts, min_size=expected, max_size=expected))),
        np.array(draw(st.lists(swaps, min_size=expected - 1, max_size=expected - 1))),
    )


def unique(weights: Weights) -> list[tuple[float, frozenset[tuple[int, int, int]]]]:
    """Each alignment once: skipped items have no order of their own."""
    best = {pairs: weight for weight, pairs in every_alignment(weights)}
    return [(weight, pairs) for pairs, weight in best.items()]


def in_order(scores: Floats, skip_seen: float, skip_expected: float) -> Weights:
    """Weights that allow no swap."""
    _, seen, expected = scores.shape
    swap = np.full(expected - 1, -np.inf)
    return Weights(scores, np.full(seen, skip_seen), np.full(expected, skip_expected), swap)


@settings(max_examples=60, deadline=None)
@given(problems())
def test_evidence_and_posteriors_are_those_of_summing_every_alignment(
    problem: Weights,
) -> None:
    ways = unique(problem)
    total = logsumexp([weight for weight, _ in ways])
    alignment = align(problem)
    for match in alignment.matches:
        triple = (match.expected, match.first, match.length)
        with_it = [weight for weight, pairs in ways if triple in pairs]
        assert match.probability == pytest.approx(np.exp(logsumexp(with_it) - total), abs=1e-9)
    for expected, absent in enumerate(alignment.absent):
        without = [w for w, pairs in ways if all(pair[0] != expected for pair in pairs)]
        assert absent == pytest.approx(np.exp(logsumexp(without) - total), abs=1e-9)
    assert log_evidence(problem) == pytest.approx(total, abs=1e-9)


def test_a_missing_row_is_left_out_and_what_follows_does_not_slide() -> None:
    scores = np.full((1, 3, 4), -5.0)
    for seen, expected in ((0, 0), (1, 1), (2, 3)):
        scores[0, seen, expected] = 5.0
    alignment = align(in_order(scores, -3.0, -3.0))
    assert [(match.first, match.expected) for match in alignment.matches] == [
        (0, 0),
        (1, 1),
        (2, 3),
    ]
    assert alignment.absent[2] > 0.99


def test_a_wrapped_label_takes_both_its_lines() -> None:
    scores = np.full((2, 2, 1), -1.0)
    scores[1, 0, 0] = 6.0
    scores[1, 1, 0] = -np.inf
    (match,) = align(in_order(scores, -1.0, -3.0)).matches
    assert (match.first, match.length) == (0, 2)
    assert match.probability > 0.99


def test_two_neighbours_that_changed_places_are_told_by_their_labels_and_leave_none_out() -> None:
    scores = np.full((1, 5, 4), -5.0)
    for seen, expected in ((0, 0), (1, 2), (3, 1), (4, 3)):
        scores[0, seen, expected] = 5.0
    weights = replace(in_order(scores, -1.0, -3.0), swap=np.array([-np.inf, -4.0, -np.inf]))
    alignment = align(weights)
    assert [(match.first, match.expected) for match in alignment.matches] == [
        (0, 0),
        (1, 2),
        (3, 1),
        (4, 3),
    ]
    assert alignment.absent.max() < 0.01


def test_neighbours_whose_labels_nobody_can_read_may_have_changed_places() -> None:
    scores = np.full((1, 2, 2), 1.0)
    alignment = align(replace(in_order(scores, -9.0, -9.0), swap=np.array([-4.0])))
    assert [match.expected for match in alignment.matches] == [0, 1]
    swapped = np.exp(-4.0) / (1.0 + np.exp(-4.0))
    assert alignment.matches[0].probability == pytest.approx(1.0 - swapped, abs=1e-6)
