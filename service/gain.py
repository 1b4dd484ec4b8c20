"""Which doubtful field to ask for next: the one whose answer is expected to settle most others."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from forms.form import Form
from models.calibration import Calibration
from pipeline.types import FieldValue, Report
from service.drafts import Draft, conclude_again

_MOST_FIELDS: Final = 8
_MOST_ANSWERS: Final = 2
"""Each answer tried weighs the whole report again, and the reviewer waits for it."""


@dataclass(frozen=True, slots=True)
class Gain:
    """How many other doubts the answer to a field is expected to settle."""

    field: str
    settles: float


def order_doubts(
    draft: Draft, said: Mapping[str, str], form: Form, calibration: Calibration
) -> tuple[Gain, ...]:
    """Every doubtful field, the one first whose answer settles most.

    An answer is weighed by how probable it is. Only the least sure fields are tried; the others
    follow, as do fields that settle nothing, the least sure first.

    Args:
        draft: The report.
        said: What is printed, by field, where a person has said it.
        form: The report's form.
        calibration: That of the models that read it.
    """
    report = conclude_again(draft, said, form, calibration)
    doubts = sorted(_doubts(report), key=lambda value: value.confidence)

    def settled_by(field: str, text: str) -> int:
        after = conclude_again(draft, {**said, field: text}, form, calibration)
        return sum(one.field != field for one in doubts) - sum(
            one.field != field for one in _doubts(after)
        )

    def gain_of(value: FieldValue) -> Gain:
        answers = _answers(value)
        total = sum(answers.values()) or 1.0
        expected = sum(
            share * settled_by(value.field, text) / total for text, share in answers.items()
        )
        return Gain(value.field, expected)

    tried = [gain_of(value) for value in doubts[:_MOST_FIELDS]]
    best_first = sorted(tried, key=lambda gain: -gain.settles)
    return (*best_first, *(Gain(value.field, 0.0) for value in doubts[_MOST_FIELDS:]))


def _doubts(report: Report) -> Iterator[FieldValue]:
    return (value for value in report.fields if value.review)


def _answers(value: FieldValue) -> dict[str, float]:
    """What a person may say of a field, with how probable that is."""
    others = {one.text: one.probability for one in value.alternatives}
    answers = {value.text: value.confidence, **others}
    likely = sorted(answers, key=answers.__getitem__, reverse=True)
    return {text: answers[text] for text in likely[:_MOST_ANSWERS]}
