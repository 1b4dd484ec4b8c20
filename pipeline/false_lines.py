"""Lines that a net draws where none is printed, told by the ink under them."""

from collections.abc import Sequence
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.ink import Mask

# Rows so low hold the smallest print; a table that is crowded has several.
_CROWDED_INCH, _FEWEST_LEVELS = 0.14, 4
# So far from the middle of its ink a rule has paper along most of it, a column of small digits
# ink; print that begins beside a rule goes on farther away, a digit ends.
_OFF_INCH, _BESIDE_INCH, _FARTHER_INCH = 0.035, 0.02, 0.05
_MOST_BESIDE, _GOES_ON = 0.3, 0.3
# A rule that digits are set hard against is inked along 0.69 of its middle and more, and along
# 0.81 of some line beside the net's; zeros are hollow, and the sides of digits bend.
_SOLID, _STRAIGHT = 0.65, 0.8
# Pieces of one line are no farther apart.
_PIECES_INCH = 1.0
# Level lines have ink over this share of what they have where they have most, or else they go on
# over blank paper; so much paper is looked at together.
_ON_PAPER, _WINDOW_INCH = 0.3, 0.3
# Less paper than that is a margin, or a cell at the side.
_LEAST_BLANK_INCH = 0.5

Indices: TypeAlias = NDArray[np.int64]


def within_print(across: Mask, strokes: Mask, text: Mask, dpi: float) -> Mask:
    """Level lines without what goes on over blank paper beside a table.

    A narrow table looks to the net as if it went on over the width of the sheet.

    Args:
        across: Level lines of a table.
        strokes: All that is darker than its surroundings.
        text: Print.
        dpi: Pixels per inch of all.
    """
    near = cv2.dilate(strokes, np.ones((3, 3), np.uint8)) > 0
    on_ink = (across > 0) & near
    window = np.ones(round(_WINDOW_INCH * dpi))
    drawn, inked = (
        np.convolve(np.count_nonzero(mask, axis=0), window, mode="same")
        for mask in (across, on_ink)
    )
    shares = inked / np.maximum(drawn, 1)
    ruled = on_ink.any(axis=0) & (shares >= _ON_PAPER * np.quantile(shares, 0.9))
    columns = np.flatnonzero(ruled | text.any(axis=0))
    if columns.size == 0:
        return across
    kept = across.copy()
    least = _LEAST_BLANK_INCH * dpi
    if columns[0] > least:
        kept[:, : columns[0]] = 0
    if across.shape[1] - columns[-1] > least:
        kept[:, columns[-1] + 1 :] = 0
    return kept


def without_digits(
    down: Mask, across: Mask, levels: Sequence[float], strokes: Mask, dpi: float
) -> Mask:
    """Upright lines without those that are digits one above the other.

    Where rows are hardly higher than print, a column of zeros looks like a line to the net; and
    like such a column a rule that digits are set hard against.

    Args:
        down: Upright lines of a table.
        across: Level ones.
        levels: Where these run, pixels from the top.
        strokes: All that is darker than its surroundings.
        dpi: Pixels per inch of all.
    """
    if len(levels) < _FEWEST_LEVELS or np.median(np.diff(levels)) > _CROWDED_INCH * dpi:
        return down
    whole = np.ones((round(_PIECES_INCH * dpi), 1), np.uint8)
    joined = cv2.morphologyEx(down, cv2.MORPH_CLOSE, whole)
    count, labels = cv2.connectedComponents(joined, connectivity=8)
    between = cv2.dilate(across, np.ones((5, 1), np.uint8)) == 0
    lines, ys, xs = _trace(np.asarray(labels, np.int64), (down > 0) & between)
    lengths = np.maximum(np.bincount(lines, minlength=count), 1)
    margin = round((_OFF_INCH + _FARTHER_INCH) * dpi) + 2
    ink = np.pad(strokes, ((0, 0), (margin, margin))) > 0
    # The net's line may run beside the ink.
    off = np.arange(-round(_OFF_INCH * dpi), round(_OFF_INCH * dpi) + 1)
    near = ink[ys[:, None], margin + xs[:, None] + off]
    along = np.stack([np.bincount(lines, weights=at, minlength=count) for at in near.T])
    xs = margin + xs + np.round(near @ off / np.maximum(near.sum(axis=1), 1)).astype(int)

    def inked(inch: float) -> NDArray[np.float64]:
        """Of each line, the share beside which there is ink on either side."""
        aside = round(inch * dpi)
        either = near.any(axis=1) & (ink[ys, xs - aside] | ink[ys, xs + aside])
        return np.asarray(np.bincount(lines, weights=either, minlength=count) / lengths)

    beside = inked(_BESIDE_INCH)
    alone = (beside > _MOST_BESIDE) & (inked(_FARTHER_INCH) < _GOES_ON * beside)
    solid = (inked(0) >= _SOLID) & (along.max(axis=0) >= _STRAIGHT * lengths)
    digits = alone & ~solid
    return np.where(digits[labels], np.uint8(0), down)


def _trace(labels: Indices, shown: NDArray[np.bool_]) -> tuple[Indices, Indices, Indices]:
    """Lines, each row of pixels by itself: whose it is, its y, and the x of its middle."""
    ys, xs = np.nonzero(shown)
    height = len(labels)
    rows, index, counts = np.unique(
        labels[ys, xs] * height + ys, return_inverse=True, return_counts=True
    )
    middles = np.round(np.bincount(index, weights=xs) / counts).astype(np.int64)
    return rows // height, rows % height, middles
