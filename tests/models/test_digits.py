"""Number cells: what is cut out for the net, how it is prepared, and what is read."""

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.ctc import best_strings
from models.digits import (
    ALPHABET,
    HEIGHT,
    WORDS,
    DigitReader,
    Window,
    crop_window,
    cut,
    decode,
    load_digits,
    pad,
    prepare,
)
from models.errors import BadModelInput
from models.types import Grey

DPI = 150.0
CELL: Window = (100.0, 200.0, 220.0, 240.0)
PRINT: Window = (150.0, 212.0, 170.0, 228.0)


@pytest.fixture(scope="module")
def reader() -> DigitReader:
    return load_digits(1)


def draw(text: str, height: int = 40, width: int = 130) -> Grey:
    crop = np.full((height, width), 255, np.uint8)
    cv2.putText(crop, text, (25, 29), cv2.FONT_HERSHEY_SIMPLEX, 0.75, (0,), 2, cv2.LINE_AA)
    return crop


def certain(labels: Sequence[int]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Frames that are all but sure of these classes."""
    frames = np.full((len(labels), 1 + len(ALPHABET)), 1e-7, np.float32)
    frames[np.arange(len(labels)), labels] = 1 - 1e-7 * len(ALPHABET)
    return frames


def test_window_lies_over_the_print_and_is_about_twice_as_high() -> None:
    _, top, _, bottom = crop_window(CELL, [PRINT], DPI, None)
    assert (top + bottom) / 2 == pytest.approx(220)
    assert 1.5 * 16 < bottom - top < 2.3 * 16


def test_dust_in_a_high_cell_does_not_draw_the_window_away_from_the_print() -> None:
    high = (100.0, 100.0, 220.0, 340.0)
    dust = (190.0, 105.0, 194.0, 109.0)
    assert crop_window(high, [PRINT, dust], DPI, None) == crop_window(high, [PRINT], DPI, None)
    assert crop_window(high, [dust], DPI, None) == crop_window(high, [], DPI, None)


def test_without_print_the_middle_of_the_cell_is_cut() -> None:
    _, top, _, bottom = crop_window(CELL, [], DPI, None)
    assert (top + bottom) / 2 == pytest.approx(220)


def test_a_narrow_cell_is_cut_in_its_whole_width() -> None:
    left, _, right, _ = crop_window(CELL, [PRINT], DPI, None)
    assert left < 103
    assert right > 217


def test_a_wide_cell_is_cut_around_its_print() -> None:
    left, _, right, _ = crop_window((100.0, 200.0, 700.0, 240.0), [PRINT], DPI, None)
    assert 100 < left < 150
    assert 170 < right < 300


def test_a_hyphen_as_small_as_dust_is_in_the_cut_of_a_wide_cell() -> None:
    wide = (100.0, 200.0, 1200.0, 240.0)
    hyphen = (104.0, 218.0, 109.0, 220.0)
    left, top, right, bottom = crop_window(wide, [hyphen], DPI, None)
    assert left < hyphen[0] < hyphen[2] < right
    assert top < hyphen[1] < hyphen[3] < bottom
    assert right - left < (wide[2] - wide[0]) / 2


def test_a_wide_cell_without_print_is_cut_from_side_to_side() -> None:
    left, _, right, _ = crop_window((100.0, 200.0, 830.0, 240.0), [], DPI, None)
    assert left < 104
    assert right > 826


def test_a_lone_dash_is_not_enlarged_to_the_height_of_a_digit() -> None:
    _, top, _, bottom = crop_window(CELL, [(150.0, 219.0, 170.0, 221.0)], DPI, None)
    assert bottom - top > 30


side = st.floats(0, 300)


@given(side, side, st.floats(1, 200), st.floats(1, 60), st.floats(72, 600))
def test_no_window_leaves_its_cell(
    left: float, top: float, width: float, height: float, dpi: float
) -> None:
    run = (left, top, left + width, top + height)
    window = crop_window(CELL, [run], dpi, None)
    rule = 0.012 * dpi + 1e-9
    assert window[0] >= CELL[0] - rule
    assert window[1] >= CELL[1] - rule
    assert window[2] <= CELL[2] + rule
    assert window[3] <= CELL[3] + rule


@given(*[st.floats(-500, 500)] * 4)
def test_a_window_beside_the_page_cuts_at_least_one_pixel(
    left: float, top: float, right: float, bottom: float
) -> None:
    page = np.zeros((50, 80), np.uint8)
    assert cut(page, (left, top, right, bottom)).size >= 1


def test_prepared_cell_is_as_high_as_the_net_wants_and_its_paper_is_white() -> None:
    faint = np.asarray(120 + draw("57").astype(np.int32) * 60 // 255, np.uint8)
    cell = prepare(faint)
    assert cell.shape[0] == HEIGHT
    assert np.median(cell) > 250
    assert cell.min() < 10


def test_empty_paper_is_not_stretched_to_ink() -> None:
    rng = np.random.default_rng(1)
    assert prepare(rng.integers(225, 235, (30, 90), dtype=np.uint8)).min() > 180


@pytest.mark.parametrize(
    "crop", [np.zeros((0, 5), np.uint8), np.zeros((5, 5, 3), np.uint8), np.zeros((5, 5))]
)
def test_what_is_no_grey_crop_is_refused(crop: Grey) -> None:
    with pytest.raises(BadModelInput):
        prepare(crop)


def test_batch_is_padded_with_paper() -> None:
    batch = pad([np.zeros((HEIGHT, 20), np.uint8), np.zeros((HEIGHT, 32), np.uint8)], 32)
    assert batch.shape == (2, 1, HEIGHT, 32)
    assert batch[0, 0, :, 20:].max() == 0
    assert batch[0, 0, :, :20].min() == 1


def test_sure_frames_are_read_as_the_search_would_read_them() -> None:
    frames = certain([0, 3, 3, 0, 3, 1, 0, 0])
    (quick,) = decode(frames)
    assert quick.text == "220"
    best = best_strings(frames, ALPHABET, 5)[0]
    assert quick.text == best.text
    assert quick.probability == pytest.approx(best.probability, abs=1e-4)


def test_doubtful_frames_give_several_strings_that_share_the_probability() -> None:
    frames = certain([0, 7, 0])
    frames[1, 7], frames[1, 9] = 0.6, 0.4
    six, eight, *_ = decode(frames)
    assert (six.text, eight.text) == ("6", "8")
    assert six.probability == pytest.approx(0.6, abs=0.01)
    assert sum(one.probability for one in decode(frames)) <= 1 + 1e-6


def test_a_label_is_one_sign_however_often_the_net_names_it() -> None:
    words = ALPHABET.index(WORDS) + 1
    (sure,) = decode(certain([0, words, 0, words, words, 0]))
    assert sure.text == WORDS
    frames = certain([0, words, 0, words])
    frames[3, words], frames[3, 0] = 0.6, 0.4
    (label,) = [one for one in decode(frames) if one.text == WORDS]
    assert label.probability == pytest.approx(1, abs=0.01)


def test_figures_in_a_note_are_a_part_of_it() -> None:
    names = [ALPHABET.index(one) + 1 for one in f"12{WORDS}3{WORDS}"]
    (noted,) = decode(certain([label for name in names for label in (name, 0)]))
    assert noted.text == f"12{WORDS}"


def test_nothing_is_read_of_no_cells(reader: DigitReader) -> None:
    assert reader.read_numbers([]) == ()


@pytest.mark.parametrize("text", ["0", "7", "36", "1205", "98"])
def test_plain_digits_are_read(reader: DigitReader, text: str) -> None:
    assert reader.read_numbers([draw(text)])[0][0].text == text


@pytest.mark.parametrize("gap", [2, 4, 6])
def test_two_dashes_that_do_not_touch_are_read(reader: DigitReader, gap: int) -> None:
    crop = np.full((40, 130), 255, np.uint8)
    crop[19:21, 40:64] = crop[19:21, 64 + gap : 88 + gap] = 40
    best = reader.read_numbers([crop])[0][0]
    assert best.text == "——"
    assert best.probability > 0.95


def test_empty_cell_is_read_as_empty(reader: DigitReader) -> None:
    assert reader.read_numbers([np.full((40, 120), 250, np.uint8)])[0][0].text == ""


def test_a_cell_is_read_alike_alone_and_among_others(reader: DigitReader) -> None:
    crops = [draw("36"), draw("1205", 40, 300), draw("7", 40, 60), draw("98")]
    together = reader.read_numbers(crops)
    for crop, among in zip(crops, together, strict=True):
        (alone,) = reader.read_numbers([crop])
        assert alone[0].text == among[0].text
        assert alone[0].probability == pytest.approx(among[0].probability, abs=0.05)
