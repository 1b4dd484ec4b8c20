"""Cells of known value on a page's own paper, to measure how well its like are read.

A number is painted over with the paper beside it, and other digits are drawn in its place with
the page's own ink: as dark, as blurred and as high as what stood there. All other damage is
the page's own and stays: its noise, its shadows, its seals, its rules and its skew.
"""

import ctypes
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import ceil, floor
from typing import Final

import cv2
import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
from numpy.random import Generator
from numpy.typing import NDArray

from pipeline.runs import group_lines, hull
from pipeline.types import Box, Page, Reading, Table

Pixels = NDArray[np.float32]

FONTS: Final = ("Times-Roman", "Helvetica")
"""The two that every PDF reader has whose digits look like those of Chinese prints."""

_NUMBER: Final = re.compile(r"[-+]?\d[\d,]*(?:\.\d+)?")
_FONT_POINTS = 100.0
# Print of 5.7 pt is 0.055 inch high; what is much higher is a label or a seal's letters.
_LOWEST_INCH, _HIGHEST_INCH = 0.045, 0.25
# The blur of ink lies outside the box of its print.
_MARGIN_INCH = 0.015
# Less paper than this has no grain to copy.
_LEAST_PAPER_INCH = 0.02
_BLURS: Final = np.arange(0.3, 4.0, 0.1)
"""Standard deviations in pixels that are tried."""
# So many cells tell a page's ink well; fewer than the least do not.
_MOST_SAMPLES, _LEAST_SAMPLES = 40, 5


@dataclass(frozen=True, slots=True)
class Known:
    """What was drawn: a box of pixels of the page, and the text in it."""

    box: Box
    text: str


@dataclass(frozen=True, slots=True)
class _Ink:
    """How a page's print looks.

    Attributes:
        font: One of `FONTS`.
        blur: Standard deviation, pixels.
        strength: Grey levels by which ink that is not blurred is darker than paper.
    """

    font: str
    blur: float
    strength: float


@dataclass(frozen=True, slots=True, eq=False)
class _Spot:
    """A printed number that other digits can take the place of.

    Attributes:
        text: What it was read as: its length and signs are kept.
        print_: The box of its print.
        left: First column of the spot on the page.
        top: Its first row.
        paper: uint8 (height, width, 3): the spot without its print.
    """

    text: str
    print_: Box
    left: int
    top: int
    paper: NDArray[np.uint8]


def draw_known(
    page: Page, tables: Sequence[Table], readings: Sequence[Sequence[Reading]], rng: Generator
) -> tuple[Page, tuple[Known, ...]]:
    """Draw other digits in place of the numbers of a scanned page.

    Args:
        page: As it was read.
        tables: What was found on it.
        readings: Of each table. They need not be right: they say how many digits there are.
        rng: The digits and the font come from it.

    Returns:
        The page with what was drawn. Where the ink of too few numbers could be measured,
        the page as it is, and nothing.
    """
    spots = [
        spot
        for table, some in zip(tables, readings, strict=True)
        for reading in some
        if table.ruled and (spot := _find_spot(page, reading)) is not None
    ]
    ink = _measure_ink(page, spots, FONTS[rng.integers(len(FONTS))])
    if ink is None:
        return page, ()
    image = page.image.copy()
    known = tuple(_draw(image, spot, _other_digits(spot.text, rng), ink) for spot in spots)
    return replace(page, image=image), known


