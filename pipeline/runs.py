"""Runs of print: what a reader takes in at one glance, a number or part of a label.

A run is the box of print without a gap wider than about one character. For a
digital page the runs are its words.
"""

from collections.abc import Sequence
from statistics import median

import cv2
import numpy as np

from pipeline.ink import Ink, Mask
from pipeline.types import Box, Page

# Characters of one number or label stand closer than this (0.6 em at 9 pt);
# columns of the narrowest table seen stand farther apart.
_RUN_GAP_INCH = 0.075
# A full stop at 5.7 pt measures 0.01 inch, scanner dust mostly less.
_SPECK_INCH = 0.012
# The lowest line of print, 5.7 pt, is somewhat higher.
_LOWEST_LINE_INCH = 0.07
# Of the ink of a line of pixels, so much is left between two lines that touch.
_BETWEEN_LINES = 0.2
# A dash is lower than this share of its width, and less wide than so many heights of its line;
# two of one sign stand closer than this share of their width.
_DASH_ASPECT, _DASH_EM, _DASH_GAP = 0.25, 1.5, 0.5
# A faint stroke breaks a character with a gap of so much; more is dust below it.
_BREAK_INCH = 0.02


def find_runs(page: Page, ink: Ink, region: Box, lines: Mask | None = None) -> tuple[Box, ...]:
    """Boxes of print within a region, pixels, from top to bottom.

    Args:
        page: The page, for its words and dpi.
        ink: Its masks.
        region: Pixels of the page; what reaches over its edge is cut for a scan and,
            for a digital page, taken when its centre is inside.
        lines: Mask of the page, of lines that no run of a scan crosses.
    """
    if page.kind == "digital":
        x, y = ink.words.T
        within = (region.left <= x) & (x <= region.right) & (region.top <= y) & (y <= region.bottom)
        words = (page.words[index].box for index in np.flatnonzero(within))
        return tuple(sorted(words, key=lambda box: (box.top, box.left)))
    left, top = max(int(region.left), 0), max(int(region.top), 0)
    inside = (slice(top, int(region.bottom) + 1), slice(left, int(region.right) + 1))
    crossed = None if lines is None else lines[inside]
    return find_mask_runs(ink.text[inside], page.dpi, (left, top), crossed)


def find_mask_runs(
    mask: Mask, dpi: float, corner: tuple[int, int] = (0, 0), lines: Mask | None = None
) -> tuple[Box, ...]:
    """Boxes of the print in a mask, from top to bottom.

    Args:
        mask: Print.
        dpi: Its pixels per inch.
        corner: Where it begins, left and top, in the pixels that the boxes shall be in.
        lines: Mask of the same shape, of lines that no run crosses.
    """
    if mask.size == 0:
        return ()
    print_only = without_specks(mask, dpi)
    joined = _close_gaps(print_only, dpi)
    if lines is not None:
        joined[lines > 0] = 0
    return _in_order(_boxes_of(joined, print_only, corner, dpi), dpi)


def find_cell_runs(page: Page, ink: Ink, cells: Sequence[Box]) -> tuple[tuple[Box, ...], ...]:
    """The runs of each cell of a table at once; see `find_runs`.

    Args:
        page: The page, for its words and dpi.
        ink: Its masks.
        cells: Boxes that do not overlap, pixels; no run crosses their sides.
    """
    if page.kind == "digital" or not cells:
        return tuple(find_runs(page, ink, cell) for cell in cells)
    around = hull(cells)
    left, top = max(int(around.left), 0), max(int(around.top), 0)
    window = ink.text[top : int(around.bottom) + 1, left : int(around.right) + 1]
    if window.size == 0:
        return tuple(() for _ in cells)
    print_only = without_specks(window, page.dpi)
    joined = _close_gaps(print_only, page.dpi)
    owner = np.full(window.shape, -1, np.int32)
    for index, cell in enumerate(cells):
        corner = (round(cell.left) - left, round(cell.top) - top)
        opposite = (round(cell.right) - left, round(cell.bottom) - top)
        cv2.rectangle(owner, corner, opposite, (index,), thickness=-1)
        cv2.rectangle(joined, corner, opposite, (0,), thickness=1)
    found: list[list[Box]] = [[] for _ in cells]
    height, width = window.shape
    for box in _boxes_of(joined, print_only, (left, top), page.dpi):
        x, y = box.center
        index = int(owner[min(int(y) - top, height - 1), min(int(x) - left, width - 1)])
        if index >= 0:
            found[index].append(box)
    return tuple(_in_order(boxes, page.dpi) for boxes in found)


def _close_gaps(mask: Mask, dpi: float) -> Mask:
    gap = max(int(_RUN_GAP_INCH * dpi), 3)
    return np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((3, gap))), dtype=np.uint8)


