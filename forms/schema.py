"""What a form's YAML file may say, checked as it is read.

The file is written the way the form is printed: tables of bands, rows and columns
nested under the headings they are printed under. `forms.form` turns what is
checked here into a `Form`.
"""

from typing import Annotated, Literal, Self, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    model_validator,
)

Kind = Literal["integer", "signed", "decimal"]
"""What a field holds: a count, a count with a sign, or an amount with decimals."""


def _as_it_is(name: str) -> str:
    if "{" in name or "}" in name:
        raise ValueError(f"{name!r}: only sums have a 'for' that could fill in what is in braces")
    return name


Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$")]
NameOrNothing = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]*$")]
Template = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_.{}]+$")]
"""A dotted id in which `{name}` stands for each value listed under `for`."""
Id = Annotated[Template, AfterValidator(_as_it_is)]
"""A dotted id that nothing is filled into."""
Phrase = Annotated[str, StringConstraints(min_length=2, pattern=r"^[^N]*N?[^N]*$")]
"""A wording in which N, at most once, stands for the figure; see `forms.statements`."""


class Entry(BaseModel):
    """Anything in the file: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LabelText(Entry):
    """A label with the other wordings it is known under."""

    text: Text
    variants: list[Text] = []


def _spelled_out(label: object) -> object:
    """A label without variants may be written as plain text."""
    return {"text": label} if isinstance(label, str) else label


LabelEntry = Annotated[LabelText, BeforeValidator(_spelled_out)]


def _tag(entry: object) -> str:
    return "group" if isinstance(entry, dict) and "group" in entry else "one"


class ColumnEntry(Entry):
    """A column that holds values."""

    id: NameOrNothing
    label: LabelEntry
    kind: Kind = "integer"
    unit: Text | None = None


class ColumnGroup(Entry):
    """A header cell over several columns; its id, if any, comes before theirs."""

    group: LabelEntry
    id: NameOrNothing = ""
    columns: Annotated[list["ColumnNode"], Field(min_length=1)]


ColumnNode: TypeAlias = Annotated[
    Annotated[ColumnEntry, Tag("one")] | Annotated[ColumnGroup, Tag("group")],
    Discriminator(_tag),
]


class RowEntry(Entry):
    """A row that holds values, and the rows printed as parts of it.

    `kind` and `unit` go before those of the column.
    """

    id: NameOrNothing
    label: LabelEntry | None = None
    kind: Kind | None = None
    unit: Text | None = None
    rows: list["RowNode"] = []


class RowGroup(Entry):
    """A heading over or left of several rows, without values of its own."""

    group: LabelEntry
    rows: Annotated[list["RowNode"], Field(min_length=1)]


RowNode: TypeAlias = Annotated[
    Annotated[RowEntry, Tag("one")] | Annotated[RowGroup, Tag("group")],
    Discriminator(_tag),
]


class BandEntry(Entry):
    """Consecutive rows that share a header."""

    heading: LabelEntry | None = None
    corner: LabelEntry | None = None
    columns: Annotated[list[ColumnNode], Field(min_length=1)]
    rows: Annotated[list[RowNode], Field(min_length=1)]


class TableEntry(Entry):
    """A table of the form."""

    id: Name
    title: LabelEntry
    bands: Annotated[list[BandEntry], Field(min_length=1)]


class SumEntry(Entry):
    """A sum, or with `for` one sum for every combination of the values listed there.

    `broken` is the share of reports that break one of them, or more, on paper.
    """

    id: Template
    each: dict[Name, Annotated[list[Name], Field(min_length=1)]] = Field(default={}, alias="for")
    left: Annotated[list[Template], Field(min_length=1)]
    right: Annotated[list[Template], Field(min_length=1)]
    broken: Annotated[float, Field(gt=0, lt=1)] = 0.05


class AtMostEntry(Entry):
    """A value that should not exceed another one."""

    id: Id
    smaller: Id
    larger: Id


class CarriedEntry(Entry):
    """Rows, each with its table: what is left at the end of a year begins the next one.

    Their columns of the same id belong together, in this form and in others.
    """

    out: Id
    into: Id


class StatedEntry(Entry):
    """How sentences state a field's figure; see `forms.statements`."""

    field: Id
    phrases: Annotated[list[Phrase], Field(min_length=1)]
    unless: list[Text] = []


class Years(Entry):
    """The fiscal years a form is filled in for; `last` is left out while it is in force."""

    first: int
    last: int | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last is not None and self.last < self.first:
            raise ValueError(f"last year {self.last} lies before first year {self.first}")
        return self


class FormEntry(Entry):
    """A whole file."""

    id: Name
    name: Text
    issued_by: Text
    years: Years
    tables: Annotated[list[TableEntry], Field(min_length=1)]
    sums: list[SumEntry] = []
    at_most: list[AtMostEntry] = []
    carried: CarriedEntry | None = None
    stated: list[StatedEntry] = []
