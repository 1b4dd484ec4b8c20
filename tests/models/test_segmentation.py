"""The net that tells print and the lines between cells, on a page drawn here."""

import cv2
import numpy as np
import pytest

from models.errors import BadModelInput
from models.segmentation import SEGMENT_DPI, Segmenter, Segments, as_input, load_segmenter, shrink
from models.types import Grey

ROWS = range(200, 501, 30)
COLUMNS = (100, 300, 400, 500, 600, 720)
SURE = 127


@pytest.fixture(scope="module")
def segmenter() -> Segmenter:
    return load_segmenter(1)


@pytest.fixture(scope="module")
def page() -> Grey:
    """A ruled table full of numbers at 100 dpi, and nothing around it."""
    drawn = np.full((1169, 827), 255, np.uint8)
    for y in ROWS:
        cv2.line(drawn, (COLUMNS[0], y), (COLUMNS[-1], y), (0,), 1)
    for x in COLUMNS:
        cv2.line(drawn, (x, ROWS[0]), (x, ROWS[-1]), (0,), 1)
    for y in ROWS[:-1]:
        for x in COLUMNS[:-1]:
            cv2.putText(drawn, "207", (x + 40, y + 20), 0, 0.4, (30,), 1, cv2.LINE_AA)
    return drawn


@pytest.fixture(scope="module")
def found(segmenter: Segmenter, page: Grey) -> Segments:
    return segmenter.segment(page, SEGMENT_DPI)


def test_rules_are_found_each_in_its_map(found: Segments) -> None:
    for y in ROWS:
        assert (found.horizontal[y - 1 : y + 2, 110:710].max(axis=0) > SURE).mean() > 0.9
    for x in COLUMNS:
        assert (found.vertical[210:490, x - 1 : x + 2].max(axis=1) > SURE).mean() > 0.9


def test_print_is_found_and_is_no_line(found: Segments) -> None:
    for y in ROWS[:-1]:
        for x in COLUMNS[:-1]:
            number = slice(y + 13, y + 19), slice(x + 42, x + 58)
            assert (found.print[number] > SURE).mean() > 0.6
            assert (found.horizontal[number] > SURE).mean() < 0.1
            assert (found.vertical[number] > SURE).mean() < 0.1


def test_nothing_is_found_on_blank_paper_far_from_a_table(found: Segments) -> None:
    for map_ in (found.print, found.horizontal, found.vertical):
        assert map_[850:].max() <= SURE
    assert found.print[520:].max() <= SURE
    assert found.print[:180].max() <= SURE


def test_a_broken_rule_is_found_where_nothing_is_printed(segmenter: Segmenter, page: Grey) -> None:
    broken = page.copy()
    gap = slice(ROWS[4] - 1, ROWS[4] + 2), slice(320, 380)
    broken[gap] = 255
    found = segmenter.segment(broken, SEGMENT_DPI)
    assert (found.horizontal[gap].max(axis=0) > SURE).mean() > 0.8


def test_maps_are_as_large_as_the_page_at_any_resolution(segmenter: Segmenter, page: Grey) -> None:
    fine = cv2.resize(page, (1241, 1753), interpolation=cv2.INTER_CUBIC)
    found = segmenter.segment(np.asarray(fine, np.uint8), 150.0)
    assert {map_.shape for map_ in (found.print, found.horizontal, found.vertical)} == {fine.shape}
    assert (found.horizontal[298:304, 170:1060].max(axis=0) > SURE).mean() > 0.9


def test_input_is_darkness_padded_with_paper() -> None:
    batch = as_input(np.zeros((20, 33), np.uint8))
    assert batch.shape == (1, 32, 48)
    assert batch[0, :20, :33].min() == 1
    assert batch[0, 20:].max() == batch[0, :, 33:].max() == 0


@pytest.mark.parametrize(
    "page", [np.zeros((50, 50, 3), np.uint8), np.zeros((50, 50)), np.zeros((0, 50), np.uint8)]
)
def test_what_is_no_grey_page_is_refused(page: Grey) -> None:
    with pytest.raises(BadModelInput):
        shrink(page, SEGMENT_DPI)
