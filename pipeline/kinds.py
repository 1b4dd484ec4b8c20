"""What a field may hold says which of the strings seen in its cell is likelier printed."""

from dataclasses import replace
from typing import Final

from forms.form import Kind
from pipeline.types import Candidate, Illegible, Number, Reading
from pipeline.values import parse_value

_ODD: Final = 0.02
"""How much rarer than a string of its field's kind another is in print: a sign where none
belongs, decimals of a count, words. Of the reader's strings of other kinds most are misread:
specks before a figure, marks of notes behind it."""


def weigh_by_kind(reading: Reading, kind: Kind) -> Reading:
    """The same reading, its candidates weighed by whether their field may hold them.

    How sure the reader is of all of them together is kept. What a text layer says stands.
    """
    if reading.source == "text_layer":
        return reading
    shares = [
        one.probability * (1.0 if is_of_kind(one.text, kind) else _ODD)
        for one in reading.candidates
    ]
    scale = sum(one.probability for one in reading.candidates) / max(sum(shares), 1e-12)
    weighed = (
        Candidate(one.text, share * scale)
        for one, share in zip(reading.candidates, shares, strict=True)
    )
    ranked = sorted(weighed, key=lambda one: -one.probability)
    return replace(reading, candidates=tuple(ranked))


def is_of_kind(text: str, kind: Kind) -> bool:
    """Whether a field of this kind may hold a text: a number of its kind, or none at all."""
    value, _ = parse_value(text)
    if isinstance(value, Illegible):
        return False
    if not isinstance(value, Number):
        return True
    signed = text.lstrip()[:1] in ("-", "+")
    decimal = isinstance(value.value, float)
    return signed <= (kind == "signed") and decimal <= (kind == "decimal")
