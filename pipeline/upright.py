"""A crooked raster → an upright one, and the way back.

Quarter turn, then skew by the projection profile of a small image, then what a flat
scan does not have: perspective and the curl of a page, estimated together from how
rules and lines of print bend. The image is resampled once.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.types import Image
from pipeline.types import Mesh

Floats = NDArray[np.float64]

FindOrientation = Callable[[Image], tuple[int, float]]

MOST_SKEW_DEGREES = 5.0
# Resolution at which angles are estimated: a line of 8 pt print is 8 pixels high.
_SMALL_DPI = 75.0
_COARSE_STEP_DEGREES, _FINE_STEP_DEGREES = 0.5, 0.05
# Below this the search cannot tell an angle from none; the bend takes care of the rest.
_LEAST_SKEW_DEGREES = 0.15
_LEAST_BEND_INCH = 0.006
# The margin that is not looked at: the edge of the paper on a dark scanner bed.
_MARGIN_SHARE = 0.07
_LATTICE_PIXELS = 32
_LEAST_LINES = 6


@dataclass(frozen=True, slots=True, eq=False)
class Upright:
    """An upright image and where its pixels were in the crooked one.

    Attributes:
        image: RGB uint8 (height, width, 3).
        nodes: float64 (rows, columns, 2): (x, y) in the raster as stored of a regular
            lattice over `image`, corners included.
        turn: Quarter turn undone, degrees clockwise.
        skew_degrees: Skew undone after that, positive clockwise.
    """

    image: Image
    nodes: Floats
    turn: int
    skew_degrees: float


def straighten(image: Image, dpi: float, turn: int) -> Upright:
    """Turn and unbend a page.

    Args:
        image: As stored, RGB uint8.
        dpi: Pixels per inch.
        turn: Degrees clockwise by which the page is turned: 0, 90, 180, 270.
    """
    turned = np.ascontiguousarray(np.rot90(image, turn // 90))
    skew = find_skew(turned, dpi)
    skew = skew if abs(skew) >= _LEAST_SKEW_DEGREES else 0.0
    bend = find_bend(turned, dpi, skew)
    height, width = turned.shape[:2]
    lattice = _lattice(width, height)
    nodes = _unskew(lattice + bend(lattice), skew, width, height)
    if skew or np.abs(bend(lattice)).max() > _LEAST_BEND_INCH * dpi:
        turned = _resample(turned, nodes)
    else:
        nodes = lattice
    return Upright(turned, _unturn(nodes, turn, width, height), turn, skew)


def turn_upright(image: Image, turn: int) -> Upright:
    """Undo a quarter turn only."""
    turned = np.ascontiguousarray(np.rot90(image, turn // 90))
    height, width = turned.shape[:2]
    return Upright(turned, _unturn(_lattice(width, height), turn, width, height), turn, 0.0)


def find_skew(image: Image, dpi: float) -> float:
    """Degrees clockwise by which lines of print are turned, within ±5.

    The angle at which rows of ink are most unlike their neighbours.

    Source: Postl, Method for Automatic Correction of Character Skew, US 4723297, 1988.
    """
    ink = _small_ink(image, dpi)
    coarse = np.arange(-MOST_SKEW_DEGREES, MOST_SKEW_DEGREES + 1e-9, _COARSE_STEP_DEGREES)
    best = max(coarse, key=lambda degrees: _sharpness(ink, float(degrees)))
    fine = best + np.arange(-_COARSE_STEP_DEGREES, _COARSE_STEP_DEGREES + 1e-9, _FINE_STEP_DEGREES)
    return float(max(fine, key=lambda degrees: _sharpness(ink, float(degrees))))


def _small_ink(image: Image, dpi: float) -> NDArray[np.uint8]:
    scale = min(_SMALL_DPI / dpi, 1.0)
    grey = cv2.resize(image[:, :, 0], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    ink = cv2.adaptiveThreshold(
        grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 15, 12
    )
    rows, columns = (int(size * _MARGIN_SHARE) for size in ink.shape)
    ink[:rows] = ink[-rows or None :] = 0
    ink[:, :columns] = ink[:, -columns or None :] = 0
    return np.asarray(ink, dtype=np.uint8)


def _sharpness(ink: NDArray[np.uint8], degrees: float) -> float:
    """Sum of squared differences of neighbouring rows after shearing by an angle."""
    height, width = ink.shape
    slope = np.tan(np.radians(degrees))
    shear = np.array([[1.0, 0.0, 0.0], [-slope, 1.0, slope * width / 2]])
    profile = cv2.warpAffine(ink, shear, (width, height), flags=cv2.INTER_NEAREST).sum(
        axis=1, dtype=np.float64
    )
    return float((np.diff(profile) ** 2).sum())


def find_bend(image: Image, dpi: float, skew_degrees: float) -> Callable[[Floats], Floats]:
    """How far print is off its straight line after the skew is undone.

    A line at height v is taken to run at v + d(x, v), with d a low polynomial in both:
    its terms in v make lines fan out (perspective), those in x bend them (curl). The
    polynomial is fitted to all rules and lines of print at once, each with a height of
    its own, and a second time without those that are far off.

    Returns:
        A function from (…, 2) upright pixels to displacements (…, 2) in pixels, (0, dy).
    """
    ink = _small_ink(image, dpi)
    scale = ink.shape[0] / image.shape[0]
    height, width = ink.shape
    center = (width / 2, height / 2)
    flat = cv2.warpAffine(ink, cv2.getRotationMatrix2D(center, skew_degrees, 1.0), (width, height))
    lines = _trace_lines(np.asarray(flat, dtype=np.uint8))
    if len(lines) < _LEAST_LINES:
        return lambda points: np.zeros_like(points)
    weights = _fit_bend(lines, width, height)

    def bend(points: Floats) -> Floats:
        across = points[..., 0] * scale / width - 0.5
        down = points[..., 1] * scale / height - 0.5
        dy = _bend_terms(across, down) @ weights / scale
        return np.stack([np.zeros_like(dy), dy], axis=-1)

    return bend


def _trace_lines(ink: NDArray[np.uint8]) -> list[Floats]:
    """Long rules and lines of print as (x, y) samples, pixels of the small image."""
    height, width = ink.shape
    joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((1, 15), np.uint8))
    opened = cv2.morphologyEx(joined, cv2.MORPH_OPEN, np.ones((1, width // 12), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(opened, connectivity=8)
    lines = []
    for index, (left, top, wide, high, _) in enumerate(stats[1:], start=1):
        if wide < width / 3 or high > height / 30:
            continue
        window = labels[top : top + high, left : left + wide] == index
        count = window.sum(axis=0)
        middle = (window * np.arange(high)[:, None]).sum(axis=0) / np.maximum(count, 1)
        pieces = np.array_split(np.flatnonzero(count), 12)
        lines.append(
            np.array([[left + p.mean(), top + middle[p].mean()] for p in pieces if len(p)])
        )
    return lines


def _bend_terms(across: Floats, down: Floats) -> Floats:
    """Polynomial terms of d(x, v) with x, v from -0.5 to 0.5; none is constant in x."""
    one = np.ones_like(down)
    return np.stack([across**power * term for power in (1, 2, 3) for term in (one, down)], axis=-1)


def _fit_bend(lines: list[Floats], width: int, height: int) -> Floats:
    kept = lines
    weights = np.zeros(6)
    for _ in range(2):
        rows, heights = [], []
        for line in kept:
            terms = _bend_terms(line[:, 0] / width - 0.5, line[:, 1] / height - 0.5)
            rows.append(terms - terms.mean(axis=0))
            heights.append(line[:, 1] - line[:, 1].mean())
        system = np.concatenate([*rows, 0.3 * np.eye(6)])
        weights = np.linalg.lstsq(system, np.concatenate([*heights, np.zeros(6)]), rcond=None)[0]
        errors = [float(np.abs(h - r @ weights).max()) for r, h in zip(rows, heights, strict=True)]
        limit = max(2.5 * float(np.median(errors)), 1.0)
        kept = [line for line, error in zip(kept, errors, strict=True) if error <= limit]
    return np.asarray(weights)


def _lattice(width: int, height: int) -> Floats:
    columns = max(width // _LATTICE_PIXELS, 1) + 1
    rows = max(height // _LATTICE_PIXELS, 1) + 1
    x, y = np.meshgrid(np.linspace(0, width, columns), np.linspace(0, height, rows))
    return np.stack([x, y], axis=-1)


def _unskew(points: Floats, degrees: float, width: int, height: int) -> Floats:
    """Upright points → points of the skewed image: a turn about its middle."""
    turn = np.radians(degrees)
    middle = np.array([width / 2, height / 2])
    rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return np.asarray((points - middle) @ rotation + middle)


def _unturn(points: Floats, turn: int, width: int, height: int) -> Floats:
    """Points of the turned image → points of the stored one; sizes are the turned one's."""
    x, y = points[..., 0], points[..., 1]
    stored = {0: (x, y), 90: (height - y, x), 180: (width - x, height - y), 270: (y, width - x)}
    return np.stack(stored[turn], axis=-1)


def _resample(image: Image, nodes: Floats) -> Image:
    height, width = image.shape[:2]
    rows, columns = nodes.shape[:2]
    # Node positions for pixel centres: lattice spacing is the size over the cells.
    x = np.linspace(0, columns - 1, width, dtype=np.float32)
    y = np.linspace(0, rows - 1, height, dtype=np.float32)
    at = np.meshgrid(x, y)
    dense = cv2.remap(nodes.astype(np.float32), at[0], at[1], cv2.INTER_LINEAR)
    moved = cv2.remap(
        image,
        dense[:, :, 0],
        dense[:, :, 1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(255, 255, 255),
    )
    return np.asarray(moved, dtype=np.uint8)


def mesh_of(upright: Upright, points_per_pixel: tuple[float, float]) -> Mesh:
    """The mesh of an upright image, given the stored raster's points per pixel (x, y)."""
    height, width = upright.image.shape[:2]
    return Mesh(upright.nodes * np.array(points_per_pixel), width, height)
