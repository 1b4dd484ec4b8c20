"""Forms as bodies print them: reworded, with units and misspellings, rows and columns moved."""

from dataclasses import replace

import pytest
from numpy.random import default_rng

from forms.form import Form, load_forms
from training.varied_forms import ADDED, Departures, vary_form

FORMS = {form.id: form for form in load_forms()}
NEVER = Departures(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
OFTEN = replace(NEVER, reword=1.0)


def labels_of(form: Form) -> list[str]:
    return [row.label.text for table in form.tables for band in table.bands for row in band.rows]


def worded(*, held: bool) -> set[str]:
    """All labels of many bodies."""
    return {
        label
        for seed in range(60)
        for form in FORMS.values()
        for label in labels_of(vary_form(form, OFTEN, default_rng(seed), held=held))
    }


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_form_without_departures_is_as_prescribed(form: Form) -> None:
    varied = vary_form(form, NEVER, default_rng(1), held=False)
    assert labels_of(varied) == labels_of(form)
    assert varied.fields == form.fields


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_seed_varies_a_form_alike(form: Form) -> None:
    one, same = (vary_form(form, Departures(), default_rng(3), held=False) for _ in range(2))
    assert one == same


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_fields_keep_their_names_whatever_is_left_out(form: Form) -> None:
    known = {field.id for field in form.fields}
    for seed in range(40):
        ids = [
            field.id for field in vary_form(form, Departures(), default_rng(seed), held=True).fields
        ]
        assert len(set(ids)) == len(ids)
        assert {name for name in ids if not name.startswith(ADDED)} <= known


def test_equal_labels_stay_equal() -> None:
    band = FORMS["2021"].tables[-1].bands[0]
    before = [column.label.text for column in band.columns]
    after = vary_form(FORMS["2021"], OFTEN, default_rng(5), held=False).tables[-1].bands[0]
    texts = dict(zip(before, (column.label.text for column in after.columns), strict=True))
    assert [texts[text] for text in before] == [column.label.text for column in after.columns]


def test_units_and_misspellings_stand_in_labels() -> None:
    seen = worded(held=False)
    assert any("（件）" in label for label in seen)
    assert any("（单位：件）" in label for label in seen)
    assert any("申清" in label for label in seen)


def test_units_and_misspellings_of_measuring_are_others() -> None:
    measured = worded(held=True)
    assert any("（单位：个）" in label for label in measured)
    assert not any("申清" in label or "（单位：件）" in label for label in measured)


@pytest.mark.parametrize(
    "departures",
    [replace(NEVER, swap_rows=1.0), replace(NEVER, swap_columns=1.0)],
    ids=["rows", "columns"],
)
def test_swapping_loses_no_field(departures: Departures) -> None:
    form = FORMS["2021"]
    for seed in range(10):
        varied = vary_form(form, departures, default_rng(seed), held=False)
        assert {field.id for field in varied.fields} == {field.id for field in form.fields}


def test_a_form_of_one_table_keeps_it() -> None:
    always = replace(NEVER, drop_table=1.0)
    assert len(vary_form(FORMS["2014"], always, default_rng(1), held=False).tables) == 1
