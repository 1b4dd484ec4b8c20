"""Finding documents with known content."""

import json
from pathlib import Path

import pytest

from eval.corpus import REPORTS, SAMPLES, Truth, find_cases, find_contradicted
from forms.form import Form, load_forms


@pytest.fixture(scope="module")
def forms() -> dict[str, Form]:
    return {form.id: form for form in load_forms()}


def test_drawn_reports_are_found_with_level_and_truth() -> None:
    cases = [
        case for case in find_cases() if case.slug == "kuancheng_2020" and case.origin == "drawn"
    ]
    assert {case.level for case in cases} == {
        "digital", "clean", "light", "medium", "turned", "bilevel",
    }  # fmt: skip
    assert {case.truth.fiscal_year for case in cases} == {2020}


def test_every_form_occurs_among_the_drawn_reports(forms: dict[str, Form]) -> None:
    assert {case.truth.form for case in find_cases() if case.origin == "drawn"} == set(forms)


def test_documents_to_be_refused_are_no_cases() -> None:
    assert "local_annex" not in {case.slug for case in find_cases()}


def test_absent_folders_give_no_cases(tmp_path: Path) -> None:
    assert find_cases(tmp_path / "samples", tmp_path / "reports") == ()


def test_truth_names_only_fields_of_its_form(forms: dict[str, Form]) -> None:
    for case in find_cases(reports=REPORTS):
        known = {field.id for field in forms[case.truth.form].fields}
        assert set(case.truth.values) <= known, case.path


def test_template_zeros_are_found_as_contradiction(forms: dict[str, Form]) -> None:
    written = (REPORTS / "template_zeros" / "expected.json").read_text(encoding="utf-8")
    truth = Truth.model_validate(json.loads(written))
    contradicted = find_contradicted(forms["2021"], truth)
    assert {"t3.new.total", "t3.granted.total"} <= contradicted
    assert "t3.denied_secret.total" in contradicted  # part of the total column's broken sum
    assert "t4.review.total" not in contradicted


def test_sums_with_blanks_are_not_assessed(forms: dict[str, Form]) -> None:
    truth = Truth(body="", fiscal_year=2021, form="2021", values={"t3.new.natural": "3"})
    assert find_contradicted(forms["2021"], truth) == frozenset()


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the real samples are not beside this checkout")
def test_contradictions_of_a_real_sample_are_found(forms: dict[str, Form]) -> None:
    case = next(case for case in find_cases() if case.slug == "pt_nyn_2025")
    assert "t3.granted.total" in find_contradicted(forms[case.truth.form], case.truth)
