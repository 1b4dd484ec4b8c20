"""Shards: files of what was cut from drawn reports, to train and to score on.

Each is named by its first seed, so that several processes can share the work and a killed one
goes on where it stopped.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from training.variety import Split

REPORTS_PER_SHARD: Final = 20

Arrays: TypeAlias = Mapping[str, NDArray[Any]]
"""What a shard holds, by name."""

CutShards: TypeAlias = Callable[[Path, Split, int, int], None]
"""Fills the folder of a split with the shards of reports, from a first one on, so many."""


def save_shard(path: Path, arrays: Arrays) -> None:
    """Write a shard; it is put in place whole, by renaming."""
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
    part.replace(path)


def fill_folder(folder: Path, first: int, count: int, cut: Callable[[range], Arrays]) -> None:
    """Write the shards that are not there yet.

    Args:
        folder: Made when it is not there.
        first: Number of the first report.
        count: Of reports; rounded up to whole shards.
        cut: Cuts the reports of these numbers.
    """
    # Training runs beside this.
    cv2.setNumThreads(1)
    folder.mkdir(parents=True, exist_ok=True)
    for start in range(first, first + count, REPORTS_PER_SHARD):
        path = folder / f"{start:06d}.npz"
        if not path.exists():
            save_shard(path, cut(range(start, start + REPORTS_PER_SHARD)))


def shuffle_shards(folder: Path, seed: int) -> Iterator[Path]:
    """Shards of a folder in random order, without end; waits for the first one."""
    rng = np.random.default_rng(seed)
    while True:
        shards = sorted(folder.glob("*.npz"))
        if not shards:
            time.sleep(1.0)
        for index in rng.permutation(len(shards)):
            yield shards[index]


def cut_by_command(description: str | None, cut_shards: CutShards) -> None:
    """The command line of what cuts shards."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--split", choices=get_args(Split), required=True)
    parser.add_argument("--first", type=int, default=0, help="number of the first report")
    parser.add_argument("--count", type=int, required=True, help="of reports")
    chosen = parser.parse_args()
    cut_shards(chosen.out, chosen.split, chosen.first, chosen.count)
