"""Whether a person should look: by risk, by threshold, and always where pixels say little."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import pytest

from eval.corpus import REPORTS
from forms.form import Form
from models.calibration import FEATURES, USUAL_RISK, confidence_of, uncalibrated
from models.load import Models, load_models
from models.weights import version_of
from pipeline.extract import Gathered, Options, conclude, fingerprint_of, gather
from pipeline.repair import repair
from pipeline.review import Evidence, Judgement, Policy, judge, value_field, weigh_evidence
from pipeline.stopwatch import Stopwatch
from pipeline.types import (
    Box,
    Candidate,
    Cell,
    FieldReading,
    FieldValue,
    Missing,
    Posterior,
    Reading,
    Source,
)
from service.messages import USUAL_RISK as SERVED_RISK

SURE = Judgement(0.99999, accepted=True)
PLACE = Box(0.0, 0.0, 10.0, 10.0)


def posterior(text: str, *, found: bool = True, source: Source = "read") -> Posterior:
    cell = Cell(0, 0, 1, 1, PLACE, (), touched=False)
    reading = Reading(cell, 1, "", (Candidate(text, 0.999),), "read")
    field = FieldReading("t3.new.total", reading if found else None, 0.99, None)
    return Posterior(field, text, 0.99, source, (), None, None)


@pytest.fixture(scope="module")
def gathered(models: Models, forms: Mapping[str, Form]) -> Gathered:
    source = (REPORTS / "kuancheng_2020" / "scan_light.pdf").read_bytes()
    return gather(source, models, tuple(forms.values()), Options(), Stopwatch())


def reviewed(values: tuple[FieldValue, ...]) -> int:
    return sum(value.review for value in values)


def test_a_sure_field_passes() -> None:
    assert not value_field(posterior("7"), SURE, PLACE).review


@pytest.mark.parametrize(
    "one",
    [posterior("7", source="inferred"), posterior("", found=False)],
    ids=["inferred", "missing"],
)
def test_what_pixels_cannot_show_is_reviewed_however_sure(one: Posterior) -> None:
    assert value_field(one, SURE, PLACE).review


def test_a_field_without_a_cell_is_as_sure_as_that_none_is_printed_and_never_passes(
    gathered: Gathered, models: Models
) -> None:
    surely, hardly = (without_a_row(gathered, models, unprinted) for unprinted in (0.99, 0.6))
    assert max(hardly) < min(surely)
    assert min(surely) > 0.95
    assert max(surely) < 0.9999


def without_a_row(gathered: Gathered, models: Models, unprinted: float) -> list[float]:
    """How sure the fields of a row that was not found are, with its chance to be absent."""
    form = gathered.fit.form
    lost = [one for one in form.fields if one.id.startswith("t3.denied_law.")]
    left = {one.id: FieldReading(one.id, None, unprinted, None) for one in lost}
    fields = [left.get(one.field, one) for one in gathered.fit.fields]
    posteriors = repair(form, fields)
    judgements = judge(form, posteriors, models.calibration, Policy(1.0, 0.0))
    concluded = [
        (value_field(one, judgement, None), judgement)
        for one, judgement in zip(posteriors, judgements, strict=True)
        if one.found.field in left
    ]
    assert len(concluded) == 7
    assert all(isinstance(value.value, Missing) and value.review for value, _ in concluded)
    assert not any(judgement.accepted for _, judgement in concluded)
    return [value.confidence for value, _ in concluded]


def test_what_sums_give_a_cell_that_was_not_found_is_never_sure(
    gathered: Gathered, models: Models
) -> None:
    form = gathered.fit.form
    fields = [
        FieldReading(one.field, None, 0.01, None) if one.field == "t3.granted.total" else one
        for one in gathered.fit.fields
    ]
    posteriors = repair(form, fields)
    judgements = judge(form, posteriors, models.calibration, Policy(1.0, None))
    one, sure = next(
        (one, judgement.confidence)
        for one, judgement in zip(posteriors, judgements, strict=True)
        if one.found.field == "t3.granted.total"
    )
    assert (one.source, one.probability > 0.99, sure < 0.95) == ("inferred", True, True)


def test_every_feature_of_the_calibration_is_weighed(gathered: Gathered, models: Models) -> None:
    form = gathered.fit.form
    weighed = weigh_evidence(form, repair(form, gathered.fit.fields))
    assert weighed
    assert all(set(one.features) == set(FEATURES) for one in weighed)
    values = conclude(gathered, models, Options())
    first = weighed[0]
    expected = confidence_of(models.calibration, first.kind, first.wear, first.features)
    assert values[0].confidence == expected


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


@pytest.mark.parametrize(("width", "passes"), [(60.0, True), (4.0, False)])
def test_empty_cell_too_narrow_for_a_digit_never_passes(
    gathered: Gathered, width: float, *, passes: bool
) -> None:
    evidence = weigh(gathered, "", width, inked=False)
    assert (evidence.kind, evidence.passable) == ("blank", passes)


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
    form = gathered.fit.form
    fields = list(gathered.fit.fields)
    index = next(i for i, one in enumerate(fields) if one.field == "t3.results_total.total")
    reading = fields[index].reading
    assert reading is not None
    text = reading.candidates[0].text
    cell = replace(reading.cell, touched=touched)
    seen = replace(reading, cell=cell, candidates=(Candidate(text, sure),))
    fields[index] = replace(fields[index], reading=seen, mapping=1.0)
    evidence = weigh_evidence(form, repair(form, fields))[index]
    assert evidence.features["upheld"] == 1.0
    assert evidence.passable == passes


@pytest.mark.parametrize("touched", [False, True])
def test_what_a_seal_leaves_of_a_figure_in_no_sum_is_reviewed(
    gathered: Gathered, *, touched: bool
) -> None:
    form = gathered.fit.form
    fields = [
        replace(
            one,
            reading=replace(
                one.reading,
                cell=replace(one.reading.cell, touched=touched),
                candidates=(Candidate("283", 0.999),),
            ),
            mapping=1.0,
        )
        if one.field == "t2.procurement.projects" and one.reading is not None
        else one
        for one in gathered.fit.fields
    ]
    evidence = zip(form.fields, weigh_evidence(form, repair(form, fields)), strict=True)
    (found,) = (one for field, one in evidence if field.id == "t2.procurement.projects")
    assert found.passable != touched


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
    fields = [
        replace(
            one,
            reading=replace(one.reading, candidates=(Candidate("7777", sure),)),
            mapping=1.0,
        )
        if one.field in alike and one.reading is not None
        else one
        for one in gathered.fit.fields
    ]
    evidence = zip(form.fields, weigh_evidence(form, repair(form, fields)), strict=True)
    assert {one.passable for field, one in evidence if field.id in alike} == {passes}


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
    form = gathered.fit.form
    index = [one.id for one in form.fields].index("t3.granted.research")
    fields = list(gathered.fit.fields)
    reading = fields[index].reading
    assert reading is not None
    seen = replace(
        reading,
        cell=replace(reading.cell, runs=reading.cell.runs if text else ()),
        candidates=tuple(Candidate(*guess) for guess in guesses.items()),
    )
    fields[index] = replace(fields[index], reading=seen, mapping=1.0)
    posteriors = repair(form, fields)
    assert posteriors[index].text == text
    assert weigh_evidence(form, posteriors)[index].passable == passes


@pytest.mark.parametrize(("guess", "source", "upheld"), [("2", "read", 1.0), ("7", "inferred", 0)])
def test_what_a_sum_gives_does_not_speak_for_the_others_in_it(
    gathered: Gathered, guess: str, source: Source, upheld: float
) -> None:
    form = gathered.fit.form
    part, total = "t4.litigation_direct.upheld", "t4.litigation_direct.total"
    fields = [
        replace(one, reading=replace(one.reading, candidates=(Candidate(guess, 0.3),)))
        if one.field == total and one.reading is not None
        else one
        for one in gathered.fit.fields
    ]
    posteriors = repair(form, fields)
    names = (one.found.field for one in posteriors)
    evidence = dict(zip(names, weigh_evidence(form, posteriors), strict=True))
    assert next(one.source for one in posteriors if one.found.field == total) == source
    assert evidence[part].features["upheld"] == upheld


@pytest.mark.parametrize("text", ["84(见说明)", "0（见备注）"])
def test_number_with_a_note_never_passes(gathered: Gathered, text: str) -> None:
    assert weigh(gathered, "84").passable
    assert not weigh(gathered, text).passable


@pytest.mark.parametrize(("lines", "passes"), [(1, True), (2, False)])
def test_number_that_was_read_from_two_lines_of_print_never_passes(
    gathered: Gathered, lines: int, *, passes: bool
) -> None:
    fields = list(gathered.fit.fields)
    index = next(i for i, one in enumerate(fields) if one.field == "t2.procurement.projects")
    reading = fields[index].reading
    assert reading is not None
    left, top = reading.cell.box.left, reading.cell.box.top
    runs = tuple(
        Box(left, top + 20 * line, left + 40, top + 20 * line + 14) for line in range(lines)
    )
    cell = replace(reading.cell, runs=runs, touched=False)
    read = replace(reading, cell=cell, candidates=(Candidate("2222", 0.9999),))
    fields[index] = replace(fields[index], reading=read, mapping=1.0)
    form = gathered.fit.form
    assert weigh_evidence(form, repair(form, fields))[index].passable == passes


@pytest.mark.parametrize("text", ["见附件", "丿", "口"])
def test_words_where_a_number_belongs_never_pass(gathered: Gathered, text: str) -> None:
    assert not weigh(gathered, text).passable


def test_cell_that_may_be_another_field_s_never_passes(gathered: Gathered) -> None:
    form = gathered.fit.form
    fields = [replace(one, mapping=0.7) for one in gathered.fit.fields]
    weighed = weigh_evidence(form, repair(form, fields))
    assert not any(one.passable for one in weighed)


def test_who_bears_more_risk_reviews_less(gathered: Gathered, models: Models) -> None:
    counts = [
        reviewed(conclude(gathered, models, Options(risk=risk))) for risk in (0.0, 0.001, 0.05, 1.0)
    ]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] == len(gathered.fit.fields)
    assert counts[-1] < counts[0] / 2


def test_a_threshold_takes_the_place_of_the_risk(gathered: Gathered, models: Models) -> None:
    for least in (0.5, 0.99, 0.9999):
        values = conclude(gathered, models, Options(risk=0.0, review_below=least))
        simple = [
            value for value in values if value.source != "inferred" and value.page is not None
        ]
        assert all(value.review for value in simple if value.confidence < least)
        assert any(not value.review for value in simple) == any(
            value.confidence >= least for value in simple
        )


def test_options_change_the_fingerprint(models: Models, forms: Mapping[str, Form]) -> None:
    known = tuple(forms.values())
    options = (Options(), Options(risk=0.01), Options(review_below=0.9), Options(repair=False))
    assert len({fingerprint_of(models, known, one) for one in options}) == len(options)
    assert "calibration" in models.versions


def test_every_net_and_calibration_changes_the_fingerprint(
    models: Models, forms: Mapping[str, Form]
) -> None:
    known = tuple(forms.values())
    lean = uncalibrated()
    others = [load_models(1, one) for one in (lean, replace(lean, reports=1))]
    assert others[0].versions.keys() == models.versions.keys()
    assert {
        name
        for name, weight in models.versions.items()
        if weight == version_of("ocr_tiny_detection")
    }
    assert len({fingerprint_of(one, known, Options()) for one in (models, *others)}) == 3


def test_the_service_bears_the_same_risk_as_the_pipeline() -> None:
    assert SERVED_RISK == USUAL_RISK == Options().risk
