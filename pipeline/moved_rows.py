"""Rows that a body moved farther than past a neighbour, which the alignment does not allow."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.special import expit

from pipeline.alignment import Match, Scores
from pipeline.laid_form import LaidForm
from pipeline.rows import SeenRow

# What a row out of order costs, nats: bodies seldom change the form's order.
_MOVED_COST = 4.0
# What it costs one to stand anywhere: as much as its values and label being there gain.
_STRAYED_COST = 9.0


def allow_moves(
    laid: LaidForm, matches: Sequence[Match], posteriors: Scores, seen: Sequence[SeenRow]
) -> list[Match]:
    """Let rows stand farther out of the form's order than the alignment lets them.

    A row may be one that was left out, and what was left out on both sides may belong
    together. Each is as probable as it makes the scores better.
    """
    in_place = _move_to_vacant(laid, matches)
    left_over = tuple(_match_left_over(laid, in_place, seen))
    return [*(_side_with(left_over, one, posteriors) for one in in_place), *left_over]


def _side_with(left_over: Sequence[Match], match: Match, posteriors: Scores) -> Match:
    """A match, made as probable as it is beside rows out of order.

    The alignment holds every row that a match crosses against it: in order, only one of them
    can stand. Where both do, what spoke for the other one no longer speaks against it.
    """
    crossing = (
        other.probability * float(posteriors[0, other.first, other.expected])
        for other in left_over
        if (other.first < match.first) != (other.expected < match.expected)
    )
    return replace(match, probability=min(match.probability + max(crossing, default=0.0), 1.0))


def _move_to_vacant(laid: LaidForm, matches: Sequence[Match]) -> list[Match]:
    vacant = {j for j, row in enumerate(laid.rows) if row.fields}
    vacant -= {match.expected for match in matches}
    moved = []
    for match in matches:
        gains = {j: _gain(laid, match, j) for j in vacant if laid.rows[match.expected].fields}
        best = max(gains, key=lambda j: gains[j], default=match.expected)
        if gains.get(best, 0.0) > _MOVED_COST:
            vacant = vacant - {best} | {match.expected}
            moved.append(replace(match, expected=best, probability=_odds(gains[best])))
        else:
            moved.append(match)
    return moved


def _gain(laid: LaidForm, match: Match, expected: int) -> float:
    """What another expected row for these seen ones adds, the first one being left out."""
    gains = laid.weights.scores[match.length - 1, match.first] - laid.weights.skip_expected
    return float(gains[expected] - gains[match.expected])


def _odds(gain: float) -> float:
    return float(expit(gain - _MOVED_COST))


def _match_left_over(
    laid: LaidForm, matches: Sequence[Match], seen: Sequence[SeenRow]
) -> Iterator[Match]:
    # A row out of order may have been taken for the heading that it stands beside.
    named = [match for match in matches if laid.rows[match.expected].fields]
    taken = {row for m in named for row in range(m.first, m.first + m.length)}
    rows = [i for i, row in enumerate(seen) if i not in taken and row.values]
    there = {match.expected for match in named}
    wanted = [j for j, row in enumerate(laid.rows) if j not in there and row.fields]
    if not rows or not wanted:
        return
    weights = laid.weights
    gains = weights.scores[0][np.ix_(rows, wanted)] - _STRAYED_COST
    gains -= weights.skip_seen[rows][:, None] + weights.skip_expected[wanted]
    for i, j in zip(*linear_sum_assignment(-np.maximum(gains, 0.0)), strict=True):
        if gains[i, j] > 0.0:
            yield Match(wanted[j], rows[i], 1, float(expit(gains[i, j])))
