"""Reports → rows of a table: one for each field (tidy) or one for each report (wide).

A column says its name, its kind, what it means and how it is had of a report; headings,
types and the dictionary that goes with a table are all made of that.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, Literal, TypeAlias, TypeVar

from forms.form import Form, Label
from pipeline.report import FieldJson, ReportJson
from service.choices import Shape

Kind: TypeAlias = Literal["text", "integer", "number", "truth"]
Cell: TypeAlias = str | int | float | bool | None
Row: TypeAlias = tuple[Cell, ...]

_LEVEL: Final = " › "
"""Between the labels that stand over each other; no form prints it."""


@dataclass(frozen=True, slots=True)
class Record:
    """A report and what the service knows of it.

    Attributes:
        id: The service's, or a file's name.
        status: How far it is: extracted, reviewed.
        report: What was read.
    """

    id: str
    status: str
    report: ReportJson


@dataclass(frozen=True, slots=True)
class Place:
    """Where a field stands in its form: ids and printed labels, "" for those it has not."""

    table: str
    row: str
    column: str


@dataclass(frozen=True, slots=True)
class Found:
    """A field of a report."""

    id: str
    place: Place
    field: FieldJson


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """A column of a table.

    Attributes:
        name: Its heading.
        kind: Of its cells; any of them may be empty.
        meaning: For people.
        cell: Takes it from what a row is made of.
    """

    name: str
    kind: Kind
    meaning: str
    cell: Callable[[T], Cell]


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and as many rows as come; the rows can be gone through once."""

    columns: tuple[Column[Any], ...]
    rows: Iterator[Row]


REPORT: Final[tuple[Column[Record], ...]] = (
    Column("report", "text", "Id of the report", lambda one: one.id),
    Column("status", "text", "extracted, or reviewed by a person", lambda one: one.status),
    Column("filename", "text", "Name of the file", lambda one: one.report.source.filename),
    Column("sha256", "text", "SHA-256 of the file", lambda one: one.report.source.sha256),
    Column("form", "text", "Year of the form's introduction", lambda one: one.report.form.id),
    Column("body", "text", "The body that reports", lambda one: one.report.body.value),
    Column(
        "body_confidence",
        "number",
        "Probability that the body is right",
        lambda one: one.report.body.confidence,
    ),
    Column(
        "fiscal_year",
        "integer",
        "The year reported on",
        lambda one: one.report.fiscal_year.value,
    ),
    Column(
        "fiscal_year_confidence",
        "number",
        "Probability that the year is right",
        lambda one: one.report.fiscal_year.confidence,
    ),
)

FIELD: Final[tuple[Column[Found], ...]] = (
    Column("field", "text", "Id of the field: table, row, column", lambda one: one.id),
    Column("table_label", "text", "Title of its table", lambda one: one.place.table),
    Column("row_label", "text", "Its row, with those above it", lambda one: one.place.row),
    Column("column_label", "text", "Its column, with those above it", lambda one: one.place.column),
    Column("text", "text", "What is printed", lambda one: one.field.text),
    Column("value", "number", "The number that is printed", lambda one: one.field.value),
    Column(
        "state",
        "text",
        "value (without a number: illegible), blank (an empty cell), "
        "not_reported (/, —, -, 无), missing (no such cell was found)",
        lambda one: one.field.state,
    ),
    Column("unit", "text", "The unit, where one is printed", lambda one: one.field.unit),
    Column(
        "confidence",
        "number",
        "Calibrated probability that text is what is printed",
        lambda one: one.field.confidence,
    ),
    Column("review", "truth", "Whether a person should look", lambda one: one.field.review),
    Column(
        "source",
        "text",
        "text_layer, read, repaired and inferred (by the sums), reviewed (by a person)",
        lambda one: one.field.source,
    ),
    Column(
        "reconciled",
        "number",
        "The number that the sums speak for where the print contradicts itself",
        lambda one: None if one.field.reconciled is None else one.field.reconciled.value,
    ),
    Column("why", "text", "What decided a value not simply read", lambda one: one.field.why),
    Column("page", "integer", "Its page, counted from 1", lambda one: one.field.page),
    Column("left_pt", "number", "Left of its box: points from the left", lambda one: _edge(one, 0)),
    Column("top_pt", "number", "Top of its box: points from the top", lambda one: _edge(one, 1)),
    Column(
        "right_pt", "number", "Right of its box: points from the left", lambda one: _edge(one, 2)
    ),
    Column(
        "bottom_pt", "number", "Bottom of its box: points from the top", lambda one: _edge(one, 3)
    ),
)

