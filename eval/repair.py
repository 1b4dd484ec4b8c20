"""What the sums do: `python -m eval.repair [--readings DIR] [--reports 375] [--step 1]`.

Times repair over drawn reports that the nets have read (`training.outcomes` keeps them in a
folder), counts what it sets right and what it breaks, and misreads the cells of every sample
one at a time in every way of `eval.misreadings`: none may be accepted wrong. Prints a page and
writes it to `eval/results/repair.md`.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Final

import numpy as np

from eval.corpus import Case, Truth, find_cases, find_contradicted
from eval.metrics import same_value
from eval.misreadings import KINDS, count_of, misread_cell, read_surely
from forms.form import Form, load_forms
from models.calibration import USUAL_RISK, Calibration, load_calibration
from pipeline.conclusions import without_sums
from pipeline.hypotheses import residue
from pipeline.repair import repair
from pipeline.review import Policy, judge
from pipeline.types import FieldReading
from training.held_apart import QUALITIES
from training.outcomes import ReadReport, read_drawn

RESULTS: Final = Path(__file__).parent / "results"
"""Where the tables of the evaluations are kept."""


@dataclass(frozen=True, slots=True)
class Repaired:
    """What repair made of one report.

    Attributes:
        quality: How it was scanned.
        seconds: Of one core.
        fields: That a cell was found for.
        before: Of these right without the sums.
        after: Of these right with them.
        mended: Wrong ones set right.
        spoilt: Right ones set wrong.
        silent: Of these in sums that the print breaks.
        inferred: Of the fields those that could not be read and that the sums give.
        given: Of these right.
    """

    quality: str
    seconds: float
    fields: int
    before: int
    after: int
    mended: int
    spoilt: int
    silent: int
    inferred: int
    given: int


COUNTS: Final = ("fields", "before", "after", "mended", "spoilt", "silent", "inferred", "given")
"""What is counted of a report, as `Repaired` has it."""


@dataclass(frozen=True, slots=True)
class Slip:
    """A wrong text that was accepted after one cell was misread."""

    slug: str
    cell: str
    kind: str
    field: str
    text: str


def repair_report(read: ReadReport, form: Form) -> Repaired:
    """Repair a report and set it beside what is printed."""
    started = process_time()
    repaired = repair(form, read.fields)
    seconds = process_time() - started
    truth = Truth(body="", fiscal_year=0, form=read.form, values=dict(read.values))
    contradicted = find_contradicted(form, truth) if read.form == form.id else frozenset()
    counts: Counter[str] = Counter()
    for alone, one in zip(repair(without_sums(form), read.fields), repaired, strict=True):
        name = one.found.field
        if one.found.reading is None:
            continue
        printed = read.values.get(name)
        was, now = (
            printed is not None and same_value(printed, text) for text in (alone.text, one.text)
        )
        counts.update(fields=1, before=was, after=now, mended=now and not was)
        counts.update(spoilt=was and not now, silent=was and not now and name in contradicted)
        inferred = one.source == "inferred"
        counts.update(inferred=inferred, given=inferred and now)
    return Repaired(read.quality, seconds, *(counts[name] for name in COUNTS))


def find_slips(
    case: Case, form: Form, calibration: Calibration, cells: Sequence[tuple[int, str, bool]]
) -> Iterator[Slip]:
    """What is accepted wrong when single cells of a report are misread.

    Args:
        case: Whose truth is read surely, but for the cell.
        form: Its form.
        calibration: To review with.
        cells: Index of the field, kind of misreading, whether the truth is a candidate.
    """
    fields = read_surely(form, case.truth.values)
    for index, kind, seen in cells:
        wrong = misread_cell(fields[index], kind, seen=seen)
        if wrong is None:
            continue
        read = (*fields[:index], wrong, *fields[index + 1 :])
        for name, text in accepted(form, read, calibration):
            if not same_value(case.truth.values.get(name, ""), text):
                yield Slip(case.slug, fields[index].field, kind, name, text)


def accepted(
    form: Form, fields: Sequence[FieldReading], calibration: Calibration
) -> Iterator[tuple[str, str]]:
    """Fields and texts that nobody reviews at the usual risk."""
    posteriors = repair(form, fields)
    judgements = judge(form, posteriors, calibration, Policy(USUAL_RISK, None))
    for one, judgement in zip(posteriors, judgements, strict=True):
        if judgement.accepted and one.source != "inferred":
            yield one.found.field, one.text


def plan(form: Form, printed: Mapping[str, str], step: int) -> tuple[tuple[int, str, bool], ...]:
    """Every cell in every way, or one in `step` of all.

    Without the truth among the candidates only cells that a sum watches over, and none that
    the report breaks: there a misread cell may mend what is wrong on paper.
    """
    counts = {field.id: count_of(printed.get(field.id, "")) for field in form.fields}
    sound: set[str] = set()
    broken: set[str] = set()
    for rule in form.sums:
        (broken if residue(rule, counts) else sound).update((*rule.left, *rule.right))
    watched = sound - broken
    every = (
        (index, kind, seen)
        for index, field in enumerate(form.fields)
        for kind in KINDS
        for seen in (True, False)
        if seen or field.id in watched
    )
    return tuple(one for number, one in enumerate(every) if number % step == 0)


def describe_repairs(repairs: Sequence[Repaired]) -> Iterator[str]:
    """A table with a row for each quality."""
    yield (
        "| quality | reports | ms median | p99 | worst "
        "| fields | right before | after | mended | spoilt | silent | inferred | right |"
    )
    yield "|---" * 13 + "|"
    for quality in (*QUALITIES, "all"):
        some = [one for one in repairs if quality in (one.quality, "all")]
        if some:
            times = 1000 * np.array([one.seconds for one in some])
            percentiles = (np.median(times), np.percentile(times, 99), times.max())
            counts = [sum(getattr(one, name) for one in some) for name in COUNTS]
            cells = [quality, len(some), *(f"{ms:.0f}" for ms in percentiles), *counts]
            yield "| " + " | ".join(map(str, cells)) + " |"


def try_cases(forms: Mapping[str, Form], step: int) -> Iterator[str]:
    """A line for each report whose cells are misread."""
    calibration = load_calibration()
    for case in find_cases():
        if case.level != "digital" or case.origin == "drawn":
            continue
        form = forms[case.truth.form]
        cells = plan(form, case.truth.values, step)
        slips = list(find_slips(case, form, calibration, cells))
        yield f"- {case.slug}: {len(cells)} misreadings tried, {len(slips)} accepted wrong"
        yield from (f"  - {slip}" for slip in slips)


def main(arguments: Sequence[str]) -> int:
    """Run the evaluation; see the module's head."""
    parser = argparse.ArgumentParser(prog="python -m eval.repair", description=__doc__)
    parser.add_argument("--readings", type=Path, default=Path("build/calibration"))
    parser.add_argument("--reports", type=int, default=375, help="drawn reports to repair")
    parser.add_argument("--jobs", type=int, default=2, help="processes to read them with")
    parser.add_argument("--step", type=int, default=1, help="try one misreading in so many")
    chosen = parser.parse_args(arguments)
    forms = {form.id: form for form in load_forms()}
    reads = read_drawn(chosen.readings, chosen.reports, chosen.jobs)
    repairs = [
        repair_report(read, forms[read.read_as]) for read in reads if read.read_as is not None
    ]
    lines = ["# Repair", "", *describe_repairs(repairs), "", *try_cases(forms, chosen.step)]
    page = "\n".join(lines) + "\n"
    sys.stdout.write(page)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "repair.md").write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
