"""A PDF page's own words and ruling lines, and whether they agree with its pixels."""

import ctypes
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium_c
from numpy.typing import NDArray

from models.types import Image, ReadLines
from pipeline.ink import RED_EXCESS, find_seal
from pipeline.trust import find_lying_font, is_garbled, lies_on_ink
from pipeline.types import Box, Rule, Word
from pipeline.values import normalise_text

# A gap wider than this share of the print's height parts two words.
_WORD_GAP_SHARE = 0.6
# Thinner than this is a line and not an area, in points; Word draws rules up to 2.25 pt.
_LINE_POINTS = 2.6
# A row of the smallest print is higher.
_SHORTEST_RULE_POINTS = 4.0
# Names of fonts have at most 127 bytes (ISO 32000-1, Annex C); more is cut off.
_FONT_NAME_BYTES = 256
# Images that cover more of the page than this are scans or pictures of tables; seals and
# emblems are smaller.
_LARGE_IMAGE_SHARE = 0.15
# Scans are also stored in strips, each of them small: so much of the page in all.
_ALL_IMAGES_SHARE = 0.5
# A page number has fewer; what is on such a page says nothing of the layer.
_FEWEST_CHARACTERS = 10
# The halves of UTF-16 that stand for one rarer character together: the first, the second.
_HIGH, _LOW, _BEHIND_HALVES = 0xD800, 0xDC00, 0xE000

Affine = NDArray[np.float64]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class TextLayer:
    """Words and rules in pixels of the drawn page, and the direction of the print.

    `turn` is the quarter turn, degrees clockwise, by which most of the print is turned.
    `fonts` are those whose words were read from the pixels too and found to be true.
    """

    words: tuple[Word, ...]
    rules: tuple[Rule, ...]
    turn: int
    fonts: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class _Print:
    """The characters of a layer, in its order.

    Attributes:
        text: Each a whole character; U+FFFD is one that the layer does not say.
        places: Of each the number that pdfium has for it, or for its first half.
        boxes: float64 (n, 4), pixels.
        turn: The quarter turn of most of them, degrees clockwise.
    """

    text: tuple[str, ...]
    places: tuple[int, ...]
    boxes: NDArray[np.float64]
    turn: int


def read_layer(
    page: pypdfium2.PdfPage,
    image: Image,
    dpi: float,
    proven: frozenset[str],
    read_lines: ReadLines | None,
) -> TextLayer | None:
    """The text layer of a page, if it can be believed.

    Args:
        page: The PDF's page.
        image: The page as drawn, RGB uint8; its size fixes the pixels of the result.
        dpi: Pixels of `image` per inch.
        proven: Fonts of this document that need no trial any more.
        read_lines: Reads a few words of every other font, as a trial; None: no trial.

    Returns:
        The layer; None when there is none, when its characters are not those of a Chinese
        text, when words and ink do not lie on one another, or when words read otherwise.
    """
    to_pixels = _page_to_pixels(page, image.shape[1], image.shape[0])
    textpage = page.get_textpage()
    if textpage.count_chars() < _FEWEST_CHARACTERS:
        return None
    found = _characters(textpage, to_pixels)
    text, boxes, turn = found.text, found.boxes, found.turn
    if is_garbled(text):
        return None
    stamped = find_seal(image).any()
    printed = _without_seal(textpage, found) if stamped else text
    runs = _join_words(printed, boxes, turn)
    placed = [(_word(text, boxes, run), found.places[run[0]]) for run in runs]
    words = tuple(word for word, _ in placed)
    rules = tuple(_find_rules(page, to_pixels))
    if not words or not lies_on_ink(words, [rule.box for rule in rules], image, dpi):
        return None
    if read_lines is not None:
        untried = _group_by_font(textpage, placed, proven)
        if find_lying_font(untried, image, turn, read_lines) is not None:
            return None
        proven = proven | untried.keys()
    return TextLayer(words, rules, turn, proven)


def _group_by_font(
    textpage: pypdfium2.PdfTextPage,
    placed: Sequence[tuple[Word, int]],
    proven: frozenset[str],
) -> dict[str, list[Word]]:
    """Words by the font of their first character, without the fonts that are proven."""
    groups: dict[str, list[Word]] = {}
    name, flags = ctypes.create_string_buffer(_FONT_NAME_BYTES), ctypes.c_int()
    for word, first in placed:
        pdfium_c.FPDFText_GetFontInfo(textpage, first, name, _FONT_NAME_BYTES, ctypes.byref(flags))
        font = name.value.decode("latin-1")
        if font not in proven:
            groups.setdefault(font, []).append(word)
    return groups


def may_have_layer(page: pypdfium2.PdfPage) -> bool:
    """Whether images do not cover much of the page.

    One that does is a scan, under an old OCR's words perhaps, or a picture of a table.
    """
    shares = _image_shares(page)
    return max(shares, default=0.0) <= _LARGE_IMAGE_SHARE and sum(shares) <= _ALL_IMAGES_SHARE


