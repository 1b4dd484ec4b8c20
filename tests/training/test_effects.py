"""What handling and scanning do: each effect does its own, and nothing at no strength."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.random import Generator, default_rng

from models.types import Image
from training import effects
from training.damage import HARM, scan_sheet

DPI = 100


@pytest.fixture
def paper() -> Image:
    return np.full((600, 440, 3), 255, np.uint8)


@pytest.fixture
def page(paper: Image) -> Image:
    """A ruled page with some print on it."""
    for y in range(100, 500, 40):
        cv2.line(paper, (60, y), (380, y), (0, 0, 0), 1)
        cv2.putText(paper, "1205", (80, y + 28), 0, 0.6, (0, 0, 0), 1)
    return paper


def reddish(image: Image) -> int:
    red = image.astype(int)
    return int((red[..., 0] - red[..., 1:].max(axis=2) > 60).sum())


@pytest.mark.parametrize(
    "effect",
    [
        lambda page, rng: effects.break_rules(page, 0.0, 0.0, DPI, rng),
        lambda page, rng: effects.bleed_through(page, page, 0.0, rng),
        lambda page, rng: effects.fold(page, 0.0, rng),
        lambda page, rng: effects.punch(page, 0, DPI, rng),
        lambda page, rng: effects.stain(page, 0.0, rng),
        lambda page, rng: effects.add_noise(page, 0.0, rng),
        lambda page, rng: effects.sprinkle(page, 0.0, 0.0, rng),
    ],
)
def test_no_strength_changes_nothing(
    page: Image, effect: Callable[[Image, Generator], Image]
) -> None:
    assert np.array_equal(effect(page, default_rng(1)), page)


def test_what_shines_through_is_the_other_page_mirrored_and_pale(paper: Image) -> None:
    back = paper.copy()
    back[:, 300:340] = 0
    shown = effects.bleed_through(paper, back, 0.2, default_rng(1))
    dark = np.flatnonzero(shown[300, :, 0] < 230)
    assert dark.min() >= 440 - 340 - 3
    assert dark.max() <= 440 - 300 + 3
    assert shown.min() > 180
    assert back[:, 300:340].max() == 0


def test_a_scan_shows_the_back_that_it_is_given(paper: Image) -> None:
    black = np.zeros_like(paper)
    bare, shining = (
        scan_sheet(paper, "heavy", default_rng(2), DPI, 0.0, back) for back in (None, black)
    )
    assert shining.image.mean() < bare.image.mean() - 0.5


def test_seals_are_red_or_black(paper: Image) -> None:
    sealed = [effects.press_seal(paper, DPI, default_rng(seed)) for seed in range(20)]
    red = [reddish(image) > 500 for image in sealed]
    assert any(red)
    assert not all(red)
    assert all((image.min(axis=2) < 150).sum() > 500 for image in sealed)


def test_broken_rules_spare_the_print(page: Image) -> None:
    broken = effects.break_rules(page, 1.0, 0.0, DPI, default_rng(1))
    assert broken[100, 70:370].min() > 240
    assert (broken[104:138, 75:140] < 100).sum() > 0.9 * (page[104:138, 75:140] < 100).sum()


def test_double_scaling_keeps_the_size_and_blurs(page: Image) -> None:
    scaled = effects.rescale_twice(page, 0.6)
    assert scaled.shape == page.shape
    assert scaled[100, 70:370].min() > 10


def test_scans_are_as_coarse_as_90_and_as_fine_as_300_dpi() -> None:
    spans = [harm.dpi for harm in HARM.values()]
    assert min(low for low, _ in spans) == 90
    assert max(high for _, high in spans) == 300


def test_quarter_turns_occur_and_never_where_pages_are_straightened(page: Image) -> None:
    def sizes(bend: float) -> set[tuple[int, ...]]:
        return {
            scan_sheet(page, "heavy", default_rng(seed), DPI, bend).image.shape[:2]
            for seed in range(20)
        }

    height, width = page.shape[:2]
    assert sizes(1.0) == {(height, width), (width, height)}
    assert sizes(0.2) == {(height, width)}


def test_some_scans_are_black_and_white(page: Image) -> None:
    scans = [scan_sheet(page, "medium", default_rng(seed), DPI).image for seed in range(30)]
    assert any(set(np.unique(image)) <= {0, 255} for image in scans)
