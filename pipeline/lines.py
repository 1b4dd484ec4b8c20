"""Page → lines of running text: title and table caption always, all of it when asked."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from unicodedata import normalize

import cv2
import numpy as np

from models.types import Image, ReadLines
from pipeline.ink import Ink, Mask, binarize, find_seal, without_seal
from pipeline.runs import contains, find_runs, group_lines, hull
from pipeline.trust import LAYER_TRUST
from pipeline.types import Box, Page, Table, TextLine, Word

# The title, and what a body prints above it, stand in the upper half of the first page.
_TITLE_DEPTH = 0.5
_MOST_TITLE_LINES = 8
# A line that takes so much of the page's width is prose or a web page's facts; the first few
# say whose report it is and of which year once more.
_PROSE_SHARE, _LINES_OF_PROSE = 0.7, 3
# Title, year and 填报单位 of the statistics form stand within four lines of 16 pt print
# and their leading above its table.
_CAPTION_INCH = 1.3
_MOST_CAPTION_LINES = 4
# Prose takes most of a line and says nothing there; reading it would take most of the time.
_WIDEST_CAPTION_SHARE = 0.6
# The first print of an unruled table may be its caption, which then is within it.
_UNRULED_CAPTION_INCH = 0.9
# Rules waver by less.
_RULE_INCH = 0.03
_LOWEST_LINE_INCH = 0.06
_MARGIN_INCH = 0.03
# Of running text the reader is surer; what is below is a grey seal or a stain.
_LEAST_SURE = 0.6

FindLines = Callable[[Image], tuple[tuple[float, float, float, float], ...]]


def layer_lines(page: Page) -> tuple[TextLine, ...]:
    """The lines of a digital page, from its text layer."""
    words = {_at_full_height(word): word for word in page.words}
    lines = ([words[box] for box in line] for line in group_lines(list(words)))
    return tuple(
        TextLine(
            page.number,
            "".join(word.text for word in line),
            hull([word.box for word in line]),
            LAYER_TRUST,
        )
        for line in lines
    )


def _at_full_height(word: Word) -> Box:
    """A word's box, as high as its characters are wide: 一 is flat, and the 、 behind it low."""
    box, middle = word.box, word.box.center[1]
    half = max(box.height, box.width / len(word.text)) / 2
    return replace(box, top=middle - half, bottom=middle + half)


def title_lines(
    page: Page, ink: Ink, tables: Sequence[Table], read: ReadLines
) -> tuple[TextLine, ...]:
    """Read the first lines of a scanned page, down to its first table.

    Args:
        page: The first page, upright.
        ink: Its masks.
        tables: Found on it; one without rules may be its title.
        read: Reads crops of one line each.
    """
    height = page.image.shape[0]
    depth = min([_TITLE_DEPTH * height, *(table.box.top for table in tables if table.ruled)])
    lines = _print_lines(page, ink, 0.0, depth)[:_MOST_TITLE_LINES]
    width = page.image.shape[1]
    prose = [at for at, box in enumerate(lines) if box.width > _PROSE_SHARE * width]
    end = prose[_LINES_OF_PROSE] if len(prose) > _LINES_OF_PROSE else len(lines)
    return read_lines(page, lines[:end], read)


def caption_lines(
    page: Page, ink: Ink, table: Table, above: Sequence[TextLine], read: ReadLines
) -> tuple[TextLine, ...]:
    """Read the lines of a scanned page right above a table: whose it is may stand there.

    Args:
        page: The table's, upright.
        ink: Its masks.
        table: Found on it.
        above: Lines of the page that were read already, which are not read again.
        read: Reads crops of one line each.
    """
    top = max([table.box.top - _CAPTION_INCH * page.dpi, *(line.box.bottom for line in above)])
    below = -_RULE_INCH if table.ruled else _UNRULED_CAPTION_INCH
    bottom = table.box.top + below * page.dpi
    width = page.image.shape[1]
    lines = [
        box
        for box in _print_lines(page, ink, max(top, 0.0), bottom)
        if box.width < _WIDEST_CAPTION_SHARE * width
    ]
    return read_lines(page, lines[-_MOST_CAPTION_LINES:], read)


def _print_lines(page: Page, ink: Ink, top: float, bottom: float) -> list[Box]:
    """Boxes of the lines of print between two heights of a page."""
    lowest = _LOWEST_LINE_INCH * page.dpi
    if bottom - top < lowest:
        return []
    width = float(page.image.shape[1])
    lines = group_lines(find_runs(page, ink, Box(0.0, top, width, bottom)))
    boxes = [hull(line) for line in lines]
    return [box for box in boxes if box.height > lowest and box.height < 0.5 * (bottom - top)]


def page_lines(
    page: Page, tables: Sequence[Table], find: FindLines, read: ReadLines
) -> tuple[TextLine, ...]:
    """Read the running text of a scanned page: a text detector's boxes, joined into lines.

    Red ink is paled first, so that what goes round in a seal is no text; what ruled tables
    hold is left to the readers of cells, but for their first rows: a heading close above a
    table may have been taken for one.
    """
    paled = replace(page, image=np.repeat(without_seal(page.image)[:, :, None], 3, axis=2))
    seal, ink = find_seal(page.image), binarize(paled.image[:, :, 0], page.dpi)
    ruled = [
        replace(table.box, top=table.second_row_top)
        for table in tables
        if table.ruled and table.rows > 1
    ]
    boxes = [
        box
        for box in (Box(*found) for found in find(paled.image))
        if not any(contains(table, box.center) for table in ruled) and not _is_seal(box, seal, ink)
    ]
    lines = read_lines(paled, [hull(line) for line in group_lines(boxes)], read)
    return tuple(line for line in lines if line.probability > _LEAST_SURE)


def _is_seal(box: Box, seal: Mask, ink: Mask) -> bool:
    """Whether most of the ink in a box is red: a letter of a seal, not print under one."""
    window = (slice(int(box.top), int(box.bottom) + 1), slice(int(box.left), int(box.right) + 1))
    red = np.count_nonzero(seal[window])
    black = np.count_nonzero(cv2.bitwise_and(ink[window], cv2.bitwise_not(seal[window])))
    return bool(red > black)


def read_lines(page: Page, boxes: Sequence[Box], read: ReadLines) -> tuple[TextLine, ...]:
    """Read lines of known place, pixels of the page."""
    margin = int(_MARGIN_INCH * page.dpi)
    crops = []
    for box in boxes:
        top, left = max(int(box.top) - margin, 0), max(int(box.left) - margin, 0)
        crops.append(page.image[top : int(box.bottom) + margin, left : int(box.right) + margin])
    return tuple(
        TextLine(page.number, normalize("NFKC", line.text).strip(), box, line.probability)
        for box, line in zip(boxes, read(crops), strict=True)
        if line.text.strip()
    )
