"""Readings gone wrong on purpose, as those of our reader do: what repair is tried on.

Source: docs/decisions/0006-repair.md
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final

from forms.form import Form
from pipeline.types import Box, Candidate, Cell, FieldReading, Reading
from pipeline.values import count_of as count_value
from pipeline.values import parse_value

SURE: Final = 0.9995
"""How surely a clean page is read, mostly."""

USUAL: Final = 0.97
"""Three of four of the reader's misreadings are less sure, on scans of every quality."""

_SECOND: Final = 0.02
"""What the truth is given when it comes second to a misreading of usual sureness."""

_LOOKALIKES: Final = {
    "0": "8",
    "1": "7",
    "2": "7",
    "3": "8",
    "5": "6",
    "6": "8",
    "8": "3",
    "9": "0",
}
_PLACE: Final = Box(0.0, 0.0, 10.0, 10.0)

Misread = Callable[[str], str | None]
"""What a printed text is taken for; None where it cannot be misread in this way."""


def _drop_digit(text: str) -> str | None:
    return text[1:] if len(text) > 1 and text.isdigit() and text[1] != "0" else None


def _double_digit(text: str) -> str | None:
    return text + text[-1] if text.isdigit() and text != "0" else None


def _confuse_digit(text: str) -> str | None:
    if not text or text[-1] not in _LOOKALIKES:
        return None
    return text[:-1] + _LOOKALIKES[text[-1]]


def _see_comma(text: str) -> str | None:
    return f"{text[:-1]}.{text[-1]}" if len(text) > 1 and text.isdigit() else None


def _see_rule(text: str) -> str | None:
    return f"1{text}" if text.isdigit() and text != "0" else None


def _lose_print(text: str) -> str | None:
    return "" if text else None


def _see_zero(text: str) -> str | None:
    return "0" if text != "0" else None


def _see_one(text: str) -> str | None:
    return "1" if text in ("/", "-", "—", "|", "") else None


def _see_slash(text: str) -> str | None:
    return "/" if text == "1" else None


def _see_another(text: str) -> str | None:
    return "47" if text != "47" else "52"


KINDS: Final[Mapping[str, Misread]] = {
    "digit dropped": _drop_digit,
    "digit doubled": _double_digit,
    "look-alike digit": _confuse_digit,
    "comma for a point": _see_comma,
    "rule for a 1": _see_rule,
    "print lost": _lose_print,
    "0 seen": _see_zero,
    "1 seen": _see_one,
    "slash for a 1": _see_slash,
    "another number": _see_another,
}
"""Ways to misread one cell."""


def read_surely(form: Form, printed: Mapping[str, str]) -> tuple[FieldReading, ...]:
    """Every field as it is printed, as a reader of a clean scan would have it.

    The search for print has found what there is: the reader alone goes wrong.
    """
    return tuple(_read(field.id, printed.get(field.id, ""), field.unit) for field in form.fields)


def _read(name: str, text: str, unit: str | None) -> FieldReading:
    cell = Cell(0, 0, 1, 1, _PLACE, (_PLACE,) if text else (), touched=False)
    reading = Reading(cell, 1, "", (Candidate(text, SURE),), "read")
    return FieldReading(name, reading, SURE, unit)


def misread_cell(found: FieldReading, kind: str, *, seen: bool) -> FieldReading | None:
    """One cell misread in a way of `KINDS`; None where its text cannot be.

    Args:
        found: Read as printed.
        kind: A key of `KINDS`.
        seen: Whether the reader, of usual sureness, saw the truth too. If not it is as
            sure as of a right reading; then what counts the same in a sum (a blank for a 0)
            is left out: nothing could tell it.
    """
    reading = found.reading
    if reading is None or not reading.candidates:
        return None
    printed = reading.candidates[0].text
    wrong = KINDS[kind](printed)
    if wrong is None or wrong == printed:
        return None
    if not seen and count_of(wrong) == count_of(printed):
        return None
    both = (Candidate(wrong, USUAL), Candidate(printed, _SECOND))
    candidates = both if seen else (Candidate(wrong, SURE),)
    return replace(found, reading=replace(reading, candidates=candidates))


def count_of(text: str) -> Decimal:
    """What a text counts in a sum, where all that is no number is 0."""
    return count_value(parse_value(text)[0]) or Decimal(0)
