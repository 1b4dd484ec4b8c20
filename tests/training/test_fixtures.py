"""The drawn reports that are checked in: small, listed, and true to their own text."""

import json
import unicodedata
from pathlib import Path

import pypdfium2
import pytest

from eval.corpus import REPORTS

FOLDERS = sorted(path for path in REPORTS.iterdir() if path.is_dir())
LIMIT_BYTES = 4_000_000


def _text(path: Path) -> str:
    document = pypdfium2.PdfDocument(path)
    try:
        text = "".join(page.get_textpage().get_text_bounded() for page in document)
    finally:
        document.close()
    return "".join(unicodedata.normalize("NFKC", text).split())


def test_all_of_them_stay_small() -> None:
    size = sum(path.stat().st_size for path in REPORTS.rglob("*") if path.is_file())
    assert size <= LIMIT_BYTES


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_folder_is_complete_and_listed(folder: Path) -> None:
    names = {path.name for path in folder.iterdir()}
    assert {"source.pdf", "scan_light.pdf", "expected.json"} <= names
    assert f"| `{folder.name}` |" in (REPORTS / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_expected_content_stands_in_the_text_layer(folder: Path) -> None:
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    text = _text(folder / "source.pdf")
    for value in {expected.get("body", ""), *expected.get("values", {}).values()}:
        assert unicodedata.normalize("NFKC", value) in text
