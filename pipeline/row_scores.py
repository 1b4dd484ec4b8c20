"""How well rows seen on the pages and rows of the form agree: log weights for the alignment."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process
from scipy.special import logsumexp

from forms.form import Form
from pipeline.opinions import OPINION_EVEN, OPINION_LEAST, Opinions
from pipeline.rows import ExpectedRow, SeenRow, fold, values_of
from pipeline.runs import hull
from pipeline.types import Reading

# A label may wrap over this many lines of print where no rule holds them together.
MOST_LINES: Final = 3
# Log weights, in nats: chosen so that a wording half destroyed by a reader still beats
# leaving a row out, and that one value more or less in a row is forgiven, three are not.
_WORDING_WEIGHT = 9.0
_WORDING_EVEN = 0.35
_SAME_COUNT = 2.0
# Where so many values stand in a row, it may be any table's; more tell what row it is.
_ANY_ROW, _PER_FURTHER = 7, 0.75
# A value too many or too few costs 1, one more of many so much.
_FEW_OFF, _PER_MORE_OFF = 4.0, 0.75
_NO_CELLS = -7.0
_NO_PRINT = -4.0
_VALUES_IN_HEADING = -3.0
_UNNAMED = 1.0
_LONGER = -0.7
# Without rules a label's line and its values' may differ; at one height they are no two rows.
_TORN = -3.0
_AT_ONE_HEIGHT = 0.3
_SKIP_LABELS = -0.4
_SKIP_VALUES = -3.5
_SKIP_HEADING = -0.3
_SKIP_ROW = -3.5
# Bodies seldom change the form's order, and then mostly of two neighbours below one heading.
_SWAPPED = -6.0
# The classifier's say beside that of the labels.
_OPINION_WEIGHT = 1.5
# As many numbers in one row stand in tables alone, and there in rows of values: that it is no row
# of the form costs more than a label that nobody can read.
_FULL_ROW, _FULL_ROW_OUT = 5, -6.0


def score_rows(
    seen: Sequence[SeenRow], expected: Sequence[ExpectedRow]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Log weights for `align`, and the similarity of wordings behind them.

    Returns:
        scores: float64 (MOST_LINES, seen, expected), nats.
        wordings: Same shape, 0 to 1.
    """
    shape = (MOST_LINES, len(seen), len(expected))
    scores, wordings = np.full(shape, -np.inf), np.zeros(shape)
    wanted = np.array([len(row.fields) for row in expected])
    named = np.array([bool(row.wordings) for row in expected])
    torn = _TORN * np.array([_are_one_row(*pair) for pair in pairwise(seen)] + [False])
    for length in range(1, MOST_LINES + 1):
        starts = len(seen) - length + 1
        if starts < 1:
            break
        spans = [seen[start : start + length] for start in range(starts)]
        worded = _wording_matrix(spans, expected)
        wordings[length - 1, :starts] = worded
        count = np.array([[len(values_of(span))] for span in spans])
        off = np.abs(count - wanted)
        off = np.where(off <= _FEW_OFF, off, _FEW_OFF + _PER_MORE_OFF * (off - _FEW_OFF))
        enclosed = np.array([[span[0].ruled] for span in spans])
        none = np.where(enclosed, _NO_CELLS, _NO_PRINT)
        alike = _SAME_COUNT + _PER_FURTHER * np.maximum(wanted - _ANY_ROW, 0)
        with_fields = np.where(count == 0, none, alike - off)
        in_heading = np.array([[_heading_cost(values_of(span))] for span in spans])
        agree = np.where(wanted > 0, with_fields, in_heading)
        has_label = np.array([[any(row.labels for row in span)] for span in spans])
        wording = _WORDING_WEIGHT * (worded - _WORDING_EVEN)
        wording = np.where(named & has_label, wording, np.where(named | has_label, -1.0, _UNNAMED))
        allowed = np.array([[_one_line_of_values(span)] for span in spans])
        ends = torn[length - 1 :] + np.roll(torn, 1)[:starts]
        total = agree + wording + _LONGER * (length - 1) + ends[:, None]
        scores[length - 1, :starts] = np.where(allowed, total, -np.inf)
    return scores, wordings


