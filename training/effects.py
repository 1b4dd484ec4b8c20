"""What printing, handling and scanning do to the pixels of a page.

Each effect is a plain function of an image and a strength that leaves everything where it
is. Pages are RGB, uint8 (height, width, 3). All work on whole bytes and coarse fields: a
page has to take a fraction of a second.
"""

from statistics import NormalDist
from typing import Final

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from models.types import Image
from training.pens import write_scrawl

Grey = NDArray[np.uint8]
Colour = tuple[int, int, int]

SEALS: Final[tuple[Colour, ...]] = ((205, 40, 45), (190, 60, 70), (60, 60, 62))
"""Seals as they are stamped, and as a copier leaves them."""

# A bell curve in 256 equally likely steps: turns random bytes into noise.
_BELL: Final = np.array([NormalDist().inv_cdf((step + 0.5) / 256) for step in range(256)])
# Shorter dark runs belong to print: the longest stroke of a heading is a quarter inch.
_RULE_INCHES: Final = 0.3


def break_rules(page: Image, share: float, left: float, dpi: float, rng: Generator) -> Image:
    """Ruling lines keep only a part of their ink in this share of their stretches.

    Args:
        page: Before any other effect: rules have to be dark and straight.
        share: Of all stretches, 0 to 1.
        left: Part of the ink that stays in a faint stretch, 0 to 1.
        dpi: Of the page.
        rng: Says which stretches.
    """
    if share <= 0:
        return page
    darkest = cv2.min(cv2.min(page[:, :, 0], page[:, :, 1]), page[:, :, 2])
    dark = np.where(np.asarray(darkest) < 150, np.uint8(255), np.uint8(0))
    height, width = dark.shape
    faint = np.zeros_like(dark)
    run = max(int(_RULE_INCHES * dpi), 3)
    for size, cells in (((run, 1), (14, 70)), ((1, run), (20, 50))):
        kernel = cv2.getStructuringElement(cv2.MORPH_RECT, size)
        lines = cv2.dilate(
            cv2.morphologyEx(dark, cv2.MORPH_OPEN, kernel), np.ones((3, 3), np.uint8)
        )
        across, down = cells if size[1] == 1 else (cells[1], cells[0] * 2)
        chosen = (rng.random((down, across)) < share).astype(np.uint8) * 255
        stretches = cv2.resize(chosen, (width, height), interpolation=cv2.INTER_NEAREST)
        faint |= np.asarray(cv2.bitwise_and(lines, stretches), np.uint8)
    broken = page.copy()
    where = faint > 0
    broken[where] = (255 - (255 - page[where]) * np.float32(left)).astype(np.uint8)
    return broken


def fade_print(page: Image, most: float, least: float, rng: Generator) -> Image:
    """Toner runs low: print loses between the least and the most of its darkness."""
    kept = _field(page, 9, 1 - most, 1 - least, rng)
    return _inverted(cv2.multiply(_inverted(page), _spread(kept), scale=1 / 255))


def bleed_through(page: Image, back: Image, strength: float, rng: Generator) -> Image:
    """The back of the sheet, a page of the same size, shows: mirrored, soft and pale."""
    if strength <= 0:
        return page
    behind = cv2.GaussianBlur(back[:, ::-1], (0, 0), 1.6)
    behind = np.roll(behind, int(rng.integers(page.shape[0])), axis=0)
    return _image(cv2.subtract(page, cv2.convertScaleAbs(_inverted(behind), alpha=strength)))


def light_unevenly(page: Image, darkest: float, paper: Colour, rng: Generator) -> Image:
    """Print the page on paper of this colour and light it unevenly."""
    light = _spread(_field(page, 3, 1 - darkest, 1.0, rng))
    sheet = cv2.multiply(light, np.array((*paper, 0), np.float64), scale=1 / 255)
    return _image(cv2.multiply(page, sheet, scale=1 / 255))


def fold(page: Image, strength: float, rng: Generator) -> Image:
    """The shadow of a crease across the whole sheet."""
    if strength <= 0:
        return page
    height, width = page.shape[:2]
    upright = bool(rng.random() < 0.5)
    length = width if upright else height
    away = np.arange(length) - rng.uniform(0.15, 0.85) * length
    reach = length * 0.02
    dark = np.where(away > 0, np.exp(-away / reach), np.exp(away / (reach * 0.15)))
    line = np.rint(255 * (1 - strength * dark)).astype(np.uint8)
    shade = np.broadcast_to(line[None, :] if upright else line[:, None], (height, width))
    return _image(cv2.multiply(page, _spread(np.ascontiguousarray(shade)), scale=1 / 255))


def punch(page: Image, holes: int, dpi: float, rng: Generator) -> Image:
    """Holes for filing along one long side, black as the lid behind them."""
    if not holes:
        return page
    height, width = page.shape[:2]
    punched = page.copy()
    inset = int(rng.uniform(0.25, 0.45) * dpi)
    x = inset if rng.random() < 0.8 else width - inset
    gap = height / (holes + 1)
    for place in range(1, holes + 1):
        center = (x, int(place * gap))
        cv2.circle(punched, center, int(0.115 * dpi), (28, 28, 28), -1, cv2.LINE_AA)
    return punched


