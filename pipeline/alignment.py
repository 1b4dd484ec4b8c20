"""Two sequences that should run in step, aligned with probabilities.

A pair hidden Markov model without emission of its own: the caller scores every pair,
and skipping either side costs. Forward and backward sums give the posterior of each
pair, the best path the alignment itself (Durbin et al., Biological Sequence Analysis,
1998, ch. 4). One expected item may stand on several seen ones (a wrapped label).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """The best alignment.

    Attributes:
        matches: In order.
        absent: float64 (expected,): the posterior of each expected item standing nowhere.
        posteriors: float64 (lengths, seen, expected): of every pair, as `scores` of `align`.
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


def align(scores: Scores, skip_seen: Scores, skip_expected: Scores) -> Alignment:
    """Align expected items to runs of seen items, both in order.

    Args:
        scores: float64 (lengths, seen, expected): log weight of expected item j standing
            on the seen items i … i + length of index 0, 1, …; -inf where that is impossible.
        skip_seen: float64 (seen,): log weight of leaving a seen item out.
        skip_expected: float64 (expected,): the same for an expected item.

    Returns:
        The alignment with the largest sum of posteriors.
    """
    forward = _forward(scores, skip_seen, skip_expected)
    backward = _backward(scores, skip_seen, skip_expected)
    posterior = _posteriors(scores, forward, backward)
    absent = np.clip(1.0 - posterior.sum(axis=(0, 1)), 0.0, 1.0)
    return Alignment(_best_path(posterior), absent, posterior)


def log_evidence(scores: Scores, skip_seen: Scores, skip_expected: Scores) -> float:
    """Log of the summed weight of all alignments; arguments as for `align`."""
    return float(_forward(scores, skip_seen, skip_expected)[-1, -1])


def _forward(scores: Scores, skip_seen: Scores, skip_expected: Scores) -> Scores:
    """Log of the summed weight of all alignments of the first i seen, j expected items.

    Between two matches the seen items are skipped before the expected ones, so that
    every alignment is counted once: `open_` holds the ways that may still skip a seen one.
    """
    lengths, seen, expected = scores.shape
    total = np.full((seen + 1, expected + 1), -np.inf)
    open_ = np.full(expected + 1, -np.inf)
    open_[0] = 0.0
    for i in range(seen + 1):
        if i:
            open_ = open_ + skip_seen[i - 1]
        for length in range(1, min(lengths, i) + 1):
            pair = total[i - length, :-1] + scores[length - 1, i - length]
            open_[1:] = np.logaddexp(open_[1:], pair)
        total[i] = _skip_along(open_, skip_expected)
    return total


def _backward(scores: Scores, skip_seen: Scores, skip_expected: Scores) -> Scores:
    """Log of the summed weight of all ways on from i seen, j expected items, after a match."""
    lengths, seen, expected = scores.shape
    total = np.full((seen + 1, expected + 1), -np.inf)
    for i in range(seen, -1, -1):
        ways = np.full(expected + 1, -np.inf)
        if i == seen:
            ways[-1] = 0.0
        for length in range(1, min(lengths, seen - i) + 1):
            pair = scores[length - 1, i] + total[i + length, 1:]
            ways[:-1] = np.logaddexp(ways[:-1], pair)
        total[i] = _skip_along(ways[::-1], skip_expected[::-1])[::-1]
        if i < seen:
            total[i] = np.logaddexp(total[i], total[i + 1] + skip_seen[i])
    return total


def _skip_along(ways: Scores, skip_expected: Scores) -> Scores:
    """Let any number of expected items be skipped after each way in."""
    cost = np.concatenate(([0.0], np.cumsum(skip_expected)))
    return np.asarray(np.logaddexp.accumulate(ways - cost) + cost)


def _posteriors(scores: Scores, forward: Scores, backward: Scores) -> Scores:
    lengths, seen, _ = scores.shape
    posterior = np.zeros_like(scores)
    for length in range(1, lengths + 1):
        starts = seen - length + 1
        if starts > 0:
            weight = forward[:starts, :-1] + scores[length - 1, :starts] + backward[length:, 1:]
            posterior[length - 1, :starts] = np.exp(weight - forward[-1, -1])
    return posterior


def _best_path(posterior: Scores) -> tuple[Match, ...]:
    """The path with the largest sum; a step is 0 along expected, -1 along seen, or a match."""
    lengths, seen, expected = posterior.shape
    best = np.zeros((seen + 1, expected + 1))
    step = np.zeros((seen + 1, expected + 1), dtype=np.int64)
    for i in range(1, seen + 1):
        ways, moves = best[i - 1].copy(), np.full(expected + 1, -1)
        for length in range(1, min(lengths, i) + 1):
            matched = best[i - length, :-1] + posterior[length - 1, i - length]
            better = matched > ways[1:]
            ways[1:] = np.where(better, matched, ways[1:])
            moves[1:] = np.where(better, length, moves[1:])
        best[i] = np.maximum.accumulate(ways)
        step[i] = np.where(ways == best[i], moves, 0)
    return _trace(step, posterior)


def _trace(step: NDArray[np.int64], posterior: Scores) -> tuple[Match, ...]:
    i, j = (size - 1 for size in step.shape)
    matches = []
    while i or j:
        move = int(step[i, j])
        if move == -1:
            i -= 1
        elif move == 0:
            j -= 1
        else:
            i, j = i - move, j - 1
            probability = min(float(posterior[move - 1, i, j]), 1.0)
            if probability > 0.0:
                matches.append(Match(j, i, move, probability))
    return tuple(reversed(matches))
