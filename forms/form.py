"""The forms as the rest of Gouji sees them: fields, labels, sums.

YAML → `Form`. A form is a file beside this one and no code: whatever is particular
to a form is written in its file.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Final, overload

import yaml
from pydantic import ValidationError

from forms.errors import FormError
from forms.schema import (
    BandEntry,
    ColumnEntry,
    ColumnGroup,
    ColumnNode,
    FormEntry,
    Kind,
    LabelText,
    RowEntry,
    RowNode,
    TableEntry,
)
from forms.statements import Statement, find_unknown_fields, list_statements
from forms.sums import AtMost, Sum, expand_sums, find_faults

__all__ = [
    "AtMost",
    "Band",
    "Column",
    "Field",
    "Form",
    "FormError",
    "Kind",
    "Label",
    "Row",
    "Sum",
    "TableForm",
    "load_form",
    "load_forms",
]

FORMS_FOLDER: Final = Path(__file__).parent
"""The forms that ship with Gouji lie beside this module."""


@dataclass(frozen=True, slots=True)
class Label:
    """What a row, column, title or heading is called.

    Attributes:
        text: As prescribed.
        variants: Other printed wordings of it: reworded, renumbered, misprinted, shortened.
    """

    text: str
    variants: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """The prescribed wording, then the variants."""
        return (self.text, *self.variants)


@dataclass(frozen=True, slots=True)
class Field:
    """One value that the form asks for.

    Attributes:
        id: Table, row and column joined by dots, empty parts left out: "t3.granted.total".
        row: Id of its row, "" when the row has none.
        column: Id of its column, "" when the column has none.
        kind: What it may hold.
        unit: The unit that the form prescribes, None when it prescribes none.
    """

    id: str
    row: str
    column: str
    kind: Kind
    unit: str | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of values; `under` are the header cells above it, outermost first."""

    id: str
    label: Label
    under: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of values.

    Attributes:
        id: "" for the only row of a band whose row has no name.
        label: Its text is "" where the row has no name.
        under: Row-header cells to its left and rows above it that it is part of,
            outermost first; a row above may hold values of its own.
        fields: One for each column of its band, in column order.
    """

    id: str
    label: Label
    under: tuple[Label, ...]
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Band:
    """Consecutive rows that share a header.

    Attributes:
        heading: A title row across the whole table, 第二十条第（一）项.
        corner: The header's label over the row labels: 信息内容, 统计指标.
        columns: Left to right.
        rows: Top to bottom.
    """

    heading: Label | None
    corner: Label | None
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class TableForm:
    """A table of the form, its bands top to bottom."""

    id: str
    title: Label
    bands: tuple[Band, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """A form: what it asks for and which sums a correct report satisfies.

    Attributes:
        id: The year in which it came into use.
        name: For people.
        issued_by: The document that prescribes it.
        first_year: First fiscal year it is used for.
        last_year: Last one; None while it is in force.
        tables: In the order they are printed in.
        sums: Hold exactly on a correct report.
        at_most: Soft: a breach is worth a warning.
        carried_out: Field ids by column: what is left over at the end of the year.
        carried_in: The same of what was left over from the year before.
        stated: How sentences of the prose state some of its figures.
    """

    id: str
    name: str
    issued_by: str
    first_year: int
    last_year: int | None
    tables: tuple[TableForm, ...]
    sums: tuple[Sum, ...]
    at_most: tuple[AtMost, ...]
    carried_out: Mapping[str, str]
    carried_in: Mapping[str, str]
    stated: tuple[Statement, ...] = ()

    @property
    def fields(self) -> tuple[Field, ...]:
        """Every field, in the order the form prints them: by table, row, column."""
        return tuple(_fields_of(self.tables))

    def in_use(self, year: int) -> bool:
        """Whether the form is prescribed for a fiscal year."""
        return self.first_year <= year and (self.last_year is None or year <= self.last_year)


def load_forms(folder: Path | None = None) -> tuple[Form, ...]:
    """Load every `*.yaml` of a folder.

    Args:
        folder: Where the forms lie; None for those that ship with Gouji.

    Returns:
        The forms, sorted by id.

    Raises:
        FormError: There is no form there, a file is wrong, or two files say the same id.
    """
    place = FORMS_FOLDER if folder is None else folder
    loaded = [(path, load_form(path)) for path in sorted(place.glob("*.yaml"))]
    if not loaded:
        raise FormError(f"{place}: no form (*.yaml) lies here")
    for (first, one), (second, other) in combinations(loaded, 2):
        if one.id == other.id:
            raise FormError(f"{second}: form id {other.id!r} is already that of {first}")
    return tuple(sorted((form for _, form in loaded), key=lambda form: form.id))


def load_form(path: Path) -> Form:
    """Load a form from its YAML file.

    Raises:
        FormError: The file cannot be read, breaks the schema, names a field that does
            not exist, uses an id twice, labels two rows or columns alike, or labels no row.
    """
    try:
        written = _read_yaml(path.read_text(encoding="utf-8"))
        form = _build_form(FormEntry.model_validate(written))
    except ValidationError as error:
        wrong = (f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise FormError(f"{path}: {'; '.join(wrong)}") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError, FormError) as error:
        raise FormError(f"{path}: {error}") from error
    faults = list(_find_faults(form))
    if faults:
        raise FormError(f"{path}: {'; '.join(faults)}")
    return form


def _read_yaml(text: str) -> object:
    """Read YAML as its safe loader does, which would keep the last of two equal keys silently.

    Raises:
        yaml.YAMLError: The text is no YAML.
        FormError: A key stands twice in one mapping.
    """
    loader = yaml.SafeLoader(text)
    root = loader.get_single_node()
    if root is None:
        return None
    waiting, seen = [root], set[int]()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            keys = Counter(key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode))
            for key in (key for key, times in keys.items() if times > 1):
                line = node.start_mark.line + 1
                raise FormError(f"the key {key!r} stands twice in what begins on line {line}")
            waiting += [value for _, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value
    return loader.construct_document(root)


def _build_form(entry: FormEntry) -> Form:
    tables = tuple(
        TableForm(
            id=table.id,
            title=_label(table.title),
            bands=tuple(_build_band(table, band) for band in table.bands),
        )
        for table in entry.tables
    )
    return Form(
        id=entry.id,
        name=entry.name,
        issued_by=entry.issued_by,
        first_year=entry.years.first,
        last_year=entry.years.last,
        tables=tables,
        sums=tuple(expand_sums(entry.sums)),
        at_most=tuple(AtMost(rule.id, rule.smaller, rule.larger) for rule in entry.at_most),
        carried_out={} if entry.carried is None else _by_column(tables, entry.carried.out),
        carried_in={} if entry.carried is None else _by_column(tables, entry.carried.into),
        stated=tuple(list_statements(entry.stated)),
    )


def _by_column(tables: Sequence[TableForm], row: str) -> dict[str, str]:
    """The ids of a row's fields by their column.

    Raises:
        FormError: No table has the row.
    """
    fields = _fields_of(tables)
    named = {one.column: one.id for one in fields if one.id == _joined(row, one.column)}
    if not named:
        raise FormError(f"carried names the row {row!r}, which no table has")
    return named


def _build_band(table: TableEntry, band: BandEntry) -> Band:
    columns = tuple(_walk_columns(band.columns, "", ()))
    rows = []
    for entry, under in _walk_rows(band.rows, ()):
        fields = tuple(
            Field(
                id=_joined(table.id, entry.id, column.id),
                row=entry.id,
                column=column.id,
                kind=entry.kind or column_entry.kind,
                unit=entry.unit or column_entry.unit,
            )
            for column, column_entry in columns
        )
        label = Label("") if entry.label is None else _label(entry.label)
        rows.append(Row(entry.id, label, under, fields))
    return Band(
        heading=_label(band.heading),
        corner=_label(band.corner),
        columns=tuple(column for column, _ in columns),
        rows=tuple(rows),
    )


def _walk_columns(
    nodes: Iterable[ColumnNode], prefix: str, under: tuple[Label, ...]
) -> Iterator[tuple[Column, ColumnEntry]]:
    for node in nodes:
        name = _joined(prefix, node.id)
        if isinstance(node, ColumnGroup):
            yield from _walk_columns(node.columns, name, (*under, _label(node.group)))
        else:
            yield Column(name, _label(node.label), under), node


def _walk_rows(
    nodes: Iterable[RowNode], under: tuple[Label, ...]
) -> Iterator[tuple[RowEntry, tuple[Label, ...]]]:
    """Every row of values with the labels it stands under; a row stands over its parts."""
    for node in nodes:
        if isinstance(node, RowEntry):
            yield node, under
        name = node.label if isinstance(node, RowEntry) else node.group
        below = under if name is None else (*under, _label(name))
        yield from _walk_rows(node.rows, below)


@overload
def _label(entry: LabelText) -> Label: ...
@overload
def _label(entry: LabelText | None) -> Label | None: ...
def _label(entry: LabelText | None) -> Label | None:
    return None if entry is None else Label(entry.text, tuple(entry.variants))


def _joined(*parts: str) -> str:
    return ".".join(part for part in parts if part)


def _fields_of(tables: Iterable[TableForm]) -> Iterator[Field]:
    for table in tables:
        for band in table.bands:
            for row in band.rows:
                yield from row.fields


def _find_faults(form: Form) -> Iterator[str]:
    """Say what is wrong with a form that keeps to the schema, one sentence a fault."""
    ids = {
        "table": [table.id for table in form.tables],
        "field": [field.id for field in form.fields],
        "rule": [rule.id for rule in form.sums] + [rule.id for rule in form.at_most],
    }
    for what, named in ids.items():
        for name, times in Counter(named).items():
            if times > 1:
                yield f"the {what} id {name!r} is used {times} times"
    yield from find_faults(form.sums, form.at_most, frozenset(ids["field"]))
    yield from find_unknown_fields(form.stated, frozenset(ids["field"]))
    rows = [row for table in form.tables for band in table.bands for row in band.rows]
    if not any(row.label.text for row in rows):
        yield "no row has a label, by which the form could be recognised"
    for table in form.tables:
        for number, band in enumerate(table.bands, start=1):
            place = f"table {table.id!r}, band {number}"
            if len(band.rows) > 1 and any(not row.label.text for row in band.rows):
                yield f"{place}: only a band's single row may do without a label"
            yield from (f"{place}: {fault}" for fault in _find_look_alikes("rows", band.rows))
            yield from (f"{place}: {fault}" for fault in _find_look_alikes("columns", band.columns))


def _find_look_alikes(what: str, lines: Sequence[Row | Column]) -> Iterator[str]:
    """Rows or columns which print could not tell apart: alike at every level."""
    for one, other in combinations(lines, 2):
        levels = list(zip((*one.under, one.label), (*other.under, other.label), strict=False))
        if len(one.under) == len(other.under) and all(_folded(a) & _folded(b) for a, b in levels):
            yield f"{what} {one.id!r} and {other.id!r} share a label or variant"


def _folded(label: Label) -> set[str]:
    return {"".join(unicodedata.normalize("NFKC", text).split()) for text in label.all}
