"""Scanning badly: the same seed, the same size, the right kind of file."""

import io
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from numpy.random import default_rng
from PIL import Image as Pillow

from models.types import Image
from tests.seals import stamp_seal
from training.damage import (
    Level,
    curl,
    fade_rules,
    scan,
    skew,
    to_bilevel,
    to_grey,
    turn_quarters,
    write_pdf,
    write_png,
    write_tiff,
)

SOURCE = Path(__file__).parents[1] / "reports" / "local_annex" / "source.pdf"
DPI = 75


@pytest.fixture
def page() -> Image:
    sheet = np.full((300, 200, 3), 255, np.uint8)
    sheet[100:102, 20:180] = 0
    return sheet


@pytest.mark.parametrize("level", ["clean", "light", "medium", "heavy"])
def test_same_seed_gives_the_same_pixels(level: Level) -> None:
    source = SOURCE.read_bytes()
    one, other = scan(source, level, 7, DPI), scan(source, level, 7, DPI)
    assert np.array_equal(one[0], other[0])
    assert not np.array_equal(one[0], scan(source, level, 8, DPI)[0])


def test_levels_get_worse() -> None:
    clean, heavy = (scan(SOURCE.read_bytes(), level, 1, DPI)[0] for level in ("clean", "heavy"))
    assert clean.mean() > heavy.mean() + 20


def test_effects_of_no_strength_change_nothing(page: Image) -> None:
    assert np.array_equal(fade_rules(page, 0.0, DPI, default_rng(0)), page)
    assert np.array_equal(curl(page, 0.0), page)


def test_skew_is_clockwise_and_keeps_the_size(page: Image) -> None:
    turned = skew(page, 5.0)
    assert turned.shape == page.shape
    left, right = (int(turned[:, x, 0].argmin()) for x in (40, 160))
    assert right > left


def test_a_quarter_turn_is_clockwise(page: Image) -> None:
    page[0, 0] = (9, 9, 9)
    turned = turn_quarters(page, 1)
    assert turned.shape == (200, 300, 3)
    assert turned[0, -1].tolist() == [9, 9, 9]


def test_faded_rules_lose_ink(page: Image) -> None:
    faded = fade_rules(page, 0.9, DPI, default_rng(0))
    assert faded.mean() > page.mean()


def test_seal_is_red_and_print_under_it_stays_black(page: Image) -> None:
    sealed = stamp_seal(page, (100, 101), 50)
    assert sealed[101, 100].max() == 0
    assert sealed[90, 100].tolist() == [205, 40, 45]


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
