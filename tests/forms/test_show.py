"""The listing of a form that people read."""

from forms.form import load_forms
from forms.show import describe_form


def test_listing_names_every_field_once_with_labels_kind_and_unit() -> None:
    for form in load_forms():
        lines = describe_form(form).splitlines()
        for field in form.fields:
            (line,) = [line for line in lines if line.split()[:1] == [field.id]]
            assert field.kind in line
            assert field.unit is None or f"（{field.unit}）" in line


def test_listing_writes_sums_as_formulas_and_limits_as_inequalities() -> None:
    form = load_forms()[0]
    listing = describe_form(form)
    assert "s.closed: s.closed_on_time + s.closed_extended = s.closed" in listing
    assert "s.disclosed_normative ≤ s.disclosed" in listing


def test_listing_shows_what_rows_and_columns_stand_under() -> None:
    listing = describe_form(load_forms()[2])
    assert "三、本年度办理结果 / （三）不予公开 / 1.属于国家秘密 | 申请人情况 / 自然人" in listing
    assert "行政诉讼 / 复议后起诉 / 尚未审结" in listing
    assert "第二十条第（八）项" in listing
    assert "fiscal years 2021–" in listing
