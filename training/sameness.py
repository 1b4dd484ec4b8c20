"""When a text that was read is the text that is printed."""

import re
import unicodedata
from typing import Final

from pipeline.values import NOTE_MARKS

_UNIT: Final = re.compile(r"\s*(?:万元|元|个)$")
_THOUSANDS: Final = re.compile(r"(?<=\d),\s?(?=\d{3}(?!\d))")


def canonical(text: str) -> str:
    """What counts of a field's text.

    Trimmed; NFKC, so that full-width forms are ASCII; without thousands commas, a
    trailing unit (元, 万元, 个), a leading plus and marks that refer to a note. "" stays ""
    and "0" stays "0".

    Source: ../shared/samples/README.md, but for the marks.
    """
    plain = unicodedata.normalize("NFKC", NOTE_MARKS.sub("", text.strip())).strip()
    return _THOUSANDS.sub("", _UNIT.sub("", plain)).removeprefix("+").strip()


def same_value(one: str, other: str) -> bool:
    """Whether two texts are the same value: equal canonical texts, nothing looser."""
    return canonical(one) == canonical(other)
