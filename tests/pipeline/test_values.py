"""What the text of a value cell means."""

import pytest

from pipeline.types import Blank, Illegible, NotReported, Number
from pipeline.values import normalise_text, parse_value


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("0", 0, None),
        (" 29 ", 29, None),
        ("-18", -18, None),
        ("+1", 1, None),
        ("−3", -3, None),
        ("１２３", 123, None),
        ("3,985,758", 3985758, None),
        ("3 985 758", 3985758, None),
        ("3个", 3, "个"),
        ("3443000元", 3443000, "元"),
        ("1,234 件", 1234, "件"),
        ("0（含撤回1件）", 0, None),
        ("12件（见说明）", 12, "件"),
    ],
)
def test_integer_is_exact(text: str, value: int, unit: str | None) -> None:
    assert parse_value(text) == (Number(value), unit)
    number = parse_value(text)[0]
    assert isinstance(number, Number)
    assert isinstance(number.value, int)


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("75394432.52元", 75394432.52, "元"),
        ("2059.2090万元", 2059.209, "万元"),
        ("0.5亿元", 0.5, "亿元"),
        ("7.0", 7.0, None),
    ],
)
def test_printed_decimals_make_a_float(text: str, value: float, unit: str | None) -> None:
    number, found = parse_value(text)
    assert isinstance(number, Number)
    assert isinstance(number.value, float)
    assert (number.value, found) == (value, unit)


@pytest.mark.parametrize("text", ["/", "／", "—", "——", "-", "－", "–", "无", " 无 "])
def test_dash_is_not_reported_and_not_zero(text: str) -> None:
    assert parse_value(text) == (NotReported(), None)


@pytest.mark.parametrize("text", ["", "  ", "\u3000"])
def test_empty_cell_is_blank_and_not_zero(text: str) -> None:
    assert parse_value(text) == (Blank(), None)


@pytest.mark.parametrize(
    "text", ["2g", "1,23", "12.", "件", "3件4", "二", "1-2", "1/2", "3(4)", "(见说明)", "1(2", "٣"]
)
def test_anything_else_is_illegible(text: str) -> None:
    assert parse_value(text) == (Illegible(), None)


@pytest.mark.parametrize("text", ["12②", "12 ①", "１２⑶", "12²"])
def test_mark_that_refers_to_a_note_is_no_digit(text: str) -> None:
    assert parse_value(text) == (Number(12), None)


def test_normalising_keeps_separators_and_unit() -> None:
    assert normalise_text(" １，２３４⼀件 ") == "1,234一件"


def test_radicals_become_the_characters_that_they_stand_for() -> None:
    assert normalise_text("⼀、⾏政１２") == "一、行政12"
    assert normalise_text("⻄⻨⻮⻙⻤⻣⻗⻰⺠") == "西麦齿韦鬼骨雨龙民"


@pytest.mark.parametrize("text", ["9" * 16, "9" * 400 + ".5", "0." + "1" * 15, "9" * 5_000 + "元"])
def test_number_too_long_to_be_held_exactly_is_illegible(text: str) -> None:
    assert parse_value(text) == (Illegible(), None)
    assert parse_value("-" + "9" * 15) == (Number(-(10**15) + 1), None)
