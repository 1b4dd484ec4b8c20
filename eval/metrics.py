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
    calibration_error = mean distance of confidence and share right, over bins of as many
                        fields each (expected calibration error); what is neither printed
                        nor found counts, too, for its confidence says so
    contradictions    = sums that the print breaks
    kept              = those of them with all fields as printed and blamed on the paper
    accused           = reports without one of which some sum is blamed on the paper

Each is None where there is nothing to count: an accuracy over no fields is not 0.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from training.sameness import canonical, same_value

__all__ = [
    "CalibrationBin",
    "Contradictions",
    "Outcome",
    "Score",
    "calibrate_bins",
    "canonical",
    "fill_bins",
    "same_value",
    "score_reports",
    "trade_risk",
]

CONFIDENCE_EDGES: Final = (0.0, 0.5, 0.9, 0.99, 0.999, 1.0)
"""Bins of the calibration table: fine where it decides what a person must look at."""

BINS: Final = 15
"""As is usual for the expected calibration error."""


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
    calibration_error: float | None


@dataclass(frozen=True, slots=True)
class Contradictions:
    """What was made of sums that reports break, and of those that they do not."""

    broken: int
    kept: int
    sound_reports: int
    accused: int


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """Fields whose confidence lies from `low` up to `high` (the last bin includes it)."""

    low: float
    high: float
    fields: int
    mean_confidence: float | None
    accuracy: float | None


def score_reports(reports: Sequence[Sequence[Outcome]], unprinted: Sequence[Outcome] = ()) -> Score:
    """Score reports.

    Args:
        reports: The outcomes of each one's fields.
        unprinted: Of fields of all reports that are neither printed nor found.
    """
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
        calibration_error=_calibration_error([*outcomes, *unprinted]),
    )


def fill_bins(outcomes: Sequence[Outcome], bins: int = BINS) -> tuple[CalibrationBin, ...]:
    """Bins with as many fields each, from the least sure to the surest."""
    ranked = sorted(outcomes, key=lambda item: item.confidence)
    edges = [round(number * len(ranked) / bins) for number in range(bins + 1)]
    return tuple(
        _describe_bin(inside, inside[0].confidence, inside[-1].confidence)
        for inside in (ranked[low:high] for low, high in pairwise(edges))
        if inside
    )


def trade_risk(outcomes: Sequence[Outcome]) -> tuple[tuple[float, float], ...]:
    """Share of fields accepted, and share wrong among them, as the surest are taken first."""
    ranked = sorted(outcomes, key=lambda item: -item.confidence)
    wrong = 0
    points = []
    for number, item in enumerate(ranked, start=1):
        wrong += not item.right
        points.append((number / len(ranked), wrong / number))
    return tuple(points)


def calibrate_bins(outcomes: Sequence[Outcome]) -> tuple[CalibrationBin, ...]:
    """Compare confidence and accuracy bin by bin, along `CONFIDENCE_EDGES`."""
    bins = []
    for low, high in pairwise(CONFIDENCE_EDGES):
        last = high == CONFIDENCE_EDGES[-1]
        inside = [
            item for item in outcomes
            if low <= item.confidence < high or (last and item.confidence == high)
        ]  # fmt: skip
        bins.append(_describe_bin(inside, low, high))
    return tuple(bins)


def _describe_bin(inside: Sequence[Outcome], low: float, high: float) -> CalibrationBin:
    mean = sum(item.confidence for item in inside) / len(inside) if inside else None
    return CalibrationBin(low, high, len(inside), mean, _share(item.right for item in inside))


def _calibration_error(outcomes: Sequence[Outcome]) -> float | None:
    """None when there are too few fields to fill the bins."""
    if len(outcomes) < BINS:
        return None
    gaps = (
        one.fields * abs(one.mean_confidence - one.accuracy)
        for one in fill_bins(outcomes)
        if one.mean_confidence is not None and one.accuracy is not None
    )
    return sum(gaps) / len(outcomes)


def _is_nothing(text: str) -> bool:
    plain = canonical(text)
    return not plain or re.fullmatch(r"-?0+(\.0+)?", plain) is not None


def _share(flags: Iterable[bool]) -> float | None:
    seen = list(flags)
    return sum(seen) / len(seen) if seen else None
