"""Document → upright pages, one at a time."""

from collections.abc import Iterator

import numpy as np
import pypdfium2
from numpy.typing import NDArray

from models.types import FindOrientation, ReadLines
from pipeline.documents import Document, Raster, draw_pdf, image_raster, load_pdf_page, pdf_dpi
from pipeline.text_layer import TextLayer, may_have_layer, read_layer
from pipeline.types import Box, Mesh, Page, PageKind, Rule, Word
from pipeline.upright import (
    Upright,
    lines_run_across,
    mesh_of,
    straighten,
    turn_upright,
)

# A digital page is drawn to be compared with its words, and to show seals.
_DIGITAL_DPI = 100.0
# For a page without a scan whose text layer is not believed.
_REDRAW_DPI = 200.0
# The net gives 0.8 and more to right answers on every page with some lines of print, and up to
# 0.86 to wrong ones on pages of 1-bit print and near-empty ones; lines tell these from those.
_SURE_ORIENTATION, _LIKELY_ORIENTATION = 0.9, 0.8
# So much more like rows than like columns, or less, lines run one way clearly: the rules of a table
# on a page that was squashed look 3.6 times as much like columns.
_CLEAR_LINES = 5.0
# And so much more say something at all, where the net knows nothing: a page with one row of a
# table and a label written downwards looks like columns by a fifth.
_TELLING_LINES = 1.5


def read_pages(
    document: Document, find_orientation: FindOrientation, read_lines: ReadLines | None = None
) -> Iterator[Page]:
    """Draw, judge and straighten the pages of a document in order.

    Only one page is in memory at a time.

    Args:
        document: Open.
        find_orientation: From a page to the quarter turn by which it is turned, in degrees
            clockwise, and its probability.
        read_lines: Reads a few words of each font of a text layer from its pixels, as a
            trial of its characters; None believes every font that looks Chinese.

    Raises:
        ReportError: A page is damaged or too large.
    """
    turn: int | None = None
    proven: frozenset[str] = frozenset()
    for number in range(1, document.page_count + 1):
        if document.pdf is not None:
            stored = load_pdf_page(document.pdf, number)
            found = _read_digital(document, stored, number, proven, read_lines)
            if found is not None:
                digital, proven = found
                yield digital
                continue
            raster = _redraw(document, stored, number)
        else:
            raster = image_raster(document, number)
        turn = _find_turn(raster, find_orientation, turn)
        upright = straighten(raster.image, raster.dpi, turn)
        yield _as_page(number, "scanned", raster, upright, (), ())


def _find_turn(raster: Raster, find_orientation: FindOrientation, before: int | None) -> int:
    """The quarter turn of a page, `before` being that of the page before it, if there is one.

    The net is believed where it is sure, or no lines of print clearly run the other way. What it is
    unsure of stands where the page before, fed the same way, was turned so too, and where it is
    believed of the page once that is turned upright; and so does what it is believed to say of
    the page once that is turned as the one before. Otherwise lines of print tell upright from
    sideways, where there are enough of them, and the page before the rest.
    """
    found, probability = find_orientation(raster.image)
    if probability >= _SURE_ORIENTATION or found == before:
        return found
    across = lines_run_across(raster.image, raster.dpi)
    sideways = across < 1

    def believed(turn: int, probability: float) -> bool:
        clear = not 1 / _CLEAR_LINES < across < _CLEAR_LINES
        against = clear and _is_sideways(turn) != sideways
        return probability >= (_SURE_ORIENTATION if against else _LIKELY_ORIENTATION)

    if believed(found, probability):
        return found
    if found != 0:
        again, probability = find_orientation(turn_upright(raster.image, found).image)
        if again == 0 and believed(found, probability):
            return found
    if before:
        again, probability = find_orientation(turn_upright(raster.image, before).image)
        turn = (before + again) % 360
        if believed(turn, probability):
            return turn
    told = not 1 / _TELLING_LINES < across < _TELLING_LINES
    for turn in (before or 0, found):
        if not told or _is_sideways(turn) == sideways:
            return turn
    again, _ = find_orientation(np.ascontiguousarray(np.rot90(raster.image)))
    turn = (again + 90) % 360
    return turn if _is_sideways(turn) == sideways else 90 * sideways


