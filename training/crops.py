"""Cut cells of scanned reports and what is printed in them, for `train_digits`.

python -m training.crops --out FOLDER --split train --first 0 --count 200
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeAlias, get_args
from unicodedata import normalize

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from forms.form import Form, load_forms
from models.digits import ALPHABET, WORDS, UsualPrint, Window, crop_window, cut, prepare
from models.types import Grey
from pipeline.ink import without_seal
from pipeline.types import Box
from pipeline.values import NOTE_MARKS
from training.damage import Level, cover, scan_sheet
from training.number_tables import draw_number_tables
from training.rasters import render
from training.shards import Arrays, cut_by_command, fill_folder, shuffle_shards
from training.sheet_markup import Alignment, Table
from training.sheets import draw_parts
from training.truth import TrueCell, TruePage, find_truth
from training.variety import NOTES, Split, draw_sheet, generator

Sides: TypeAlias = NDArray[np.float64]

_DPIS: Final = (110, 130, 150, 150, 150, 200, 200, 300)
_BEND: Final = 0.2
_LEVELS: Final[dict[Level, float]] = {"clean": 0.08, "light": 0.17, "medium": 0.35, "heavy": 0.4}
_ALIGNMENTS: Final[tuple[Alignment, ...]] = ("center", "center", "left", "right", "right")
"""Of crowded tables. Hard by a rule a dash is easily overlooked; few reports print it there."""
_ZEROS: Final = 0.2
"""Mostly other figures than zeros: the net has to see every digit often."""
_LABELS: Final = 0.12
"""Share of a report's label cells that are cut too."""
# What the pipeline knows of a cell's print on bad scans: nothing, a part, or a speck besides.
_NO_RUNS, _PART, _SPECK = 0.25, 0.08, 0.1
_MOST_MISSING_INCH: Final = 0.2
# A seal's ring or a pen's stroke that touches print is taken for a part of it.
_GROWN, _MOST_GROWN_INCH = 0.1, 0.15
# A seal covers a twentieth of a page: most pages to train on get some more, all over.
_MOST_SEALS, _MOST_MARKS = 4, 8
# What the table's other numbers say of a cell is mostly known, and a little off.
_USUAL_KNOWN, _HEIGHT_OFF, _MIDDLE_OFF_INCH = 0.85, 0.06, 0.008
_SPECK_INCHES: Final = (0.01, 0.05)
# Of the usual height of digits: a number with words beside it is lower, one over them higher.
_ONE_LINE: Final = 1.8
# Of a line's height: what a cut leaves out at an end is no digit yet.
_MOST_HIDDEN: Final = 0.2
_NUMBER: Final = re.compile(r"[-+]?\d[\d,.]*")
# Print that keeps less of its darkness is gone: thresholding took it, nobody can read it.
_LEAST_KEPT: Final = 0.12


@dataclass(frozen=True, slots=True, eq=False)
class CutCell:
    """A cell as `models.digits.crop_window` cuts it.

    Attributes:
        crop: uint8, grey, of any size.
        text: As in `Crops`.
        level: As in `Crops`.
    """

    crop: Grey
    text: str
    level: int


@dataclass(frozen=True, slots=True, eq=False)
class Crops:
    """Prepared cells.

    Attributes:
        cells: uint8 (32, width) each.
        texts: What is printed: "" for an empty cell, `WORDS` for a label and for the note
            behind a number.
        levels: Index of the level of damage among clean, light, medium, heavy.
    """

    cells: tuple[NDArray[np.uint8], ...]
    texts: tuple[str, ...]
    levels: tuple[int, ...]


def read_crops(folder: Path, seed: int) -> Iterator[Crops]:
    """Shards of a folder in random order, without end; waits for the first one."""
    return map(load_crops, shuffle_shards(folder, seed))


def load_crops(path: Path) -> Crops:
    """One shard."""
    with np.load(path) as stored:
        ends = np.cumsum(stored["widths"])
        cells = np.split(stored["cells"], ends[:-1], axis=1)
        texts = tuple(str(text) for text in stored["texts"])
        levels = tuple(int(level) for level in stored["levels"])
        return Crops(tuple(cells), texts, levels)


def cut_crops(form: Form, seed: int, split: Split) -> Crops:
    """Draw, scan, cut and prepare one report's cells."""
    cut_out = tuple(cut_cells(form, seed, split))
    return Crops(
        tuple(prepare(one.crop) for one in cut_out),
        tuple(one.text for one in cut_out),
        tuple(one.level for one in cut_out),
    )


