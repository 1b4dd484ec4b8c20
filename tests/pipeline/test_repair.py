"""The sums decide between strings that the image supports, and never put another in their place."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import pytest

from eval.corpus import SAMPLES, Case, find_broken, find_cases
from eval.misreadings import read_surely
from eval.repair import accepted, find_slips, plan
from forms.form import Form
from models.calibration import load_calibration
from pipeline.repair import repair
from pipeline.types import Box, Candidate, Cell, FieldReading, Posterior, Reading

PLACE = Box(0.0, 0.0, 10.0, 10.0)
SURE = 0.9999
# What the review lets pass at the usual risk is surer than this.
ACCEPTED = 0.99

Truth = Mapping[str, str]

DIGITAL = [case for case in find_cases() if case.level == "digital" and case.truth.form]


def field(name: str, *candidates: tuple[str, float]) -> FieldReading:
    cell = Cell(0, 0, 1, 1, PLACE, (), touched=False)
    reading = Reading(cell, 1, "", tuple(Candidate(*one) for one in candidates), "read")
    return FieldReading(name, reading, SURE, None)


def misread(text: str) -> str:
    """Another number, as a reader may take one: its last digit for the next but two."""
    if not text or not text[-1].isdigit():
        return "1"
    return "6" if text == "0" else f"{text[:-1]}{(int(text[-1]) + 3) % 10}"


def read_as(form: Form, truth: Truth, misread_as: Mapping[str, FieldReading]) -> list[FieldReading]:
    return [
        misread_as.get(one.id) or field(one.id, (truth.get(one.id, ""), SURE))
        for one in form.fields
    ]


def concluded(form: Form, fields: Sequence[FieldReading]) -> dict[str, Posterior]:
    return {one.found.field: one for one in repair(form, fields)}


def case_named(slug: str) -> Case:
    return next(case for case in DIGITAL if case.slug == slug)


@pytest.fixture(scope="module")
def sound(forms: Mapping[str, Form]) -> tuple[Form, Truth]:
    case = case_named("browser_print")
    assert not find_broken(forms[case.truth.form], case.truth)
    return forms[case.truth.form], case.truth.values


@pytest.mark.parametrize("case", DIGITAL, ids=lambda case: case.slug)
def test_report_read_surely_stays_as_printed_contradictions_too(
    case: Case, forms: Mapping[str, Form]
) -> None:
    form, truth = forms[case.truth.form], case.truth.values
    found = concluded(form, read_as(form, truth, {}))
    changed = {name for name, one in found.items() if one.source in ("repaired", "inferred")}
    assert changed == set()


def test_any_single_misreading_is_repaired_or_doubted(sound: tuple[Form, Truth]) -> None:
    form, truth = sound
    summed = {name for rule in form.sums for name in (*rule.left, *rule.right)}
    passed = []
    for name in sorted(summed):
        printed = truth[name]
        wrong = field(name, (misread(printed), 0.7), (printed, 0.28))
        one = concluded(form, read_as(form, truth, {name: wrong}))[name]
        if one.text != printed and one.probability >= ACCEPTED:
            passed.append(name)
    assert passed == []


def test_total_and_part_misread_at_once_are_both_repaired(sound: tuple[Form, Truth]) -> None:
    form, truth = sound
    names = ("t3.new.natural", "t3.new.total")
    wrong = {name: field(name, (misread(truth[name]), 0.6), (truth[name], 0.38)) for name in names}
    found = concluded(form, read_as(form, truth, wrong))
    assert [found[name].text for name in names] == [truth[name] for name in names]
    assert all(found[name].source == "repaired" for name in names)


def test_value_that_nobody_read_is_named_beside_the_print_and_never_in_it(
    sound: tuple[Form, Truth],
) -> None:
    form, truth = sound
    name = "t3.new.total"
    one = concluded(form, read_as(form, truth, {name: field(name, (misread(truth[name]), SURE))}))[
        name
    ]
    assert one.text == misread(truth[name])
    assert one.reconciled is not None
    assert str(one.reconciled.value) == truth[name]


@pytest.mark.parametrize(("seen", "source"), [(0.4, "inferred"), (0.6, "read")])
def test_cell_that_cannot_be_read_is_inferred_from_the_sums_that_settle_it(
    sound: tuple[Form, Truth], seen: float, source: str
) -> None:
    form, truth = sound
    name = "t3.new.total"
    guess = misread(truth[name])
    one = concluded(form, read_as(form, truth, {name: field(name, (guess, seen))}))[name]
    assert one.source == source
    assert one.text == (truth[name] if source == "inferred" else guess)
    assert one.why is not None


def test_sums_make_no_0_of_a_cell_that_cannot_be_read(sound: tuple[Form, Truth]) -> None:
    form, truth = sound
    name = next(one.id for one in form.fields if one.id.startswith("t3.") and truth[one.id] == "0")
    one = concluded(form, read_as(form, truth, {name: field(name, ("7", 0.4))}))[name]
    assert (one.text, one.source) == ("7", "read")
    assert one.reconciled is not None
    assert one.reconciled.value == 0


def test_two_cells_of_a_sum_that_cannot_be_read_stay_as_they_were_read(
    sound: tuple[Form, Truth],
) -> None:
    form, truth = sound
    guesses = {"t4.review.corrected": "4", "t4.review.total": "7"}
    assert set(guesses.values()).isdisjoint(truth[name] for name in guesses)
    unread = {name: field(name, (guess, 0.01)) for name, guess in guesses.items()}
    found = concluded(form, read_as(form, truth, unread))
    assert {name: (found[name].text, found[name].source) for name in guesses} == {
        name: (guess, "read") for name, guess in guesses.items()
    }
    assert {found[name].reconciled for name in guesses} == {None}


def test_cell_that_was_not_found_is_inferred_and_said_to_be(sound: tuple[Form, Truth]) -> None:
    form, truth = sound
    name = "t3.granted.total"
    one = concluded(form, read_as(form, truth, {name: FieldReading(name, None, 0.1, None)}))[name]
    assert (one.text, one.source) == (truth[name], "inferred")
    assert one.why is not None


def test_sums_fill_no_row_that_the_body_left_out(sound: tuple[Form, Truth]) -> None:
    form, truth = sound
    lost = [one.id for one in form.fields if one.id.startswith("t3.granted.")]
    fields = read_as(form, truth, {name: FieldReading(name, None, 0.9, None) for name in lost})
    found = concluded(form, fields)
    assert {(found[name].text, found[name].source) for name in lost} == {("", "read")}
    total = found["t3.granted.total"]
    assert total.probability == 0.9
    assert total.reconciled is not None
    assert str(total.reconciled.value) == truth["t3.granted.total"]
    assert total.reconciled.probability <= 0.1


def test_row_that_no_sum_settles_is_not_inferred(sound: tuple[Form, Truth]) -> None:
    form, truth = sound
    lost = [one.id for one in form.fields if one.id.startswith("t4.")]
    fields = read_as(form, truth, {name: FieldReading(name, None, 0.9, None) for name in lost})
    found = concluded(form, fields)
    assert {(found[name].text, found[name].source) for name in lost} == {("", "read")}


@pytest.mark.parametrize("printed", ["", "/", "—"])
def test_nothing_reported_counts_as_0_and_never_becomes_0(
    sound: tuple[Form, Truth], printed: str
) -> None:
    form, truth = sound
    name = next(one.id for one in form.fields if one.id.startswith("t3.") and truth[one.id] == "0")
    one = concluded(form, read_as(form, truth, {name: field(name, (printed, 0.98), ("0", 0.01))}))[
        name
    ]
    assert (one.text, one.source) == (printed, "read")


def test_twenty_digits_read_by_mistake_stop_nothing(sound: tuple[Form, Truth]) -> None:
    form, truth = sound
    name = "t3.new.natural"
    wrong = field(name, ("9" * 20, 0.9), (truth[name], 0.05))
    assert concluded(form, read_as(form, truth, {name: wrong}))[name].text == truth[name]


def test_no_misread_cell_of_a_drawn_report_is_accepted_wrong(forms: Mapping[str, Form]) -> None:
    case = case_named("browser_print")
    form = forms[case.truth.form]
    assert list(find_slips(case, form, load_calibration(), plan(form, case.truth.values, 9))) == []


@pytest.mark.skipif(not SAMPLES.exists(), reason="the samples of real reports are not here")
def test_no_misread_cell_of_a_sample_is_accepted_wrong(forms: Mapping[str, Form]) -> None:
    calibration = load_calibration()
    samples = [case for case in DIGITAL if case.origin == "samples"]
    for case in samples:
        form = forms[case.truth.form]
        assert list(find_slips(case, form, calibration, plan(form, case.truth.values, 41))) == []


def misread_line(fields: Sequence[FieldReading], names: Sequence[str]) -> tuple[FieldReading, ...]:
    """A row or column slid by one: each cell holds what was read in the one before."""
    by_name = {found.field: found for found in fields}
    slid = {
        name: replace(by_name[name], reading=by_name[before].reading)
        for before, name in pairwise(names)
    }
    return tuple(slid.get(found.field, found) for found in fields)


@pytest.mark.parametrize("line", ["row", "column"])
def test_line_slid_by_one_is_never_accepted(sound: tuple[Form, Truth], line: str) -> None:
    form, truth = sound
    ids = [one.id for one in form.fields if one.id.startswith("t3.")]
    row = [name for name in ids if name.startswith("t3.new.")]
    names = row if line == "row" else [name for name in ids if name.endswith(".natural")]
    slid = misread_line(read_surely(form, truth), names)
    passed = dict(accepted(form, slid, load_calibration()))
    assert {
        name: passed[name] for name in names if passed.get(name, truth[name]) != truth[name]
    } == {}


def test_errors_that_make_up_for_each_other_are_found_in_the_other_sums(
    sound: tuple[Form, Truth],
) -> None:
    form, truth = sound
    names = ("t3.granted.natural", "t3.granted.business")
    values = [int(truth[name]) for name in names]
    shifted = (str(values[0] + 1), str(values[1] + 1))
    read = {
        name: field(name, (wrong, 0.6), (truth[name], 0.38))
        for name, wrong in zip(names, shifted, strict=True)
    }
    found = concluded(form, read_as(form, truth, read))
    assert [found[name].text for name in names] == [truth[name] for name in names]


def test_totals_printed_as_0_stay_0(forms: Mapping[str, Form]) -> None:
    case = case_named("template_zeros")
    form, truth = forms[case.truth.form], case.truth.values
    assert find_broken(form, case.truth)
    # Clean scans give the totals that the sums would like a chance, too.
    doubtful = {
        name: field(name, ("0", 0.97), (misread("0"), 0.02))
        for name in truth
        if name.endswith(".total") and truth[name] == "0"
    }
    found = concluded(form, read_as(form, truth, doubtful))
    assert {name: found[name].text for name in doubtful} == dict.fromkeys(doubtful, "0")
