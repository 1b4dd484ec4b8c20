"""Which column of the form each column of cells is.

Cells of a band's rows that stand under one another are a column; its header, its place
among the others and the token classifier say which of the form's it is, one to one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from pipeline.headers import agreement, headers_over, is_named, labels_above, labels_before
from pipeline.opinions import OPINION_LEAST, Opinions
from pipeline.rows import ExpectedRow
from pipeline.stacks import SAME_COLUMN, Stacks, hear
from pipeline.types import Illegible, Reading
from pipeline.values import parse_value

# Log weights, in nats, chosen by hand: the header's wording weighs as `pipeline.headers` says.
# The classifier's counts beside it as beside the labels of rows.
_OPINION_WEIGHT = 1.5
# How far a column is from where the form has it, as a share of all; and that it is the
# form's own when none is missing: of bodies that print all, one in a hundred swaps two.
_PLACE_WEIGHT = 2.0
_ORDER_WEIGHT = 3.0
# What headers say at least of two neighbours that they tell apart.
_TOLD_APART = 0.5
# Whether all rows have the column.
_FULL_WEIGHT = 4.0
# Of more columns than the form has, one in which no values are printed is an empty margin or holds
# labels: one with less than such a share of what the fullest has.
_FILLED_WEIGHT, _VALUED_SHARE = 4.0, 0.25
# Where columns are fewer or more than the form's, one that was not seen may be any; a header
# that is the form's to the letter tells, but that a body may leave a column out and not that.
_OTHER_COUNT_TRUST, _NAMED_TRUST = 0.9, 0.995
# Where as many as the form has hold values, one may still be two, and another a stray.
_OUTSIDE_TRUST = 0.99
# Scaled so often, rows and columns sum to nearly one; what is over one is capped.
_SINKHORN_ROUNDS = 50
# Columns that are told apart by their headers have two different ones at least.
_FEWEST_HEADERS = 2
# A column that so few rows have, against the fullest, is none where there are too many.
_STRAY_SHARE = 0.25
# A cell farther from the middle of its column than this share of a column's width is
# not in it; what is farther than the second is not surely in it.
_COLUMN_REACH = 0.75
_COLUMN_SURE = 0.35
_UNSURE_COLUMN = 0.8
# Columns without rules stand this many times as far apart as a usual number is wide.
_PAPER_AROUND = 4.0
# And a column alone is surely wide enough for its longest number, wherever that begins.
_LONG_AROUND = 1.5
# Of two parts of a cell that a stroke parted, the one with print goes before, though it be a
# sliver at its side, over half a column's width off: in squares of that.
_EMPTY_COST = 0.3
# Nor is it left to a column that is none of the form's for the sake of an empty one.
_NOWHERE_COST = 0.6


@dataclass(frozen=True, slots=True)
class PlacedRow:
    """A row of the form and what stands where it was found.

    Attributes:
        expected: The row.
        values: Its value cells from left to right.
        unit: The text of its unit cell, if it has one.
        beside: Any of its cells, to know how high on the page it stands; None for no cell.
        table: Index of the table in reading order.
        ruled: Whether rules enclose it.
        probability: Of it standing there.
        labelled: Whether its label could be read.
    """

    expected: ExpectedRow
    values: tuple[Reading, ...]
    unit: str | None
    beside: Reading | None
    table: int
    ruled: bool
    probability: float
    labelled: bool


@dataclass(frozen=True, slots=True)
class TablePart:
    """The part of a table that holds rows of one band.

    Attributes:
        rows: Of the band, each with values.
        readings: All of that part of the table.
        before: All of the table before it.
    """

    rows: Sequence[PlacedRow]
    readings: Sequence[Reading]
    before: Sequence[Reading]


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Columns of cells in one part of a table.

    Attributes:
        middles: float64 (columns,): x, pixels.
        width: How far apart they are, pixels.
        indices: The form's column of each that has one, by index.
        probabilities: How sure each of these is.
        labelled: Whether headers tell each of these from its neighbours, if it has any.
    """

    middles: NDArray[np.float64]
    width: float
    indices: Mapping[int, int]
    probabilities: Mapping[int, float]
    labelled: Mapping[int, bool]


