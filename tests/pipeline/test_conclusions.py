"""Sentences settle what the sums leave in doubt, and change nothing else."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from eval.corpus import find_cases
from eval.misreadings import read_surely
from forms.form import Form
from models.calibration import USUAL_RISK, load_calibration
from pipeline.conclusions import Conclusions, conclude_fields
from pipeline.repair import repair
from pipeline.review import Policy, judge
from pipeline.sentences import find_stated
from pipeline.stated import Stated
from pipeline.types import Candidate, FieldReading, Section

AGREEING = (Section("一、总体情况", "全年办结27件，按时办结25件。", 1),)
DIFFERING = (Section("一、总体情况", "全年办结30件，按时办结28件。", 1),)
PRINTED, OTHER = ("27", "25"), ("21", "19")
NAMES = ("s.closed", "s.closed_on_time")

Fields = tuple[FieldReading, ...]


@pytest.fixture(scope="module")
def form(forms: Mapping[str, Form]) -> Form:
    return forms["2014"]


def read_either(form: Form, first: tuple[str, str], second: tuple[str, str]) -> Fields:
    """Read surely but for a total and its part, with which the sum holds either way."""
    case = next(case for case in find_cases() if case.slug == "statistics_2016")
    either = {
        name: (Candidate(one, 0.6), Candidate(other, 0.39))
        for name, one, other in zip(NAMES, first, second, strict=True)
    }
    return tuple(
        replace(found, reading=replace(found.reading, candidates=either[found.field]))
        if found.field in either and found.reading is not None
        else found
        for found in read_surely(form, case.truth.values)
    )


def confidence(form: Form, fields: Fields, stated: tuple[Stated, ...]) -> float:
    posteriors = repair(form, fields, stated)
    judgements = judge(form, posteriors, load_calibration(), Policy(USUAL_RISK, None))
    pairs = zip(posteriors, judgements, strict=True)
    return next(judgement.confidence for one, judgement in pairs if one.found.field == NAMES[0])


def concluded(
    form: Form,
    fields: Fields,
    sections: tuple[Section, ...],
    least: float,
    known: tuple[Stated, ...] = (),
) -> Conclusions:
    policy = Policy(USUAL_RISK, least)
    return conclude_fields(form, fields, sections, load_calibration(), policy, known)


def test_sentence_settles_a_doubt_that_it_agrees_with(form: Form) -> None:
    fields = read_either(form, PRINTED, OTHER)
    untold = confidence(form, fields, ())
    told = confidence(form, fields, find_stated(AGREEING, form))
    assert told > untold
    least = (told + untold) / 2
    for sections, accepted in (((), False), (AGREEING, True), (DIFFERING, False)):
        found = concluded(form, fields, sections, least)
        passed = {one.found.field for one, judgement in found if judgement.accepted}
        assert set(NAMES) <= passed if accepted else passed.isdisjoint(NAMES)


@pytest.mark.parametrize(("figures", "accepted"), [(PRINTED, True), (("30", "28"), False)])
def test_another_report_settles_a_doubt_that_it_agrees_with(
    figures: tuple[str, str], *, accepted: bool, form: Form
) -> None:
    fields = read_either(form, PRINTED, OTHER)

    def state(told: tuple[str, str]) -> tuple[Stated, ...]:
        pairs = zip(NAMES, told, strict=True)
        return tuple(Stated(name, Decimal(one), 0.95, "the report of 2017") for name, one in pairs)

    least = (confidence(form, fields, ()) + confidence(form, fields, state(PRINTED))) / 2
    of_another_form = Stated("t3.carried_in.total", Decimal(27), 0.95, "the report of 2017")
    found = concluded(form, fields, (), least, (of_another_form, *state(figures)))
    passed = {one.found.field for one, judgement in found if judgement.accepted}
    assert set(NAMES) <= passed if accepted else passed.isdisjoint(NAMES)


@pytest.mark.parametrize("sections", [AGREEING, DIFFERING])
def test_sentence_that_settles_nothing_changes_nothing(
    sections: tuple[Section, ...], form: Form
) -> None:
    fields = read_either(form, OTHER, PRINTED)
    assert concluded(form, fields, sections, 1.0) == concluded(form, fields, (), 1.0)


def test_what_a_sentence_decided_is_said_with_its_page(form: Form) -> None:
    fields = read_either(form, OTHER, PRINTED)
    posteriors = repair(form, fields, find_stated(AGREEING, form))
    (closed,) = (one for one in posteriors if one.found.field == NAMES[0])
    assert (closed.text, closed.source) == ("27", "repaired")
    assert closed.why is not None
    assert "（二）申请办结数" in closed.why
    assert "“全年办结27件” in 一、总体情况 (page 1) states it" in closed.why
