"""Orientation and layout on a page of a real report, drawn again."""

import numpy as np
import pypdfium2
import pytest

from eval.corpus import REPORTS
from models.errors import BadModelInput
from models.layout import CdlaLayoutModel
from models.load import Models
from models.types import Image


@pytest.fixture(scope="module")
def pages() -> tuple[Image, ...]:
    document = pypdfium2.PdfDocument(REPORTS / "kuancheng_2020" / "source.pdf")
    try:
        # 100 dpi: both nets scale pages down further than that.
        bitmaps = [page.render(scale=100 / 72, rev_byteorder=True) for page in document]
        return tuple(bitmap.to_numpy()[:, :, :3].copy() for bitmap in bitmaps)
    finally:
        document.close()


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_quarter_turns_are_told_clockwise(
    models: Models, pages: tuple[Image, ...], turn: int
) -> None:
    # np.rot90 turns anticlockwise.
    turned = np.ascontiguousarray(np.rot90(pages[0], -turn // 90))
    found, probability = models.find_orientation(turned)
    assert found == turn
    assert 0.5 < probability <= 1


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_print_that_ends_in_the_upper_fifth_tells_the_turn_too(
    models: Models, pages: tuple[Image, ...], turn: int
) -> None:
    last = pages[0].copy()
    last[last.shape[0] // 5 :] = 255
    found, probability = models.find_orientation(np.ascontiguousarray(np.rot90(last, -turn // 90)))
    assert found == turn
    assert probability > 0.8


def test_a_page_with_tables_has_a_table_region(models: Models, pages: tuple[Image, ...]) -> None:
    found = [models.find_regions(page) for page in pages]
    kinds = {region.kind for regions in found for region in regions if region.probability > 0.5}
    assert kinds & {"table", "figure"}


def test_regions_lie_on_the_page_most_probable_first(
    models: Models, pages: tuple[Image, ...]
) -> None:
    height, width = pages[0].shape[:2]
    regions = models.find_regions(pages[0])
    assert regions
    scores = [region.probability for region in regions]
    assert scores == sorted(scores, reverse=True)
    for region in regions:
        left, top, right, bottom = region.box
        # A box may reach over the edge by a little: the net's boxes are not clipped.
        assert -0.05 * width <= left < right <= 1.05 * width
        assert -0.05 * height <= top < bottom <= 1.05 * height


def test_page_that_is_not_rgb_is_refused() -> None:
    with pytest.raises(BadModelInput):
        CdlaLayoutModel(1).find_regions(np.zeros((80, 60), np.uint8))