def stain(page: Image, strength: float, rng: Generator) -> Image:
    """A dried drop: brownish, darker at its rim."""
    if strength <= 0:
        return page
    height, width = page.shape[:2]
    ink = np.full_like(page, 255)
    center = (int(rng.integers(width)), int(rng.integers(height)))
    radius = int(rng.uniform(0.03, 0.12) * width)
    tone = tuple(int(255 - strength * part) for part in (90, 120, 170))
    rim = tuple(int(255 - strength * 1.6 * part) for part in (90, 120, 150))
    cv2.circle(ink, center, radius, tone, -1, cv2.LINE_AA)
    cv2.circle(ink, center, radius, rim, max(radius // 25, 1), cv2.LINE_AA)
    return _image(cv2.multiply(page, cv2.blur(ink, (5, 5)), scale=1 / 255))


def press_seal(page: Image, dpi: float, rng: Generator) -> Image:
    """A round seal with a star somewhere on the page, see-through and unevenly inked."""
    height, width = page.shape[:2]
    ink = np.full_like(page, 255)
    colour = SEALS[int(rng.choice(len(SEALS), p=(0.6, 0.25, 0.15)))]
    radius = int(rng.uniform(0.65, 0.85) * dpi)
    x, y = int(rng.uniform(0.25, 0.8) * width), int(rng.uniform(0.2, 0.85) * height)
    cv2.circle(ink, (x, y), radius, colour, max(radius // 20, 2), cv2.LINE_AA)
    tips = np.arange(10)
    reach = radius * np.where(tips % 2 == 0, 0.3, 0.115)
    star = np.stack((x + reach * np.sin(tips * np.pi / 5), y - reach * np.cos(tips * np.pi / 5)))
    cv2.fillPoly(ink, [star.T.astype(np.int32)], colour, cv2.LINE_AA)
    for angle in np.linspace(-2.2, 2.2, int(rng.integers(7, 15))):
        at = np.array((x + 0.78 * radius * np.sin(angle), y - 0.78 * radius * np.cos(angle)))
        write_scrawl(ink, at, radius * 0.13, colour, rng)
    pale = _field(page, 25, 0.0, float(rng.uniform(0.2, 0.7)), rng)
    ink = np.asarray(cv2.max(ink, _spread(pale)), np.uint8)
    return _image(cv2.multiply(page, ink, scale=1 / 255))


def add_noise(page: Image, sigma: float, rng: Generator) -> Image:
    """Sensor noise, alike in all channels, grey levels."""
    if sigma <= 0:
        return page
    steps = np.clip(np.rint(_BELL * sigma), -127, 127).astype(np.int8)
    count = page.shape[0] * page.shape[1]
    grain = steps[np.frombuffer(rng.bytes(count), np.uint8)].reshape(page.shape[:2])
    return _image(cv2.add(page, cv2.merge([grain] * 3), dtype=cv2.CV_8U))


def sprinkle(page: Image, pepper: float, salt: float, rng: Generator) -> Image:
    """Dark and white specks of one or two pixels; strengths are shares of all pixels."""
    height, width = page.shape[:2]
    dirty = page.copy()
    for share, low, high in ((pepper, 20, 130), (salt, 235, 256)):
        count = int(share * height * width)
        y, x = rng.integers(height - 1, size=count), rng.integers(width - 1, size=count)
        tone = rng.integers(low, high, size=(count, 1))
        dirty[y, x] = tone
        half = count // 3
        dirty[y[:half] + 1, x[:half]] = tone[:half]
        dirty[y[:half], x[:half] + 1] = tone[:half]
    return dirty


def store(page: Image, quality: int) -> Image:
    """What is left after JPEG at this quality, 0 to 100."""
    _, stored = cv2.imencode(".jpg", page, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return _image(cv2.imdecode(stored, cv2.IMREAD_COLOR))


def rescale_twice(page: Image, factor: float) -> Image:
    """Shrink by this factor and enlarge again, as a second scanner's driver does."""
    height, width = page.shape[:2]
    small = cv2.resize(page, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return _image(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC))


def _field(page: Image, humps: int, low: float, high: float, rng: Generator) -> Grey:
    """A smooth random field from low to high, 0 to 1, as bytes; humps across the width."""
    height, width = page.shape[:2]
    coarse = rng.random((max(humps * height // width, 2), max(humps, 2)), dtype=np.float32)
    spread = np.clip((coarse - 0.5) * 1.3 + 0.5, 0, 1) * (high - low) + low
    step = np.rint(spread * 255).astype(np.uint8)
    return np.asarray(cv2.resize(step, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def _spread(grey: Grey) -> Image:
    return _image(cv2.merge([grey] * 3))


def _inverted(page: object) -> Image:
    return _image(cv2.bitwise_not(np.asarray(page, np.uint8)))


def _image(values: object) -> Image:
    return np.asarray(values, dtype=np.uint8)
