"""Texts as readers of poor print give them."""

from collections import Counter

import pytest
from numpy.random import default_rng

from training.garble import garble, known_characters

TEXT = "本年新收政府信息公开申请数量"


def test_a_seed_garbles_alike() -> None:
    assert garble(TEXT, 0.4, default_rng(2)) == garble(TEXT, 0.4, default_rng(2))


@pytest.mark.parametrize("text", ["", TEXT])
def test_nothing_is_garbled_at_a_share_of_nothing(text: str) -> None:
    assert garble(text, 0.0, default_rng(1)) == text


def test_an_empty_text_stays_empty() -> None:
    assert garble("", 1.0, default_rng(1)) == ""


def test_wrong_characters_are_look_alikes_more_often_than_anything_else() -> None:
    wrong = Counter("".join(garble("未", 1.0, default_rng(seed)) for seed in range(300)))
    alike = sum(wrong[character] for character in "末朱宋来米木本术")
    assert alike > sum(wrong.values()) * 0.4
    assert wrong["末"] > 5


def test_characters_are_also_lost_and_added() -> None:
    lengths = {len(garble(TEXT, 0.5, default_rng(seed))) for seed in range(50)}
    assert min(lengths) < len(TEXT) < max(lengths)


def test_what_garbling_writes_is_known_or_latin() -> None:
    written = set("".join(garble("信息公开" * 20, 1.0, default_rng(seed)) for seed in range(20)))
    assert {one for one in written if ord(one) > 0x7F} - set("信息公开") <= known_characters()
