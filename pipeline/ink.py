"""A page's pixels sorted into print, ruling lines and seal.

Everything here is masks: uint8 of shape (height, width), 255 where the ink is.
Lengths are given in inches and turned into pixels by the page's dpi, so that
nothing depends on how finely a page was scanned.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.types import Image
from pipeline.types import Page

Mask = NDArray[np.uint8]

# A red pixel is a seal's when its red stands this far above green and blue;
# grey paper, black print and yellowed edges stay well below.
RED_EXCESS = 40
# Darker than the local mean by this much is ink (of 255): faint photocopied rules
# reach 15, paper grain and JPEG ringing stay under 10.
_INK_CONTRAST = 12
_THRESHOLD_WINDOW_INCH = 0.16
# Longer than the widest stroke of 12 pt type, shorter than the narrowest column.
_HORIZONTAL_RULE_INCH = 0.22
_VERTICAL_RULE_INCH = 0.13
_RULE_GAP_INCH = 0.04


@dataclass(frozen=True, slots=True, eq=False)
class Ink:
    """The masks of one page.

    Attributes:
        text: Print without ruling lines.
        horizontal: Horizontal ruling lines.
        vertical: Vertical ruling lines.
        seal: Coloured ink that is not print.
        words: float64 (words, 2): the middles of the page's words, x and y in pixels.
    """

    text: Mask
    horizontal: Mask
    vertical: Mask
    seal: Mask
    words: NDArray[np.float64]


def separate_ink(page: Page) -> Ink:
    """Sort the ink of an upright page.

    A digital page's ruling lines are drawn from `page.rules` and its text from
    `page.words`, so that what follows need not know where a page came from.
    """
    if page.kind == "digital":
        return _ink_of_layer(page)
    seal = find_seal(page.image)
    ink = binarize(without_seal(page.image), page.dpi)
    horizontal = _find_lines(ink, page.dpi, _HORIZONTAL_RULE_INCH, horizontal=True)
    vertical = _find_lines(ink, page.dpi, _VERTICAL_RULE_INCH, horizontal=False)
    vertical = _drop_strokes(vertical, horizontal, page.dpi)
    grown = cv2.dilate(cv2.bitwise_or(horizontal, vertical), np.ones((3, 3), np.uint8))
    text = np.where(grown > 0, np.uint8(0), ink)
    return Ink(text, horizontal, vertical, seal, _middles(page))


def find_seal(image: Image) -> Mask:
    """Red ink: 255 where red stands out from both other channels."""
    red, green, blue = cv2.split(image)
    excess = cv2.subtract(red, cv2.max(green, blue))
    return np.asarray(cv2.threshold(excess, RED_EXCESS, 255, cv2.THRESH_BINARY)[1], dtype=np.uint8)


def without_seal(image: Image) -> Mask:
    """Grey values in which red ink is as light as paper: the red channel.

    Black print under a red seal is dark in all three channels and stays.
    """
    return np.ascontiguousarray(image[:, :, 0])


def binarize(grey: Mask, dpi: float) -> Mask:
    """Ink against the mean of its surroundings, so that bands and shadows vanish."""
    window = max(int(_THRESHOLD_WINDOW_INCH * dpi), 7) | 1
    return np.asarray(
        cv2.adaptiveThreshold(
            grey,
            255,
            cv2.ADAPTIVE_THRESH_MEAN_C,
            cv2.THRESH_BINARY_INV,
            window,
            _INK_CONTRAST,
        ),
        dtype=np.uint8,
    )


def _find_lines(ink: Mask, dpi: float, length_inch: float, *, horizontal: bool) -> Mask:
    """Runs of ink at least this long, small gaps bridged and a pixel of waver allowed."""
    length, gap = int(length_inch * dpi), max(int(_RULE_GAP_INCH * dpi), 3)
    along = (lambda n: (n, 1)) if horizontal else (lambda n: (1, n))
    across = (1, 3) if horizontal else (3, 1)
    thick = cv2.dilate(ink, np.ones(across[::-1], np.uint8))
    opened = cv2.morphologyEx(
        thick,
        cv2.MORPH_OPEN,
        cv2.getStructuringElement(cv2.MORPH_RECT, along(length // 2)),
    )
    bridged = cv2.morphologyEx(
        opened, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_RECT, along(gap))
    )
    lines = cv2.morphologyEx(
        bridged,
        cv2.MORPH_OPEN,
        cv2.getStructuringElement(cv2.MORPH_RECT, along(length)),
    )
    return np.asarray(lines, dtype=np.uint8)


def _drop_strokes(vertical: Mask, horizontal: Mask, dpi: float) -> Mask:
    """Remove vertical runs that are strokes of letters: short, and between no two rules."""
    reach = max(int(0.03 * dpi), 3)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(vertical, connectivity=8)
    near = cv2.dilate(horizontal, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)) > 0
    rules = vertical.copy()
    for index, (left, top, width, length, _) in enumerate(stats):
        if index == 0 or length > 0.5 * dpi:
            continue
        window = (slice(top, top + length), slice(left, left + width))
        touched = np.flatnonzero(near[window].any(axis=1))
        if len(touched) == 0 or touched[-1] - touched[0] <= 2 * reach:
            rules[window][labels[window] == index] = 0
    return rules


def _ink_of_layer(page: Page) -> Ink:
    height, width = page.image.shape[:2]
    horizontal, vertical, text = (np.zeros((height, width), np.uint8) for _ in range(3))
    for rule in page.rules:
        box = rule.box
        first = (round(box.left), round((box.top + box.bottom) / 2))
        last = (round(box.right), round((box.top + box.bottom) / 2))
        if not rule.horizontal:
            first = (round((box.left + box.right) / 2), round(box.top))
            last = (round((box.left + box.right) / 2), round(box.bottom))
        cv2.line(horizontal if rule.horizontal else vertical, first, last, (255,), thickness=3)
    for word in page.words:
        corner = (round(word.box.left), round(word.box.top))
        opposite = (round(word.box.right), round(word.box.bottom))
        cv2.rectangle(text, corner, opposite, (255,), thickness=-1)
    return Ink(text, horizontal, vertical, find_seal(page.image), _middles(page))


def _middles(page: Page) -> NDArray[np.float64]:
    return np.array([word.box.center for word in page.words], dtype=np.float64).reshape(-1, 2)
