"""Page → lines of running text: of its title for every report, of all of it when asked."""

from collections.abc import Callable, Sequence
from unicodedata import normalize

import cv2
import numpy as np

from models.types import Image, Line, Region
from pipeline.ink import binarize, without_seal
from pipeline.runs import group_lines, hull, without_specks
from pipeline.types import Box, Page, TextLine

# The title, and what a body prints above it, stand in the upper half of the first page.
_TITLE_DEPTH = 0.5
_MOST_TITLE_LINES = 10
_CHARACTER_GAP_INCH = 0.3
_LOWEST_LINE_INCH = 0.06
_MARGIN_INCH = 0.03
_TEXT_LAYER_TRUST = 0.9995

ReadLines = Callable[[Sequence[Image]], tuple[Line, ...]]
FindLines = Callable[[Image], tuple[tuple[float, float, float, float], ...]]


def layer_lines(page: Page) -> tuple[TextLine, ...]:
    """The lines of a digital page, from its text layer."""
    texts = {word.box: word.text for word in page.words}
    return tuple(
        TextLine(page.number, "".join(texts[box] for box in line), hull(line), _TEXT_LAYER_TRUST)
        for line in group_lines(list(texts))
    )


def title_lines(page: Page, regions: Sequence[Region], read: ReadLines) -> tuple[TextLine, ...]:
    """Read the first lines of a scanned page, down to its first table.

    Args:
        page: The first page, upright.
        regions: The layout detector's, pixels of `page.image`.
        read: Reads crops of one line each.
    """
    height, width = page.image.shape[:2]
    tables = [region.box[1] for region in regions if region.kind == "table"]
    depth = int(min([_TITLE_DEPTH * height, *tables]))
    ink = without_specks(binarize(without_seal(page.image[:depth]), page.dpi), page.dpi)
    gap = int(_CHARACTER_GAP_INCH * page.dpi)
    joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((3, gap), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    boxes = [
        Box(float(x), float(y), float(x + w), float(y + h))
        for x, y, w, h, _ in stats[1:]
        if h > _LOWEST_LINE_INCH * page.dpi and w < 0.98 * width and h < 0.5 * depth
    ]
    lines = [hull(line) for line in group_lines(boxes)]
    return read_lines(page, lines[:_MOST_TITLE_LINES], read)


def page_lines(page: Page, find: FindLines, read: ReadLines) -> tuple[TextLine, ...]:
    """Read all lines of a scanned page: a text detector's boxes, joined into lines."""
    lines = group_lines([Box(*box) for box in find(page.image)])
    return read_lines(page, [hull(line) for line in lines], read)


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
