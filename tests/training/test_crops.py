"""Cut cells: what is printed in them can be seen, and nothing is said of an empty one."""

from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from forms.form import load_forms
from models.digits import WORDS
from tests.training.crop_files import save_crops
from training.crops import Crops, CutCell, cut_cells, cut_shards, read_crops, spell

FORMS = load_forms()
REPORTS = (4, 5, 7)


@pytest.fixture(scope="module")
def cells() -> list[CutCell]:
    return [cell for seed in REPORTS for cell in cut_cells(FORMS[seed % 3], seed, "train")]


def contrast(cell: CutCell) -> float:
    return float(np.percentile(cell.crop, 80)) - float(cell.crop.min())


def test_what_is_said_to_be_printed_can_be_seen(cells: list[CutCell]) -> None:
    printed = [contrast(cell) for cell in cells if cell.text]
    assert len(printed) > 100
    assert np.mean(np.array(printed) > 25) > 0.99


def test_empty_cells_are_paper_within_their_rules(cells: list[CutCell]) -> None:
    empty = [cell.crop for cell in cells if not cell.text]
    middles = [crop[len(crop) // 3 : -(len(crop) // 3), crop.shape[1] // 4 :] for crop in empty]
    dark = [float((middle < np.percentile(middle, 80) - 60).mean()) for middle in middles]
    assert len(dark) > 5
    assert np.median(dark) < 0.02


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("1,250", "1,250"),
        ("１２ 件", "12件"),
        ("12③", "12"),
        ("0（含撤回1件）", f"0{WORDS}"),
        ("-3.5*", f"-3.5{WORDS}"),
        ("—\u2009—", "——"),
        ("见附件", WORDS),
        ("", ""),
    ],
)
def test_a_note_is_told_from_its_number(text: str, spelled: str) -> None:
    assert spell(text) == spelled


def test_levels_are_all_cut(cells: list[CutCell]) -> None:
    assert {cell.level for cell in cells} <= {0, 1, 2, 3}
    assert len({cell.level for cell in cells}) > 1


def test_shards_that_are_there_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "measure").mkdir()
    shard = tmp_path / "measure" / "000000.npz"
    shard.write_bytes(b"as it was")
    cut_shards(tmp_path, "measure", 0, 1)
    assert shard.read_bytes() == b"as it was"


def test_shards_are_read_without_end(tmp_path: Path) -> None:
    for number in range(2):
        cell = np.full((32, 4 + number), number, np.uint8)
        save_crops(Crops((cell,), (str(number),), (number,)), tmp_path / f"{number}.npz")
    read = [crops.texts for crops in islice(read_crops(tmp_path, 1), 6)]
    assert sorted(read) == [("0",)] * 3 + [("1",)] * 3
