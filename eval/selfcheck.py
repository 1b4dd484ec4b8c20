"""What the self-check says beside the truth: `python -m eval.selfcheck [--held 8]`.

Reports whose content is known, real samples and drawn ones held apart, are read; the share of
their printed numbers that the reader of cells has right is set beside the share of the numbers
that `service.selfcheck` draws on the same pages. Zeros are left out on the printed side: they
are most of a report and the easiest, and the self-check draws one in ten. Prints a table and
writes it to `eval/results/selfcheck.md`.
"""

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from eval.accuracy import draw_case
from eval.corpus import Case, find_cases
from forms.form import Form, load_forms
from models.load import Models, load_models
from pipeline.errors import ReportError
from pipeline.extract import Options, gather
from pipeline.stopwatch import Stopwatch
from service.selfcheck import SelfCheck, check_report
from training.held_apart import QUALITIES

RESULTS: Final = Path(__file__).parent / "results"
"""Where the tables of the evaluations are kept."""

LEVELS: Final = ("clean", "light", "medium", "heavy")

_THREADS: Final = 2

_NUMBER: Final = re.compile(r"[-+]?\d[\d,]*(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Pair:
    """A report: what is known of its own numbers, and what became of those drawn on it.

    Attributes:
        level: Of damage.
        printed: Whether each printed number but 0 was read right, of those with a cell.
        drawn: The same of those that were drawn; None for those not found.
    """

    level: str
    printed: tuple[bool, ...]
    drawn: tuple[bool | None, ...]


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and write the results."""
    parser = argparse.ArgumentParser(prog="python -m eval.selfcheck", description=__doc__)
    parser.add_argument("--held", type=int, default=8, help="reports of a form and level (8)")
    chosen = parser.parse_args(arguments)
    models, forms = load_models(_THREADS), load_forms()
    with TemporaryDirectory() as folder:
        cases = find_scans(forms, chosen.held, Path(folder))
        pairs = [pair for case in cases if (pair := compare(case, models, forms)) is not None]
    table = write_table(pairs)
    sys.stdout.write(table)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "selfcheck.md").write_text(f"# Self-check\n\n{table}", encoding="utf-8")
    return 0


def find_scans(forms: Sequence[Form], held: int, folder: Path) -> Iterator[Case]:
    """The scanned samples, then `held` drawn reports of each form and level."""
    yield from (case for case in find_cases() if case.origin == "samples" and case.level in LEVELS)
    turn = len(forms) * len(QUALITIES)
    for number in range(held * turn):
        if QUALITIES[number // len(forms) % len(QUALITIES)] in LEVELS:
            yield draw_case(forms, number, folder)


def compare(case: Case, models: Models, forms: Sequence[Form]) -> Pair | None:
    """Read a report and draw on it; None for one that is refused."""
    source = case.path.read_bytes()
    try:
        fields = gather(source, models, forms, Options(), Stopwatch()).fit.fields
    except ReportError:
        return None
    truths = case.truth.values
    printed = tuple(
        found.reading.candidates[0].text == truths[found.field]
        for found in fields
        if found.reading is not None
        and _NUMBER.fullmatch(truths.get(found.field, ""))
        and truths[found.field] != "0"
    )
    return Pair(case.level, printed, tuple(check_report(source, 0, models)))


def write_table(pairs: Sequence[Pair]) -> str:
    """A line for each level, as Markdown."""
    lines = [
        "| level | reports | printed numbers | read right | numbers drawn | read right "
        "| 95% interval | not found |",
        "| --- | ---: | ---: | ---: | ---: | ---: | --- | ---: |",
    ]
    for level in LEVELS:
        some = [one for one in pairs if one.level == level]
        printed = [right for one in some for right in one.printed]
        drawn = [right for one in some for right in one.drawn]
        found = SelfCheck(
            reports=len(some),
            drawn_on=sum(bool(one.drawn) for one in some),
            cells=len(drawn),
            right=drawn.count(True),
            not_found=drawn.count(None),
        )
        low, high = found.interval
        share = f"{sum(printed) / len(printed):.2%}" if printed else "–"
        lines.append(
            f"| {level} | {found.drawn_on} of {found.reports} | {len(printed)} | {share} "
            f"| {found.cells} | {found.share:.2%} | {low:.2%} to {high:.2%} | {found.not_found} |"
        )
    return "".join(f"{line}\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
