"""Real and drawn reports with known content, whole: from bytes to values.

Tolerances are named: a digital report is read exactly; scans of real reports, up to medium
damage, to 99.5 % over all of them; and no wrong value passes without a review flag.
"""

from collections.abc import Mapping
from pathlib import Path

import pytest

from eval.corpus import REPORTS, SAMPLES, Case, find_cases
from eval.metrics import same_value
from forms.form import Form
from models.load import Models
from pipeline.errors import ReportError
from pipeline.extract import Options, extract
from pipeline.types import Missing, Report

LEAST_SHARE_RIGHT = 0.995

CASES = find_cases()

needs_samples = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason="the real samples are not beside this checkout"
)


def read(case: Case, models: Models, forms: Mapping[str, Form]) -> Report:
    return extract(case.path.read_bytes(), case.path.name, models, tuple(forms.values()), Options())


def find_wrong(report: Report, case: Case) -> list[str]:
    """Ids of fields that are not what the truth says."""
    found = {field.field: field for field in report.fields}
    return [
        name
        for name, text in case.truth.values.items()
        if isinstance(found[name].value, Missing) or not same_value(found[name].text, text)
    ]


def named(level: str, *, drawn: bool) -> list[Case]:
    return [case for case in CASES if case.level == level and (case.origin == "drawn") == drawn]


def slug(case: Case) -> str:
    return f"{case.slug}-{case.level}"


@needs_samples
@pytest.mark.parametrize("case", named("digital", drawn=False), ids=slug)
def test_a_real_digital_report_is_read_exactly(
    case: Case, models: Models, forms: Mapping[str, Form]
) -> None:
    report = read(case, models, forms)
    assert report.form == case.truth.form
    assert find_wrong(report, case) == []
    assert report.body.value == case.truth.body
    assert report.fiscal_year.value == case.truth.fiscal_year


@needs_samples
@pytest.mark.parametrize("level", ["clean", "light", "medium"])
def test_real_scans_are_read_and_no_wrong_value_looks_sure(
    level: str, models: Models, forms: Mapping[str, Form]
) -> None:
    total, wrong = 0, 0
    for case in named(level, drawn=False):
        report = read(case, models, forms)
        mistaken = find_wrong(report, case)
        sure = {field.field for field in report.fields if not field.review}
        assert sure.isdisjoint(mistaken), case.slug
        assert report.body.value == case.truth.body
        assert report.fiscal_year.value == case.truth.fiscal_year
        total += len(case.truth.values)
        wrong += len(mistaken)
    assert total > 800
    assert wrong <= (1 - LEAST_SHARE_RIGHT) * total


@pytest.mark.parametrize("case", named("digital", drawn=True), ids=slug)
def test_a_drawn_variant_is_read_exactly(
    case: Case, models: Models, forms: Mapping[str, Form]
) -> None:
    report = read(case, models, forms)
    assert report.form == case.truth.form
    assert find_wrong(report, case) == []
    assert report.body.value == case.truth.body
    assert report.fiscal_year.value == case.truth.fiscal_year


@pytest.mark.parametrize("case", named("light", drawn=True), ids=slug)
def test_no_wrong_value_of_a_drawn_scan_looks_sure(
    case: Case, models: Models, forms: Mapping[str, Form]
) -> None:
    report = read(case, models, forms)
    sure = {field.field for field in report.fields if not field.review}
    assert report.form == case.truth.form
    assert sure.isdisjoint(find_wrong(report, case))


@pytest.mark.parametrize("name", ["source.pdf", "scan_light.pdf"])
def test_an_older_local_annex_is_not_forced_into_a_form(
    name: str, models: Models, forms: Mapping[str, Form]
) -> None:
    path: Path = REPORTS / "local_annex" / name
    with pytest.raises(ReportError) as refusal:
        extract(path.read_bytes(), name, models, tuple(forms.values()), Options())
    assert refusal.value.code == "not_a_report"
