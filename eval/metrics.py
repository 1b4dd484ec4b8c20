"""When is a field right, and how right is a report.

A field is right when its canonical text equals the truth's. Over the fields of any
number of reports:

    accuracy          = right / fields
    accuracy_nonzero  = right / fields, over fields whose truth is neither zero nor empty
    accuracy_blank    = right / fields, over fields whose truth is empty
    precision         = right / fields, over fields that nobody was asked to review
    review_rate       = fields to review / fields
    reports_right     = reports without a wrong field / reports
    silent_repairs    = wrong fields that nobody was asked to review, among those in a
                        sum that the print itself breaks

Each is None where there is nothing to count: an accuracy over no fields is not 0.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

_UNIT: Final = re.compile(r"\s*(?:万元|元|个)$")
_THOUSANDS: Final = re.compile(r"(?<=\d),\s?(?=\d{3}(?!\d))")

CONFIDENCE_EDGES: Final = (0.0, 0.5, 0.9, 0.99, 0.999, 1.0)
"""Bins of the calibration table: fine where it decides what a person must look at."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One field of one report: what is printed and what was read.

    Attributes:
        truth: As printed.
        read: As extracted, "" when the field was not found.
        confidence: What the extraction said of it, 0 to 1.
        review: Whether it asked for a person to look.
        contradicted: Whether the field is in a sum that fails on the printed values.
    """

    truth: str
    read: str
    confidence: float
    review: bool
    contradicted: bool

    @property
    def right(self) -> bool:
        """Whether both texts are the same value."""
        return same_value(self.truth, self.read)


@dataclass(frozen=True, slots=True)
class Score:
    """The measures of the module's head over some reports; None: nothing to count."""

    reports: int
    fields: int
    accuracy: float | None
    accuracy_nonzero: float | None
    accuracy_blank: float | None
    precision: float | None
    review_rate: float | None
    reports_right: float | None
    silent_repairs: int


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """Fields whose confidence lies from `low` up to `high` (the last bin includes it)."""

    low: float
    high: float
    fields: int
    mean_confidence: float | None
    accuracy: float | None


def canonical(text: str) -> str:
    """What counts of a field's text.

    Trimmed; NFKC, so that full-width forms are ASCII; without thousands commas, a
    trailing unit (元, 万元, 个) and a leading plus. "" stays "" and "0" stays "0".

    Source: ../shared/samples/README.md
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    return _THOUSANDS.sub("", _UNIT.sub("", plain)).removeprefix("+").strip()


def same_value(one: str, other: str) -> bool:
    """Whether two texts are the same value: equal canonical texts, nothing looser."""
    return canonical(one) == canonical(other)


def score_reports(reports: Sequence[Sequence[Outcome]]) -> Score:
    """Score reports, each given as the outcomes of its fields."""
    outcomes = [outcome for report in reports for outcome in report]
    return Score(
        reports=len(reports),
        fields=len(outcomes),
        accuracy=_share(outcome.right for outcome in outcomes),
        accuracy_nonzero=_share(item.right for item in outcomes if not _is_nothing(item.truth)),
        accuracy_blank=_share(item.right for item in outcomes if not canonical(item.truth)),
        precision=_share(outcome.right for outcome in outcomes if not outcome.review),
        review_rate=_share(outcome.review for outcome in outcomes),
        reports_right=_share(all(item.right for item in report) for report in reports),
        silent_repairs=sum(
            item.contradicted and not item.right and not item.review for item in outcomes
        ),
    )


def calibrate_bins(outcomes: Sequence[Outcome]) -> tuple[CalibrationBin, ...]:
    """Compare confidence and accuracy bin by bin, along `CONFIDENCE_EDGES`."""
    bins = []
    for low, high in pairwise(CONFIDENCE_EDGES):
        last = high == CONFIDENCE_EDGES[-1]
        inside = [
            item for item in outcomes
            if low <= item.confidence < high or (last and item.confidence == high)
        ]  # fmt: skip
        mean = sum(item.confidence for item in inside) / len(inside) if inside else None
        accuracy = _share(item.right for item in inside)
        bins.append(CalibrationBin(low, high, len(inside), mean, accuracy))
    return tuple(bins)


def _is_nothing(text: str) -> bool:
    plain = canonical(text)
    return not plain or re.fullmatch(r"-?0+(\.0+)?", plain) is not None


def _share(flags: Iterable[bool]) -> float | None:
    seen = list(flags)
    return sum(seen) / len(seen) if seen else None
