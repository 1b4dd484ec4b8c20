"""Trained nets are put beside the others with their sums, and the commands for it exist."""

import hashlib
import shutil
import subprocess
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from numpy.typing import NDArray
from scipy.special import softmax

from eval.corpus import ROOT
from forms.form import load_forms
from models.classifier import load_classifier
from models.digits import decode, pad
from models.sessions import open_session
from models.types import Grey
from models.weights import OWN_FOLDER, weight_path
from training.crops import cut_crops
from training.export import export, list_weights, main, start_of
from training.nets.digits import DigitNet
from training.train_digits import load_net

FORM = load_forms()[0]
TARGETS = (
    *("train", "train-segmentation", "train-digits", "train-classifier"),
    "corrections",
)


def sums_in(folder: Path) -> dict[str, str]:
    lines = (folder / "SHA256SUMS").read_text(encoding="ascii").splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}


@pytest.mark.parametrize("name", ["segmentation", "classifier"])
def test_net_that_serves_is_its_checkpoint_exported(name: str, tmp_path: Path) -> None:
    """Processors round differently what is folded into weights, in their last bit."""
    exported, served = (
        onnx.load(path) for path in (export(name, start_of(name), tmp_path), weight_path(name))
    )
    assert [one.op_type for one in exported.graph.node] == [
        one.op_type for one in served.graph.node
    ]
    ours, theirs = (weights_of(model) for model in (exported, served))
    assert ours.keys() == theirs.keys()
    assert all(np.allclose(ours[key], theirs[key], rtol=1e-5, atol=1e-6) for key in ours)
    assert sums_in(tmp_path).keys() == {f"{name}.onnx"}
    assert start_of(name, tmp_path).exists()


def weights_of(model: onnx.ModelProto) -> dict[str, NDArray[np.generic]]:
    return {one.name: onnx.numpy_helper.to_array(one) for one in model.graph.initializer}


def test_net_for_numbers_that_serves_reads_what_its_checkpoint_does(tmp_path: Path) -> None:
    """Served in integers, whose scales may differ a little between processors."""
    cells = [cell for number in (6, 7) for cell in cut_crops(FORM, number, "measure").cells]
    net = load_net(start_of("digits")).eval()
    with torch.no_grad():
        trained = [read(net(torch.from_numpy(fed(cell))).numpy()) for cell in cells]
    served = weight_path("digits")
    assert served.stat().st_size < 0.5 * start_of("digits").stat().st_size
    for path in (served, export("digits", start_of("digits"), tmp_path)):
        session = open_session(path, 1)
        texts = [read(*session.run(None, {"cells": fed(cell)})) for cell in cells]
        alike = sum(one == other for one, other in zip(texts, trained, strict=True))
        assert alike > 0.99 * len(cells)


def fed(cell: Grey) -> NDArray[np.float32]:
    return pad([cell], cell.shape[1] + cell.shape[1] % 2)


def read(logits: NDArray[np.float32]) -> str:
    """The best string of the only cell of a batch."""
    return decode(softmax(logits[0], axis=1))[0].text


def test_installing_one_net_leaves_the_others(tmp_path: Path) -> None:
    weights = tmp_path / "weights"
    shutil.copytree(OWN_FOLDER, weights)
    torch.manual_seed(1)
    torch.save(DigitNet().state_dict(), tmp_path / "best.pt")
    main(["digits", str(tmp_path / "best.pt"), "--into", str(weights)])
    old, new = sums_in(OWN_FOLDER), sums_in(weights)
    assert {name for name in old if old[name] != new[name]} == {"digits.onnx"}
    assert new["digits.onnx"] == hashlib.sha256((weights / "digits.onnx").read_bytes()).hexdigest()


def test_exported_checkpoint_can_be_trained_on(tmp_path: Path) -> None:
    torch.manual_seed(2)
    net = DigitNet()
    torch.save(net.state_dict(), tmp_path / "best.pt")
    export("digits", tmp_path / "best.pt", tmp_path / "weights")
    again = load_net(start_of("digits", tmp_path / "weights"))
    pairs = zip(net.state_dict().values(), again.state_dict().values(), strict=True)
    assert all(torch.equal(one, other) for one, other in pairs)


def test_exporting_says_how_to_serve_the_net(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint = start_of("digits")
    main(["digits", str(checkpoint), "--into", str(tmp_path)])
    assert f"python -m training.export digits {checkpoint}" in capsys.readouterr().out


def test_exported_classifier_can_be_served(tmp_path: Path) -> None:
    path = export("classifier", start_of("classifier"), tmp_path)
    assert load_classifier(1, path).form_names == load_classifier(1).form_names


def test_checkpoint_of_another_net_is_refused_and_nothing_listed(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="Missing key"):
        export("digits", start_of("segmentation"), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_listed_once_with_its_present_sum(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(b"old")
    list_weights(path)
    path.write_bytes(b"new")
    digest = list_weights(path)
    assert sums_in(tmp_path) == {"net.onnx": digest}
    assert digest == hashlib.sha256(b"new").hexdigest()


def test_help_lists_the_commands_for_training() -> None:
    make = shutil.which("make")
    assert make is not None
    told = subprocess.run(  # noqa: S603 - our own Makefile
        [make, "help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    listed = {line.split()[0] for line in told.stdout.splitlines() if line}
    assert set(TARGETS) <= listed
