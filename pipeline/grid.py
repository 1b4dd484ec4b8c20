"""Ruling lines → grids of cells.

The lines of one table are clustered into positions; every edge between two
neighbouring squares of that lattice is there or not, by how much of it is inked;
squares with no edge between them are one cell. This is the scheme of Nurminen's
thesis (Algorithmic Extraction of Data in Tables in PDF Documents, 2013, ch. 4.2),
taken from segments to pixels so that broken and faint lines still count.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import DisjointSet

from pipeline.ink import SHRUNKEN_INK, Ink, Mask
from pipeline.rules import SAME_LINE_INCH, SHORTEST_LINE_INCH, band_of, find_positions, find_rules
from pipeline.types import Box

# Finer masks only take longer; on coarser ones specks and worn rules look alike.
_GRID_DPI = 150.0
# An edge inked over this share is there; half as much will do where a cell would
# otherwise not be a rectangle (a broken rule).
_EDGE_SHARE = 0.5
_WEAK_EDGE_SHARE = 0.2
# An upright rule is longer than a stroke of bold print: it parts two rows at least. Where a
# text layer draws it, one will do: the last row that a page break left may have its own columns.
_ROWS_CROSSED, _ROW_CROSSED = 1.5, 0.9
# In a table of hardly more rows, one through most of its height parts them all.
_MOST_OF_HEIGHT = 0.7
# A grid lies inside another but for what lines waver.
_INSIDE_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell of a grid: first row and column, spans, and its box in pixels."""

    row: int
    column: int
    row_span: int
    column_span: int
    box: Box


@dataclass(frozen=True, slots=True)
class Grid:
    """A table's lattice; `xs` and `ys` are its line positions in pixels, ascending."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    cells: tuple[GridCell, ...]

    @property
    def box(self) -> Box:
        """From the first line to the last."""
        return Box(self.xs[0], self.ys[0], self.xs[-1], self.ys[-1])


def find_grids(ink: Ink, dpi: float) -> tuple[Grid, ...]:
    """Every ruled table of a page, from top to bottom.

    Args:
        ink: The page's masks.
        dpi: Their pixels per inch.

    Returns:
        Grids with at least two rows or columns of cells, parted by printed rules. Sides
        left open are closed at the ends of the lines that reach them.
    """
    scale = min(_GRID_DPI / dpi, 1.0)
    small = _shrink(ink, scale)
    grids = []
    for rules in find_rules(small, scale * dpi):
        # What the net takes for an upright line in one row may be a stroke, or shine through.
        crossed = _ROW_CROSSED if ink.exact else _ROWS_CROSSED
        grid = _build_grid(rules.horizontal, rules.vertical, scale * dpi, crossed)
        if grid is not None:
            grids.append(_place(grid, (float(rules.left), float(rules.top)), scale))
    return tuple(sorted(_without_frames(grids), key=lambda grid: grid.ys[0]))


def _build_grid(horizontal: Mask, vertical: Mask, dpi: float, crossed: float) -> Grid | None:
    """The grid of one table's lines; an upright one crosses so many rows at least."""
    tolerance = max(SAME_LINE_INCH * dpi, 3.0)
    ys = find_positions(horizontal, tolerance, SHORTEST_LINE_INCH * dpi, axis=1)
    if len(ys) < 2:
        return None
    shortest = min(crossed * float(np.median(np.diff(ys))), _MOST_OF_HEIGHT * (ys[-1] - ys[0]))
    xs = find_positions(vertical, tolerance, shortest, axis=0)
    if len(xs) < 2 or len(xs) * len(ys) < 6:
        return None
    across = _edge_shares(horizontal, ys, xs, tolerance)
    down = _edge_shares(vertical.T, xs, ys, tolerance).T
    owner = _merge_squares(
        _over_whole_edges(across, down, np.diff(xs)),
        _over_whole_edges(down.T, across.T, np.diff(ys)).T,
    )
    grid = _as_grid(owner, np.asarray(xs), np.asarray(ys))
    return None if grid is None else _fit_boxes(grid, horizontal, vertical, tolerance)


