"""Cut cells are true and repeatable; training learns, resumes and exports what it is."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from forms.form import load_forms
from models.digits import ALPHABET, HEIGHT, WORDS
from tests.training.crop_files import save_crops
from training.crops import Crops, cut_crops, load_crops
from training.loop import Plan
from training.nets.digits import Glance
from training.number_tables import draw_number, draw_number_tables
from training.sheet_markup import SheetStyle
from training.train_digits import train

FORM = load_forms()[0]
KINDS = ("zero", "integer", "sign", "signed", "grouped", "decimal", "unit", "wide")


@pytest.fixture(scope="module")
def crops() -> Crops:
    return cut_crops(FORM, 6, "train")


@pytest.fixture(scope="module")
def folder(crops: Crops, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shards to train on and to measure on: a few cells, so that tests are quick."""
    folder = tmp_path_factory.mktemp("crops")
    few = Crops(crops.cells[:12], crops.texts[:12], crops.levels[:12])
    for split in ("train", "measure"):
        (folder / split).mkdir()
        save_crops(few, folder / split / "000000.npz")
    return folder


def test_a_number_draws_the_same_cells_again(crops: Crops) -> None:
    again = cut_crops(FORM, 6, "train")
    assert again.texts == crops.texts
    assert all(map(np.array_equal, again.cells, crops.cells))


def test_measuring_has_other_cells(crops: Crops) -> None:
    assert cut_crops(FORM, 6, "measure").texts != crops.texts


def test_cells_are_as_the_reader_prepares_them(crops: Crops) -> None:
    assert {cell.shape[0] for cell in crops.cells} == {HEIGHT}
    assert {cell.dtype for cell in crops.cells} == {np.dtype(np.uint8)}


@pytest.mark.parametrize("seed", [6, 7])
def test_every_text_can_be_spelled_by_the_net(seed: int) -> None:
    texts = cut_crops(FORM, seed, "train").texts
    assert set("".join(texts)) <= set(ALPHABET)
    assert WORDS in texts


def test_number_tables_hold_signs_blanks_and_labels_beside_numbers() -> None:
    texts = set(cut_crops(FORM, 7, "train").texts)
    assert {"", WORDS} < texts
    assert any("." in text for text in texts)
    assert max(map(len, texts)) > 5


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_number_is_drawn(kind: str) -> None:
    rng = np.random.default_rng(3)
    assert all(draw_number(rng, kind) for _ in range(50))


def test_number_tables_tile_their_grids() -> None:
    for table in draw_number_tables(np.random.default_rng(2), SheetStyle(), ()):
        places = {(cell.row, cell.column) for cell in table.grid.cells}
        assert len(places) == len(table.grid.cells) == table.grid.rows * len(table.grid.widths)


def test_saved_cells_are_loaded_as_they_were(crops: Crops, tmp_path: Path) -> None:
    save_crops(crops, tmp_path / "shard.npz")
    loaded = load_crops(tmp_path / "shard.npz")
    assert (loaded.texts, loaded.levels) == (crops.texts, crops.levels)
    assert all(map(np.array_equal, loaded.cells, crops.cells))


def test_training_saves_and_goes_on_where_it_stopped(folder: Path, tmp_path: Path) -> None:
    plan = Plan(tmp_path, 0.005, resume=True, peak_rate=1e-3, steps_between_scores=1000)
    train(folder, plan)
    first = torch.load(tmp_path / "last.pt", weights_only=True)
    assert first["step"] > 0
    train(folder, replace(plan, minutes=first["seconds"] / 60 + plan.minutes))
    second = torch.load(tmp_path / "last.pt", weights_only=True)
    assert second["step"] > first["step"]
    assert (tmp_path / "best.pt").exists()


def test_a_glance_begins_by_adding_nothing() -> None:
    frames = torch.rand(2, 128, 40)
    assert torch.equal(Glance(9, 4).eval()(frames), frames)
