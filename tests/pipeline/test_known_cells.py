"""Other digits drawn over the numbers of real scans, and read by the real nets."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from eval.corpus import REPORTS
from models.load import Models
from pipeline.documents import PageLimits, open_document
from pipeline.known_cells import Known, draw_known
from pipeline.page_content import PageContent, read_page
from pipeline.pages import read_pages
from pipeline.stopwatch import Stopwatch
from pipeline.types import Box, Page, Reading

Pixels = NDArray[np.float64]

SCAN = REPORTS / "kuancheng_2020" / "scan_medium.pdf"


def pages(path: Path, models: Models) -> Iterator[tuple[Page, PageContent]]:
    before: list[PageContent] = []
    with open_document(path.read_bytes(), PageLimits()) as document:
        for page in read_pages(document, models.find_orientation, models.labels.read_lines):
            before.append(read_page(page, models, Stopwatch(), before))
            yield page, before[-1]


def draw(page: Page, content: PageContent, seed: int = 1) -> tuple[Page, tuple[Known, ...]]:
    return draw_known(page, content.tables, content.readings, np.random.default_rng(seed))


def found_at(box: Box, content: PageContent) -> Reading:
    cells = [reading for some in content.readings for reading in some]
    return max(cells, key=lambda reading: reading.cell.box.overlap(box))


@pytest.fixture(scope="module")
def second(models: Models) -> tuple[Page, PageContent]:
    """The page with the main table."""
    return next(pair for pair in pages(SCAN, models) if pair[0].number == 2)


def test_drawn_digits_are_read_and_are_others(
    second: tuple[Page, PageContent], models: Models
) -> None:
    page, content = second
    altered, known = draw(page, content)
    assert len(known) > 100
    again = read_page(altered, models, Stopwatch(), [])
    right = [found_at(one.box, again).candidates[0].text == one.text for one in known]
    assert sum(right) / len(right) > 0.97
    before = [found_at(one.box, content).candidates[0].text for one in known]
    assert sum(old != one.text for old, one in zip(before, known, strict=True)) > 80
    assert [shape_of(old) for old in before] == [shape_of(one.text) for one in known]


def shape_of(text: str) -> str:
    return re.sub(r"\d", "0", text)


def test_only_the_numbers_change(second: tuple[Page, PageContent]) -> None:
    page, content = second
    altered, known = draw(page, content)
    changed = np.argwhere((altered.image != page.image).any(axis=2))
    cells = [found_at(one.box, content).cell.box for one in known]
    inside = [
        any(box.left <= x < box.right and box.top <= y < box.bottom for box in cells)
        for y, x in changed[:: max(len(changed) // 500, 1)]
    ]
    assert len(inside) > 400
    assert all(inside)


def test_ink_is_as_dark_and_as_sharp_as_the_print(second: tuple[Page, PageContent]) -> None:
    page, content = second
    altered, known = draw(page, content)
    printed, drawn = crops(page, known), crops(altered, known)
    assert darkness(drawn) == pytest.approx(darkness(printed), rel=0.25)
    assert steepest(drawn) == pytest.approx(steepest(printed), rel=0.35)


def darkness(some: list[Pixels]) -> float:
    return float(np.median([255 - one.mean() for one in some]))


def steepest(some: list[Pixels]) -> float:
    return float(np.median([np.abs(np.diff(one, axis=1)).max() for one in some]))


def crops(page: Page, known: tuple[Known, ...]) -> list[Pixels]:
    grey = page.image[:, :, 0].astype(np.float64)
    return [
        grey[round(box.top) : round(box.bottom), round(box.left) : round(box.right)]
        for box in (one.box for one in known)
    ]


def test_the_same_seed_draws_the_same(second: tuple[Page, PageContent]) -> None:
    one, other, third = (draw(*second, seed=seed)[1] for seed in (1, 1, 2))
    assert one == other
    assert one != third


def test_nothing_is_drawn_on_digital_pages_and_on_prose(models: Models) -> None:
    digital = next(pages(REPORTS / "kuancheng_2020" / "source.pdf", models))
    assert draw(*digital) == (digital[0], ())
    prose = [pair for pair in pages(SCAN, models) if pair[0].number == 3]
    for page, content in prose:
        assert draw(page, content) == (page, ())
