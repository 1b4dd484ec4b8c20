"""How fast Gouji is beside PaddleOCR: `python -m eval.speed [--json FILE] [--rounds N]`.

Reads the clean and the light scan of every sample in one process, turn by turn: Gouji
from bytes to report, then PaddleOCR's detection and recognition (PP-OCRv6 small, then
tiny) over all pages of the same file at 200 dpi. PaddleOCR's time leaves out opening
the file and drawing its pages; Gouji's includes them. Prints a table and writes
`eval/results/speed.md`.

    ratio of a file            = median Gouji seconds / median PaddleOCR seconds
    scanned_ratio_to_paddleocr = median of the ratios over all files; under 1 is faster
    digital_ms_per_page        = median over the digital files of milliseconds / pages
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final

from eval.corpus import Case, find_cases
from eval.peers.paddle import ReadPages, load_paddle
from eval.peers.rasters import read_pages
from forms.form import load_forms
from models.load import load_models
from models.types import Image
from pipeline.extract import Options, extract

LEVELS: Final = ("clean", "light")
"""Levels of damage that are timed: worse ones change little for either."""

RESULTS: Final = Path(__file__).parent / "results"
"""Where the tables of the evaluations are kept."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Medians for one file, seconds; None for PaddleOCR on digital files."""

    slug: str
    level: str
    pages: int
    gouji_s: float
    paddle_small_s: float | None
    paddle_tiny_s: float | None


def main(arguments: Sequence[str]) -> int:
    """Run the measurement; exit code 1 when there are no samples."""
    parser = argparse.ArgumentParser(prog="python -m eval.speed", description=__doc__)
    parser.add_argument("--json", type=Path, help="also write all figures here")
    parser.add_argument("--rounds", type=int, default=3, help="turns per file (default 3)")
    parser.add_argument("--only", default="", help="cases whose slug/level holds this word")
    chosen = parser.parse_args(arguments)
    cases = [
        case
        for case in find_cases()
        if case.origin == "samples" and chosen.only in f"{case.slug}/{case.level}"
    ]
    if not cases:
        sys.stderr.write("no samples: they are expected in ../shared/samples\n")
        return 1
    timings = measure(cases, chosen.rounds)
    summary = summarise(timings)
    table = write_table(timings, summary)
    sys.stdout.write(table)
    if not chosen.only:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "speed.md").write_text(f"# Speed\n\n{table}", encoding="utf-8")
    if chosen.json is not None:
        files = [asdict(timing) for timing in timings]
        chosen.json.write_text(json.dumps({**summary, "files": files}, indent=1), encoding="utf-8")
    return 0


def measure(cases: Sequence[Case], rounds: int) -> list[Timing]:
    """Time every digital, clean and light case."""
    models, forms = load_models(), load_forms()
    timings = []
    small, tiny = load_paddle("small"), load_paddle("tiny")
    for case in cases:
        source, name = case.path.read_bytes(), case.path.name

        def run_gouji(source: bytes = source, name: str = name) -> object:
            return extract(source, name, models, forms, Options())

        pages = read_pages(source)
        if case.level in LEVELS:
            timings.append(_time_scan(case, pages, run_gouji, (small, tiny), rounds))
        elif case.level == "digital":
            (seconds,) = _medians((run_gouji,), rounds)
            timings.append(Timing(case.slug, case.level, len(pages), seconds, None, None))
        else:
            continue
        sys.stderr.write(f"{timings[-1]}\n")
    return timings


def summarise(timings: Sequence[Timing]) -> dict[str, float | None]:
    """The figures of the module's head; None where nothing was timed."""
    small = [one.gouji_s / one.paddle_small_s for one in timings if one.paddle_small_s]
    tiny = [one.gouji_s / one.paddle_tiny_s for one in timings if one.paddle_tiny_s]
    scanned = [1000 * one.gouji_s / one.pages for one in timings if one.level != "digital"]
    digital = [1000 * one.gouji_s / one.pages for one in timings if one.level == "digital"]
    return {
        "scanned_ratio_to_paddleocr": median(small) if small else None,
        "scanned_ratio_to_paddleocr_tiny": median(tiny) if tiny else None,
        "scanned_ms_per_page": median(scanned) if scanned else None,
        "digital_ms_per_page": median(digital) if digital else None,
    }


def write_table(timings: Sequence[Timing], summary: dict[str, float | None]) -> str:
    """One line a file, then the summary, as Markdown."""
    head = ("sample", "level", "pages", "Gouji s", "PP-OCRv6 small s", "PP-OCRv6 tiny s", "ratio")
    lines = [head, ("---",) * len(head)]
    for one in timings:
        ratio = one.gouji_s / one.paddle_small_s if one.paddle_small_s else None
        seconds = (one.gouji_s, one.paddle_small_s, one.paddle_tiny_s, ratio)
        lines.append((one.slug, one.level, str(one.pages), *map(_figure, seconds)))
    table = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    return table + "\n" + "".join(f"- {key}: {_figure(value)}\n" for key, value in summary.items())


def _time_scan(
    case: Case,
    pages: Sequence[Image],
    run_gouji: Callable[[], object],
    peers: tuple[ReadPages, ReadPages],
    rounds: int,
) -> Timing:
    small, tiny = peers
    seconds = _medians((run_gouji, lambda: small(pages), lambda: tiny(pages)), rounds)
    return Timing(case.slug, case.level, len(pages), *seconds)


def _medians(runs: Sequence[Callable[[], object]], rounds: int) -> list[float]:
    """Median seconds of each run, taken in turns so that a busy spell hits all alike."""
    taken: list[list[float]] = [[] for _ in runs]
    for _ in range(rounds):
        for times, run in zip(taken, runs, strict=True):
            started = perf_counter()
            run()
            times.append(perf_counter() - started)
    return [median(times) for times in taken]


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
