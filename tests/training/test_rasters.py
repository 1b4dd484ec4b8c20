"""Pages as pixels and back: every page, at its size, in the right kind of file."""

import io

import numpy as np
import pypdfium2
import pytest
from PIL import Image as Pillow

from models.types import Image
from training.rasters import to_bilevel, to_grey, write_pdf, write_png, write_tiff


@pytest.fixture
def page() -> Image:
    sheet = np.full((300, 200, 3), 255, np.uint8)
    sheet[100:102, 20:180] = 0
    return sheet


def test_pdf_holds_every_page_at_its_size_and_is_reproducible(page: Image) -> None:
    made = write_pdf([page, page], 100, 60)
    document = pypdfium2.PdfDocument(made)
    assert len(document) == 2
    assert document[0].get_size() == pytest.approx((144.0, 216.0))
    document.close()
    assert made == write_pdf([page, page], 100, 60)


def test_tiff_is_group_4_with_every_page(page: Image) -> None:
    with Pillow.open(io.BytesIO(write_tiff([page, page, page], 200))) as image:
        assert getattr(image, "n_frames", 1) == 3
        assert image.info["compression"] == "group4"
        assert image.mode == "1"


def test_png_of_a_grey_page_is_stored_grey(page: Image) -> None:
    with Pillow.open(io.BytesIO(write_png(to_grey(page), 150))) as image:
        assert image.mode == "L"


def test_bilevel_pages_are_black_or_white(page: Image) -> None:
    assert set(np.unique(to_bilevel(page))) == {0, 255}
