"""Readings → what each field holds and how sure that is.

Sums are asked first; where these leave a doubt, the report's sentences and the figures that
other reports give.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

from forms.form import Form
from models.calibration import Calibration
from pipeline.repair import repair
from pipeline.review import Judgement, Policy, judge
from pipeline.sentences import fields_in_reach, fields_in_sentences, find_stated
from pipeline.stated import Stated
from pipeline.types import FieldReading, Posterior, Section

Conclusions: TypeAlias = tuple[tuple[Posterior, Judgement], ...]
"""What speaks for each field, and how sure that makes it."""


def conclude_fields(
    form: Form,
    fields: Sequence[FieldReading],
    sections: Sequence[Section],
    calibration: Calibration,
    policy: Policy,
    known: Sequence[Stated] = (),
) -> Conclusions:
    """Weigh what was read.

    Args:
        form: The report's form.
        fields: One for each field of the form.
        sections: The prose as far as it was read, for where the sums leave a doubt that a
            sentence could settle.
        calibration: Makes confidences of posteriors.
        policy: What the caller bears.
        known: Figures that other reports give, for fields of whatever form.

    Returns:
        One conclusion for each field, in the order of `fields`.
    """
    summed = _weigh(form, fields, (), calibration, policy)
    ours = {field.id for field in form.fields}
    others = tuple(one for one in known if one.field in ours)
    may_be_stated = fields_in_sentences(form).union(one.field for one in others)
    if not _doubtful(summed) & fields_in_reach(form, may_be_stated):
        return summed
    stated = (*find_stated(sections, form), *others)
    if not stated:
        return summed
    told = _weigh(form, fields, stated, calibration, policy)
    return told if _settles(told, summed) else summed


def judge_fields(
    form: Form, fields: Sequence[FieldReading], calibration: Calibration, policy: Policy
) -> Conclusions:
    """Judge every field by the form's sums and change none: it holds what was read first."""
    posteriors = repair(without_sums(form), fields)
    return tuple(zip(posteriors, judge(form, posteriors, calibration, policy), strict=True))


def without_sums(form: Form) -> Form:
    """A form that says nothing of how its values hang together."""
    return replace(form, sums=(), at_most=())


def _weigh(
    form: Form,
    fields: Sequence[FieldReading],
    stated: Sequence[Stated],
    calibration: Calibration,
    policy: Policy,
) -> Conclusions:
    posteriors = repair(form, fields, stated)
    return tuple(zip(posteriors, judge(form, posteriors, calibration, policy), strict=True))


def _settles(told: Conclusions, summed: Conclusions) -> bool:
    """Whether what is stated leaves fewer doubts and no new one, and changes only what it settles.

    Sentences of a report whose prose counts something else do not.

    Source: docs/decisions/0006-repair.md
    """
    doubtful = _doubtful(told)
    changed = {
        one.found.field
        for (one, _), (before, _) in zip(told, summed, strict=True)
        if one.text != before.text
    }
    return doubtful < _doubtful(summed) and not changed & doubtful


def _doubtful(conclusions: Conclusions) -> frozenset[str]:
    return frozenset(one.found.field for one, judgement in conclusions if not judgement.accepted)
