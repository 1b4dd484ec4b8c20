"""Sums of the form on what was read."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from forms.form import Form, Sum
from forms.wording import labels_of
from pipeline.checks import SUMS_HOLD_PRIOR, check_at_most, check_sums
from pipeline.types import (
    Blank,
    Box,
    FieldValue,
    Illegible,
    Missing,
    NotReported,
    Number,
    ReportWarning,
    Source,
    Value,
    Verdict,
)

FORM = Form(
    id="test",
    name="A form of one sum",
    issued_by="nobody",
    first_year=2019,
    last_year=None,
    tables=(),
    sums=(Sum(id="row", left=("a", "b"), right=("total",), kind="row", broken=0.05),),
    at_most=(),
    carried_out={},
    carried_in={},
)


def read(field: str, value: Value, confidence: float = 0.99) -> FieldValue:
    return FieldValue(
        field=field,
        text=str(value.value) if isinstance(value, Number) else "",
        value=value,
        unit=None,
        confidence=confidence,
        reading_confidence=confidence,
        mapping_confidence=1.0,
        review=False,
        source="read",
        read=None,
        alternatives=(),
        reconciled=None,
        why=None,
        page=2,
        box=Box(0, 0, 1, 1),
    )


def values(a: Value, b: Value, total: Value, confidence: float = 0.99) -> Mapping[str, FieldValue]:
    return {
        "a": read("a", a, confidence),
        "b": read("b", b, confidence),
        "total": read("total", total, confidence),
    }


def test_sum_that_holds_is_as_probable_as_its_least_sure_reading() -> None:
    read_values = {
        **values(Number(3), Number(4), Number(7)),
        "b": read("b", Number(4), confidence=0.9),
    }
    (check,) = check_sums(FORM, read_values)
    assert (check.left, check.right, check.holds, check.verdict) == (7, 7, True, "holds")
    assert check.fields == ("a", "b", "total")
    assert check.probability == 0.9


@pytest.mark.parametrize(
    ("source", "verdict"), [("read", "uncertain"), ("reviewed", "broken_on_paper")]
)
def test_failing_sum_of_a_field_that_is_sure_but_was_read_doubtfully_is_no_fault_of_the_paper(
    source: Source, verdict: Verdict
) -> None:
    doubtful = replace(read("b", Number(0)), reading_confidence=0.84, source=source)
    (check,) = check_sums(FORM, {**values(Number(3), Number(0), Number(8)), "b": doubtful})
    assert check.verdict == verdict


def test_failing_sum_of_sure_readings_is_broken_on_paper() -> None:
    (check,) = check_sums(FORM, values(Number(3), Number(4), Number(8)))
    assert (check.left, check.right, check.holds) == (7, 8, False)
    assert check.verdict == "broken_on_paper"
    assert check.probability == pytest.approx(1 - 0.99**3)


def test_failing_sum_of_doubtful_readings_is_uncertain() -> None:
    (check,) = check_sums(FORM, values(Number(3), Number(4), Number(8), confidence=0.9))
    assert check.verdict == "uncertain"


@pytest.mark.parametrize("nothing", [Blank(), NotReported(), Missing(), Illegible()])
def test_sum_with_a_field_without_number_is_not_assessed(nothing: Value) -> None:
    (check,) = check_sums(FORM, values(Number(0), nothing, Number(0)))
    assert (check.holds, check.verdict) == (None, "not_assessable")
    assert (check.left, check.right) == (None, 0)
    assert check.probability == SUMS_HOLD_PRIOR


def test_decimals_are_added_exactly() -> None:
    (check,) = check_sums(FORM, values(Number(0.1), Number(0.2), Number(0.3)))
    assert check.holds is True
    assert check.left == 0.3


def at_most(form: Form, smaller: Value, larger: Value) -> tuple[ReportWarning, ...]:
    """What the 2014 form says of a part and its whole, all else blank."""
    rule = form.at_most[0]
    values = {field.id: read(field.id, Blank()) for field in form.fields}
    given = {rule.smaller: smaller, rule.larger: larger}
    return check_at_most(form, values | {name: read(name, one) for name, one in given.items()})


def test_part_that_exceeds_its_whole_is_a_warning(forms: Mapping[str, Form]) -> None:
    (warning,) = at_most(forms["2014"], Number(9), Number(8))
    assert (warning.code, warning.page) == ("at_most", 2)
    row, _ = labels_of(forms["2014"])[forms["2014"].at_most[0].smaller]
    assert f"“{row}" in warning.message
    assert "(9) exceeds" in warning.message


@pytest.mark.parametrize("smaller", [Number(8), Number(7.9), Blank()])
def test_part_within_its_whole_or_blank_is_no_warning(
    forms: Mapping[str, Form], smaller: Value
) -> None:
    assert at_most(forms["2014"], smaller, Number(8)) == ()
