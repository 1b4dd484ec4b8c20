"""Rows as seen on the pages, and rows as the form prescribes."""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from statistics import median
from typing import TypeAlias
from unicodedata import normalize

from rapidfuzz import fuzz

from forms.form import Band, Field, Form, Label
from pipeline.types import Box, Number, Reading, Table
from pipeline.values import parse_value

_AMOUNT = re.compile(r"[+-]?\d[\d,.]*\s*(?:亿元|万元|人次)")
# Longer lines are prose; the longest prescribed label has 46 characters.
_LONGEST_LABEL = 90
# Before its label a row may have a serial number; words behind more numbers are one's note.
_SERIAL = 1

IsValue: TypeAlias = Callable[[Reading], bool | None]
"""Whether a cell is a value (True) or a label (False); None when its text must say."""


@dataclass(frozen=True, slots=True)
class SeenRow:
    """One grid row.

    Attributes:
        table: Index of its table in reading order.
        row: Its row there.
        ruled: Whether rules enclose it; a row that they do not may be one line of several.
        labels: Texts of the label cells that cover it, from left to right.
        named: Box of the last of these, if there is one.
        values: Its other cells to the right of the labels, from left to right.
        unit: The text of its unit cell, if it has one.
        first: Its leftmost cell, whatever it holds, if it has any.
    """

    table: int
    row: int
    ruled: bool
    labels: tuple[str, ...]
    named: Box | None
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


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Only what tells labels apart: letters and digits after NFKC."""
    return "".join(character for character in normalize("NFKC", text) if character.isalnum())


def similarity(one: str, other: str) -> float:
    """Normalised indel similarity of two folded texts, 0 to 1."""
    return fuzz.ratio(one, other) / 100


def see_rows(
    tables: Sequence[Table],
    readings: Sequence[Sequence[Reading]],
    units: frozenset[str],
    is_value: IsValue,
) -> tuple[SeenRow, ...]:
    """Take tables apart into rows, in reading order.

    Args:
        tables: Of all pages, in reading order.
        readings: Of each table, as `read_cells` gives them.
        units: Folded unit names; a cell that holds one alone is no value.
        is_value: What else is known of a cell than its text.
    """
    rows: list[SeenRow] = []
    for index, (table, read) in enumerate(zip(tables, readings, strict=True)):
        covering: dict[int, list[Reading]] = defaultdict(list)
        for reading in sorted(read, key=lambda reading: reading.cell.column):
            for row in range(reading.cell.row, reading.cell.row + reading.cell.row_span):
                covering[row].append(reading)
        seen = [
            SeenRow(
                index,
                row,
                table.ruled,
                *_split_row(row, covering[row], units, is_value),
                first=next(iter(covering[row]), None),
            )
            for row in range(table.rows)
        ]
        rows.extend(row for row in seen if not _is_bare(row, seen))
    return tuple(row for row in rows if sum(map(len, row.labels)) <= _LONGEST_LABEL)


def _is_bare(row: SeenRow, seen: Sequence[SeenRow]) -> bool:
    """Whether no number is printed in a row, nor a label that can be read where others have theirs.

    Such are the margin below a table's last row, and its last label's last line where a stroke or
    a fold above it was taken for a rule.
    """
    if not row.values or any(value.label for value in row.values):
        return False
    ends = [one.named.right for one in seen if one.named and any(v.label for v in one.values)]
    first, *others = row.values
    beside = bool(ends) and first.cell.box.right <= median(ends)
    return beside and not any(value.cell.runs for value in others)


def _split_row(
    row: int, cells: Sequence[Reading], units: frozenset[str], is_value: IsValue
) -> tuple[tuple[str, ...], Box | None, tuple[Reading, ...], str | None]:
    """The labels and the last one's box, values and unit of a row, from the cells that cover it."""
    numbers = [index for index, reading in enumerate(cells) if is_number(reading.label)]
    within = numbers[_SERIAL] if len(numbers) > _SERIAL else len(cells)
    labelled = [index for index in range(within) if _names_row(cells[index], is_value)]
    first_value = labelled[-1] + 1 if labelled else _first_filled(cells)
    rest = cells[first_value:]
    values = [reading for reading in rest if fold(reading.label) not in units]
    named = [reading.label for reading in rest if fold(reading.label) in units]
    return (
        tuple(cells[index].label for index in labelled),
        cells[labelled[-1]].cell.box if labelled else None,
        tuple(reading for reading in values if reading.cell.row == row),
        named[0] if named else None,
    )


def _names_row(reading: Reading, is_value: IsValue) -> bool:
    """A cell known to be a label names its row if there is a character left of its text."""
    known = is_value(reading)
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


def values_of(span: Sequence[SeenRow]) -> tuple[Reading, ...]:
    """The value cells of the lines one row stands on: of the line that holds any."""
    for row in span:
        if any(reading.label for reading in row.values):
            return row.values
    return span[0].values