def find_columns(parts: Sequence[TablePart], opinions: Opinions | None) -> tuple[Columns, ...]:
    """Tell the columns of each part apart.

    Parts of one band whose columns stand alike (a table over several pages) are one
    table: a header that only one of them has speaks for all, though a column be lost in one.

    Args:
        parts: To be told apart, in reading order.
        opinions: The classifier's, of a form that it knows.
    """
    stacked = [_stack(part, opinions) for part in parts]
    return tuple(_assign(hear(one, [two for two in stacked if two is not one])) for one in stacked)


def _assign(stacks: Stacks) -> Columns:
    count, wanted = stacks.headers.shape
    at, places = np.arange(count), count
    valued = stacks.filled[:, 0] > _VALUED_SHARE * stacks.filled.max()
    outside = count > wanted == valued.sum()
    if stacks.places is not None:
        at = stacks.places
    elif outside:
        # An empty margin, or labels that nobody can read, have no place among them.
        at, places = np.where(valued, valued.cumsum() - 1, wanted), wanted
    here, there = at[:, None] / places, np.arange(wanted) / wanted
    same_place = at[:, None] == np.arange(wanted)
    place = (_ORDER_WEIGHT if count == wanted else _PLACE_WEIGHT) * same_place
    place = place - _PLACE_WEIGHT * np.abs(here - there) + _FULL_WEIGHT * stacks.fullness
    if count > wanted:
        place = place + _FILLED_WEIGHT * stacks.filled
    shares = share_out(stacks.headers + stacks.opinions + place)
    pairs = list(zip(*(side.tolist() for side in linear_sum_assignment(-shares)), strict=True))
    trust = np.where(stacks.named, _NAMED_TRUST, _OUTSIDE_TRUST if outside else _OTHER_COUNT_TRUST)
    sure = shares if count == wanted and stacks.places is None else trust * shares
    return Columns(
        stacks.middles,
        stacks.width,
        dict(pairs),
        {cell: float(sure[cell, column]) for cell, column in pairs},
        _find_labelled(pairs, stacks.headers),
    )


def _find_labelled(
    pairs: Sequence[tuple[int, int]], headers: NDArray[np.float64]
) -> dict[int, bool]:
    """Whether headers speak against each column and a neighbour having changed places."""
    labelled = {cell: True for cell, _ in pairs}
    for (one, left), (other, right) in pairwise(sorted(pairs, key=lambda pair: pair[1])):
        told = headers[one, left] + headers[other, right]
        if told - headers[one, right] - headers[other, left] < _TOLD_APART:
            labelled[one] = labelled[other] = False
    return labelled