def score_opinions(
    opinions: Opinions, form: Form, seen: Sequence[SeenRow], expected: Sequence[ExpectedRow]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What the classifier adds to the scores of `score_rows` and the costs of seen rows.

    A row's opinion is the mean of its values'. The values of a form that the classifier
    has never seen are of no row it knows, wherever they stand.

    Returns:
        scores: float64 (MOST_LINES, seen, expected), nats.
        skips: float64 (seen,), nats.
    """
    logs = np.maximum(opinions.posteriors.rows, OPINION_LEAST) - OPINION_EVEN
    among = np.maximum(_among_rows(opinions.posteriors.rows), OPINION_LEAST) - OPINION_EVEN
    known = form.id in opinions.forms
    asked = [
        opinions.rows.get(f"{row.table}.{row.fields[0].row}", 0) if row.fields and known else 0
        for row in expected
    ]
    scores = np.zeros((MOST_LINES, len(seen), len(expected)))
    skips = np.zeros(len(seen))
    for length in range(1, MOST_LINES + 1):
        for start in range(len(seen) - length + 1):
            values = values_of(seen[start : start + length])
            if values:
                said = among if known and _is_full(values) else logs
                mean = said[[opinions.places[value] for value in values]].mean(axis=0)
                scores[length - 1, start] = _OPINION_WEIGHT * mean[asked]
                if length == 1:
                    skips[start] = _OPINION_WEIGHT * mean[0]
    return scores, skips


def _among_rows(logs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of which row each cell is, given that it is of one: that it is of none speaks no more."""
    among = logs[:, 1:] - logsumexp(logs[:, 1:], axis=1, keepdims=True)
    return np.hstack((np.minimum(logs[:, :1], OPINION_EVEN), among))


def _is_full(values: Sequence[Reading]) -> bool:
    """Whether so many numbers stand in a row that it is one of a form's, whatever its label."""
    return sum(any(c.isdigit() for c in value.label) for value in values) >= _FULL_ROW


def _wording_matrix(
    spans: Sequence[Sequence[SeenRow]], expected: Sequence[ExpectedRow]
) -> NDArray[np.float64]:
    """Best similarity of each span's label to each expected row's wordings."""
    choices = [wording for row in expected for wording in row.wordings or ("",)]
    owners = np.array([i for i, row in enumerate(expected) for _ in row.wordings or ("",)])
    last = [fold("".join(row.labels[-1] for row in span if row.labels)) for span in spans]
    whole = [fold("".join("".join(row.labels) for row in span)) for span in spans]
    alike = np.maximum(
        process.cdist(last, choices, scorer=fuzz.ratio),
        process.cdist(whole, choices, scorer=fuzz.ratio),
    )
    best = np.zeros((len(spans), len(expected)))
    for column, owner in enumerate(owners):
        np.maximum(best[:, owner], alike[:, column] / 100, out=best[:, owner])
    return best


def _one_line_of_values(span: Sequence[SeenRow]) -> bool:
    """A wrapped label stands beside one line of values, where no rule parts the lines."""
    filled = sum(any(reading.label for reading in row.values) for row in span)
    together = len({row.table for row in span}) == 1 and not span[0].ruled
    return len(span) == 1 or (filled <= 1 and together)


def _are_one_row(upper: SeenRow, lower: SeenRow) -> bool:
    """Whether of two lines without rules one has a label and the other values at its height."""
    if upper.ruled or upper.table != lower.table or bool(upper.values) == bool(lower.values):
        return False
    named, values = (upper.named, lower.values) if lower.values else (lower.named, upper.values)
    if named is None:
        return False
    box = hull([value.cell.box for value in values])
    shared = min(named.bottom, box.bottom) - max(named.top, box.top)
    # Left of it stands part of a label that is written downwards.
    return named.right < box.right and shared > _AT_ONE_HEIGHT * min(named.height, box.height)


def skip_costs(
    seen: Sequence[SeenRow], expected: Sequence[ExpectedRow]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Log weights of leaving out a seen row and an expected row, nats."""
    of_expected = [_SKIP_ROW if row.fields else _SKIP_HEADING for row in expected]
    return np.array([_skip_cost(row) for row in seen]), np.array(of_expected, dtype=np.float64)


def _heading_cost(values: Sequence[Reading]) -> float:
    if not values:
        return 0.0
    return _FULL_ROW_OUT if _is_full(values) else _VALUES_IN_HEADING


def _skip_cost(row: SeenRow) -> float:
    if _is_full(row.values):
        return _FULL_ROW_OUT
    return _SKIP_VALUES if any(value.label for value in row.values) else _SKIP_LABELS


def swap_costs(expected: Sequence[ExpectedRow]) -> NDArray[np.float64]:
    """Log weights of each expected row and the next having changed places, nats.

    Where a heading or a header stands between two, they have not.
    """
    pairs = [bool(one.fields and other.fields) for one, other in pairwise(expected)]
    return np.where(pairs, _SWAPPED, -np.inf)
