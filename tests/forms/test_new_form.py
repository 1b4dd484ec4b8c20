"""A form is a file: a new one needs no code, a wrong one is refused by name."""

from pathlib import Path

import pytest

from forms.form import Form, FormError, Label, load_form, load_forms

FOURTH = """
id: "2030"
name: 第四种表
issued_by: 某文件
years: {first: 2030}
tables:
  - id: q
    title: 一、某表
    bands:
      - heading: 甲
        corner: {text: 项目, variants: [名目]}
        columns:
          - group: 数量
            id: count
            columns: &halves
              - {id: first, label: 上半年}
              - {id: second, label: 下半年}
              - {id: year, label: {text: 全年, variants: [合计]}}
          - {id: money, label: 金额, kind: decimal, unit: 万元}
        rows:
          - {id: towns, label: 镇}
          - group: 其中
            rows:
              - {id: villages, label: 村, unit: 个}
      - heading: 乙
        columns: *halves
        rows: [{id: ""}]
sums:
  - id: "q.{row}"
    for: {row: [towns, villages]}
    left: ["q.{row}.count.first", "q.{row}.count.second"]
    right: ["q.{row}.count.year"]
  - {id: q.rest, left: [q.first, q.second], right: [q.year]}
at_most:
  - {id: q.part, smaller: q.villages.count.year, larger: q.towns.count.year}
carried: {out: q.towns, into: q.villages}
"""


def load_text(folder: Path, text: str) -> Form:
    path = folder / "2030.yaml"
    path.write_text(text, encoding="utf-8")
    return load_form(path)


def test_a_fourth_form_needs_only_a_file(tmp_path: Path) -> None:
    form = load_text(tmp_path, FOURTH)
    assert [field.id for field in form.fields] == [
        "q.towns.count.first",
        "q.towns.count.second",
        "q.towns.count.year",
        "q.towns.money",
        "q.villages.count.first",
        "q.villages.count.second",
        "q.villages.count.year",
        "q.villages.money",
        "q.first",
        "q.second",
        "q.year",
    ]
    assert [(rule.id, rule.left, rule.right) for rule in form.sums] == [
        ("q.towns", ("q.towns.count.first", "q.towns.count.second"), ("q.towns.count.year",)),
        (
            "q.villages",
            ("q.villages.count.first", "q.villages.count.second"),
            ("q.villages.count.year",),
        ),
        ("q.rest", ("q.first", "q.second"), ("q.year",)),
    ]
    assert (form.first_year, form.last_year) == (2030, None)
    assert form.tables[0].bands[0].corner == Label("项目", ("名目",))
    assert form.carried_out["count.year"] == "q.towns.count.year"
    assert form.carried_in["count.year"] == "q.villages.count.year"


def test_a_row_s_unit_goes_before_its_column_s(tmp_path: Path) -> None:
    form = load_text(tmp_path, FOURTH)
    fields = {field.id: field for field in form.fields}
    assert fields["q.towns.money"].unit == "万元"
    assert fields["q.villages.money"].unit == "个"
    assert fields["q.villages.money"].kind == "decimal"


def test_a_folder_of_forms_is_loaded_whole(tmp_path: Path) -> None:
    for name in ("2031", "2030"):
        (tmp_path / f"{name}.yaml").write_text(FOURTH.replace("2030", name), encoding="utf-8")
    assert [form.id for form in load_forms(tmp_path)] == ["2030", "2031"]


def test_two_files_with_one_form_id_are_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text(FOURTH, encoding="utf-8")
    with pytest.raises(FormError, match=r"b\.yaml: form id '2030' is already that of .*a\.yaml"):
        load_forms(tmp_path)


