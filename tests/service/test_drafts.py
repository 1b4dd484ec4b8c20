"""Corrections, on a report as the real models read it."""

from collections.abc import Mapping

import pytest

from eval.corpus import ROOT
from forms.form import Form
from models.load import Models
from pipeline.extract import Extraction, Options, extract_with_readings
from pipeline.types import FieldValue, Number
from service.drafts import Draft, conclude_again, draft_of, dump_draft, load_draft

REPORT = ROOT / "tests" / "reports" / "kuancheng_2020" / "scan_light.pdf"
FIELD = "t3.granted.total"


@pytest.fixture(scope="module")
def made(models: Models, forms: Mapping[str, Form]) -> Extraction:
    content = REPORT.read_bytes()
    return extract_with_readings(content, REPORT.name, models, [*forms.values()], Options())


@pytest.fixture(scope="module")
def draft(made: Extraction) -> Draft:
    return load_draft(dump_draft(draft_of(made.report, made.readings, Options().risk)))


@pytest.fixture(scope="module")
def form(made: Extraction, forms: Mapping[str, Form]) -> Form:
    return forms[made.report.form]


def fields_of(
    draft: Draft, texts: Mapping[str, str], form: Form, models: Models
) -> dict[str, FieldValue]:
    report = conclude_again(draft, texts, form, models.calibration)
    return {value.field: value for value in report.fields}


def test_readings_weighed_again_say_the_same(
    made: Extraction, draft: Draft, form: Form, models: Models
) -> None:
    assert conclude_again(draft, {}, form, models.calibration) == made.report


def test_correction_is_pinned_and_certain(draft: Draft, form: Form, models: Models) -> None:
    before = fields_of(draft, {}, form, models)[FIELD]
    after = fields_of(draft, {FIELD: " ３１ "}, form, models)[FIELD]
    assert (after.text, after.value, after.source) == ("31", Number(31), "reviewed")
    assert (after.confidence, after.review, after.box) == (1.0, False, before.box)
    assert after.read is not None
    assert after.read.text == before.text


def test_wrong_correction_breaks_the_sums_of_its_field(
    draft: Draft, form: Form, models: Models
) -> None:
    report = conclude_again(draft, {FIELD: "31"}, form, models.calibration)
    broken = {check.id for check in report.checks if check.holds is False}
    assert any(FIELD in check.fields for check in report.checks if check.id in broken)


def test_field_without_a_cell_can_be_filled_in(draft: Draft, form: Form, models: Models) -> None:
    lost = Draft(
        draft.report,
        tuple(
            type(one)(one.field, None, one.mapping, None) if one.field == FIELD else one
            for one in draft.readings
        ),
        {name: box for name, box in draft.boxes.items() if name != FIELD},
        draft.risk,
    )
    filled = fields_of(lost, {FIELD: "29"}, form, models)[FIELD]
    assert (filled.text, filled.source, filled.page, filled.box) == ("29", "reviewed", None, None)


def test_digital_report_weighed_again_says_the_same(
    models: Models, forms: Mapping[str, Form]
) -> None:
    source = (REPORT.parent / "source.pdf").read_bytes()
    options = Options()
    made = extract_with_readings(source, "source.pdf", models, [*forms.values()], options)
    draft = load_draft(dump_draft(draft_of(made.report, made.readings, options.risk)))
    form = forms[made.report.form]
    assert conclude_again(draft, {}, form, models.calibration) == made.report