def _edge_shares(
    lines: Mask, across: list[float], along: list[float], tolerance: float
) -> NDArray[np.float64]:
    """How much of each stretch of each line is inked: (len(across), len(along) - 1)."""
    shares = np.zeros((len(across), len(along) - 1))
    stretches = np.array([(one.start, one.stop) for one in _stretches(along, tolerance)])
    starts, stops = np.clip(stretches, 0, lines.shape[1]).T
    lengths = np.maximum(stops - starts, 1)
    for i, position in enumerate(across):
        inked = np.max(lines[band_of(position, tolerance)], axis=0) > 0
        until = np.concatenate(([0], np.cumsum(inked)))
        shares[i] = (until[stops] - until[starts]) / lengths
    return shares


def _stretches(along: list[float], tolerance: float) -> Iterator[slice]:
    """Between two lines, without their crossings."""
    for start, end in pairwise(along):
        margin = min(tolerance, (end - start) / 4)
        yield slice(round(start + margin), round(end - margin) + 1)


def _over_whole_edges(
    across: NDArray[np.float64], down: NDArray[np.float64], lengths: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The shares of an edge's stretches, no less than their mean between lines that cross it.

    A line that parts other rows alone cuts short stretches off this one's edges, and in a short
    one a worn rule may be gone. Where the mean is too low as well, lines that cross may be gone.

    Args:
        across: Shares of the edges to be judged, (lines, stretches).
        down: Of those that may cross them, (lines - 1, stretches + 1).
        lengths: Of the stretches.
    """
    whole = across.copy()
    for line in range(1, len(across) - 1):
        crossed = down[line - 1 : line + 1, 1:-1].max(axis=0) >= _WEAK_EDGE_SHARE
        starts = np.flatnonzero(np.concatenate(([True], crossed)))
        inked = np.add.reduceat(across[line] * lengths, starts)
        means = inked / np.add.reduceat(lengths, starts)
        means = np.where(means < _EDGE_SHARE, 0.0, means)
        mean = np.repeat(means, np.diff(np.append(starts, len(lengths))))
        whole[line] = np.maximum(whole[line], mean)
    return whole


def _merge_squares(across: NDArray[np.float64], down: NDArray[np.float64]) -> NDArray[np.intp]:
    """One number per square, equal within a cell; every cell is a rectangle.

    A cell that comes out ragged lost part of a rule: there less ink will do.
    """
    rows, columns = across.shape[0] - 1, down.shape[1] - 1
    owner = _join(across, down, np.full((rows, columns), _EDGE_SHARE))
    limits = np.where(_is_ragged(owner), _WEAK_EDGE_SHARE, _EDGE_SHARE)
    owner = _join(across, down, limits)
    ragged = _is_ragged(owner)
    single = np.arange(rows * columns).reshape(rows, columns) + rows * columns
    return np.where(ragged, single, owner)


def _join(
    across: NDArray[np.float64], down: NDArray[np.float64], limits: NDArray[np.float64]
) -> NDArray[np.intp]:
    rows, columns = limits.shape
    squares = DisjointSet(range(rows * columns))
    for row in range(rows):
        for column in range(columns):
            here = row * columns + column
            limit = limits[row, column]
            if row + 1 < rows and across[row + 1, column] < min(limit, limits[row + 1, column]):
                squares.merge(here, here + columns)
            if column + 1 < columns and down[row, column + 1] < min(limit, limits[row, column + 1]):
                squares.merge(here, here + 1)
    roots = [squares[index] for index in range(rows * columns)]
    return np.asarray(roots, dtype=np.intp).reshape(rows, columns)


def _is_ragged(owner: NDArray[np.intp]) -> NDArray[np.bool_]:
    """True at squares whose cell is not a full rectangle."""
    ragged = np.zeros(owner.shape, dtype=bool)
    for cell in np.unique(owner):
        mine = owner == cell
        rows, columns = np.nonzero(mine)
        area = (np.ptp(rows) + 1) * (np.ptp(columns) + 1)
        if area != len(rows):
            ragged |= mine
    return ragged


def _as_grid(
    owner: NDArray[np.intp], xs: NDArray[np.float64], ys: NDArray[np.float64]
) -> Grid | None:
    """Number rows and columns by the lines that bound a cell; the others are dropped."""
    spans = []
    for cell in np.unique(owner):
        rows, columns = np.nonzero(owner == cell)
        spans.append((rows.min(), columns.min(), rows.max() + 1, columns.max() + 1))
    if len(spans) < 2:
        return None
    used_rows = sorted({edge for top, _, bottom, _ in spans for edge in (top, bottom)})
    used_columns = sorted({edge for _, left, _, right in spans for edge in (left, right)})
    row_of = {edge: index for index, edge in enumerate(used_rows)}
    column_of = {edge: index for index, edge in enumerate(used_columns)}
    cells = [
        GridCell(
            row_of[top],
            column_of[left],
            row_of[bottom] - row_of[top],
            column_of[right] - column_of[left],
            Box(float(xs[left]), float(ys[top]), float(xs[right]), float(ys[bottom])),
        )
        for top, left, bottom, right in sorted(spans)
    ]
    return Grid(
        tuple(float(xs[edge]) for edge in used_columns),
        tuple(float(ys[edge]) for edge in used_rows),
        tuple(cells),
    )


def _fit_boxes(grid: Grid, horizontal: Mask, vertical: Mask, tolerance: float) -> Grid:
    """Move each cell's sides to where its rules run beside it, for rules that waver."""

    def fit(cell: GridCell) -> GridCell:
        box = cell.box
        columns = slice(round(box.left + tolerance), round(box.right - tolerance) + 1)
        rows = slice(round(box.top + tolerance), round(box.bottom - tolerance) + 1)
        fitted = Box(
            _local_position(vertical[rows].T, box.left, tolerance),
            _local_position(horizontal[:, columns], box.top, tolerance),
            _local_position(vertical[rows].T, box.right, tolerance),
            _local_position(horizontal[:, columns], box.bottom, tolerance),
        )
        return replace(cell, box=fitted)

    return Grid(grid.xs, grid.ys, tuple(fit(cell) for cell in grid.cells))


def _local_position(lines: Mask, position: float, tolerance: float) -> float:
    """Mean row of the ink near a row of a window; the row itself where there is none."""
    reach = round(1.5 * tolerance)
    start = max(round(position) - reach, 0)
    weights = (lines[start : round(position) + reach + 1] > 0).sum(axis=1)
    total = int(weights.sum())
    return position if total == 0 else start + float(weights @ np.arange(len(weights))) / total


def _shrink(ink: Ink, scale: float) -> Ink:
    """Masks on a smaller scale; a pixel stays that a quarter of was set."""
    if scale == 1.0:
        return ink

    def shrink(mask: Mask) -> Mask:
        smaller = cv2.resize(mask, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        _, inked = cv2.threshold(smaller, SHRUNKEN_INK, 255, cv2.THRESH_BINARY)
        return np.asarray(inked, dtype=np.uint8)

    return replace(
        ink,
        text=shrink(ink.text),
        horizontal=shrink(ink.horizontal),
        vertical=shrink(ink.vertical),
        strokes=shrink(ink.strokes),
    )


def _place(grid: Grid, corner: tuple[float, float], scale: float) -> Grid:
    """A window's grid in pixels of the page, of which `scale` is the window's share."""
    left, top = corner

    def place(box: Box) -> Box:
        return Box(
            (box.left + left) / scale,
            (box.top + top) / scale,
            (box.right + left) / scale,
            (box.bottom + top) / scale,
        )

    return Grid(
        tuple((x + left) / scale for x in grid.xs),
        tuple((y + top) / scale for y in grid.ys),
        tuple(replace(cell, box=place(cell.box)) for cell in grid.cells),
    )


def _without_frames(grids: list[Grid]) -> list[Grid]:
    """Drop frames drawn around a table, and grids that lie inside another's cell."""
    kept = []
    for grid in grids:
        inside = [
            other
            for other in grids
            if other is not grid and other.box.overlap(grid.box) > _INSIDE_SHARE * _area(other.box)
        ]
        if not any(len(other.cells) > len(grid.cells) for other in inside):
            kept.append(grid)
    return kept


def _area(box: Box) -> float:
    return box.width * box.height
