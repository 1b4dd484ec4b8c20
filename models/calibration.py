"""How sure is sure: evidence about a field → calibrated confidence, and what to accept.

The figures lie in weights/calibration.json, which `training.calibrate` writes. Confidence
is a logistic regression that never falls when evidence gets better; what is accepted for a
risk was tested on reports that it was not fitted to.

Source: docs/decisions/0007-confidence.md
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Final, Literal, get_args

import numpy as np
from pydantic import TypeAdapter, ValidationError
from scipy.special import expit

from models.errors import CorruptWeights
from models.weights import weight_path

Feature = Literal[
    "odds", "reading", "inked", "mapping", "clear", "placed", "plain", "habit", "upheld", "unbroken"
]
"""What speaks for a field, each the better the greater; see `pipeline.review`."""

Kind = Literal["figure", "zero", "blank", "missing"]
"""What a field was read as; whatever is neither 0 nor empty is a figure. Missing: no cell was
found and no sum gives one."""

Wear = Literal["digital", "sharp", "worn"]
"""What a page looks like: not scanned, scanned so that most is read surely, or worse."""

FEATURES: Final[tuple[Feature, ...]] = get_args(Feature)
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
WEARS: Final[tuple[Wear, ...]] = get_args(Wear)
EVERYTHING: Final = "all"
PAIRS: Final = tuple((kind, wear) for kind in KINDS for wear in WEARS)
GROUPS: Final = (EVERYTHING, *KINDS, *(f"{kind}/{wear}" for kind, wear in PAIRS))
"""What has thresholds of its own: all fields, those of a kind, and those on alike pages."""

USUAL_RISK: Final = 0.001
"""Share of wrong fields that is borne among accepted ones unless a caller says otherwise."""

_NEVER: Final = math.inf
"""A threshold that no confidence reaches."""


@dataclass(frozen=True, slots=True)
class Curve:
    """What one feature adds to the log-odds: straight between knots, level outside them.

    Attributes:
        knots: Values of the feature, rising; one at least.
        heights: What is added there, never falling.
    """

    knots: tuple[float, ...]
    heights: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """What was seen among the fields of a group that are at least so sure.

    Attributes:
        threshold: Least confidence.
        accepted: Fields that reach it.
        wrong: Those of them that were read wrong.
        least: What `bound` would be, had none been wrong.
        bound: On the expected share of wrong fields among those of reports to come.
    """

    threshold: float
    accepted: int
    wrong: int
    least: float
    bound: float


@dataclass(frozen=True, slots=True)
class Guarantee:
    """What was seen among accepted fields of one form, quality and kind.

    Attributes:
        form: Id, or "all".
        quality: Level of damage, or "all".
        kind: What the fields were read as.
        fields: How many there were.
        accepted: How many were accepted at the usual risk.
        wrong: How many of these were read wrong.
        bound: On the expected share of wrong ones in reports to come.
    """

    form: str
    quality: str
    kind: Kind
    fields: int
    accepted: int
    wrong: int
    bound: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """The content of the file.

    Attributes:
        version: Of its shape.
        nets: Versions of the nets whose readings it was fitted to, by name.
        reports: How many reports it was fitted to and tested on.
        offsets: Log-odds to begin with, by "kind/wear".
        curves: What each feature adds.
        steps: For each group, from the strictest threshold to the loosest.
        guarantees: What to state about it.
    """

    version: Literal[1]
    nets: Mapping[str, str]
    reports: int
    offsets: Mapping[str, float]
    curves: Mapping[Feature, Curve]
    steps: Mapping[str, tuple[Step, ...]]
    guarantees: tuple[Guarantee, ...]


SHAPE: Final = TypeAdapter(Calibration)


def load_calibration(path: Path | None = None) -> Calibration:
    """Load and check a calibration, the one that ships unless a path is given.

    Raises:
        MissingWeights: It is not there.
        CorruptWeights: It is not the one that SHA256SUMS names, or makes no sense.
    """
    path = path or weight_path("calibration")
    try:
        calibration = SHAPE.validate_json(path.read_bytes())
    except ValidationError as error:
        raise CorruptWeights(f"{path} is no calibration: {error}") from error
    fault = _fault(calibration)
    if fault is not None:
        raise CorruptWeights(f"{path} is no calibration: {fault}")
    return calibration


def name_calibration(calibration: Calibration) -> str:
    """What names a calibration that is no weight: the hash of its content."""
    return f"sha256:{sha256(SHAPE.dump_json(calibration)).hexdigest()}"


def uncalibrated() -> Calibration:
    """Confidence is the posterior as it is, and nothing is accepted: to calibrate with."""
    level = Curve((0.0, 1.0), (0.0, 0.0))
    odds = Curve((-20.0, 20.0), (-20.0, 20.0))
    return Calibration(
        version=1,
        nets={},
        reports=0,
        offsets={f"{kind}/{wear}": 0.0 for kind, wear in PAIRS},
        curves={name: odds if name == "odds" else level for name in FEATURES},
        steps=dict.fromkeys(GROUPS, ()),
        guarantees=(),
    )


def confidence_of(
    calibration: Calibration, kind: Kind, wear: Wear, evidence: Mapping[Feature, float]
) -> float:
    """The probability that a field was read right, given what speaks for it.

    It never falls when any evidence rises.
    """
    curves = calibration.curves
    log_odds = calibration.offsets[f"{kind}/{wear}"] + sum(
        float(np.interp(evidence[name], curves[name].knots, curves[name].heights))
        for name in FEATURES
    )
    return float(expit(log_odds))


def threshold_of(calibration: Calibration, kind: Kind, wear: Wear, risk: float) -> float:
    """The least confidence at which a field is accepted; infinite for none.

    It is proven over all fields. Within those of the kind, and those of the kind on alike
    pages, no more than the risk may have been wrong: zeros would hide what goes wrong elsewhere.

    Args:
        calibration: What was seen.
        kind: What the field was read as.
        wear: What its page looks like.
        risk: Share of wrong fields that is borne among those that are accepted.
    """
    everything = calibration.steps[EVERYTHING]
    proven = (step.threshold for step in everything if step.bound <= risk)
    enough = [step for step in everything if step.accepted * risk >= 1]
    overall = min(proven, default=_loosest_seen(enough, risk))
    groups = (calibration.steps[name] for name in (kind, f"{kind}/{wear}"))
    return max(overall, *(_loosest_seen(steps, risk) for steps in groups))


def _loosest_seen(steps: Sequence[Step], risk: float) -> float:
    """The loosest threshold at which no more were wrong than the risk allows; for none, none.

    Fields too few for a single wrong one must all have been right.
    """
    seen = (step.threshold for step in steps if step.wrong <= risk * step.accepted and risk > 0)
    return min(seen, default=_NEVER)


def _fault(calibration: Calibration) -> str | None:
    """What is wrong with its figures, if anything."""
    pairs = {f"{kind}/{wear}" for kind, wear in PAIRS}
    if (set(calibration.curves), set(calibration.offsets)) != (set(FEATURES), pairs):
        return "it has not one curve for each feature and one offset for each kind and wear"
    if set(calibration.steps) != set(GROUPS):
        return "it has not the steps of every group"
    for name, curve in calibration.curves.items():
        paired = len(curve.knots) == len(curve.heights) > 0
        rising = paired and _rises(curve.knots, strictly=True)
        if not rising or not _rises(curve.heights, strictly=False):
            return f"the curve of {name} does not rise"
    for group, steps in calibration.steps.items():
        falling = _rises([-step.threshold for step in steps], strictly=True)
        if not falling or not all(_is_sound(step) for step in steps):
            return f"the steps of {group} count what cannot be"
    return None


def _rises(values: Sequence[float], *, strictly: bool) -> bool:
    return all(one < other or (one == other and not strictly) for one, other in pairwise(values))


def _is_sound(step: Step) -> bool:
    return 0 <= step.wrong <= step.accepted and 0 <= step.least <= step.bound <= 1
