"""What came of many documents, as a table and as figures that a program can read."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from eval.corpus import Case
from eval.metrics import Contradictions, Outcome, Score, calibrate_bins, score_reports

_LEVELS: Final = ("digital", "clean", "light", "medium", "heavy", "turned", "bilevel")


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of one case.

    Attributes:
        case: What was to be read.
        form: Id of the form it was taken for, None when it was refused.
        refused: The error code when it was not read.
        outcomes: Of its fields.
        unrepaired: The same, had the sums not been asked.
        unprinted: Of fields that are neither printed nor found.
        broken: Sums that it breaks on paper.
        kept: Those of them whose fields are all as printed, and that were said to be broken.
        accused: Whether it breaks none, and one was said to be broken.
    """

    case: Case
    form: str | None
    refused: str | None
    outcomes: tuple[Outcome, ...]
    unrepaired: tuple[Outcome, ...]
    unprinted: tuple[Outcome, ...]
    broken: int
    kept: int
    accused: bool


@dataclass(frozen=True, slots=True)
class Group:
    """The scores of readings that have origin, level and form in common; "all" is any form."""

    origin: str
    level: str
    form: str
    score: Score
    unrepaired: Score
    contradictions: Contradictions


def group_readings(readings: Sequence[Reading]) -> tuple[Group, ...]:
    """Groups by origin, level and form, and by origin and level alone."""
    groups: dict[tuple[str, int, str], list[Reading]] = {}
    for reading in readings:
        level = _LEVELS.index(reading.case.level)
        for form in (reading.case.truth.form, "all"):
            groups.setdefault((reading.case.origin, level, form), []).append(reading)
    return tuple(
        Group(
            origin=origin,
            level=_LEVELS[level],
            form=form,
            score=score_reports(
                [one.outcomes for one in groups[origin, level, form]],
                [item for one in groups[origin, level, form] for item in one.unprinted],
            ),
            unrepaired=score_reports([one.unrepaired for one in groups[origin, level, form]]),
            contradictions=_weigh_contradictions(groups[origin, level, form]),
        )
        for origin, level, form in sorted(groups)
    )


def gather_figures(readings: Sequence[Reading]) -> dict[str, object]:
    """All figures as JSON can hold them: per group, per document, calibration."""
    claims = [claim for reading in readings for claim in (*reading.outcomes, *reading.unprinted)]
    return {
        "groups": [asdict(group) for group in group_readings(readings)],
        "documents": [
            {
                "slug": reading.case.slug,
                "level": reading.case.level,
                "refused": reading.refused,
                **asdict(score_reports([reading.outcomes])),
            }
            for reading in readings
        ],
        "calibration": [asdict(one) for one in calibrate_bins(claims)],
    }


def write_table(readings: Sequence[Reading]) -> str:
    """The scores per origin, level and form as a Markdown table."""
    head = (
        *("documents", "level", "form", "n", "without sums", "all", "non-zero", "blank"),
        *("precision", "review", "entirely right", "silent repairs", "broken sums kept"),
        *("sound accused", "calibration error"),
    )
    rows = [head, ("---",) * len(head), *map(_write_row, group_readings(readings))]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _write_row(group: Group) -> tuple[str, ...]:
    score, paper = group.score, group.contradictions
    shares = (
        *(group.unrepaired.accuracy, score.accuracy, score.accuracy_nonzero),
        *(score.accuracy_blank, score.precision, score.review_rate, score.reports_right),
    )
    return (
        *(group.origin, group.level, group.form, str(score.reports)),
        *map(_percent, shares),
        str(score.silent_repairs),
        f"{paper.kept} of {paper.broken}",
        f"{paper.accused} of {paper.sound_reports}",
        _percent(score.calibration_error),
    )


def _weigh_contradictions(readings: Sequence[Reading]) -> Contradictions:
    return Contradictions(
        broken=sum(reading.broken for reading in readings),
        kept=sum(reading.kept for reading in readings),
        sound_reports=sum(not reading.broken for reading in readings),
        accused=sum(reading.accused for reading in readings),
    )


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.2%}"
