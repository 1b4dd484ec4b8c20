"""Pages turned, skewed and bent by a known amount come back straight, and map back."""

from collections.abc import Callable

import cv2
import numpy as np
import pypdfium2
import pytest
from numpy.typing import NDArray

from eval.corpus import REPORTS
from models.types import Image
from pipeline.upright import lines_run_across, straighten

DPI = 150.0
Points = NDArray[np.float64]


@pytest.fixture(scope="module")
def pages() -> tuple[Image, ...]:
    """A page of prose with the head of a table, and one that is mostly tables."""
    document = pypdfium2.PdfDocument(REPORTS / "kuancheng_2020" / "source.pdf")
    try:
        drawn = [page.render(scale=DPI / 72, rev_byteorder=True).to_numpy() for page in document]
        return tuple(np.ascontiguousarray(page[:, :, :3]) for page in drawn)
    finally:
        document.close()


def warp(page: Image, move: Callable[[Points], Points]) -> Image:
    """Draw a page so that the pixel at p shows what stood at move(p)."""
    height, width = page.shape[:2]
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    places = move(np.stack([x, y], axis=-1).astype(np.float64)).astype(np.float32)
    warped = cv2.remap(
        page, places[..., 0], places[..., 1], cv2.INTER_LINEAR, borderValue=(255, 255, 255)
    )
    return np.asarray(warped, dtype=np.uint8)


def skew(page: Image, degrees: float, paper: int = 255) -> Image:
    """Turn clockwise about the middle."""
    height, width = page.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
    turned = cv2.warpAffine(
        page, matrix, (width, height), flags=cv2.INTER_CUBIC, borderValue=(paper,) * 3
    )
    return np.asarray(turned, dtype=np.uint8)


def stored_place(page: Image, degrees: float, point: tuple[float, float]) -> Points:
    height, width = page.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
    return np.asarray(matrix @ np.array([*point, 1.0]))


def node_near(nodes: Points, size: tuple[int, int], point: tuple[float, float]) -> Points:
    """Bilinear look-up of a lattice over an image of a size (width, height)."""
    rows, columns = nodes.shape[:2]
    x, y = point[0] / size[0] * (columns - 1), point[1] / size[1] * (rows - 1)
    j, i = min(int(x), columns - 2), min(int(y), rows - 2)
    a, b = x - j, y - i
    upper = nodes[i, j] * (1 - a) + nodes[i, j + 1] * a
    lower = nodes[i + 1, j] * (1 - a) + nodes[i + 1, j + 1] * a
    return np.asarray(upper * (1 - b) + lower * b)


def crowded(pitch: int) -> Image:
    """A landscape page of low rows: labels in the middle, units and figures at a side, a seal."""
    page = np.full((1240, 1754, 3), 245, np.uint8)
    for row, top in enumerate(range(120, 860, pitch)):
        label = (660 + 37 * row % 90, 150 - 53 * row % 80)
        for left, width in (label, (1380, 14), (1670, 9)):
            for x in range(left, left + width, 9):
                cv2.rectangle(page, (x, top), (x + 4, top + 8), (70, 70, 70))
    return np.asarray(cv2.circle(page, (780, 450), 110, (180, 60, 60), 9), np.uint8)


@pytest.mark.parametrize("degrees", [-1.4, 0.75, 1.9])
@pytest.mark.parametrize("pitch", [14, 20])
def test_skew_of_low_rows_is_found_beside_a_seal(pitch: int, degrees: float) -> None:
    upright = straighten(skew(crowded(pitch), degrees, 245), DPI, 0)
    assert upright.skew_degrees == pytest.approx(degrees, abs=0.1)


@pytest.mark.parametrize("degrees", [-4.7, -2.0, -0.4, 0.0, 0.3, 1.3, 3.1, 5.0])
@pytest.mark.parametrize("index", [0, 1])
def test_skew_is_found_to_a_tenth_of_a_degree(
    pages: tuple[Image, ...], index: int, degrees: float
) -> None:
    upright = straighten(skew(pages[index], degrees), DPI, 0)
    assert upright.skew_degrees == pytest.approx(degrees, abs=0.1)


@pytest.mark.parametrize("degrees", [-3.3, 0.6, 4.0])
def test_dark_scanner_bed_does_not_pull_the_skew(pages: tuple[Image, ...], degrees: float) -> None:
    framed = cv2.copyMakeBorder(pages[0], 80, 80, 80, 80, cv2.BORDER_CONSTANT, value=(40, 40, 40))
    # The bed lies straight while the sheet on it does not.
    crooked = skew(np.asarray(framed, dtype=np.uint8), degrees, paper=40)
    assert straighten(crooked, DPI, 0).skew_degrees == pytest.approx(degrees, abs=0.15)