def share_out(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities of a one-to-one assignment with these log weights.

    Rows and columns are scaled in turn until both sum to one; the longer side to less
    where it has more members than the other (Sinkhorn, 1964).
    """
    few, many = (1, 0) if scores.shape[0] >= scores.shape[1] else (0, 1)
    logs = scores - np.logaddexp.reduce(scores, axis=many, keepdims=True)
    square = scores.shape[0] == scores.shape[1]
    for _ in range(_SINKHORN_ROUNDS):
        over = np.logaddexp.reduce(logs, axis=few, keepdims=True)
        logs = logs - (over if square else np.maximum(over, 0.0))
        logs = logs - np.logaddexp.reduce(logs, axis=many, keepdims=True)
    shares = np.exp(logs)
    capped: NDArray[np.float64] = shares / np.maximum(shares.sum(axis=few, keepdims=True), 1.0)
    return capped


def _stack(part: TablePart, opinions: Opinions | None) -> Stacks:
    rows = part.rows
    band, table = rows[0].expected.band, rows[0].expected.table
    stacks = _stack_values(rows, len(band.columns))
    middles = np.array([np.median([_middle(value) for value in stack]) for stack in stacks])
    top = min(float(value.cell.box.top) for row in rows for value in row.values)
    width = (
        float(np.median(np.diff(middles)))
        if len(stacks) > 1
        else _width_of(stacks[0], ruled=rows[0].ruled)
    )
    labels = labels_above(top, part.readings) or labels_before(
        part.before, middles, width, corner=band.corner is not None
    )
    headers = headers_over(middles, width, labels)
    agreements = np.array(
        [[agreement(over, column) for column in band.columns] for over in headers]
    )
    named = np.array([[is_named(over, column) for column in band.columns] for over in headers])
    said = np.zeros_like(agreements)
    if opinions is not None:
        names = [opinions.columns.get(f"{table}.{column.id}", 0) for column in band.columns]
        logs = np.maximum(opinions.posteriors.columns, OPINION_LEAST)
        means = [logs[[opinions.places[one] for one in stack]].mean(axis=0) for stack in stacks]
        said = _OPINION_WEIGHT * np.array(means)[:, names]
    sizes = np.array([[len(stack)] for stack in stacks])
    return Stacks(
        band=band.rows[0].fields[0].id,
        middles=middles,
        width=width,
        fullness=sizes / sizes.max(),
        filled=np.array([[np.mean([_holds_value(one) for one in stack])] for stack in stacks]),
        headed=len({over for over in headers if over}) >= min(len(headers), _FEWEST_HEADERS),
        headers=agreements,
        opinions=said,
        named=named,
    )


def _stack_values(rows: Sequence[PlacedRow], wanted: int) -> list[list[Reading]]:
    """The values of rows that stand under one another, from left to right.

    The densest place is the first column, and so on with what is left. Where that makes
    more columns than wanted, those of few rows are strays. A row alone that has as many values
    has a column each, however they stand.
    """
    if len(rows) == 1 and len(rows[0].values) == wanted:
        return [[value] for value in rows[0].values]
    values = [value for row in rows for value in row.values]
    left = np.array([_middle(value) for value in values])
    steps = [abs(_middle(b) - _middle(a)) for row in rows for a, b in pairwise(row.values)]
    # Of rows in which this share of the columns is printed, about the same share of the steps
    # lead to the next column and the others farther: the shorter half of them is among the first.
    filled = min(len(values) / (len(rows) * wanted), 1.0)
    reach = SAME_COLUMN * float(np.quantile(steps, filled / 2)) if steps else np.inf
    stacks: list[tuple[float, list[Reading]]] = []
    free = np.arange(len(values))
    while free.size:
        near = np.abs(left[free, None] - left[None, free]) <= reach / 2
        middle = float(np.median(left[free][near[near.sum(axis=1).argmax()]]))
        mine = np.abs(left[free] - middle) <= reach
        stacks.append((middle, [values[index] for index in free[mine]]))
        free = free[~mine]
    most = max(len(stack) for _, stack in stacks)
    strays = len(stacks) > wanted
    kept = [one for one in stacks if not strays or len(one[1]) >= _STRAY_SHARE * most]
    return [stack for _, stack in sorted(kept, key=lambda one: one[0])]


def _width_of(stack: Sequence[Reading], *, ruled: bool) -> float:
    """Of a column alone: its cells', or what their print takes and the paper around it.

    Numbers end at one edge, so that the middle of a long one is off the others'.
    """
    widths = [value.cell.box.width for value in stack]
    width = float(np.median(widths))
    return width if ruled else max(_PAPER_AROUND * width, _LONG_AROUND * max(widths))


def _holds_value(reading: Reading) -> bool:
    """Whether a number or a sign for nothing was read in a cell."""
    return bool(reading.label) and not isinstance(parse_value(reading.label)[0], Illegible)


def _middle(reading: Reading) -> float:
    return reading.cell.box.center[0]


def place_cells(values: Sequence[Reading], columns: Columns) -> dict[int, tuple[Reading, float]]:
    """Give each cell the column whose middle is nearest and how sure that is.

    No column is given twice, and a cell far from every column left gets none. Where two
    cells are nearest to one column, and in it, neither is sure.
    """
    here = np.array([_middle(reading) for reading in values])
    steps = np.abs(here[:, None] - columns.middles[None, :]) / columns.width
    empty = np.array([[not reading.label] for reading in values])
    nowhere = np.array([index not in columns.indices for index in range(len(columns.middles))])
    costs = np.minimum(steps, _COLUMN_REACH) ** 2
    costs += np.where(empty, _EMPTY_COST, _NOWHERE_COST * nowhere)
    cells, indices = linear_sum_assignment(costs)
    # Of columns that are crowded a cell may be within reach of two.
    nearest = steps.argmin(axis=1)
    there = nearest[steps.min(axis=1) < SAME_COLUMN]
    rivals = np.bincount(there, minlength=len(columns.middles)) > 1
    sure = (steps < _COLUMN_SURE) & ~rivals
    return {
        int(index): (values[cell], 1.0 if sure[cell, index] else _UNSURE_COLUMN)
        for cell, index in zip(cells, indices, strict=True)
        if steps[cell, index] < _COLUMN_REACH
    }
