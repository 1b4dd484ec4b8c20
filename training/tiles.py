"""Tiles of scanned pages and what is true of their pixels, for `train_segmentation`.

python -m training.tiles --out FOLDER --split train --first 0 --count 200

Several processes can share the work, and a killed one goes on where it stopped.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, get_args

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from forms.form import Form, load_forms
from models.segmentation import SEGMENT_DPI, shrink
from models.types import Image
from pipeline.ink import without_seal
from training.damage import Level, cover, scan_sheet
from training.rasters import render
from training.shards import Arrays, cut_by_command, fill_folder, shuffle_shards
from training.truth import TruePage, find_truth
from training.variety import Split, draw_sheet, generator

_TILE: Final = 448
"""Pixels at the net's resolution: a third of a page."""
_PER_PAGE: Final = 3
_DPIS: Final = (100, 120, 150, 150, 150, 200)
# The net sees straightened pages: this much of a level's skew is left at worst.
_BEND: Final = 0.2
_LEVELS: Final[dict[Level, float]] = {"clean": 0.1, "light": 0.25, "medium": 0.35, "heavy": 0.3}
# Seals and pens lie on a page or two of a report: here on most, so that they are learnt.
_MOST_SEALS, _MOST_MARKS = 3, 5
_OVER_CELLS: Final = 0.7
"""Share of the tiles with a cell in their middle; the rest show where tables end, and none."""
_RULE: Final = 2
"""Width of a line between cells on the map, pixels."""
_SHIFT: Final = 4
"""Fractional bits of drawn coordinates."""


@dataclass(frozen=True, slots=True, eq=False)
class Tiles:
    """Cut-outs of pages.

    Attributes:
        pages: uint8 (n, height, width), grey, at `SEGMENT_DPI`.
        maps: uint8 (n, height, width); bit 0 print, bit 1 horizontal, bit 2 vertical.
    """

    pages: NDArray[np.uint8]
    maps: NDArray[np.uint8]

    def first(self, count: int) -> "Tiles":
        """The first so many of them."""
        return Tiles(self.pages[:count], self.maps[:count])


@dataclass(frozen=True, slots=True, eq=False)
class MappedPage:
    """A scanned page at `SEGMENT_DPI`, and what is true of its pixels.

    Attributes:
        grey: uint8 (height, width), seals paled.
        map: uint8 (height, width), bits as in `Tiles`.
        cells: float64 (n, 4), its pixels.
    """

    grey: NDArray[np.uint8]
    map: NDArray[np.uint8]
    cells: NDArray[np.float64]


def read_tiles(folder: Path, seed: int) -> Iterator[Tiles]:
    """Shards of a folder in random order, without end; waits for the first one."""
    for path in shuffle_shards(folder, seed):
        with np.load(path) as stored:
            yield Tiles(stored["pages"], stored["maps"])


def cut_tiles(form: Form, seed: int, split: Split) -> Tiles:
    """Draw, scan and cut one report."""
    rng = generator(split, seed)
    sheet = draw_sheet(form, seed, split)
    truths = find_truth(sheet.pdf, sheet.parts, sheet.style)
    dpi = int(rng.choice(_DPIS))
    printed = render(sheet.pdf, dpi)
    pages, maps = [], []
    for number, truth in enumerate(truths):
        if not truth.cells and rng.random() < 0.7:
            continue
        level: Level = get_args(Level)[int(rng.choice(4, p=tuple(_LEVELS.values())))]
        front = printed[number]
        if split == "train":
            front = cover(front, _MOST_SEALS, _MOST_MARKS, dpi, rng)
        sides = front, printed[(number + 1) % len(printed)]
        mapped = map_page(sides, truth, level, rng, dpi)
        for _ in range(_PER_PAGE):
            window = _window(mapped.grey.shape, mapped.cells, rng)
            pages.append(_padded(mapped.grey[window], 255))
            maps.append(_padded(mapped.map[window], 0))
    return Tiles(np.array(pages, np.uint8), np.array(maps, np.uint8))


