"""How well the net of `models.digits` reads cells: `python -m eval.digits [--reports N]`.

Reads number cells, blanks and labels of drawn reports that training never sees (other
fonts, looks, wordings and numbers), scanned at four levels of damage and cut as the
pipeline cuts them, then the cells that the pipeline finds for the fields of the real
samples; prints tables and writes `eval/results/digits.md`. Half of the
reports are tables crowded with signs, decimals and long numbers. Cells whose print
thresholding took altogether are left out; dashes of any width count as one sign.

    first     = cells whose likeliest string is what is printed / cells
    in five   = cells with what is printed among the five likeliest / cells
    invented  = empty cells in which something is read / empty cells
    mean p    = mean of the net's own probability of its likeliest string
"""

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final, get_args

import numpy as np

from eval.corpus import find_cases
from eval.metrics import CONFIDENCE_EDGES, same_value
from forms.form import load_forms
from models.digits import WORDS, DigitReader, load_digits
from models.load import Models, load_models
from models.types import Candidate, Grey
from pipeline.extract import Options, gather
from pipeline.stopwatch import Stopwatch
from training.crops import cut_cells
from training.damage import Level

RESULTS: Final = Path(__file__).parent / "results" / "digits.md"

_DASHES: Final = re.compile("[-—]+")

_FIRST: Final = 1_000_000
"""Number of the first report; what training scores itself on has lower ones."""
_TIMED_CELLS: Final = 500
_ROUNDS: Final = 5
_THREADS: Final = 2