def cut_cells(form: Form, seed: int, split: Split) -> Iterator[CutCell]:
    """Draw, scan and cut one report; of an odd number, tables full of numbers in its look.

    Cells are left out whose print is gone or not all in the cut, and numbers with a note on
    another line: whether one line is cut or both is the pipeline's choice.
    """
    rng = generator(split, seed)
    sheet = draw_sheet(form, seed, split, _ZEROS)
    dpi = int(rng.choice(_DPIS))
    pdf, parts, style, cut_labels = sheet.pdf, sheet.parts, sheet.style, _LABELS
    if seed % 2:
        tables = [part for part in parts if isinstance(part, Table)]
        labels = [c.text for table in tables for c in table.grid.cells if c.role != "value"]
        notes = NOTES["train"] if split == "train" else ()
        parts = draw_number_tables(rng, style, labels, notes)
        style = replace(style, align=_ALIGNMENTS[rng.integers(len(_ALIGNMENTS))])
        pdf, cut_labels = draw_parts(parts, style), 1.0
    truths = find_truth(pdf, parts, style)
    pages = tuple(render(pdf, dpi))
    for number, (page, truth) in enumerate(zip(pages, truths, strict=True)):
        wanted = [at for at in truth.cells if at.cell.role == "value" or rng.random() < cut_labels]
        if not wanted:
            continue
        level = int(rng.choice(4, p=tuple(_LEVELS.values())))
        back = pages[(number + 1) % len(pages)]
        covered = cover(page, _MOST_SEALS, _MOST_MARKS, dpi, rng) if split == "train" else page
        scan = scan_sheet(covered, get_args(Level)[level], rng, dpi, _BEND, back)
        grey = without_seal(scan.image)
        printed = np.asarray(cv2.cvtColor(page, cv2.COLOR_RGB2GRAY), np.uint8)
        hulls = {at.box: _hull(at, truth, dpi) for at in truth.cells}
        height = _digit_height(truth.cells, hulls)
        for at in wanted:
            hull = hulls[at.box]
            if hull is not None and at.cell.role == "value" and _is_wrapped(hull, height):
                continue
            if hull is not None and _is_gone(
                cut(printed, _as_window(hull)),
                cut(grey, _as_window(scan.warp.boxes(hull[None])[0])),
            ):
                continue
            boxes = scan.warp.boxes(np.array(_seen(at, hull, dpi, rng)))
            box, *runs = (_as_window(moved) for moved in boxes)
            # What a page break cut off a label may be an empty piece of its cell.
            text = "" if hull is None else _target(at)
            moved = scan.warp.boxes(_line_of(at, hull, dpi)[None])[0]
            window = crop_window(box, runs, dpi, _draw_usual(moved, height, dpi, rng))
            if text not in ("", WORDS) and not _is_shown(moved, window):
                continue
            yield CutCell(cut(grey, window), text, level)


def _hull(at: TrueCell, page: TruePage, dpi: int) -> Sides | None:
    """The box of a cell's print, pixels of the printed page."""
    middles = (page.characters[:, :2] + page.characters[:, 2:]) / 2
    box = _box_of(at)
    mine = page.characters[((middles > box[:2]) & (middles < box[2:])).all(axis=1)]
    if not len(mine):
        return None
    hull = np.concatenate([mine[:, :2].min(axis=0), mine[:, 2:].max(axis=0)])
    return np.asarray(hull * dpi / 72, np.float64)


def _is_wrapped(hull: Sides, height: float) -> bool:
    """Whether print stands on several lines, where digits are so high, pixels."""
    return bool(height > 0 and hull[3] - hull[1] > _ONE_LINE * height)


def _is_shown(line: NDArray[np.float64], window: Window) -> bool:
    """Whether a cut shows the whole of a line from end to end, both pixels of the scan."""
    hidden = max(window[0] - line[0], line[2] - window[2])
    return bool(hidden < _MOST_HIDDEN * (line[3] - line[1]))


def _is_gone(printed: NDArray[np.uint8], scanned: NDArray[np.uint8]) -> bool:
    darkness = 255 - float(printed.mean())
    kept = np.clip(np.percentile(scanned, 90) - scanned.astype(np.float32), 0, None)
    return float(kept.mean()) < _LEAST_KEPT * darkness


