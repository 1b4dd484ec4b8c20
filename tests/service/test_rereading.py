"""Archives that another version read are read again, and what changes is listed."""

import csv
import json
from collections.abc import Callable
from contextlib import chdir
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, insert, update
from typer.testing import CliRunner

from forms.form import load_forms
from models.load import Models
from service.archive import check_reports
from service.blobs import open_blobs
from service.choices import PERSON
from service.cli import app
from service.intake import Intake, open_source, take_in
from service.jobs import queue_report
from service.messages import Read, Refused
from service.records import archived_reports
from service.rereading import (
    Difference,
    fingerprints_of,
    list_differences,
    queue_outdated,
    write_differences,
)
from service.settings import Settings
from service.store import Upload, begin_reading, fail_reading, find_report, finish_reading
from service.tables import CORRECTIONS, REPORTS
from service.worker import pin_corrections
from tests.service.conftest import find_id, read_again
from tests.service.quick import install_reader, send, settled, until, worker

FIELD = "t3.granted.total"
Fingerprint = Callable[[float | None], str]


def outdated(engine: Engine, archive: str, fingerprint: Fingerprint) -> int:
    with engine.begin() as connection:
        return queue_outdated(connection, archive, fingerprint)


def differences(engine: Engine, archive: str) -> list[Difference]:
    with engine.connect() as connection:
        return list(list_differences(connection, archive))


@pytest.fixture
def ours(models: Models) -> Fingerprint:
    return fingerprints_of(models, load_forms())


def test_only_what_another_version_read_is_queued(
    engine: Engine, archive: str, ours: Fingerprint
) -> None:
    assert outdated(engine, archive, ours) == 0
    assert outdated(engine, archive, lambda _: "another") == 1
    with engine.begin() as connection:
        stored = find_report(connection, find_id(engine))
    assert stored is not None
    assert (stored.summary.status, stored.report is not None) == ("queued", True)


def test_what_is_read_otherwise_is_listed(
    engine: Engine, archive: str, url: str, read: tuple[str, str], tmp_path: Path
) -> None:
    assert outdated(engine, archive, lambda _: "another") == 1
    report = json.loads(read[0])
    before = report["fields"][FIELD]["text"]
    report["fields"][FIELD]["text"] = "12345"
    read_again(engine, find_id(engine), (json.dumps(report), read[1]))
    (found,) = differences(engine, archive)
    assert (found.path, found.field, found.kind) == ("a.pdf", FIELD, "changed")
    assert (found.old, found.new) == (before, "12345")
    out = tmp_path / "differences.csv"
    told = {"GOUJI_DATABASE_URL": url, "GOUJI_HOME": str(tmp_path)}
    asked = ["archive", "differences", "old", "--out", str(out)]
    assert CliRunner(env=told).invoke(app, asked).exit_code == 0
    with out.open(encoding="utf-8-sig", newline="") as file:
        assert [row["new"] for row in csv.DictReader(file)] == ["12345"]


def test_report_of_another_version_is_read_again_without_differences(
    engine: Engine, archive: str, read: tuple[str, str]
) -> None:
    with engine.begin() as connection:
        connection.execute(update(REPORTS).values(report='{"schema": "gouji.report/0"}'))
    assert outdated(engine, archive, lambda _: "another") == 1
    read_again(engine, find_id(engine), read)
    assert differences(engine, archive) == []


def test_names_that_a_spreadsheet_would_calculate_are_kept_from_it(tmp_path: Path) -> None:
    out = tmp_path / "differences.csv"
    at = datetime(2024, 1, 1, tzinfo=UTC)
    told = Difference("=A1.pdf", "ab", "@sum", 2020, FIELD, "changed", "-18", "+cmd|' /C'!A0", at)
    assert write_differences([told], out) == 1
    with out.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["path"], row["body"], row["old"]) == ("'=A1.pdf", "'@sum", "-18")
    assert row["new"] == "'+cmd|' /C'!A0"


def test_signed_report_stays_as_it_was_signed(
    engine: Engine, archive: str, admin: TestClient
) -> None:
    path = f"/v1/reports/{find_id(engine)}"
    version = admin.get(path).json()["version"]
    assert admin.post(f"{path}/approve", headers={"If-Match": f'"{version}"'}).status_code == 200
    assert outdated(engine, archive, lambda _: "another") == 0


