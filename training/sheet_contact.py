"""Look at what is drawn and how it is damaged: one PNG of many pages.

python -m training.sheet_contact build/sheets.png --seeds 3
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final, get_args

import cv2
import numpy as np

from forms.form import Form, load_forms
from models.types import Image
from training.damage import Level, scan_sheet
from training.rasters import render
from training.truth import find_truth
from training.variety import Split, draw_sheet, generator

_DPI: Final = 150
_TILE: Final = 700
"""Pixels of the longer side of a page on the contact sheet: print is just readable."""


def draw_contact_sheet(forms: Sequence[Form], seeds: int) -> Image:
    """Levels from left to right; below one another seeds of training, then of measuring.

    Args:
        forms: Taken in turn.
        seeds: Reports of each split, at least 1.
    """
    rows = [
        np.concatenate(_draw_row(forms[seed % len(forms)], seed, split), axis=1)
        for split in get_args(Split)
        for seed in range(seeds)
    ]
    return np.concatenate(rows)


def _draw_row(form: Form, seed: int, split: Split) -> list[Image]:
    """The fullest page of a report at every level."""
    sheet = draw_sheet(form, seed, split)
    truths = find_truth(sheet.pdf, sheet.parts, sheet.style)
    fullest = max(range(len(truths)), key=lambda page: len(truths[page].cells))
    pages = render(sheet.pdf, _DPI)
    page, back = pages[fullest], pages[fullest - 1]
    rng = generator(split, seed)
    levels: tuple[Level, ...] = get_args(Level)
    return [_shrink(scan_sheet(page, level, rng, _DPI, back=back).image) for level in levels]


def _shrink(page: Image) -> Image:
    scale = _TILE / max(page.shape[:2])
    small = cv2.resize(page, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    tile = np.full((_TILE, _TILE, 3), 90, np.uint8)
    tile[: small.shape[0], : small.shape[1]] = small
    return tile


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--seeds", type=int, default=3, help="reports of each split")
    chosen = parser.parse_args()
    chosen.path.parent.mkdir(parents=True, exist_ok=True)
    sheet = draw_contact_sheet(load_forms(), chosen.seeds)
    cv2.imwrite(str(chosen.path), cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))


if __name__ == "__main__":
    main()
