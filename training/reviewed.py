"""Reviewed reports → what the nets learn from: cut cells with texts, tables with fields.

A folder of documents and of their reports, JSON as Gouji writes it → `Examples`. A field
is accepted where a person gave its text (`source` is "reviewed") or nobody has to look
(`review` is false); its page and box say which cell it is. The pages are read again, so
that cells are found and cut as they are when serving.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from forms.form import Form
from models.classifier import NONE
from models.digits import WORDS, prepare
from models.load import Models
from models.types import Grey
from pipeline.cutting import cut_numbers
from pipeline.documents import PageLimits, open_document
from pipeline.fields import find_text
from pipeline.ink import without_seal
from pipeline.pages import map_box, read_pages
from pipeline.readings import Readers, read_cells
from pipeline.report import FieldJson, ReportJson, from_json
from pipeline.stopwatch import Stopwatch
from pipeline.tables import find_tables
from pipeline.types import Box, Cell, Page, Reading, Table
from pipeline.values import UNITS
from training.crops import Crops, spell
from training.token_damage import IGNORED
from training.tokens import SeenReport

# Boxes of the same cell differ by rounding, or by another version's table finder.
_SAME_CELL: Final = 0.6
# A cell that a field's box lies over so far may be the field's.
_MAY_BE_CELL: Final = 0.2


@dataclass(frozen=True, slots=True)
class Pair:
    """A document and what is known of it."""

    document: Path
    report: ReportJson


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """What reviewed reports teach.

    Attributes:
        crops: Cells of scanned pages with their accepted texts; all count as level 0.
        sheets: The tables of each report, with the accepted fields of their cells.
    """

    crops: Crops
    sheets: tuple[SeenReport, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """A table of a document as the pipeline finds it.

    Attributes:
        table: The table.
        readings: Of its cells.
        crops: As the reader of numbers gets them; None where it is not asked.
        fields: For each cell the id of its field, `NONE` or `IGNORED`.
    """

    table: Table
    readings: tuple[Reading, ...]
    crops: tuple[Grey | None, ...]
    fields: tuple[str, ...]


def find_pairs(folder: Path) -> tuple[Pair, ...]:
    """The reports of a folder with their documents, which are told by their hash.

    Raises:
        FileNotFoundError: A report's document does not lie beside it.
        pydantic.ValidationError: A JSON file is no report.
    """
    reports = {path: from_json(path.read_bytes()) for path in sorted(folder.glob("*.json"))}
    others = [path for path in sorted(folder.iterdir()) if path.is_file() and path not in reports]
    documents = {hashlib.sha256(path.read_bytes()).hexdigest(): path for path in others}
    for path, report in reports.items():
        if report.source.sha256 not in documents:
            raise FileNotFoundError(
                f"{report.source.filename}, sha256 {report.source.sha256}, of which "
                f"{path.name} is the report, is not in {folder}"
            )
    return tuple(Pair(documents[one.source.sha256], one) for one in reports.values())


def learn_from(pairs: Sequence[Pair], models: Models, forms: Sequence[Form]) -> Examples:
    """Read the documents again and say what their cells are.

    Raises:
        ReportError: A document cannot be read.
    """
    known = {form.id: form for form in forms}
    cells: list[tuple[Grey, str]] = []
    sheets = []
    for pair in pairs:
        seen = list(_see_tables(pair, models))
        cells += [one for table in seen for one in _texts_of(table, pair.report.fields)]
        sheet = _as_sheet(seen, known[pair.report.form.id])
        if sheet.tables:
            sheets.append(sheet)
    crops = Crops(
        tuple(prepare(crop) for crop, _ in cells),
        tuple(text for _, text in cells),
        (0,) * len(cells),
    )
    return Examples(crops, tuple(sheets))


def is_accepted(field: FieldJson) -> bool:
    """Whether a field's text may be learned."""
    return field.source == "reviewed" or not field.review


def spell_field(field: FieldJson) -> str | None:
    """A field's text as the reader of numbers should give it; None where it cannot be said."""
    text = spell(field.text)
    # What holds no number is read as words; a number in other signs is no truth.
    is_said = text != WORDS or (field.state == "value" and field.value is None)
    return text if is_said else None


def _see_tables(pair: Pair, models: Models) -> Iterator[_Seen]:
    readers = Readers(models.labels.read_lines, models.read_numbers)
    before: tuple[Table, ...] | None = None
    with open_document(pair.document.read_bytes(), PageLimits()) as document:
        for page in read_pages(document, models.find_orientation, models.labels.read_lines):
            found = find_tables(page, models.segment, models.find_regions, before, Stopwatch())
            before = found.tables
            fields = _fields_on(page, pair.report)
            for table in found.tables if fields else ():
                readings = read_cells(page, table, readers)
                # Some of its cells were parted or joined as they were read.
                read = replace(table, cells=tuple(one.cell for one in readings))
                named = _name_cells(page, read, fields)
                yield _Seen(read, readings, _crops_of(page, read), named)