def _seen(at: TrueCell, hull: Sides | None, dpi: int, rng: Generator) -> list[Sides]:
    """A cell's box and then its runs of print as the pipeline may find them, pixels."""
    box = _box_of(at) * dpi / 72
    seen = [box + rng.normal(0, 0.008 * dpi, 4)]
    if hull is not None and rng.random() >= _NO_RUNS:
        run = hull + rng.normal(0, 0.006 * dpi, 4)
        if rng.random() < _PART:
            missing = min(_MOST_MISSING_INCH * dpi, 0.7 * (hull[2] - hull[0]))
            side = int(rng.choice((0, 2)))
            run[side] += rng.uniform(0, missing) * (1 if side == 0 else -1)
        elif rng.random() < _GROWN:
            run = _grow(run, box, dpi, rng)
        seen.append(run)
    if rng.random() < _SPECK:
        spot = rng.uniform(box[:2], box[2:])
        seen.append(np.concatenate([spot, spot + rng.uniform(*_SPECK_INCHES, 2) * dpi]))
    return seen


def _grow(run: Sides, box: Sides, dpi: int, rng: Generator) -> Sides:
    """A run that has grown on some of its sides, not beyond its cell."""
    outwards = np.array([-1, -1, 1, 1]) * rng.uniform(0, _MOST_GROWN_INCH * dpi, 4)
    grown = run + outwards * (rng.random(4) < 0.5)
    inside = np.concatenate([np.maximum(grown[:2], box[:2]), np.minimum(grown[2:], box[2:])])
    return np.asarray(inside, np.float64)


def _digit_height(cells: Sequence[TrueCell], hulls: Mapping[Box, Sides | None]) -> float:
    """The usual height of a page's numbers, pixels; 0 when it has none."""
    known = [hulls[at.box] for at in cells if at.cell.role == "value" and at.cell.text.isdigit()]
    heights = [hull[3] - hull[1] for hull in known if hull is not None]
    return float(np.median(heights)) if heights else 0.0


def _line_of(at: TrueCell, hull: Sides | None, dpi: int) -> Sides:
    """Where a cell's number stands, or would, pixels of the printed page."""
    return hull if hull is not None and at.cell.role == "value" else _box_of(at) * dpi / 72


def _draw_usual(line: Sides, height: float, dpi: int, rng: Generator) -> UsualPrint | None:
    """What the other numbers of a page say of a cell, a little off; None where they do not."""
    middle = float(line[1] + line[3]) / 2 + rng.normal(0, _MIDDLE_OFF_INCH * dpi)
    known = rng.random() < _USUAL_KNOWN and height > 0
    return UsualPrint(middle, height * (1 + rng.normal(0, _HEIGHT_OFF))) if known else None


def _box_of(at: TrueCell) -> Sides:
    return np.array([at.box.left, at.box.top, at.box.right, at.box.bottom])


def spell(text: str) -> str:
    """The text of a value cell as a net gives it that sees a few characters at once.

    `WORDS` stands for a note behind a number, and for all that holds none.
    """
    plain = normalize("NFKC", NOTE_MARKS.sub("", text)).replace(" ", "")
    if all(character in ALPHABET for character in plain):
        return plain
    number = _NUMBER.match(plain)
    return WORDS if number is None else number[0] + WORDS


def _target(at: TrueCell) -> str:
    text = spell(at.cell.text)
    return WORDS if WORDS in text and at.cell.role != "value" else text


def _as_window(box: NDArray[np.float64]) -> Window:
    left, top, right, bottom = (float(side) for side in box)
    return left, top, right, bottom


def cut_shards(folder: Path, split: Split, first: int, count: int) -> None:
    """Fill the folder of a split with shards, leaving alone the ones that are there.

    Args:
        folder: The folder of the split in it is made when it is not there.
        split: What the reports are for.
        first: Number of the first report.
        count: Of reports; rounded up to whole shards.
    """
    forms = load_forms()

    def cut_reports(numbers: range) -> Arrays:
        cut_out = [cut_crops(forms[number % len(forms)], number, split) for number in numbers]
        whole = Crops(
            tuple(cell for crops in cut_out for cell in crops.cells),
            tuple(text for crops in cut_out for text in crops.texts),
            tuple(level for crops in cut_out for level in crops.levels),
        )
        return as_arrays(whole)

    fill_folder(folder / split, first, count, cut_reports)


def as_arrays(crops: Crops) -> Arrays:
    """Crops as the arrays of a shard."""
    return {
        "cells": np.concatenate(crops.cells, axis=1),
        "widths": np.array([cell.shape[1] for cell in crops.cells]),
        "texts": np.array(crops.texts),
        "levels": np.array(crops.levels),
    }


if __name__ == "__main__":
    cut_by_command(__doc__, cut_shards)
