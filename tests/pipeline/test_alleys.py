"""Numbers that stand close are parted where the other rows leave an alley."""

import numpy as np

from pipeline.alleys import part_columns
from pipeline.ink import Mask
from pipeline.types import Box

COLUMNS = (300, 380, 460)
HEIGHT, STEP, DIGIT = 20, 40, 12


def draw(rows: list[tuple[str, ...]]) -> tuple[Mask, list[list[tuple[Box, ...]]]]:
    """Blocks for digits, and the cells of each row: numbers that nearly touch are one."""
    text = np.zeros((STEP * len(rows) + STEP, 600), np.uint8)
    lines: list[list[tuple[Box, ...]]] = []
    for number, row in enumerate(rows):
        top = STEP * number + 10
        boxes: list[Box] = []
        filled = ((x, digits) for x, digits in zip(COLUMNS, row, strict=True) if digits)
        for middle, digits in filled:
            left = middle - DIGIT * len(digits) // 2
            for place in range(len(digits)):
                start = left + DIGIT * place
                text[top : top + HEIGHT, start : start + DIGIT - 2] = 255
            right = left + DIGIT * len(digits) - 2
            if boxes and left - boxes[-1].right < 1.5 * HEIGHT:
                left = int(boxes.pop().left)
            boxes.append(Box(float(left), float(top), float(right), float(top + HEIGHT)))
        lines.append([(box,) for box in boxes])
    return text, lines


def spans(line: tuple[tuple[Box, ...], ...]) -> list[tuple[float, float]]:
    return [(cell[0].left, cell[-1].right) for cell in line]


def test_two_long_numbers_are_parted_in_the_alley_that_other_rows_leave() -> None:
    text, lines = draw(
        [("0", "3", "5"), ("12", "0", "7"), ("88190", "88560", "1"), ("1", "2", "3")]
    )
    assert [len(line) for line in lines] == [3, 3, 2, 3]
    parted = part_columns(lines, text)
    assert [len(line) for line in parted] == [3, 3, 3, 3]
    (_, first), (second, _) = spans(parted[2])[:2]
    assert 328 <= first <= second <= 350


def test_a_number_is_not_parted_between_its_digits() -> None:
    text, lines = draw([("12345678", "", "5"), ("0", "3", "5"), ("12", "0", "7"), ("1", "2", "3")])
    assert spans(part_columns(lines, text)[0]) == spans(tuple(lines[0]))


def test_nothing_is_parted_where_no_line_stands_in_columns() -> None:
    text, lines = draw([("88190", "88560", "")] * 3)
    assert part_columns(lines, text) == tuple(tuple(line) for line in lines)


def test_labels_that_nearly_touch_the_numbers_beside_them_are_parted_in_every_row() -> None:
    text, lines = draw([("11", "3", "5"), ("12", "0", "7"), ("88", "60", "1"), ("1", "2", "3")])
    for number, (first, *_) in enumerate(lines):
        # A label that ends where the alley to the first number begins, in one run with it.
        top, start = int(first[0].top), int(first[0].left)
        text[top : top + HEIGHT, 150:280] = 255
        text[top : top + HEIGHT, 160:280:12] = 0
        lines[number][0] = (Box(150.0, float(top), first[0].right, float(top + HEIGHT)),)
        assert start - 280 > 0.25 * HEIGHT
    assert [len(line) for line in part_columns(lines, text)] == [4, 4, 4, 4]
