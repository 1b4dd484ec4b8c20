"""Rows as seen on the pages, rows as the form prescribes, and how well two agree."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from typing import Final
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process
from scipy.special import logsumexp

from forms.form import Band, Field, Form, Label
from models.classifier import Classifier, Posteriors, TableCell
from pipeline.types import Number, Reading, Table
from pipeline.values import parse_value

# A label may wrap over this many lines of print where no rule holds them together.
MOST_LINES: Final = 3
_AMOUNT = re.compile(r"[+-]?\d[\d,.]*\s*(?:亿元|万元|人次)")
# Longer lines are prose; the longest prescribed label has 46 characters.
_LONGEST_LABEL = 90
# Log weights, in nats: chosen so that a wording half destroyed by a reader still beats
# leaving a row out, and that one value more or less in a row is forgiven, three are not.
_WORDING_WEIGHT = 9.0
_WORDING_EVEN = 0.45
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
_SKIP_LABELS = -0.4
_SKIP_VALUES = -3.5
_SKIP_HEADING = -0.3
_SKIP_ROW = -3.5
# The classifier's say beside that of the labels. A probability of e^-3 speaks neither
# for nor against; one below e^-6 is taken for that: the net is not surer than that.
_OPINION_WEIGHT = 1.5
OPINION_EVEN: Final = -3.0
OPINION_LEAST: Final = -6.0
# As many numbers in one row stand in tables alone, and there in rows of values.
_FULL_ROW = 5
# Before its label a row may have a serial number; words behind more numbers are one's note.
_SERIAL = 1
# What the classifier says with this probability about a cell's part in its row is taken
# for true, whatever its text looks like.
_SURE_OF_PART = 0.7

Part = Callable[[Reading], bool | None]
"""Whether a cell is a value (True) or a label (False); None when its text must say."""


@dataclass(frozen=True, slots=True)
class SeenRow:
    """One grid row.

    Attributes:
        table: Index of its table in reading order.
        row: Its row there.
        ruled: Whether rules enclose it; a row that they do not may be one line of several.
        labels: Texts of the label cells that cover it, from left to right.
        values: Its other cells to the right of the labels, from left to right.
        unit: The text of its unit cell, if it has one.
        first: Its leftmost cell, whatever it holds, if it has any.
    """

    table: int
    row: int
    ruled: bool
    labels: tuple[str, ...]
    values: tuple[Reading, ...]
    unit: str | None
    first: Reading | None


@dataclass(frozen=True, slots=True)
class ExpectedRow:
    """A row of the form; `fields` is empty for headings and headers."""

    label: str
    wordings: tuple[str, ...]
    fields: tuple[Field, ...]
    table: str
    band: Band


@dataclass(frozen=True, slots=True, eq=False)
class Opinions:
    """What the token classifier thinks of each cell of a report.

    Attributes:
        places: Each cell's index in `posteriors`.
        posteriors: Natural logarithms.
        rows: Indices of row names, such as "t3.granted".
        columns: The same of columns.
        forms: The same of forms; a form that is not there the classifier has never seen.
    """

    places: Mapping[Reading, int]
    posteriors: Posteriors
    rows: Mapping[str, int]
    columns: Mapping[str, int]
    forms: Mapping[str, int]

    def part(self, reading: Reading) -> bool | None:
        """Whether a cell is a value or a label; None when the classifier is not sure."""
        place = self.places[reading]
        in_row = 1.0 - np.exp(self.posteriors.rows[place, 0])
        in_column = 1.0 - np.exp(self.posteriors.columns[place, 0])
        if min(in_row, in_column) > _SURE_OF_PART:
            return True
        return False if min(in_row, 1.0 - in_column) > _SURE_OF_PART else None


def ask_classifier(readings: Sequence[Sequence[Reading]], classifier: Classifier) -> Opinions:
    """Let the classifier look at all cells of a report at once; there is one at least."""
    cells = [reading for read in readings for reading in read]
    return Opinions(
        {reading: place for place, reading in enumerate(cells)},
        classifier.classify(list_cells(readings)),
        {name: index for index, name in enumerate(classifier.row_names)},
        {name: index for index, name in enumerate(classifier.column_names)},
        {name: index for index, name in enumerate(classifier.form_names)},
    )


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Only what tells labels apart: letters and digits after NFKC."""
    return "".join(character for character in normalize("NFKC", text) if character.isalnum())


def similarity(one: str, other: str) -> float:
    """Normalised indel similarity of two folded texts, 0 to 1."""
    return fuzz.ratio(one, other) / 100


def list_cells(readings: Sequence[Sequence[Reading]]) -> tuple[TableCell, ...]:
    """Every cell of a report, table by table, as the token classifier sees them."""
    return tuple(
        TableCell(
            table=table,
            row=reading.cell.row,
            column=reading.cell.column,
            row_span=reading.cell.row_span,
            column_span=reading.cell.column_span,
            box=(
                reading.cell.box.left,
                reading.cell.box.top,
                reading.cell.box.right,
                reading.cell.box.bottom,
            ),
            text=reading.label,
        )
        for table, read in enumerate(readings)
        for reading in read
    )


