"""A page's pixels sorted into print, ruling lines and seal.

Everything here is masks: uint8 of shape (height, width), 255 where the ink is.
Lengths are given in inches and turned into pixels by the page's dpi, so that
nothing depends on how finely a page was scanned.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.segmentation import Segments
from models.types import Image
from pipeline.long_strokes import find_long_strokes
from pipeline.types import Page

Mask = NDArray[np.uint8]
Segment = Callable[[Mask, float], Segments]

# A red pixel is a seal's when its red stands this far above green and blue;
# grey paper, black print and yellowed edges stay well below.
RED_EXCESS = 40
# A pixel of a shrunken mask, of 255, is ink when about a quarter of what it stands for is.
SHRUNKEN_INK = 62
# Darker than the local mean by this much is ink (of 255): faint photocopied rules
# reach 15, paper grain and JPEG ringing stay under 10.
_INK_CONTRAST = 12
_THRESHOLD_WINDOW_INCH = 0.16
# Of 255. A line that the net half believes in is drawn: what bounds no cell is left out
# when the lattice is built; print that it doubts is kept.
_LIKELY_LINE = 110
_LIKELY_PRINT = 90
# Strokes outside print are shorter on pages without seal or pen, at any level of damage.
_FOREIGN_INCH = 0.1
# Fine enough to see them.
_FOREIGN_DPI = 100.0
# As thick as a rule gets, and a little askew.
_THIN_INCH = 0.03
# Print reaches this far beyond what the net, at 100 dpi, takes for it.
_PRINT_REACH_INCH = 0.012
# So far office printers do not reach (4 mm): a line there is the sheet's edge. Where a table was
# cut out that close, the ends of its other lines close it.
_EDGE_INCH = 0.16
# Within a character the net may doubt a pale stroke; lines of print stand farther apart.
_GAP_INCH = 0.04


@dataclass(frozen=True, slots=True, eq=False)
class Ink:
    """The masks of one page.

    Attributes:
        text: Print without ruling lines.
        horizontal: Horizontal ruling lines.
        vertical: Vertical ruling lines.
        strokes: All that is darker than its surroundings: print, rules, pens and specks.
        foreign: Ink that is neither print nor rule: coloured, or strokes of a seal or pen.
        words: float64 (words, 2): the middles of the page's words, x and y in pixels.
        exact: Whether the lines are those that a PDF draws, and not what a net takes for them.
    """

    text: Mask
    horizontal: Mask
    vertical: Mask
    strokes: Mask
    foreign: Mask
    words: NDArray[np.float64]
    exact: bool


def separate_ink(page: Page, segment: Segment) -> Ink:
    """Sort the ink of an upright page.

    A digital page's ruling lines are drawn from `page.rules` and its text from
    `page.words`, so that what follows need not know where a page came from.

    Args:
        page: Upright.
        segment: Tells print and the lines between cells of a grey page, given its dpi.
    """
    if page.kind == "digital":
        return _ink_of_layer(page)
    grey = without_seal(page.image)
    found = segment(grey, page.dpi)
    horizontal = _off_the_edge(_over(found.horizontal, _LIKELY_LINE), page.dpi)
    vertical = _off_the_edge(_over(found.vertical, _LIKELY_LINE).T, page.dpi).T
    strokes = binarize(grey, page.dpi)
    reach = max(round(_PRINT_REACH_INCH * page.dpi), 1)
    near_print = cv2.dilate(_over(found.print, _LIKELY_PRINT), np.ones((2 * reach + 1,) * 2))
    gap = np.ones((round(_GAP_INCH * page.dpi) | 1, 1))
    near_print = cv2.morphologyEx(near_print, cv2.MORPH_CLOSE, gap)
    lines = cv2.dilate(cv2.bitwise_or(horizontal, vertical), np.ones((5, 5)))
    known = np.asarray(cv2.bitwise_or(near_print, lines), np.uint8)
    foreign = np.maximum(find_seal(page.image), _find_foreign(strokes, known, page.dpi))
    own = np.where(foreign, np.uint8(0), strokes)
    vertical = np.maximum(vertical, find_long_strokes(grey, own, horizontal, page.dpi))
    ruled = np.maximum(horizontal, vertical)
    text = cv2.bitwise_and(cv2.bitwise_and(strokes, near_print), cv2.bitwise_not(ruled))
    return Ink(
        text=np.asarray(text, np.uint8),
        horizontal=horizontal,
        vertical=vertical,
        strokes=strokes,
        foreign=foreign,
        words=_middles(page),
        exact=False,
    )


def _find_foreign(strokes: Mask, known: Mask, dpi: float) -> Mask:
    """Strokes that are neither print nor rules: of a seal that was copied black, of a pen.

    Specks are smaller, and what is long, straight and thin is a rule that the net missed.
    """
    left = cv2.bitwise_and(strokes, cv2.bitwise_not(known))
    scale = min(_FOREIGN_DPI / dpi, 1.0)
    small = cv2.resize(left, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    _, small = cv2.threshold(small, 127, 255, cv2.THRESH_BINARY)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(small, connectivity=8)
    sizes = stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]] / (scale * dpi)
    keeps = (sizes.max(axis=1) > _FOREIGN_INCH) & (sizes.min(axis=1) > _THIN_INCH)
    keeps[0] = False
    found = np.where(keeps[labels], np.uint8(255), np.uint8(0))
    return np.asarray(
        cv2.resize(found, left.shape[::-1], interpolation=cv2.INTER_NEAREST), np.uint8
    )


def _off_the_edge(level: Mask, dpi: float) -> Mask:
    """Level lines without those where the sheet itself ends, above or below."""
    margin = round(_EDGE_INCH * dpi)
    kept = level.copy()
    kept[:margin] = kept[len(kept) - margin :] = 0
    return kept


def _over(chances: Mask, limit: int) -> Mask:
    return np.asarray(cv2.threshold(chances, limit, 255, cv2.THRESH_BINARY)[1], dtype=np.uint8)


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
    rules = np.asarray(cv2.bitwise_or(horizontal, vertical), dtype=np.uint8)
    seal = find_seal(page.image)
    return Ink(text, horizontal, vertical, rules, seal, _middles(page), exact=True)


def _middles(page: Page) -> NDArray[np.float64]:
    return np.array([word.box.center for word in page.words], dtype=np.float64).reshape(-1, 2)
