"""The dynamic programme against brute force: every alignment, summed one by one."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import logsumexp

from pipeline.alignment import align, log_evidence

Floats = NDArray[np.float64]


def every_alignment(
    scores: Floats, skip_seen: Floats, skip_expected: Floats, i: int = 0, j: int = 0
) -> Iterator[tuple[float, frozenset[tuple[int, int, int]]]]:
    """All ways from (i, j) on, seen items being skipped before expected ones."""
    lengths, seen, expected = scores.shape
    if j == expected:
        yield float(skip_seen[i:].sum()), frozenset()
        return
    for k in range(i, seen + 1):
        skipped = float(skip_seen[i:k].sum())
        for weight, pairs in every_alignment(scores, skip_seen, skip_expected, k, j + 1):
            if k == i:
                yield weight + float(skip_expected[j]), pairs
        for length in range(1, lengths + 1):
            if k + length <= seen:
                rest = every_alignment(scores, skip_seen, skip_expected, k + length, j + 1)
                for weight, pairs in rest:
                    own = float(scores[length - 1, k, j])
                    yield skipped + own + weight, pairs | {(j, k, length)}


weights = st.floats(-4, 4)


@st.composite
def problems(draw: st.DrawFn) -> tuple[Floats, Floats, Floats]:
    seen, expected = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    scores = np.array(
        draw(st.lists(weights, min_size=2 * seen * expected, max_size=2 * seen * expected))
    ).reshape(2, seen, expected)
    scores[1, seen - 1] = -np.inf
    return (
        scores,
        np.array(draw(st.lists(weights, min_size=seen, max_size=seen))),
        np.array(draw(st.lists(weights, min_size=expected, max_size=expected))),
    )


def unique(
    scores: Floats, skip_seen: Floats, skip_expected: Floats
) -> list[tuple[float, frozenset[tuple[int, int, int]]]]:
    """Each alignment once: skipped items have no order of their own."""
    best: dict[frozenset[tuple[int, int, int]], float] = {}
    for weight, pairs in every_alignment(scores, skip_seen, skip_expected):
        best[pairs] = weight
    return [(weight, pairs) for pairs, weight in best.items()]


@settings(max_examples=60, deadline=None)
@given(problems())
def test_evidence_and_posteriors_are_those_of_summing_every_alignment(
    problem: tuple[Floats, Floats, Floats],
) -> None:
    ways = unique(*problem)
    total = logsumexp([weight for weight, _ in ways])
    alignment = align(*problem)
    for match in alignment.matches:
        triple = (match.expected, match.first, match.length)
        with_it = [weight for weight, pairs in ways if triple in pairs]
        assert match.probability == pytest.approx(np.exp(logsumexp(with_it) - total), abs=1e-9)
    for expected, absent in enumerate(alignment.absent):
        without = [w for w, pairs in ways if all(pair[0] != expected for pair in pairs)]
        assert absent == pytest.approx(np.exp(logsumexp(without) - total), abs=1e-9)
    assert log_evidence(*problem) == pytest.approx(total, abs=1e-9)


def test_a_missing_row_is_left_out_and_what_follows_does_not_slide() -> None:
    scores = np.full((1, 3, 4), -5.0)
    for seen, expected in ((0, 0), (1, 1), (2, 3)):
        scores[0, seen, expected] = 5.0
    alignment = align(scores, np.full(3, -3.0), np.full(4, -3.0))
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
    (match,) = align(scores, np.full(2, -1.0), np.full(1, -3.0)).matches
    assert (match.first, match.length) == (0, 2)
    assert match.probability > 0.99
