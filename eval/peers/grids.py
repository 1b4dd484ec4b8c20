"""What other programs make of a table, a grid of texts, laid on the form as Gouji lays its own.

Each peer thereby gets the same matching of labels, the same classifier and the same rules
for forms; what differs is how rows, columns and texts were found.
"""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from forms.form import Form
from models.classifier import Classifier
from pipeline.fields import fit_form
from pipeline.types import Box, Candidate, Cell, Reading, Table
from pipeline.values import normalise_text


@dataclass(frozen=True, slots=True)
class GridCell:
    """A place in a grid: where its cell stands on the page, in any unit, and its text."""

    box: tuple[float, float, float, float]
    text: str


@dataclass(frozen=True, slots=True)
class Grid:
    """A table on one page: rows of places; a cell over several places is in all of them.

    Attributes:
        page: Counts from 1.
        rows: All as long.
    """

    page: int
    rows: tuple[tuple[GridCell, ...], ...]


ReadTables: TypeAlias = Callable[[Path], tuple[Grid, ...]]
"""Finds the tables of a file."""


def read_fields(
    grids: Sequence[Grid], forms: Sequence[Form], classifier: Classifier
) -> Mapping[str, str] | None:
    """The text of each field whose cell was found; None when it is none of the forms."""
    tables, readings = [], []
    for grid in grids:
        table, read = _take_apart(grid)
        tables.append(table)
        readings.append(read)
    fit = fit_form(tables, readings, forms, classifier)
    if fit is None:
        return None
    return {
        found.field: normalise_text(found.reading.candidates[0].text)
        for found in fit.fields
        if found.reading is not None and found.reading.candidates
    }


def _take_apart(grid: Grid) -> tuple[Table, tuple[Reading, ...]]:
    spans: dict[tuple[float, float, float, float], list[tuple[int, int, GridCell]]] = {}
    for row, places in enumerate(grid.rows):
        for column, place in enumerate(places):
            spans.setdefault(place.box, []).append((row, column, place))
    readings = tuple(_read(grid.page, places) for places in spans.values())
    cells = tuple(reading.cell for reading in readings)
    left, top, right, bottom = zip(*(place.box for row in grid.rows for place in row), strict=True)
    table = Table(
        page=grid.page,
        box=Box(min(left), min(top), max(right), max(bottom)),
        ruled=True,
        rows=len(grid.rows),
        columns=len(grid.rows[0]),
        cells=cells,
    )
    return table, readings


def _read(page: int, places: Sequence[tuple[int, int, GridCell]]) -> Reading:
    rows, columns = {row for row, _, _ in places}, {column for _, column, _ in places}
    row, column, place = places[0]
    text = "".join(unicodedata.normalize("NFKC", place.text).split())
    cell = Cell(row, column, len(rows), len(columns), Box(*place.box), (), touched=False)
    return Reading(cell, page, text, (Candidate(text, 1.0),), "read")
