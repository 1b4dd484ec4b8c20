"""The forms that ship with Gouji, held against the forms as prescribed."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from forms.form import Form, Label, Row, Sum, load_forms

SAMPLES = Path(__file__).resolve().parents[2].parent / "shared" / "samples"


@pytest.fixture(scope="module")
def forms() -> dict[str, Form]:
    return {form.id: form for form in load_forms()}


@pytest.fixture(scope="module")
def truths() -> list[dict[str, Any]]:
    found = sorted(SAMPLES.glob("*/truth.json"))
    if not found:
        pytest.skip(f"no sample reports in {SAMPLES}")
    return [json.loads(path.read_text(encoding="utf-8")) for path in found]


def number(text: str) -> float | None:
    plain = re.sub(r"[,，]|(万元|元|个)$", "", text.strip())
    return float(plain) if plain else None


def holds(rule: Sum, values: dict[str, float | None]) -> bool | None:
    sides = [[values[field] for field in side] for side in (rule.left, rule.right)]
    left, right = ([value for value in side if value is not None] for side in sides)
    if len(left) < len(rule.left) or len(right) < len(rule.right):
        return None
    return sum(left) == sum(right)


def broken(form: Form, truth: dict[str, Any]) -> set[str]:
    values = {field: number(text) for field, text in truth["values"].items()}
    return {rule.id for rule in form.sums if holds(rule, values) is False}


def row(form: Form, table: str, name: str) -> Row:
    lines = [
        line
        for part in form.tables
        if part.id == table
        for band in part.bands
        for line in band.rows
        if line.id == name
    ]
    assert len(lines) == 1
    return lines[0]


def test_forms_come_sorted_by_id() -> None:
    assert [form.id for form in load_forms()] == ["2014", "2019", "2021"]


@pytest.mark.parametrize(
    ("form", "table", "count"),
    [
        ("2014", "s", 58),
        ("2019", "t2", 22),
        ("2019", "t3", 161),
        ("2019", "t4", 15),
        ("2021", "t2", 10),
        ("2021", "t3", 175),
        ("2021", "t4", 15),
    ],
)
def test_tables_have_their_prescribed_number_of_fields(
    forms: dict[str, Form], form: str, table: str, count: int
) -> None:
    inside = [field for field in forms[form].fields if field.id.split(".")[0] == table]
    assert len(inside) == count


@pytest.mark.parametrize(("form", "count"), [("2014", 58), ("2019", 198), ("2021", 200)])
def test_forms_have_no_fields_beside_their_tables(
    forms: dict[str, Form], form: str, count: int
) -> None:
    assert len(forms[form].fields) == count


@pytest.mark.parametrize(
    ("form", "families"),
    [
        ("2014", {"s": 7}),
        ("2019", {"t3.row": 23, "t3.outcomes": 7, "t3.balance": 7, "t4.row": 3}),
        ("2021", {"t3.row": 25, "t3.outcomes": 7, "t3.balance": 7, "t4.row": 3}),
    ],
)
def test_sums_are_the_prescribed_families(
    forms: dict[str, Form], form: str, families: dict[str, int]
) -> None:
    names = [rule.id.rpartition(".")[0] for rule in forms[form].sums]
    assert {name: names.count(name) for name in names} == families


@pytest.mark.parametrize(("form", "outcomes"), [("2019", 19), ("2021", 21)])
def test_results_total_is_the_sum_of_every_outcome(
    forms: dict[str, Form], form: str, outcomes: int
) -> None:
    rule = next(rule for rule in forms[form].sums if rule.id == "t3.outcomes.natural")
    assert len(rule.left) == outcomes
    assert rule.right == ("t3.results_total.natural",)
    around = {"t3.new.natural", "t3.carried_in.natural", "t3.carried_out.natural", *rule.right}
    every = {field.id for field in forms[form].fields if field.id.startswith("t3.")}
    assert set(rule.left) == {name for name in every if name.endswith(".natural")} - around


def test_new_and_carried_in_balance_results_and_carried_out(forms: dict[str, Form]) -> None:
    rule = next(rule for rule in forms["2021"].sums if rule.id == "t3.balance.total")
    assert rule.left == ("t3.new.total", "t3.carried_in.total")
    assert rule.right == ("t3.results_total.total", "t3.carried_out.total")


def test_soft_limits_of_2014_compare_parts_with_their_wholes(forms: dict[str, Form]) -> None:
    assert [(rule.smaller, rule.larger) for rule in forms["2014"].at_most] == [
        ("s.disclosed_normative", "s.disclosed"),
        ("s.press_conferences_head", "s.press_conferences"),
        ("s.online_interviews_head", "s.online_interviews"),
    ]


def test_changes_are_signed_and_amounts_decimal(forms: dict[str, Form]) -> None:
    special = {
        (form.id, field.id): (field.kind, field.unit)
        for form in forms.values()
        for field in form.fields
        if field.kind != "integer"
    }
    assert special == {
        ("2014", "s.fees"): ("decimal", "万元"),
        ("2014", "s.budget"): ("decimal", "万元"),
        ("2019", "t2.licences.change"): ("signed", None),
        ("2019", "t2.services.change"): ("signed", None),
        ("2019", "t2.penalties.change"): ("signed", None),
        ("2019", "t2.coercive.change"): ("signed", None),
        ("2019", "t2.fees.change"): ("signed", None),
        ("2019", "t2.procurement.amount"): ("decimal", None),
        ("2021", "t2.fees.amount"): ("decimal", "万元"),
    }


def test_every_row_of_2014_has_a_unit(forms: dict[str, Form]) -> None:
    units = {field.unit for field in forms["2014"].fields}
    assert units == {"条", "件", "次", "篇", "万元", "个", "人", "人次"}


def test_a_field_knows_its_row_and_column(forms: dict[str, Form]) -> None:
    places = {
        field.id: (field.row, field.column) for form in forms.values() for field in form.fields
    }
    assert places["t4.review.upheld"] == ("", "review.upheld")
    assert places["s.received"] == ("received", "")


def test_rows_stand_under_their_groups(forms: dict[str, Form]) -> None:
    denied = row(forms["2021"], "t3", "denied_secret")
    assert [label.text for label in denied.under] == ["三、本年度办理结果", "（三）不予公开"]
    other = row(forms["2019"], "t3", "other")
    assert [label.text for label in other.under] == ["三、本年度办理结果"]
    assert row(forms["2021"], "t3", "carried_out").under == ()


def test_rows_of_2014_stand_under_the_rows_they_are_part_of(forms: dict[str, Form]) -> None:
    corrected = [
        row(forms["2014"], "s", name) for name in ("reviews_corrected", "lawsuits_corrected")
    ]
    assert corrected[0].label == corrected[1].label
    assert [line.under[0].text for line in corrected] == ["四、行政复议数量", "五、行政诉讼数量"]
    secret = row(forms["2014"], "s", "denied_secret")
    assert [label.text for label in secret.under] == [
        "三、依申请公开情况",
        "（三）申请答复数",
        "4.不同意公开答复数",
    ]


def test_columns_stand_under_their_header_cells(forms: dict[str, Form]) -> None:
    for form in (forms["2019"], forms["2021"]):
        _, applicants, cases = form.tables
        under = {
            column.id: tuple(label.text for label in column.under)
            for table in (applicants, cases)
            for column in table.bands[0].columns
        }
        assert under["natural"] == under["total"] == ("申请人情况",)
        assert under["legal"] == ("申请人情况", "法人或其他组织")
        assert under["review.total"] == ("行政复议",)
        assert under["litigation_direct.total"] == ("行政诉讼", "未经复议直接起诉")
        assert under["litigation_after_review.total"] == ("行政诉讼", "复议后起诉")


def test_table_4_is_one_row_without_a_name(forms: dict[str, Form]) -> None:
    (line,) = forms["2021"].tables[2].bands[0].rows
    assert (line.id, line.label, line.under) == ("", Label(""), ())
    assert len(line.fields) == 15


def test_normative_documents_go_by_both_names_in_both_forms(forms: dict[str, Form]) -> None:
    for form in (forms["2019"], forms["2021"]):
        assert set(row(form, "t2", "normative").label.all) == {"规范性文件", "行政规范性文件"}


@pytest.mark.parametrize(
    ("form", "wording"),
    [
        ("2019", "本年公开数量"),
        ("2019", "本年增/减量"),
        ("2021", "先行有效件数"),
        ("2021", "合计"),
        ("2021", "1、属于国家秘密"),
        ("2021", "（本列数据的钩稽关系为：第一项加第二项之和，等于第三项加第四项之和）"),
    ],
)
def test_wordings_seen_in_real_reports_are_known(
    forms: dict[str, Form], form: str, wording: str
) -> None:
    bands = [band for table in forms[form].tables for band in table.bands]
    labels = [line.label for band in bands for line in band.rows]
    labels += [column.label for band in bands for column in band.columns]
    labels += [band.corner for band in bands if band.corner is not None]
    assert wording in {text for label in labels for text in label.all}


def test_sample_reports_have_no_field_that_their_form_lacks(
    forms: dict[str, Form], truths: list[dict[str, Any]]
) -> None:
    for truth in truths:
        known = {field.id for field in forms[truth["form"]].fields}
        lacking = known - set(truth["values"])
        assert set(truth["values"]) <= known, truth["id"]
        # A body that issues no rules may leave their row out.
        assert all(field.startswith("t2.rules.") for field in lacking), truth["id"]


def test_years_of_sample_reports_are_those_of_their_form(
    forms: dict[str, Form], truths: list[dict[str, Any]]
) -> None:
    for truth in truths:
        year = truth["fiscal_year"]
        fitting = [
            form.id
            for form in forms.values()
            if form.first_year <= year <= (form.last_year or year)
        ]
        assert fitting == [truth["form"]]


def test_sums_hold_on_sample_reports_without_violations(
    forms: dict[str, Form], truths: list[dict[str, Any]]
) -> None:
    sound = [truth for truth in truths if not truth["violations"]]
    assert sound
    for truth in sound:
        assert broken(forms[truth["form"]], truth) == set(), truth["id"]


def test_sums_break_where_a_sample_report_contradicts_itself(
    forms: dict[str, Form], truths: list[dict[str, Any]]
) -> None:
    wrong = next((truth for truth in truths if truth["id"] == "pt_nyn_2025"), None)
    if wrong is None:
        pytest.skip("the sample that contradicts itself is absent")
    assert broken(forms["2021"], wrong) == {
        "t3.row.new",
        "t3.row.granted",
        "t3.row.unavailable_not_held",
        "t3.row.results_total",
        "t3.outcomes.total",
    }
