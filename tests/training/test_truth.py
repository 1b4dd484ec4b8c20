"""Boxes of drawn cells and characters: on the page, on the ink, and none too many."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pypdfium2
import pytest
from numpy.typing import NDArray

from forms.form import load_forms
from pipeline.types import Box
from training.rasters import render
from training.truth import TruePage, find_truth
from training.variety import Sheet, Split, draw_sheet

FORMS = load_forms()
DPI = 144
CASES: tuple[tuple[Split, int], ...] = (("train", 0), ("train", 2), ("train", 5), ("measure", 1))


@pytest.fixture(scope="module", params=CASES, ids=str)
def drawn(request: pytest.FixtureRequest) -> tuple[Sheet, tuple[TruePage, ...]]:
    split, seed = request.param
    sheet = draw_sheet(FORMS[seed % len(FORMS)], seed, split)
    return sheet, find_truth(sheet.pdf, sheet.parts, sheet.style)


def inside(page: TruePage, box: Box) -> NDArray[np.bool_]:
    """Which characters have their middles in a box."""
    middles = (page.characters[:, :2] + page.characters[:, 2:]) / 2
    low, high = (box.left, box.top), (box.right, box.bottom)
    return np.asarray(((middles > low) & (middles < high)).all(axis=1))


def count_places(pages: tuple[TruePage, ...]) -> Counter[int]:
    """How often each cell is printed: the head of a broken table is on every page."""
    return Counter(id(at.cell) for page in pages for at in page.cells)


def texts_in(sheet: Sheet, pages: tuple[TruePage, ...]) -> Iterator[tuple[str, str]]:
    """What is printed in each cell that is printed once, and what should be."""
    places = count_places(pages)
    document = pypdfium2.PdfDocument(sheet.pdf)
    for page, layer in zip(pages, document, strict=True):
        text = layer.get_textpage()
        for at in page.cells:
            if places[id(at.cell)] == 1:
                box, height = at.box, layer.get_height()
                sides = (box.left, height - box.bottom, box.right, height - box.top)
                yield text.get_text_bounded(*sides), at.cell.text
    document.close()


def test_every_cell_and_character_lies_on_its_page(
    drawn: tuple[Sheet, tuple[TruePage, ...]],
) -> None:
    sheet, pages = drawn
    document = pypdfium2.PdfDocument(sheet.pdf)
    sizes = [layer.get_size() for layer in document]
    document.close()
    for page, size in zip(pages, sizes, strict=True):
        boxes = np.array([(c.box.left, c.box.top, c.box.right, c.box.bottom) for c in page.cells])
        for one in (boxes.reshape(-1, 4), page.characters):
            assert (one[:, :2] >= 0).all()
            assert (one[:, 2:] <= size).all()
            assert (one[:, :2] < one[:, 2:]).all()


def test_every_cell_is_found(drawn: tuple[Sheet, tuple[TruePage, ...]]) -> None:
    sheet, pages = drawn
    wanted = {id(cell) for part in sheet.parts if hasattr(part, "grid") for cell in part.grid.cells}
    assert set(count_places(pages)) == wanted


def test_cells_hold_as_many_characters_as_their_texts(
    drawn: tuple[Sheet, tuple[TruePage, ...]],
) -> None:
    _, pages = drawn
    places = count_places(pages)
    for page in pages:
        for at in page.cells:
            if places[id(at.cell)] == 1:
                assert inside(page, at.box).sum() == len("".join(at.cell.text.split()))


def test_text_layer_says_what_the_truth_says(drawn: tuple[Sheet, tuple[TruePage, ...]]) -> None:
    pairs = [("".join(said.split()), "".join(true.split())) for said, true in texts_in(*drawn)]
    assert len(pairs) > 40
    # A seal over a cell puts its letters into the layer.
    assert np.mean([said == true for said, true in pairs]) > 0.95


def test_characters_lie_on_ink(drawn: tuple[Sheet, tuple[TruePage, ...]]) -> None:
    sheet, pages = drawn
    for page, image in zip(pages, render(sheet.pdf, DPI), strict=True):
        # Lower dashes of a web page's banner are thinner than a pixel.
        high = page.characters[:, 3] - page.characters[:, 1] > 1
        for left, top, right, bottom in np.rint(page.characters[high] * DPI / 72).astype(int):
            assert (
                image[top : max(bottom, top + 1) + 1, left : max(right, left + 1) + 1].min() < 160
            )


def test_sides_of_cells_are_ruled_where_all_rules_are_printed(
    drawn: tuple[Sheet, tuple[TruePage, ...]],
) -> None:
    sheet, pages = drawn
    if sheet.style.ruling != "full":
        pytest.skip("this report has other rules")
    for page, image in zip(pages, render(sheet.pdf, DPI), strict=True):
        darkness = 255 - image.min(axis=2).astype(float)
        for at in page.cells:
            box = at.box
            sides = (box.left, box.top, box.right, box.bottom)
            left, top, right, bottom = (round(side * DPI / 72) for side in sides)
            for y in (top, bottom):
                assert darkness[max(y - 2, 0) : y + 3, left + 2 : right - 1].max(axis=0).min() > 60
            for x in (left, right):
                assert darkness[top + 2 : bottom - 1, max(x - 2, 0) : x + 3].max(axis=1).min() > 60
