"""Folders that are put in place whole, so that a kill while saving leaves a checkpoint."""

import shutil
from collections.abc import Callable
from pathlib import Path


def replace_folder(folder: Path, fill: Callable[[Path], None]) -> None:
    """Put a folder in the place of the one that is there.

    Args:
        folder: What is in it now is lost, once all is there that replaces it.
        fill: Writes what shall be in it into the folder that it is given, which is empty.

    Raises:
        OSError: It cannot be written; what was there before stays.
    """
    restore_folder(folder)
    fresh = folder.with_name(f"{folder.name}.part")
    if fresh.exists():
        shutil.rmtree(fresh)
    fresh.mkdir(parents=True)
    fill(fresh)
    old = _aside(folder)
    if folder.exists():
        folder.rename(old)
    fresh.rename(folder)
    if old.exists():
        shutil.rmtree(old)


def restore_folder(folder: Path) -> None:
    """Put back what was there before a `replace_folder` that was killed between two renames.

    Raises:
        OSError: It cannot be put back.
    """
    old = _aside(folder)
    if not old.exists():
        return
    if folder.exists():
        shutil.rmtree(old)
    else:
        old.rename(folder)


def _aside(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.old")
