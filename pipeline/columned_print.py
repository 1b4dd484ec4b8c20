"""Print in columns: where a table without rules may stand, told from the print alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from statistics import median
from typing import Final

import cv2
import numpy as np

from pipeline.ink import SHRUNKEN_INK, Ink, Mask
from pipeline.runs import contains, find_mask_runs, find_runs, group_lines, hull, join_close
from pipeline.types import Box, Page, Table

FEWEST_LINES: Final = 2
"""That a table without rules has, unless one is of many columns."""
FEWEST_COLUMNS: Final = 3
"""That one line at least of a table without rules has."""
PAIR: Final = 2
"""A label and one figure: such rows go on above and below those of more columns."""

# Between the rows a heading and the line under it may stand.
_BETWEEN_ROWS = 3
# No line of prose falls into so many pieces: one alone is the last row of a table.
_MANY_COLUMNS = 6
# A head's first line of figures begins within its own height under it.
_CLOSE_UNDER = 2.5
# Lines in columns; the facts that a web page sets above its text are fewer.
_SURELY_A_TABLE = 8
# Enough to see where print stands.
_COLUMNED_DPI = 100.0
# Where there are three columns and more, what parts them may be as narrow as this share of
# the print's height.
_COLUMN_SHARE = 1.5


@dataclass(frozen=True, slots=True)
class ColumnedPrint:
    """Where print stands in columns on a page.

    Attributes:
        box: Over the whole width of the page, pixels of its image.
        surely: Whether its lines are as many as only a table has.
    """

    box: Box
    surely: bool


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of print.

    Attributes:
        box: Around it.
        columns: How many it stands in.
        number: How many lines are above it.
        reaching: How many of them are more than a label, which ends before the last column.
    """

    box: Box
    columns: int
    number: int
    reaching: int


def find_columned_print(page: Page, ink: Ink, ruled: Sequence[Table]) -> tuple[ColumnedPrint, ...]:
    """Find where print outside the ruled tables stands in columns, as in a table without rules.

    Args:
        page: Upright.
        ink: Its masks.
        ruled: Its ruled tables.

    Returns:
        From top to bottom, each two such lines and more, or one in many columns, with all that
        stands between them but ruled tables.
    """
    # Scans are looked at in small: what is below is in these pixels.
    scale = 1.0 if page.kind == "digital" else min(_COLUMNED_DPI / page.dpi, 1.0)
    boxes = [_scaled(table.box, scale) for table in ruled]
    if page.kind == "digital":
        runs = _words_beside(page, ink, boxes)
    else:
        runs = find_mask_runs(_print_beside(ink.text, boxes, scale), scale * page.dpi)
    width = float(page.image.shape[1])
    found = []
    for block in _group_rows(_count_lines(group_lines(runs)), boxes):
        wide = sum(row.columns >= FEWEST_COLUMNS for row in block)
        lone_row = max(row.columns for row in block) >= _MANY_COLUMNS
        if wide >= FEWEST_LINES or lone_row or _is_under(block[0].box, boxes):
            box = Box(0.0, block[0].box.top / scale, width, block[-1].box.bottom / scale)
            found.append(ColumnedPrint(box, surely=wide >= _SURELY_A_TABLE))
    return tuple(found)


def _scaled(box: Box, scale: float) -> Box:
    return Box(scale * box.left, scale * box.top, scale * box.right, scale * box.bottom)


def _words_beside(page: Page, ink: Ink, ruled: Sequence[Box]) -> tuple[Box, ...]:
    """The words of a digital page that stand in none of its ruled tables."""
    height, width = page.image.shape[:2]
    words = find_runs(page, ink, Box(0.0, 0.0, float(width), float(height)))
    return tuple(word for word in words if not any(contains(box, word.center) for box in ruled))


def _print_beside(text: Mask, ruled: Sequence[Box], scale: float) -> Mask:
    """The shrunken mask of print, without the ruled tables, which are in its pixels."""
    shrunk = cv2.resize(text, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    beside = np.asarray(cv2.threshold(shrunk, SHRUNKEN_INK, 255, cv2.THRESH_BINARY)[1], np.uint8)
    for box in ruled:
        beside[round(box.top) : round(box.bottom) + 1, round(box.left) : round(box.right)] = 0
    return beside


def _count_lines(lines: Sequence[Sequence[Box]]) -> list[_Line]:
    """Lines of print, numbered; the strokes of 三, a line each to a mask, count as one."""
    boxes = [hull(line) for line in lines]
    columns = [len(join_close(line, _COLUMN_SHARE)) for line in lines]
    lasts = [line[-1].left for line, count in zip(lines, columns, strict=True) if count >= PAIR]
    last = median(lasts) if lasts else 0.0
    begun = [
        min(upper.bottom, lower.bottom) - max(upper.top, lower.top)
        < 0.5 * min(upper.height, lower.height)
        for upper, lower in pairwise(boxes)
    ]
    reaching = [
        new and (count > 1 or box.right >= last)
        for new, count, box in zip(begun, columns[1:], boxes[1:], strict=True)
    ]
    numbers = accumulate(begun, initial=0), accumulate(reaching, initial=0)
    return list(map(_Line, boxes, columns, *numbers))


def _group_rows(lines: Sequence[_Line], ruled: Sequence[Box]) -> list[list[_Line]]:
    """Lines that stand in columns, together as far as no ruled table parts them.

    Those of a label and one figure begin with one of more, or under a ruled table that may
    have lost its lower rules; in that case there are several.

    Args:
        lines: Of a page, from top to bottom.
        ruled: Its ruled tables, in the lines' pixels.
    """
    blocks: list[list[_Line]] = []
    last: _Line | None = None
    before: list[_Line] = []
    for line in lines:
        above = last or next(reversed(before), None)
        if above is not None and any(
            above.box.bottom <= table.center[1] <= line.box.top for table in ruled
        ):
            last, before = None, []
        wide, pair = line.columns >= FEWEST_COLUMNS, line.columns == PAIR
        if last is None and (wide or (pair and _is_under(line.box, ruled))):
            blocks.append([*_near(before, line), line])
        elif wide or (pair and last and line.number - last.number <= _BETWEEN_ROWS):
            blocks[-1].append(line)
        elif pair:
            before = [*_near(before, line), line]
            continue
        else:
            continue
        last, before = line, []
    return [block for block in blocks if len(block) > 1 or block[0].columns >= FEWEST_COLUMNS]


def _near(rows: list[_Line], line: _Line) -> list[_Line]:
    """The rows of a label and one figure that end near a line; none where they do not.

    Labels between them are of rows without a figure, or go on beside one.
    """
    return rows if rows and line.reaching - rows[-1].reaching <= _BETWEEN_ROWS else []


def _is_under(line: Box, ruled: Sequence[Box]) -> bool:
    """Whether a line is the first under a ruled table: rules may enclose its head alone."""
    gaps = [line.top - table.bottom for table in ruled]
    return any(0 < gap + line.height < _CLOSE_UNDER * line.height for gap in gaps)
