"""Trained net → ONNX in models/weights, with its sum in SHA256SUMS and its checkpoint.

python -m training.export segmentation|digits|classifier CHECKPOINT [--into FOLDER]

The sum is also the version that reports name. CHECKPOINT is best.pt, or for the
classifier the folder best; a copy of it lies beside the ONNX file, to be trained on.
The net for number cells serves in 8-bit integers.

Source: docs/decisions/0004-number-cells.md
"""

import argparse
import hashlib
import shutil
import sys
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from forms.form import load_forms
from models.digits import HEIGHT, pad
from models.weights import OWN_FOLDER
from training.crops import cut_crops
from training.nets.digits import DigitNet
from training.nets.segmentation import SegmentationNet
from training.quantise import quantise
from training.train_classifier import write_weights

NETS: Final = ("segmentation", "digits", "classifier")
"""The nets that this project trains."""

_STATE: Final = "net.pt"
"""The state of a net in the folder of its name."""

_EXAMPLES: Final = range(60_000, 60_003)
"""Drawings, one of each form, whose cells say how large the numbers of the net's layers are."""

_TO_SERVE: Final = "To serve it: python -m training.export {name} {checkpoint}"
_SERVED: Final = """\
Score it (python -m eval.accuracy), keep it only if it is not worse, write data, seed, scores
and limits into models/weights/{name}.md and what was tried into training/LOG.md; commit
models/weights with them."""


def export(name: str, checkpoint: Path, folder: Path) -> Path:
    """Write a trained net for ONNX Runtime, and its checkpoint to train on.

    Args:
        name: One of `NETS`.
        checkpoint: What its training saved: a state, for the classifier a folder.
        folder: Gets NAME.onnx, its line in SHA256SUMS, and a folder NAME with the checkpoint.

    Raises:
        OSError: The checkpoint cannot be read, or the folder not be written.
        RuntimeError: The checkpoint is another net's.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.onnx"
    fresh = path.with_suffix(".part")
    if name == "classifier":
        write_weights(checkpoint, fresh)
    else:
        _write_onnx(name, checkpoint, fresh)
    if name == "digits":
        quantise(fresh, ({"cells": cell} for cell in _draw_cells()))
    _keep_checkpoint(checkpoint, start_of(name, folder))
    fresh.replace(path)
    list_weights(path)
    return path


def start_of(name: str, folder: Path = OWN_FOLDER) -> Path:
    """Where `export` put the checkpoint of a net: what a fine-tuning starts from."""
    return folder / name if name == "classifier" else folder / name / _STATE


def list_weights(path: Path) -> str:
    """Give a file its line in the SHA256SUMS beside it, in place of an older one.

    Returns:
        The sum.
    """
    sums = path.parent / "SHA256SUMS"
    lines = sums.read_text(encoding="ascii").splitlines() if sums.exists() else []
    kept = [line for line in lines if line.split()[1] != path.name]
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    text = "\n".join(sorted([*kept, f"{digest}  {path.name}"], key=lambda line: line.split()[1]))
    sums.write_text(f"{text}\n", encoding="ascii")
    return digest


def _write_onnx(name: str, checkpoint: Path, path: Path) -> None:
    net, example, axes = _net(name)
    net.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True))
    net.eval()
    # This exporter is deprecated; the one after it wants onnxscript, which nothing needs.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            net,
            (example,),
            str(path),
            input_names=[next(iter(axes))],
            output_names=["logits"],
            dynamic_axes=axes,
            dynamo=False,
        )


def _draw_cells() -> Iterator[NDArray[np.float32]]:
    """Cells as the net for numbers takes them, one at a time."""
    for form, number in zip(load_forms(), _EXAMPLES, strict=True):
        for cell in cut_crops(form, number, "train").cells:
            yield pad([cell], cell.shape[1] + cell.shape[1] % 2)


def _net(name: str) -> tuple[nn.Module, Tensor, dict[str, dict[int, str]]]:
    """An untrained net, an input of its and the axes of input and output that may vary."""
    if name == "digits":
        axes = {"cells": {0: "cells", 3: "width"}, "logits": {0: "cells", 1: "frames"}}
        return DigitNet(), torch.zeros(2, 1, HEIGHT, 64), axes
    pages = {0: "pages", 2: "height", 3: "width"}
    return SegmentationNet(), torch.zeros(1, 1, 64, 64), {"page": pages, "logits": pages}


def _keep_checkpoint(checkpoint: Path, kept: Path) -> None:
    if checkpoint.resolve() == kept.resolve():
        return
    if checkpoint.is_dir():
        shutil.copytree(checkpoint, kept, dirs_exist_ok=True)
        return
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(checkpoint, kept)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=NETS)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--into", type=Path, default=OWN_FOLDER, help="default: models/weights")
    chosen = parser.parse_args(arguments)
    path = export(chosen.name, chosen.checkpoint, chosen.into)
    steps = _SERVED if chosen.into == OWN_FOLDER else _TO_SERVE
    steps = steps.format(name=chosen.name, checkpoint=chosen.checkpoint)
    sys.stdout.write(f"{path} is written, sha256:{list_weights(path)}.\n{steps}\n")


if __name__ == "__main__":
    main()
