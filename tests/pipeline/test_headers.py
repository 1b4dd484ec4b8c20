"""Labels over columns, also those that are written downwards or wrap."""

import numpy as np
import pytest

from pipeline.headers import labels_above, labels_before
from pipeline.types import Box, Candidate, Cell, Reading


def label(left: float, top: float, text: str) -> Reading:
    """Print 20 pixels high, as wide as its characters."""
    box = Box(left, top, left + 20.0 * len(text), top + 20.0)
    cell = Cell(0, 0, 1, 1, box, (), touched=False)
    return Reading(cell, 1, text, (Candidate(text, 0.9),), "read")


def downwards(left: float, top: float, text: str) -> list[Reading]:
    return [label(left, top + 26.0 * at, one) for at, one in enumerate(text)]


def texts_over(x: float, readings: list[Reading]) -> set[str]:
    return {text for box, text in labels_above(400.0, readings) if box.left < x < box.right}


def test_label_written_downwards_is_one_and_not_that_of_all_columns() -> None:
    spanning = label(100.0, 100.0, "法人或其他组织")
    readings = [spanning, *downwards(150.0, 130.0, "社会公益组织"), label(200.0, 200.0, "法律")]
    assert texts_over(160.0, readings) == {"法人或其他组织", "社会公益组织"}
    assert texts_over(210.0, readings) == {"法人或其他组织", "法律"}


@pytest.mark.parametrize("end", ["正", "正数"])
def test_characters_under_a_label_as_narrow_end_it(end: str) -> None:
    readings = [label(100.0, 100.0, "结果纠"), *downwards(120.0, 130.0, end)]
    assert texts_over(130.0, readings) == {"结果纠" + end}


def test_two_labels_written_downwards_beside_each_other_stay_two() -> None:
    readings = [*downwards(100.0, 100.0, "合计"), *downwards(140.0, 100.0, "其他")]
    assert texts_over(110.0, readings) == {"合计"}
    assert texts_over(150.0, readings) == {"其他"}


@pytest.mark.parametrize(("end", "heard"), [(115.0, set[str]()), (220.0, {"尚未审结"})])
def test_headers_of_the_page_before_are_nobodys_where_two_pieces_of_one_make_up_their_count(
    end: float, heard: set[str]
) -> None:
    before = [label(100.0, 100.0, "结果维持"), label(end, 104.0, "尚未审结")]
    middles = np.array([150.0, 270.0])
    labels = labels_before(before, middles, 120.0, corner=False)
    assert {text for box, text in labels if box.left < 270.0 < box.right} == heard