def see_rows(
    tables: Sequence[Table],
    readings: Sequence[Sequence[Reading]],
    units: frozenset[str],
    part: Part,
) -> tuple[SeenRow, ...]:
    """Take tables apart into rows, in reading order.

    Args:
        tables: Of all pages, in reading order.
        readings: Of each table, as `read_cells` gives them.
        units: Folded unit names; a cell that holds one alone is no value.
        part: What else is known of a cell than its text.
    """
    rows: list[SeenRow] = []
    for index, (table, read) in enumerate(zip(tables, readings, strict=True)):
        covering: dict[int, list[Reading]] = defaultdict(list)
        for reading in sorted(read, key=lambda reading: reading.cell.column):
            for row in range(reading.cell.row, reading.cell.row + reading.cell.row_span):
                covering[row].append(reading)
        rows.extend(
            SeenRow(
                index,
                row,
                table.ruled,
                *_split_row(row, covering[row], units, part),
                first=next(iter(covering[row]), None),
            )
            for row in range(table.rows)
        )
    return tuple(row for row in rows if sum(map(len, row.labels)) <= _LONGEST_LABEL)


def _split_row(
    row: int, cells: Sequence[Reading], units: frozenset[str], part: Part
) -> tuple[tuple[str, ...], tuple[Reading, ...], str | None]:
    """The labels, values and unit of a row, from the cells that cover it."""
    numbers = [index for index, reading in enumerate(cells) if is_number(reading.label)]
    within = numbers[_SERIAL] if len(numbers) > _SERIAL else len(cells)
    labelled = [index for index in range(within) if _names_row(cells[index], part)]
    first_value = labelled[-1] + 1 if labelled else _first_filled(cells)
    rest = cells[first_value:]
    values = [reading for reading in rest if fold(reading.label) not in units]
    named = [reading.label for reading in rest if fold(reading.label) in units]
    return (
        tuple(cells[index].label for index in labelled),
        tuple(reading for reading in values if reading.cell.row == row),
        named[0] if named else None,
    )


def _names_row(reading: Reading, part: Part) -> bool:
    """A cell known to be a label names its row if there is a character left of its text."""
    known = part(reading)
    if known is None:
        return is_label(reading.label)
    chinese = any("\u4e00" <= character <= "\u9fff" for character in reading.label)
    return not known and chinese and not is_number(reading.label)


def _first_filled(cells: Sequence[Reading]) -> int:
    """A row without a label whose first cells are over several rows: words there stood for it."""
    tall = takewhile(lambda one: one.cell.row_span > 1 and not is_number(one.label), cells)
    return sum(1 for _ in tall)


def is_label(text: str) -> bool:
    """Whether a cell's text is a label and not a value.

    Two or more Chinese characters are; 2059.2090万元, 3个, 无 and 5(含撤回1件) are not.
    """
    chinese = sum("\u4e00" <= character <= "\u9fff" for character in text)
    return chinese >= 2 and _AMOUNT.fullmatch(text) is None and not is_number(text)


def is_number(text: str) -> bool:
    """Whether a cell's text is a number, with its unit and note or without."""
    return isinstance(parse_value(text)[0], Number)


def expect_rows(form: Form) -> tuple[ExpectedRow, ...]:
    """The form's rows in print order, its headings and headers among them."""
    rows = []
    for table in form.tables:
        seen_groups: set[str] = set()
        for band in table.bands:
            if band.heading is not None:
                rows.append(
                    ExpectedRow(band.heading.text, _wordings(band.heading), (), table.id, band)
                )
            header = "".join(column.label.text for column in band.columns)
            corner = band.corner.text if band.corner is not None else ""
            wordings = (fold(corner + header), fold(header))
            rows.append(ExpectedRow(corner, wordings, (), table.id, band))
            labels = {row.label.text for row in band.rows}
            for row in band.rows:
                for group in row.under:
                    if group.text not in seen_groups | labels:
                        seen_groups.add(group.text)
                        rows.append(ExpectedRow(group.text, _wordings(group), (), table.id, band))
                within = _wordings(row.label)
                if row.under and row.label.text:
                    within += tuple(fold(row.under[-1].text) + text for text in within)
                rows.append(ExpectedRow(row.label.text, within, row.fields, table.id, band))
    return tuple(rows)


def _wordings(label: Label) -> tuple[str, ...]:
    return tuple(fold(text) for text in label.all if text)


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
        agree = np.where(wanted > 0, with_fields, np.where(count == 0, 0.0, _VALUES_IN_HEADING))
        has_label = np.array([[any(row.labels for row in span)] for span in spans])
        wording = _WORDING_WEIGHT * (worded - _WORDING_EVEN)
        wording = np.where(named & has_label, wording, np.where(named | has_label, -1.0, _UNNAMED))
        allowed = np.array([[_one_line_of_values(span)] for span in spans])
        total = agree + wording + _LONGER * (length - 1)
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


def values_of(span: Sequence[SeenRow]) -> tuple[Reading, ...]:
    """The value cells of the lines one row stands on: of the line that holds any."""
    for row in span:
        if any(reading.label for reading in row.values):
            return row.values
    return span[0].values


def skip_costs(
    seen: Sequence[SeenRow], expected: Sequence[ExpectedRow]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Log weights of leaving out a seen row and an expected row, nats."""
    of_seen = [_SKIP_VALUES if any(r.label for r in row.values) else _SKIP_LABELS for row in seen]
    of_expected = [_SKIP_ROW if row.fields else _SKIP_HEADING for row in expected]
    return np.array(of_seen, dtype=np.float64), np.array(of_expected, dtype=np.float64)
