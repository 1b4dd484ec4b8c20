"""The program from outside: real documents, real processes."""

import json
import os
import subprocess
import sys
from pathlib import Path
from shutil import copy
from time import perf_counter

import pytest

from pipeline.report import from_json

ROOT = Path(__file__).parents[2]
DRAWN = ROOT / "tests" / "reports"
REPORT = DRAWN / "kuancheng_2020" / "source.pdf"
NO_REPORT = DRAWN / "local_annex" / "source.pdf"

ENOUGH_SECONDS = 300


def gouji(*arguments: str | Path, home: Path | None = None) -> subprocess.CompletedProcess[str]:
    settings = {} if home is None else {"HOME": str(home), "XDG_CACHE_HOME": ""}
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "service.cli", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"NO_COLOR": "1"} | settings,
        capture_output=True,
        text=True,
        timeout=ENOUGH_SECONDS,
        check=False,
    )


def test_program_starts_at_once() -> None:
    started = perf_counter()
    done = gouji("--help")
    assert done.returncode == 0
    assert "extract" in done.stdout
    assert perf_counter() - started < 3


def test_forms_are_listed_with_fields_and_sums() -> None:
    done = gouji("forms")
    assert done.returncode == 0, done.stderr
    for told in ("2014", "2019", "2021", "t3.granted.total"):
        assert told in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["extract"],
        ["extract", "not-there.pdf"],
        ["extract", "--jobs", "0", "."],
        ["extract", "--risk", "2", "."],
        ["extract", "--review-below", "-1", "."],
    ],
)
def test_bad_usage_is_2(arguments: list[str]) -> None:
    assert gouji(*arguments).returncode == 2


def test_folder_without_documents_is_bad_usage(tmp_path: Path) -> None:
    done = gouji("extract", tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "was found" in done.stderr


def test_one_report_goes_to_stdout_as_nothing_but_json() -> None:
    done = gouji("extract", REPORT)
    assert done.returncode == 0, done.stderr
    report = from_json(done.stdout)
    assert report.form.id == "2019"
    assert report.source.filename == "source.pdf"


def test_folder_is_read_refusals_are_named_and_a_second_run_skips(tmp_path: Path) -> None:
    inputs, out = tmp_path / "in", tmp_path / "out"
    (inputs / "deep").mkdir(parents=True)
    copy(REPORT, inputs / "deep" / "good.pdf")
    copy(NO_REPORT, inputs / "annex.pdf")
    (inputs / "torn.pdf").write_bytes(REPORT.read_bytes()[:2000])
    done = gouji("extract", inputs, "--out", out)
    assert done.returncode == 3, done.stderr
    assert done.stdout == ""
    assert "annex.pdf: not_a_report: " in done.stderr
    assert "torn.pdf: unreadable_file: " in done.stderr
    assert [path.relative_to(out) for path in out.rglob("*.*")] == [Path("deep/good.json")]
    written = out / "deep" / "good.json"
    assert from_json(written.read_text(encoding="utf-8")).form.id == "2019"
    before = written.stat().st_mtime_ns
    again = gouji("extract", inputs / "deep", "--out", out / "deep")
    assert again.returncode == 0
    assert "already done" in again.stderr
    assert written.stat().st_mtime_ns == before


def test_file_whose_json_would_have_too_long_a_name_is_refused_alone(tmp_path: Path) -> None:
    inputs, out = tmp_path / "in", tmp_path / "out"
    inputs.mkdir()
    names = [f"{'a' * 251}.pdf", f"{'报' * 82}.pdf"]
    for name in names:
        copy(REPORT, inputs / name)
    done = gouji("extract", inputs, "--out", out)
    assert (done.returncode, "1 read, 0 skipped, 1 refused" in done.stderr) == (3, True), (
        done.stderr
    )
    assert f"{names[0]}: unreadable_file: the name of its JSON" in " ".join(done.stderr.split("\n"))
    assert [path.name for path in out.iterdir()] == [f"{'报' * 82}.json"]


def test_several_reports_on_stdout_are_one_line_each_in_the_order_given() -> None:
    other = DRAWN / "statistics_2016" / "source.pdf"
    done = gouji("extract", REPORT, other, "--jobs", "2")
    assert done.returncode == 0, done.stderr
    reports = [json.loads(line) for line in done.stdout.splitlines()]
    assert [report["form"]["id"] for report in reports] == ["2019", "2014"]


def test_cache_that_cannot_be_written_is_named_with_what_to_set(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("no folder", encoding="utf-8")
    done = gouji("extract", REPORT, home=tmp_path / "home")
    assert done.returncode == 1
    assert str(tmp_path / "home") in done.stderr
    assert "XDG_CACHE_HOME" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_reading_process_takes_no_more_memory_than_it_may() -> None:
    program = (
        "from service.reader import MOST_MEMORY_BYTES, bound_memory\n"
        "bound_memory()\n"
        "try:\n"
        "    bytearray(MOST_MEMORY_BYTES)\n"
        "except MemoryError:\n"
        "    print('bounded')\n"
    )
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "bounded\n"
