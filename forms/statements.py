"""How sentences state a field's figure: phrases as a form's file lists them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from forms.schema import StatedEntry

FIGURE: Final = "N"
"""Stands for the figure in a phrase; a phrase without it says that there was none: 0."""

WORDS: Final = "…"
"""Stands for some words of one clause, or for none."""

CLAUSES: Final = "……"
"""Stands for anything up to the end of the sentence."""


@dataclass(frozen=True, slots=True)
class Statement:
    """The ways in which sentences state the figure of one field.

    Attributes:
        field: Its id.
        phrases: Wordings with `FIGURE`, `WORDS` and `CLAUSES` in them.
        unless: Words that, standing in the sentence before the figure's end, say that it
            counts something else: a part of it, another year.
    """

    field: str
    phrases: tuple[str, ...]
    unless: tuple[str, ...]


def list_statements(entries: Iterable[StatedEntry]) -> Iterator[Statement]:
    """The statements as a form's file lists them."""
    for entry in entries:
        yield Statement(entry.field, tuple(entry.phrases), tuple(entry.unless))


def find_unknown_fields(statements: Iterable[Statement], fields: frozenset[str]) -> Iterator[str]:
    """Say which statements are about no field of the form, one sentence a fault."""
    for one in statements:
        if one.field not in fields:
            yield f"stated names {one.field!r}, which is no field of the form"
