"""Where one ruled table ends and the next begins, and which lines are printed."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest

from models.types import Image
from pipeline.grid import find_grids
from pipeline.ink import Ink, Mask
from pipeline.rules import count_level_lines, find_rules
from training.rasters import render
from training.sheet_grid import plain_grid
from training.sheet_markup import Paragraph, Part, SheetStyle, Table
from training.sheets import draw_parts

DPI = 150
XS = (100, 300, 420, 540, 660)
UPPER, LOWER = (200, 240, 280, 320), (420, 460, 500, 540)
Line = tuple[tuple[int, int], tuple[int, int]]


def mask(lines: Sequence[Line]) -> Mask:
    drawn = np.zeros((1200, 900), np.uint8)
    for first, last in lines:
        cv2.line(drawn, first, last, (255,), 3)
    return drawn


def lattice(ys: Sequence[int]) -> tuple[list[Line], list[Line]]:
    across = [((XS[0], y), (XS[-1], y)) for y in ys]
    return across, [((x, a), (x, b)) for x in XS for a, b in pairwise(ys)]


@pytest.fixture
def two_tables() -> Ink:
    """Two tables below one another, drawn as the net would: all lines, all of them inked."""
    upper, lower = lattice(UPPER), lattice(LOWER)
    horizontal, vertical = mask([*upper[0], *lower[0]]), mask([*upper[1], *lower[1]])
    nothing = np.zeros_like(horizontal)
    strokes = np.maximum(horizontal, vertical)
    return Ink(nothing, horizontal, vertical, strokes, nothing, np.zeros((0, 2)), exact=False)


def sizes(ink: Ink) -> list[tuple[int, int]]:
    return [(len(grid.ys) - 1, len(grid.xs) - 1) for grid in find_grids(ink, DPI)]


def test_tables_apart_are_two(two_tables: Ink) -> None:
    assert sizes(two_tables) == [(3, 4), (3, 4)]


@pytest.mark.parametrize("sides", [(100,), (660,), (100, 660)])
def test_side_that_the_net_draws_on_to_the_next_table_joins_nothing(
    two_tables: Ink, sides: tuple[int, ...]
) -> None:
    between = mask([((x, UPPER[-1]), (x, LOWER[0])) for x in sides])
    joined = replace(two_tables, vertical=np.maximum(two_tables.vertical, between))
    assert sizes(joined) == [(3, 4), (3, 4)]


def test_heading_with_both_sides_printed_stays_in_its_table(two_tables: Ink) -> None:
    between = mask([((x, UPPER[-1]), (x, LOWER[0])) for x in (100, 660)])
    printed = replace(
        two_tables,
        vertical=np.maximum(two_tables.vertical, between),
        strokes=np.maximum(two_tables.strokes, between),
    )
    assert sizes(printed) == [(7, 4)]


def test_pen_stroke_at_the_end_of_a_line_adds_no_column(two_tables: Ink) -> None:
    pen = mask([((660, 240), (760, 240)), ((760, 215), (760, 265))])
    drawn = replace(
        two_tables,
        horizontal=np.maximum(two_tables.horizontal, pen),
        strokes=np.maximum(two_tables.strokes, pen),
    )
    assert sizes(drawn) == [(3, 4), (3, 4)]


def test_pieces_beside_each_other_that_rules_worn_away_left_are_one_table(two_tables: Ink) -> None:
    strokes = two_tables.strokes.copy()
    strokes[:, XS[1] + 2 : XS[2] - 2] = 0
    worn = replace(two_tables, strokes=strokes)
    assert sizes(worn) == [(3, 4), (3, 4)]


def test_lines_without_ink_under_them_are_no_table(two_tables: Ink) -> None:
    assert sizes(replace(two_tables, strokes=np.zeros_like(two_tables.strokes))) == []


@pytest.fixture
def crowded() -> tuple[tuple[int, ...], list[Line], list[Line]]:
    """Where the rows of a table of the smallest print are parted, and its lines."""
    ys = tuple(range(200, 520, 16))
    return ys, *lattice(ys)


def test_column_of_small_digits_is_no_rule(
    crowded: tuple[tuple[int, ...], list[Line], list[Line]],
) -> None:
    ys, across, down = crowded
    middle = (XS[-2] + XS[-1]) // 2
    horizontal = mask(across)
    false = mask([*down, ((middle, ys[0]), (middle, ys[-1]))])
    strokes = np.maximum(horizontal, mask(down))
    for y in ys[:-1]:
        cv2.ellipse(strokes, (middle, y + 8), (4, 4), 0, 0, 360, (255,), 2)
    nothing = np.zeros_like(horizontal)
    ink = Ink(nothing, horizontal, false, strokes, nothing, np.zeros((0, 2)), exact=False)
    assert sizes(ink) == [(19, 4)]


@pytest.mark.parametrize("beside", [0, 2])
def test_rule_that_labels_begin_hard_by_is_one(
    crowded: tuple[tuple[int, ...], list[Line], list[Line]], beside: int
) -> None:
    # The net's line may run beside the ink.
    ys, across, down = crowded
    horizontal, vertical = mask(across), mask(down)
    strokes = np.maximum(horizontal, np.roll(vertical, beside, axis=1))
    text = np.zeros_like(horizontal)
    for number, y in enumerate(ys[:-1]):
        for left in range(XS[1] + beside + 4, XS[1] + 90, 9):
            text[y + 4 : y + 12, left : left + 4 + number % 4] = 255
    strokes = np.maximum(strokes, text)
    nothing = np.zeros_like(horizontal)
    ink = Ink(text, horizontal, vertical, strokes, nothing, np.zeros((0, 2)), exact=False)
    assert sizes(ink) == [(19, 4)]


def test_rule_that_digits_are_set_hard_against_is_one(
    crowded: tuple[tuple[int, ...], list[Line], list[Line]],
) -> None:
    ys, across, down = crowded
    horizontal, vertical = mask(across), mask(down)
    text = np.zeros_like(horizontal)
    for y in ys[:-1]:
        for x in XS[1:]:
            cv2.ellipse(text, (x - 4, y + 8), (2, 4), 0, 0, 360, (255,), 2)
    strokes = np.maximum(np.maximum(horizontal, vertical), text)
    nothing = np.zeros_like(horizontal)
    ink = Ink(text, horizontal, vertical, strokes, nothing, np.zeros((0, 2)), exact=False)
    assert sizes(ink) == [(19, 4)]


def test_rules_go_no_farther_than_their_ink(two_tables: Ink) -> None:
    # The net draws rules that are there in part on over blank paper, and one upright there too.
    beside = mask([((XS[-1], y), (850, y)) for y in (*UPPER, *LOWER)])
    upright = mask([((780, UPPER[0]), (780, UPPER[-1]))])
    farther = replace(
        two_tables,
        horizontal=np.maximum(two_tables.horizontal, beside),
        vertical=np.maximum(two_tables.vertical, upright),
        strokes=pale(two_tables.strokes),
    )
    assert sizes(farther) == [(3, 4), (3, 4)]
    printed = mask([((820, y - 20), (835, y - 20)) for y in (*UPPER[1:], *LOWER[1:])])
    faded = replace(farther, text=printed, strokes=np.maximum(farther.strokes, printed))
    assert sizes(faded) == [(3, 5), (3, 5)]


def pale(strokes: Mask) -> Mask:
    """Strokes of which a threshold left short dashes."""
    dashed = strokes.copy()
    for start in range(0, 900, 12):
        dashed[:, start : start + 8] = 0
    return np.maximum(dashed, mask([((x, 200), (x, 540)) for x in XS]))


def test_rule_a_little_paler_than_other_pale_ones_is_one(two_tables: Ink) -> None:
    strokes = pale(two_tables.strokes)
    strokes[UPPER[1] - 3 : UPPER[1] + 4, XS[0] + 60 :] = 0
    strokes[UPPER[1], XS[0] : XS[0] + 60] = 255
    assert sizes(replace(two_tables, strokes=strokes)) == [(3, 4), (3, 4)]


def test_single_row_that_a_table_runs_over_to_the_next_page_is_one() -> None:
    across, down = lattice((200, 225))
    horizontal, vertical = mask(across), mask(down)
    nothing = np.zeros_like(horizontal)
    strokes = np.maximum(horizontal, vertical)
    ink = Ink(nothing, horizontal, vertical, strokes, nothing, np.zeros((0, 2)), exact=False)
    assert sizes(ink) == [(1, 4)]


def test_line_that_ends_where_its_window_does_gives_no_empty_table(two_tables: Ink) -> None:
    stray = mask([((0, 1198), (899, 1198)), ((450, 1150), (450, 1199))])
    drawn = replace(
        two_tables,
        horizontal=np.maximum(two_tables.horizontal, stray),
        vertical=np.maximum(two_tables.vertical, stray),
        strokes=np.maximum(two_tables.strokes, stray),
    )
    assert all(rules.horizontal.size for rules in find_rules(drawn, DPI))


def page_of(*parts: Part) -> Image:
    return render(draw_parts(parts, SheetStyle()), DPI)[0]


@pytest.fixture
def blurred() -> Callable[[Image], Image]:
    return lambda image: np.asarray(cv2.GaussianBlur(image, (0, 0), 1.2), dtype=np.uint8)


def test_table_shows_more_level_lines_than_short_lines_of_print(
    blurred: Callable[[Image], Image],
) -> None:
    grid = plain_grid(("信息内容", "数量"), [(f"第{row}项", str(row)) for row in range(12)])
    titles = [Paragraph(f"{number}、存在的主要问题") for number in range(20)]
    assert count_level_lines(blurred(page_of(Table(grid))), DPI) >= 6
    assert count_level_lines(blurred(page_of(*titles)), DPI) < 6
