"""Counts of pixels that the net and the drawing mark, on maps made up here."""

import numpy as np
import pytest

from eval.segmentation import Overlap, compare_maps, write_overlaps
from models.segmentation import Segments

BLANK = np.zeros((20, 30), np.uint8)


def line_at(y: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    drawn = BLANK.copy()
    drawn[y] = 255
    return drawn


def of_horizontal(said: int, true: int) -> Overlap:
    """The net says a line at one height and the drawing has it at another."""
    segments = Segments(BLANK, line_at(said), BLANK)
    truth = np.where(line_at(true) > 0, np.uint8(2), np.uint8(0))
    _, horizontal, _ = compare_maps("light", segments, truth, ruled=True)
    return horizontal


def test_a_line_in_its_place_overlaps_wholly() -> None:
    one = of_horizontal(8, 8)
    assert (one.both, one.either, one.true, one.met, one.said, one.false) == (30,) * 5 + (0,)


def test_a_line_beside_its_place_is_met_and_does_not_overlap() -> None:
    one = of_horizontal(9, 7)
    assert (one.both, one.either, one.met, one.false) == (0, 60, 30, 0)


def test_a_line_far_from_its_place_is_false() -> None:
    one = of_horizontal(12, 7)
    assert (one.met, one.false) == (0, 30)


def test_maps_are_not_mixed_up() -> None:
    printed, _, vertical = compare_maps(
        "light", Segments(BLANK, line_at(3), BLANK), BLANK, ruled=True
    )
    assert (printed.map, vertical.map) == ("print", "vertical")
    assert printed.said == vertical.said == 0


@pytest.mark.parametrize(
    ("map_", "line"),
    [
        ("horizontal", "| light | horizontal | 1 | 100.00% | 100.00% | 0.00% |"),
        ("print", "| light | print | 0 | – | – | – |"),
    ],
)
def test_table_has_a_line_for_each_level_and_map(map_: str, line: str) -> None:
    lines = write_overlaps([of_horizontal(8, 8)]).splitlines()
    assert len(lines) == 2 + 4 * 3
    assert [one for one in lines if one.startswith(f"| light | {map_} |")] == [line]
