"""Masks of lines → where tables stand on a page, and the lines that are printed there.

A net proposes lines wherever cells part; here it is told which of them have ink, and
where one table ends and the next begins.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import DisjointSet

from models.types import Image
from pipeline.false_lines import within_print, without_digits
from pipeline.ink import Ink, Mask

# Two lines closer than this are one doubled line; the lowest row of the smallest
# print seen (5.7 pt) is twice as high.
SAME_LINE_INCH: Final = 0.045
# A rule is longer than a stroke of bold print.
SHORTEST_LINE_INCH: Final = 0.35
# Of the lines between columns, how much more has ink than of the paper beside them: 0.25 and
# more where rules were printed, however faded, and 0.02 and less where there were none.
_LEAST_PRINTED = 0.1
# From here on rules are whole, and a line is where ink is; from there on only worn, and a line
# without any ink is none. Below, most ink is gone and the net is believed.
_WHOLE, _WORN = 0.6, 0.4
_LEAST_INKED = 0.12
# Where all rules are pale, one that is a little paler has less than that; one without any ink has
# this share of what is usual there.
_LEAST_OF_USUAL = 0.15
# Gaps that a copier left in a rule are bridged, and what is shorter then is a speck.
_BRIDGE_INCH, _PIECE_INCH = 0.12, 0.1
# So far beside a rule is paper.
_ASIDE_INCH = 0.03
# Width and height: one row of a few narrow columns, which a table may run over to the next page.
_SMALLEST_TABLE_INCH = (1.0, 0.12)
# So much of the lower one's height stand pieces of one table beside each other.
_SIDE_BY_SIDE = 0.5
# Between two tables there is room for a line of print at least.
_GAP_INCH = 0.12
# A side drawn over this share of its height closes a row.
_CLOSED_SHARE = 0.5
# A line of so many pixels at this resolution, this much darker than around it (of 255), with
# breaks of so many pixels. On the real samples prose pages have 5 at most so, table pages 7
# and more until damage is heavy.
_GLANCE_DPI, _GLANCE_CONTRAST, _GLANCE_GAP, _GLANCE_LINE = 75, 12, 5, 110

Indices: TypeAlias = NDArray[np.int64]
Window: TypeAlias = tuple[slice, slice]
"""Rows and columns of pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """The lines of one table.

    Attributes:
        left: Where the masks begin on the page, pixels.
        top: The same.
        horizontal: Its level lines.
        vertical: Its upright lines.
    """

    left: int
    top: int
    horizontal: Mask
    vertical: Mask


def count_level_lines(image: Image, dpi: float) -> int:
    """How many long level lines a page seems to have, in a hundredth of a second.

    Lines of dense print count too now and then.

    Args:
        image: RGB uint8 (height, width, 3), upright.
        dpi: Its pixels per inch.
    """
    scale = min(_GLANCE_DPI / dpi, 1.0)
    grey = cv2.resize(image[:, :, 0], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    darker = cv2.subtract(cv2.blur(grey, (15, 15)), grey)
    dark = cv2.threshold(darker, _GLANCE_CONTRAST, 1, cv2.THRESH_BINARY)[1]
    joined = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, np.ones((1, _GLANCE_GAP), np.uint8))
    long = cv2.erode(joined, np.ones((1, _GLANCE_LINE), np.uint8))
    rows = np.max(long, axis=1).astype(np.int8)
    return int(np.count_nonzero(np.diff(rows) > 0))


def find_rules(ink: Ink, dpi: float) -> Iterator[Rules]:
    """The printed lines of each ruled table of a page.

    Args:
        ink: The page's masks.
        dpi: Their pixels per inch.

    Yields:
        One table each, unordered; frames of pages and of print among them.
    """
    for window, horizontal, vertical in _printed_lines(ink, dpi):
        top, left = (side.start for side in window)
        for part in _stacked(horizontal, vertical, ink.strokes[window], dpi):
            across, down = horizontal[part], vertical[part]
            if across.size == 0:
                continue
            kept = _within_levels(across, down, dpi), _within_ends(across, dpi)
            if across[kept].size:
                rows, columns = kept
                corner = left + columns.start, top + part.start + rows.start
                yield Rules(*corner, across[kept], down[kept])


