"""What may pass unseen: where pixels or sums speak for it, however sure it is otherwise."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import pytest

from forms.form import Form
from pipeline.extract import Gathered
from pipeline.repair import repair
from pipeline.review import Evidence, weigh_evidence
from pipeline.types import Box, Candidate, Cell, FieldReading, Posterior, Reading, Source


def weigh(gathered: Gathered, text: str, width: float = 60.0, *, inked: bool = True) -> Evidence:
    """What speaks for a cell that holds `text`, in a field of a report whose sums are others'."""
    form = gathered.fit.form
    found = next(one for one in gathered.fit.fields if one.reading and not one.reading.cell.touched)
    assert found.reading is not None
    left, top = found.reading.cell.box.left, found.reading.cell.box.top
    box = replace(found.reading.cell.box, right=left + width)
    runs = (Box(left + 5, top + 5, left + 15, top + 20),) if inked else ()
    reading = replace(
        found.reading,
        candidates=(Candidate(text, 1.0),),
        cell=replace(found.reading.cell, box=box, runs=runs),
    )
    alone = Posterior(
        replace(found, reading=reading, mapping=1.0), text, 1.0, "read", (), None, None
    )
    others = [one for one in repair(form, gathered.fit.fields) if one.found.field != found.field]
    return weigh_evidence(form, [alone, *others])[0]


def reading_of(gathered: Gathered, field: str) -> Reading:
    """What was read in one field."""
    reading = next(one.reading for one in gathered.fit.fields if one.field == field)
    assert reading is not None
    return reading


def conclude_with(
    gathered: Gathered, readings: Mapping[str, Reading]
) -> Mapping[str, tuple[Posterior, Evidence]]:
    """What is concluded of each field, these having been read otherwise and surely placed."""
    fields = [
        replace(one, reading=readings[one.field], mapping=1.0) if one.field in readings else one
        for one in gathered.fit.fields
    ]
    posteriors = repair(gathered.fit.form, fields)
    weighed = weigh_evidence(gathered.fit.form, posteriors)
    pairs = zip(posteriors, weighed, strict=True)
    return {posterior.found.field: (posterior, evidence) for posterior, evidence in pairs}


@pytest.mark.parametrize(("width", "passes"), [(60.0, True), (4.0, False)])
def test_empty_cell_too_narrow_for_a_digit_never_passes(
    gathered: Gathered, width: float, *, passes: bool
) -> None:
    evidence = weigh(gathered, "", width, inked=False)
    assert (evidence.kind, evidence.passable) == ("blank", passes)


@pytest.mark.parametrize("labelled", [True, False])
def test_a_cell_that_its_order_alone_places_never_passes(
    gathered: Gathered, *, labelled: bool
) -> None:
    form = gathered.fit.form
    fields = [replace(one, labelled=labelled) for one in gathered.fit.fields]
    weighed = weigh_evidence(form, repair(form, fields))
    assert any(evidence.passable for evidence in weighed) == labelled


@pytest.mark.parametrize("source", ["text_layer", "read"])
def test_narrow_cell_is_measured_by_its_own_page(
    forms: Mapping[str, Form], source: Literal["text_layer", "read"]
) -> None:
    form = forms["2021"]
    large, small = Box(0.0, 0.0, 300.0, 100.0), Box(0.0, 0.0, 40.0, 30.0)
    fields = []
    for number, one in enumerate(form.fields):
        page, box = (2, small) if number < 9 else (1, large)
        reading = Reading(
            Cell(0, 0, 1, 1, box, (), touched=False),
            page,
            "",
            (Candidate("", 0.9999),),
            source if page == 2 else "read",
        )
        fields.append(FieldReading(one.id, reading, 1.0, None))
    weighed = weigh_evidence(form, repair(form, fields))
    assert all(evidence.passable for evidence in weighed)


