"""Recognisers and the line finder on drawn text."""

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from models.errors import BadModelInput
from models.load import Models
from models.types import Image

# Cap heights of printed tables at 100 to 300 dpi come to about these sizes in pixels.
SIZES = (18, 28, 44)


def draw_text(text: str, size: int, margin: int = 3) -> Image:
    """Black on white in Pillow's own font, cropped to the ink and a margin."""
    font = ImageFont.load_default(size)
    left, top, right, bottom = (round(side) for side in font.getbbox(text))
    page = Pillow.new("RGB", (right - left + 2 * margin, bottom - top + 2 * margin), "white")
    ImageDraw.Draw(page).text((margin - left, margin - top), text, fill="black", font=font)
    return np.asarray(page)


@pytest.mark.parametrize("size", SIZES)
def test_lone_digits_are_read(models: Models, size: int) -> None:
    read = models.numbers.read_numbers([draw_text(digit, size) for digit in "0123456789"])
    assert [candidates[0].text for candidates in read] == list("0123456789")


@pytest.mark.parametrize("size", SIZES)
def test_numbers_of_all_widths_are_read_in_the_order_given(models: Models, size: int) -> None:
    texts = ["69535", "3", "1,208.50", "322", "0", "2462", "17", "104876"]
    read = models.numbers.read_numbers([draw_text(text, size) for text in texts])
    assert [candidates[0].text for candidates in read] == texts


def test_candidates_come_best_first_and_sum_to_at_most_one(models: Models) -> None:
    (candidates,) = models.numbers.read_numbers([draw_text("108", 18)])
    probabilities = [candidate.probability for candidate in candidates]
    assert probabilities == sorted(probabilities, reverse=True)
    assert 0.9 < sum(probabilities) <= 1 + 1e-6


def test_letter_in_a_number_cell_is_its_digit(models: Models) -> None:
    (candidates,) = models.numbers.read_numbers([draw_text("1O5", 40)])
    assert candidates[0].text == "105"


def test_same_crop_reads_the_same_alone_and_among_others(models: Models) -> None:
    crop = draw_text("322", 28)
    (alone,) = models.numbers.read_numbers([crop])
    among = models.numbers.read_numbers([draw_text("1048", 28), crop, draw_text("7", 28)])[1]
    assert among[0].text == alone[0].text


def test_lines_are_read_with_a_probability(models: Models) -> None:
    texts = ["Annual Report 2020", "29"]
    lines = models.labels.read_lines([draw_text(text, 36) for text in texts])
    assert [line.text.replace(" ", "") for line in lines] == ["AnnualReport2020", "29"]
    assert all(0.8 < line.probability <= 1 for line in lines)


def test_blank_paper_is_an_empty_line_without_probability(models: Models) -> None:
    (line,) = models.labels.read_lines([np.full((40, 80, 3), 255, np.uint8)])
    assert line.text == ""
    assert line.probability == 0


def test_no_crops_give_no_readings(models: Models) -> None:
    assert models.numbers.read_numbers([]) == ()
    assert models.labels.read_lines([]) == ()


@pytest.mark.parametrize(
    "crop",
    [
        np.zeros((0, 8, 3), np.uint8),
        np.zeros((8, 8), np.uint8),
        np.zeros((8, 8, 3), np.float32),
    ],
    ids=["empty", "grey", "float"],
)
def test_crop_of_a_wrong_kind_is_refused(models: Models, crop: Image) -> None:
    with pytest.raises(BadModelInput):
        models.numbers.read_numbers([crop])


def test_line_finder_boxes_each_line(models: Models) -> None:
    page = np.full((400, 600, 3), 255, np.uint8)
    drawn = draw_text("Annual Report 2020", 36)
    height, width = drawn.shape[:2]
    for top in (60, 240):
        page[top : top + height, 50 : 50 + width] = drawn
    boxes = sorted(models.lines.find_lines(page), key=lambda box: box[1])
    assert len(boxes) == 2
    for box, top in zip(boxes, (60, 240), strict=True):
        assert box == pytest.approx((50, top, 50 + width, top + height), abs=20)