def _crops_of(page: Page, table: Table) -> tuple[Grey | None, ...]:
    """None for the cells of a digital page: nothing is cut there."""
    if page.kind == "digital":
        return (None,) * len(table.cells)
    return cut_numbers(without_seal(page.image), table, page.dpi)


def _fields_on(page: Page, report: ReportJson) -> dict[str, FieldJson]:
    return {name: field for name, field in report.fields.items() if field.page == page.number}


def _name_cells(page: Page, table: Table, fields: Mapping[str, FieldJson]) -> tuple[str, ...]:
    """Which field each cell is: `NONE` for none, `IGNORED` where nobody can say."""
    boxes = {name: Box(*field.box) for name, field in fields.items() if field.box is not None}
    return tuple(_name_cell(map_box(page.mesh, cell.box), boxes, fields) for cell in table.cells)


def _name_cell(cell: Box, boxes: Mapping[str, Box], fields: Mapping[str, FieldJson]) -> str:
    shares = {name: _share(cell, box) for name, box in boxes.items()}
    name = max(shares, key=lambda one: shares[one], default=None)
    if name is not None and shares[name] >= _SAME_CELL:
        return name if is_accepted(fields[name]) else IGNORED
    over = max((cell.overlap(box) for box in boxes.values()), default=0.0)
    if over > _MAY_BE_CELL * cell.width * cell.height:
        return IGNORED
    # A cell that is no field's now may be that of one which nobody has looked at.
    return NONE if all(is_accepted(field) for field in fields.values()) else IGNORED


def _share(one: Box, other: Box) -> float:
    both = one.overlap(other)
    return both / max(one.width * one.height + other.width * other.height - both, 1e-9)


def _texts_of(seen: _Seen, fields: Mapping[str, FieldJson]) -> Iterator[tuple[Grey, str]]:
    for crop, name in zip(seen.crops, seen.fields, strict=True):
        text = spell_field(fields[name]) if name in fields else None
        if crop is not None and text is not None:
            yield crop, text


def _as_sheet(seen: Sequence[_Seen], form: Form) -> SeenReport:
    """What the token classifier is shown of a report; tables without a known field are left out."""
    places = {
        field.id: (f"{table.id}.{field.row}", f"{table.id}.{field.column}")
        for table in form.tables
        for band in table.bands
        for row in band.rows
        for field in row.fields
    }
    kept = [_without_specks(one) for one in seen if any(name in places for name in one.fields)]
    named = [
        tuple(_name_labels(one.readings, [places.get(n, (n, n)) for n in one.fields]))
        for one in kept
    ]
    return SeenReport(
        tuple(one.table for one in kept),
        tuple(one.readings for one in kept),
        form.id,
        tuple(one.fields for one in kept),
        tuple(tuple(row for row, _ in names) for names in named),
        tuple(tuple(column for _, column in names) for names in named),
    )


def _without_specks(seen: _Seen) -> _Seen:
    """Without rules, what does not read as anything and dust are none for the pipeline."""
    if seen.table.ruled:
        return seen
    kept = find_text(seen.readings)
    return _Seen(
        seen.table,
        tuple(seen.readings[at] for at in kept),
        tuple(seen.crops[at] for at in kept),
        tuple(seen.fields[at] for at in kept),
    )


def _name_labels(
    readings: Sequence[Reading], places: Sequence[tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    """The row and column of each cell, labels and headers by the values that they name.

    Words that name no value may be a title, a note or a group of rows: nobody can say.
    """
    values = [
        (reading.cell, place)
        for reading, place in zip(readings, places, strict=True)
        if place[0] not in (NONE, IGNORED)
    ]
    for reading, place in zip(readings, places, strict=True):
        if place[0] not in (NONE, IGNORED) or not _has_words(reading.label):
            yield place
            continue
        if reading.label in UNITS:
            # Drawn reports have them in a column of their own, which names nothing.
            yield NONE, NONE
            continue
        row, column = _row_named_by(reading.cell, values), _column_named_by(reading.cell, values)
        yield (row, column) if row or column else (IGNORED, IGNORED)


def _row_named_by(label: Cell, values: Sequence[tuple[Cell, tuple[str, str]]]) -> str:
    rows = {
        row
        for cell, (row, _) in values
        if cell.row == label.row and cell.column >= label.column + label.column_span
    }
    return rows.pop() if len(rows) == 1 and label.row_span == 1 else NONE


def _column_named_by(header: Cell, values: Sequence[tuple[Cell, tuple[str, str]]]) -> str:
    place = (header.row + header.row_span, header.column, header.column_span)
    return next(
        (
            column
            for cell, (_, column) in values
            if (cell.row, cell.column, cell.column_span) == place
        ),
        NONE,
    )


def _has_words(text: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in text)