def test_report_of_another_version_is_named_and_passed_over(
    archive: str, engine: Engine, url: str, tmp_path: Path
) -> None:
    assert archive
    with engine.begin() as connection:
        connection.execute(update(REPORTS).values(report='{"schema": "gouji.report/0"}'))
    told = {"GOUJI_DATABASE_URL": url, "GOUJI_HOME": str(tmp_path)}
    checked = CliRunner(env=told).invoke(app, ["archive", "check", "old"])
    assert (checked.exit_code, "a.pdf is no report of this version" in checked.stderr) == (3, True)
    out = tmp_path / "old.csv"
    exported = CliRunner(env=told).invoke(app, ["archive", "export", "old", "--out", str(out)])
    assert (exported.exit_code, find_id(engine) in exported.stderr) == (3, True)
    assert out.is_file()


def test_files_that_were_not_read_are_counted(
    archive: str, engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "scans" / "b.pdf").write_bytes(b"%PDF-1.4 b")
    (tmp_path / "scans" / "c.pdf").write_bytes(b"%PDF-1.4 c")
    source = open_source(str(tmp_path / "scans"))
    intake = Intake(source, open_blobs(settings), engine, settings.most_bytes)
    taken = list(take_in(intake, archive, Upload("", "", 0, -10, 0.0, None)))
    assert [one.new for one in taken] == [False, True, True]
    with engine.begin() as connection:
        begun = begin_reading(connection, sha256(b"%PDF-1.4 c").hexdigest())
        assert begun is not None
        fail_reading(connection, begun, Refused("unreadable_file", "torn", "send it again"))
    with engine.connect() as connection:
        checked = check_reports(archived_reports(connection, archive), None)
    assert (checked.reports, checked.unread, checked.failed) == (1, 1, 1)


def test_what_is_said_while_a_report_is_read_again_stays_and_it_is_signed_afterwards(
    admin: TestClient, engine: Engine, settings: Settings, folder: Path, read: tuple[str, str]
) -> None:
    install_reader(folder, *read)
    (folder / "begin").touch()
    (folder / "end").touch()
    name = send(engine, settings, b"pages")
    path = f"/v1/reports/{name}"

    def say(field: str, said: str) -> str:
        place = f"{path}/fields/{field}"
        answer = admin.patch(place, json={"text": said}, headers={"If-Match": "*"})
        return str(answer.json()["status"])

    with worker(settings, folder):
        settled(engine, name)
    (folder / "end").unlink()
    with engine.begin() as connection:
        connection.execute(update(REPORTS).values(status="queued"))
        queue_report(connection, name, PERSON)
    assert say("t3.granted.natural", "30") == "queued"
    with worker(settings, folder):
        until(engine, name, {"running"})
        assert say(FIELD, "31") == "running"
        early = admin.post(f"{path}/approve")
        assert (early.status_code, early.json()["code"]) == (409, "not_extracted")
        (folder / "end").touch()
        settled(engine, name)
    fields = admin.get(path).json()["report"]["fields"]
    said = {field: one["text"] for field, one in fields.items() if one["source"] == "reviewed"}
    assert said == {"t3.granted.natural": "30", FIELD: "31"}
    assert admin.post(f"{path}/approve").json()["status"] == "reviewed"


def test_what_is_said_of_a_version_holds_on_whatever_page_it_is_read_again(
    engine: Engine, archive: str, admin: TestClient
) -> None:
    assert outdated(engine, archive, lambda _: "another") == 1
    name = find_id(engine)
    path = f"/v1/reports/{name}"

    def say(tag: str) -> tuple[int, str]:
        place = f"{path}/fields/{FIELD}"
        answer = admin.patch(place, json={"text": "31"}, headers={"If-Match": tag})
        return answer.status_code, answer.json()["status"]

    def turn() -> tuple[int, str]:
        """The version, and the ETag before another page is read."""
        before = admin.get(path)
        with engine.begin() as connection:
            connection.execute(update(REPORTS).values(pages_done=REPORTS.c.pages_done + 1))
        assert admin.get(path).headers["etag"] != before.headers["etag"]
        return int(before.json()["version"]), before.headers["etag"]

    with engine.begin() as connection:
        assert begin_reading(connection, name) is not None
    _, earlier = turn()
    assert say(earlier) == (200, "running")
    version, _ = turn()
    assert say(f'"{version}"') == (200, "running")
    for stale in (f'"{version}"', earlier, str(version + 1), f'W/"{version + 1}"'):
        assert say(stale)[0] == 412


