"""Drawing whole reports: exact truth, in any font that is there."""

import unicodedata
from dataclasses import replace

import pypdfium2
import pytest
import typst

from forms.form import Form, load_forms
from training.sheets import SheetStyle, SheetVariant, draw_report

FORMS = {form.id: form for form in load_forms()}
PLAIN = SheetStyle()


def _text(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return "".join(page.get_textpage().get_text_bounded() for page in document)
    finally:
        document.close()


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_every_value_stands_in_the_text_layer(form: Form) -> None:
    values = {field.id: str(7000 + number) for number, field in enumerate(form.fields)}
    drawn = draw_report(form, "Qing", 2020, values, PLAIN, SheetVariant())
    text = _text(drawn.pdf)
    assert dict(drawn.values) == values
    assert [value for value in values.values() if value not in text] == []


def test_the_same_report_is_drawn_alike() -> None:
    form = FORMS["2021"]
    one, other = (draw_report(form, "Qing", 2022, {}, PLAIN, SheetVariant()) for _ in range(2))
    assert one.pdf == other.pdf


@pytest.mark.skipif(
    "Noto Serif CJK SC" not in typst.Fonts().families(),
    reason="the font Noto Serif CJK SC is not installed",
)
def test_kangxi_radicals_are_the_same_text_after_nfkc() -> None:
    form = FORMS["2021"]
    variant = SheetVariant(kangxi=True)
    style = replace(PLAIN, table_font=("Noto Serif CJK SC",))
    drawn = draw_report(form, "Qing", 2022, {}, style, variant)
    text = _text(drawn.pdf)
    assert "\N{KANGXI RADICAL ONE}" in text
    assert "一、总体情况" in unicodedata.normalize("NFKC", text)


def test_values_of_no_field_are_refused() -> None:
    with pytest.raises(ValueError, match="no fields"):
        draw_report(FORMS["2021"], "Qing", 2022, {"t9.x": "1"}, PLAIN, SheetVariant())
