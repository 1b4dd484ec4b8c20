"""Cells → fields, on reports made of cells alone whose truth is known."""

from collections.abc import Mapping, Set
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from eval.corpus import REPORTS
from forms.form import Form, load_form
from models.classifier import Classifier, load_classifier
from models.load import Models
from pipeline.extract import Options, extract, gather
from pipeline.fields import FormFit, fit_form
from pipeline.stopwatch import Stopwatch
from pipeline.types import Box, Candidate
from training.held_apart import draw_held
from training.token_damage import LEVELS
from training.tokens import Recipe, SeenReport, make_report
from training.varied_forms import Departures

PLAIN = Departures(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
CLEAN = LEVELS["clean"]

FOURTH = """
id: "2030"
name: 第四种表
issued_by: 某文件
years: {first: 2030}
tables:
  - id: q
    title: 一、林业统计
    bands:
      - heading: 甲类林地
        corner: 项目
        columns:
          - {id: first, label: 上半年面积}
          - {id: second, label: 下半年面积}
          - {id: year, label: 全年面积}
        rows:
          - {id: pine, label: 松树林地}
          - {id: oak, label: 橡树林地}
          - {id: birch, label: 桦树林地}
          - {id: fir, label: 冷杉林地}
      - heading: 乙类林地
        corner: 项目
        columns:
          - {id: seedlings, label: 苗木株数}
          - {id: cost, label: 造林费用}
        rows:
          - {id: public, label: 国有林场}
          - {id: private, label: 集体林场}
"""


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return load_classifier(1)


def make(form: Form, recipe: Recipe, seed: int) -> SeenReport:
    return make_report([form], replace(recipe, unknown=0.0), np.random.default_rng(seed))


def laid(report: SeenReport, fit: FormFit | None) -> tuple[set[str], set[str]]:
    """Fields whose cell is the right one, and fields with a cell of another's."""
    assert fit is not None
    truth = {
        reading: name
        for read, names in zip(report.readings, report.fields, strict=True)
        for reading, name in zip(read, names, strict=True)
    }
    found = {one.field: truth.get(one.reading) for one in fit.fields if one.reading in truth}
    right = {field for field, name in found.items() if name == field}
    return right, {field for field, name in found.items() if name not in (field, "?")}


def printed(report: SeenReport) -> set[str]:
    return {name for names in report.fields for name in names} - {"", "?"}


def with_speck(report: SeenReport, field: str) -> SeenReport:
    """A report with dust that is read as a digit, left of a field's cell."""
    tables, readings, fields = list(report.tables), list(report.readings), list(report.fields)
    for index, (read, names) in enumerate(zip(report.readings, report.fields, strict=True)):
        if field not in names:
            continue
        first = read[names.index(field)]
        box = first.cell.box
        spot = Box(box.left - 40.0, box.top + 6.0, box.left - 37.0, box.top + 8.0)
        speck = replace(first, cell=replace(first.cell, box=spot), label="3")
        speck = replace(speck, candidates=(Candidate("3", 0.9),))
        moved = [
            replace(one, cell=replace(one.cell, column=one.cell.column + 1))
            if one.cell.row == first.cell.row and one.cell.column >= first.cell.column
            else one
            for one in read
        ]
        tables[index] = replace(tables[index], columns=tables[index].columns + 1)
        readings[index] = (speck, *moved)
        fields[index] = ("", *names)
    return replace(report, tables=tuple(tables), readings=tuple(readings), fields=tuple(fields))


@pytest.mark.parametrize("form", ["2014", "2019", "2021"])
@pytest.mark.parametrize("witness", ["labels", "both"])
def test_a_readable_report_is_found_whole(
    forms: Mapping[str, Form], classifier: Classifier, form: str, witness: str
) -> None:
    for seed in range(3):
        report = make(forms[form], Recipe(CLEAN, PLAIN), seed)
        if report.tables[0].ruled:
            said = classifier if witness == "both" else None
            fit = fit_form(report.tables, report.readings, tuple(forms.values()), said)
            assert laid(report, fit) == (printed(report), set())


@pytest.mark.parametrize("known", [False, True])
def test_a_form_that_the_classifier_never_saw_is_found_by_its_labels(
    forms: Mapping[str, Form], classifier: Classifier, tmp_path: Path, *, known: bool
) -> None:
    path = tmp_path / "2030.yaml"
    path.write_text(FOURTH, encoding="utf-8")
    fourth = load_form(path)
    everything = (*forms.values(), fourth)
    for seed in range(4):
        report = make(fourth, Recipe(LEVELS["light"], PLAIN), seed)
        if report.tables[0].ruled:
            said = classifier if known else None
            fit = fit_form(report.tables, report.readings, everything, said)
            assert fit is not None
            assert fit.form.id == "2030"
            assert laid(report, fit) == (printed(report), set())


def test_half_destroyed_labels_are_still_enough(
    forms: Mapping[str, Form], classifier: Classifier
) -> None:
    worn = replace(CLEAN, garble=(0.5, 0.5))
    right = total = 0
    for seed in range(6):
        report = make(forms["2021"], Recipe(worn, PLAIN), seed)
        fit = fit_form(report.tables, report.readings, tuple(forms.values()), classifier)
        right += len(laid(report, fit)[0])
        total += len(printed(report))
    assert right > 0.98 * total


def test_rows_whose_labels_say_nothing_keep_their_places(forms: Mapping[str, Form]) -> None:
    worn = replace(CLEAN, garble=(0.7, 0.7))
    wrong = total = unlabelled = 0
    for form in ("2019", "2021"):
        for seed in range(20):
            report = make(forms[form], Recipe(worn, PLAIN), seed)
            fit = fit_form(report.tables, report.readings, tuple(forms.values()))
            if fit is not None:
                wrong += len(laid(report, fit)[1])
                total += len(printed(report))
                unlabelled += sum(not one.labelled for one in fit.fields)
    assert total > 3000
    assert wrong < 0.004 * total
    assert 0.01 * total < unlabelled < 0.5 * total


def test_a_report_without_its_largest_table_is_one_still(
    forms: Mapping[str, Form], classifier: Classifier
) -> None:
    for seed in range(4):
        report = make(forms["2021"], Recipe(CLEAN, PLAIN), seed)
        kept = [
            (table, read)
            for table, read, names in zip(
                report.tables, report.readings, report.fields, strict=True
            )
            if not any(name.startswith("t3.") for name in names)
        ]
        if kept and report.tables[0].ruled:
            tables, readings = zip(*kept, strict=True)
            fit = fit_form(tables, readings, tuple(forms.values()), classifier)
            assert fit is not None
            assert fit.form.id == "2021"


def test_columns_whose_headers_changed_places_are_found(
    models: Models, forms: Mapping[str, Form]
) -> None:
    drawn = draw_held(tuple(forms.values()), "calibrate", 19)
    fit = gather(drawn.source, models, tuple(forms.values()), Options(), Stopwatch()).fit
    found = {one.field: one.reading for one in fit.fields if one.reading is not None}
    names = [f"t2.coercive.{column}" for column in ("prior", "change", "decisions")]
    texts = [found[name].candidates[0].text for name in names]
    assert texts == [drawn.values[name] for name in names] == ["0", "0", "401"]


def test_report_that_leaves_out_its_largest_table_and_most_rows_is_one(
    models: Models, forms: Mapping[str, Form]
) -> None:
    drawn = draw_held(tuple(forms.values()), "evaluate", 2483)
    assert len(drawn.values) == 18
    report = extract(drawn.source, "a.pdf", models, tuple(forms.values()), Options())
    read = {value.field: value.text for value in report.fields if value.page is not None}
    assert read == drawn.values


def test_fields_of_a_column_that_the_body_left_out_are_surely_not_printed(
    models: Models, forms: Mapping[str, Form]
) -> None:
    drawn = draw_held(tuple(forms.values()), "calibrate", 4)
    fit = gather(drawn.source, models, tuple(forms.values()), Options(), Stopwatch()).fit
    totals = [one for one in fit.fields if one.field.startswith("t3.") and ".total" in one.field]
    assert not {one.field for one in totals} & drawn.values.keys()
    assert {(one.reading, one.mapping) for one in totals} == {(None, 1.0)}


def test_dust_beside_a_row_without_rules_is_none_of_its_cells(
    forms: Mapping[str, Form], classifier: Classifier
) -> None:
    first = "t4.review.upheld"
    made = (make(forms["2021"], Recipe(CLEAN, PLAIN), seed) for seed in range(100))
    report = next(
        one
        for one in made
        if any(
            not table.ruled and first in names
            for table, names in zip(one.tables, one.fields, strict=True)
        )
    )
    dusty = with_speck(report, first)
    right, wrong = laid(dusty, fit_form(dusty.tables, dusty.readings, [forms["2021"]], classifier))
    assert not wrong
    assert right == printed(report)


def test_no_field_gets_two_cells_and_no_cell_two_fields(
    forms: Mapping[str, Form], classifier: Classifier
) -> None:
    for seed in range(12):
        report = make_report(
            tuple(forms.values()),
            Recipe(LEVELS["heavy"], Departures(), unknown=0.0),
            np.random.default_rng(seed),
        )
        fit = fit_form(report.tables, report.readings, tuple(forms.values()), classifier)
        if fit is not None:
            taken = [one.reading for one in fit.fields if one.reading is not None]
            assert len(taken) == len(set(taken))
            assert [one.field for one in fit.fields] == [field.id for field in fit.form.fields]
            assert all(0.0 <= one.mapping <= 1.0 for one in fit.fields)


def test_a_report_of_no_known_form_is_refused(
    forms: Mapping[str, Form], classifier: Classifier
) -> None:
    for seed in range(20):
        report = make_report(
            tuple(forms.values()),
            Recipe(LEVELS["medium"], PLAIN, unknown=1.0, held=True),
            np.random.default_rng(seed),
        )
        for said in (None, classifier):
            assert fit_form(report.tables, report.readings, tuple(forms.values()), said) is None


def test_nothing_is_found_in_nothing(forms: Mapping[str, Form], classifier: Classifier) -> None:
    assert fit_form([], [], tuple(forms.values()), classifier) is None
    assert fit_form([], [], tuple(forms.values())) is None


def test_rows_that_are_not_there_are_named_and_nothing_slides(
    forms: Mapping[str, Form], classifier: Classifier
) -> None:
    shortened = replace(PLAIN, drop_rows=1.0)
    for seed in range(4):
        report = make(forms["2021"], Recipe(CLEAN, shortened), seed)
        if report.tables[0].ruled:
            fit = fit_form(report.tables, report.readings, tuple(forms.values()), classifier)
            assert laid(report, fit) == (printed(report), set())
            assert fit is not None
            left_out = {field.id for field in forms["2021"].fields} - printed(report)
            assert bool(fit.missing_rows) == bool(left_out)


def kept(report: SeenReport, names: Set[str]) -> SeenReport:
    """The rows of a report that have one of these names, with the headers of their tables."""
    parts = [
        part
        for part in zip(report.tables, report.readings, report.rows, strict=True)
        if not names.isdisjoint(part[2])
    ]
    left = [
        (table, [one for one, name in zip(read, rows, strict=True) if not name or name in names])
        for table, read, rows in parts
    ]
    return replace(
        report,
        tables=tuple(replace(table, cells=tuple(one.cell for one in read)) for table, read in left),
        readings=tuple(tuple(read) for _, read in left),
    )


@pytest.mark.parametrize(("year", "form"), [(2019, "2019"), (2023, "2021")])
def test_the_year_decides_where_rows_hardly_tell_the_forms_apart(
    forms: Mapping[str, Form], classifier: Classifier, year: int, form: str
) -> None:
    rows = [
        {one.id.rpartition(".")[0] for one in forms[known].fields} for known in ("2019", "2021")
    ]
    shared = {row for row in rows[0] & rows[1] if not row.startswith("t2.")}
    report = kept(make(forms["2019"], Recipe(CLEAN, PLAIN), 0), shared)
    everything = tuple(forms.values())
    fit = fit_form(report.tables, report.readings, everything, classifier, (year, 1.0))
    assert fit is not None
    assert fit.form.id == form


def test_the_year_decides_nothing_where_rows_do(
    forms: Mapping[str, Form], classifier: Classifier
) -> None:
    report = make(forms["2021"], Recipe(CLEAN, PLAIN), 0)
    everything = tuple(forms.values())
    fit = fit_form(report.tables, report.readings, everything, classifier, (2019, 1.0))
    assert fit is not None
    assert fit.form.id == "2021"


@pytest.mark.parametrize(("number", "form"), [(239, "2021"), (463, "2019")])
def test_a_wrecked_scan_of_a_known_form_is_read_as_far_as_it_goes(
    number: int, form: str, models: Models, forms: Mapping[str, Form]
) -> None:
    drawn = draw_held(tuple(forms.values()), "calibrate", number)
    fit = gather(drawn.source, models, tuple(forms.values()), Options(), Stopwatch()).fit
    assert fit.form.id == form
    found = sum(one.reading is not None for one in fit.fields)
    assert found > len(fit.fields) / 2


def test_rows_that_changed_places_are_found(
    forms: Mapping[str, Form], classifier: Classifier
) -> None:
    swapped = replace(PLAIN, swap_rows=1.0)
    for seed in range(6):
        report = make(forms["2019"], Recipe(CLEAN, swapped), seed)
        if report.tables[0].ruled:
            fit = fit_form(report.tables, report.readings, tuple(forms.values()), classifier)
            assert laid(report, fit) == (printed(report), set())
            assert fit is not None
            assert min(one.mapping for one in fit.fields if one.reading is not None) > 0.99


@pytest.mark.parametrize("slug", ["unruled", "three_line"])
def test_lines_that_a_label_may_wrap_over_put_no_cell_in_doubt(
    slug: str, models: Models, forms: Mapping[str, Form]
) -> None:
    source = (REPORTS / slug / "source.pdf").read_bytes()
    fit = gather(source, models, tuple(forms.values()), Options(), Stopwatch()).fit
    assert min(found.mapping for found in fit.fields if found.reading is not None) > 0.99


def test_in_a_column_without_rules_long_amounts_and_empty_cells_are_found(
    models: Models, forms: Mapping[str, Form]
) -> None:
    drawn = draw_held(tuple(forms.values()), "calibrate", 135)
    texts = drawn.values.values()
    assert "" in texts
    assert any(len(text) >= 10 for text in texts)
    fit = gather(drawn.source, models, tuple(forms.values()), Options(), Stopwatch()).fit
    found = {one.field: one.reading for one in fit.fields if one.reading is not None}
    lost = drawn.values.keys() - found.keys()
    assert lost <= {"s.offices"}
    empty = {name for name, text in drawn.values.items() if text == ""}
    read = {name for name, one in found.items() if not any(c.text for c in one.candidates[:1])}
    assert read == empty - lost
