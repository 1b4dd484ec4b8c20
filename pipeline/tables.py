"""Page → tables of cells, whether ruled, partly ruled or not ruled at all."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, groupby, pairwise
from statistics import median

import cv2
import numpy as np

from models.types import Region
from pipeline.alleys import part_columns
from pipeline.grid import Grid, GridCell, find_grids
from pipeline.ink import Ink, Mask
from pipeline.mend import mend
from pipeline.runs import contains, find_cell_runs, find_runs, group_lines, hull, join_close
from pipeline.types import Box, Cell, Page, Table

_REGION_MARGIN_INCH = 0.3
_FEWEST_LINES, _FEWEST_COLUMNS = 2, 3
# No line of prose falls into so many pieces: one alone is the last row of a table.
_MANY_COLUMNS = 6
# Rows of a label and one figure go on above and below those of more; a heading and the line
# under it may stand between.
_PAIR, _BETWEEN_ROWS = 2, 3
# A head's first line of figures begins within its own height under it.
_CLOSE_UNDER = 2.5
# Lines in columns; the facts that a web page sets above its text are fewer.
_SURELY_A_TABLE = 8
# Enough to see where print stands.
_COLUMNED_DPI = 100.0
# Two columns and more.
_LONG_INCH = 2.0
# A page number stands this many times as far below the rows as they below one another.
_APART = 2.0
# Of the height of print: no two rows are nearer.
_NEARER_THAN_ROWS = 0.8
# Of the pieces of two halves of a row, so many stand over one another.
_MOST_OVER = 0.1
# A space within a label is narrower than this share of the print's height, the alley
# between two columns of figures wider.
_CELL_GAP_SHARE = 0.8
# Between two columns without a rule; wider than any space that a body leaves in a label.
_ALLEY_SHARE = 3.0
# Where there are three columns and more, what parts them may be as narrow as this.
_COLUMN_SHARE = 1.5
# To a printed cell of a table whose upright rules are there, so many alleys at the most.
_MOST_ALLEYS = 0.4
# Of the rows of a table so many have print at the least: labels, if nothing else.
_LEAST_PRINTED = 0.2
# The layout detector takes a damaged table for a figure as often as not.
_TABLE_KINDS = ("table", "figure")
# Foreign ink over this share of a cell is a stroke, not a stray pixel.
_TOUCHED_SHARE = 0.004


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of print, how many columns it stands in, and its number on the page."""

    box: Box
    columns: int
    number: int


def find_tables(page: Page, ink: Ink, regions: Sequence[Region]) -> tuple[Table, ...]:
    """Find the tables of a page and their cells, ruled and not, from top to bottom.

    For the arguments, see the two functions that find them.
    """
    ruled = find_ruled_tables(page, ink)
    if page.kind == "digital":
        regions = find_columned_print(page, ink, ruled)
    return in_order((*ruled, *find_unruled_tables(page, ink, regions, ruled)))


def in_order(tables: Sequence[Table]) -> tuple[Table, ...]:
    """Tables of one page from top to bottom."""
    return tuple(sorted(tables, key=lambda table: table.box.top))


def find_ruled_tables(page: Page, ink: Ink) -> tuple[Table, ...]:
    """Find the tables of a page whose columns are parted by rules, and their cells.

    Args:
        page: Upright.
        ink: Its masks.

    Returns:
        Tables from top to bottom; a cell's row and column count from 0 in its table.
    """
    tables = []
    for grid in find_grids(ink, page.dpi):
        runs = find_cell_runs(page, ink, [cell.box for cell in grid.cells])
        if _has_print(grid, runs) and _has_columns(runs):
            tables.append(_from_grid(page, ink, mend(grid, runs, page.dpi)))
    return tuple(table for table in tables if table.columns > 1)


