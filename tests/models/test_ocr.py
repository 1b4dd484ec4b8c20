"""Recognisers and the line finder on drawn text."""

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from models.errors import BadModelInput
from models.load import Models
from models.types import Image


def draw_text(text: str, size: int, margin: int = 3) -> Image:
    """Black on white in Pillow's own font, cropped to the ink and a margin."""
    font = ImageFont.load_default(size)
    left, top, right, bottom = (round(side) for side in font.getbbox(text))
    page = Pillow.new("RGB", (right - left + 2 * margin, bottom - top + 2 * margin), "white")
    ImageDraw.Draw(page).text((margin - left, margin - top), text, fill="black", font=font)
    return np.asarray(page)


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
        models.labels.read_lines([crop])


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