def _find_spot(page: Page, reading: Reading) -> _Spot | None:
    """A cell that holds one line with a number and has some paper beside it."""
    text, lines = reading.candidates[0].text, group_lines(reading.cell.runs)
    if reading.source != "read" or len(lines) != 1 or not _NUMBER.fullmatch(text):
        return None
    print_, cell = hull(lines[0]), reading.cell.box
    if not _LOWEST_INCH * page.dpi <= print_.height <= _HIGHEST_INCH * page.dpi:
        return None
    margin = _MARGIN_INCH * page.dpi
    left, right = round(print_.left - margin), round(print_.right + margin)
    top = max(round(print_.top - margin), ceil(cell.top), 0)
    bottom = min(round(print_.bottom + margin), floor(cell.bottom))
    # Not up to the rules: they would be copied with the paper.
    beside = page.image[top:bottom, round(cell.left + 2 * margin) : max(left, 0)]
    if beside.shape[1] < _LEAST_PAPER_INCH * page.dpi or right > cell.right - margin:
        return None
    mirrored = np.concatenate([beside, beside[:, ::-1]], axis=1)
    times = -(-(right - left) // mirrored.shape[1])
    paper = np.tile(mirrored, (1, times, 1))[:, : right - left]
    return _Spot(text, print_, left, top, paper)


def _other_digits(text: str, rng: Generator) -> str:
    """As many digits with the same signs; no number begins with a 0 but 0 and 0.x."""
    drawn = re.sub(r"\d", lambda _: str(rng.integers(10)), text)
    return re.sub(r"^([-+]?)0(?=[\d,])", lambda sign: f"{sign[1]}{rng.integers(1, 10)}", drawn)


def _measure_ink(page: Page, spots: Sequence[_Spot], font: str) -> _Ink | None:
    """The blur and strength with which drawn digits look like the printed ones.

    Blurred ink changes more slowly from pixel to pixel: the energy of its gradient as a
    share of its own tells the blur. Paper has both too; they are measured without it.
    """
    sampled = [spot for spot in spots if spot.text.strip("-+").isdigit()][:_MOST_SAMPLES]
    if len(sampled) < _LEAST_SAMPLES:
        return None
    printed = list(_darkness_of(page, sampled))
    sharpness = float(np.median([_sharpness(ink, paper) for ink, paper in printed]))
    amount = float(
        np.median(
            [
                (ink - paper).sum() / _size(spot)
                for (ink, paper), spot in zip(printed, sampled, strict=True)
            ]
        )
    )
    drawn = [_render(spot.text, font, spot.print_.height) for spot in sampled]
    nothing = np.zeros((1, 1), dtype=np.float32)
    tried = [
        float(np.median([_sharpness(_blurred(one, float(blur)), nothing) for one in drawn]))
        for blur in _BLURS
    ]
    blur = float(_BLURS[np.argmin(np.abs(np.array(tried) - sharpness))])
    full = float(
        np.median([one.sum() / _size(spot) for one, spot in zip(drawn, sampled, strict=True)])
    )
    return _Ink(font, blur, amount / full) if amount > 0 else None


def _darkness_of(page: Page, spots: Sequence[_Spot]) -> Iterator[tuple[Pixels, Pixels]]:
    """How much darker than the middle of the paper each spot is, with its print and without."""
    for spot in spots:
        height, width = spot.paper.shape[:2]
        there = page.image[spot.top : spot.top + height, spot.left : spot.left + width]
        paper = cv2.cvtColor(spot.paper, cv2.COLOR_RGB2GRAY).astype(np.float32)
        print_ = cv2.cvtColor(there, cv2.COLOR_RGB2GRAY).astype(np.float32)
        light = np.float32(np.median(paper))
        yield light - print_, light - paper


def _size(spot: _Spot) -> float:
    """The area that the digits of a spot fill, in squares of their height."""
    return len(spot.text) * spot.print_.height**2


def _sharpness(ink: Pixels, paper: Pixels) -> float:
    energy = (ink**2).sum() - (paper**2).sum()
    change = _change(ink) - _change(paper)
    return float(change / max(energy, 1e-6))


def _change(pixels: Pixels) -> float:
    return float((np.diff(pixels, axis=0) ** 2).sum() + (np.diff(pixels, axis=1) ** 2).sum())


def _draw(image: NDArray[np.uint8], spot: _Spot, text: str, ink: _Ink) -> Known:
    """Paint a spot over and draw a text in the middle of it."""
    height, width = spot.paper.shape[:2]
    place = image[spot.top : spot.top + height, spot.left : spot.left + width]
    place[...] = spot.paper
    drawn = _blurred(_render(text, ink.font, spot.print_.height), ink.blur)
    left = round(spot.print_.center[0] - drawn.shape[1] / 2) - spot.left
    top = round(spot.print_.center[1] - drawn.shape[0] / 2) - spot.top
    # What blur spreads beyond the spot would darken the rules of the cell.
    drawn = drawn[max(-top, 0) :, max(-left, 0) :]
    place = place[max(top, 0) :, max(left, 0) :][: drawn.shape[0], : drawn.shape[1]]
    darkness = ink.strength * drawn[: place.shape[0], : place.shape[1], None]
    place[...] = np.clip(place - darkness, 0, 255).astype(np.uint8)
    return Known(spot.print_, text)


def _blurred(drawn: Pixels, blur: float) -> Pixels:
    wide = np.pad(drawn, int(np.ceil(3 * blur)))
    return np.asarray(cv2.GaussianBlur(wide, (0, 0), blur), dtype=np.float32)


def _render(text: str, font: str, height: float) -> Pixels:
    """A text whose ink is so many pixels high: how much of each pixel ink covers, 0 to 1."""
    large = _render_large(text, font)
    shape = (max(round(large.shape[1] * height / large.shape[0]), 1), max(round(height), 1))
    return np.asarray(cv2.resize(large, shape, interpolation=cv2.INTER_AREA), dtype=np.float32)


@cache
def _render_large(text: str, font: str) -> Pixels:
    """The ink of a text and nothing around it."""
    document = pypdfium2.PdfDocument.new()
    try:
        page = document.new_page(_FONT_POINTS * (len(text) + 1), 2 * _FONT_POINTS)
        shape = pdfium.FPDFPageObj_CreateTextObj(
            document, pdfium.FPDFText_LoadStandardFont(document, font.encode()), _FONT_POINTS
        )
        letters = ctypes.create_string_buffer(f"{text}\0".encode("utf-16-le"))
        pdfium.FPDFText_SetText(shape, ctypes.cast(letters, pdfium.FPDF_WIDESTRING))
        pdfium.FPDFPageObj_Transform(shape, 1, 0, 0, 1, _FONT_POINTS / 2, _FONT_POINTS / 2)
        pdfium.FPDFPage_InsertObject(page, shape)
        pdfium.FPDFPage_GenerateContent(page)
        grey = page.render(scale=1, grayscale=True).to_numpy().squeeze()
        covered = 1 - grey.astype(np.float32) / 255
    finally:
        document.close()
    rows, columns = (np.flatnonzero(covered.any(axis=axis)) for axis in (1, 0))
    return np.asarray(covered[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
