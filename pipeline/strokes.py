"""Marks that are one straight stroke: the dash and the slash of "nothing reported".

A text recogniser trained on words takes a lone slash for a 1 or a 7 and a lone dash for
nothing. Their shape leaves no doubt, so shape decides.
"""

import numpy as np

from pipeline.ink import Mask

# A hyphen of 12 pt print is shorter than this, a dash of 7.5 pt print longer.
_DASH_INCH = 0.07
# A stroke's ink keeps this close to its middle line, as a share of its length.
_STRAIGHT = 0.09
# Sideways run of a slash per its height; italic ones stay under 0.35.
_SLASH_SLOPE = (0.2, 1.1)
_SLASH_HEIGHT_INCH = 0.07
_FLAT = 0.35


def read_stroke(mask: Mask, dpi: float) -> str | None:
    """Tell a dash or a slash by its shape.

    Args:
        mask: The ink of one mark, uint8 (height, width), trimmed to it.
        dpi: Its pixels per inch.

    Returns:
        "—", "-", "/", or None when the mark is anything else.
    """
    y, x = np.nonzero(mask)
    if len(y) < 4:
        return None
    height, width = mask.shape
    if height <= _FLAT * width and height <= 0.06 * dpi:
        filled = len(np.unique(x)) >= 0.85 * width
        return None if not filled else ("—" if width >= _DASH_INCH * dpi else "-")
    if height < _SLASH_HEIGHT_INCH * dpi:
        return None
    slope, start = np.polyfit(y, x, 1)
    run = -slope
    spread = float(np.abs(x - (slope * y + start)).max())
    straight = spread <= max(_STRAIGHT * height, 0.011 * dpi) + 1
    return "/" if straight and _SLASH_SLOPE[0] <= run <= _SLASH_SLOPE[1] else None