def test_zeros_in_one_table_say_nothing_of_empty_cells_in_another(
    gathered: Gathered,
) -> None:
    form = gathered.fit.form
    emptied = [
        replace(one, reading=replace(one.reading, candidates=(Candidate("", 1.0),)))
        if one.reading and one.field.startswith("t3.")
        else one
        for one in gathered.fit.fields
    ]
    weighed = {
        field.id: evidence.features["habit"]
        for field, evidence in zip(
            form.fields, weigh_evidence(form, repair(form, emptied)), strict=True
        )
        if evidence.kind in ("zero", "blank")
    }
    assert min(habit for field, habit in weighed.items() if field.startswith("t3.")) > 0
    assert max(habit for field, habit in weighed.items() if field.startswith("t4.")) > 0


@pytest.mark.parametrize(
    ("text", "inked", "agrees"),
    [("", False, 1.0), ("", True, 0.0), ("7", True, 1.0), ("7", False, 0.0)],
)
def test_print_found_where_none_was_read_speaks_against_the_reading(
    gathered: Gathered, text: str, *, inked: bool, agrees: float
) -> None:
    evidence = weigh(gathered, text, inked=inked)
    assert evidence.features["inked"] == agrees
    assert evidence.passable == bool(agrees)


@pytest.mark.parametrize(("touched", "sure", "passes"), [(False, 0.9, True), (True, 0.9, False),
                                                         (True, 0.999, True)])  # fmt: skip
def test_what_a_seal_leaves_of_a_figure_passes_where_it_is_read_surely_and_a_sum_agrees(
    gathered: Gathered, *, touched: bool, sure: float, passes: bool
) -> None:
    total = "t3.results_total.total"
    reading = reading_of(gathered, total)
    text = reading.candidates[0].text
    cell = replace(reading.cell, touched=touched)
    seen = replace(reading, cell=cell, candidates=(Candidate(text, sure),))
    _, evidence = conclude_with(gathered, {total: seen})[total]
    assert evidence.features["upheld"] == 1.0
    assert evidence.passable == passes


@pytest.mark.parametrize("touched", [False, True])
def test_what_a_seal_leaves_of_a_figure_in_no_sum_is_reviewed(
    gathered: Gathered, *, touched: bool
) -> None:
    alone = "t2.procurement.projects"
    reading = reading_of(gathered, alone)
    cell = replace(reading.cell, touched=touched)
    seen = replace(reading, cell=cell, candidates=(Candidate("283", 0.999),))
    _, evidence = conclude_with(gathered, {alone: seen})[alone]
    assert evidence.passable != touched


@pytest.mark.parametrize(("text", "touched", "passes"), [("", False, True), ("", True, False),
                                                         ("0", True, True)])  # fmt: skip
def test_cell_that_a_seal_reaches_into_is_not_taken_for_empty(
    gathered: Gathered, text: str, *, touched: bool, passes: bool
) -> None:
    nothing = "t3.partial.legal"
    reading = reading_of(gathered, nothing)
    cell = replace(reading.cell, touched=touched, runs=reading.cell.runs if text else ())
    seen = replace(reading, cell=cell, candidates=(Candidate(text, 0.9999),))
    assert conclude_with(gathered, {nothing: seen})[nothing][1].passable == passes


@pytest.mark.parametrize(("sure", "passes"), [(0.9, False), (0.999, True)])
def test_figure_that_is_all_of_its_total_does_not_speak_for_it(
    gathered: Gathered, *, sure: float, passes: bool
) -> None:
    form = gathered.fit.form
    texts = {
        one.field: one.reading.candidates[0].text
        for one in gathered.fit.fields
        if one.reading is not None
    }
    rows = (rule for rule in form.sums if rule.id.startswith("t3.row."))
    row = next(
        rule for rule in rows if sum(texts[name] not in ("", "0") for name in rule.left) == 1
    )
    alike = {name for name in (*row.left, *row.right) if texts[name] not in ("", "0")}
    assert len(alike) == 2
    seen = {
        name: replace(reading_of(gathered, name), candidates=(Candidate("7777", sure),))
        for name in alike
    }
    concluded = conclude_with(gathered, seen)
    assert {concluded[name][1].passable for name in alike} == {passes}


