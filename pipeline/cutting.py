"""Cells → the pixels that the reader of numbers gets of each.

A number stands in its cell as the others of its table stand in theirs: where a seal or a pen
hides which print is the number's, they say how high it is and where.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from models.digits import UsualPrint, Window, crop_window, cut
from pipeline.ink import Mask
from pipeline.runs import group_lines, hull, join_close
from pipeline.types import Box, Cell, Table

# Remnants of rules beside print are lower than this share of its height.
_LOWEST_LINE_SHARE = 0.4
# 75394432.52元 in 14 pt print; what is wider is a label.
_WIDEST_NUMBER_INCH = 1.6
# Columns without rules stand farther apart.
_ROOM_INCH = 0.08
# Five digits of 10.5 pt: most of what is no wider is a number. The lowest digits have 5.7 pt.
_NARROW_INCH, _LOWEST_INCH = 0.5, 0.045
# Print so much lower or higher than most is none of the digits.
_LIKE_MOST: Final = (0.75, 1.3)
# Of a number's height: digits of one number stand closer, also where a point is lost.
_APART_SHARE = 0.8
# Also of its height: a digit is no narrower, and two are wider, with the space around them.
_DIGIT_WIDTH, _WIDEST_GAP = 0.3, 1.5
# Two em dashes of one sign stand nearer than digits are high, and no other print so near.
_DASH_REACH, _DASH_GAP, _PAPER_SHARE = 3.0, 0.3, 0.7
# Fewer say nothing of the others.
_FEWEST_IN_TABLE, _FEWEST_IN_ROW = 6, 2


def cut_numbers(grey: Mask, table: Table, dpi: float) -> tuple[Mask | None, ...]:
    """Cut what the reader of numbers gets, in the order of `table.cells`.

    Args:
        grey: The page, its seals paled.
        table: Its boxes are pixels of the page.
        dpi: Pixels per inch.

    Returns:
        A crop per cell; None for one that is too wide or too high for a number.
    """
    printed = [lines_of(cell) for cell in table.cells]
    return tuple(
        cut_number(grey, room_of(cell, table, dpi), lines, dpi, usual)
        if _may_be_number(cell, lines, dpi)
        else None
        for cell, lines, usual in zip(
            table.cells, printed, find_usual_print(table, dpi), strict=True
        )
    )


def cut_number(
    grey: Mask, room: Box, lines: Sequence[Box], dpi: float, usual: UsualPrint | None
) -> Mask:
    """Cut what the reader of numbers gets of some lines of print."""
    windows = [_window(line) for line in lines]
    return cut(grey, crop_window(_window(room), windows, dpi, usual))


def find_usual_print(table: Table, dpi: float) -> tuple[UsualPrint | None, ...]:
    """Where each cell's number would stand if it stood as the others of its row.

    Returns:
        In the order of `table.cells`; None for all where rules do not say what a cell is, or
        too few numbers were found.
    """
    nothing = (None,) * len(table.cells)
    lone = [
        (cell, line)
        for cell in table.cells
        if table.ruled and not cell.touched
        for line in _lone_line(cell, dpi)
    ]
    if len(lone) < _FEWEST_IN_TABLE:
        return nothing
    height = median(line.height for _, line in lone)
    low, high = (share * height for share in _LIKE_MOST)
    lifts: dict[int, list[float]] = defaultdict(list)
    for cell, line in lone:
        if low <= line.height <= high and cell.row_span == 1:
            lifts[cell.row].append(line.center[1] - cell.box.center[1])
    if not lifts:
        return nothing
    anywhere = median(lift for some in lifts.values() for lift in some)
    known = {row: median(some) for row, some in lifts.items() if len(some) >= _FEWEST_IN_ROW}
    return tuple(
        UsualPrint(
            cell.box.center[1] + (known.get(cell.row, anywhere) if cell.row_span == 1 else 0.0),
            height,
        )
        for cell in table.cells
    )


def _lone_line(cell: Cell, dpi: float) -> list[Box]:
    """The print of a cell if it may well be one number."""
    lines = lines_of(cell)
    alone = len(lines) == 1 and lines[0].width < _NARROW_INCH * dpi
    return lines if alone and lines[0].height >= _LOWEST_INCH * dpi else []


def lines_of(cell: Cell) -> list[Box]:
    """The lines of print in a cell; what is much lower than the rest is not print."""
    lines = [hull(line) for line in group_lines(cell.runs)]
    tallest = max((line.height for line in lines), default=0.0)
    return [line for line in lines if line.height >= _LOWEST_LINE_SHARE * tallest]


def part_cell(grey: Mask, cell: Cell) -> tuple[Cell, ...]:
    """Cut a cell between numbers that stand side by side, farther apart than digits do.

    Args:
        grey: The page.
        cell: One that may have lost a rule.

    Returns:
        The parts from left to right; the cell alone where its print is one piece.
    """
    lines = group_lines(cell.runs)
    if len(lines) != 1:
        return (cell,)
    pieces: list[tuple[Box, ...]] = []
    for piece in join_close(lines[0], _APART_SHARE):
        if pieces and _holds_digit(grey, cell, pieces[-1][-1], piece[0]):
            pieces[-1] = (*pieces[-1], *piece)
        else:
            pieces.append(piece)
    if len(pieces) == 1:
        return (cell,)
    cuts = [(left[-1].right + right[0].left) / 2 for left, right in pairwise(pieces)]
    sides = pairwise((cell.box.left, *cuts, cell.box.right))
    return tuple(
        replace(cell, box=Box(left, cell.box.top, right, cell.box.bottom), runs=piece)
        for (left, right), piece in zip(sides, pieces, strict=True)
    )


def _holds_digit(grey: Mask, cell: Cell, left: Box, right: Box) -> bool:
    """Whether a digit between two pieces of print was not taken for print."""
    if right.left - left.right > _WIDEST_GAP * left.height:
        return False
    rows = slice(round(min(left.top, right.top)), round(max(left.bottom, right.bottom)) + 1)
    start = round(cell.box.left)
    dark = _dark_columns(grey[rows, start : round(cell.box.right) + 1])
    between = dark[round(left.right) + 1 - start : round(right.left) - start]
    # The remnant of a rule is narrower.
    return float(between.sum()) > _DIGIT_WIDTH * left.height


def _dark_columns(band: Mask) -> NDArray[np.bool_]:
    """Which columns of a strip of the page have print in them."""
    if band.size == 0:
        return np.zeros(band.shape[1], dtype=bool)
    darkest = band.min(axis=0).astype(np.float64)
    return np.asarray(darkest < (np.quantile(darkest, _PAPER_SHARE) + darkest.min()) / 2)


def room_of(cell: Cell, table: Table, dpi: float) -> Box:
    """A cell's box; where no rules bound it, its print and the paper around."""
    room = 0.0 if table.ruled else _ROOM_INCH * dpi
    box = cell.box
    return Box(box.left - room, box.top - room, box.right + room, box.bottom + room)


