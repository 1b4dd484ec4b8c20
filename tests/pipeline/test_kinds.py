"""What a field may hold weighs the strings that were seen in its cell."""

import pytest

from forms.form import Kind
from pipeline.kinds import is_of_kind, weigh_by_kind
from pipeline.types import Box, Candidate, Cell, Reading

CELL = Cell(0, 0, 1, 1, Box(0, 0, 40, 20), (), touched=False)


def read(*candidates: tuple[str, float]) -> Reading:
    return Reading(CELL, 1, "", tuple(Candidate(*one) for one in candidates), "read")


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("12", {"integer", "signed", "decimal"}),
        ("1,234", {"integer", "signed", "decimal"}),
        ("3个", {"integer", "signed", "decimal"}),
        ("", {"integer", "signed", "decimal"}),
        ("/", {"integer", "signed", "decimal"}),
        ("—", {"integer", "signed", "decimal"}),
        ("-18", {"signed"}),
        ("+1", {"signed"}),
        ("0.2", {"decimal"}),
        ("水利", set()),
    ],
)
def test_kinds_say_which_texts_a_field_may_hold(text: str, kinds: set[Kind]) -> None:
    every: tuple[Kind, ...] = ("integer", "signed", "decimal")
    assert {kind for kind in every if is_of_kind(text, kind)} == kinds


def test_speck_that_was_read_as_a_sign_loses_where_no_sign_belongs() -> None:
    reading = read(("-0", 0.9), ("0", 0.08))
    (first, second) = weigh_by_kind(reading, "integer").candidates
    assert (first.text, second.text) == ("0", "-0")
    assert first.probability + second.probability == pytest.approx(0.98)
    assert weigh_by_kind(reading, "signed") == reading


def test_sign_that_is_plainly_printed_stays() -> None:
    reading = read(("-5", 0.9995), ("5", 0.0001))
    assert weigh_by_kind(reading, "integer").candidates[0].text == "-5"


def test_words_alone_stay_as_they_were_read() -> None:
    reading = read(("见附件", 0.7))
    assert weigh_by_kind(reading, "integer") == reading


def test_text_layer_is_believed_whatever_the_kind() -> None:
    layer = Reading(CELL, 1, "", (Candidate("-5", 0.9995),), "text_layer")
    assert weigh_by_kind(layer, "integer") is layer
