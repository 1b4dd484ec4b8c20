"""Upright rules that the net misses: digits set hard against a rule hide it.

No print has straight strokes as long as several rows of a table are high, and what goes from one
level rule to another, over a third, is neither a fold nor a streak of the scanner.
"""

from typing import Final

import cv2
import numpy as np

from models.types import Grey

# Pieces of a stroke, and it in all: longer than any stroke of print, and than the side of a seal's
# ring looks straight (1.6 inches wide, 0.03 thick).
_PIECE_INCH: Final = 0.3
_LEAST_INCH: Final = 0.55
# A stroke that a rule's waver or a worn place interrupts goes on after so much.
_GAP_INCH: Final = 0.06
# From a stroke's end to the rule that it ends at.
_REACH_INCH: Final = 0.05
# Rules that it meets, its ends included.
_FEWEST_MET: Final = 3
# Of the level rules' darkness: what shines through from the other side is paler. So far around.
_LEAST_DARK: Final = 0.6
_AROUND: Final = 15


def find_long_strokes(grey: Grey, strokes: Grey, across: Grey, dpi: float) -> Grey:
    """Straight upright strokes from one level rule to another, over a third.

    Args:
        grey: The page.
        strokes: Mask of all that is darker than its surroundings.
        across: Mask of level rules.
        dpi: Pixels per inch of all.

    Returns:
        The strokes that are as dark as the level rules, as wide as they are printed.
    """
    ruled = (across > 0) & (strokes > 0)
    if not ruled.any():
        return np.zeros_like(strokes)
    darker = cv2.subtract(cv2.blur(grey, (_AROUND, _AROUND)), grey)
    least = _LEAST_DARK * float(np.median(darker[ruled]))
    long = _over_height(cv2.MORPH_OPEN, strokes, _PIECE_INCH * dpi)
    joined = _over_height(cv2.MORPH_CLOSE, long, _GAP_INCH * dpi)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    reach = round(_REACH_INCH * dpi)
    found = np.zeros_like(strokes)
    for index in range(1, count):
        left, top, width, height = (int(size) for size in stats[index, :4])
        if height < _LEAST_INCH * dpi:
            continue
        columns, rows = slice(left, left + width), slice(top, top + height)
        around = slice(max(top - reach, 0), top + height + reach)
        met = np.any(across[around, columns] > 0, axis=1)
        ends = met[: 2 * reach].any() and met[-2 * reach :].any()
        crosses = np.count_nonzero(np.diff(met, prepend=False) & met) >= _FEWEST_MET
        stroke = labels[rows, columns] == index
        if ends and crosses and np.mean(darker[rows, columns][stroke]) >= least:
            found[rows, columns][stroke] = long[rows, columns][stroke]
    return found


def _over_height(operation: int, mask: Grey, height: float) -> Grey:
    kernel = np.ones((max(round(height), 3), 1), np.uint8)
    return np.asarray(cv2.morphologyEx(mask, operation, kernel), dtype=np.uint8)
