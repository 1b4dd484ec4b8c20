"""Train the net of `models.segmentation` on tiles that `training.tiles` cuts meanwhile.

python -m training.train_segmentation --out FOLDER [--minutes 40] [--resume] [--from STATE]
    [--tiles FOLDER]

A GPU is used when there is one. Cut tiles are kept.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from training.course import Course, take
from training.loop import Plan, device, fit
from training.nets.segmentation import MAPS, SegmentationNet
from training.tiles import Tiles, cut_shards, read_tiles

_SEED = 20261123
_BATCH = 6
_SCORED_TILES = 96
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


COURSE: Final = Course(
    shards="tiles",
    cut=cut_shards,
    reports=2000,
    scored_reports=20,
    rate=3e-3,
    steps_between_scores=400,
    train=train,
)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    take(COURSE, __doc__, arguments)


if __name__ == "__main__":
    main()
