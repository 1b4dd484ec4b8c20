"""What counts as a cell on its field."""

from collections.abc import Mapping

import numpy as np

from eval.classifier import Count, count_report, decode_with, measure, write_table
from forms.form import Form
from pipeline.types import Reading
from training.token_damage import LEVELS
from training.tokens import Recipe, SeenReport, make_report
from training.varied_forms import Departures

PLAIN = Departures(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def make(forms: Mapping[str, Form], *, unknown: float) -> SeenReport:
    recipe = Recipe(LEVELS["clean"], PLAIN, unknown=unknown)
    return make_report(tuple(forms.values()), recipe, np.random.default_rng(1))


def truth(report: SeenReport) -> dict[Reading, str]:
    return {
        reading: name
        for read, names in zip(report.readings, report.fields, strict=True)
        for reading, name in zip(read, names, strict=True)
        if name
    }


def test_the_truth_is_all_right(forms: Mapping[str, Form]) -> None:
    report = make(forms, unknown=0.0)
    count = count_report(report, lambda one: (one.form, truth(one)))
    assert (count.right, count.wrong, count.doubled) == (count.cells, 0, 0)
    assert (count.whole, count.form) == (1, 1)


def test_a_cell_on_another_s_field_is_wrong_and_both_fields_show_it(
    forms: Mapping[str, Form],
) -> None:
    report = make(forms, unknown=0.0)
    laid = truth(report)
    first, second = list(laid)[:2]
    laid[second] = laid[first]
    count = count_report(report, lambda one: (one.form, laid))
    assert (count.right, count.wrong, count.doubled) == (count.cells - 1, 1, 1)
    assert count.whole == 0


def test_a_refused_report_has_nothing_right_unless_it_is_of_no_form(
    forms: Mapping[str, Form],
) -> None:
    assert count_report(make(forms, unknown=0.0), lambda _: None).right == 0
    assert count_report(make(forms, unknown=1.0), lambda _: None).refused == 1


def test_every_level_has_its_line(forms: Mapping[str, Form]) -> None:
    everything = tuple(forms.values())
    counts = measure(1, {"labels": decode_with(everything, None)}, everything)
    assert len(write_table(counts).splitlines()) == 2 + 2 * len(LEVELS)
    assert Count(cells=1).plus(Count(cells=2, right=1)) == Count(cells=3, right=1)
