"""Figures of reports: sums hold unless broken on purpose, and all that is printed occurs."""

from collections.abc import Mapping

import pytest
from numpy.random import default_rng

from forms.form import Form, load_forms
from training.figures import broken_sums, draw_figures

FORMS = {form.id: form for form in load_forms()}
SEEDS = range(400)


@pytest.fixture(scope="module", params=FORMS)
def form(request: pytest.FixtureRequest) -> Form:
    return FORMS[str(request.param)]


@pytest.fixture(scope="module")
def reports(form: Form) -> list[Mapping[str, str]]:
    return [draw_figures(form, default_rng(seed)) for seed in SEEDS]


def test_a_seed_draws_the_same_figures_again(form: Form, reports: list[Mapping[str, str]]) -> None:
    assert draw_figures(form, default_rng(7)) == reports[7]
    assert reports[7] != reports[8]


def test_every_field_has_a_text_in_the_form_s_order(
    form: Form, reports: list[Mapping[str, str]]
) -> None:
    assert all(tuple(texts) == tuple(field.id for field in form.fields) for texts in reports)


def test_about_one_report_in_seven_contradicts_itself(
    form: Form, reports: list[Mapping[str, str]]
) -> None:
    contradicting = sum(bool(broken_sums(texts, form)) for texts in reports)
    assert 0.1 < contradicting / len(SEEDS) < 0.2


def test_contradictions_are_of_every_kind_of_sum(
    form: Form, reports: list[Mapping[str, str]]
) -> None:
    totals = {rule.kind for rule in form.sums if len(rule.right) == 1}
    assert totals <= {rule.kind for texts in reports for rule in broken_sums(texts, form)}


def test_nothing_but_zeros_is_drawn_where_asked(form: Form) -> None:
    numbers = [draw_figures(form, default_rng(seed), zeros=1.0) for seed in range(20)]
    summed = {name for rule in form.sums for name in (*rule.left, *rule.right)}
    consistent = [texts for texts in numbers if not broken_sums(texts, form)]
    assert len(consistent) > 10
    assert {texts[name] for texts in consistent for name in summed} <= {"0", ""}


def test_most_figures_are_zeros_and_every_sign_for_nothing_occurs(
    reports: list[Mapping[str, str]],
) -> None:
    texts = [text for report in reports for text in report.values()]
    assert texts.count("0") / len(texts) > 0.5
    assert {"", "/", "—", "——", "-", "无"} <= set(texts)


def test_long_grouped_and_decimal_numbers_occur(reports: list[Mapping[str, str]]) -> None:
    texts = {text for report in reports for text in report.values()}
    assert any(len(text) == 8 and text.isdigit() for text in texts)
    assert any("," in text for text in texts)
    assert any("." in text for text in texts)
    assert any(text.endswith(("件", "条", "次", "个", "人")) for text in texts)


def test_changes_are_printed_with_their_sign() -> None:
    form = FORMS["2019"]
    signed = [field.id for field in form.fields if field.kind == "signed"]
    texts = {draw_figures(form, default_rng(seed))[name] for seed in range(60) for name in signed}
    assert any(text.startswith("-") and text[1:].isdigit() for text in texts)
    assert any(text.startswith("+") for text in texts)


def test_a_wrong_total_is_a_broken_sum() -> None:
    form = FORMS["2021"]
    zeros = dict.fromkeys((field.id for field in form.fields), "0")
    assert broken_sums(zeros, form) == ()
    (rule,) = [rule for rule in form.sums if rule.right == ("t3.new.total",)]
    assert rule in broken_sums(zeros | {"t3.new.total": "1"}, form)
    assert broken_sums(zeros | {"t3.new.total": ""}, form) == ()
