"""Train the net of `models.digits` on cells that `training.crops` cuts meanwhile.

python -m training.train_digits --out FOLDER [--minutes 40] [--resume] [--from STATE]
    [--crops FOLDER]

A GPU is used when there is one. Cut cells are kept, so that another training, or this
one resumed, finds them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from models.digits import ALPHABET, decode, pad
from training.course import Course, take
from training.crops import Crops, cut_shards, load_crops, read_crops
from training.jitter import jitter
from training.loop import Plan, device, fit
from training.nets.digits import DigitNet
from training.shards import REPORTS_PER_SHARD

_BATCH = 64
_WIDTH_STEP = 16
_SHARDS_MIXED = 4
_SCORED_SHARDS = 2
_LEVELS = 4
_SEED = 20261123
_CORRECTED_SHARE = 0.25
"""Of the cells of a fine-tuning; the rest are drawn, so that nothing is forgotten."""


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Cells of like width and what they say, as indices of classes."""

    cells: Tensor
    targets: Tensor
    lengths: Tensor


def train(
    crops: Path, plan: Plan, start: Path | None = None, corrected: Crops | None = None
) -> None:
    """Train on a folder that holds the folders train and measure, as they fill up.

    Args:
        crops: The folder.
        plan: How long, and where to.
        start: The state of a net to train on; None begins with nothing.
        corrected: Cells of real reports to mix in.
    """
    torch.manual_seed(_SEED)
    net = DigitNet() if start is None else load_net(start)
    measured = load_measured(crops)
    fit(
        net.to(device()),
        lambda step: _batches(_read_mixed(crops / "train", step, corrected), step),
        _loss,
        lambda averaged: score(averaged, measured),
        plan,
    )


def load_net(path: Path) -> DigitNet:
    """A net from the state that training saved."""
    net = DigitNet()
    net.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    return net


def load_measured(crops: Path) -> list[Crops]:
    """The held-apart cells that training scores itself on."""
    shards = sorted((crops / "measure").glob("*.npz"))[:_SCORED_SHARDS]
    return [load_crops(shard) for shard in shards]


def score(net: nn.Module, shards: Sequence[Crops]) -> tuple[float, ...]:
    """Share of cells read right first at each level, clean to heavy."""
    net.eval()
    right, seen = np.zeros(_LEVELS), np.zeros(_LEVELS)
    for crops in shards:
        for indices in _like_widths(crops):
            cells = _stack(crops, indices).to(device())
            with torch.no_grad():
                frames = torch.softmax(net(cells), dim=2).cpu().numpy()
            for row, index in enumerate(indices):
                level = crops.levels[index]
                seen[level] += 1
                right[level] += decode(frames[row])[0].text == crops.texts[index]
    return tuple(float(share) for share in right / np.maximum(seen, 1))


def _read_mixed(folder: Path, step: int, corrected: Crops | None) -> Iterator[Crops]:
    """Shards in random order, each with some corrected cells put to it."""
    rng = np.random.default_rng(step)
    for drawn in read_crops(folder, step):
        if corrected is None:
            yield drawn
            continue
        count = round(len(drawn.cells) * _CORRECTED_SHARE / (1 - _CORRECTED_SHARE))
        chosen = rng.integers(len(corrected.cells), size=max(count, 1))
        yield Crops(
            (*drawn.cells, *(corrected.cells[index] for index in chosen)),
            (*drawn.texts, *(corrected.texts[index] for index in chosen)),
            (),
        )


def _batches(shards: Iterator[Crops], step: int) -> Iterator[Batch]:
    rng = np.random.default_rng(step)
    while True:
        mixed = [next(shards) for _ in range(_SHARDS_MIXED)]
        crops = Crops(
            tuple(jitter(cell, rng) for shard in mixed for cell in shard.cells),
            tuple(text for shard in mixed for text in shard.texts),
            (),
        )
        groups = _like_widths(crops, rng)
        for index in rng.permutation(len(groups)):
            chosen = groups[index]
            texts = [crops.texts[at] for at in chosen]
            labels = [1 + ALPHABET.index(one) for text in texts for one in text]
            yield Batch(
                _stack(crops, chosen),
                torch.tensor(labels, dtype=torch.long),
                torch.tensor([len(text) for text in texts]),
            )


def _like_widths(crops: Crops, rng: np.random.Generator | None = None) -> list[list[int]]:
    """Batches of cells of like width; with a generator, other ones each time."""
    widths = np.array([cell.shape[1] for cell in crops.cells], dtype=np.float64)
    if rng is not None:
        widths += rng.uniform(0, 8, len(widths))
    order = np.argsort(widths).tolist()
    return [order[start : start + _BATCH] for start in range(0, len(order), _BATCH)]


def _stack(crops: Crops, indices: Sequence[int]) -> Tensor:
    widest = max(crops.cells[index].shape[1] for index in indices)
    width = max(-(-widest // _WIDTH_STEP) * _WIDTH_STEP, 2 * _WIDTH_STEP)
    return torch.from_numpy(pad([crops.cells[index] for index in indices], width))


def _loss(net: nn.Module, batch: Batch) -> Tensor:
    frames = torch.log_softmax(net(batch.cells.to(device())), dim=2).transpose(0, 1)
    times = torch.full((frames.shape[1],), frames.shape[0])
    wrong: Tensor = nn.functional.ctc_loss(
        frames, batch.targets.to(device()), times, batch.lengths, zero_infinity=True
    )
    return wrong


COURSE: Final = Course(
    shards="crops",
    cut=cut_shards,
    reports=4000,
    scored_reports=_SCORED_SHARDS * REPORTS_PER_SHARD,
    rate=2e-3,
    steps_between_scores=500,
    train=train,
)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    take(COURSE, __doc__, arguments)


if __name__ == "__main__":
    main()
