"""How many fields are read right: `python -m eval.accuracy [--json FILE] [--only WORD]`.

Reads every document of `eval.corpus`, prints a table per level and form, and writes
`eval/results/accuracy.md`. A document that is refused counts as all fields wrong.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from eval.corpus import Case, find_cases, find_contradicted
from eval.metrics import Outcome, Score, calibrate_bins, score_reports
from forms.form import Form, load_forms
from models.load import Models, load_models
from pipeline.errors import ReportError
from pipeline.extract import Options, extract
from pipeline.types import Report

RESULTS: Final = Path(__file__).parent / "results"
"""Where the tables of the evaluations are kept."""

_UNREAD: Final = "\N{REPLACEMENT CHARACTER}"
"""Equal to no printed text, not even to an empty cell."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of one case; `refused` is the error code when it was not read."""

    case: Case
    form: str | None
    refused: str | None
    outcomes: tuple[Outcome, ...]


def read_case(case: Case, models: Models, forms: Mapping[str, Form]) -> Reading:
    """Extract one case and set every field of its truth beside what was read."""
    contradicted = find_contradicted(forms[case.truth.form], case.truth)
    try:
        source = case.path.read_bytes()
        report = extract(source, case.path.name, models, tuple(forms.values()), Options())
    except ReportError as error:
        lost = (
            Outcome(text, _UNREAD, 0.0, review=True, contradicted=name in contradicted)
            for name, text in case.truth.values.items()
        )
        return Reading(case, None, error.code, tuple(lost))
    return Reading(case, report.form, None, compare_fields(case, report, contradicted))


def compare_fields(case: Case, report: Report, contradicted: frozenset[str]) -> tuple[Outcome, ...]:
    """One outcome for each field of the truth; a field that the report lacks is wrong."""
    found = {value.field: value for value in report.fields}
    outcomes = []
    for name, text in case.truth.values.items():
        value = found.get(name)
        outcomes.append(
            Outcome(
                truth=text,
                read=_UNREAD if value is None else value.text,
                confidence=0.0 if value is None else value.confidence,
                review=value is None or value.review,
                contradicted=name in contradicted,
            )
        )
    return tuple(outcomes)


def main(arguments: Sequence[str]) -> int:
    """Run the evaluation; see the module's head."""
    parser = argparse.ArgumentParser(prog="python -m eval.accuracy", description=__doc__)
    parser.add_argument("--json", type=Path, help="also write all figures here")
    parser.add_argument("--only", default="", help="cases whose slug/level holds this word")
    chosen = parser.parse_args(arguments)
    forms = {form.id: form for form in load_forms()}
    models = load_models()
    readings = []
    for case in find_cases():
        if chosen.only in f"{case.slug}/{case.level}":
            readings.append(read_case(case, models, forms))
            sys.stderr.write(f"{_describe(readings[-1])}\n")
    table = write_table(readings)
    sys.stdout.write(table)
    if not chosen.only:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "accuracy.md").write_text(f"# Accuracy\n\n{table}", encoding="utf-8")
    if chosen.json is not None:
        chosen.json.write_text(json.dumps(gather_figures(readings), indent=1), encoding="utf-8")
    return 0


def gather_figures(readings: Sequence[Reading]) -> dict[str, object]:
    """All figures as JSON can hold them: per group, per document, calibration."""
    outcomes = [outcome for reading in readings for outcome in reading.outcomes]
    return {
        "groups": [
            {"origin": origin, "level": level, "form": form, **asdict(score)}
            for (origin, level, form), score in _group(readings)
        ],
        "documents": [
            {
                "slug": reading.case.slug,
                "level": reading.case.level,
                "refused": reading.refused,
                **asdict(score_reports([reading.outcomes])),
            }
            for reading in readings
        ],
        "calibration": [asdict(one) for one in calibrate_bins(outcomes)],
    }


def write_table(readings: Sequence[Reading]) -> str:
    """The scores per origin, level and form as a Markdown table."""
    head = (
        "documents", "level", "form", "n", "all", "non-zero", "blank", "precision", "review",
        "entirely right", "silent repairs",
    )  # fmt: skip
    rows = [head, ("---",) * len(head)]
    for (origin, level, form), score in _group(readings):
        shares = (
            score.accuracy, score.accuracy_nonzero, score.accuracy_blank, score.precision,
            score.review_rate, score.reports_right,
        )  # fmt: skip
        cells = (origin, level, form, str(score.reports), *map(_percent, shares))
        rows.append((*cells, str(score.silent_repairs)))
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _group(readings: Sequence[Reading]) -> Iterable[tuple[tuple[str, str, str], Score]]:
    groups: dict[tuple[str, str, str], list[tuple[Outcome, ...]]] = {}
    for reading in readings:
        origin = "drawn" if reading.case.drawn else "samples"
        for form in (reading.case.truth.form, "all"):
            groups.setdefault((origin, reading.case.level, form), []).append(reading.outcomes)
    return [(key, score_reports(groups[key])) for key in sorted(groups)]


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.2%}"


def _describe(reading: Reading) -> str:
    wrong = sum(not outcome.right for outcome in reading.outcomes)
    state = reading.refused or f"{wrong} of {len(reading.outcomes)} wrong"
    return f"{reading.case.slug} {reading.case.path.name}: {state}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
