"""Confidence rises with evidence, thresholds with caution, and a broken file is refused."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.calibration import (
    EVERYTHING,
    FEATURES,
    GROUPS,
    KINDS,
    PAIRS,
    SHAPE,
    WEARS,
    Calibration,
    Feature,
    Kind,
    Step,
    Wear,
    confidence_of,
    load_calibration,
    threshold_of,
    uncalibrated,
)
from models.errors import CorruptWeights
from models.weights import weight_path

SHIPPED = load_calibration()

evidence = st.fixed_dictionaries({name: st.floats(-20, 20) for name in FEATURES})


def with_steps(steps: Mapping[str, tuple[Step, ...]]) -> Calibration:
    """No other group than those named has seen anything wrong, nor enough to show it."""
    few = (Step(0.5, 10, 0, 0.1, 0.1),)
    return replace(uncalibrated(), steps={group: steps.get(group, few) for group in GROUPS})


@given(
    pair=st.sampled_from(PAIRS), known=evidence, name=st.sampled_from(FEATURES), by=st.floats(0, 9)
)
def test_better_evidence_never_makes_a_field_less_sure(
    pair: tuple[Kind, Wear], known: dict[Feature, float], name: Feature, by: float
) -> None:
    better = {**known, name: known[name] + by}
    assert confidence_of(SHIPPED, *pair, better) >= confidence_of(SHIPPED, *pair, known)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("wear", WEARS)
def test_who_bears_less_risk_accepts_less(kind: str, wear: str) -> None:
    one = next(one for one in KINDS if one == kind)
    other = next(one for one in WEARS if one == wear)
    risks = (0.0, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
    thresholds = [threshold_of(SHIPPED, one, other, risk) for risk in risks]
    assert thresholds == sorted(thresholds, reverse=True)
    assert thresholds[0] > 1


def test_nothing_is_accepted_where_too_little_was_seen() -> None:
    calibration = with_steps({"all": (Step(0.9, 100, 0, 0.01, 0.01),)})
    assert threshold_of(calibration, "zero", "sharp", 0.001) > 1
    assert threshold_of(calibration, "zero", "sharp", 0.01) == 0.9


def test_a_kind_that_was_read_worse_needs_more() -> None:
    calibration = with_steps(
        {
            "all": (Step(0.99, 4000, 0, 0.0002, 0.0002), Step(0.9, 9000, 3, 0.0001, 0.0004)),
            "figure": (Step(0.99, 400, 0, 0.002, 0.002), Step(0.9, 900, 3, 0.001, 0.004)),
        }
    )
    assert threshold_of(calibration, "zero", "worn", 0.001) == 0.9
    assert threshold_of(calibration, "figure", "worn", 0.001) == 0.99


def test_uncalibrated_is_the_posterior_and_accepts_nothing() -> None:
    known: dict[Feature, float] = dict.fromkeys(FEATURES, 1.0)
    assert confidence_of(uncalibrated(), "figure", "sharp", known) == pytest.approx(0.731, abs=1e-3)
    assert threshold_of(uncalibrated(), "figure", "digital", 0.5) > 1


def test_what_ships_states_how_much_stands_behind_it() -> None:
    assert {one.kind for one in SHIPPED.guarantees} == {*KINDS} - {"missing"}
    assert SHIPPED.steps[EVERYTHING][-1].accepted > 1000
    assert SHIPPED.nets


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("curves", "odds", "heights", 0), 99.0),
        (("curves", "odds", "knots", 0), 99.0),
        (("curves", "odds"), None),
        (("curves", "odds"), {"knots": [], "heights": []}),
        (("offsets", "zero/sharp"), "much"),
        (("steps", "all"), None),
        (("steps", "all", 0, "wrong"), -1),
        (("steps", "all", 0, "threshold"), 0.0),
        (("version",), 2),
    ],
)
def test_a_broken_file_is_refused(
    tmp_path: Path, path: tuple[str | int, ...], value: object
) -> None:
    content = json.loads(weight_path("calibration").read_bytes())
    place = content
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    broken = tmp_path / "calibration.json"
    broken.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(CorruptWeights, match="is no calibration"):
        load_calibration(broken)


def test_what_is_written_is_loaded_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    path.write_bytes(SHAPE.dump_json(SHIPPED))
    assert load_calibration(path) == SHIPPED
