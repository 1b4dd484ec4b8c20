"""The reader's strings for a number cell, weighed by what is printed in such cells.

Ill-formed numbers are rare in print, and so is what a field of its kind may not hold.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from forms.form import Kind
from models.digits import WORDS
from pipeline.types import Candidate, Illegible, Number, Reading
from pipeline.values import parse_value

_ODD: Final = 0.02
"""How much rarer than a string of its field's kind another is in print: a sign where none
belongs, decimals of a count, words. Of the reader's strings of other kinds most are misread:
specks before a figure, marks of notes behind it."""

_ODD_PRINT: Final = 0.02
"""How much rarer than a well-formed number an ill-formed one is in print."""

_ODD_TRUST: Final = 0.5
"""However surely it is read, it is as often print of two cells, or a misread number."""

_PRINTED: Final = re.compile(
    r"[+-]?(?:0|[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d*)(?:\.\d+)?(?:[%元个件条次人]|万元)?"
    r"|-{1,2}|—{1,2}|/|无|"
)


def weigh_numbers(guesses: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Weigh the strings of the reader of numbers by what is printed in number cells.

    Print that is no number, such as `0.` or `04`, is rare. Among the others the reader's
    certainty is kept.

    Args:
        guesses: Best first, not all of them `WORDS`.

    Returns:
        The numbers among them, best first; probabilities sum to at most 1.
    """
    numbers = [guess for guess in guesses if WORDS not in guess.text]
    odd = {guess.text: _PRINTED.fullmatch(guess.text) is None for guess in numbers}
    weights = [guess.probability * (_ODD_PRINT if odd[guess.text] else 1.0) for guess in numbers]
    scale = sum(guess.probability for guess in numbers) / max(sum(weights), 1e-12)
    weighed = [
        Candidate(guess.text, weight * scale * (_ODD_TRUST if odd[guess.text] else 1.0))
        for guess, weight in zip(numbers, weights, strict=True)
    ]
    return tuple(sorted(weighed, key=lambda one: -one.probability))


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
