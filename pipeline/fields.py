"""Cells → fields of the form.

The rows of all tables of a report are aligned, in reading order and over page breaks,
with the rows that the form prescribes; within a row, cells go to columns by their
headers and their order. The form is the one that aligns best.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from forms.form import Field, Form
from models.classifier import Classifier
from pipeline.alignment import Alignment, Match, align
from pipeline.columns import Columns, PlacedRow, TablePart, find_columns, place_cells
from pipeline.empty_cells import find_empty_cell, find_strays
from pipeline.kinds import weigh_by_kind
from pipeline.laid_form import LaidForm, lay_form
from pipeline.moved_rows import allow_moves
from pipeline.opinions import Opinions, ask_classifier
from pipeline.rows import ExpectedRow, SeenRow, fold, see_rows, values_of
from pipeline.types import Box, FieldReading, Reading, Table

# A document of which less than this share of the form's rows is found is of another
# kind; a report with its largest table cut off still has more.
_ROWS_AT_LEAST = 0.15
_LABEL_AGREES = 0.6
# A label less like the form's says nothing: those of other rows are often as much like it.
_LABEL_READ = 0.4
# A place is none when the row is so much likelier to stand nowhere. Even odds would
# lose one right place for four or five wrong ones on a wrecked scan, for no gain below.
_LEAST_LIKELY = 0.2
# Rows whose wording agrees, as a share of those prescribed, that outweigh a classifier
# which knows the form and says that this is not it.
_ROWS_BEYOND_DOUBT = 0.6
# The classifier has to know at least so many of the values, by its own probability: on wrecked
# scans it knows few, of an unknown form hardly one.
_KNOWN_AT_LEAST = 0.03
# Who knows most of them, in two tables of the form, needs no rows: a body may leave out the rest.
_MOSTLY_KNOWN, _TABLES_OF_A_FORM = 0.5, 2
# Of a report, however wrecked, some cell is likelier the one that it is taken for than not.
_PLACED_AT_LEAST = 0.5
# Of the usual height of print.
_SPECK_SHARE, _HYPHEN_ASPECT = 0.3, 2.0


@dataclass(frozen=True, slots=True)
class FormFit:
    """A form laid over a report's tables.

    Attributes:
        form: The form that aligns best.
        confidence: Its probability among the forms known.
        fields: One per field of the form, in its order. A cell without rules in which no print
            was found has no candidates yet.
        missing_rows: Labels of the form's rows that were not found.
    """

    form: Form
    confidence: float
    fields: tuple[FieldReading, ...]
    missing_rows: tuple[str, ...]


def fit_form(
    tables: Sequence[Table],
    readings: Sequence[Sequence[Reading]],
    forms: Sequence[Form],
    classifier: Classifier | None = None,
    fiscal_year: tuple[int, float] | None = None,
) -> FormFit | None:
    """Find the form of a report and the cell of each of its fields.

    Labels and places alone say it for a form that the classifier has never seen; for the
    others what the classifier says counts beside them, as independent witnesses do.

    Args:
        tables: Of all pages, in reading order.
        readings: For each table its cells' readings.
        forms: The forms known.
        classifier: Says of each cell what it is; None to go by labels and places alone.
        fiscal_year: That the document names, and how probably; None where it names none.

    Returns:
        The fit; None when the tables are of none of the forms.
    """
    readings = [
        read if table.ruled else tuple(read[at] for at in find_text(read))
        for table, read in zip(tables, readings, strict=True)
    ]
    if not any(readings):
        return None
    opinions = None if classifier is None else ask_classifier(readings, classifier)
    units = frozenset(fold(field.unit) for form in forms for field in form.fields if field.unit)
    seen = see_rows(
        tables, readings, units, _nothing_known if opinions is None else opinions.is_value
    )
    if not seen:
        return None
    laid = [lay_form(form, seen, opinions, fiscal_year) for form in forms]
    best = max(laid, key=lambda one: one.evidence)
    confidence = float(np.exp(best.evidence - logsumexp([one.evidence for one in laid])))
    rows = best.rows
    alignment = align(best.weights)
    if not _is_form(best, alignment.matches, seen, opinions):
        return None
    likely = [
        one
        for one in _join_same_values(alignment, seen)
        if one.probability >= _LEAST_LIKELY * alignment.absent[one.expected]
    ]
    matches = allow_moves(best, likely, alignment.posteriors, seen)
    placed = [_place(match, best, seen) for match in matches if rows[match.expected].fields]
    fields = _fill_fields(best, placed, alignment.absent, readings, opinions)
    if all(one.reading is None or one.mapping < _PLACED_AT_LEAST for one in fields):
        return None
    return FormFit(best.form, confidence, fields, _missing_rows(rows, placed))


def _fill_fields(
    laid: LaidForm,
    placed: Sequence[PlacedRow],
    absent: NDArray[np.float64],
    readings: Sequence[Sequence[Reading]],
    opinions: Opinions | None,
) -> tuple[FieldReading, ...]:
    known = opinions if opinions is not None and laid.form.id in opinions.forms else None
    found = {one.field: one for one in _fill_parts(placed, readings, known)}
    seen = {column for row in laid.rows for column, field in _columns_of(row) if field.id in found}
    # Without rules a column shows by its print alone: one that does not show is blank.
    blank = {row.expected.fields for row in placed if not row.ruled}
    nowhere = {
        field.id: float(probability) if column in seen and row.fields not in blank else 1.0
        for row, probability in zip(laid.rows, absent, strict=True)
        for column, field in _columns_of(row)
    }
    return tuple(
        found.get(field.id, FieldReading(field.id, None, nowhere[field.id], field.unit))
        for field in laid.form.fields
    )


def _columns_of(row: ExpectedRow) -> Iterator[tuple[tuple[str, int], Field]]:
    """The fields of a row, each with what is the same for all of its column."""
    band = row.band.rows[0].fields[0].id
    return (((band, index), field) for index, field in enumerate(row.fields))


def _missing_rows(rows: Sequence[ExpectedRow], placed: Sequence[PlacedRow]) -> tuple[str, ...]:
    present = {row.expected.fields for row in placed}
    return tuple(row.label for row in rows if row.fields and row.fields not in present)


def find_text(readings: Sequence[Reading]) -> tuple[int, ...]:
    """Which runs of print of a table without rules are laid on the form.

    They hold text and are more than dust beside the others.
    """
    read = [
        at
        for at, one in enumerate(readings)
        if one.label or any(other.text for other in one.candidates)
    ]
    least = _SPECK_SHARE * median([readings[at].cell.box.height for at in read] or [0.0])
    return tuple(at for at in read if not _is_speck(readings[at].cell.box, least))


def _is_speck(box: Box, least: float) -> bool:
    """A hyphen is as small, and longer than it is high."""
    long, short = max(box.width, box.height), min(box.width, box.height)
    return long < least and long < _HYPHEN_ASPECT * short


def _nothing_known(_: Reading) -> None:
    return None


def _is_form(
    laid: LaidForm, matches: Sequence[Match], seen: Sequence[SeenRow], opinions: Opinions | None
) -> bool:
    """Whether enough of a form is there for a report to be on it.

    Wordings decide, unless the classifier knows the form: then it has to agree, and may
    say so alone where the labels are beyond reading.
    """
    named = [row for row in laid.rows if row.fields and row.wordings]
    with_fields = [match for match in matches if laid.rows[match.expected].fields]
    agreeing = sum(
        bool(laid.wordings[match.length - 1, match.first, match.expected] >= _LABEL_AGREES)
        for match in with_fields
    )
    worded = agreeing / len(named)
    if opinions is None or laid.form.id not in opinions.forms:
        return worded >= _ROWS_AT_LEAST
    values = [
        opinions.places[value]
        for match in with_fields
        for value in values_of(seen[match.first : match.first + match.length])
    ]
    none = np.exp(opinions.posteriors.forms[values, 0])
    known = 1.0 - float(none.mean()) if values else 0.0
    if known < _KNOWN_AT_LEAST:
        return worded >= _ROWS_BEYOND_DOUBT
    tables = {laid.rows[match.expected].table for match in with_fields}
    if known >= _MOSTLY_KNOWN and len(tables) >= _TABLES_OF_A_FORM:
        return True
    return len(with_fields) >= _ROWS_AT_LEAST * len(named)


def _join_same_values(alignment: Alignment, seen: Sequence[SeenRow]) -> Iterator[Match]:
    """Matches with the posterior that their values are the expected row's.

    Which lines beside them its label wraps over makes no difference to that.
    """
    lengths, count, _ = alignment.posteriors.shape
    for match in alignment.matches:
        values = values_of(seen[match.first : match.first + match.length])
        together = sum(
            float(alignment.posteriors[length - 1, first, match.expected])
            for first in range(max(match.first - lengths + 1, 0), match.first + match.length)
            for length in range(1, min(lengths, count - first) + 1)
            if values_of(seen[first : first + length]) == values
        )
        yield replace(match, probability=min(together, 1.0))


def _place(match: Match, laid: LaidForm, seen: Sequence[SeenRow]) -> PlacedRow:
    span = seen[match.first : match.first + match.length]
    values = values_of(span)
    expected = laid.rows[match.expected]
    wording = laid.wordings[match.length - 1, match.first, match.expected]
    return PlacedRow(
        expected=expected,
        values=values,
        unit=next((row.unit for row in span if row.unit), None),
        beside=next((one for one in (*values[:1], span[0].first) if one is not None), None),
        table=span[0].table,
        ruled=span[0].ruled,
        probability=match.probability,
        labelled=not expected.wordings or bool(wording >= _LABEL_READ),
    )


def _fill_parts(
    placed: Sequence[PlacedRow], readings: Sequence[Sequence[Reading]], opinions: Opinions | None
) -> Iterator[FieldReading]:
    """Columns are told apart once for the rows of a band in one part of a table."""
    parts: dict[tuple[int, Field], list[PlacedRow]] = defaultdict(list)
    for row in placed:
        parts[row.table, row.expected.band.rows[0].fields[0]].append(row)
    filled = {
        part: with_values
        for part, rows in parts.items()
        if (with_values := [row for row in rows if row.values])
    }
    before = [(), *readings]
    asked = [TablePart(rows, readings[at], before[at]) for (at, _), rows in filled.items()]
    found = find_columns(asked, opinions)
    strays = [find_strays(placed, read) for read in readings]
    for part, columns in zip(filled, found, strict=True):
        for row in parts[part]:
            yield from _fill_row(row, columns, strays[part[0]])


def _fill_row(
    row: PlacedRow, columns: Columns, strays: Sequence[Reading]
) -> Iterator[FieldReading]:
    cells = place_cells(row.values, columns) if row.values else {}
    for index, column in columns.indices.items():
        field = row.expected.fields[column]
        reading, sure = cells.get(index, (None, 1.0))
        if reading is None and not row.ruled:
            empty = find_empty_cell(row, columns, index, strays)
            reading, sure = (None, 1.0) if empty is None else (empty.reading, empty.sure)
        if reading is not None:
            mapping = row.probability * columns.probabilities[index] * sure
            weighed = weigh_by_kind(reading, field.kind)
            labelled = row.labelled or columns.labelled[index]
            yield FieldReading(field.id, weighed, mapping, row.unit or field.unit, labelled)
