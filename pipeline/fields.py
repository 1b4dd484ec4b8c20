"""Cells → fields of the form.

The rows of all tables of a report are aligned, in reading order and over page breaks,
with the rows that the form prescribes; within a row, cells go to columns by their
headers and their order. The form is the one that aligns best.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.special import logsumexp

from forms.form import Column, Field, Form
from pipeline.alignment import Match, align, log_evidence
from pipeline.rows import (
    ExpectedRow,
    SeenRow,
    expect_rows,
    fold,
    is_label,
    score_rows,
    see_rows,
    similarity,
    skip_costs,
    values_of,
)
from pipeline.types import Box, Candidate, FieldReading, Reading, Table

# A document of which less than this share of the form's rows is found is of another
# kind; a report with its largest table cut off still has more.
_ROWS_AT_LEAST = 0.2
_LABEL_AGREES = 0.6
# How far a column's place weighs against its header's wording (similarity, 0 to 1).
_PLACE_WEIGHT = 0.35
_UNSURE_COLUMN = 0.8
# Without rules a lost digit and an empty cell look the same.
_EMPTY_TRUST = 0.9


@dataclass(frozen=True, slots=True)
class FormFit:
    """A form laid over a report's tables.

    Attributes:
        form: The form that aligns best.
        confidence: Its probability among the forms known.
        fields: One per field of the form, in its order.
        missing_rows: Labels of the form's rows that were not found.
    """

    form: Form
    confidence: float
    fields: tuple[FieldReading, ...]
    missing_rows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Placed:
    """A row of the form and what stands where it was found."""

    expected: ExpectedRow
    values: tuple[Reading, ...]
    unit: str | None
    table: int
    ruled: bool
    probability: float


@dataclass(frozen=True, slots=True, eq=False)
class _Columns:
    """Columns of cells in one part of a table.

    Attributes:
        middles: float64 (columns,): x, pixels.
        indices: The form's column of each, by index.
        probability: How sure that is.
    """

    middles: NDArray[np.float64]
    indices: Mapping[int, int]
    probability: float


def fit_form(
    tables: Sequence[Table],
    readings: Sequence[Sequence[Reading]],
    forms: Sequence[Form],
) -> FormFit | None:
    """Find the form of a report and the cell of each of its fields.

    Args:
        tables: Of all pages, in reading order.
        readings: For each table its cells' readings.
        forms: The forms known.

    Returns:
        The fit; None when the tables are of none of the forms.
    """
    units = frozenset(fold(field.unit) for form in forms for field in form.fields if field.unit)
    seen = see_rows(tables, readings, units)
    if not seen:
        return None
    expected = [expect_rows(form) for form in forms]
    scored = [score_rows(seen, rows) for rows in expected]
    evidence = [
        log_evidence(scores, *skip_costs(seen, rows))
        for (scores, _), rows in zip(scored, expected, strict=True)
    ]
    best = int(np.argmax(evidence))
    confidence = float(np.exp(evidence[best] - logsumexp(evidence)))
    form, rows, (scores, wordings) = forms[best], expected[best], scored[best]
    alignment = align(scores, *skip_costs(seen, rows))
    if not _is_form(alignment.matches, rows, wordings):
        return None
    placed = [
        _place(match, rows, seen) for match in alignment.matches if rows[match.expected].fields
    ]
    absent = {
        field.id: float(probability)
        for row, probability in zip(rows, alignment.absent, strict=True)
        for field in row.fields
    }
    found = {reading.field: reading for reading in _fill_parts(placed, readings)}
    fields = tuple(
        found.get(field.id, FieldReading(field.id, None, absent[field.id], field.unit))
        for field in form.fields
    )
    present = {row.expected.fields for row in placed}
    missing = tuple(row.label for row in rows if row.fields and row.fields not in present)
    return FormFit(form, confidence, fields, missing)


def _is_form(
    matches: Sequence[Match], rows: Sequence[ExpectedRow], wordings: NDArray[np.float64]
) -> bool:
    named = [row for row in rows if row.fields and row.wordings]
    agreeing = sum(
        bool(rows[match.expected].fields)
        and wordings[match.length - 1, match.first, match.expected] >= _LABEL_AGREES
        for match in matches
    )
    return bool(agreeing >= _ROWS_AT_LEAST * len(named))


def _place(match: Match, rows: Sequence[ExpectedRow], seen: Sequence[SeenRow]) -> _Placed:
    span = seen[match.first : match.first + match.length]
    unit = next((row.unit for row in span if row.unit), None)
    return _Placed(
        rows[match.expected], values_of(span), unit, span[0].table, span[0].ruled, match.probability
    )


def _fill_parts(
    placed: Sequence[_Placed], readings: Sequence[Sequence[Reading]]
) -> Iterator[FieldReading]:
    """Columns are told apart once for the rows of a band in one part of a table."""
    parts: dict[tuple[int, Field], list[_Placed]] = defaultdict(list)
    for row in placed:
        if row.values:
            parts[row.table, row.expected.band.rows[0].fields[0]].append(row)
    for (table, _), rows in parts.items():
        columns = _find_columns(rows, readings[table])
        for row in rows:
            yield from _fill_row(row, columns)


def _find_columns(rows: Sequence[_Placed], readings: Sequence[Reading]) -> _Columns:
    """Which column of the form each column of cells is: by header, then by place."""
    wanted = rows[0].expected.band.columns
    count = Counter(len(row.values) for row in rows).most_common(1)[0][0]
    complete = [row.values for row in rows if len(row.values) == count]
    middles = np.median([[_middle(value) for value in row] for row in complete], axis=0)
    top = min(float(value.cell.box.top) for row in rows for value in row.values)
    worded = np.array(
        [
            [_agreement(_header_over(middle, top, readings), column) for column in wanted]
            for middle in middles
        ]
    )
    here, there = np.arange(count)[:, None] / count, np.arange(len(wanted)) / len(wanted)
    place = _PLACE_WEIGHT * (1.0 - np.abs(here - there))
    same_place = _PLACE_WEIGHT * (np.arange(count)[:, None] == np.arange(len(wanted)))
    cells, columns = linear_sum_assignment(-(worded + place + same_place))
    in_order = count == len(wanted) and bool((cells == columns).all())
    indices = dict(zip(cells.tolist(), columns.tolist(), strict=True))
    return _Columns(middles, indices, 1.0 if in_order else _UNSURE_COLUMN)


def _middle(reading: Reading) -> float:
    return reading.cell.box.center[0]


def _header_over(middle: float, top: float, readings: Sequence[Reading]) -> tuple[str, ...]:
    """Labels over a column, nearest first, and the nearest two joined (a cut header)."""
    over = [
        reading
        for reading in readings
        if is_label(reading.label)
        and reading.cell.box.left < middle < reading.cell.box.right
        and reading.cell.box.center[1] < top
    ]
    over.sort(key=lambda reading: -reading.cell.box.bottom)
    labels = [fold(reading.label) for reading in over[:2]]
    return (*labels, "".join(reversed(labels)))


def _agreement(headers: tuple[str, ...], column: Column) -> float:
    names = [fold(name) for name in column.label.all if name]
    return max((similarity(header, name) for header in headers for name in names), default=0.0)


def _fill_row(row: _Placed, columns: _Columns) -> Iterator[FieldReading]:
    if len(row.values) == len(columns.middles):
        cells = dict(enumerate(row.values))
        sure = columns.probability
    else:
        cells = _nearest(row.values, columns.middles)
        sure = _UNSURE_COLUMN
    for index, column in columns.indices.items():
        field = row.expected.fields[column]
        reading = cells.get(index)
        if reading is None and not row.ruled:
            reading = _empty_cell(row.values[0], columns, index)
        if reading is not None:
            yield FieldReading(field.id, reading, row.probability * sure, row.unit or field.unit)


def _empty_cell(beside: Reading, columns: _Columns, index: int) -> Reading:
    """The cell of a row without rules in which nothing is printed."""
    middle, like = columns.middles[index], beside.cell.box
    box = Box(middle - like.width / 2, like.top, middle + like.width / 2, like.bottom)
    cell = replace(beside.cell, column=index, box=box, runs=(), touched=False)
    return Reading(cell, beside.page, "", (Candidate("", _EMPTY_TRUST),), beside.source)


def _nearest(values: Sequence[Reading], middles: NDArray[np.float64]) -> dict[int, Reading]:
    """Give each cell the column whose middle is nearest, no column twice."""
    here = np.array([_middle(reading) for reading in values])
    cells, columns = linear_sum_assignment(np.abs(here[:, None] - middles[None, :]))
    return {int(column): values[cell] for cell, column in zip(cells, columns, strict=True)}
