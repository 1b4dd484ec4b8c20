"""Two sequences that should run in step, aligned with probabilities.

A pair hidden Markov model without emission of its own: the caller scores every pair,
skipping either side costs, and so do two expected neighbours that changed places. Forward and
backward sums give the posterior of each pair, the best path the alignment itself (Durbin et al.,
Biological Sequence Analysis, 1998, ch. 4). One expected item may stand on several seen ones (a
wrapped label).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """What speaks for and against each step of an alignment, log weights.

    Attributes:
        scores: float64 (lengths, seen, expected): of expected item j standing on the seen items
            i … i + length of index 0, 1, …; -inf where that is impossible.
        skip_seen: float64 (seen,): of leaving a seen item out.
        skip_expected: float64 (expected,): the same of an expected item.
        swap: float64 (expected - 1,): of item j + 1 standing before item j, with no other expected
            item between them; -inf where that is impossible.
    """

    scores: Scores
    skip_seen: Scores
    skip_expected: Scores
    swap: Scores


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """The best alignment.

    Attributes:
        matches: In the order in which they were seen.
        absent: float64 (expected,): the posterior of each expected item standing nowhere.
        posteriors: float64 (lengths, seen, expected): of every pair, as the scores of `Weights`.
    """

    matches: tuple["Match", ...]
    absent: Scores
    posteriors: Scores


@dataclass(frozen=True, slots=True)
class Match:
    """Expected item `expected` stands on `length` seen items from `first`.

    `probability` is its posterior over all alignments.
    """

    expected: int
    first: int
    length: int
    probability: float


def align(weights: Weights) -> Alignment:
    """Align expected items to runs of seen items, both in order but for swapped neighbours.

    Returns:
        The alignment with the largest sum of posteriors.
    """
    forward, backward = _forward(weights), _backward(weights)
    posterior = _posteriors(weights, forward, backward)
    absent = np.clip(1.0 - posterior.sum(axis=(0, 1)), 0.0, 1.0)
    return Alignment(_best_path(posterior, weights.swap), absent, posterior)


def log_evidence(weights: Weights) -> float:
    """Log of the summed weight of all alignments."""
    return float(_forward(weights)[0][-1, -1])


def _forward(weights: Weights) -> tuple[Scores, Scores]:
    """Logs of the summed weights of all alignments of the first i seen items.

    Between two matches the seen items are skipped before the expected ones, so that
    every alignment is counted once: `open_` holds the ways that may still skip a seen one.

    Returns:
        total: float64 (seen + 1, expected + 1): with the first j expected items.
        half: float64 (seen + 1, expected - 1): with the first j, and j + 1 in the place of j.
    """
    lengths, seen, expected = weights.scores.shape
    total = np.full((seen + 1, expected + 1), -np.inf)
    half = np.full((seen + 1, expected - 1), -np.inf)
    open_ = np.full(expected + 1, -np.inf)
    open_[0] = 0.0
    for i in range(seen + 1):
        if i:
            open_ = open_ + weights.skip_seen[i - 1]
            half[i] = half[i - 1] + weights.skip_seen[i - 1]
        for length in range(1, min(lengths, i) + 1):
            scores = weights.scores[length - 1, i - length]
            begun = total[i - length, :-2] + weights.swap + scores[1:]
            half[i] = np.logaddexp(half[i], begun)
            open_[1:] = np.logaddexp(open_[1:], total[i - length, :-1] + scores)
            open_[2:] = np.logaddexp(open_[2:], half[i - length] + scores[:-1])
        total[i] = _skip_along(open_, weights.skip_expected)
    return total, half


def _backward(weights: Weights) -> tuple[Scores, Scores]:
    """Logs of the summed weights of all ways on from where `_forward` leads to."""
    lengths, seen, expected = weights.scores.shape
    total = np.full((seen + 1, expected + 1), -np.inf)
    half = np.full((seen + 1, expected - 1), -np.inf)
    for i in range(seen, -1, -1):
        ways = np.full(expected + 1, -np.inf)
        if i == seen:
            ways[-1] = 0.0
        else:
            half[i] = half[i + 1] + weights.skip_seen[i]
        for length in range(1, min(lengths, seen - i) + 1):
            scores = weights.scores[length - 1, i]
            half[i] = np.logaddexp(half[i], scores[:-1] + total[i + length, 2:])
            begun = scores[1:] + weights.swap + half[i + length]
            ways[:-1] = np.logaddexp(ways[:-1], scores + total[i + length, 1:])
            ways[:-2] = np.logaddexp(ways[:-2], begun)
        total[i] = _skip_along(ways[::-1], weights.skip_expected[::-1])[::-1]
        if i < seen:
            total[i] = np.logaddexp(total[i], total[i + 1] + weights.skip_seen[i])
    return total, half


def _skip_along(ways: Scores, skip_expected: Scores) -> Scores:
    """Let any number of expected items be skipped after each way in."""
    cost = np.concatenate(([0.0], np.cumsum(skip_expected)))
    return np.asarray(np.logaddexp.accumulate(ways - cost) + cost)


def _posteriors(
    weights: Weights, forward: tuple[Scores, Scores], backward: tuple[Scores, Scores]
) -> Scores:
    """Of every pair: in order, as the first of two that changed places, as their second."""
    lengths, seen, _ = weights.scores.shape
    (before, before_half), (after, after_half) = forward, backward
    posterior = np.zeros_like(weights.scores)
    for length in range(1, lengths + 1):
        starts = seen - length + 1
        if starts > 0:
            ways = before[:starts, :-1] + after[length:, 1:]
            first = before[:starts, :-2] + weights.swap + after_half[length:]
            second = before_half[:starts] + after[length:, 2:]
            ways[:, 1:] = np.logaddexp(ways[:, 1:], first)
            ways[:, :-1] = np.logaddexp(ways[:, :-1], second)
            scores = weights.scores[length - 1, :starts]
            posterior[length - 1, :starts] = np.exp(scores + ways - before[-1, -1])
    return posterior


def _best_path(posterior: Scores, swap: Scores) -> tuple[Match, ...]:
    """The path with the largest sum.

    A step is 0 along expected, -1 along seen, a match's length, or minus one more than the
    length of the second of two that changed places; a step of `half` is 0 along seen or the
    length of the first.
    """
    lengths, seen, expected = posterior.shape
    best = np.zeros((seen + 1, expected + 1))
    half = np.full((seen + 1, expected - 1), -np.inf)
    step, half_step = np.zeros(best.shape, np.int64), np.zeros(half.shape, np.int64)
    for i in range(1, seen + 1):
        ways, moves = best[i - 1].copy(), np.full(expected + 1, -1)
        half[i] = half[i - 1]
        for length in range(1, min(lengths, i) + 1):
            own = posterior[length - 1, i - length]
            begun = np.where(np.isfinite(swap), best[i - length, :-2] + own[1:], -np.inf)
            half_step[i] = np.where(begun > half[i], length, half_step[i])
            half[i] = np.maximum(half[i], begun)
            _improve(ways[1:], moves[1:], best[i - length, :-1] + own, length)
            _improve(ways[2:], moves[2:], half[i - length] + own[:-1], -length - 1)
        best[i] = np.maximum.accumulate(ways)
        step[i] = np.where(ways == best[i], moves, 0)
    return _trace(step, half_step, posterior)


def _improve(ways: Scores, moves: NDArray[np.int64], others: Scores, move: int) -> None:
    """Take another move where it is better."""
    moves[others > ways] = move
    np.maximum(ways, others, out=ways)


def _trace(
    step: NDArray[np.int64], half_step: NDArray[np.int64], posterior: Scores
) -> tuple[Match, ...]:
    i, j = (size - 1 for size in step.shape)
    matches: list[Match] = []

    def match(expected: int, length: int) -> None:
        probability = min(float(posterior[length - 1, i, expected]), 1.0)
        if probability > 0.0:
            matches.append(Match(expected, i, length, probability))

    while i or j:
        move = int(step[i, j])
        if move == -1:
            i -= 1
        elif move == 0:
            j -= 1
        elif move > 0:
            i, j = i - move, j - 1
            match(j, move)
        else:
            i, j = i + move + 1, j - 2
            match(j, -move - 1)
            while half_step[i, j] == 0:
                i -= 1
            i -= (length := int(half_step[i, j]))
            match(j + 1, length)
    return tuple(reversed(matches))
