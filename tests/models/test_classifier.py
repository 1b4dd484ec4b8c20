"""The token classifier's inputs, and what comes back from the net that ships."""

import numpy as np
import pytest

from models.classifier import (
    KINDS,
    LONGEST_TEXT,
    MOST_CELLS,
    Classifier,
    TableCell,
    encode_cells,
    index_vocabulary,
    load_classifier,
    split_cells,
)

VOCABULARY = index_vocabulary("予以公开自然人总计部分")

TABLE = (
    TableCell(0, 0, 0, 1, 1, (0, 0, 200, 50), "申请人"),
    TableCell(0, 0, 1, 1, 1, (200, 0, 300, 50), "自然人"),
    TableCell(0, 0, 2, 1, 1, (300, 0, 400, 50), "总计"),
    TableCell(0, 1, 0, 1, 1, (0, 50, 200, 100), "予以公开"),
    TableCell(0, 1, 1, 1, 1, (200, 50, 300, 100), "0"),
    TableCell(0, 1, 2, 1, 1, (300, 50, 400, 100), "12"),
)


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return load_classifier(1)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("予以公开", "text"),
        ("", "blank"),
        (" · ", "blank"),
        ("0", "zero"),
        ("Ｏ", "zero"),
        ("1,268", "number"),
        ("-18", "number"),
        ("2059.20万元", "number"),
        ("/", "dash"),
        ("—", "dash"),
        ("无", "dash"),
        ("囗", "other"),
        ("x7q", "other"),
    ],
)
def test_text_has_a_kind(text: str, kind: str) -> None:
    (cell,) = encode_cells([TableCell(0, 0, 0, 1, 1, (0, 0, 1, 1), text)], VOCABULARY).kinds
    assert KINDS[cell] == kind


def test_boxes_are_thousandths_of_their_table() -> None:
    moved = [
        TableCell(1, c.row, c.column, 1, 1, tuple(3 * x + 70 for x in c.box), c.text)  # type: ignore[arg-type]
        for c in TABLE
    ]
    boxes = encode_cells([*TABLE, *moved], VOCABULARY).boxes
    assert boxes[0].tolist() == [0, 0, 500, 500]
    assert boxes[5].tolist() == [750, 500, 1000, 1000]
    assert (boxes[6:] == boxes[:6]).all()


def test_a_value_is_told_its_row_and_its_column() -> None:
    encoded = encode_cells(TABLE, VOCABULARY)
    assert encoded.beside[5].argmax() == 3
    assert encoded.above[5].argmax() == 2
    assert encoded.beside[5].sum() == pytest.approx(1.0)
    assert encoded.beside[0].sum() == 0.0
    assert encoded.above[0].sum() == 0.0


def test_a_table_tells_nothing_to_another() -> None:
    other = [TableCell(1, c.row, c.column, 1, 1, c.box, c.text) for c in TABLE]
    encoded = encode_cells([*TABLE, *other], VOCABULARY)
    assert not encoded.beside[6:, :6].any()
    assert not encoded.above[:6, 6:].any()


def test_equal_texts_are_encoded_once_and_long_ones_cut() -> None:
    long = TableCell(0, 2, 0, 1, 1, (0, 100, 9, 110), "公开" * LONGEST_TEXT)
    encoded = encode_cells([*TABLE, long, long], VOCABULARY)
    assert encoded.text_of[-1] == encoded.text_of[-2]
    assert encoded.characters.shape == (len(set(encoded.text_of)), LONGEST_TEXT)
    assert (encoded.characters[encoded.text_of[-1]] > 1).all()


def test_an_unknown_character_is_no_padding() -> None:
    encoded = encode_cells([TableCell(0, 0, 0, 1, 1, (0, 0, 1, 1), "龘龘")], VOCABULARY)
    assert encoded.characters[0, :3].tolist() == [1, 1, 0]


def test_posteriors_are_probabilities_of_the_names(classifier: Classifier) -> None:
    said = classifier.classify(TABLE)
    for logs, names in (
        (said.rows, classifier.row_names),
        (said.columns, classifier.column_names),
        (said.forms, classifier.form_names),
    ):
        assert logs.shape == (len(TABLE), len(names))
        assert np.exp(logs).sum(axis=1) == pytest.approx(1.0)
    assert classifier.row_names[0] == classifier.column_names[0] == classifier.form_names[0] == ""


def test_the_same_cells_give_the_same_posteriors(classifier: Classifier) -> None:
    one, other = classifier.classify(TABLE), classifier.classify(TABLE)
    assert (one.rows == other.rows).all()


def test_cells_beyond_number_are_cut_between_tables() -> None:
    cells = [TableCell(i // 700, i % 700, 0, 1, 1, (0, i, 9, i + 1), "0") for i in range(1500)]
    sizes = [len(part) for part in split_cells(cells)]
    assert sizes == [700, 800]


def test_a_table_of_noise_is_cut_anywhere(classifier: Classifier) -> None:
    cells = [TableCell(0, i, 0, 1, 1, (0, i, 9, i + 1), "0") for i in range(MOST_CELLS + 5)]
    assert [len(part) for part in split_cells(cells)] == [MOST_CELLS, 5]
    assert len(classifier.classify(cells).rows) == len(cells)