def _hang_together(
    horizontal: Mask, vertical: Mask, dpi: float, *, beside: bool = False
) -> Iterator[tuple[Window, Mask, Mask]]:
    """Where lines hang together and enclose enough: the window and its own lines in it.

    With `beside`, pieces that stand side by side are one.
    """
    reach = max(int(SAME_LINE_INCH * dpi), 3)
    joined = cv2.dilate(cv2.bitwise_or(horizontal, vertical), np.ones((reach, reach)))
    _, labels, found, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    corners, extents = np.asarray(found[:, :2], np.int64), np.asarray(found[:, 2:4], np.int64)
    large = np.all(extents >= np.multiply(_SMALLEST_TABLE_INCH, dpi), axis=1)
    large[0] = False
    tops, bottoms = corners[:, 1], corners[:, 1] + extents[:, 1]
    table = _side_by_side(tops, bottoms, large) if beside else np.arange(len(large))
    for index in np.unique(table[large]):
        pieces = table == index
        left, top = (int(end) for end in corners[pieces].min(axis=0))
        right, bottom = (int(end) for end in (corners + extents)[pieces].max(axis=0))
        window = (slice(top, bottom), slice(left, right))
        # The edge of the sheet may run around a whole page: its tables are no part of it.
        mine = labels[window]
        others = large[mine] & (table[mine] != index)
        nothing = np.uint8(0)
        yield (
            window,
            np.where(others, nothing, horizontal[window]),
            np.where(others, nothing, vertical[window]),
        )


def _side_by_side(tops: Indices, bottoms: Indices, large: NDArray[np.bool_]) -> Indices:
    """One number per piece, equal where most of the lower one's rows are the other's, too."""
    tables = DisjointSet(range(len(large)))
    heights = bottoms - tops
    for one, other in combinations(np.flatnonzero(large).tolist(), 2):
        shared = min(bottoms[one], bottoms[other]) - max(tops[one], tops[other])
        if shared > _SIDE_BY_SIDE * min(heights[one], heights[other]):
            tables.merge(one, other)
    return np.asarray([tables[index] for index in range(len(large))], dtype=np.int64)


def _printed_lines(ink: Ink, dpi: float) -> Iterator[tuple[Window, Mask, Mask]]:
    """Lines of tables that have rules, without lines that have none.

    What parts the cells of a table that was printed without rules is not among them. Where so
    much of the rules is worn away that pieces are left, the net still says what belongs together.
    """
    if ink.exact:
        yield from _hang_together(ink.horizontal, ink.vertical, dpi)
        return
    for window, level, drawn in _hang_together(ink.horizontal, ink.vertical, dpi):
        strokes = ink.strokes[window]
        across = within_print(level, strokes, ink.text[window], dpi)
        levels = find_positions(across, SAME_LINE_INCH * dpi, SHORTEST_LINE_INCH * dpi, axis=1)
        down = without_digits(drawn, across, levels, strokes, dpi)
        aside = round(_ASIDE_INCH * dpi)
        printed = _printed_share(down, ink, window, aside, axis=1)
        if printed < _LEAST_PRINTED:
            continue
        if min(printed, _printed_share(across, ink, window, aside, axis=0)) >= _WHOLE:
            across = _where_inked(across, strokes, dpi, axis=1)
            down = _where_inked(down, strokes, dpi, axis=0)
        elif printed >= _WORN:
            across, down = (_without_inkless(lines, strokes) for lines in (across, down))
        for (rows, columns), level_lines, upright_lines in _hang_together(
            across, down, dpi, beside=True
        ):
            yield _within(window, rows, columns), level_lines, upright_lines


def _within(window: Window, rows: slice, columns: slice) -> Window:
    """A part of a window, on the page."""
    top, left = (side.start for side in window)
    return (
        slice(top + rows.start, top + rows.stop),
        slice(left + columns.start, left + columns.stop),
    )


