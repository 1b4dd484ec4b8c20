"""Train the net of `models.segmentation` on tiles that `training.tiles` cuts meanwhile.

python -m training.train_segmentation --out FOLDER [--minutes 40] [--resume] [--from STATE]
    [--tiles FOLDER]

A GPU is used when there is one. Cut tiles are kept.
"""

import argparse
from collections.abc import Iterator, Sequence
from multiprocessing import get_context
from multiprocessing.context import SpawnProcess
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from training.loop import Plan, device, fit, log_to
from training.nets.segmentation import MAPS, SegmentationNet
from training.tiles import Tiles, cut_shards, read_tiles

_SEED = 20261123
_BATCH = 6
_SCORED_TILES = 96
_SCORED_REPORTS = 20
# Lines take one pixel in fifty, print one in ten: their misses weigh more.
_LINE_WEIGHT = 3.0


def train(tiles: Path, plan: Plan, start: Path | None = None) -> None:
    """Train on a folder that holds the folders train and measure, as they fill up.

    Args:
        tiles: The folder.
        plan: How long, and where to.
        start: The state of a net to train on; None begins with nothing.
    """
    torch.manual_seed(_SEED)
    net = SegmentationNet()
    if start is not None:
        net.load_state_dict(torch.load(start, map_location="cpu", weights_only=True))
    net = net.to(device())
    net = net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    measured = next(read_tiles(tiles / "measure", 0)).first(_SCORED_TILES)
    fit(
        net,
        lambda step: _batches(tiles / "train", step),
        _loss,
        lambda averaged: score(averaged, measured),
        plan,
    )


def _cut_meanwhile(tiles: Path, reports: int) -> SpawnProcess:
    """Cut the held-apart tiles, then start cutting those to train on."""
    cut_shards(tiles, "measure", 0, _SCORED_REPORTS)
    cutting = get_context("spawn").Process(
        target=cut_shards, args=(tiles, "train", 0, reports), daemon=True
    )
    cutting.start()
    return cutting


def score(net: nn.Module, tiles: Tiles) -> tuple[float, ...]:
    """Intersection over union of each map at one half, over all tiles."""
    net.eval()
    both, either = np.zeros(MAPS), np.zeros(MAPS)
    with torch.no_grad():
        for start in range(0, len(tiles.pages), _BATCH):
            darkness, truth = _as_tensors(tiles, np.arange(start, len(tiles.pages))[:_BATCH])
            said = net(darkness.to(device())).cpu() > 0
            true = truth > 0.5
            both += (said & true).sum(dim=(0, 2, 3)).numpy()
            either += (said | true).sum(dim=(0, 2, 3)).numpy()
    return tuple(float(share) for share in both / np.maximum(either, 1))


def _batches(folder: Path, step: int) -> Iterator[tuple[Tensor, Tensor]]:
    rng = np.random.default_rng(step)
    for tiles in read_tiles(folder, step):
        order = rng.permutation(len(tiles.pages))
        for start in range(0, len(order) - _BATCH + 1, _BATCH):
            yield _as_tensors(tiles, order[start : start + _BATCH])


def _as_tensors(tiles: Tiles, chosen: NDArray[np.intp]) -> tuple[Tensor, Tensor]:
    darkness = 1 - torch.from_numpy(tiles.pages[chosen]).float() / 255
    bits = torch.from_numpy(tiles.maps[chosen])
    truth = torch.stack([(bits >> bit) & 1 for bit in range(MAPS)], dim=1).float()
    return darkness[:, None].contiguous(memory_format=torch.channels_last), truth


def _loss(net: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
    """Cross-entropy, lines weighing more, and the Dice loss of each map."""
    darkness, truth = (part.to(device()) for part in batch)
    logits = net(darkness)
    weight = torch.ones_like(truth)
    weight[:, 1:] += (_LINE_WEIGHT - 1) * truth[:, 1:]
    entropy = nn.functional.binary_cross_entropy_with_logits(logits, truth, weight=weight)
    said = torch.sigmoid(logits)
    both = (said * truth).sum(dim=(0, 2, 3))
    dice = 1 - (2 * both + 1) / (said.sum(dim=(0, 2, 3)) + truth.sum(dim=(0, 2, 3)) + 1)
    total: Tensor = entropy + 0.3 * dice.mean()
    return total


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=40.0)
    parser.add_argument("--resume", action="store_true", help="go on where OUT stopped, if it did")
    parser.add_argument("--from", dest="start", type=Path, help="state of a net to train on")
    parser.add_argument("--rate", type=float, default=3e-3, help="highest learning rate")
    parser.add_argument("--tiles", type=Path, help="default: the folder tiles in OUT")
    parser.add_argument("--reports", type=int, default=2000, help="to cut tiles of at most")
    chosen = parser.parse_args(arguments)
    log_to(chosen.out)
    tiles = chosen.tiles or chosen.out / "tiles"
    cutting = _cut_meanwhile(tiles, chosen.reports)
    try:
        plan = Plan(chosen.out, chosen.minutes, chosen.resume, chosen.rate, 400)
        train(tiles, plan, chosen.start)
    finally:
        cutting.terminate()


if __name__ == "__main__":
    main()
