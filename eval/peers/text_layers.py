"""pdfplumber and Camelot: tables of born-digital pages from their lines and characters."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import camelot
import pdfplumber

from eval.peers.grids import Grid, GridCell, ReadTables


def load_pdfplumber() -> ReadTables:
    """Pdfplumber with its usual strategy, ruling lines."""

    def read_tables(path: Path) -> tuple[Grid, ...]:
        with pdfplumber.open(path) as document:
            return tuple(
                _plumbed(number, table)
                for number, page in enumerate(document.pages, 1)
                for table in page.find_tables()
            )

    return read_tables


def load_camelot() -> ReadTables:
    """Camelot's lattice flavour, ruling lines too."""

    def read_tables(path: Path) -> tuple[Grid, ...]:
        tables = camelot.read_pdf(str(path), pages="all", flavor="lattice")
        return tuple(_latticed(table) for table in tables)

    return read_tables


def _plumbed(page: int, table: Any) -> Grid:
    texts = table.extract()
    boxes = {
        (row, column): box
        for row, line in enumerate(table.rows)
        for column, box in enumerate(line.cells)
        if box is not None
    }
    rows = []
    for row, line in enumerate(texts):
        owners = [_owner(row, column, boxes) for column in range(len(line))]
        rows.append(
            tuple(GridCell(boxes[above, left], texts[above][left] or "") for above, left in owners)
        )
    return Grid(page, tuple(rows))


def _owner(row: int, column: int, boxes: Mapping[tuple[int, int], object]) -> tuple[int, int]:
    """The cell that covers a place without one of its own: to the left of it, or above."""
    beside = ((row, left) for left in range(column, -1, -1))
    above = ((top, column) for top in range(row, -1, -1))
    return next((place for place in (*beside, *above) if place in boxes), min(boxes))


def _latticed(table: Any) -> Grid:
    return Grid(
        int(table.page),
        tuple(
            tuple(GridCell((cell.x1, -cell.y2, cell.x2, -cell.y1), cell.text) for cell in row)
            for row in table.cells
        ),
    )
