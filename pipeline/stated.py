"""Figures that something outside a report's tables gives for its fields."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Stated:
    """A figure that a sentence or another report gives for a field.

    Attributes:
        field: Its id.
        value: As stated.
        trust: Probability that the field holds it, where it is stated.
        source: For people: "a sentence on page 2", "the report of 2021".
    """

    field: str
    value: Decimal
    trust: float
    source: str


def mark(fingerprint: str, stated: Sequence[Stated]) -> str:
    """The fingerprint of a result that other reports had a say in; itself where none had."""
    if not stated:
        return fingerprint
    return hashlib.sha256(repr((fingerprint, *stated)).encode()).hexdigest()[:16]
