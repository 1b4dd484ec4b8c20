"""The rules of the house that no tool checks."""

import ast
import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import distributions, packages_distributions
from pathlib import Path

import pytest

from eval.corpus import ROOT

PACKAGES = ("forms", "models", "pipeline", "service", "training", "eval")
SOURCES = sorted(path for folder in (*PACKAGES, "tests") for path in (ROOT / folder).rglob("*.py"))
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
LONGEST_FILE = 400
LONGEST_FUNCTION = 60
BANNED = {"utils", "helpers", "common", "manager", "process", "handle", "data", "info"}

every_source = pytest.mark.parametrize(
    "source", SOURCES, ids=lambda path: str(path.relative_to(ROOT))
)


def _definitions(
    source: Path,
) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node


def _words(name: str) -> set[str]:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return set(spaced.lower().split("_"))


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _pinned(lock: str) -> set[str]:
    """Lines such as "name==version" of a lock."""
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    return set(re.findall(r"^\S+==\S+", text, re.MULTILINE))


def _installed() -> set[str]:
    return {_canonical(one.name) for one in distributions()}


@every_source
def test_files_are_short(source: Path) -> None:
    assert len(source.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE


@every_source
def test_functions_are_short(source: Path) -> None:
    long = [
        node.name
        for node in _definitions(source)
        if not isinstance(node, ast.ClassDef)
        and (node.end_lineno or node.lineno) - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert long == []


@every_source
def test_names_say_something(source: Path) -> None:
    names = [source.stem, *(node.name for node in _definitions(source))]
    # A test names behaviour in words; those may be any.
    own = [name for name in names if not name.startswith("test_")]
    assert [name for name in own if _words(name) & BANNED] == []


@every_source
def test_parameters_are_all_named(source: Path) -> None:
    functions = (node for node in _definitions(source) if not isinstance(node, ast.ClassDef))
    assert [node.name for node in functions if node.args.kwarg is not None] == []


@every_source
def test_dataclasses_are_frozen_and_slotted(source: Path) -> None:
    loose = []
    for node in _definitions(source):
        for decorator in node.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            if ast.unparse(called).split(".")[-1] != "dataclass":
                continue
            keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
            given = {one.arg: ast.unparse(one.value) for one in keywords}
            if (given.get("frozen"), given.get("slots")) != ("True", "True"):
                loose.append(node.name)
    assert loose == []


@every_source
def test_no_path_of_one_machine_is_written_down(source: Path) -> None:
    written = {
        node.value
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert [text for text in written if re.match(r"/(work|home|root|tmp)/", text)] == []


def test_exactly_one_opencv_is_installed() -> None:
    found = {name for name in _installed() if name.startswith("opencv-")}
    assert found == {"opencv-contrib-python"}


def test_what_serves_needs_no_torch_and_no_gpu() -> None:
    names = {_canonical(line.split("==")[0]) for line in _pinned("run.lock")}
    assert names
    assert names & {"torch", "torchvision", "transformers"} == set()
    assert [name for name in names if name.startswith("nvidia")] == []


def test_torch_is_the_cpu_build() -> None:
    pinned = _pinned("dev.lock")
    assert [line for line in pinned if re.match(r"torch==\S+\+cpu$", line)] != []
    assert [line for line in pinned if line.startswith("nvidia")] == []


def test_no_installed_package_claims_our_names() -> None:
    owners = packages_distributions()
    assert {name: set(owners.get(name, ["gouji"])) for name in PACKAGES} == {
        name: {"gouji"} for name in PACKAGES
    }


def test_every_package_ships() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    folders = {path.parent for path in SOURCES if path.is_relative_to(ROOT / "tests") is False}
    ours = {".".join(folder.relative_to(ROOT).parts) for folder in folders}
    assert ours == set(project["tool"]["setuptools"]["packages"])


def test_direct_dependencies_are_pinned_as_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pinned = {_canonical(line) for line in _pinned("run.lock")}
    assert {_canonical(one) for one in project["dependencies"]} - pinned == set()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_lock_names_no_host_and_hashes_everything(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert re.findall(r"://|--(?:extra-)?index-url|--find-links", text) == []
    entries = re.split(r"^(?=\S+==)", text, flags=re.M)[1:]
    assert entries
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_locks_agree() -> None:
    assert _pinned("run.lock") <= _pinned("dev.lock")