def _printed_share(lines: Mask, ink: Ink, window: Window, aside: int, *, axis: int) -> float:
    """How much more of some lines has ink than of the paper beside them, 0 to 1."""
    wide = cv2.dilate(ink.strokes[window], np.ones((3, 3), np.uint8))
    strokes = cv2.bitwise_and(wide, cv2.bitwise_not(ink.text[window])) > 0
    near = cv2.dilate(lines, np.ones((5, 5), np.uint8)) > 0
    beside = np.roll(lines > 0, max(aside, 4), axis=axis) & ~near
    if not lines.any() or not beside.any():
        return 0.0
    return float(strokes[lines > 0].mean() - strokes[beside].mean())


def _where_inked(lines: Mask, strokes: Mask, dpi: float, *, axis: int) -> Mask:
    """Lines where there is ink under them, gaps bridged."""
    kept = cv2.bitwise_and(lines, cv2.dilate(strokes, np.ones((3, 3), np.uint8)))
    for operation, inch in ((cv2.MORPH_CLOSE, _BRIDGE_INCH), (cv2.MORPH_OPEN, _PIECE_INCH)):
        length = max(round(inch * dpi), 3)
        kernel = np.ones((1, length) if axis == 1 else (length, 1), np.uint8)
        kept = cv2.morphologyEx(kept, operation, kernel)
    return np.asarray(kept, dtype=np.uint8)


def _without_inkless(lines: Mask, strokes: Mask) -> Mask:
    """Lines without those that have hardly any ink under the whole of them."""
    near = cv2.dilate(strokes, np.ones((3, 3), np.uint8)) > 0
    count, labels, stats, _ = cv2.connectedComponentsWithStats(lines, connectivity=8)
    inked = np.bincount(labels.ravel(), weights=near.ravel(), minlength=count)
    shares = inked / np.maximum(stats[:, 4], 1)
    usual = float(np.median(shares[1:])) if count > 1 else 0.0
    drop = shares < min(_LEAST_INKED, _LEAST_OF_USUAL * usual)
    drop[0] = False
    return np.where(drop[labels], np.uint8(0), lines)


def _stacked(horizontal: Mask, vertical: Mask, strokes: Mask, dpi: float) -> Iterator[slice]:
    """Rows of pixels that hold one table each, where upright lines run on into the next.

    Two tables part where no upright line stands between two level ones, or only one side's:
    a heading inside a table is closed on both.
    """
    tolerance = max(SAME_LINE_INCH * dpi, 3.0)
    ys = find_positions(horizontal, tolerance, SHORTEST_LINE_INCH * dpi, axis=1)
    left, right = _ends_of(horizontal, ys, tolerance)
    near = np.asarray(cv2.dilate(strokes, np.ones((3, 3), np.uint8)), dtype=np.uint8)
    start = 0
    for upper, lower in pairwise(ys):
        rows = slice(round(upper + tolerance), round(lower - tolerance) + 1)
        if lower - upper < max(_GAP_INCH * dpi, 2 * tolerance):
            continue
        sides = (band_of(side, 1.5 * tolerance) for side in (left, right))
        closed = all(_is_drawn(vertical[rows, side], near[rows, side]) for side in sides)
        within = vertical[rows, round(left + 2 * tolerance) : round(right - 2 * tolerance)]
        if not closed and not _crosses(within):
            yield slice(start, rows.start)
            start = rows.stop
    yield slice(start, horizontal.shape[0])


def _ends_of(horizontal: Mask, ys: Sequence[float], tolerance: float) -> tuple[float, float]:
    """The farthest left and right that two level lines reach: one may run on into a stroke."""
    starts, stops = [0], [horizontal.shape[1] - 1]
    for y in ys:
        columns = np.flatnonzero(np.any(horizontal[band_of(y, tolerance)] > 0, axis=0))
        if columns.size:
            starts.append(int(columns[0]))
            stops.append(int(columns[-1]))
    left, right = sorted(starts[1:] or starts), sorted(stops[1:] or stops, reverse=True)
    # The second farthest of each; of one line alone that one.
    first, last = (ends[1] if len(ends) > 1 else ends[0] for ends in (left, right))
    return float(first), float(last)


