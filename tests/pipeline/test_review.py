"""Whether a person should look: by risk, by threshold, and always where pixels say little."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from forms.form import Form
from models.calibration import FEATURES, USUAL_RISK, confidence_of, uncalibrated
from models.load import Models, load_models
from models.weights import version_of
from pipeline.extract import Gathered, Options, conclude, fingerprint_of
from pipeline.repair import repair
from pipeline.review import Judgement, Policy, judge, value_field, weigh_evidence
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
