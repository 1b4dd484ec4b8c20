"""Reports that were signed, written for the nets to learn from."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from typer.testing import CliRunner, Result

from service.cli import app
from service.settings import Settings
from tests.service.conftest import REPORT, find_id
from training.reviewed import find_pairs

FIELD = "t3.granted.total"


@pytest.fixture
def write(settings: Settings, url: str) -> CliRunner:
    return CliRunner(env={"GOUJI_DATABASE_URL": url, "GOUJI_HOME": str(settings.home)})


def written(write: CliRunner, folder: Path, *names: str) -> Result:
    return write.invoke(app, ["archive", "reviewed", *names, "--out", str(folder)])


def sign(admin: TestClient, report_id: str) -> None:
    path = f"/v1/reports/{report_id}"
    tag = {"If-Match": admin.get(path).headers["ETag"]}
    corrected = admin.patch(f"{path}/fields/{FIELD}", json={"text": "28"}, headers=tag)
    assert corrected.status_code == 200
    tag = {"If-Match": corrected.headers["ETag"]}
    assert admin.post(f"{path}/approve", headers=tag).status_code == 200


@pytest.mark.usefixtures("archive")
def test_signed_reports_can_be_learned_from(
    engine: Engine, admin: TestClient, write: CliRunner, tmp_path: Path
) -> None:
    folder = tmp_path / "reviewed"
    assert written(write, folder, "old").stdout.startswith("0 reviewed reports")
    sign(admin, find_id(engine))
    done = written(write, folder, "old")
    assert (done.exit_code, done.stdout.split()[0]) == (0, "1")
    (pair,) = find_pairs(folder)
    assert pair.document.read_bytes() == REPORT.read_bytes()
    assert (pair.document.suffix, pair.report.fields[FIELD].source) == (".pdf", "reviewed")
    assert pair.report.fields[FIELD].text == "28"


def test_reports_of_no_archive_are_written_where_none_is_named(
    admin: TestClient, report_id: str, write: CliRunner, tmp_path: Path
) -> None:
    sign(admin, report_id)
    assert written(write, tmp_path / "reviewed").exit_code == 0
    assert len(find_pairs(tmp_path / "reviewed")) == 1
    assert written(write, tmp_path / "reviewed", "unknown").exit_code == 2
