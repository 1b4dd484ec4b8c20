"""Scan the reports that are checked in: only what `training.draw_fixtures` ships.

Every effect is a plain function of an image and a strength; `scan` strings them
together by level. The same seed gives the same pixels. Nets are trained and measured on the
scans of `training.damage`; these stay as they are, so that `tests/reports` can be redrawn.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from models.types import Image
from training.damage import Level
from training.rasters import render

Float = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Wear:
    """How strong each effect of a level is.

    Attributes:
        skew_degrees: Largest turn either way.
        perspective: Largest shift of a corner, share of the page's size.
        curl: Largest bow of a line of text, share of the page's height.
        blur: Standard deviation, pixels at 150 dpi.
        noise: Standard deviation, grey levels.
        shade: Share of light lost in the darkest place.
        paper: Colour of the sheet.
        faded_rules: Share of ruling-line blocks that nearly vanish.
        faded_ink: Share of darkness that print loses in pale places.
        specks: Dark specks per square inch.
    """

    skew_degrees: float
    perspective: float
    curl: float
    blur: float
    noise: float
    shade: float
    paper: tuple[int, int, int]
    faded_rules: float
    faded_ink: float
    specks: float


# Set by eye beside scans from office scanners, copiers and phones; no level is
# meant to be a real device's.
WEAR: Final[dict[Level, Wear]] = {
    "clean": Wear(0.2, 0.0, 0.0, 0.35, 1.5, 0.0, (252, 252, 252), 0.0, 0.0, 0.0),
    "light": Wear(0.8, 0.002, 0.001, 0.45, 3.0, 0.06, (245, 243, 234), 0.0, 0.1, 0.05),
    "medium": Wear(1.4, 0.005, 0.003, 0.75, 6.0, 0.18, (236, 234, 228), 0.25, 0.3, 0.6),
    "heavy": Wear(2.2, 0.009, 0.005, 1.05, 11.0, 0.32, (222, 221, 216), 0.6, 0.45, 2.0),
}


def scan(pdf: bytes, level: Level, seed: int, dpi: int = 150) -> list[Image]:
    """Print a PDF and scan it at a level of damage.

    Args:
        pdf: Any PDF without a password.
        level: How worn the sheets and the scanner are.
        seed: Which of the many scans of that level.
        dpi: Of the scan.
    """
    rng = np.random.default_rng(seed)
    return [wear_page(page, WEAR[level], dpi, rng) for page in render(pdf, dpi)]


def wear_page(page: Image, wear: Wear, dpi: int, rng: Generator) -> Image:
    """All effects of a level on one page, in the order in which they would happen."""
    worn = fade_rules(page, wear.faded_rules, dpi, rng)
    worn = fade_ink(worn, wear.faded_ink, rng)
    worn = tint_paper(worn, wear.paper)
    worn = curl(worn, wear.curl * rng.uniform(-1, 1))
    worn = tilt(worn, wear.perspective, rng)
    worn = skew(worn, wear.skew_degrees * rng.uniform(-1, 1))
    worn = shade(worn, wear.shade, rng)
    worn = speck(worn, wear.specks, dpi, rng)
    worn = blur(worn, wear.blur * dpi / 150)
    return add_noise(worn, wear.noise, rng)


def skew(page: Image, degrees: float) -> Image:
    """Turn a page about its middle, clockwise; the size stays."""
    height, width = page.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
    return _as_image(cv2.warpAffine(page, turn, (width, height), borderValue=_edge(page)))


def turn_quarters(page: Image, quarters: int) -> Image:
    """Turn a page clockwise by quarter turns, as it lay on the glass."""
    return np.ascontiguousarray(np.rot90(page, -quarters))


def tilt(page: Image, strength: float, rng: Generator) -> Image:
    """Photograph the page slightly from the side; strength is a share of its size."""
    height, width = page.shape[:2]
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    shift = rng.uniform(-strength, strength, (4, 2)) * (width, height)
    matrix = cv2.getPerspectiveTransform(corners, (corners + shift).astype(np.float32))
    return _as_image(cv2.warpPerspective(page, matrix, (width, height), borderValue=_edge(page)))


def curl(page: Image, strength: float) -> Image:
    """Bow straight lines as a sheet does that is not pressed flat."""
    height, width = page.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    lift = np.float32(strength * height) * np.sin(x / width * np.float32(np.pi))
    return _as_image(
        cv2.remap(page, x, (y + lift).astype(np.float32), cv2.INTER_LINEAR, borderValue=_edge(page))
    )


def blur(page: Image, sigma: float) -> Image:
    """Soften by a Gaussian, sigma in pixels."""
    return _as_image(cv2.GaussianBlur(page, (0, 0), sigma)) if sigma > 0 else page


def add_noise(page: Image, sigma: float, rng: Generator) -> Image:
    """Sensor noise, alike in all channels, grey levels."""
    grain = rng.standard_normal(page.shape[:2], dtype=np.float32) * np.float32(sigma)
    return _clipped(page.astype(np.float32) + grain[:, :, None])


def shade(page: Image, strength: float, rng: Generator) -> Image:
    """Uneven light: up to this share of it is lost in the darkest place."""
    light = 1 - np.float32(strength) * _clouds(page.shape[:2], 3, rng)
    return _clipped(page.astype(np.float32) * light[:, :, None])


def tint_paper(page: Image, paper: tuple[int, int, int]) -> Image:
    """Print the page on a sheet of this colour."""
    return _clipped(page.astype(np.float32) * (np.array(paper, np.float32) / 255))


def fade_ink(page: Image, strength: float, rng: Generator) -> Image:
    """Uneven toner: print loses up to this share of its darkness in places."""
    if strength == 0:
        return page
    kept = 1 - np.float32(strength) * _clouds(page.shape[:2], 12, rng)
    return _clipped(255 - (255 - page.astype(np.float32)) * kept[:, :, None])


def fade_rules(page: Image, share: float, dpi: int, rng: Generator) -> Image:
    """Ruling lines lose most of their ink in this share of places, and break."""
    if share == 0:
        return page
    dark = np.where(page.max(axis=2) < 128, np.uint8(255), np.uint8(0))
    length = int(0.3 * dpi)
    lines = np.zeros_like(dark)
    for size in ((length, 1), (1, length)):
        kernel = cv2.getStructuringElement(cv2.MORPH_RECT, size)
        lines |= _as_image(cv2.morphologyEx(dark, cv2.MORPH_OPEN, kernel))
    lines = _as_image(cv2.dilate(lines, np.ones((3, 3), np.uint8)))
    pale = _clouds(page.shape[:2], 40, rng) > np.float32(1 - share)
    broken = (lines > 0) & pale
    faded = page.copy()
    faded[broken] = _clipped(255 - (255 - page[broken].astype(np.float32)) * np.float32(0.12))
    return faded


def speck(page: Image, per_square_inch: float, dpi: int, rng: Generator) -> Image:
    """Dust on the glass: small dark dots."""
    height, width = page.shape[:2]
    dirty = page.copy()
    for _ in range(int(per_square_inch * height * width / dpi**2)):
        spot = (int(rng.integers(width)), int(rng.integers(height)))
        tone = int(rng.integers(40, 150))
        cv2.circle(dirty, spot, int(rng.integers(1, 3)), (tone, tone, tone), -1)
    return dirty


def _clouds(shape: tuple[int, ...], cells: int, rng: Generator) -> Float:
    """Smooth random field, 0 to 1, with about this many humps across the width."""
    height, width = shape[0], shape[1]
    coarse = rng.random((max(cells * height // width, 2), max(cells, 2)), dtype=np.float32)
    field = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(field, 0, 1).astype(np.float32)


def _edge(page: Image) -> tuple[float, float, float]:
    """The colour of the paper, for what a transform uncovers."""
    red, green, blue = np.median(page[:8].reshape(-1, 3), axis=0)
    return float(red), float(green), float(blue)


def _clipped(values: NDArray[np.floating]) -> Image:
    return _as_image(np.clip(np.rint(values), 0, 255))


def _as_image(values: object) -> Image:
    return np.asarray(values, dtype=np.uint8)