def find_unruled_tables(
    page: Page, ink: Ink, regions: Sequence[Region], ruled: Sequence[Table]
) -> tuple[Table, ...]:
    """Find the other tables of a page: where a table seems to stand and no rules show.

    The lines of print are the rows and the runs of print the cells: an empty cell leaves no
    trace here.

    Args:
        page: Upright.
        ink: Its masks.
        regions: Where one may stand, pixels of `page.image`; all of a digital page is a
            table when it has no rules.
        ruled: The page's other tables.

    Returns:
        Tables from top to bottom.
    """
    boxes = [table.box for table in ruled]
    found = [
        _from_lines(page, ink, region, boxes) for region in _unruled_regions(page, regions, boxes)
    ]
    return tuple(part for table in found if table for part in _part_at(table, boxes))


def find_columned_print(page: Page, ink: Ink, ruled: Sequence[Table]) -> tuple[Region, ...]:
    """Where print outside the ruled tables stands in columns, as in a table without rules.

    Returns:
        Regions of two such lines and more, or one in many columns, with all that stands between
        them but ruled tables;
        the probability of one is 1 when its lines are as many as only a table has.
    """
    scale = 1.0 if page.kind == "digital" else min(_COLUMNED_DPI / page.dpi, 1.0)
    shrunk = cv2.resize(ink.text, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    text = np.asarray(cv2.threshold(shrunk, 62, 255, cv2.THRESH_BINARY)[1], dtype=np.uint8)
    boxes = [_scaled(table.box, scale) for table in ruled]
    for box in boxes:
        text[round(box.top) : round(box.bottom) + 1, round(box.left) : round(box.right)] = 0
    height, width = text.shape
    small = replace(page, dpi=scale * page.dpi)
    whole = Box(0.0, 0.0, float(width), float(height))
    runs = [
        run
        for run in find_runs(small, replace(ink, text=text), whole)
        # The words of a digital page do not come from the mask.
        if page.kind == "scanned" or not any(contains(table.box, run.center) for table in ruled)
    ]
    regions = []
    lines = _count_lines(group_lines(runs))
    for block in _group_rows(lines, boxes):
        wide = sum(row.columns >= _FEWEST_COLUMNS for row in block)
        lone_row = max(row.columns for row in block) >= _MANY_COLUMNS
        if wide >= _FEWEST_LINES or lone_row or _is_under(block[0].box, boxes):
            sides = (0.0, block[0].box.top / scale, width / scale, block[-1].box.bottom / scale)
            regions.append(Region("table", sides, min(wide / _SURELY_A_TABLE, 1.0)))
    return tuple(regions)


def _scaled(box: Box, scale: float) -> Box:
    return Box(scale * box.left, scale * box.top, scale * box.right, scale * box.bottom)


def _count_lines(lines: Sequence[Sequence[Box]]) -> list[_Line]:
    """Lines of print, numbered; the strokes of 三, a line each to a mask, count as one."""
    boxes = [hull(line) for line in lines]
    begun = [
        min(upper.bottom, lower.bottom) - max(upper.top, lower.top)
        < 0.5 * min(upper.height, lower.height)
        for upper, lower in pairwise(boxes)
    ]
    columns = [len(join_close(line, _COLUMN_SHARE)) for line in lines]
    return list(map(_Line, boxes, columns, accumulate(begun, initial=0)))


def _group_rows(lines: Sequence[_Line], ruled: Sequence[Box]) -> list[list[_Line]]:
    """Lines that stand in columns, together as far as no ruled table parts them.

    Those of a label and one figure begin with one of more, or under a ruled table that may
    have lost its lower rules; in that case there are several.

    Args:
        lines: Of a page, from top to bottom.
        ruled: Its ruled tables, in the lines' pixels.
    """
    blocks: list[list[_Line]] = []
    last: _Line | None = None
    before: list[_Line] = []
    for line in lines:
        above = last or next(reversed(before), None)
        if above is not None and any(
            above.box.bottom <= table.center[1] <= line.box.top for table in ruled
        ):
            last, before = None, []
        wide, pair = line.columns >= _FEWEST_COLUMNS, line.columns == _PAIR
        if last is None and (wide or (pair and _is_under(line.box, ruled))):
            blocks.append([*_near(before, line), line])
        elif wide or (pair and last is not None and _near([last], line)):
            blocks[-1].append(line)
        elif pair:
            before = [*_near(before, line), line]
            continue
        else:
            continue
        last, before = line, []
    return [block for block in blocks if len(block) > 1 or block[0].columns >= _FEWEST_COLUMNS]


def _near(rows: list[_Line], line: _Line) -> list[_Line]:
    """The rows of a label and one figure that end near a line; none where they do not."""
    return rows if rows and line.number - rows[-1].number <= _BETWEEN_ROWS else []


def _is_under(line: Box, ruled: Sequence[Box]) -> bool:
    """Whether a line is the first under a ruled table: rules may enclose its head alone."""
    gaps = [line.top - table.bottom for table in ruled]
    return any(0 < gap + line.height < _CLOSE_UNDER * line.height for gap in gaps)


def _from_grid(page: Page, ink: Ink, mended: tuple[Grid, tuple[tuple[Box, ...], ...]]) -> Table:
    grid, runs = mended
    return Table(
        page=page.number,
        box=grid.box,
        ruled=True,
        rows=len(grid.ys) - 1,
        columns=len(grid.xs) - 1,
        cells=tuple(
            _as_cell(cell, mine, ink.foreign) for cell, mine in zip(grid.cells, runs, strict=True)
        ),
    )


def _has_print(grid: Grid, runs: Sequence[tuple[Box, ...]]) -> bool:
    """Whether a grid is of this page; that of its back shines through with little print.

    A single row may go over to a page without its label, and be empty.
    """
    rows = {cell.row for cell in grid.cells}
    printed = {cell.row for cell, mine in zip(grid.cells, runs, strict=True) if mine}
    return len(rows) == 1 or len(printed) >= _LEAST_PRINTED * len(rows)


def _has_columns(runs: Sequence[tuple[Box, ...]]) -> bool:
    """Whether rules part the columns; in a table with level rules alone only alleys do."""
    printed = [group_lines(mine) for mine in runs if mine]
    alleys = [max(len(join_close(line, _ALLEY_SHARE)) for line in lines) - 1 for lines in printed]
    return sum(alleys) <= _MOST_ALLEYS * len(printed)


def _as_cell(cell: GridCell, runs: tuple[Box, ...], foreign: Mask) -> Cell:
    box = cell.box
    window = foreign[int(box.top) : int(box.bottom) + 1, int(box.left) : int(box.right) + 1]
    touched = window.size > 0 and float((window > 0).mean()) > _TOUCHED_SHARE
    return Cell(cell.row, cell.column, cell.row_span, cell.column_span, box, runs, touched)


def _unruled_regions(
    page: Page, regions: Sequence[Region], ruled: Sequence[Box]
) -> tuple[Box, ...]:
    """Where a table may stand that its rules do not show."""
    height, width = page.image.shape[:2]
    if page.kind == "digital" and not ruled:
        return (Box(0.0, 0.0, float(width), float(height)),)
    margin = _REGION_MARGIN_INCH * page.dpi
    found = []
    for region in regions:
        box = Box(0.0, region.box[1] - margin, float(width), region.box[3] + margin)
        covered = sum(box.overlap(other) for other in ruled)
        if region.kind in _TABLE_KINDS and covered < 0.5 * region_area(box, ruled):
            found.append(box)
    return tuple(_join_overlapping(found))


def _join_overlapping(boxes: Sequence[Box]) -> list[Box]:
    """Boxes of full width, those that overlap made one: print belongs to one table."""
    joined: list[Box] = []
    for box in sorted(boxes, key=lambda box: box.top):
        if joined and box.top < joined[-1].bottom:
            joined[-1] = hull((joined[-1], box))
        else:
            joined.append(box)
    return joined


def region_area(box: Box, ruled: Sequence[Box]) -> float:
    """Area of a region, over the width that the ruled tables of the page take."""
    width = max((other.width for other in ruled), default=box.width)
    return width * box.height


def _from_lines(page: Page, ink: Ink, region: Box, ruled: Sequence[Box]) -> Table | None:
    """Rows are lines of print, cells its runs; what column a run is in, the form says."""
    runs = [
        run
        for run in find_runs(page, ink, region, _long_lines(ink.horizontal, page.dpi))
        if not any(contains(table, run.center) for table in ruled)
    ]
    lines = _without_page_number(group_lines(runs))
    # Only what went through a scanner slants.
    lines = _join_halves(lines) if page.kind == "scanned" else lines
    rows = part_columns([join_close(line, _CELL_GAP_SHARE) for line in lines], ink.text)
    if len(rows) < _FEWEST_LINES and max(map(len, rows), default=0) < _FEWEST_COLUMNS:
        return None
    cells = tuple(
        _as_cell(GridCell(row, column, 1, 1, hull(together)), together, ink.foreign)
        for row, line in enumerate(rows)
        for column, together in enumerate(line)
    )
    return Table(
        page=page.number,
        box=hull([run for line in lines for run in line]),
        ruled=False,
        rows=len(rows),
        columns=max(map(len, rows)),
        cells=cells,
    )


def _join_halves(lines: Sequence[tuple[Box, ...]]) -> list[tuple[Box, ...]]:
    """Lines of print, those made one that are the two halves of a row that slants."""
    joined: list[tuple[Box, ...]] = []
    for line in lines:
        if joined and _is_other_half(joined[-1], line):
            joined[-1] = tuple(sorted((*joined[-1], *line), key=lambda box: box.left))
        else:
            joined.append(line)
    return joined


def _is_other_half(upper: Sequence[Box], lower: Sequence[Box]) -> bool:
    """Whether two lines are nearer than two rows can be, and hardly any print is over other print.

    A label that is written downwards may be.
    """
    if min(len(upper), len(lower)) < _PAIR:
        return False
    above, below = (median(run.center[1] for run in line) for line in (upper, lower))
    height = min(median(run.height for run in line) for line in (upper, lower))
    over = sum(
        one.left < other.right and other.left < one.right for one in upper for other in lower
    )
    few = over <= _MOST_OVER * (len(upper) + len(lower))
    return few and below - above < _NEARER_THAN_ROWS * height


def _part_at(table: Table, ruled: Sequence[Box]) -> Iterator[Table]:
    """A table's rows above and below each ruled table among them: what is read next is next."""
    above: dict[int, list[Cell]] = defaultdict(list)
    for _, row in groupby(table.cells, lambda cell: cell.row):
        cells = list(row)
        middle = hull([cell.box for cell in cells]).center[1]
        above[sum(box.center[1] < middle for box in ruled)].extend(cells)
    for cells in above.values():
        first = cells[0].row
        yield replace(
            table,
            box=hull([cell.box for cell in cells]),
            rows=cells[-1].row + 1 - first,
            cells=tuple(replace(cell, row=cell.row - first) for cell in cells),
        )


def _long_lines(horizontal: Mask, dpi: float) -> Mask:
    """Lines between rows, without the short pieces that a net sees in print."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(horizontal, connectivity=8)
    long = stats[:, cv2.CC_STAT_WIDTH] > _LONG_INCH * dpi
    return np.where(long[labels], horizontal, np.uint8(0))


def _without_page_number(lines: Sequence[tuple[Box, ...]]) -> Sequence[tuple[Box, ...]]:
    """Lines of print without a last one that stands by itself, apart from all others."""
    boxes = [hull(line) for line in lines]
    gaps = [lower.top - upper.bottom for upper, lower in pairwise(boxes)]
    if len(gaps) < _FEWEST_LINES or len(join_close(lines[-1], _CELL_GAP_SHARE)) > 1:
        return lines
    usual = max(float(np.median(gaps)), float(np.median([box.height for box in boxes])) / 2)
    return lines[:-1] if gaps[-1] > _APART * usual else lines
