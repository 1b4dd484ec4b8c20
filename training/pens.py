"""What people write over print: rings around figures, underlines, ticks, remarks.

Pages are RGB, uint8 (height, width, 3), as in `training.effects`.
"""

from collections.abc import Callable
from functools import cache
from typing import Final

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from models.types import Image
from training.rasters import render
from training.sheets import compile_markup

Colour = tuple[int, int, int]
Path = NDArray[np.float64]

PENS: Final[tuple[Colour, ...]] = ((40, 50, 150), (185, 40, 45), (45, 45, 50))
"""Inks that people write with: blue, red, black."""

REMARKS: Final = (
    *("已阅", "已核", "请复核", "同意", "核对", "存档", "待查", "无误", "改", "见附件"),
    *("2份", "1份", "3页", "补", "√", "阅", "11月", "张"),
)
_HAND: Final = "LXGW WenKai"
"""The font of the remarks. No sheet for measuring is printed in it."""
_REMARK_DPI: Final = 200
_REMARK_INCHES: Final = (0.12, 0.32)
_MOST_TURNED: Final = 14.0


def scribble(page: Image, marks: int, dpi: float, rng: Generator) -> Image:
    """So many rings, underlines, ticks, remarks and scrawls anywhere on a page."""
    written = page.copy()
    height, width = page.shape[:2]
    for _ in range(marks):
        pen = PENS[int(rng.integers(len(PENS)))]
        at = np.array((rng.uniform(0.08, 0.92) * width, rng.uniform(0.08, 0.92) * height))
        draw = _MARKS[int(rng.choice(len(_MARKS), p=_SHARES))]
        draw(written, at, pen, dpi, rng)
    return written


def write_scrawl(page: Image, at: Path, size: float, colour: Colour, rng: Generator) -> None:
    """A few strokes that are no character, as hasty writing looks; draws on the page."""
    for _ in range(int(rng.integers(4, 8))):
        ends = at + rng.uniform(-size, size, (2, 2))
        bend = ends.mean(axis=0) + rng.normal(0, size * 0.15, 2)
        _draw_path(page, np.stack((ends[0], bend, ends[1])), colour, max(int(size / 6), 1))


def _ring(page: Image, at: Path, pen: Colour, dpi: float, rng: Generator) -> None:
    turn = np.linspace(0, 2 * np.pi * rng.uniform(0.9, 1.1), 40)
    size = dpi * rng.uniform(0.08, 0.32), dpi * rng.uniform(0.06, 0.16)
    path = at + np.stack((size[0] * np.cos(turn), size[1] * np.sin(turn)), axis=1)
    _draw_path(page, path, pen, _thickness(dpi, rng))


def _underline(page: Image, at: Path, pen: Colour, dpi: float, rng: Generator) -> None:
    ends = np.linspace(0, dpi * rng.uniform(0.2, 1.6), 12)
    lift = rng.normal(0, 0.006 * dpi, 12).cumsum() + ends * rng.uniform(-0.25, 0.1)
    _draw_path(page, at + np.stack((ends, lift), axis=1), pen, _thickness(dpi, rng))


def _tick(page: Image, at: Path, pen: Colour, dpi: float, rng: Generator) -> None:
    size = dpi * rng.uniform(0.06, 0.14)
    corners = np.array(((-0.6, -0.2), (-0.1, 0.6), (1.0, -1.0)))
    path = at + size * (corners + rng.normal(0, 0.12, (3, 2)))
    _draw_path(page, path, pen, _thickness(dpi, rng))


def _scrawl(page: Image, at: Path, pen: Colour, dpi: float, rng: Generator) -> None:
    for place in range(int(rng.integers(2, 4))):
        write_scrawl(page, at + np.array((place * 0.24 * dpi, 0.0)), 0.1 * dpi, pen, rng)


def _remark(page: Image, at: Path, pen: Colour, dpi: float, rng: Generator) -> None:
    """A remark in characters that can be read, a little turned; what leaves the page is cut."""
    glyphs = _draw_remark(REMARKS[int(rng.integers(len(REMARKS)))])
    scale = dpi * rng.uniform(*_REMARK_INCHES) / glyphs.shape[0]
    turned = cv2.getRotationMatrix2D((0.0, 0.0), rng.uniform(-1, 1) * _MOST_TURNED, scale)
    turned[:, 2] = at
    height, width = page.shape[:2]
    ink = cv2.warpAffine(glyphs, turned, (width, height), flags=cv2.INTER_AREA)
    part = (ink.astype(np.float32) / 255 * rng.uniform(0.6, 1.0))[..., None]
    page[:] = (page * (1 - part) + np.array(pen, np.float32) * part).astype(np.uint8)


@cache
def _draw_remark(text: str) -> NDArray[np.uint8]:
    """The ink of a remark, uint8 (height, width), 0 where there is none."""
    markup = (
        "#set page(width: auto, height: auto, margin: 2pt)\n"
        f'#set text(font: "{_HAND}", size: 40pt)\n{text}'
    )
    (page,) = render(compile_markup(markup), _REMARK_DPI)
    return np.asarray(255 - page.min(axis=2), np.uint8)


_MARKS: Final[tuple[Callable[[Image, Path, Colour, float, Generator], None], ...]] = (
    *(_ring, _underline, _tick, _remark, _scrawl),
)
_SHARES: Final = (0.3, 0.25, 0.15, 0.2, 0.1)


def _thickness(dpi: float, rng: Generator) -> int:
    return max(int(dpi * rng.uniform(0.006, 0.014)), 1)


def _draw_path(page: Image, path: Path, colour: Colour, thick: int) -> None:
    cv2.polylines(
        page,
        [np.rint(path).astype(np.int32)],
        isClosed=False,
        color=colour,
        thickness=thick,
        lineType=cv2.LINE_AA,
    )