def test_a_folder_without_forms_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormError, match="no form"):
        load_forms(tmp_path)


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        pytest.param(
            "title: 一、某表", "titel: 一、某表", r"titel: Extra inputs", id="unknown key"
        ),
        pytest.param("    title: 一、某表\n", "", r"title: Field required", id="no title"),
        pytest.param("label: 镇", "label: ' '", r"at least 1 character", id="empty label"),
        pytest.param("[名目]", "[' ']", r"variants\.0", id="empty variant"),
        pytest.param("kind: decimal", "kind: money", r"kind: Input should be", id="unknown kind"),
        pytest.param('"2030"', "2030", r"id: Input should be a valid string", id="id a number"),
        pytest.param("first: 2030", "first: 2030, last: 2029", r"2029 lies before", id="years"),
        pytest.param('rows: [{id: ""}]', "rows: []", r"rows: .*at least 1", id="empty band"),
        pytest.param("id: money", "id: 'Money!'", r"match pattern", id="odd id"),
        pytest.param("id: second,", "id: first,", r"field id 'q\.towns\.count\.first'", id="twice"),
        pytest.param(
            "label: 下半年", "label: 上 半年", r"'count\.first' and 'count\.second'", id="alike"
        ),
        pytest.param(
            "label: 镇}",
            "label: 镇}\n          - {id: b, label: 镇}",
            r"rows 'towns' and 'b'",
            id="rows alike",
        ),
        pytest.param(
            '[{id: ""}]', '[{id: ""}, {id: b, label: 乙}]', r"without a label", id="no label"
        ),
        pytest.param(
            "right: [q.year]", "right: [q.years]", r"'q\.rest' names 'q\.years', which", id="sum"
        ),
        pytest.param(
            "left: [q.first, q.second]", "left: [q.first, q.first]", r"more than once", id="doubled"
        ),
        pytest.param("right: [q.year]", "right: []", r"right: List", id="empty side"),
        pytest.param("id: q.part", "id: 'q.{row}'", r"at_most\.0\.id: .*only sums", id="at_most"),
        pytest.param("out: q.towns", "out: 'q.{row}'", r"carried\.out: .*only sums", id="braces"),
        pytest.param("into: q.villages", "into: q.hamlets", r"'q\.hamlets', which", id="carried"),
        pytest.param(
            "for: {row:", "for: {line:", r"sum 'q\.\{row\}': 'line' is listed", id="template"
        ),
        pytest.param(
            "{id: q.rest", "{id: q.towns", r"rule id 'q\.towns' is used 2", id="rule twice"
        ),
        pytest.param(
            "larger: q.towns.count.year", "larger: q.all", r"at_most 'q\.part'", id="limit"
        ),
        pytest.param(
            "name: 第四种表", "name: 甲\nname: 乙", r"'name' stands twice", id="key twice"
        ),
        pytest.param("years: {", "years: {{", r"while", id="no YAML"),
        pytest.param("years: {", "years: {[1]: 2, ", r"(?s:.)*unhashable key", id="odd key"),
        pytest.param("row: [towns, villages]", "row: []", r"for\.row: List", id="empty for"),
    ],
)
def test_a_wrong_form_is_refused_with_file_and_fault(
    tmp_path: Path, right: str, wrong: str, complaint: str
) -> None:
    assert right in FOURTH
    with pytest.raises(FormError, match=rf"2030\.yaml: .*{complaint}"):
        load_text(tmp_path, FOURTH.replace(right, wrong, 1))


def test_a_variant_shared_by_two_rows_is_refused(tmp_path: Path) -> None:
    text = FOURTH.replace(
        "- {id: towns, label: 镇}",
        "- {id: towns, label: {text: 镇, variants: [（乡）]}}\n"
        "          - {id: b, label: {text: 县, variants: [(乡)]}}",
    )
    with pytest.raises(FormError, match="rows 'towns' and 'b' share a label"):
        load_text(tmp_path, text)


def test_a_form_that_no_row_s_label_tells_is_refused(tmp_path: Path) -> None:
    text = """
id: "2030"
name: 第四种表
issued_by: 某文件
years: {first: 2030}
tables:
  - id: q
    title: 一、某表
    bands: [{heading: 乙, columns: [{id: n, label: 数}], rows: [{id: ""}]}]
"""
    with pytest.raises(FormError, match="no row has a label"):
        load_text(tmp_path, text)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormError, match=r"2030\.yaml"):
        load_text(tmp_path, "")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormError, match=r"gone\.yaml"):
        load_form(tmp_path / "gone.yaml")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "2030.yaml"
    path.write_bytes("名".encode("gbk"))
    with pytest.raises(FormError, match=r"2030\.yaml"):
        load_form(path)


@pytest.mark.parametrize(
    ("stated", "fault"),
    [
        ("- {field: q.nowhere, phrases: [收到N]}", "which is no field of the form"),
        ("- {field: q.towns.money, phrases: [收到N退回N]}", "string_pattern|pattern"),
        ("- {field: q.towns.money, phrases: []}", "at least 1"),
    ],
)
def test_a_statement_is_checked_as_the_form_is_read(
    tmp_path: Path, stated: str, fault: str
) -> None:
    with pytest.raises(FormError, match=fault):
        load_text(tmp_path, f"{FOURTH}stated:\n  {stated}\n")