def map_page(
    sides: tuple[Image, Image], truth: TruePage, level: Level, rng: Generator, dpi: int
) -> MappedPage:
    """Scan a page, nearly straight, and map what is true of its pixels.

    Args:
        sides: The page as printed, and what is printed on its back.
        truth: Of the page.
        level: Of damage.
        rng: All choices come from it.
        dpi: Of both sides.
    """
    scan = scan_sheet(sides[0], level, rng, dpi, _BEND, sides[1])
    grey = shrink(without_seal(scan.image), dpi)
    scale = SEGMENT_DPI / dpi
    cells = scan.warp.boxes(_cell_boxes(truth) * dpi / 72) * scale
    characters = scan.warp.boxes(truth.characters * dpi / 72) * scale
    return MappedPage(grey, _draw_maps(grey.shape, cells, characters), cells)


def _cell_boxes(truth: TruePage) -> NDArray[np.float64]:
    boxes = [(at.box.left, at.box.top, at.box.right, at.box.bottom) for at in truth.cells]
    return np.array(boxes, dtype=np.float64).reshape(-1, 4)


def _draw_maps(
    shape: tuple[int, ...], cells: NDArray[np.float64], characters: NDArray[np.float64]
) -> NDArray[np.uint8]:
    printed, across, down = (np.zeros(shape, np.uint8) for _ in range(3))
    for left, top, right, bottom in np.rint(characters).astype(int):
        # One pixel of gap to the right: digits of one number become one piece.
        printed[top : max(bottom, top + 1), left : max(right, left + 1) + 1] = 1
    for left, top, right, bottom in np.rint(cells * 2**_SHIFT).astype(int).tolist():
        for y in (top, bottom):
            cv2.line(across, (left, y), (right, y), (1,), _RULE, cv2.LINE_8, _SHIFT)
        for x in (left, right):
            cv2.line(down, (x, top), (x, bottom), (1,), _RULE, cv2.LINE_8, _SHIFT)
    return np.asarray(printed | across << 1 | down << 2, dtype=np.uint8)


def _window(
    shape: tuple[int, ...], cells: NDArray[np.float64], rng: Generator
) -> tuple[slice, slice]:
    """Somewhere on the page, over a cell more often than not."""
    if len(cells) and rng.random() < _OVER_CELLS:
        left, top, right, bottom = cells[int(rng.integers(len(cells)))]
        x, y = (left + right) / 2, (top + bottom) / 2
        middle = np.array([y, x]) + rng.uniform(-0.3, 0.3, 2) * _TILE
    else:
        middle = rng.uniform(0, 1, 2) * shape
    start = [
        int(np.clip(at - _TILE / 2, 0, max(size - _TILE, 0)))
        for at, size in zip(middle, shape, strict=True)
    ]
    return slice(start[0], start[0] + _TILE), slice(start[1], start[1] + _TILE)


def _padded(tile: NDArray[np.uint8], value: int) -> NDArray[np.uint8]:
    height, width = (_TILE - length for length in tile.shape)
    return np.pad(tile, ((0, height), (0, width)), constant_values=value)


def cut_shards(folder: Path, split: Split, first: int, count: int) -> None:
    """Fill the folder of a split with shards, leaving alone the ones that are there.

    Args:
        folder: The folder of the split in it is made when it is not there.
        split: What the reports are for.
        first: Number of the first report.
        count: Of reports; rounded up to whole shards.
    """
    forms = load_forms()

    def cut(numbers: range) -> Arrays:
        cut_out = [cut_tiles(forms[number % len(forms)], number, split) for number in numbers]
        return {
            "pages": np.concatenate([tiles.pages for tiles in cut_out if len(tiles.pages)]),
            "maps": np.concatenate([tiles.maps for tiles in cut_out if len(tiles.maps)]),
        }

    fill_folder(folder / split, first, count, cut)


if __name__ == "__main__":
    cut_by_command(__doc__, cut_shards)
