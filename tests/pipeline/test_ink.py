"""Print, rules and seals are told apart on scans and on digital pages."""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from models.load import Models
from models.segmentation import Segments
from models.types import Image
from pipeline.ink import Mask, binarize, find_seal, separate_ink, without_seal
from pipeline.types import Box, Page, Rule, Word
from tests.pipeline.printing import write_on

RED = (250, 60, 66)
BLACK = (20, 20, 20)
DPI = 150


def paper(value: int = 255) -> Image:
    return np.full((600, 900, 3), value, np.uint8)


def write(image: Image, text: str, at: tuple[int, int], scale: float = 0.7) -> None:
    drawn = Pillow.fromarray(image)
    write_on(drawn, text, at, scale)
    image[:] = np.asarray(drawn)


def test_red_is_a_seal_and_other_colours_are_not() -> None:
    image = paper()
    for left, colour in ((100, RED), (300, (40, 60, 200)), (500, (240, 225, 170)), (700, BLACK)):
        cv2.rectangle(image, (left, 100), (left + 50, 150), colour, -1)
    seal = find_seal(image)
    assert seal[125, 125] == 255
    assert not seal[:, 200:].any()


def test_print_under_a_seal_stays_and_the_seal_goes(
    scan_of: Callable[[Image], Page], models: Models
) -> None:
    image = paper()
    cv2.circle(image, (300, 300), 120, RED, 8)
    write(image, "36", (390, 310))
    ink = separate_ink(scan_of(image), models.segment)
    assert ink.foreign[300, 180] == 255
    assert ink.text[150:450, 150:380].mean() < 1
    alone = paper()
    write(alone, "36", (390, 310))
    kept = (ink.text > 0) & (separate_ink(scan_of(alone), models.segment).text > 0)
    assert kept.sum() > 0.9 * (separate_ink(scan_of(alone), models.segment).text > 0).sum()


def test_a_stroke_that_the_net_doubts_in_a_character_is_print(
    scan_of: Callable[[Image], Page], models: Models
) -> None:
    image = paper()
    write(image, "17", (300, 310))
    rows = np.flatnonzero((image[:, :, 0] < 100).any(axis=1))
    middle = int(rows.mean())

    def doubt(grey: Mask, dpi: float) -> Segments:
        found = models.segment(grey, dpi)
        doubted = found.print.copy()
        doubted[middle - 3 : middle + 4] = 0
        return replace(found, print=doubted)

    page = scan_of(image)
    ink = separate_ink(page, doubt)
    assert (ink.text == separate_ink(page, models.segment).text)[rows[0] : rows[-1]].all()


@pytest.mark.parametrize("band", [(204, 224, 244), (217, 217, 217), (255, 242, 204)])
def test_coloured_band_is_no_ink_and_its_print_is(
    band: tuple[int, int, int], scan_of: Callable[[Image], Page], models: Models
) -> None:
    image = paper()
    cv2.rectangle(image, (100, 100), (800, 200), band, -1)
    write(image, "2020", (200, 160))
    text = separate_ink(scan_of(image), models.segment).text > 0
    assert text[130:170, 190:300].sum() > 200
    text[130:170, 190:300] = False
    assert text[104:196, 104:796].mean() < 0.001


def test_shadow_across_the_page_is_no_ink() -> None:
    image = paper()
    image[:] = np.linspace(255, 120, 900).astype(np.uint8)[None, :, None]
    assert not binarize(without_seal(image), DPI).any()


def test_faint_and_broken_rules_are_rules(scan_of: Callable[[Image], Page], models: Models) -> None:
    image = paper()
    cv2.line(image, (100, 300), (800, 300), (215, 215, 215), 2)
    for left in range(100, 800, 60):
        image[299:302, left : left + 4] = 255
    for top in (200, 400):
        cv2.line(image, (100, top), (800, top), BLACK, 2)
    for left in (100, 450, 800):
        cv2.line(image, (left, 200), (left, 400), (200, 200, 200), 2)
    ink = separate_ink(scan_of(image), models.segment)
    assert (ink.horizontal[298:303, 110:790] > 0).any(axis=0).mean() > 0.95
    assert (ink.vertical[210:390, 448:453] > 0).any(axis=1).mean() > 0.9
    assert (ink.text > 0).mean() < 0.001


def test_the_sheet_s_own_edge_is_no_rule(scan_of: Callable[[Image], Page], models: Models) -> None:
    image = paper()
    image[:8, 100:800] = 0
    for top in (60, 110, 160):
        cv2.line(image, (100, top), (800, top), BLACK, 2)
    for left in (100, 450, 800):
        cv2.line(image, (left, 10), (left, 160), BLACK, 2)
    horizontal = separate_ink(scan_of(image), models.segment).horizontal
    assert not horizontal[:30].any()
    assert (horizontal[57:64, 110:790] > 0).any(axis=0).mean() > 0.95


def test_strokes_of_digits_are_no_rules(scan_of: Callable[[Image], Page], models: Models) -> None:
    image = paper()
    for top in (200, 300):
        cv2.line(image, (100, top), (800, top), BLACK, 2)
    write(image, "1 1 1 4 7", (200, 260), scale=1.0)
    ink = separate_ink(scan_of(image), models.segment)
    assert not ink.vertical[:, 150:750].any()
    assert ink.text[220:280, 190:450].any()


def test_rule_that_the_net_misses_beside_digits_is_one(
    scan_of: Callable[[Image], Page], models: Models
) -> None:
    image = paper()
    tops = range(200, 380, 17)
    for top in tops:
        cv2.line(image, (100, top), (800, top), BLACK, 1)
    for left in (100, 340, 800):
        cv2.line(image, (left, tops[0]), (left, tops[-1]), BLACK, 1)
    # A fold goes on over the edge of the table; a rule of the sheet's back is pale.
    cv2.line(image, (600, 120), (600, 500), BLACK, 1)
    cv2.line(image, (500, tops[0]), (500, tops[-1]), (170, 170, 170), 1)

    def miss(grey: Mask, dpi: float) -> Segments:
        found = models.segment(grey, dpi)
        return replace(found, vertical=np.zeros_like(found.vertical))

    upright = separate_ink(scan_of(image), miss).vertical > 0
    drawn = upright[tops[0] : tops[-1]].mean(axis=0)
    assert np.all(drawn[[100, 340, 800]] > 0.9)
    assert not upright[:, 490:610].any()


def test_rules_and_words_of_a_digital_page_are_taken_from_its_layer(
    layer_of: Callable[[tuple[Word, ...], tuple[Rule, ...]], Page], models: Models
) -> None:
    page = layer_of(
        (Word("36", Box(200, 210, 240, 230)),),
        (
            Rule(Box(100, 200, 800, 201), horizontal=True),
            Rule(Box(100, 200, 101, 400), horizontal=False),
        ),
    )
    ink = separate_ink(page, models.segment)
    assert ink.horizontal[200, 110:790].all()
    assert ink.vertical[210:390, 100].all()
    assert ink.text[211:229, 201:239].all()
    assert ink.text[:, 300:].sum() == 0
    assert ink.words.tolist() == [[220.0, 220.0]]