def _boxes_of(joined: Mask, print_only: Mask, corner: tuple[int, int], dpi: float) -> list[Box]:
    """Boxes of the pieces of a window, in pixels of the page; lines that touch are parted."""
    left, top = corner
    # Sides of cells are one pixel wide: a diagonal step would cross them.
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=4)
    return [
        Box(
            float(x + left),
            float(line.start + y + top),
            float(x + left + w),
            float(line.stop + y + top),
        )
        for x, y, w, h, _ in stats[1:]
        for line in _lines_within(print_only[y : y + h, x : x + w], dpi)
    ]


def _in_order(boxes: list[Box], dpi: float) -> tuple[Box, ...]:
    return tuple(sorted(_join_stacked(boxes, dpi), key=lambda box: (box.top, box.left)))


def _lines_within(mask: Mask, dpi: float) -> list[slice]:
    """The lines of one piece of print, parted where hardly any ink is between two of them."""
    height, width = mask.shape
    whole = [slice(0, height)]
    lowest = int(_LOWEST_LINE_INCH * dpi)
    if height <= 2 * lowest or width < height:
        return whole
    inked = (mask > 0).sum(axis=1)
    inner = inked[lowest : height - lowest]
    cut = lowest + int(inner.argmin())
    if inked[cut] > _BETWEEN_LINES * inked.mean():
        return whole
    lower = _lines_within(mask[cut:], dpi)
    upper = _lines_within(mask[:cut], dpi)
    return [*upper, *(slice(line.start + cut, line.stop + cut) for line in lower)]


def without_specks(mask: Mask, dpi: float) -> Mask:
    """Remove components too small to be a printed mark."""
    limit = _SPECK_INCH * dpi
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    keep = np.zeros(count, dtype=np.uint8)
    keep[1:][(stats[1:, 2] > limit) | (stats[1:, 3] > limit)] = 255
    return np.asarray(cv2.bitwise_and(mask, keep[labels]), dtype=np.uint8)


def contains(region: Box, point: tuple[float, float]) -> bool:
    """Whether a point lies in a box of the same unit."""
    return region.left <= point[0] <= region.right and region.top <= point[1] <= region.bottom


def hull(boxes: Sequence[Box]) -> Box:
    """The smallest box around one or more boxes."""
    return Box(
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )


def group_lines(runs: Sequence[Box]) -> tuple[tuple[Box, ...], ...]:
    """Runs that stand side by side, each line from left to right, lines downwards."""
    lines: list[list[Box]] = []
    for run in sorted(runs, key=lambda box: box.center[1]):
        line = lines[-1] if lines else None
        if line is not None and _side_by_side(run, line):
            line.append(run)
        else:
            lines.append([run])
    return tuple(tuple(sorted(line, key=lambda box: box.left)) for line in lines)


def _side_by_side(run: Box, line: Sequence[Box]) -> bool:
    """Whether a run shares most of its height with most of a line's, not with a taller few."""
    top, bottom = median(box.top for box in line), median(box.bottom for box in line)
    shared = min(run.bottom, bottom) - max(run.top, top)
    return shared > 0.5 * min(run.height, bottom - top)


def _join_stacked(boxes: list[Box], dpi: float) -> list[Box]:
    """Join pieces that one character left apart: one above the other, or within."""
    joined: list[Box] = []
    for box in sorted(boxes, key=lambda box: box.height, reverse=True):
        for index, other in enumerate(joined):
            if _is_within(box, other) or _is_broken_off(box, other, dpi):
                joined[index] = hull((box, other))
                break
        else:
            joined.append(box)
    return joined


def _is_within(box: Box, other: Box) -> bool:
    """Whether a piece stands at the height of a taller one, and in its breadth."""
    beside = min(box.right, other.right) - max(box.left, other.left)
    within = min(box.bottom, other.bottom) - max(box.top, other.top)
    return beside > 0 and within > 0.5 * box.height


def _is_broken_off(box: Box, other: Box, dpi: float) -> bool:
    """Whether two pieces nearly touch and are no higher together than one line is."""
    beside = min(box.right, other.right) - max(box.left, other.left)
    gap = max(box.top, other.top) - min(box.bottom, other.bottom)
    near = gap <= _BREAK_INCH * dpi and hull((box, other)).height < 2 * _LOWEST_LINE_INCH * dpi
    return near and beside > 0.5 * max(box.width, other.width)


def join_close(line: Sequence[Box], share: float) -> list[tuple[Box, ...]]:
    """Runs of a line that stand closer than a share of their height, joined.

    Dashes have next to none: the line's counts at least. On a line of many, two that nearly touch
    are one sign.
    """
    cells: list[tuple[Box, ...]] = []
    least = median(run.height for run in line) if line else 0.0
    widest_dash = _DASH_EM * max((run.height for run in line), default=0.0)

    def is_dash(run: Box) -> bool:
        return run.height < _DASH_ASPECT * run.width and run.width < widest_dash

    for run in line:
        last = cells[-1][-1] if cells else None
        near = False
        if last is not None:
            gap = run.left - last.right
            near = gap < share * max(run.height, last.height, least)
            if is_dash(run) and is_dash(last):
                near |= gap < _DASH_GAP * min(run.width, last.width)
        if near:
            cells[-1] += (run,)
        else:
            cells.append((run,))
    return cells
