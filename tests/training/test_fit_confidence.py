"""On a toy world whose truth is known: curves rise, confidence is right, the promise holds."""

from dataclasses import replace
from itertools import pairwise
from statistics import mean

import numpy as np
import pytest
from numpy.random import Generator, default_rng
from scipy.special import expit, logit

from models.calibration import FEATURES, Feature, confidence_of, threshold_of, uncalibrated
from pipeline.review import Evidence
from training.calibrate import expected_error
from training.fit_confidence import (
    Example,
    bound_risk,
    calibrate,
    confidences,
    design_effect,
    fit_curves,
    state_guarantees,
    try_thresholds,
)

RISK = 0.02


def draw_example(rng: Generator, report: str, bad: float) -> Example:
    """A field whose chance of being right is known: 1 / (1 + e^-odds) in a good report."""
    odds = float(rng.uniform(-2, 9))
    features: dict[Feature, float] = dict.fromkeys(FEATURES, 1.0)
    evidence = Evidence("figure", "sharp", passable=True, features={**features, "odds": odds})
    right = bool(rng.random() < expit(odds - bad))
    return Example(report, "2021", "light", evidence, right, accepted=True)


def draw_world(seed: int, reports: int, fields: int = 20) -> list[Example]:
    """Some reports are bad throughout, and nothing shows it: errors come together."""
    rng = default_rng(seed)
    examples = []
    for number in range(reports):
        bad = 1.5 if rng.random() < 0.15 else 0.0
        examples += [draw_example(rng, f"{seed}/{number}", bad) for _ in range(fields)]
    return examples


def test_curves_never_fall() -> None:
    _, curves = fit_curves(draw_world(1, 100))
    for curve in curves.values():
        assert all(one <= other for one, other in pairwise(curve.heights))


def test_confidence_is_how_often_a_field_is_right() -> None:
    calibration = calibrate([draw_world(2, 300), draw_world(3, 300)], {})
    to_come = draw_world(4, 500)
    assert expected_error(confidences(calibration, to_come), to_come) < 0.02


def test_risk_is_kept_on_reports_to_come() -> None:
    to_come = draw_world(6, 500)
    shares = []
    for seed in range(10, 30, 2):
        calibration = calibrate([draw_world(seed, 50), draw_world(seed + 1, 50)], {})
        least = threshold_of(calibration, "figure", "sharp", RISK)
        sure = confidences(calibration, to_come)
        accepted = [one.right for one, value in zip(to_come, sure, strict=True) if value >= least]
        assert accepted, "enough was seen to accept something"
        shares.append(1 - mean(accepted))
    assert mean(shares) <= RISK


def test_too_few_reports_prove_nothing() -> None:
    calibration = calibrate([draw_world(7, 5), draw_world(8, 5)], {})
    assert threshold_of(calibration, "figure", "sharp", 0.001) > 1


def test_fields_that_fail_together_count_for_less() -> None:
    reports = np.repeat(np.arange(50).astype(str), 20)
    together = np.repeat(np.arange(50) < 5, 20)
    apart = np.tile(np.arange(20) < 2, 50)
    assert design_effect(together, reports) == pytest.approx(20, rel=0.01)
    assert design_effect(apart, reports) == 1.0
    assert bound_risk(0, 2000, effect=4) > bound_risk(0, 2000, effect=1)


def test_what_is_always_reviewed_is_never_counted_as_accepted() -> None:
    world = draw_world(9, 200)
    calibration = calibrate([world[:2000], world[2000:]], {})
    sealed = [replace(one, accepted=False) for one in world]
    sure = confidences(calibration, sealed)
    assert [one.accepted for one in state_guarantees(calibration, sealed, sure, 0.5)] == [0] * 4


def test_of_thresholds_that_let_the_same_pass_the_strictest_is_kept() -> None:
    world = [replace(one, right=True) for one in draw_world(10, 1, fields=3)]
    steps = try_thresholds(world, np.array([0.985, 0.985, 0.6]))
    odds = [round(float(logit(step.threshold)), 2) for step in steps]
    assert [step.accepted for step in steps] == [2, 3]
    assert odds == [4.0, 0.25]


def test_no_threshold_asks_for_more_than_the_usual_risk_but_where_errors_were_seen() -> None:
    right = [replace(one, right=True) for one in draw_world(10, 1, fields=3)]
    (step,) = try_thresholds(right, np.full(3, 0.99999))
    assert round(float(logit(step.threshold)), 2) == 7.0
    wrong = [replace(right[0], right=False), *right[1:]]
    steps = try_thresholds(wrong, np.array([0.9995, 0.99999, 0.99999]))
    odds = [round(float(logit(one.threshold)), 2) for one in steps]
    assert [one.wrong for one in steps] == [0, 1]
    assert odds[0] > odds[1] == 7.0


def test_uncalibrated_confidence_is_that_of_the_posterior() -> None:
    example = draw_example(default_rng(0), "a", 0.0)
    odds = example.evidence.features["odds"]
    assert confidence_of(
        uncalibrated(), "figure", "sharp", example.evidence.features
    ) == pytest.approx(float(expit(odds)))
