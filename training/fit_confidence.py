"""Readings with known truth → how sure is sure: the curves and steps of `models.calibration`.

Thresholds are tested on what curves that were fitted to other reports say (cross-fitting):
what a threshold promises then rests on no assumption about the curves.

Source: docs/decisions/0007-confidence.md
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from forms.form import Form
from models.calibration import (
    EVERYTHING,
    FEATURES,
    GROUPS,
    PAIRS,
    USUAL_RISK,
    Calibration,
    Curve,
    Feature,
    Guarantee,
    Kind,
    Step,
    confidence_of,
    threshold_of,
    uncalibrated,
)
from pipeline.repair import repair
from pipeline.review import Evidence, is_missing, weigh_evidence
from training.outcomes import ReadReport
from training.sameness import same_value

_KNOTS: Final[Mapping[Feature, tuple[float, ...]]] = {
    "odds": (-8.0, -2.0, 0.0, 2.0, 4.0, 6.0, 8.0, 11.0, 16.0),
    "reading": (-8.0, 0.0, 3.0, 6.0, 9.0, 16.0),
    "inked": (0.0, 1.0),
    "mapping": (-2.0, 0.0, 2.0, 4.0, 6.0, 9.0),
    "clear": (0.0, 1.5, 3.0, 4.5, 6.0),
    "placed": (0.0, 1.0, 2.0, 3.0, 4.5, 6.0),
    "plain": (0.0, 1.0),
    "habit": (-4.0, -2.0, 0.0, 2.0, 4.0),
    "upheld": (0.0, 1.0),
    "unbroken": (0.0, 1.0),
}
"""Where the curves may bend: about evenly over where fields lie."""

_PENALTY: Final = 2.0
"""On squared rises: with few wrong fields at the sure end, curves shall not run away."""

# Even steps of log-odds, from 1 in 160,000 wrong to even odds, chosen before any were tried.
_GRID: Final = tuple(round(float(expit(odds)), 7) for odds in np.arange(12.0, -0.01, -0.25))
# How errors come together is seen among fields that are likelier right than wrong.
_LIKELY: Final = 0.5

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """A field that was read, and whether rightly.

    Attributes:
        report: Whose it is: fields of a report are wrong together.
        form: Id of the report's form.
        quality: How it was scanned.
        evidence: What speaks for the reading.
        right: Whether it is what is printed.
        accepted: Whether it may pass unseen if it is sure: not inferred, and
            `evidence.passable`.
    """

    report: str
    form: str
    quality: str
    evidence: Evidence
    right: bool
    accepted: bool


def judge_report(read: ReadReport, forms: Mapping[str, Form]) -> Iterator[Example]:
    """Every field of a report.

    What was read in a row that is not printed is wrong, whatever it is; that no cell was found is
    right where none is printed or an empty one.
    """
    if read.read_as is None:
        return
    form = forms[read.read_as]
    posteriors = repair(form, read.fields)
    for one, evidence in zip(posteriors, weigh_evidence(form, posteriors), strict=True):
        printed = read.values.get(one.found.field, "" if is_missing(one) else None)
        yield Example(
            report=read.name,
            form=read.form,
            quality=read.quality,
            evidence=evidence,
            right=printed is not None and same_value(printed, one.text),
            accepted=evidence.passable and one.source != "inferred",
        )


def fit_curves(
    examples: Sequence[Example],
) -> tuple[dict[str, float], dict[Feature, Curve]]:
    """Logistic regression whose curves never fall: all rises between knots are at least 0."""
    pairs = [(one.evidence.kind, one.evidence.wear) for one in examples]
    groups = np.array([[pair == group for group in PAIRS] for pair in pairs], float)
    rises = np.concatenate([_spread(name, examples) for name in FEATURES], axis=1)
    design = np.concatenate((groups, rises), axis=1)
    right = np.array([one.right for one in examples], float)
    free = len(PAIRS)

    def loss(weights: Floats) -> tuple[float, Floats]:
        odds = design @ weights
        slack = weights.copy()
        slack[:free] *= 0.01
        value = float(np.logaddexp(0, odds).sum() - right @ odds + _PENALTY / 2 * slack @ weights)
        return value, design.T @ (expit(odds) - right) + _PENALTY * slack

    bounds = [(None, None)] * free + [(0.0, None)] * (design.shape[1] - free)
    start = np.concatenate((np.zeros(free), np.full(design.shape[1] - free, 0.5)))
    found = minimize(loss, start, jac=True, bounds=bounds, options={"maxiter": 2000})
    weights = np.asarray(found.x, np.float64)
    offsets = {
        f"{kind}/{wear}": round(float(weights[index]), 4)
        for index, (kind, wear) in enumerate(PAIRS)
    }
    curves, at = {}, free
    for name in FEATURES:
        knots = _KNOTS[name]
        heights = np.concatenate(([0.0], np.cumsum(weights[at : at + len(knots) - 1])))
        curves[name] = Curve(knots, tuple(round(float(height), 4) for height in heights))
        at += len(knots) - 1
    return offsets, curves


def _spread(name: Feature, examples: Sequence[Example]) -> Floats:
    """Of each stretch between knots, the share that an example's feature has passed."""
    values = np.array([one.evidence.features[name] for one in examples])[:, None]
    knots = np.array(_KNOTS[name])
    return np.asarray(np.clip((values - knots[:-1]) / np.diff(knots), 0.0, 1.0), np.float64)


