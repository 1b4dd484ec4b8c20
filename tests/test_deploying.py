"""The image and the composition name what is there.

No container engine runs where the tests run: docs/deploying.md says what was tried instead.
"""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import typer
import yaml

from service.cli import app
from service.settings import Settings

ROOT = Path(__file__).parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
OURS = [COMPOSE["services"][name] for name in ("api", "worker")]


def copied() -> set[str]:
    """What is copied into the image from the repository."""
    lines = re.findall(r"^COPY (?!--)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    return {source for line in lines for source in line.split()}


def variables() -> set[str]:
    """Settings that the image and the composition make."""
    of_compose = {name for service in OURS for name in service["environment"]}
    return of_compose.union(re.findall(r"GOUJI_\w+", DOCKERFILE))


def test_linter_finds_no_fault_with_the_image() -> None:
    linter = shutil.which("hadolint", path=Path(sys.executable).parent)
    assert linter is not None
    found = subprocess.run(  # noqa: S603 - the linter of our own environment
        [linter, "--no-color", ROOT / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert (found.returncode, found.stdout) == (0, "")


def test_image_is_built_from_what_is_there() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert copied() == {line[1:] for line in ignored if line.startswith("!")}
    assert all((ROOT / source).exists() for source in copied())


def test_image_holds_every_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    packages = project["tool"]["setuptools"]["packages"]
    assert {package.split(".")[0] for package in packages} <= copied()


def test_every_setting_made_is_a_setting() -> None:
    ours = {name for name in variables() if name.startswith("GOUJI_")}
    assert ours
    assert {name.removeprefix("GOUJI_").lower() for name in ours} <= Settings.model_fields.keys()


@pytest.mark.parametrize("service", OURS, ids=["api", "worker"])
def test_every_command_is_one_of_the_program(service: dict[str, list[str]]) -> None:
    assert service["command"][0] in typer.main.get_command(app).commands  # type: ignore[attr-defined]


def test_no_password_is_in_the_composition() -> None:
    text = (ROOT / "compose.yaml").read_text("utf-8")
    secrets = re.findall(r"(?:PASSWORD|SECRET\w*|SECRET_KEY): (.+)", text)
    assert secrets
    assert all(re.fullmatch(r"\$\{\w+:\?\}", secret) for secret in secrets)


def test_whoever_writes_into_a_folder_of_the_host_runs_as_its_user() -> None:
    commands = (ROOT / "docs" / "deploying.md").read_text("utf-8").splitlines()
    writing = [one for one in commands if "--volume ./" in one and " --out " in one]
    assert writing
    assert all('--user "$(id -u):$(id -g)"' in one for one in writing)
    assert "chmod --recursive a+rwX /opt/gouji/cache" in DOCKERFILE