@pytest.mark.parametrize(
    ("text", "guesses", "passes"),
    [
        ("0", {"0": 0.9, "8": 0.05}, True),
        ("0", {"0": 0.9, "/": 0.05}, False),
        ("0", {"0": 0.9, "": 0.05}, False),
        ("-", {"-": 0.9, "1": 0.05}, True),
        ("-", {"-": 0.9, "—": 0.05}, False),
        ("", {"": 0.9, "1": 0.05}, True),
        ("", {"": 0.9, "0": 0.05}, False),
    ],
)
def test_sums_and_reader_together_tell_a_sign_for_nothing(
    gathered: Gathered, text: str, guesses: dict[str, float], *, passes: bool
) -> None:
    part = "t3.granted.research"
    reading = reading_of(gathered, part)
    cell = replace(reading.cell, runs=reading.cell.runs if text else ())
    candidates = tuple(Candidate(*guess) for guess in guesses.items())
    seen = replace(reading, cell=cell, candidates=candidates)
    posterior, evidence = conclude_with(gathered, {part: seen})[part]
    assert posterior.text == text
    assert evidence.passable == passes


@pytest.mark.parametrize(("total", "passes"), [("0", True), ("7", False)])
def test_sums_of_zeros_tell_a_doubtful_0_only_where_no_sum_of_the_report_fails(
    gathered: Gathered, total: str, *, passes: bool
) -> None:
    part, elsewhere = "t3.carried_in.business", "t4.review.total"
    seen = {
        part: replace(reading_of(gathered, part), candidates=(Candidate("0", 0.9),)),
        elsewhere: replace(reading_of(gathered, elsewhere), candidates=(Candidate(total, 0.999),)),
    }
    _, evidence = conclude_with(gathered, seen)[part]
    assert (evidence.features["upheld"], evidence.features["unbroken"]) == (0.0, 1.0)
    assert evidence.passable == passes


@pytest.mark.parametrize(("guess", "source", "upheld"), [("2", "read", 1.0), ("7", "inferred", 0)])
def test_what_a_sum_gives_does_not_speak_for_the_others_in_it(
    gathered: Gathered, guess: str, source: Source, upheld: float
) -> None:
    part, total = "t4.litigation_direct.upheld", "t4.litigation_direct.total"
    seen = replace(reading_of(gathered, total), candidates=(Candidate(guess, 0.3),))
    concluded = conclude_with(gathered, {total: seen})
    assert concluded[total][0].source == source
    assert concluded[part][1].features["upheld"] == upheld


@pytest.mark.parametrize("text", ["84(见说明)", "0（见备注）"])
def test_number_with_a_note_never_passes(gathered: Gathered, text: str) -> None:
    assert weigh(gathered, "84").passable
    assert not weigh(gathered, text).passable


@pytest.mark.parametrize(("lines", "passes"), [(1, True), (2, False)])
def test_number_that_was_read_from_two_lines_of_print_never_passes(
    gathered: Gathered, lines: int, *, passes: bool
) -> None:
    alone = "t2.procurement.projects"
    reading = reading_of(gathered, alone)
    left, top = reading.cell.box.left, reading.cell.box.top
    runs = tuple(
        Box(left, top + 20 * line, left + 40, top + 20 * line + 14) for line in range(lines)
    )
    cell = replace(reading.cell, runs=runs, touched=False)
    seen = replace(reading, cell=cell, candidates=(Candidate("2222", 0.9999),))
    _, evidence = conclude_with(gathered, {alone: seen})[alone]
    assert evidence.passable == passes


@pytest.mark.parametrize("text", ["见附件", "丿", "口"])
def test_words_where_a_number_belongs_never_pass(gathered: Gathered, text: str) -> None:
    assert not weigh(gathered, text).passable


def test_cell_that_may_be_another_field_s_never_passes(gathered: Gathered) -> None:
    form = gathered.fit.form
    fields = [replace(one, mapping=0.7) for one in gathered.fit.fields]
    weighed = weigh_evidence(form, repair(form, fields))
    assert not any(one.passable for one in weighed)