def test_straight_page_is_left_as_it_is(pages: tuple[Image, ...]) -> None:
    upright = straighten(pages[1], DPI, 0)
    assert upright.skew_degrees == 0
    assert np.array_equal(upright.image, pages[1])


def test_blank_page_is_left_as_it_is() -> None:
    blank = np.full((800, 600, 3), 250, np.uint8)
    upright = straighten(blank, DPI, 0)
    assert np.array_equal(upright.image, blank)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_quarter_turns_are_undone_and_mapped_back(pages: tuple[Image, ...], turn: int) -> None:
    page = pages[1]
    stored = np.ascontiguousarray(np.rot90(page, -turn // 90))
    upright = straighten(stored, DPI, turn)
    assert np.array_equal(upright.image, page)
    height, width = stored.shape[:2]
    # The upper left corner of the upright page, where the turn has carried it.
    corner = {90: (width, 0), 180: (width, height), 270: (0, height)}[turn]
    assert upright.nodes[0, 0] == pytest.approx(corner)


@pytest.mark.parametrize("degrees", [-2.5, 1.2, 4.0])
def test_skewed_page_maps_back_within_two_points(pages: tuple[Image, ...], degrees: float) -> None:
    page = pages[1].copy()
    for x, y in ((300, 400), (900, 500), (500, 1300)):
        marked = page.copy()
        marked[y - 8 : y + 8, x - 8 : x + 8] = (255, 0, 255)
        upright = straighten(skew(marked, degrees), DPI, 0)
        height, width = upright.image.shape[:2]
        mapped = node_near(upright.nodes, (width, height), mark_center(upright.image))
        error = np.hypot(*(mapped - stored_place(page, degrees, (x, y)))) * 72 / DPI
        assert error < 1


def mark_center(image: Image) -> tuple[float, float]:
    levels = image.astype(int)
    purple = (levels[:, :, ::2].min(axis=2) > 150) & (levels[:, :, 1] < 100)
    rows, columns = np.nonzero(purple)
    return float(columns.mean()) + 0.5, float(rows.mean()) + 0.5


def test_perspective_and_curl_are_flattened(pages: tuple[Image, ...]) -> None:
    page = pages[1]
    height, width = page.shape[:2]

    def bend(points: Points) -> Points:
        across, down = points[..., 0] / width * 2 - 1, points[..., 1] / height * 2 - 1
        dy = 10 * across**2 + 8 * across * down
        dx = 7 * across * down
        return np.asarray(points + np.stack([dx, dy], axis=-1))

    bent = warp(page, bend)
    assert rule_bow(bent) > 5
    upright = straighten(bent, DPI, 0)
    assert rule_bow(upright.image) < 2.5


def rule_bow(page: Image) -> float:
    """How far the long rules of a page leave the horizontal, pixels, at the median."""
    ink = (page[:, :, 1] < 160).astype(np.uint8)
    ink = np.asarray(cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((3, 9), np.uint8)))
    ink = np.asarray(cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, 40), np.uint8)))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink)
    bows = []
    for index, (_, _, wide, _, _) in enumerate(stats[1:], start=1):
        if wide > page.shape[1] * 0.6:
            rows, columns = np.nonzero(labels == index)
            bows.append(np.ptp([rows[columns == column].mean() for column in set(columns)]))
    return float(np.median(bows)) if bows else 0.0


def test_nothing_printed_is_cut_off_by_turning(pages: tuple[Image, ...]) -> None:
    page = pages[1].copy()
    page[4:24, 600:640] = 0
    page[-24:-4, 600:640] = 0
    crooked = skew(
        np.asarray(cv2.copyMakeBorder(page, 0, 0, 60, 60, cv2.BORDER_REPLICATE), np.uint8), 4.0
    )
    upright = straighten(crooked, DPI, 0)
    before, after = (int((255 - image).sum()) for image in (crooked, upright.image))
    assert after == pytest.approx(before, rel=0.02)


def test_lines_of_print_tell_rows_from_columns(pages: tuple[Image, ...]) -> None:
    for page in pages:
        sideways = np.ascontiguousarray(np.rot90(page))
        assert lines_run_across(page, DPI) > 2
        assert lines_run_across(sideways, DPI) < 0.5
