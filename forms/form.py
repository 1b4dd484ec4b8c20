"""YAML → `Form`: the forms as the rest of Gouji sees them.

A form is a file beside this one and no code: whatever is particular to a form is written
in its file.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Final, overload

import yaml
from pydantic import ValidationError

from forms.errors import FormError
from forms.faults import find_faults
from forms.records import Band, Column, Field, Form, Label, Row, TableForm, fields_of
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
from forms.statements import list_statements
from forms.sums import AtMost, Sum, expand_sums

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
    faults = list(find_faults(form))
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
    fields = fields_of(tables)
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
