"""Gouji beside other programs: `python -m eval.compare [--programs Gouji,pdfplumber]`.

Every program reads the same real reports in a process of its own, one after the other, so
that its memory is its own. What it finds, tables of texts, is laid on the form by Gouji's own
matching (`eval/peers/grids.py`), the classifier included: none of them knows the forms. Those
that read text layers get the digital files only. A file that a program fails on counts as one
that it found nothing in. What they need is the extra `peers`, and Debian's
`tesseract-ocr-chi-sim`; a program that is not installed is left out and named.

    accuracy = fields whose text is what is printed / fields
    lost     = fields for which no cell was found / fields

The memory of each holds Gouji's nets too, as they are loaded for that matching.

Prints a table; of all programs it is written to `eval/results/peers.md` and drawn beside.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from eval.corpus import find_cases
from eval.figures import LEVELS, draw_programs
from eval.peers.programs import GOUJI, PEERS, Outcome, run_program

RESULTS: Final = Path(__file__).parent / "results"
"""Where the tables of the evaluations are kept."""


def describe(outcomes: Sequence[Outcome]) -> str:
    """A table with a row for each program and level."""
    head = ("program", "level", "reports", "accuracy", "lost", "seconds a page", "memory, MB")
    rows = [head, ("---",) * len(head)]
    for (program, level), some in _group(outcomes).items():
        fields = sum(one.fields for one in some)
        rows.append(
            (
                *(program, level, str(len(some))),
                f"{_share_right(some):.2%}",
                f"{sum(one.lost for one in some) / fields:.2%}",
                f"{sum(one.seconds for one in some) / sum(one.pages for one in some):.2f}",
                f"{max(one.megabytes for one in some):.0f}",
            )
        )
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def draw(outcomes: Sequence[Outcome], path: Path) -> None:
    """The accuracies of the table, as an SVG file."""
    accuracies: dict[str, dict[str, float]] = {}
    for (program, level), some in _group(outcomes).items():
        accuracies.setdefault(program, {})[level] = _share_right(some)
    draw_programs(accuracies, path)


def _group(outcomes: Sequence[Outcome]) -> Mapping[tuple[str, str], Sequence[Outcome]]:
    """By program and level, in the order of the table; none is empty."""
    groups: dict[tuple[str, str], list[Outcome]] = {}
    for one in outcomes:
        groups.setdefault((one.program, one.level), []).append(one)
    programs = list(dict.fromkeys(program for program, _ in groups))
    order = sorted(groups, key=lambda key: (programs.index(key[0]), LEVELS.index(key[1])))
    return {key: groups[key] for key in order}


def _share_right(outcomes: Sequence[Outcome]) -> float:
    return sum(one.right for one in outcomes) / sum(one.fields for one in outcomes)


def main(arguments: Sequence[str]) -> int:
    """Run the comparison; exit code 1 when there are no samples."""
    parser = argparse.ArgumentParser(prog="python -m eval.compare", description=__doc__)
    everything = ",".join((GOUJI, *PEERS))
    parser.add_argument("--programs", default=everything)
    parser.add_argument("--levels", default=",".join(LEVELS))
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args(arguments)
    cases = [
        case
        for case in find_cases()
        if case.origin == "samples" and case.level in chosen.levels.split(",")
    ]
    if not cases:
        sys.stderr.write("the samples are not beside this checkout\n")
        return 1
    outcomes: list[Outcome] = []
    absent = []
    for program in chosen.programs.split(","):
        layers_only = program in PEERS and PEERS[program][2]
        wanted = [case for case in cases if case.level == "digital" or not layers_only]
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
            try:
                outcomes += process.submit(run_program, program, wanted).result()
            except ModuleNotFoundError as error:
                absent.append(f"{program} was left out: {error}\n")
    page = f"# Gouji beside other programs\n\n{describe(outcomes)}" + "".join(absent)
    sys.stdout.write(page)
    if chosen.programs == everything:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "peers.md").write_text(page, encoding="utf-8")
        draw(outcomes, RESULTS / "peers.svg")
    if chosen.json is not None:
        text = json.dumps([asdict(one) for one in outcomes], indent=1)
        chosen.json.write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
