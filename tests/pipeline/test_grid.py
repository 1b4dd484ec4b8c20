"""Grids come out of drawn rules, whatever happened to the rules."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import cv2
import numpy as np
import pytest

from models.load import Models
from models.types import Image
from pipeline.grid import Grid, find_grids
from pipeline.ink import separate_ink
from pipeline.types import Box, Page, Rule, Word

BLACK = (30, 30, 30)
XS = (100, 300, 420, 540, 660)
YS = (200, 240, 280, 320, 360, 400)
Line = tuple[tuple[int, int], tuple[int, int]]


def paper(width: int = 900, height: int = 1200) -> Image:
    return np.full((height, width, 3), 255, np.uint8)


def rules(xs: Sequence[int] = XS, ys: Sequence[int] = YS) -> list[Line]:
    """Every edge of a lattice, piece by piece."""
    across = [((a, y), (b, y)) for y in ys for a, b in pairwise(xs)]
    return across + [((x, a), (x, b)) for x in xs for a, b in pairwise(ys)]


def draw(image: Image, lines: Sequence[Line], colour: tuple[int, int, int] = BLACK) -> Image:
    for first, last in lines:
        cv2.line(image, first, last, colour, 2)
    return image


def shape(grid: Grid) -> tuple[int, int, int]:
    return len(grid.ys) - 1, len(grid.xs) - 1, len(grid.cells)


@pytest.fixture
def grids_of(
    scan_of: Callable[[Image], Page], models: Models
) -> Callable[[Image], tuple[Grid, ...]]:
    return lambda image: find_grids(separate_ink(scan_of(image), models.segment), 150)


GridsOf = Callable[[Image], tuple[Grid, ...]]


@pytest.mark.parametrize("size", [(900, 1200), (1200, 900)])
@pytest.mark.parametrize("offset", [(0, 0), (37, -90), (180, 410)])
def test_table_anywhere_on_portrait_or_landscape_gives_its_cells(
    grids_of: GridsOf, size: tuple[int, int], offset: tuple[int, int]
) -> None:
    xs, ys = [x + offset[0] for x in XS], [y + offset[1] for y in YS]
    (grid,) = grids_of(draw(paper(*size), rules(xs, ys)))
    assert shape(grid) == (5, 4, 20)
    assert grid.xs == pytest.approx(xs, abs=3)
    assert grid.ys == pytest.approx(ys, abs=3)
    box = grid.cells[5].box
    assert (grid.cells[5].row, grid.cells[5].column) == (1, 1)
    assert (box.left, box.top, box.right, box.bottom) == pytest.approx(
        (xs[1], ys[1], xs[2], ys[2]), abs=3
    )


def test_gaps_in_every_rule_lose_no_cell(grids_of: GridsOf) -> None:
    image = draw(paper(), rules())
    for number, y in enumerate(YS):
        for x in range(120 + 13 * number, 640, 70):
            image[y - 3 : y + 4, x : x + (15 if number % 2 else 5)] = 255
    for number, x in enumerate(XS):
        image[215 + 40 * number : 225 + 40 * number, x - 3 : x + 4] = 255
    (grid,) = grids_of(image)
    assert shape(grid) == (5, 4, 20)


def test_faint_rules_are_rules(grids_of: GridsOf) -> None:
    (grid,) = grids_of(draw(paper(), rules(), (212, 212, 212)))
    assert shape(grid) == (5, 4, 20)


def test_row_header_and_heading_span_what_they_stand_beside(grids_of: GridsOf) -> None:
    inner = {((x, 200), (x, 240)) for x in XS[1:-1]}
    inner |= {((100, y), (300, y)) for y in (280, 320, 360)}
    (grid,) = grids_of(draw(paper(), [line for line in rules() if line not in inner]))
    spans = {(c.row, c.column): (c.row_span, c.column_span) for c in grid.cells}
    assert spans[0, 0] == (1, 4)
    assert spans[1, 0] == (4, 1)
    assert len(spans) == 1 + 1 + 4 * 3


def test_cell_that_lost_a_third_of_a_rule_is_not_merged(grids_of: GridsOf) -> None:
    image = draw(paper(), rules())
    image[315:325, 340:380] = 255
    (grid,) = grids_of(image)
    assert shape(grid) == (5, 4, 20)


def test_columns_of_a_digital_page_s_first_row_alone_are_columns(
    layer_of: Callable[[tuple[Word, ...], tuple[Rule, ...]], Page], models: Models
) -> None:
    lines = [*rules(XS, YS[:2]), *rules((100, 300, 480, 660), YS[1:])]
    drawn = tuple(Rule(Box(*a, *b), horizontal=a[1] == b[1]) for a, b in lines)
    (grid,) = find_grids(separate_ink(layer_of((), drawn), models.segment), 150)
    assert [len([cell for cell in grid.cells if cell.row == row]) for row in (0, 1)] == [4, 3]


def test_open_sides_are_closed_where_the_rules_end(grids_of: GridsOf) -> None:
    open_sides = [line for line in rules() if not {line[0][0], line[1][0]} <= {100}]
    open_sides = [line for line in open_sides if not {line[0][0], line[1][0]} <= {660}]
    (grid,) = grids_of(draw(paper(), open_sides))
    assert shape(grid) == (5, 4, 20)
    assert (grid.xs[0], grid.xs[-1]) == pytest.approx((100, 660), abs=20)


def test_row_that_is_open_above_ends_where_most_of_its_rules_do(grids_of: GridsOf) -> None:
    lines = [line for line in rules() if not line[0][1] == line[1][1] == YS[0]]
    # Ink at the edge of the sheet makes two of the rules longer.
    longer = [((x, 90), (x, YS[0])) for x in XS[:2]]
    (grid,) = grids_of(draw(paper(), lines + longer))
    assert shape(grid) == (5, 4, 20)
    assert grid.ys[0] == pytest.approx(YS[0], abs=6)


def test_wavering_rule_takes_its_cells_along(grids_of: GridsOf) -> None:
    lines = [line for line in rules() if {line[0][1], line[1][1]} != {320}]
    image = draw(paper(), [*lines, ((100, 317), (660, 323))])
    (grid,) = grids_of(image)
    above = {cell.column: cell.box.bottom for cell in grid.cells if cell.row == 2}
    assert above[0] < above[3]
    assert above[3] - above[0] == pytest.approx(4, abs=2)


def test_two_tables_come_from_top_to_bottom(grids_of: GridsOf) -> None:
    image = draw(paper(), rules(XS, [y + 500 for y in YS]))
    upper, lower = grids_of(draw(image, rules((100, 380, 660), (200, 240, 280))))
    assert shape(upper) == (2, 2, 4)
    assert shape(lower) == (5, 4, 20)


def test_frame_is_no_table(grids_of: GridsOf) -> None:
    image = paper()
    cv2.rectangle(image, (60, 100), (840, 1100), BLACK, 2)
    assert grids_of(image) == ()


def test_line_under_a_heading_is_no_table(grids_of: GridsOf) -> None:
    assert grids_of(draw(paper(), [((100, 300), (800, 300)), ((100, 900), (300, 900))])) == ()
    assert grids_of(paper()) == ()


def test_rule_worn_away_between_a_column_and_one_of_other_rows_is_there(
    layer_of: Callable[[tuple[Word, ...], tuple[Rule, ...]], Page], models: Models
) -> None:
    others = (100, 300, 460, 660)
    lines = [*rules(XS, YS[:3]), *rules(others, YS[2:5])]
    # Of the 120 pixels below a cell of the first row, less than a third.
    worn = [line for line in lines if line != ((420, YS[1]), (540, YS[1]))]
    worn.append(((460, YS[1]), (540, YS[1])))
    drawn = tuple(Rule(Box(*a, *b), horizontal=a[1] == b[1]) for a, b in worn)
    (grid,) = find_grids(separate_ink(layer_of((), drawn), models.segment), 150)
    assert [len([cell for cell in grid.cells if cell.row == row]) for row in range(4)] == [
        *(4, 4),
        *(3, 3),
    ]
