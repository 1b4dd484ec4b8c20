"""The form's sums, evaluated on what was read.

A sum with a field that holds no number is not assessed, not even in part: a blank
may stand for 0, or for a figure that nobody filled in.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from forms.form import AtMost, Form, Sum
from forms.wording import labels_of, name_field
from pipeline.types import Check, FieldValue, Number, ReportWarning, Verdict
from pipeline.values import plain_number

SURE: Final = 0.9
"""From here on the readings of a failing sum are trusted and the paper is blamed.

A decision, not a measurement: one blamed report in ten may be a misread one at worst. All fields
together are as sure, and each reading by itself: a body that writes 0 in most cells makes a
doubtful 0 likely right, and the paper no likelier wrong.
"""

SUMS_HOLD_PRIOR: Final = 6 / 7
"""Probability that a sum holds which cannot be assessed.

About 1 real report in 7 breaks some of its sums; it seldom breaks all, so this is low.
"""


def check_sums(form: Form, values: Mapping[str, FieldValue]) -> tuple[Check, ...]:
    """Evaluate every sum of a form, exactly and without tolerance.

    Where a sum fails, `probability` is that of some field being misread: as if each were in
    doubt for itself. Where it holds, a single misread field would have broken it: the doubts
    are one, that of the least sure field.

    Args:
        form: The report's form.
        values: By field id; one for every field that a sum of the form names.

    Returns:
        One check for each sum, in the order of the form.

    Source: docs/decisions/0006-repair.md
    """
    return tuple(_check(rule, values) for rule in form.sums)


def check_at_most(form: Form, values: Mapping[str, FieldValue]) -> tuple[ReportWarning, ...]:
    """Warn, with the code `at_most`, of values that exceed one they are a part of."""
    labels = labels_of(form)
    warnings = (_compare(rule, values, labels) for rule in form.at_most)
    return tuple(warning for warning in warnings if warning is not None)


def _check(rule: Sum, values: Mapping[str, FieldValue]) -> Check:
    fields = (*rule.left, *rule.right)
    left = _total(values[field] for field in rule.left)
    right = _total(values[field] for field in rule.right)
    holds = None if left is None or right is None else left == right
    confidences = [values[field].confidence for field in fields]
    return Check(
        id=rule.id,
        fields=fields,
        left=None if left is None else plain_number(left),
        right=None if right is None else plain_number(right),
        holds=holds,
        verdict=_verdict(holds, [values[field] for field in fields]),
        probability=_probability(holds, confidences),
    )


def _total(values: Iterable[FieldValue]) -> Decimal | None:
    """The exact sum of the printed decimals; None when one is no number."""
    total = Decimal(0)
    for value in values:
        if not isinstance(value.value, Number):
            return None
        total += value.value.exact
    return total


def _verdict(holds: bool | None, values: Sequence[FieldValue]) -> Verdict:  # noqa: FBT001 - a finding, no switch
    if holds is None:
        return "not_assessable"
    if holds:
        return "holds"
    together = math.prod(value.confidence for value in values)
    read = min(1.0 if value.source == "reviewed" else value.reading_confidence for value in values)
    return "broken_on_paper" if min(together, read) >= SURE else "uncertain"


def _probability(holds: bool | None, confidences: Sequence[float]) -> float:  # noqa: FBT001 - a finding, no switch
    if holds is None:
        return SUMS_HOLD_PRIOR
    return min(confidences) if holds else 1 - math.prod(confidences)


def _compare(
    rule: AtMost, values: Mapping[str, FieldValue], labels: Mapping[str, tuple[str, str]]
) -> ReportWarning | None:
    smaller, larger = values[rule.smaller], values[rule.larger]
    if not (isinstance(smaller.value, Number) and isinstance(larger.value, Number)):
        return None
    if smaller.value.exact <= larger.value.exact:
        return None
    message = (
        f"“{name_field(labels[rule.smaller])}” ({smaller.text}) exceeds"
        f" “{name_field(labels[rule.larger])}” ({larger.text}), which it should be a part of"
    )
    return ReportWarning(code="at_most", message=message, page=smaller.page)
