"""People write over print: several inks, several kinds of marks, readable remarks."""

import numpy as np
import pytest
from numpy.random import default_rng

from models.types import Image
from training.pens import REMARKS, scribble

DPI = 150


@pytest.fixture
def paper() -> Image:
    return np.full((1000, 700, 3), 255, np.uint8)


def reddish(image: Image) -> float:
    return float((image[..., 0].astype(int) - image[..., 2]).max())


def bluish(image: Image) -> float:
    return float((image[..., 2].astype(int) - image[..., 0]).max())


def test_no_marks_leave_the_page_as_it_is(paper: Image) -> None:
    assert np.array_equal(scribble(paper, 0, DPI, default_rng(0)), paper)


def test_marks_are_written_in_several_inks_over_a_page_that_is_kept(paper: Image) -> None:
    written = [scribble(paper, 6, DPI, default_rng(seed)) for seed in range(10)]
    assert all((image < 200).any() for image in written)
    assert any(reddish(image) > 60 for image in written)
    assert any(bluish(image) > 60 for image in written)
    assert (paper == 255).all()


def test_same_generator_writes_the_same(paper: Image) -> None:
    one, other = (scribble(paper, 12, DPI, default_rng(7)) for _ in range(2))
    assert np.array_equal(one, other)


def test_marks_differ_in_size_and_some_are_remarks_of_many_strokes(paper: Image) -> None:
    ink = [int((scribble(paper, 1, DPI, default_rng(seed)) < 200).any(axis=2).sum())
           for seed in range(60)]  # fmt: skip
    assert len(set(ink)) > 40
    assert any("份" in remark for remark in REMARKS)
