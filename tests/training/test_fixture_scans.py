"""Scans that are checked in: the same seed gives the same, and effects keep the size."""

from pathlib import Path

import numpy as np
import pytest
from numpy.random import default_rng

from models.types import Image
from tests.seals import stamp_seal
from training.damage import Level
from training.fixture_scans import curl, fade_rules, scan, skew, turn_quarters

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
