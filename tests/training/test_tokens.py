"""Reports made of cells alone: true to the form where nothing is damaged, and marked where."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from forms.form import Form
from training.garble import garble
from training.token_damage import IGNORED, LEVELS, WRECKED
from training.tokens import Recipe, SeenReport, make_report
from training.varied_forms import ADDED, Departures, vary_form

PLAIN = Departures(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
CLEAN = Recipe(LEVELS["clean"], PLAIN, unknown=0.0)


def make(forms: Mapping[str, Form], recipe: Recipe, seed: int) -> SeenReport:
    return make_report(tuple(forms.values()), recipe, np.random.default_rng(seed))


def count_fields(report: SeenReport) -> Counter[str]:
    named = (name for names in report.fields for name in names)
    return Counter(name for name in named if name not in ("", IGNORED))


@pytest.mark.parametrize("seed", range(6))
def test_a_whole_report_has_each_field_once(forms: Mapping[str, Form], seed: int) -> None:
    report = make(forms, CLEAN, seed)
    wanted = {field.id for field in forms[report.form].fields}
    found = count_fields(report)
    assert set(found.values()) == {1}
    assert set(found) <= wanted
    if report.tables[0].ruled:
        assert set(found) == wanted


def test_the_same_seed_makes_the_same_report(forms: Mapping[str, Form]) -> None:
    recipe = Recipe(WRECKED, Departures())
    assert make(forms, recipe, 5) == make(forms, recipe, 5)
    assert make(forms, recipe, 5) != make(forms, recipe, 6)


@pytest.mark.parametrize("level", LEVELS)
def test_no_field_has_two_cells_at_any_level(forms: Mapping[str, Form], level: str) -> None:
    for seed in range(8):
        counts = count_fields(make(forms, Recipe(LEVELS[level], Departures()), seed))
        assert set(counts.values()) <= {1}


def test_marks_of_a_value_agree(forms: Mapping[str, Form]) -> None:
    report = make(forms, CLEAN, 3)
    for fields, rows, columns in zip(report.fields, report.rows, report.columns, strict=True):
        for field, row, column in zip(fields, rows, columns, strict=True):
            if field:
                assert field.split(".")[0] == row.split(".")[0] == column.split(".")[0]
                assert set(field.split(".")) == set(f"{row}.{column}".split(".")) - {""}


def test_labels_name_their_row_and_headers_their_column(forms: Mapping[str, Form]) -> None:
    report = make({"2021": forms["2021"]}, CLEAN, 1)
    texts = {
        reading.label: (row, column)
        for read, rows, columns in zip(report.readings, report.rows, report.columns, strict=True)
        for reading, row, column in zip(read, rows, columns, strict=True)
    }
    assert texts["（一）予以公开"] == ("t3.granted", "")
    assert texts["自然人"] == ("", "t3.natural")
    assert texts["申请人情况"] == ("", "")


def test_a_report_of_no_form_has_no_fields(forms: Mapping[str, Form]) -> None:
    report = make(forms, replace(CLEAN, unknown=1.0), 2)
    assert report.form == ""
    assert report.tables
    assert not count_fields(report)


def test_a_table_without_rules_has_no_empty_cells(forms: Mapping[str, Form]) -> None:
    made = [make(forms, CLEAN, seed) for seed in range(40)]
    unruled = [one for one in made if not one.tables[0].ruled]
    assert unruled
    assert all(reading.label for one in unruled for read in one.readings for reading in read)


def test_cells_lie_in_their_tables(forms: Mapping[str, Form]) -> None:
    for seed in range(8):
        for table in make(forms, Recipe(WRECKED, Departures()), seed).tables:
            for cell in table.cells:
                assert table.box.overlap(cell.box) == pytest.approx(
                    max(cell.box.width, 0.0) * max(cell.box.height, 0.0)
                )


def test_departures_leave_rows_and_columns_out_and_add_some(forms: Mapping[str, Form]) -> None:
    often = Departures(1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0)
    form = forms["2021"]
    varied = vary_form(form, often, np.random.default_rng(1), held=False)
    kept = {field.id for field in varied.fields}
    assert {field.id for field in form.fields} - kept
    assert any(name.startswith(ADDED) for name in kept)


def test_wordings_kept_for_measuring_are_not_trained_on(forms: Mapping[str, Form]) -> None:
    often = replace(PLAIN, reword=1.0)

    def seen(*, held: bool) -> set[str]:
        return {
            row.label.text
            for seed in range(60)
            for table in vary_form(
                forms["2014"], often, np.random.default_rng(seed), held=held
            ).tables
            for band in table.bands
            for row in band.rows
        }

    prescribed = {row.label.text for row in forms["2014"].tables[0].bands[0].rows}
    measured = seen(held=True) - prescribed
    assert len(measured - seen(held=False)) > len(measured) / 2


@pytest.mark.parametrize("share", [0.0, 0.15, 0.5])
def test_garbling_hits_about_the_share_asked_for(share: float) -> None:
    text = "本年新收政府信息公开申请数量" * 50
    garbled = garble(text, share, np.random.default_rng(1))
    kept = sum(one == other for one, other in zip(text, garbled, strict=False)) / len(text)
    assert (garbled == text) == (share == 0.0)
    assert abs(len(garbled) - len(text)) <= share * len(text)
    assert share > 0.0 or kept == 1.0