def _is_sideways(turn: int) -> bool:
    return turn in (90, 270)


_STEPS = np.linspace(0.0, 1.0, 5)
# A grid of points in a box of size 1: its sides may be bent on the page as stored.
_AROUND = np.stack(np.meshgrid(_STEPS, _STEPS), axis=-1).reshape(-1, 2)


def map_box(mesh: Mesh, box: Box) -> Box:
    """The upright rectangle on the page as stored, points, around a box of its image."""
    corner = np.array([box.left, box.top])
    points = _interpolate(mesh, corner + _AROUND * np.array([box.width, box.height]))
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    return Box(float(left), float(top), float(right), float(bottom))


def _interpolate(mesh: Mesh, points: NDArray[np.float64]) -> NDArray[np.float64]:
    nodes = mesh.nodes
    rows, columns = nodes.shape[:2]
    x = np.clip(points[:, 0] / mesh.width * (columns - 1), 0, columns - 1)
    y = np.clip(points[:, 1] / mesh.height * (rows - 1), 0, rows - 1)
    j = np.minimum(x.astype(int), columns - 2)
    i = np.minimum(y.astype(int), rows - 2)
    across, down = (x - j)[:, None], (y - i)[:, None]
    upper = nodes[i, j] * (1 - across) + nodes[i, j + 1] * across
    lower = nodes[i + 1, j] * (1 - across) + nodes[i + 1, j + 1] * across
    return np.asarray(upper * (1 - down) + lower * down)


def _read_digital(
    document: Document,
    stored: pypdfium2.PdfPage,
    number: int,
    proven: frozenset[str],
    read_lines: ReadLines | None,
) -> tuple[Page, frozenset[str]] | None:
    """A born-digital page and the fonts proven by now; None when it is a scan.

    A page whose text is not to be believed counts as a scan too.
    """
    pdf_dpi(stored, document.limits, number, _DIGITAL_DPI)
    if not may_have_layer(stored):
        return None
    image = draw_pdf(stored, _DIGITAL_DPI, document.limits, number)
    layer = read_layer(stored, image, _DIGITAL_DPI, proven, read_lines)
    if layer is None:
        return None
    raster = Raster(image, _DIGITAL_DPI)
    upright = turn_upright(image, layer.turn)
    words = tuple(Word(word.text, _turn_box(word.box, layer, raster)) for word in layer.words)
    rules = tuple(
        Rule(_turn_box(rule.box, layer, raster), rule.horizontal ^ (layer.turn in (90, 270)))
        for rule in layer.rules
    )
    return _as_page(number, "digital", raster, upright, words, rules), layer.fonts


def _turn_box(box: Box, layer: TextLayer, raster: Raster) -> Box:
    height, width = raster.image.shape[:2]
    if layer.turn == 90:
        return Box(box.top, width - box.right, box.bottom, width - box.left)
    if layer.turn == 180:
        return Box(width - box.right, height - box.bottom, width - box.left, height - box.top)
    if layer.turn == 270:
        return Box(height - box.bottom, box.left, height - box.top, box.right)
    return box


def _redraw(document: Document, stored: pypdfium2.PdfPage, number: int) -> Raster:
    dpi = pdf_dpi(stored, document.limits, number, _REDRAW_DPI)
    return Raster(draw_pdf(stored, dpi, document.limits, number), dpi)


def _as_page(
    number: int,
    kind: PageKind,
    raster: Raster,
    upright: Upright,
    words: tuple[Word, ...],
    rules: tuple[Rule, ...],
) -> Page:
    height, width = raster.image.shape[:2]
    scale = 72 / raster.dpi
    return Page(
        number=number,
        width=width * scale,
        height=height * scale,
        kind=kind,
        image=upright.image,
        dpi=raster.dpi,
        rotation=upright.turn,
        skew_degrees=upright.skew_degrees,
        words=words,
        rules=rules,
        mesh=mesh_of(upright, (scale, scale)),
    )