def _page_to_pixels(page: pypdfium2.PdfPage, width: int, height: int) -> Affine:
    """The 2 × 3 matrix from page space (points, origin as the PDF has it) to pixels."""
    scale = 1000
    x, y = ctypes.c_int(), ctypes.c_int()
    corners = []
    for point in ((0.0, 0.0), (100.0, 0.0), (0.0, 100.0)):
        pdfium_c.FPDF_PageToDevice(
            page, 0, 0, width * scale, height * scale, 0, *point, ctypes.byref(x), ctypes.byref(y)
        )
        corners.append((x.value / scale, y.value / scale))
    origin, right, up = np.array(corners)
    return np.column_stack([(right - origin) / 100, (up - origin) / 100, origin])


def _image_shares(page: pypdfium2.PdfPage) -> list[float]:
    """Share of the page that each image on it covers."""
    width, height = page.get_size()
    shares = []
    for found in page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_IMAGE], max_depth=4):
        left, bottom, right, top = found.get_bounds()
        if found.container is not None:
            corners = _apply(_form_matrix(found), np.array([[left, bottom], [right, top]]))
            (left, bottom), (right, top) = corners.min(axis=0), corners.max(axis=0)
        shares.append(float((right - left) * (top - bottom) / (width * height)))
    return shares


def _characters(textpage: pypdfium2.PdfTextPage, to_pixels: Affine) -> _Print:
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    codes, corners, turns = [], [], [0, 0, 0, 0]
    for index in range(textpage.count_chars()):
        codes.append(pdfium_c.FPDFText_GetUnicode(textpage, index))
        pdfium_c.FPDFText_GetCharBox(
            textpage,
            index,
            ctypes.byref(left),
            ctypes.byref(right),
            ctypes.byref(bottom),
            ctypes.byref(top),
        )
        corners.append((left.value, bottom.value, right.value, top.value))
        if index % 16 == 0:
            angle = pdfium_c.FPDFText_GetCharAngle(textpage, index)
            turns[round(angle / (np.pi / 2)) % 4] += 1
    points = np.array(corners)
    one = _apply(to_pixels, points[:, :2])
    other = _apply(to_pixels, points[:, 2:])
    boxes = np.column_stack([np.minimum(one, other), np.maximum(one, other)])
    drawn = round(np.degrees(np.arctan2(to_pixels[1, 0], to_pixels[0, 0])) / 90) % 4
    text, places, boxes = _join_halves(np.array(codes, dtype=np.int64), boxes)
    return _Print(text, places, boxes, (int(np.argmax(turns)) + drawn) % 4 * 90)


def _join_halves(
    codes: NDArray[np.int64], boxes: NDArray[np.float64]
) -> tuple[tuple[str, ...], tuple[int, ...], NDArray[np.float64]]:
    """Characters, where each begins among pdfium's, and their boxes.

    pdfium tells a character beyond U+FFFF as two, the halves that UTF-16 writes it as.
    """
    high = (codes >= _HIGH) & (codes < _LOW)
    low = (codes >= _LOW) & (codes < _BEHIND_HALVES)
    first = np.flatnonzero(high[:-1] & low[1:])
    second = first + 1
    whole, around = codes.copy(), boxes.copy()
    whole[first] = 0x10000 + (codes[first] - _HIGH) * 0x400 + codes[second] - _LOW
    around[first, :2] = np.minimum(boxes[first, :2], boxes[second, :2])
    around[first, 2:] = np.maximum(boxes[first, 2:], boxes[second, 2:])
    places = np.delete(np.arange(len(codes)), second)
    text = tuple(_character(code) for code in whole[places].tolist())
    return text, tuple(places.tolist()), around[places]


def _character(code: int) -> str:
    """A half that stands alone is no character, and could not be written anywhere."""
    is_half = _HIGH <= code < _BEHIND_HALVES
    return chr(code) if 0 < code < 0x110000 and not is_half else "\ufffd"


def _join_words(
    characters: Sequence[str], boxes: NDArray[np.float64], turn: int
) -> Iterator[list[int]]:
    """Runs of characters that follow one another without a gap, along the print."""
    along = (0, 2) if turn in (0, 180) else (1, 3)
    across = (1, 3) if turn in (0, 180) else (0, 2)
    apart = True
    members: list[int] = []
    for index, character in enumerate(characters):
        box = boxes[index]
        if character.isspace() or unicodedata.category(character) == "Cc":
            apart = True
            continue
        last = boxes[members[-1]] if members else box
        size = max(box[across[1]] - box[across[0]], last[across[1]] - last[across[0]], 1.0)
        gap = max(box[along[0]] - last[along[1]], last[along[0]] - box[along[1]])
        middle = abs((box[across[0]] + box[across[1]]) - (last[across[0]] + last[across[1]])) / 2
        if apart or gap > _WORD_GAP_SHARE * size or middle > 0.8 * size:
            if members:
                yield members
            members = []
        apart = False
        members.append(index)
    if members:
        yield members


