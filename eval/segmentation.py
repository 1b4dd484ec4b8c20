"""How well the net of `models.segmentation` tells print and the lines between cells.

`python -m eval.segmentation [--reports N]` draws reports that training never sees (other
fonts, looks, wordings and numbers), scans every page with a table at four levels of damage,
nearly straight as the pipeline straightens them, and compares the net's maps at 100 dpi with
what was drawn; prints a table and writes `eval/results/segmentation.md`.

    overlap  = pixels that both the net and the drawing mark / pixels that either marks
    met      = marked pixels of the drawing with one of the net's within 2 pixels / all of them
    false    = the net's marked pixels without one of the drawing within 2 pixels / all of them

A line counts where cells part, whether a rule is printed there or not; tables that lack
upright rules, three-line ones and those without any rule, have a table of their own.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from time import perf_counter
from typing import Final, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from forms.form import Form, load_forms
from models.segmentation import SEGMENT_DPI, Segmenter, Segments, load_segmenter
from training.damage import Level
from training.rasters import render
from training.tiles import map_page
from training.truth import find_truth
from training.variety import draw_sheet, generator

RESULTS: Final = Path(__file__).parent / "results" / "segmentation.md"

_FIRST: Final = 1_000_000
"""Number of the first report; what training scores itself on has lower ones."""
_DPIS: Final = (100, 150, 200)
_HALF: Final = 127
_REACH: Final = 2
"""Pixels that a line may lie beside the true one: half a millimetre."""
_THREADS: Final = 2


@dataclass(frozen=True, slots=True)
class Overlap:
    """One map of one page, counted in pixels.

    Attributes:
        level: Of damage.
        ruled: Whether the report's tables have rules between columns.
        map: Name of a map of `Segments`.
        both: Marked by the net and by the drawing.
        either: Marked by one of them at least.
        true: Marked by the drawing.
        met: Of these, with one of the net's near.
        said: Marked by the net.
        false: Of these, with none of the drawing's near.
    """

    level: Level
    ruled: bool
    map: str
    both: int
    either: int
    true: int
    met: int
    said: int
    false: int


@dataclass(frozen=True, slots=True)
class Timed:
    """What a page's maps are like, and the seconds that the net took."""

    overlaps: tuple[Overlap, ...]
    seconds: float


def segment_reports(segmenter: Segmenter, reports: int) -> Iterator[Timed]:
    """Draw, scan and segment so many held-apart reports, each page at every level."""
    forms = load_forms()
    for seed in range(_FIRST, _FIRST + reports):
        yield from _segment_report(segmenter, forms[seed % len(forms)], seed)


def _segment_report(segmenter: Segmenter, form: Form, seed: int) -> Iterator[Timed]:
    sheet = draw_sheet(form, seed, "measure")
    truths = find_truth(sheet.pdf, sheet.parts, sheet.style)
    ruled = sheet.style.ruling not in ("three_line", "none")
    rng = generator("measure", seed)
    dpi = int(rng.choice(_DPIS))
    pages = render(sheet.pdf, dpi)
    for number, truth in enumerate(truths):
        if not truth.cells:
            continue
        sides = pages[number], pages[(number + 1) % len(pages)]
        levels: tuple[Level, ...] = get_args(Level)
        for level in levels:
            mapped = map_page(sides, truth, level, rng, dpi)
            began = perf_counter()
            said = segmenter.segment(mapped.grey, SEGMENT_DPI)
            seconds = perf_counter() - began
            yield Timed(tuple(compare_maps(level, said, mapped.map, ruled=ruled)), seconds)


def compare_maps(
    level: Level, said: Segments, truth: NDArray[np.uint8], *, ruled: bool
) -> Iterator[Overlap]:
    """Count the pixels of each map.

    Args:
        level: Of the page.
        said: Of the net.
        truth: As large; bits as in `training.tiles.Tiles`.
        ruled: As in `Overlap`.
    """
    near = np.ones((2 * _REACH + 1,) * 2, np.uint8)
    for bit, kind in enumerate(fields(Segments)):
        marked = getattr(said, kind.name) > _HALF
        true = (truth >> bit & 1).astype(bool)
        near_marked = cv2.dilate(marked.astype(np.uint8), near) > 0
        near_true = cv2.dilate(true.astype(np.uint8), near) > 0
        counted = (
            marked & true,
            marked | true,
            true,
            true & near_marked,
            marked,
            marked & ~near_true,
        )
        yield Overlap(level, ruled, kind.name, *(int(pixels.sum()) for pixels in counted))


def write_overlaps(overlaps: Iterable[Overlap]) -> str:
    """A table with a line for each level and map."""
    lines = [
        "| level | map | pages | overlap | met | false |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
    ]
    known = tuple(overlaps)
    for level in get_args(Level):
        for kind in fields(Segments):
            of_map = [one for one in known if (one.level, one.map) == (level, kind.name)]
            columns = (
                _share([one.both for one in of_map], [one.either for one in of_map]),
                _share([one.met for one in of_map], [one.true for one in of_map]),
                _share([one.false for one in of_map], [one.said for one in of_map]),
            )
            lines.append(f"| {level} | {kind.name} | {len(of_map)} | {' | '.join(columns)} |")
    return "\n".join(lines)


def _share(parts: Sequence[int], wholes: Sequence[int]) -> str:
    return f"{100 * sum(parts) / sum(wholes):.2f}%" if sum(wholes) else "–"


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and write the results."""
    parser = argparse.ArgumentParser(prog="python -m eval.segmentation", description=__doc__)
    parser.add_argument("--reports", type=int, default=24, help="to draw (default 24)")
    chosen = parser.parse_args(arguments)
    pages = tuple(segment_reports(load_segmenter(_THREADS), chosen.reports))
    overlaps = tuple(one for page in pages for one in page.overlaps)
    seconds = float(np.median([page.seconds for page in pages]))
    text = (
        f"# Print and the lines between cells\n\nMade by `python -m eval.segmentation --reports "
        f"{chosen.reports}`: pages with tables of drawn reports held apart from training, "
        f"{', '.join(map(str, _DPIS))} dpi; a page takes {seconds:.2f} s on {_THREADS} threads "
        "(median).\n\n"
        "Tables with rules between columns:\n\n"
        f"{write_overlaps(one for one in overlaps if one.ruled)}\n\n"
        "Tables without:\n\n"
        f"{write_overlaps(one for one in overlaps if not one.ruled)}\n"
    )
    sys.stdout.write(text)
    RESULTS.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
