"""The tables of a form as printed grids: which text stands in which cell.

`TableForm` → `Grid` of `GridCell`. Only geometry and wording; `sheet_markup` draws it.
Rows and columns count from 0.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from math import lcm
from typing import Final, Literal

from forms.form import Band, Label, Row, TableForm

Role = Literal["heading", "header", "label", "value"]

NO_NUMBER: Final = "——"
"""Printed in a statistics form where a group has no number of its own."""

_ROW_LABEL_WIDTHS: Final = {1: (28.0,), 2: (12.0, 26.0), 3: (5.5, 13.0, 26.0)}
"""Widths of the row-label columns in percent, by their number, as the 2019 form prints them."""


@dataclass(frozen=True, slots=True)
class GridCell:
    """One printed cell; `indent` counts levels of a list-like table."""

    row: int
    column: int
    row_span: int
    column_span: int
    text: str
    role: Role
    indent: int = 0


@dataclass(frozen=True, slots=True)
class Grid:
    """One printed table, or the part of it on one page.

    Attributes:
        widths: Of the columns, in any unit: only their ratios count.
        rows: How many there are.
        cells: In reading order; they tile the grid.
        header_rows: How many rows at the top are column headers, 0 when there are
            several headers further down.
    """

    widths: tuple[float, ...]
    rows: int
    cells: tuple[GridCell, ...]
    header_rows: int


@dataclass(frozen=True, slots=True)
class Wording:
    """How a printed table departs from the prescribed one.

    Attributes:
        relabel: What is printed instead of a prescribed label.
        dropped_rows: Rows left out, as table.row: "t2.rules".
        headless: Headings whose title row and column header are left out, so that
            their rows follow right under those of the band before.
    """

    relabel: Mapping[str, str] = field(default_factory=dict)
    dropped_rows: frozenset[str] = frozenset()
    headless: frozenset[str] = frozenset()

    def print_label(self, label: Label) -> str:
        """The label as it is printed."""
        return self.relabel.get(label.text, label.text)


def build_grid(table: TableForm, values: Mapping[str, str], wording: Wording) -> Grid:
    """Lay a form's table out as it is prescribed, with the wording's departures.

    Args:
        table: One table of a form.
        values: Printed text by field id; a field that is not in it stays empty.
        wording: What departs from the prescribed table.
    """
    bands = tuple(
        replace(band, rows=tuple(row for row in band.rows if _is_kept(table, row, wording)))
        for band in table.bands
    )
    if len(bands) == 1 and bands[0].corner is not None and len(bands[0].columns) == 1:
        return _lay_list(bands[0], values, wording)
    if all(band.heading for band in bands):
        return _lay_bands(bands, values, wording)
    return _lay_matrix(bands[0], values, wording)


def plain_grid(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Grid:
    """A simple table that belongs to no form: one header row, then rows of cells.

    Raises:
        ValueError: A row has another number of cells than the header.
    """
    texts = [header, *rows]
    if any(len(line) != len(header) for line in texts):
        raise ValueError("every row needs as many cells as the header")
    cells = tuple(
        GridCell(row, column, 1, 1, text, "header" if row == 0 else "value")
        for row, line in enumerate(texts)
        for column, text in enumerate(line)
    )
    return Grid((1.0,) * len(header), len(texts), cells, header_rows=1)


def cut_grid(
    grid: Grid, after: int, *, repeat_header: bool, repeat_labels: bool
) -> tuple[Grid, Grid]:
    """Cut a grid for a page break.

    Args:
        grid: The whole table.
        after: Grid rows that stay on the first page, header included.
        repeat_header: Whether the second part begins with the header again.
        repeat_labels: Whether a cell that the cut goes through repeats its text;
            else its second half is empty.

    Raises:
        ValueError: Nothing is left on one of the pages.
    """
    if not max(grid.header_rows, 1) <= after < grid.rows:
        raise ValueError(f"cannot cut a grid of {grid.rows} rows after row {after}")
    top = tuple(
        replace(cell, row_span=min(cell.row_span, after - cell.row))
        for cell in grid.cells
        if cell.row < after
    )
    shift = after - (grid.header_rows if repeat_header else 0)
    header = tuple(cell for cell in grid.cells if repeat_header and cell.row < grid.header_rows)
    bottom = tuple(
        replace(
            cell,
            row=max(cell.row, after) - shift,
            row_span=cell.row + cell.row_span - max(cell.row, after),
            text=cell.text if cell.row >= after or repeat_labels else "",
        )
        for cell in grid.cells
        if cell.row + cell.row_span > after
    )
    header_rows = grid.header_rows if repeat_header else 0
    return (
        replace(grid, rows=after, cells=top),
        Grid(grid.widths, grid.rows - shift, header + bottom, header_rows),
    )


def _is_kept(table: TableForm, row: Row, wording: Wording) -> bool:
    return f"{table.id}.{row.id}" not in wording.dropped_rows


def _lay_bands(bands: Sequence[Band], values: Mapping[str, str], wording: Wording) -> Grid:
    """Bands one under the other: a heading row, a header row, rows of values."""
    units = lcm(*(len(band.columns) for band in bands))
    cells: list[GridCell] = []
    at = 0
    for band in bands:
        span = units // len(band.columns)
        if band.heading is not None and band.heading.text not in wording.headless:
            text = wording.print_label(band.heading)
            cells.append(GridCell(at, 0, 1, units + 1, text, "heading"))
            corner = wording.print_label(band.corner) if band.corner else ""
            cells.append(GridCell(at + 1, 0, 1, 1, corner, "header"))
            for index, column in enumerate(band.columns):
                text = wording.print_label(column.label)
                cells.append(GridCell(at + 1, 1 + index * span, 1, span, text, "header"))
            at += 2
        for row in band.rows:
            cells.append(GridCell(at, 0, 1, 1, wording.print_label(row.label), "label"))
            for index, asked in enumerate(row.fields):
                text = values.get(asked.id, "")
                cells.append(GridCell(at, 1 + index * span, 1, span, text, "value"))
            at += 1
    return Grid((25.0, *(75.0 / units,) * units), at, tuple(cells), header_rows=0)


def _lay_matrix(band: Band, values: Mapping[str, str], wording: Wording) -> Grid:
    """Column headers of several levels over row headers of several levels."""
    depth = 1 + max(len(column.under) for column in band.columns)
    named = any(row.label.text for row in band.rows)
    left = 1 + max(len(row.under) for row in band.rows) if named else 0
    cells: list[GridCell] = []
    if named:
        corner = wording.print_label(band.corner) if band.corner else ""
        cells.append(GridCell(0, 0, depth, left, corner, "header"))
    columns = [(*column.under, column.label) for column in band.columns]
    for start, length, level, stretch, label in _spans(columns, depth):
        text = wording.print_label(label)
        cells.append(GridCell(level, left + start, stretch, length, text, "header"))
    if named:
        rows = [(*row.under, row.label) for row in band.rows]
        for start, length, level, stretch, label in _spans(rows, left):
            text = wording.print_label(label)
            cells.append(GridCell(depth + start, level, length, stretch, text, "label"))
    for down, row in enumerate(band.rows):
        for across, asked in enumerate(row.fields):
            text = values.get(asked.id, "")
            cells.append(GridCell(depth + down, left + across, 1, 1, text, "value"))
    labels = _ROW_LABEL_WIDTHS[left] if named else ()
    each = (100.0 - sum(labels)) / len(band.columns)
    widths = (*labels, *(each,) * len(band.columns))
    return Grid(widths, depth + len(band.rows), tuple(cells), header_rows=depth)


def _lay_list(band: Band, values: Mapping[str, str], wording: Wording) -> Grid:
    """A statistics form: indicator, unit, number; groups are rows of their own."""
    corner = wording.print_label(band.corner) if band.corner else ""
    titles = (corner, "单位", wording.print_label(band.columns[0].label))
    cells = [GridCell(0, column, 1, 1, text, "header") for column, text in enumerate(titles)]
    printed: list[tuple[Label, ...]] = []
    at = 1
    for row in band.rows:
        path = (*row.under, row.label)
        for level in range(len(path)):
            if path[: level + 1] in printed:
                continue
            printed.append(path[: level + 1])
            own = row.fields[0] if level == len(path) - 1 else None
            text = wording.print_label(path[level])
            unit = (own.unit or "") if own else NO_NUMBER
            number = values.get(own.id, "") if own else NO_NUMBER
            cells.append(GridCell(at, 0, 1, 1, text, "label", level))
            cells.append(GridCell(at, 1, 1, 1, unit, "header"))
            cells.append(GridCell(at, 2, 1, 1, number, "value"))
            at += 1
    return Grid((66.0, 14.0, 20.0), at, tuple(cells), header_rows=1)


def _spans(paths: Sequence[Sequence[Label]], depth: int) -> list[tuple[int, int, int, int, Label]]:
    """Nested headers as spans: (start, length, level, levels covered, label).

    A label at the end of its path reaches down to the last level.
    """
    spans: list[tuple[int, int, int, int, Label]] = []
    for level in range(depth):
        start = 0
        for key, group in groupby(range(len(paths)), key=_key_at(paths, level)):
            members = list(group)
            if key is not None:
                last = len(paths[members[0]]) == level + 1
                stretch = depth - level if last else 1
                spans.append((start, len(members), level, stretch, key[-1]))
            start += len(members)
    return sorted(spans, key=lambda span: (span[2], span[0]))


def _key_at(
    paths: Sequence[Sequence[Label]], level: int
) -> Callable[[int], tuple[Label, ...] | None]:
    """Groups neighbours that share every label down to this level."""

    def key(index: int) -> tuple[Label, ...] | None:
        path = paths[index]
        return tuple(path[: level + 1]) if len(path) > level else None

    return key