def test_what_was_said_of_a_field_that_the_form_found_now_lacks_is_listed_and_can_be_taken_back(
    engine: Engine, archive: str, admin: TestClient, read: tuple[str, str]
) -> None:
    name = find_id(engine)
    assert outdated(engine, archive, lambda _: "another") == 1
    with engine.begin() as connection:
        said = insert(CORRECTIONS).values(report_id=name, field="t9.gone", text="7")
        connection.execute(said)
        begun = begin_reading(connection, name)
        assert begun is not None
        pinned = pin_corrections(Read(read[0], 1.0, read[1]), begun)
        finish_reading(connection, begun, pinned, read[1])
    (found,) = differences(engine, archive)
    assert (found.field, found.kind, found.old, found.new) == ("t9.gone", "differs", "7", None)
    place = f"/v1/reports/{name}/fields/t9.gone"
    assert admin.delete(place, headers={"If-Match": "*"}).status_code == 200


def test_report_that_cannot_be_read_again_stays_as_it_was_read(
    engine: Engine, archive: str, admin: TestClient
) -> None:
    path = f"/v1/reports/{find_id(engine)}"
    before = admin.get(path).json()

    def fail() -> None:
        with engine.begin() as connection:
            begun = begin_reading(connection, find_id(engine))
            assert begun is not None
            fail_reading(connection, begun, Refused("not_a_report", "no form", "send a report"))

    def cancel() -> None:
        assert admin.post(f"{path}/cancel").json()["status"] == "extracted"
        assert admin.post(f"{path}/cancel").json()["code"] == "already_ended"

    changing = {"version", "changed_at"}
    for end in (fail, cancel):
        assert outdated(engine, archive, lambda _: "another") == 1
        end()
        after = admin.get(path).json()
        assert {name for name in after if after[name] != before[name]} == changing
    entries = admin.get(f"{path}/history").json()["entries"]
    assert [one["action"] for one in entries[-2:]] == ["failed", "cancelled"]


def test_correction_of_what_failed_before_leaves_no_error(
    engine: Engine, archive: str, admin: TestClient
) -> None:
    assert archive
    with engine.begin() as connection:
        connection.execute(update(REPORTS).values(status="failed", error_code="no_pages"))
    path = f"/v1/reports/{find_id(engine)}"
    assert admin.get(path).json()["error"]["code"] == "no_pages"
    place = f"{path}/fields/{FIELD}"
    after = admin.patch(place, json={"text": "31"}, headers={"If-Match": "*"}).json()
    assert (after["status"], after["error"]) == ("extracted", None)


def test_archive_is_checked_by_its_name(archive: str, url: str, tmp_path: Path) -> None:
    assert archive
    told = {"GOUJI_DATABASE_URL": url, "GOUJI_HOME": str(tmp_path)}
    checked = CliRunner(env=told).invoke(app, ["archive", "check", "old"])
    assert (checked.exit_code, "1 report" in checked.stdout) == (0, True)
    # A folder of its name without reports, such as an export of Parquet, is not in the way.
    (tmp_path / "old").mkdir()
    with chdir(tmp_path):
        checked = CliRunner(env=told).invoke(app, ["archive", "check", "old"])
    assert (checked.exit_code, "1 report" in checked.stdout) == (0, True)
    unknown = CliRunner(env=told).invoke(app, ["archive", "check", "new"])
    assert (unknown.exit_code, "there is no folder or archive new" in unknown.stderr) == (2, True)
    empty = CliRunner(env=told).invoke(app, ["archive", "check", str(tmp_path / "old")])
    assert (empty.exit_code, "nothing of what is asked for" in empty.stderr) == (2, True)
