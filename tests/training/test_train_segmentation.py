"""Training of the net for print and lines learns, saves and goes on where it stopped."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from training.loop import Plan
from training.nets.segmentation import MAPS, SegmentationNet
from training.tiles import Tiles
from training.train_segmentation import score, train

SIDE = 32


def draw_tiles(count: int) -> Tiles:
    """Black squares, all that is black marked in all maps."""
    rng = np.random.default_rng(1)
    pages = np.full((count, SIDE, SIDE), 255, np.uint8)
    for page in pages:
        x, y = rng.integers(0, SIDE - 10, 2)
        page[y : y + 10, x : x + 10] = 0
    return Tiles(pages, np.where(pages == 0, np.uint8(7), np.uint8(0)))


class Dark(nn.Module):
    """Says of every dark pixel that it is marked, in every map."""

    def forward(self, darkness: Tensor) -> Tensor:
        return (darkness - 0.5).expand(-1, MAPS, -1, -1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tiles = draw_tiles(12)
    for split in ("train", "measure"):
        (tmp_path / "tiles" / split).mkdir(parents=True)
        path = tmp_path / "tiles" / split / "000000.npz"
        np.savez_compressed(path, pages=tiles.pages, maps=tiles.maps)
    return tmp_path / "tiles"


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def test_training_saves_and_goes_on_where_it_stopped(folder: Path, tmp_path: Path) -> None:
    plan = Plan(tmp_path, 1.0, resume=True, peak_rate=1e-3, steps_between_scores=2, steps=3)
    train(folder, plan)
    first = torch.load(tmp_path / "last.pt", weights_only=True)
    assert first["step"] == 3
    train(folder, replace(plan, steps=5))
    second = torch.load(tmp_path / "last.pt", weights_only=True)
    assert second["step"] == 5
    assert second["seconds"] > first["seconds"]


def test_what_scores_best_fits_the_net(folder: Path, tmp_path: Path) -> None:
    train(
        folder, Plan(tmp_path, 1.0, resume=False, peak_rate=1e-3, steps_between_scores=2, steps=2)
    )
    best = torch.load(tmp_path / "best.pt", weights_only=True)
    SegmentationNet().load_state_dict(best)


def test_training_learns(folder: Path, tmp_path: Path) -> None:
    torch.manual_seed(1)
    plan = Plan(tmp_path, 1.0, resume=False, peak_rate=3e-3, steps_between_scores=40, steps=40)
    train(folder, plan)
    # The average over steps, which best.pt holds, is slower than so short a training.
    trained = SegmentationNet()
    trained.load_state_dict(torch.load(tmp_path / "last.pt", weights_only=True)["net"])
    assert min(score(trained, draw_tiles(12))) > 0.5


def test_a_net_that_says_what_is_true_scores_one() -> None:
    assert score(Dark(), draw_tiles(7)) == (1.0, 1.0, 1.0)


def test_half_of_what_is_true_scores_one_half() -> None:
    tiles = draw_tiles(4)
    other = Tiles(tiles.pages, np.where(tiles.maps > 0, np.uint8(1), np.uint8(0)))
    doubled = Tiles(np.concatenate([tiles.pages] * 2), np.concatenate([tiles.maps, other.maps]))
    assert score(Dark(), doubled) == (1.0, 0.5, 0.5)
