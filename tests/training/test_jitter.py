"""Cells are varied before they are trained on, and stay what they are."""

import cv2
import numpy as np
import pytest
from numpy.random import default_rng
from numpy.typing import NDArray

from models.digits import HEIGHT
from models.load import Models
from training.jitter import jitter


@pytest.fixture
def cell() -> NDArray[np.uint8]:
    drawn = np.full((HEIGHT, 96), 255, np.uint8)
    cv2.putText(drawn, "407", (20, 24), cv2.FONT_HERSHEY_SIMPLEX, 0.75, (0,), 2, cv2.LINE_AA)
    return drawn


def test_variants_differ_and_keep_the_height(cell: NDArray[np.uint8]) -> None:
    rng = default_rng(1)
    variants = [jitter(cell, rng) for _ in range(30)]
    assert {variant.shape[0] for variant in variants} == {HEIGHT}
    assert len({variant.shape[1] for variant in variants}) > 10
    assert all(variant.dtype == np.uint8 for variant in variants)


def test_print_stays_within_the_cell_and_paper_stays_white(cell: NDArray[np.uint8]) -> None:
    rng = default_rng(2)
    for variant in (jitter(cell, rng) for _ in range(100)):
        assert np.median(variant) > 230
        assert variant[:, 0].min() > 150
        assert variant[:, -1].min() > 150
        assert variant.min() < 120


def test_reader_reads_the_variants_as_what_is_printed(
    cell: NDArray[np.uint8], models: Models
) -> None:
    rng = default_rng(3)
    read = models.read_numbers([jitter(cell, rng) for _ in range(50)])
    assert sum(candidates[0].text == "407" for candidates in read) >= 45


def test_same_generator_gives_the_same_variant(cell: NDArray[np.uint8]) -> None:
    assert np.array_equal(jitter(cell, default_rng(4)), jitter(cell, default_rng(4)))
