"""Settings, and the database that they lead to."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy import inspect
from typer.testing import CliRunner

from pipeline.documents import PageLimits
from service.cli import app
from service.database import open_database
from service.settings import load_settings
from service.tables import METADATA


def test_caller_goes_before_environment_and_environment_before_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "gouji.toml"
    file.write_text("port = 1\nworkers = 1\nthreads = 1\n")
    monkeypatch.setenv("GOUJI_CONFIG", str(file))
    monkeypatch.setenv("GOUJI_PORT", "2")
    monkeypatch.setenv("GOUJI_WORKERS", "2")
    settings = load_settings({"workers": 3})
    assert (settings.threads, settings.port, settings.workers) == (1, 2, 3)


def test_unknown_setting_in_the_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "gouji.toml"
    file.write_text("prot = 1\n")
    monkeypatch.setenv("GOUJI_CONFIG", str(file))
    with pytest.raises(ValidationError, match="prot"):
        load_settings({})


def test_file_of_settings_that_is_not_there_is_bad_usage(tmp_path: Path) -> None:
    told = {"GOUJI_CONFIG": str(tmp_path / "guoji.toml"), "GOUJI_HOME": str(tmp_path / "home")}
    done = CliRunner(env=told).invoke(app, ["archive", "status", "old"])
    assert (done.exit_code, "guoji.toml" in done.stderr) == (2, True)


def test_no_larger_file_is_taken_in_than_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOUJI_MOST_BYTES", str(PageLimits().size + 1))
    with pytest.raises(ValidationError, match="most_bytes"):
        load_settings({})


def test_password_of_the_database_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOUJI_DATABASE_URL", "postgresql://me:hush-hush@host/name")
    assert "hush-hush" not in repr(load_settings({}))


def test_many_may_bring_the_tables_up_to_date_at_once(url: str) -> None:
    def names(_: int) -> set[str]:
        with open_database(url) as engine:
            return set(inspect(engine).get_table_names())

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(names, range(4)))
    assert all(set(METADATA.tables) | {"procrastinate_jobs"} <= one for one in found)
