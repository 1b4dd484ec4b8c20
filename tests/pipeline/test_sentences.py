"""Figures that sentences of the prose state."""

from collections.abc import Mapping
from decimal import Decimal

import pytest

from forms.form import Form
from pipeline.sentences import fields_in_reach, fields_in_sentences, find_stated
from pipeline.types import Section


def stated(form: Form, *texts: str) -> dict[str, Decimal]:
    sections = tuple(Section("一、总体情况", text, 1) for text in texts)
    return {one.field: one.value for one in find_stated(sections, form)}


def test_sentence_with_all_figures_of_a_year_states_them_all(forms: Mapping[str, Form]) -> None:
    text = (
        "2021年，全区共收到政府信息公开申请29件，上年结转1件，予以公开20件，部分公开4件，"
        "结转下年度继续办理2件。行政复议9件，其中结果维持3件，结果纠正1件，尚未审结5件；"
        "行政诉讼4件，其中结果维持2件。"
    )
    assert stated(forms["2021"], text) == {
        "t3.new.total": 29,
        "t3.carried_in.total": 1,
        "t3.granted.total": 20,
        "t3.partial.total": 4,
        "t3.carried_out.total": 2,
        "t4.review.total": 9,
        "t4.review.upheld": 3,
        "t4.review.corrected": 1,
        "t4.review.pending": 5,
    }


def test_older_form_has_phrases_of_its_own(forms: Mapping[str, Form]) -> None:
    text = "主动公开信息数1,268条。收到申请27件，其中当面申请4件，网络申请23件；按时办结27件。"
    assert stated(forms["2014"], text) == {
        "s.disclosed": 1268,
        "s.received": 27,
        "s.received_in_person": 4,
        "s.received_online": 23,
        "s.closed_on_time": 27,
    }


@pytest.mark.parametrize(
    "text",
    [
        "其中收到自然人申请12件。",
        "通过信函收到申请12件。",
        "与去年相比，收到申请12件。",
        "收到申请10余件。",
        "收到涉及诉讼的申请12件。",
        "收到申请较上年增长12%。",
        "予以公开及部分公开12件。",
    ],
)
def test_part_or_another_year_or_count_is_not_taken_for_the_total(
    text: str, forms: Mapping[str, Form]
) -> None:
    assert stated(forms["2019"], text) == {}


def test_none_received_is_a_zero(forms: Mapping[str, Form]) -> None:
    assert stated(forms["2021"], "全年未收到政府信息公开申请。") == {"t3.new.total": 0}


def test_full_width_digits_and_thousands_are_read(forms: Mapping[str, Form]) -> None:
    assert stated(forms["2021"], "共受理政府信息公开申请３，１１９件。") == {"t3.new.total": 3119}


def test_figure_that_two_sentences_state_differently_is_no_evidence(
    forms: Mapping[str, Form],
) -> None:
    assert stated(forms["2021"], "收到申请12件。", "全局收到申请15件。") == {}


def test_source_names_clause_section_and_page(forms: Mapping[str, Form]) -> None:
    section = Section("一、总体情况", "2024年，共受理申请3,119件，答复3050件（含结转）。", 2)
    new, results = find_stated((section,), forms["2021"])
    assert new.source == "“共受理申请3,119件” in 一、总体情况 (page 2)"
    assert results.source == "“答复3050件” in 一、总体情况 (page 2)"


def test_only_fields_that_a_sentence_can_reach_make_it_worth_reading(
    forms: Mapping[str, Form],
) -> None:
    form = forms["2021"]
    reached = fields_in_reach(form, fields_in_sentences(form))
    assert {"t3.new.total", "t3.new.natural", "t3.results_total.total"} <= reached
    assert "t2.fees.amount" not in reached
