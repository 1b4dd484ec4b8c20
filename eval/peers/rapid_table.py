"""PaddleOCR reads the page; RapidTable's SLANet-plus says what are rows, columns and cells."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapid_table import RapidTable

from eval.peers.grids import Grid, GridCell, ReadTables
from eval.peers.paddle import THREADS, open_paddle
from eval.peers.rasters import read_pages
from models.layout import CdlaLayoutModel
from models.types import Image

_CELL_TEXT: Final = re.compile("<td[^>]*>(.*?)</td>", re.DOTALL)


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """A line of text and its quadrilateral, float32 (4, 2) as x and y in pixels."""

    corners: NDArray[np.float32]
    text: str
    score: float


def load_rapid_table() -> ReadTables:
    """PP-OCRv6 (small), the layout net that Gouji asks for tables, and SLANet-plus."""
    ocr, layout, structure = open_paddle("small"), CdlaLayoutModel(THREADS), RapidTable()

    def read_tables(path: Path) -> tuple[Grid, ...]:
        grids: list[Grid] = []
        for number, page in enumerate(read_pages(path.read_bytes()), 1):
            # PaddleOCR takes BGR as OpenCV reads it.
            (found,) = ocr.predict(page[:, :, ::-1].copy())
            lines = [
                _Line(np.asarray(corners, dtype=np.float32), text, score)
                for corners, text, score in zip(
                    found["rec_polys"], found["rec_texts"], found["rec_scores"], strict=True
                )
            ]
            tables = [one.box for one in layout.find_regions(page) if one.kind == "table"]
            for box in sorted(tables, key=lambda box: box[1]):
                grids += _read_table(structure, number, page, lines, box)
        return tuple(grids)

    return read_tables


def _read_table(
    structure: RapidTable,
    number: int,
    page: Image,
    lines: Sequence[_Line],
    box: tuple[float, float, float, float],
) -> Iterator[Grid]:
    left, top, right, bottom = (max(round(side), 0) for side in box)
    shift = np.array((left, top), dtype=np.float32)
    inside = [
        [line.corners - shift, line.text, line.score]
        for line in lines
        if left <= line.corners[:, 0].mean() < right and top <= line.corners[:, 1].mean() < bottom
    ]
    if not inside:
        return
    crop = page[top:bottom, left:right, ::-1].copy()
    page_text, _, spans, _ = structure(crop, inside, return_logic_points=True)
    texts = _CELL_TEXT.findall(page_text)
    if spans:
        yield Grid(number, _fill_grid(spans, texts))


def _fill_grid(
    spans: Sequence[tuple[int, int, int, int]], texts: Sequence[str]
) -> tuple[tuple[GridCell, ...], ...]:
    """Rows and columns are the unit: where a cell's edges are, the net does not say well.

    Args:
        spans: For each cell its first and last row and its first and last column.
        texts: Of the cells.
    """
    _, last_rows, _, last_columns = zip(*spans, strict=True)
    places = {
        (row, column): GridCell((column, row, column + 1, row + 1), "")
        for row in range(max(last_rows) + 1)
        for column in range(max(last_columns) + 1)
    }
    for (first_row, last_row, first_column, last_column), text in zip(spans, texts, strict=True):
        cell = GridCell((first_column, first_row, last_column + 1, last_row + 1), text)
        for row in range(first_row, last_row + 1):
            for column in range(first_column, last_column + 1):
                places[row, column] = cell
    columns = max(last_columns) + 1
    return tuple(
        tuple(places[row, column] for column in range(columns)) for row in range(max(last_rows) + 1)
    )
