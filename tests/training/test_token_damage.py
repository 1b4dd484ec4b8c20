"""Cells lost, joined, parted and made up: what is left still says what it is."""

from collections import Counter
from dataclasses import replace

import pytest
from numpy.random import default_rng

from pipeline.types import Box
from training.token_damage import (
    IGNORED,
    LEVELS,
    WRECKED,
    Damage,
    Marked,
    Part,
    damage_part,
    junk_part,
    read_wrongly,
    tear_part,
)

CLEAN = LEVELS["clean"]
SIZE = 4


def cell_at(row: int, column: int) -> Marked:
    """Labels in the first row and column, values elsewhere."""
    box = Box(column * 100.0, row * 20.0, column * 100.0 + 100, row * 20.0 + 20)
    names = (f"r{row}" if row else "", f"c{column}" if column else "")
    value = bool(row and column)
    text = str(10 * row + column) if value else f"标签{row}{column}"
    return Marked(row, column, 1, 1, box, text, *names, f"f.{row}.{column}" if value else "")


PART = Part(
    SIZE, SIZE, tuple(cell_at(row, column) for row in range(SIZE) for column in range(SIZE))
)


def fields_of(part: Part) -> Counter[str]:
    return Counter(cell.field_name for cell in part.cells if cell.field_name not in ("", IGNORED))


def test_clean_damage_leaves_a_part_as_it_is() -> None:
    assert damage_part(PART, CLEAN, default_rng(1)) == PART
    assert read_wrongly(PART, CLEAN, default_rng(1)) == PART.cells


def test_a_seed_damages_alike() -> None:
    one, same = (damage_part(PART, WRECKED, default_rng(4)) for _ in range(2))
    assert one == same


@pytest.mark.parametrize("damage", [*LEVELS.values(), WRECKED], ids=[*LEVELS, "wrecked"])
def test_no_field_is_ever_in_two_cells(damage: Damage) -> None:
    for seed in range(30):
        counted = fields_of(damage_part(PART, damage, default_rng(seed)))
        assert set(counted.values()) <= {1}
        assert set(counted) <= set(fields_of(PART))


def test_joined_values_are_not_asked_about() -> None:
    joined = damage_part(PART, replace(CLEAN, joined=1.0), default_rng(1))
    assert len(joined.cells) == SIZE
    assert {cell.field_name for cell in joined.cells} == {"", IGNORED}
    assert {cell.column_span for cell in joined.cells} == {SIZE}


def test_of_a_parted_cell_one_half_keeps_text_and_field() -> None:
    parted = damage_part(PART, replace(CLEAN, parted=1.0), default_rng(1))
    assert len(parted.cells) == 2 * len(PART.cells)
    assert fields_of(parted) == fields_of(PART)
    assert all(cell.text for cell in parted.cells if cell.field_name)


def test_a_lost_header_takes_the_names_of_columns_along() -> None:
    headless = damage_part(PART, replace(CLEAN, lost_header=1.0), default_rng(1))
    assert {cell.row for cell in headless.cells} == {1, 2, 3}
    assert fields_of(headless) == fields_of(PART)


def test_cells_that_a_lost_rule_joins_hold_both_texts() -> None:
    joined = damage_part(PART, replace(CLEAN, lost_rule=1.0), default_rng(2))
    assert len(joined.cells) < len(PART.cells)
    assert "".join(sorted("".join(cell.text for cell in joined.cells))) == "".join(
        sorted("".join(cell.text for cell in PART.cells))
    )


def test_a_false_rule_parts_cells_and_loses_none() -> None:
    for seed in range(10):
        parted = damage_part(PART, replace(CLEAN, false_rule=1.0), default_rng(seed))
        assert fields_of(parted) == fields_of(PART)


def test_stray_cells_are_nothing() -> None:
    strayed = damage_part(PART, replace(CLEAN, stray=1.0), default_rng(1))
    assert len(strayed.cells) == len(PART.cells) + SIZE
    assert fields_of(strayed) == fields_of(PART)


def test_a_torn_table_is_two_that_hold_all_its_cells() -> None:
    torn = tear_part(PART, default_rng(1))
    assert len(torn) == 2
    assert sum(len(one.cells) for one in torn) == len(PART.cells)
    assert all(cell.column < one.columns for one in torn for cell in one.cells)
    assert sum((fields_of(one) for one in torn), Counter()) == fields_of(PART)


def test_a_table_of_one_column_is_not_torn() -> None:
    narrow = Part(SIZE, 1, tuple(cell for cell in PART.cells if not cell.column))
    assert tear_part(narrow, default_rng(1)) == (narrow,)


def test_a_table_where_there_is_none_has_no_names() -> None:
    for seed in range(10):
        for cell in junk_part(1240.0, default_rng(seed)).cells:
            assert not cell.row_name + cell.column_name + cell.field_name


def test_labels_are_lost_or_cut_and_values_misread_when_asked() -> None:
    lost = read_wrongly(PART, replace(CLEAN, lost_text=1.0), default_rng(1))
    assert {cell.text for cell in lost if not cell.field_name} == {""}
    misread = read_wrongly(PART, replace(CLEAN, misread=1.0), default_rng(1))
    changed = [a.text != b.text for a, b in zip(misread, PART.cells, strict=True) if b.field_name]
    assert any(changed)