def try_thresholds(examples: Sequence[Example], sure: Floats) -> tuple[Step, ...]:
    """What each threshold of the grid lets pass, from the strictest on.

    Of several that let the same pass the strictest is kept: below it nothing was seen. Only of
    those that ask for more than the usual risk does, the loosest is.
    """
    usable = np.array([one.accepted for one in examples], bool)
    wrong = np.array([not one.right for one in examples], bool)
    reports = np.array([one.report for one in examples])
    likely = usable & (sure >= _LIKELY)
    effect = design_effect(wrong[likely], reports[likely])
    steps: list[Step] = []
    for threshold in _GRID:
        passed = usable & (sure >= threshold)
        accepted, failed = int(passed.sum()), int((passed & wrong).sum())
        before = steps[-1].accepted if steps else 0
        if accepted == before and steps and threshold >= 1.0 - USUAL_RISK:
            steps[-1] = replace(steps[-1], threshold=threshold)
        if accepted > before:
            least, bound = (bound_risk(count, accepted, effect) for count in (0, failed))
            steps.append(Step(threshold, accepted, failed, least, bound))
    return tuple(steps)


def design_effect(wrong: NDArray[np.bool_], reports: NDArray[np.str_]) -> float:
    """By how much the errors of reports vary more than as many independent ones; at least 1.

    Fields of a report are wrong together (a row slides, a page is pale), and so tell less
    than their number.

    Source: Rao and Scott, A Simple Method for the Analysis of Clustered Binary Data, 1992
    """
    if not wrong.any() or wrong.all():
        return 1.0
    share = float(wrong.mean())
    _, index = np.unique(reports, return_inverse=True)
    excess = np.bincount(index, weights=wrong - share)
    return max(float((excess**2).sum()) / (len(wrong) * share * (1 - share)), 1.0)


def bound_risk(wrong: int, accepted: int, effect: float) -> float:
    """Conformal risk control's bound on the expected share of wrong fields.

    One more field counts as wrong beside those seen, (k + 1) / (n + 1), which makes up for
    having chosen the threshold on them; k and n are divided by the design effect.

    Source: Angelopoulos, Bates, Fisch, Lei and Schuster, Conformal Risk Control, 2024
    """
    return round((wrong + effect) / (accepted + effect), 7)


def calibrate(folds: Sequence[Sequence[Example]], nets: Mapping[str, str]) -> Calibration:
    """Fit curves to all reports, and test thresholds on what curves of the others say of each.

    Args:
        folds: Whole reports each, at least two, forms and qualities alike in all.
        nets: Versions of the nets that read them.
    """
    examples = [one for fold in folds for one in fold]
    sure = cross_fit(folds)
    steps: dict[str, tuple[Step, ...]] = {}
    for group in GROUPS:
        chosen = [index for index, one in enumerate(examples) if group in groups_of(one)]
        steps[group] = try_thresholds([examples[index] for index in chosen], sure[chosen])
    tested = replace(_fit(examples, nets), steps=steps)
    return replace(tested, guarantees=tuple(state_guarantees(tested, examples, sure)))


def cross_fit(folds: Sequence[Sequence[Example]]) -> Floats:
    """How sure each example is by curves that its own report had no part in."""
    sure = []
    for number, fold in enumerate(folds):
        others = [one for index, other in enumerate(folds) if index != number for one in other]
        sure.append(confidences(_fit(others, {}), fold))
    return np.concatenate(sure)


def _fit(examples: Sequence[Example], nets: Mapping[str, str]) -> Calibration:
    """A calibration that has tested no threshold yet."""
    offsets, curves = fit_curves(examples)
    reports = len({one.report for one in examples})
    return replace(uncalibrated(), nets=nets, reports=reports, offsets=offsets, curves=curves)


def groups_of(example: Example) -> tuple[str, ...]:
    """The groups that a field is counted with."""
    kind, wear = example.evidence.kind, example.evidence.wear
    return EVERYTHING, kind, f"{kind}/{wear}"


def confidences(calibration: Calibration, examples: Iterable[Example]) -> Floats:
    """How sure a calibration makes each example."""
    return np.array(
        [
            confidence_of(calibration, evidence.kind, evidence.wear, evidence.features)
            for evidence in (one.evidence for one in examples)
        ]
    )


def state_guarantees(
    calibration: Calibration, examples: Sequence[Example], sure: Floats, risk: float = USUAL_RISK
) -> Iterator[Guarantee]:
    """What a risk lets pass, for each form, quality and kind, and over all of each.

    Fields without a cell never pass.
    """
    least = {(kind, wear): threshold_of(calibration, kind, wear, risk) for kind, wear in PAIRS}
    cells: dict[tuple[str, str, Kind], list[tuple[Example, bool]]] = {}
    for one, confidence in zip(examples, sure.tolist(), strict=True):
        if one.evidence.kind == "missing":
            continue
        passed = one.accepted and confidence >= least[one.evidence.kind, one.evidence.wear]
        for form in (one.form, "all"):
            for quality in (one.quality, "all"):
                cells.setdefault((form, quality, one.evidence.kind), []).append((one, passed))
    for (form, quality, kind), inside in sorted(cells.items()):
        wrong = np.array([not one.right for one, passed in inside if passed], bool)
        effect = design_effect(wrong, np.array([one.report for one, passed in inside if passed]))
        bound = bound_risk(int(wrong.sum()), len(wrong), effect)
        yield Guarantee(form, quality, kind, len(inside), len(wrong), int(wrong.sum()), bound)
