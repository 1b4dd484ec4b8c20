"""How many fields are read right: `python -m eval.accuracy [--held 8] [--rescans 4] [--jobs 2]`.

Reads the documents of `eval.corpus`: real samples, each of them scanned `--rescans` times more
at every level of damage, the drawn reports of the repository, and `--held` reports for each form
and level that are drawn for this evaluation only.
What was read is concluded twice, with the sums and without. Prints a table per level and
form, and writes it with figures to `eval/results`. A document that is refused counts as all
fields wrong.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, get_args

from eval.accuracy_table import Reading, gather_figures, write_table
from eval.corpus import SAMPLES, Case, Truth, find_broken, find_cases, find_contradicted
from eval.figures import draw_figures
from eval.metrics import Outcome, same_value
from forms.form import Form, Sum, load_forms
from models.load import Models, load_models
from pipeline.checks import check_sums
from pipeline.errors import ReportError
from pipeline.extract import Options, conclude, gather
from pipeline.stopwatch import Stopwatch
from pipeline.types import FieldValue, Missing
from training.damage import Level
from training.held_apart import QUALITIES, draw_held, scan_whole

RESULTS: Final = Path(__file__).parent / "results"
"""Where the tables of the evaluations are kept."""

_FIRST_RESCAN: Final = 4
"""Scans of lower numbers were looked at one by one, and faults that they showed were mended."""

_UNREAD: Final = "\N{REPLACEMENT CHARACTER}"
"""Equal to no printed text, not even to an empty cell."""

_UNPRINTED: Final = "\N{SYMBOL FOR NULL}"
"""Stands for the text of a field that is not printed; equal to nothing that is read."""


@dataclass(frozen=True, slots=True)
class Rescan:
    """A sample's digital file that is to be scanned, and which of the scans of a level it is."""

    sample: Case
    level: Level
    number: int


@dataclass(frozen=True, slots=True)
class Share:
    """What one process reads.

    Attributes:
        cases: Documents that lie somewhere.
        rescans: Of samples, which it scans itself.
        numbers: Of held-apart reports, which it draws itself.
        options: To read with.
    """

    cases: tuple[Case, ...]
    rescans: tuple[Rescan, ...]
    numbers: tuple[int, ...]
    options: Options


def scan_again(rescan: Rescan, folder: Path) -> Case:
    """Scan a sample as drawn reports are scanned, as a file in a folder."""
    sample = rescan.sample
    seed = int.from_bytes(sha256(f"{sample.slug}/{rescan.number}".encode()).digest()[:6], "big")
    path = folder / f"{sample.slug}-{rescan.level}-{rescan.number}.pdf"
    path.write_bytes(scan_whole(sample.path.read_bytes(), rescan.level, seed))
    return replace(sample, level=rescan.level, origin="rescanned", path=path)


def draw_case(forms: Sequence[Form], number: int, folder: Path) -> Case:
    """Draw and scan the held-apart report of this number, as a file in a folder.

    Its body and year are not part of its truth.
    """
    held = draw_held(forms, "evaluate", number)
    path = folder / f"{held.name}.pdf"
    path.write_bytes(held.source)
    truth = Truth(body="", fiscal_year=0, form=held.form, values=dict(held.values))
    return Case(held.name, held.quality, "held apart", path, truth)


def read_case(case: Case, models: Models, forms: Mapping[str, Form], options: Options) -> Reading:
    """Extract one case and set every field of its truth beside what was read."""
    truth = forms[case.truth.form]
    contradicted = find_contradicted(truth, case.truth)
    try:
        gathered = gather(
            case.path.read_bytes(), models, tuple(forms.values()), options, Stopwatch()
        )
    except ReportError as error:
        lost = tuple(
            Outcome(text, _UNREAD, 0.0, review=True, contradicted=name in contradicted)
            for name, text in case.truth.values.items()
        )
        broken = len(find_broken(truth, case.truth))
        return Reading(case, None, error.code, lost, lost, (), broken, kept=0, accused=False)
    values = conclude(gathered, models, options)
    unrepaired = conclude(gathered, models, replace(options, repair=False))
    found = {value.field: value for value in values}
    form = gathered.fit.form
    blamed = {one.id for one in check_sums(form, found) if one.verdict == "broken_on_paper"}
    broken_sums = find_broken(truth, case.truth)
    return Reading(
        case=case,
        form=form.id,
        refused=None,
        outcomes=compare_fields(case, values, contradicted),
        unrepaired=compare_fields(case, unrepaired, contradicted),
        unprinted=find_unprinted(case, values),
        broken=len(broken_sums),
        kept=sum(rule.id in blamed and _is_kept(rule, case, found) for rule in broken_sums),
        accused=bool(blamed) and not broken_sums,
    )


