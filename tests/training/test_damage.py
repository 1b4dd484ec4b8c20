"""Scans say where each point of the page went, and the same state gives the same scan."""

from typing import get_args

import numpy as np
import pytest
from numpy.random import default_rng

from models.types import Image
from training.damage import Level, Warp, scan_sheet

DPI = 100
SIDE = 15


@pytest.fixture
def page() -> Image:
    """A white page with black squares."""
    sheet = np.full((900, 640, 3), 255, np.uint8)
    for x, y in _corners():
        sheet[y : y + SIDE, x : x + SIDE] = 0
    return sheet


def _corners() -> list[tuple[int, int]]:
    return [(x, y) for x in range(120, 540, 100) for y in range(120, 800, 110)]


@pytest.mark.parametrize("level", get_args(Level))
def test_print_lies_where_the_warp_says(page: Image, level: Level) -> None:
    middles = np.array(_corners(), np.float64) + (SIDE - 1) / 2
    for seed in range(3):
        scan = scan_sheet(page, level, default_rng(seed), DPI)
        grey = scan.image.min(axis=2)
        at = np.rint(scan.warp.points(middles)).astype(int)
        printed = [grey[y - 2 : y + 3, x - 2 : x + 3].mean() for x, y in at]
        beside = [np.median(grey[y - 16 : y - 12, x - 3 : x + 4]) for x, y in at]
        assert np.mean(np.array(printed) < np.array(beside) - 20) > 0.9


def test_sources_undo_points() -> None:
    warp = Warp(np.array([(1.0, 0.02, 5.0), (-0.02, 0.99, 3.0), (1e-5, 2e-5, 1.0)]), 4.0, 640)
    there = np.array([(10.0, 20.0), (600.0, 850.0), (300.0, 400.0)])
    assert np.allclose(warp.sources(warp.points(there)), there)


def test_same_state_gives_the_same_scan(page: Image) -> None:
    one, same, other = (scan_sheet(page, "heavy", default_rng(seed), DPI) for seed in (4, 4, 5))
    assert np.array_equal(one.image, same.image)
    assert one.image.shape != other.image.shape or not np.array_equal(one.image, other.image)


def test_scanning_leaves_the_page_as_it_was(page: Image) -> None:
    before = page.copy()
    scan_sheet(page, "heavy", default_rng(1), DPI)
    assert np.array_equal(page, before)
