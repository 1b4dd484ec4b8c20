"""What is printed where: exact boxes of the cells and characters of a drawn report.

A twin of the document, its cells filled with numbered colours, says where cells lie; the
text layer says where characters lie.
"""

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium_c
from numpy.typing import NDArray

from pipeline.ink import RED_EXCESS
from pipeline.types import Box
from training.sheet_grid import GridCell
from training.sheet_markup import Part, SheetStyle, Table, write_markup
from training.sheets import compile_markup


@dataclass(frozen=True, slots=True)
class TrueCell:
    """A printed cell.

    Attributes:
        box: Points, origin top left; sides lie in the middle of the rules.
        cell: Its text, role and place in its grid.
    """

    box: Box
    cell: GridCell


@dataclass(frozen=True, slots=True, eq=False)
class TruePage:
    """One page of a drawn document.

    Attributes:
        cells: In no order.
        characters: float64 (n, 4): left, top, right, bottom of each printed character's
            ink, points, origin top left.
    """

    cells: tuple[TrueCell, ...]
    characters: NDArray[np.float64]


def find_truth(pdf: bytes, parts: Sequence[Part], style: SheetStyle) -> tuple[TruePage, ...]:
    """The pages of a document that was drawn from these parts in this style."""
    cells = [cell for part in parts if isinstance(part, Table) for cell in part.grid.cells]
    twin = pypdfium2.PdfDocument(compile_markup(write_markup(parts, style, marked=True)))
    document = pypdfium2.PdfDocument(pdf)
    try:
        return tuple(
            TruePage(
                tuple(TrueCell(box, cells[index]) for index, box in _marks(marked, len(cells))),
                _characters(page),
            )
            for page, marked in zip(document, twin, strict=True)
        )
    finally:
        document.close()
        twin.close()


def _marks(page: pypdfium2.PdfPage, count: int) -> Iterator[tuple[int, Box]]:
    """Cells by the colour that they are filled with, and their boxes."""
    height = page.get_height()
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    for path in page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_PATH]):
        pdfium_c.FPDFPageObj_GetFillColor(
            path, ctypes.byref(red), ctypes.byref(green), ctypes.byref(blue), ctypes.byref(alpha)
        )
        mode, stroke = ctypes.c_int(), ctypes.c_int()
        pdfium_c.FPDFPath_GetDrawMode(path, ctypes.byref(mode), ctypes.byref(stroke))
        number = (red.value << 16) + (green.value << 8) + blue.value
        if mode.value and not stroke.value and 1 <= number <= count and alpha.value == 255:
            left, bottom, right, top = path.get_bounds()
            yield number - 1, Box(left, height - top, right, height - bottom)


def _characters(page: pypdfium2.PdfPage) -> NDArray[np.float64]:
    textpage = page.get_textpage()
    height = page.get_height()
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    boxes = []
    for index in range(textpage.count_chars()):
        pdfium_c.FPDFText_GetCharBox(
            textpage, index, *map(ctypes.byref, (left, right, bottom, top))
        )
        pdfium_c.FPDFText_GetFillColor(
            textpage, index, *map(ctypes.byref, (red, green, blue, alpha))
        )
        # Red print is a seal's inscription and no print of the page.
        stamped = red.value - max(green.value, blue.value) > RED_EXCESS
        # Spaces have boxes too.
        inked = not chr(pdfium_c.FPDFText_GetUnicode(textpage, index)).isspace()
        if inked and right.value > left.value and top.value > bottom.value and not stamped:
            boxes.append((left.value, height - top.value, right.value, height - bottom.value))
    return np.array(boxes, dtype=np.float64).reshape(-1, 4)