def _word(characters: Sequence[str], boxes: NDArray[np.float64], members: list[int]) -> Word:
    mine = boxes[members]
    left, top = mine[:, :2].min(axis=0)
    right, bottom = mine[:, 2:].max(axis=0)
    text = normalise_text("".join(characters[index] for index in members))
    return Word(text, Box(float(left), float(top), float(right), float(bottom)))


def _without_seal(textpage: pypdfium2.PdfTextPage, found: _Print) -> list[str]:
    """The characters, those printed in red (a seal's inscription) replaced by spaces."""
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    kept = []
    for place, character in zip(found.places, found.text, strict=True):
        pdfium_c.FPDFText_GetFillColor(
            textpage,
            place,
            ctypes.byref(red),
            ctypes.byref(green),
            ctypes.byref(blue),
            ctypes.byref(alpha),
        )
        stamped = red.value - max(green.value, blue.value) > RED_EXCESS
        kept.append(" " if stamped else character)
    return kept


def _find_rules(page: pypdfium2.PdfPage, to_pixels: Affine) -> Iterator[Rule]:
    """Lines, thin rectangles, and the sides of drawn rectangles of a page."""
    points_per_pixel = 1 / float(np.hypot(*to_pixels[:, 0]))
    for found in page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_PATH]):
        mode, stroke = ctypes.c_int(), ctypes.c_int()
        pdfium_c.FPDFPath_GetDrawMode(found, ctypes.byref(mode), ctypes.byref(stroke))
        if (not mode.value and not stroke.value) or _is_stamped(found, stroked=bool(stroke.value)):
            continue
        base = to_pixels if found.container is None else _compose(to_pixels, _form_matrix(found))
        matrix = _compose(base, _own_matrix(found)).ravel().tolist()
        for outline in _outlines(found, matrix):
            yield from _rules_of(outline, points_per_pixel)


def _is_stamped(path: pypdfium2.PdfObject, *, stroked: bool) -> bool:
    """Whether a path is drawn in red, as seals and their stars are."""
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    ask = pdfium_c.FPDFPageObj_GetStrokeColor if stroked else pdfium_c.FPDFPageObj_GetFillColor
    ask(path, ctypes.byref(red), ctypes.byref(green), ctypes.byref(blue), ctypes.byref(alpha))
    return red.value - max(green.value, blue.value) > RED_EXCESS


def _outlines(path: pypdfium2.PdfObject, matrix: Sequence[float]) -> Iterator[list[Point]]:
    """The path's straight parts as points in pixels: a curve, as of a seal's ring, is no rule.

    Plain floats: a page may draw thousands of paths of four points, too few each for NumPy.
    """
    a, c, e, b, d, f = matrix
    x, y = ctypes.c_float(), ctypes.c_float()
    part: list[Point] = []
    for index in range(pdfium_c.FPDFPath_CountSegments(path)):
        segment = pdfium_c.FPDFPath_GetPathSegment(path, index)
        pdfium_c.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y))
        # A curve comes as three points, the last of which is where it ends.
        if pdfium_c.FPDFPathSegment_GetType(segment) != pdfium_c.FPDF_SEGMENT_LINETO:
            if len(part) > 1:
                yield part
            part = []
        part.append((a * x.value + c * y.value + e, b * x.value + d * y.value + f))
        if pdfium_c.FPDFPathSegment_GetClose(segment) and part:
            part.append(part[0])
    if len(part) > 1:
        yield part


def _rules_of(points: Sequence[Point], points_per_pixel: float) -> Iterator[Rule]:
    """Rules of one outline in pixels: itself when thin, else its straight sides."""
    thin = _LINE_POINTS / points_per_pixel
    shortest = _SHORTEST_RULE_POINTS / points_per_pixel
    whole = _bounds(points)
    is_thin = min(whole.width, whole.height) <= thin
    for box in (whole,) if is_thin else (_bounds(pair) for pair in pairwise(points)):
        if min(box.width, box.height) <= thin and max(box.width, box.height) >= shortest:
            yield Rule(box, horizontal=box.width > box.height)


def _bounds(points: Sequence[Point]) -> Box:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return Box(min(xs), min(ys), max(xs), max(ys))


def _form_matrix(found: pypdfium2.PdfObject) -> Affine:
    matrix = np.eye(2, 3)
    container = found.container
    while container is not None:
        matrix = _compose(_own_matrix(container), matrix)
        container = container.container
    return matrix


def _own_matrix(found: pypdfium2.PdfObject) -> Affine:
    a, b, c, d, e, f = found.get_matrix().get()
    return np.array([[a, c, e], [b, d, f]])


def _compose(outer: Affine, inner: Affine) -> Affine:
    linear = outer[:, :2] @ inner[:, :2]
    return np.column_stack([linear, outer[:, :2] @ inner[:, 2] + outer[:, 2]])


def _apply(matrix: Affine, points: NDArray[np.float64]) -> NDArray[np.float64]:
    return points @ matrix[:, :2].T + matrix[:, 2]
