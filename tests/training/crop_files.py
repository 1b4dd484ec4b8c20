"""A few cut cells in a file, as `training.crops` leaves many of them."""

from pathlib import Path

from training.crops import Crops, as_arrays
from training.shards import save_shard


def save_crops(crops: Crops, path: Path) -> None:
    """Write a shard; it is put in place whole, by renaming."""
    save_shard(path, as_arrays(crops))
