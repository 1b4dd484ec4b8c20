"""Weights are found in installed packages, checked, and laid out for PaddleOCR."""

import os
import subprocess
import sys
from multiprocessing import get_context
from pathlib import Path

import pytest

from eval.corpus import ROOT
from models.weights import FILES, model_folder, version_of, weight_path

WEIGHT = "ocr_tiny_recognition"


def _ask_for_weights(*options: str, packages: Path | None = None, name: str = WEIGHT) -> str:
    """Look a weight up in a fresh interpreter; returns the name of what was raised."""
    path = os.pathsep.join(str(folder) for folder in (packages, ROOT) if folder is not None)
    program = (
        "from models.errors import ModelError\n"
        "from models.weights import weight_path\n"
        "try:\n"
        f"    weight_path({name!r})\n"
        "except ModelError as error:\n"
        "    print(type(error).__name__, error)\n"
    )
    command = [sys.executable, *options, "-c", program]
    done = subprocess.run(  # noqa: S603 - our own program
        command,
        # Where Python looks first.
        cwd=packages,
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def _fake_package(folder: Path, content: bytes | None) -> Path:
    file = FILES[WEIGHT]
    package = folder / file.package
    package.mkdir()
    (package / "__init__.py").touch()
    if content is not None:
        weight = package / file.path
        weight.parent.mkdir(parents=True)
        weight.write_bytes(content)
    return folder


@pytest.mark.parametrize("name", FILES)
def test_every_weight_is_installed_and_unchanged(name: str) -> None:
    assert weight_path(name).is_file()
    assert version_of(name) == f"sha256:{FILES[name].sha256}"


def test_missing_package_is_named() -> None:
    # -S: without site-packages, so nothing is installed.
    told = _ask_for_weights("-S")
    assert told.startswith("MissingWeights")
    assert FILES[WEIGHT].package in told


def test_package_without_the_file_is_named(tmp_path: Path) -> None:
    told = _ask_for_weights(packages=_fake_package(tmp_path, None))
    assert told.startswith("MissingWeights")
    assert FILES[WEIGHT].path in told


def test_own_weights_whose_sums_are_not_there_are_missing(tmp_path: Path) -> None:
    copied = tmp_path / "models"
    copied.mkdir()
    for module in (ROOT / "models").glob("*.py"):
        (copied / module.name).write_bytes(module.read_bytes())
    told = _ask_for_weights(packages=tmp_path, name="digits")
    assert told.startswith("MissingWeights")
    assert "SHA256SUMS" in told


def test_changed_file_is_refused(tmp_path: Path) -> None:
    told = _ask_for_weights(packages=_fake_package(tmp_path, b"other weights"))
    assert told.startswith("CorruptWeights")
    assert FILES[WEIGHT].sha256 in told


def test_folder_holds_what_paddleocr_wants(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = model_folder(WEIGHT)
    assert (folder / "inference.onnx").resolve() == weight_path(WEIGHT).resolve()
    assert (folder / "inference.yml").is_file()
    assert model_folder(WEIGHT) == folder


def test_folder_of_a_package_that_moved_is_laid_out_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = model_folder(WEIGHT)
    (folder / "inference.onnx").unlink()
    (folder / "inference.onnx").symlink_to(tmp_path / "gone.onnx")
    assert (model_folder(WEIGHT) / "inference.onnx").resolve() == weight_path(WEIGHT).resolve()


def test_several_processes_may_lay_it_out_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with get_context("spawn").Pool(4) as pool:
        folders = pool.map(model_folder, [WEIGHT] * 8, chunksize=1)
    assert len(set(folders)) == 1
    assert (folders[0] / "inference.onnx").is_file()
    assert (folders[0] / "inference.yml").is_file()