_TO_REVIEW: Final[Column[Record]] = Column(
    "fields_to_review",
    "integer",
    "Fields that a person should look at",
    lambda one: sum(field.review for field in one.report.fields.values()),
)


_DICTIONARY: Final[tuple[Column[Column[Any]], ...]] = (
    Column("column", "text", "Heading of a column", lambda one: one.name),
    Column("kind", "text", "text, integer, number or truth (true or false)", lambda one: one.kind),
    Column("meaning", "text", "What it holds", lambda one: one.meaning),
)


def describe_columns(columns: Iterable[Column[Any]]) -> Table:
    """The dictionary of a table: a row for each of its columns."""
    return Table(_DICTIONARY, (_cells(_DICTIONARY, column) for column in columns))


def columns_of(shape: Shape, forms: Sequence[Form]) -> tuple[Column[Any], ...]:
    """The columns of a table; those of a wide one depend on the forms."""
    return (*REPORT, *FIELD) if shape == "tidy" else _wide_columns(forms)


def make_table(records: Iterable[Record], forms: Sequence[Form], shape: Shape) -> Table:
    """Turn reports into a table, one report in memory at a time.

    Args:
        records: Taken as the rows are.
        forms: Whose labels a tidy table gives and whose fields a wide one has; other fields
            that a report holds are without labels in a tidy table and not in a wide one.
        shape: A row for each field, or for each report.
    """
    if shape == "tidy":
        return Table((*REPORT, *FIELD), _tidy_rows(records, forms))
    columns = _wide_columns(forms)
    return Table(columns, (_cells(columns, record) for record in records))


def _tidy_rows(records: Iterable[Record], forms: Sequence[Form]) -> Iterator[Row]:
    places = {form.id: places_of(form) for form in forms}
    unknown = Place("", "", "")
    for record in records:
        head = _cells(REPORT, record)
        known: Mapping[str, Place] = places.get(record.report.form.id, {})
        for name, field in record.report.fields.items():
            yield head + _cells(FIELD, Found(name, known.get(name, unknown), field))


def _wide_columns(forms: Sequence[Form]) -> tuple[Column[Record], ...]:
    """Those of the report, then value and state of every field that some form has."""
    meanings: dict[str, list[str]] = {}
    for form in forms:
        for name, place in places_of(form).items():
            labels = ", ".join(filter(None, (place.table, place.row, place.column)))
            meanings.setdefault(name, []).append(f"{form.id}: {labels}")
    fields = (
        column
        for name, labels in meanings.items()
        for column in (_value_column(name, "; ".join(labels)), _state_column(name))
    )
    return (*REPORT, _TO_REVIEW, *fields)


def _value_column(name: str, meaning: str) -> Column[Record]:
    def cell(record: Record) -> Cell:
        field = record.report.fields.get(name)
        return None if field is None else field.value

    return Column(name, "number", meaning, cell)


def _state_column(name: str) -> Column[Record]:
    def cell(record: Record) -> Cell:
        field = record.report.fields.get(name)
        return None if field is None else field.state

    meaning = "value, blank, not_reported, missing; empty where the report's form has no such field"
    return Column(f"{name}.state", "text", meaning, cell)


def places_of(form: Form) -> dict[str, Place]:
    """The printed labels of each field's table, row and column."""
    return {
        field.id: Place(
            table.title.text,
            _path((*row.under, row.label)),
            _path((*column.under, column.label)),
        )
        for table in form.tables
        for band in table.bands
        for row in band.rows
        for column, field in zip(band.columns, row.fields, strict=True)
    }


def _path(labels: Iterable[Label]) -> str:
    return _LEVEL.join(label.text for label in labels if label.text)


def _cells(columns: Sequence[Column[T]], source: T) -> Row:
    return tuple(column.cell(source) for column in columns)


def _edge(found: Found, number: int) -> float | None:
    return None if found.field.box is None else found.field.box[number]