def compare_fields(
    case: Case, values: Sequence[FieldValue], contradicted: frozenset[str]
) -> tuple[Outcome, ...]:
    """One outcome for each field of the truth; a field that the report lacks is wrong.

    What was read for a field that is not printed is wrong, too.
    """
    found = {value.field: value for value in values}
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
    invented = (
        Outcome(_UNPRINTED, value.text, value.confidence, value.review, contradicted=False)
        for name, value in found.items()
        if name not in case.truth.values and not isinstance(value.value, Missing)
    )
    return (*outcomes, *invented)


def find_unprinted(case: Case, values: Sequence[FieldValue]) -> tuple[Outcome, ...]:
    """One outcome, a right one, for each field that is neither printed nor found."""
    return tuple(
        Outcome("", value.text, value.confidence, value.review, contradicted=False)
        for value in values
        if value.field not in case.truth.values and isinstance(value.value, Missing)
    )


def _is_kept(rule: Sum, case: Case, found: Mapping[str, FieldValue]) -> bool:
    """Whether all fields of a sum are as printed."""
    return all(
        name in found and same_value(case.truth.values[name], found[name].text)
        for name in (*rule.left, *rule.right)
    )


def read_share(share: Share) -> list[Reading]:
    """Read what one process was given, telling of each document on stderr."""
    forms = {form.id: form for form in load_forms()}
    models = load_models(threads=1)
    readings = []
    with TemporaryDirectory() as folder:
        for case in _draw_cases(share, forms, Path(folder)):
            readings.append(read_case(case, models, forms, share.options))
            sys.stderr.write(f"{_describe(readings[-1])}\n")
    return readings


def _draw_cases(share: Share, forms: Mapping[str, Form], folder: Path) -> Iterator[Case]:
    yield from share.cases
    for rescan in share.rescans:
        yield scan_again(rescan, folder)
    for number in share.numbers:
        yield draw_case(tuple(forms.values()), number, folder)


def plan_rescans(cases: Sequence[Case], times: int) -> Iterator[Rescan]:
    """Every sample of some cases, so many times at each level of damage."""
    for case in cases:
        if (case.origin, case.level) == ("samples", "digital"):
            numbers = range(_FIRST_RESCAN, _FIRST_RESCAN + times)
            yield from (Rescan(case, *one) for one in product(get_args(Level), numbers))


def read_all(share: Share, jobs: int) -> list[Reading]:
    """Read with so many processes; the order of the readings is always the same."""
    parts = [
        Share(
            share.cases[start::jobs],
            share.rescans[start::jobs],
            share.numbers[start::jobs],
            share.options,
        )
        for start in range(jobs)
    ]
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        readings = [one for part in pool.map(read_share, parts) for one in part]
    return sorted(readings, key=lambda one: (one.case.origin, one.case.slug, one.case.level))


def main(arguments: Sequence[str]) -> int:
    """Run the evaluation; see the module's head."""
    chosen = _parse(arguments)
    cells = len(load_forms()) * len(QUALITIES)
    cases = tuple(one for one in find_cases() if chosen.only in f"{one.slug}/{one.level}")
    readings = read_all(
        Share(
            cases=cases,
            rescans=tuple(plan_rescans(cases, chosen.rescans)) if not chosen.only else (),
            numbers=tuple(range(chosen.held * cells)) if not chosen.only else (),
            options=Options(risk=chosen.risk),
        ),
        chosen.jobs,
    )
    table = write_table(readings)
    sys.stdout.write(table)
    if not chosen.only and not keep_results(readings, table, RESULTS):
        sys.stderr.write(f"no samples in {SAMPLES}: eval/results is left as it was\n")
    if chosen.json is not None:
        chosen.json.write_text(json.dumps(gather_figures(readings), indent=1), encoding="utf-8")
    return 0


def keep_results(readings: Sequence[Reading], table: str, folder: Path) -> bool:
    """Write table and figures, unless they would lack the samples; whether they were written."""
    if all(one.case.origin != "samples" for one in readings):
        return False
    folder.mkdir(exist_ok=True)
    (folder / "accuracy.md").write_text(f"# Accuracy\n\n{table}", encoding="utf-8")
    draw_figures(readings, folder)
    return True


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m eval.accuracy", description=__doc__)
    parser.add_argument("--held", type=int, default=8, help="drawn reports per form and level")
    parser.add_argument("--rescans", type=int, default=4, help="scans of a sample per level")
    parser.add_argument("--jobs", type=int, default=2, help="processes to read with")
    parser.add_argument("--risk", type=float, default=Options().risk, help="as in gouji extract")
    parser.add_argument("--json", type=Path, help="also write all figures here")
    parser.add_argument("--only", default="", help="cases whose slug/level holds this word")
    return parser.parse_args(arguments)


def _describe(reading: Reading) -> str:
    wrong = sum(not outcome.right for outcome in reading.outcomes)
    state = reading.refused or f"{wrong} of {len(reading.outcomes)} wrong"
    return f"{reading.case.slug} {reading.case.path.name}: {state}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
