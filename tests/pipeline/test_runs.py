"""Runs of print: numbers stay whole, columns stay apart, lines come in order."""

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image as Pillow

from models.load import Models
from models.types import Image
from pipeline.ink import separate_ink
from pipeline.runs import find_mask_runs, find_runs, group_lines, hull, join_close
from pipeline.types import Box, Page, Rule, Word
from tests.pipeline.printing import write_on

EVERYWHERE = Box(0, 0, 900, 1200)


def page_with(*texts: tuple[str, int, int]) -> Image:
    image = Pillow.new("RGB", (900, 1200), "white")
    for text, left, bottom in texts:
        write_on(image, text, (left, bottom))
    return np.asarray(image).copy()


def runs_of(page: Page, models: Models, region: Box = EVERYWHERE) -> tuple[Box, ...]:
    return find_runs(page, separate_ink(page, models.segment), region)


def test_digits_of_a_number_are_one_run_and_columns_are_two(
    scan_of: Callable[[Image], Page], models: Models
) -> None:
    first, second = runs_of(scan_of(page_with(("3985758", 100, 200), ("0", 400, 200))), models)
    assert first.left < 110
    assert 180 < first.right < 230
    assert 400 < second.left < 410


def test_lone_thin_digit_is_a_run(scan_of: Callable[[Image], Page], models: Models) -> None:
    assert len(runs_of(scan_of(page_with(("1", 300, 300))), models)) == 1


@pytest.mark.parametrize(
    ("upper", "gap", "lower", "runs"), [(8, 3, 5, 1), (8, 6, 5, 2), (12, 3, 12, 2)]
)
def test_pieces_that_nearly_touch_are_one_run_unless_they_are_as_high_as_two_lines(
    upper: int, gap: int, lower: int, runs: int
) -> None:
    mask = np.zeros((60, 60), np.uint8)
    mask[20 : 20 + upper, 20:29] = 255
    mask[20 + upper + gap : 20 + upper + gap + lower, 20:29] = 255
    assert len(find_mask_runs(mask, 150.0)) == runs


def test_dust_is_no_run(scan_of: Callable[[Image], Page], models: Models) -> None:
    image = page_with(("7", 300, 300))
    for x in range(50, 850, 37):
        image[500 + x % 90, x] = 0
    assert len(runs_of(scan_of(image), models)) == 1


def test_runs_are_cut_at_the_region_of_a_scan(
    scan_of: Callable[[Image], Page], models: Models
) -> None:
    page = scan_of(page_with(("12", 100, 200), ("34", 500, 200)))
    (run,) = runs_of(page, models, Box(450, 150, 700, 250))
    assert run.left >= 450
    assert runs_of(page, models, Box(700, 600, 700, 600)) == ()


def test_runs_of_a_digital_page_are_its_words(
    layer_of: Callable[[tuple[Word, ...], tuple[Rule, ...]], Page], models: Models
) -> None:
    inside, across, outside = Box(100, 100, 140, 120), Box(195, 100, 230, 120), Box(400, 9, 440, 29)
    page = layer_of(tuple(Word("1", box) for box in (outside, across, inside)), ())
    assert runs_of(page, models, Box(90, 90, 210, 130)) == (inside,)
    assert runs_of(page, models, Box(90, 90, 220, 130)) == (inside, across)


def test_lines_go_down_and_their_runs_to_the_right() -> None:
    upper = [Box(300, 102, 340, 122), Box(100, 98, 180, 124)]
    lower = [Box(120, 140, 200, 160)]
    assert group_lines([*lower, *upper]) == ((upper[1], upper[0]), (lower[0],))


def test_low_mark_stays_on_the_line_of_the_tall_print_beside_it() -> None:
    tall, dash, below = Box(100, 100, 200, 130), Box(300, 113, 320, 117), Box(300, 150, 320, 154)
    assert group_lines([dash, below, tall]) == ((tall, dash), (below,))


def test_hull_holds_all_boxes() -> None:
    assert hull([Box(5, 2, 9, 4), Box(1, 3, 6, 8)]) == Box(1, 2, 9, 8)


def test_two_dashes_are_one_sign_though_most_of_the_line_is_dashes() -> None:
    label = Box(100, 100, 200, 113)
    unit, value = (
        [Box(x, 106, x + 12, 108), Box(x + 15, 106, x + 27, 108)] for x in (300.0, 420.0)
    )
    line = [label, *unit, *value]
    assert join_close(line, 0.8) == [(label,), tuple(unit), tuple(value)]
