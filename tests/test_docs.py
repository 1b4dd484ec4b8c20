"""What the documents promise is there."""

import re
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from eval.corpus import ROOT
from pipeline.documents import PageLimits
from pipeline.errors import CODES
from service.cli import app
from service.problems import SERVICE_CODES
from service.settings import Settings

PACKAGES = ("forms", "models", "pipeline", "service", "training", "eval")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def _make_targets() -> set[str]:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z][a-z-]*):", text, re.MULTILINE))


def test_every_error_code_is_explained_with_its_status() -> None:
    text = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (\d{3}) \| (.+?) \| (.+?) \|$", text, re.MULTILINE)
    codes = {code: int(status) for code, status, *_ in rows}
    assert codes == dict([*CODES.items(), *SERVICE_CODES.items()])
    assert len(codes) == len(rows)


def test_every_setting_is_explained_with_its_default() -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `GOUJI_(\w+)` \| (?:`(.+?)`)?[^|]*\| .+ \|$", text, re.MULTILINE)
    assert [name.lower() for name, _ in rows] == list(Settings.model_fields)
    for name, default in rows:
        known = Settings.model_fields[name.lower()].default
        if isinstance(known, str | int | float):
            assert default == (f"{known:g}" if isinstance(known, float) else str(known)).lower()


def test_documented_limits_are_those_in_force() -> None:
    text = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    limits = PageLimits()
    for limit in (limits.size, limits.pages, limits.pixels, limits.inches, limits.slimness):
        assert f"{limit:,} " in text or f"({limit:,})" in text


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_make_targets_that_a_document_names_exist(document: Path) -> None:
    named = set(re.findall(r"`?make ([a-z][a-z-]+)\b`", document.read_text(encoding="utf-8")))
    assert named <= _make_targets()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_that_a_document_names_exist(document: Path) -> None:
    program = get_command(app)
    assert isinstance(program, TyperGroup)
    named = set(re.findall(r"gouji ([a-z]+)\b", document.read_text(encoding="utf-8")))
    assert named <= set(program.commands)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8"))
    missing = [link for link in links if not (document.parent / link).exists()]
    assert missing == []


def test_documents_that_the_code_refers_to_exist() -> None:
    named = {
        name
        for source in SOURCES
        for name in re.findall(r"docs/[\w/.-]+\.md", source.read_text(encoding="utf-8"))
    }
    assert sorted(name for name in named if not (ROOT / name).is_file()) == []
