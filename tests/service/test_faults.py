"""Everyday faults of the machine: a sentence and the documented exit code, no traceback."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from eval.corpus import REPORTS, ROOT

SCAN = REPORTS / "kuancheng_2020" / "source.pdf"
NO_DATABASE = {"GOUJI_DATABASE_URL": "postgresql://me:hush@127.0.0.1:1/gouji"}


def gouji(
    *arguments: str | Path, told: dict[str, str] | None = None, most_bytes: int | None = None
) -> tuple[int, str]:
    """Exit code and stderr; `most_bytes` is what a file may have, as on a disk that is full."""

    def limit() -> None:
        if most_bytes is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))

    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "service.cli", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"NO_COLOR": "1"} | (told or {}),
        preexec_fn=limit,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    "command", [["key", "list"], ["archive", "status", "old"], ["worker"], ["serve"]], ids=" ".join
)
def test_database_that_does_not_answer_is_1(command: list[str], tmp_path: Path) -> None:
    code, said = gouji(*command, told={**NO_DATABASE, "GOUJI_HOME": str(tmp_path)})
    assert (code, "the database fails: " in said, "hush" in said) == (1, True, False)


def test_database_that_is_none_is_bad_usage(tmp_path: Path) -> None:
    told = {"GOUJI_DATABASE_URL": "nonsense", "GOUJI_HOME": str(tmp_path)}
    code, said = gouji("key", "list", told=told)
    assert (code, "GOUJI_DATABASE_URL" in said) == (2, True)


def test_storage_that_is_none_is_1(url: str, tmp_path: Path) -> None:
    told = {"GOUJI_DATABASE_URL": url, "GOUJI_HOME": str(tmp_path)}
    code, said = gouji("archive", "submit", "nowhere://old", "--name", "old", told=told)
    assert (code, "the storage does not answer: " in said) == (1, True)


def test_folder_that_cannot_be_made_is_told_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, said = gouji("extract", SCAN, "--out", tmp_path / "file" / "read")
    assert (code, str(tmp_path / "file") in said) == (1, True)


def test_findings_go_to_a_folder_that_is_made_for_them(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text("{}")
    out = tmp_path / "new" / "found.csv"
    assert gouji("archive", "check", tmp_path, "--out", out)[0] == 3
    assert out.is_file()


def test_full_disk_is_named_and_no_half_of_a_file_left(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text("{}")
    out = tmp_path / "new" / "found.csv"
    code, said = gouji("archive", "check", tmp_path, "--out", out, most_bytes=10)
    assert (code, f"{out}: File too large" in said) == (1, True)
    assert list(out.parent.iterdir()) == []
