"""What a form asks for: tables, rows and columns with their labels, fields, sums."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from forms.schema import Kind
from forms.statements import Statement
from forms.sums import AtMost, Sum


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
        return tuple(fields_of(self.tables))

    def in_use(self, year: int) -> bool:
        """Whether the form is prescribed for a fiscal year."""
        return self.first_year <= year and (self.last_year is None or year <= self.last_year)


def fields_of(tables: Iterable[TableForm]) -> Iterator[Field]:
    """Every field of some tables, in the order the form prints them: by table, row, column."""
    for table in tables:
        for band in table.bands:
            for row in band.rows:
                yield from row.fields
