"""Checkpoint → ONNX in models/weights, and its sum in SHA256SUMS.

python -m training.export segmentation FOLDER/best.pt
"""

import argparse
import hashlib
import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

from models.digits import HEIGHT
from models.weights import OWN_FOLDER
from training.nets.digits import DigitNet
from training.nets.segmentation import SegmentationNet


def export(name: str, checkpoint: Path, folder: Path) -> Path:
    """Write a trained net for ONNX Runtime.

    Args:
        name: "segmentation" or "digits".
        checkpoint: The state of its net, as `training.loop` saves it.
        folder: Gets NAME.onnx, and its line in SHA256SUMS.

    Raises:
        RuntimeError: The checkpoint is another net's.
    """
    net, example, axes = _net(name)
    net.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True))
    net.eval()
    path = folder / f"{name}.onnx"
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
    _list(path)
    return path


def _net(name: str) -> tuple[nn.Module, Tensor, dict[str, dict[int, str]]]:
    """An untrained net, an input of its and the axes of input and output that may vary."""
    if name == "digits":
        axes = {"cells": {0: "cells", 3: "width"}, "logits": {0: "cells", 1: "frames"}}
        return DigitNet(), torch.zeros(2, 1, HEIGHT, 64), axes
    pages = {0: "pages", 2: "height", 3: "width"}
    return SegmentationNet(), torch.zeros(1, 1, 64, 64), {"page": pages, "logits": pages}


def _list(path: Path) -> None:
    """Give a file its line in SHA256SUMS, in place of an older one."""
    sums = path.parent / "SHA256SUMS"
    lines = sums.read_text(encoding="ascii").splitlines() if sums.exists() else []
    kept = [line for line in lines if line.split()[1] != path.name]
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    text = "\n".join(sorted([*kept, f"{digest}  {path.name}"], key=lambda line: line.split()[1]))
    sums.write_text(f"{text}\n", encoding="ascii")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=("segmentation", "digits"))
    parser.add_argument("checkpoint", type=Path)
    chosen = parser.parse_args()
    export(chosen.name, chosen.checkpoint, OWN_FOLDER)


if __name__ == "__main__":
    main()