def _within_ends(horizontal: Mask, dpi: float) -> slice:
    """Columns of pixels without what a pen stroke adds to one line."""
    tolerance = max(SAME_LINE_INCH * dpi, 3.0)
    ys = find_positions(horizontal, tolerance, SHORTEST_LINE_INCH * dpi, axis=1)
    left, right = _ends_of(horizontal, ys, tolerance)
    return slice(max(round(left - 2 * tolerance), 0), round(right + 2 * tolerance) + 1)


def _within_levels(horizontal: Mask, vertical: Mask, dpi: float) -> slice:
    """Rows of pixels as far as the level lines go, and beyond as far as most upright ones.

    Where a table is open above or below, what is printed at the sheet's edge would be in its row.
    """
    tolerance = max(SAME_LINE_INCH * dpi, 3.0)
    shortest = SHORTEST_LINE_INCH * dpi
    ys = _find_drawn(horizontal, tolerance, shortest, axis=1)
    ends = []
    for x in _find_drawn(vertical, tolerance, shortest, axis=0):
        rows = np.flatnonzero(np.any(vertical[:, band_of(x, tolerance)] > 0, axis=1))
        ends.append((int(rows[0]), int(rows[-1])))
    height = vertical.shape[0]
    if not ys or not ends:
        return slice(0, height)
    first, last = ys[0] - tolerance, ys[-1] + tolerance
    tops = sorted(top for top, _ in ends if top <= ys[0] + tolerance)
    bottoms = sorted(bottom for _, bottom in ends if bottom >= ys[-1] - tolerance)
    first = min(first, tops[len(tops) // 2]) if tops else 0
    last = max(last, bottoms[(len(bottoms) - 1) // 2]) if bottoms else height
    return slice(max(round(first), 0), round(last) + 1)


def _is_drawn(upright: Mask, near_ink: Mask) -> bool:
    """Whether an upright line goes all the way, with ink under it."""
    line = upright > 0
    through = float(line.any(axis=1).mean())
    return through >= _CLOSED_SHARE and float((near_ink[line] > 0).mean()) >= _LEAST_INKED


def _crosses(upright: Mask) -> bool:
    """Whether some upright line goes through a window from top to bottom."""
    if upright.shape[1] == 0:
        return False
    wide = cv2.dilate(upright, np.ones((1, 3), np.uint8))
    return float((wide > 0).mean(axis=0).max()) >= _CLOSED_SHARE


def find_positions(lines: Mask, tolerance: float, shortest: float, *, axis: int) -> list[float]:
    """Where the lines run, clustered; the outermost also where the other lines end.

    Lines of one position that are shorter together than `shortest` are strokes of print.
    """
    extent = lines.shape[1 - axis]
    found = _find_drawn(lines, tolerance, shortest, axis=axis)
    if not found or found[0] > 2.5 * tolerance:
        found.insert(0, 0.0)
    if found[-1] < extent - 2.5 * tolerance:
        found.append(float(extent - 1))
    return found


def _find_drawn(lines: Mask, tolerance: float, shortest: float, *, axis: int) -> list[float]:
    _, _, stats, _ = cv2.connectedComponentsWithStats(lines, connectivity=8)
    start, size, length = (1, 3, 2) if axis == 1 else (0, 2, 3)
    pieces = sorted((float(s[start] + s[size] / 2), float(s[length])) for s in stats[1:])
    clusters: list[list[tuple[float, float]]] = []
    for piece in pieces:
        if clusters and piece[0] - clusters[-1][-1][0] < tolerance:
            clusters[-1].append(piece)
        else:
            clusters.append([piece])
    return [
        sum(position * weight for position, weight in cluster) / sum(w for _, w in cluster)
        for cluster in clusters
        if sum(weight for _, weight in cluster) >= shortest
    ]


def band_of(position: float, tolerance: float) -> slice:
    """The pixels on both sides of a position, as far as the tolerance reaches."""
    return slice(max(round(position - tolerance), 0), round(position + tolerance) + 1)