def measure_dash(grey: Mask, dash: Box, digit_height: float) -> float:
    """How long a dash is, pixels: what was taken for a rule of it is measured along.

    Args:
        grey: The page.
        dash: The piece of it that was taken for print.
        digit_height: Pixels; of what is printed beside a dash nothing is so near.
    """
    reach = round(_DASH_REACH * digit_height)
    left = max(round(dash.left) - reach, 0)
    band = grey[round(dash.top) : round(dash.bottom) + 1, left : round(dash.right) + reach]
    if band.size == 0:
        return dash.width
    dark = _dark_columns(band)
    gap = max(round(_DASH_GAP * digit_height), 1)
    joined = ndimage.binary_closing(np.pad(dark, gap), np.ones(gap))[gap:-gap]
    pieces, count = ndimage.label(joined)
    middle = round(dash.center[0]) - left
    if count == 0 or not 0 <= middle < len(pieces) or pieces[middle] == 0:
        return dash.width
    return float((pieces == pieces[middle]).sum())


def _may_be_number(cell: Cell, lines: Sequence[Box], dpi: float) -> bool:
    """Whether a number may be all that is printed there, but for a seal's strokes."""
    narrow = len(lines) < 2 and all(line.width < _WIDEST_NUMBER_INCH * dpi for line in lines)
    return narrow or (cell.touched and cell.box.width < _WIDEST_NUMBER_INCH * dpi)


def _window(box: Box) -> Window:
    return box.left, box.top, box.right, box.bottom