@dataclass(frozen=True, slots=True)
class Outcome:
    """A cell and what was read in it.

    Attributes:
        text: What is printed; "" in an empty cell, `WORDS` for a label.
        level: Of damage.
        crowded: Whether it is of a table crowded with numbers and no report's.
        candidates: Best first.
    """

    text: str
    level: Level
    crowded: bool
    candidates: tuple[Candidate, ...]

    @property
    def right(self) -> bool:
        """Whether the likeliest string is what is printed."""
        return _fold(self.candidates[0].text) == _fold(self.text)

    @property
    def found(self) -> bool:
        """Whether what is printed is among the candidates."""
        return any(_fold(candidate.text) == _fold(self.text) for candidate in self.candidates)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A field of a real sample: whether it was read right first, and among five."""

    level: str
    right: bool
    found: bool


def read_reports(reader: DigitReader, reports: int) -> Iterator[Outcome]:
    """Draw, scan, cut and read so many held-apart reports."""
    forms = load_forms()
    levels = get_args(Level)
    for seed in range(_FIRST, _FIRST + reports):
        cells = tuple(cut_cells(forms[seed % len(forms)], seed, "measure"))
        read = reader.read_numbers([cell.crop for cell in cells])
        for cell, candidates in zip(cells, read, strict=True):
            yield Outcome(cell.text, levels[cell.level], bool(seed % 2), candidates)


def read_samples(models: Models) -> Iterator[Sighting]:
    """Fields of the real samples' scans that the pipeline found a cell for.

    A wrong cell counts as wrongly read.
    """
    forms = load_forms()
    for case in find_cases():
        if case.origin == "drawn" or case.level not in get_args(Level):
            continue
        fit = gather(case.path.read_bytes(), models, forms, Options(), Stopwatch()).fit
        for field in fit.fields:
            if field.reading is not None and field.field in case.truth.values:
                truth = _fold(case.truth.values[field.field])
                texts = [_fold(one.text) for one in field.reading.candidates]
                yield Sighting(
                    case.level,
                    same_value(texts[0], truth),
                    any(same_value(text, truth) for text in texts),
                )


def time_cells(reader: DigitReader) -> float:
    """Median seconds for 500 cells, prepared, read and decoded, all levels mixed."""
    forms = load_forms()
    crops: list[Grey] = []
    seed = _FIRST
    while len(crops) < _TIMED_CELLS:
        # Of an even number: a report, as it is served.
        crops += [cell.crop for cell in cut_cells(forms[seed % len(forms)], seed, "measure")]
        seed += 2
    chosen = np.random.default_rng(0).permutation(len(crops))[:_TIMED_CELLS]
    cells = [crops[index] for index in chosen]
    seconds = []
    for _ in range(_ROUNDS):
        began = perf_counter()
        reader.read_numbers(cells)
        seconds.append(perf_counter() - began)
    return median(seconds)


def write_scores(outcomes: Sequence[Outcome]) -> str:
    """A table with a line for each level."""
    lines = [
        "| level | cells | first | in five | number cells first | in five "
        "| labels first | invented | mean p |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for level in get_args(Level):
        of_level = [one for one in outcomes if one.level == level]
        numbers = [one for one in of_level if one.text not in ("", WORDS)]
        labels = [one for one in of_level if one.text == WORDS]
        blanks = [one for one in of_level if not one.text]
        columns = (
            _share([one.right for one in of_level]),
            _share([one.found for one in of_level]),
            _share([one.right for one in numbers]),
            _share([one.found for one in numbers]),
            _share([one.right for one in labels]),
            _share([not one.right for one in blanks]),
            _share([one.candidates[0].probability for one in of_level]),
        )
        lines.append(f"| {level} | {len(of_level)} | {' | '.join(columns)} |")
    return "\n".join(lines)


def write_samples(sightings: Sequence[Sighting]) -> str:
    """A table with a line for each level."""
    lines = ["| level | fields with a cell | first | in five |", "| --- | ---: | ---: | ---: |"]
    for level in get_args(Level):
        seen = [one for one in sightings if one.level == level]
        right, found = _share([one.right for one in seen]), _share([one.found for one in seen])
        lines.append(f"| {level} | {len(seen)} | {right} | {found} |")
    return "\n".join(lines)


def write_calibration(outcomes: Sequence[Outcome]) -> str:
    """Level by level: how often the net is right where it says how sure it is."""
    edges = tuple(pairwise(CONFIDENCE_EDGES))
    heads = (f"{low:g} to {high:g}" for low, high in edges)
    lines = [f"| level | {' | '.join(heads)} |", f"| --- |{' ---: |' * len(edges)}"]
    for level in get_args(Level):
        columns = []
        for low, high in edges:
            inside = [
                one.right
                for one in outcomes
                if one.level == level
                and low <= one.candidates[0].probability
                and (one.candidates[0].probability < high or high == CONFIDENCE_EDGES[-1])
            ]
            columns.append(f"{_share(inside)} of {len(inside)}")
        lines.append(f"| {level} | {' | '.join(columns)} |")
    return "\n".join(lines)


def _fold(text: str) -> str:
    """Dashes of any width and number are one sign, labels with anything beside them one."""
    return WORDS if WORDS in text else _DASHES.sub("-", text)


def _share(parts: Sequence[float]) -> str:
    return f"{100 * sum(parts) / len(parts):.2f}%" if parts else "–"


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and write the results."""
    parser = argparse.ArgumentParser(prog="python -m eval.digits", description=__doc__)
    parser.add_argument("--reports", type=int, default=80, help="to draw (default 80)")
    chosen = parser.parse_args(arguments)
    reader = load_digits(_THREADS)
    seconds = time_cells(reader)
    sightings = tuple(read_samples(load_models(_THREADS)))
    outcomes = tuple(read_reports(reader, chosen.reports))
    text = (
        f"# Number cells\n\nMade by `python -m eval.digits --reports {chosen.reports}`: cells of "
        f"drawn reports held apart from training; {_TIMED_CELLS} cells take {seconds:.2f} s on "
        f"{_THREADS} threads.\n\nReports:\n\n"
        f"{write_scores([one for one in outcomes if not one.crowded])}\n\n"
        "Tables crowded with signs, decimals and long numbers:\n\n"
        f"{write_scores([one for one in outcomes if one.crowded])}\n\n"
        "Cells right among those that the net gives a probability of:\n\n"
        f"{write_calibration(outcomes)}\n\n"
        "Real samples, fields that the pipeline finds a cell for (a wrong cell is an error):\n\n"
        f"{write_samples(sightings)}\n"
    )
    sys.stdout.write(text)
    RESULTS.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
