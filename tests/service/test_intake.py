"""Archives: queued from a folder, followed, exported; PostgreSQL is real."""

import csv
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from eval.corpus import ROOT
from service.blobs import get_blob, open_blobs
from service.intake import Intake, find_archive, open_source, take_in
from service.messages import Refused
from service.progress import measure_progress
from service.settings import Settings
from service.store import Upload, begin_reading, fail_reading, finish_reading

PLAN = Upload("", "", 0, -10, None, None)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "scans"
    (place / "2019").mkdir(parents=True)
    for number in range(6):
        (place / "2019" / f"{number}.pdf").write_bytes(b"%PDF-1.4 " + bytes([48 + number]))
    (place / "again.pdf").write_bytes(b"%PDF-1.4 0")
    (place / "no.pdf").write_bytes(b"PK\x03\x04 a zip")
    (place / "notes.txt").write_text("not taken at all")
    return place


def submit(engine: Engine, settings: Settings, folder: Path) -> Counter[str]:
    intake = Intake(open_source(str(folder)), open_blobs(settings), engine, 1000)
    archive = find_archive(engine, "old", make=True)
    assert archive is not None
    return Counter(
        "refused" if one.refused else "new" if one.new else "known"
        for one in take_in(intake, archive, PLAN)
    )


def jobs(engine: Engine) -> int:
    with engine.begin() as connection:
        count = connection.execute(text("SELECT count(*) FROM procrastinate_jobs")).scalar_one()
    return int(count)


def test_a_folder_is_queued_once_however_often_it_is_submitted(
    engine: Engine, settings: Settings, folder: Path
) -> None:
    assert submit(engine, settings, folder) == {"new": 6, "known": 1, "refused": 1}
    assert submit(engine, settings, folder) == {"known": 7, "refused": 1}
    (folder / "later.pdf").write_bytes(b"%PDF-1.4 later")
    assert submit(engine, settings, folder)["new"] == 1
    assert jobs(engine) == 7


def test_files_that_cannot_be_opened_are_refused_and_the_others_taken_in(
    engine: Engine, settings: Settings, folder: Path
) -> None:
    (folder / "0.pdf").symlink_to("nowhere.pdf")
    Path(os.fsdecode(bytes(folder) + b"/\xff.pdf")).write_bytes(b"%PDF-1.4 7")
    archive = find_archive(engine, "old", make=True)
    assert archive is not None
    intake = Intake(open_source(str(folder)), open_blobs(settings), engine, 1000)
    taken = {one.path: one for one in take_in(intake, archive, PLAN)}
    refused = {path: one.refused.code for path, one in taken.items() if one.refused}
    assert refused == {"0.pdf": "unreadable_file", "no.pdf": "unsupported_type"}
    assert taken[r"\xff.pdf"].new
    assert len(taken) == 10


def test_progress_counts_reports_failures_and_speed(
    engine: Engine, settings: Settings, folder: Path
) -> None:
    submit(engine, settings, folder)
    archive = find_archive(engine, "old")
    assert archive is not None
    with engine.begin() as connection:
        (one, *_) = connection.execute(text("SELECT id FROM reports ORDER BY id")).scalars()
        begun = begin_reading(connection, one)
        assert begun is not None
        fail_reading(connection, begun, Refused("not_a_report", "no form", "send a report"))
    assert get_blob(open_blobs(settings), one).startswith(b"%PDF")
    with engine.begin() as connection:
        progress = measure_progress(connection, archive)
    assert (progress.files, progress.total, progress.waiting) == (7, 6, 5)
    assert progress.reports == {"queued": 5, "failed": 1}
    assert progress.failures == {"not_a_report": 1}
    assert progress.per_minute == pytest.approx(0.1)
    assert progress.minutes_left == pytest.approx(50)


def start(url: str, home: Path, *arguments: str) -> subprocess.Popen[str]:
    told = {"GOUJI_DATABASE_URL": url, "GOUJI_HOME": str(home), "NO_COLOR": "1"}
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "service.cli", "archive", *arguments],
        cwd=ROOT,
        env={**os.environ, **told},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(url: str, home: Path, *arguments: str) -> tuple[int, str]:
    done = start(url, home, *arguments)
    out, _ = done.communicate(timeout=120)
    return done.returncode, out


def test_a_submission_that_was_killed_goes_on_where_it_was(
    engine: Engine, url: str, tmp_path: Path
) -> None:
    place = tmp_path / "many"
    place.mkdir()
    for number in range(1500):
        (place / f"{number}.pdf").write_bytes(b"%%PDF-1.4 %d" % number)
    first = start(url, tmp_path, "submit", str(place), "--name", "old")
    deadline = time.monotonic() + 60
    while jobs(engine) < 50:
        assert time.monotonic() < deadline
    first.kill()
    first.communicate()
    before = jobs(engine)
    assert 50 <= before < 1500
    code, out = run(url, tmp_path, "submit", str(place), "--name", "old")
    assert (code, out) == (0, f"{1500 - before} queued, {before} known, 0 refused\n")
    assert jobs(engine) == 1500


def test_commands_follow_and_export_what_was_read(
    engine: Engine,
    settings: Settings,
    url: str,
    folder: Path,
    read: tuple[str, str],
    tmp_path: Path,
) -> None:
    submit(engine, settings, folder)
    with engine.begin() as connection:
        (one, *_) = connection.execute(text("SELECT id FROM reports")).scalars()
        begun = begin_reading(connection, one)
        assert begun is not None
        assert finish_reading(connection, begun, *read)
    code, out = run(url, tmp_path, "status", "old")
    assert code == 0
    assert "7 files" in out
    assert out.split()[:4] == ["extracted", "1", "queued", "5"]
    table = tmp_path / "old.csv"
    code, _ = run(url, tmp_path, "export", "old", "--out", str(table), "--shape", "wide")
    assert code == 0
    with table.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["report"] for row in rows] == [one]
    assert run(url, tmp_path, "status", "unknown")[0] == 2
