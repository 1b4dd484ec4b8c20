"""A crooked raster → an upright one, and the way back.

Quarter turn, then skew, then what a flat scan does not have: perspective and the curl
of a page. All of it is estimated on one small image from how sharply ink falls into
rows (lines of print, rules) and into columns (rules alone). The page is resampled once.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.types import Image
from pipeline.types import Mesh

Floats = NDArray[np.float64]
Ink = NDArray[np.uint8]
Levels = NDArray[np.float32]


Field = tuple[tuple[int, int, float], ...]
"""Shifts of ink as a polynomial of its place, from -1 to 1 either way: terms of (power along
the line, power across it, pixels of the small image at the far edges)."""

MOST_SKEW_DEGREES = 5.5
"""The angles searched: what a feeder does to a sheet, and a little room for the maximum."""

# Resolution at which shapes are estimated: a line of 8 pt print is 8 pixels high.
_SMALL_DPI = 75.0
# Strips that a page is cut into to be sheared or bent; each is 26 pixels wide on A4.
_STRIPS = 24
# Grey levels (of 255) that paper differs by around its mean, and those that make full ink:
# faded rules then count nearly as much as black print.
_NOISE_LEVELS, _INK_LEVELS = 10, 50
# Darker than this share of the paper and joined to the edge of the image: scanner bed.
_BED_SHARE = 0.55
# Reach of the shadow at the edge of a sheet, pixels of the small image (4 mm).
_BED_REACH = 13
# The longest vertical stroke of 14 pt print is shorter, the lowest table row higher.
_RULE_PIXELS = 13
# Straight strokes needed to speak of columns: the height of a page, in all.
_LEAST_RULE_SHARE = 0.15
# Gain in sharpness that a bend must bring to be believed; noise brings less than 1 %.
_LEAST_GAIN = 1.015
# Less than this moves no stroke off its place (0.1° over half the width of A4).
_LEAST_SHIFT_INCH = 0.0075
_LATTICE_PIXELS = 32
# White kept between print and the edge, pixels of the small image (2 mm).
_ROOM_PIXELS = 6
# Parts of a pixel that shifts are told apart by, and the rows of room they have.
_PARTS, _ROOM = 3, 64
# How far ink is spread before rows are compared, in pixels: first so that neighbouring
# trials overlap (0.5° moves the end of a line by 3 pixels), last by a pixel's own height.
_SOFT, _SOFTER, _SHARP = 2.5, 1.2, 0.6
# Steps of degrees, and how far ink is spread to miss nothing between them.
_COARSE = ((0.5, _SOFT), (0.25, _SOFTER))
# Two angles of a bent page are about as sharp; a right one is much sharper than a wrong one.
_MUCH_SHARPER = 1.25

# (power of the place along the line, power of the place across) and the largest shift,
# pixels of the small image, searched for each term of a field, in order of weight.
_ROW_TERMS = ((1, 0, 4.0), (1, 1, 6.0), (2, 0, 5.0), (3, 0, 3.0), (2, 1, 2.0))
_COLUMN_TERMS = ((1, 0, 6.0), (1, 1, 6.0), (2, 0, 3.0))


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

    Nothing on the page is cut off: the result is larger where print would leave it.

    Args:
        image: As stored, RGB uint8.
        dpi: Pixels per inch.
        turn: Degrees clockwise by which the page is turned: 0, 90, 180, 270.
    """
    turned = np.ascontiguousarray(np.rot90(image, turn // 90))
    height, width = turned.shape[:2]
    ink = _small_ink(turned, dpi)
    skew = _find_angle(ink)
    flat = _rotate(ink, skew)
    rows = _find_rows(flat)
    columns = _find_columns(flat)
    scale = ink.shape[1] / width

    def unbend(points: Floats) -> Floats:
        level = _unfold(points, rows, columns, (width, height), scale)
        return _unskew(level, skew, width, height)

    left, top, right, bottom = _canvas(ink, skew, (width, height))
    origin = np.array([left, top], dtype=np.float64)
    lattice = _lattice(right - left, bottom - top) + origin
    nodes = unbend(lattice)
    if np.abs(nodes - lattice).max() <= _LEAST_SHIFT_INCH * dpi:
        return Upright(turned, _unturn(_lattice(width, height), turn, width, height), turn, 0.0)
    upright = _resample(turned, unbend, origin, (right - left, bottom - top))
    return Upright(upright, _unturn(nodes, turn, width, height), turn, skew)


def turn_upright(image: Image, turn: int) -> Upright:
    """Undo a quarter turn only."""
    turned = np.ascontiguousarray(np.rot90(image, turn // 90))
    height, width = turned.shape[:2]
    return Upright(turned, _unturn(_lattice(width, height), turn, width, height), turn, 0.0)


def lines_run_across(image: Image, dpi: float) -> float:
    """How much more lines of print look like rows than like columns: over 1 when they do.

    Near 1 on pages that hold little but a table, and 1 on empty ones.
    """
    ink = _small_ink(image, dpi)
    rows, columns = (
        max(_coarse_angle(one, *_COARSE[0])[1], 1e-9) for one in (ink, np.ascontiguousarray(ink.T))
    )
    return rows / columns


def mesh_of(upright: Upright, points_per_pixel: tuple[float, float]) -> Mesh:
    """The mesh of an upright image, given the stored raster's points per pixel (x, y)."""
    height, width = upright.image.shape[:2]
    return Mesh(upright.nodes * np.array(points_per_pixel), width, height)


def _small_ink(image: Image, dpi: float) -> Ink:
    """How inky the page is at a low resolution, without what the scanner bed throws."""
    scale = min(_SMALL_DPI / dpi, 1.0)
    # Green alone: the weights of grey cost three times as much and tell no more.
    grey = np.asarray(
        cv2.resize(image[:, :, 1], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA),
        dtype=np.uint8,
    )
    # Darker than around it, by how much: strokes thinner than a pixel keep their place.
    paper = np.asarray(cv2.blur(grey, (15, 15)), dtype=np.uint8)
    darker = np.maximum(paper, grey) - grey
    ink = np.clip(darker, _NOISE_LEVELS, _NOISE_LEVELS + _INK_LEVELS) - np.uint8(_NOISE_LEVELS)
    bed = _find_bed(grey)
    if bed is not None:
        ink[bed > 0] = 0
    # The frame of the image itself is an edge when the paper ends there.
    ink[:3] = ink[-3:] = 0
    ink[:, :3] = ink[:, -3:] = 0
    return np.asarray(ink, dtype=np.uint8)


def _find_bed(grey: Ink) -> Ink | None:
    """Where the scanner bed shows beside the sheet, and its shadow on the sheet."""
    blurred = cv2.blur(grey, (5, 5))
    paper = float(np.percentile(blurred[::4, ::4], 80))
    dark = (blurred < _BED_SHARE * paper).astype(np.uint8)
    _, labels = cv2.connectedComponents(dark, connectivity=4)
    edge = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    touching = np.unique(edge[edge > 0])
    if not len(touching):
        return None
    bed = np.isin(labels, touching).astype(np.uint8)
    return np.asarray(cv2.dilate(bed, np.ones((_BED_REACH, _BED_REACH), np.uint8)), np.uint8)


def _strips(ink: Ink) -> Levels:
    """Ink per row in each of a page's vertical strips: (strips, rows)."""
    wide = cv2.resize(ink.astype(np.float32), (_STRIPS, ink.shape[0]), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(wide.T)


def _sharpness(strips: Levels, shifts: Levels, softness: float) -> float:
    """Sum of squared differences of neighbouring rows once strips are shifted down.

    Args:
        strips: Ink, (strips, rows).
        shifts: Pixels, broadcast to (strips, rows).
        softness: Pixels that ink is spread over before rows are compared.

    Source: Postl, Method for Automatic Correction of Character Skew, US 4723297, 1988.
    """
    rows = strips.shape[1]
    # Rounded to a part of a pixel: sharing ink between two rows would blur every shift
    # but the whole ones, and draw the search to them.
    place = (np.arange(rows, dtype=np.float32) + (_ROOM + 0.5)) * _PARTS + shifts * _PARTS
    most = (rows + 2 * _ROOM) * _PARTS
    places = np.clip(place.astype(np.int32), 0, most - 1)
    profile = np.bincount(places.ravel(), strips.ravel(), minlength=most).astype(np.float32)
    soft = cv2.GaussianBlur(profile[None], (0, 0), sigmaX=softness * _PARTS, sigmaY=0.1)
    return float((np.diff(soft[0]) ** 2).sum())


def _angle_sharpness(strips: Levels, width: int, degrees: float, softness: float) -> float:
    place = (np.arange(_STRIPS, dtype=np.float32) + 0.5) / _STRIPS - 0.5
    # A line that falls to the right by an angle is lifted by it again.
    shifts = -np.tan(np.radians(degrees)) * width * place
    return _sharpness(strips, shifts[:, None], softness)


def _coarse_angle(ink: Ink, step: float, softness: float) -> tuple[float, float]:
    """The best angle of so coarse steps, and the sharpness at it."""
    strips = _strips(ink)
    steps = round(MOST_SKEW_DEGREES / step)
    angles = [step * index for index in range(-steps, steps + 1)]
    scores = [_angle_sharpness(strips, ink.shape[1], angle, softness) for angle in angles]
    best = int(np.argmax(scores))
    return (angles[best], scores[best]) if scores[best] > 0 else (0.0, 0.0)


def _find_angle(ink: Ink) -> float:
    """The skew at which rows are sharpest, degrees.

    Spread far, the ink of a seal or of a block of print outweighs that of low rows of a table: then
    a search with ink spread less finds much sharper ones. Where both do about as well the page is
    bent, and its middle angle is the first's.
    """
    coarse = [_coarse_angle(ink, step, softness) for step, softness in _COARSE]
    found = {start: _refine(ink, start) if score > 0 else (0.0, 0.0) for start, score in coarse}
    (angle, score), (other, sharper) = (found[start] for start, _ in coarse)
    return other if sharper > _MUCH_SHARPER * score else angle


def _refine(ink: Ink, angle: float) -> tuple[float, float]:
    """The best angle around one, and how sharp rows are at it."""
    # Strips of an image that is nearly straight are not blurred by its own slant.
    strips = _strips(_rotate(ink, angle))
    rest = 0.0
    for softness, step, count in ((_SOFT, 0.1, 4), (_SOFTER, 0.05, 4), (_SHARP, 0.02, 4)):
        trials = [rest + step * index for index in range(-count, count + 1)]
        rest = max(trials, key=lambda a: _angle_sharpness(strips, ink.shape[1], a, softness))
    return angle + rest, _angle_sharpness(strips, ink.shape[1], rest, _SHARP)


def _rotate(ink: Ink, degrees: float) -> Ink:
    height, width = ink.shape
    matrix = cv2.getRotationMatrix2D((width / 2 - 0.5, height / 2 - 0.5), degrees, 1.0)
    return np.asarray(cv2.warpAffine(ink, matrix, (width, height)), np.uint8)


def _find_rows(ink: Ink) -> Field:
    """How far down ink must be shifted for lines of print to be straight and level."""
    return _fit_field(_strips(ink), ink.shape[0], _ROW_TERMS)


def _find_columns(ink: Ink) -> Field:
    """How far right vertical rules must be shifted to be straight and upright."""
    height, width = ink.shape
    rules = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((_RULE_PIXELS, 1), np.uint8))
    if int(rules.sum()) < _LEAST_RULE_SHARE * height * _INK_LEVELS:
        return ()
    return _fit_field(_strips(np.ascontiguousarray(rules.T)), width, _COLUMN_TERMS)


def _fit_field(strips: Levels, length: int, terms: tuple[tuple[int, int, float], ...]) -> Field:
    """Search the shifts that make ink fall into the sharpest rows, term after term.

    A term that gains too little is left out: pages are flat unless they show otherwise.
    """
    along = ((np.arange(_STRIPS, dtype=np.float32) + 0.5) / _STRIPS * 2 - 1)[:, None]
    across = ((np.arange(length, dtype=np.float32) + 0.5) / length * 2 - 1)[None, :]
    bases = [
        np.asarray(along**power * across**other, dtype=np.float32) for power, other, _ in terms
    ]
    weights = [0.0] * len(terms)
    shifts = np.zeros_like(strips)
    for reach, softness in ((1.0, _SOFTER), (0.25, _SHARP)):
        for index, (_, _, most) in enumerate(terms):
            change = _improve(strips, shifts, bases[index], reach * most, softness)
            weights[index] += change
            shifts = shifts + np.float32(change) * bases[index]
    return tuple(
        (power, other, weight)
        for (power, other, _), weight in zip(terms, weights, strict=True)
        if weight
    )


def _improve(strips: Levels, shifts: Levels, basis: Levels, reach: float, softness: float) -> float:
    """The change of one term's weight that gains most, uphill by ever finer steps."""
    start = score = _sharpness(strips, shifts, softness)
    best, step = 0.0, softness
    while step > 0.1:
        found, change = max(
            (_sharpness(strips, shifts + change * basis, softness), change)
            for change in (best - step, best + step)
        )
        if found > score and abs(change) <= reach:
            score, best = found, change
        else:
            step /= 2
    return best if score >= _LEAST_GAIN * start else 0.0


def _canvas(ink: Ink, skew: float, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Pixels (left, top, right, bottom) that hold the image's frame and, once level, its print."""
    width, height = size
    # Where ink is dense: a speck at the edge needs no room.
    inky = cv2.blur(ink, (9, 9))[::4, ::4] > _INK_LEVELS // 8
    scale = ink.shape[1] / width
    places = np.argwhere(inky)[:, ::-1] * (4 / scale)
    level = _unskew(places, -skew, width, height)
    room = _ROOM_PIXELS / scale
    left, top = np.minimum(level.min(axis=0, initial=room) - room, 0)
    right, bottom = np.maximum(level.max(axis=0, initial=0.0) + room, (width, height))
    return round(left), round(top), round(right), round(bottom)


def _shift(field: Field, along: Floats, across: Floats) -> Floats:
    total = np.zeros(along.shape)
    for power, other, weight in field:
        total += weight * along**power * across**other
    return total


def _unfold(
    points: Floats, rows: Field, columns: Field, size: tuple[int, int], scale: float
) -> Floats:
    """Straight points → points of the level image; `scale` is the small image's."""
    # Beyond the edges a polynomial runs away; nothing but margin lies there.
    aim = np.clip(points / np.array(size) * 2 - 1, -1.05, 1.05)
    place, shifts = aim, np.zeros_like(aim)
    for _ in range(2):
        x, y = place[..., 0], place[..., 1]
        shifts = np.stack([_shift(columns, y, x), _shift(rows, x, y)], axis=-1) / scale
        # Shifts are given where the ink is, not where it goes.
        place = aim - shifts / np.array(size) * 2
    return np.asarray(points - shifts)


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


def _resample(
    image: Image, unbend: Callable[[Floats], Floats], origin: Floats, size: tuple[int, int]
) -> Image:
    """Draw the upright image; its pixel (0, 0) is the point `origin`."""
    width, height = size
    # Cells of the lattice become pixels of an image that cv2 enlarges; one cell all round
    # is there for its interpolation and cut off again.
    columns, rows = (-(-length // _LATTICE_PIXELS) + 2 for length in size)
    x, y = np.meshgrid(np.arange(columns) - 0.5, np.arange(rows) - 0.5)
    places = unbend(np.stack([x, y], axis=-1) * _LATTICE_PIXELS + origin).astype(np.float32)
    wide = (columns * _LATTICE_PIXELS, rows * _LATTICE_PIXELS)
    inner = slice(_LATTICE_PIXELS, None)
    # cv2 counts from the middle of the first pixel, `unbend` from its corner.
    map_x, map_y = (
        cv2.resize(places[..., axis] - np.float32(0.5), wide)[inner, inner][:height, :width]
        for axis in (0, 1)
    )
    # Outside the scan lies paper: repeating its last pixels would draw lines there.
    paper = np.percentile(image[::16, ::16], 80, axis=(0, 1)).tolist()
    upright = cv2.remap(
        image, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=paper
    )
    return np.asarray(upright, dtype=np.uint8)
