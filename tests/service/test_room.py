"""Full disks: what is refused, what waits, and that work goes on when there is room again.

Files are held back by a limit on their size that a process is given while it runs. The database
says itself that it is full, by a trigger.
"""

import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from service.keys import create_key
from service.settings import Settings
from service.store import find_report
from tests.service.quick import log, send, settled, until, worker

LIMIT_BYTES = 400_000
PADDING = b" " * LIMIT_BYTES

FULL = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = 'disk_full'; END $$;
    CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON reports
        FOR EACH ROW WHEN (NEW.status = '{status}') EXECUTE FUNCTION refuse();
"""


@contextmanager
def full_database(engine: Engine, status: str) -> Iterator[None]:
    """No report can take this status."""
    with engine.begin() as connection:
        connection.execute(text(FULL.format(status=status)))
    yield
    with engine.begin() as connection:
        connection.execute(text("DROP TRIGGER full_disk ON reports"))


def limit_files(process: int, most: int) -> None:
    _, hard = resource.prlimit(process, resource.RLIMIT_FSIZE)
    resource.prlimit(process, resource.RLIMIT_FSIZE, (most, hard))


@contextmanager
def serving(settings: Settings) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """`gouji serve` without workers, and its address."""
    assert settings.database_url is not None
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "GOUJI_HOME": str(settings.home),
        "GOUJI_DATABASE_URL": settings.database_url.get_secret_value(),
        "GOUJI_PORT": str(port),
        "GOUJI_WORKERS": "0",
    }
    command = [sys.executable, "-m", "service.cli", "serve"]
    server = subprocess.Popen(command, env=environment)  # noqa: S603 - our own program
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 60
    while True:
        try:
            httpx2.get(f"{address}/readyz").raise_for_status()
            break
        except httpx2.TransportError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    try:
        yield server, address
    finally:
        server.terminate()
        server.wait(30)


def test_upload_that_finds_no_room_is_refused_and_taken_in_once_there_is_some(
    engine: Engine, settings: Settings
) -> None:
    with engine.begin() as connection:
        header = {"Authorization": f"Bearer {create_key(connection, 'one', 'admin')}"}
    small, large, huge = (b"%PDF-" + PADDING[:1], b"%PDF-" + PADDING, b"%PDF-" + 9 * PADDING)
    with serving(settings) as (server, address):

        def upload(content: bytes) -> httpx2.Response:
            files = {"file": ("a.pdf", content)}
            return httpx2.post(f"{address}/v1/reports", files=files, headers=header, timeout=30)

        limit_files(server.pid, LIMIT_BYTES)
        for content in (large, huge):  # the second does not even get past the form's parser
            refused = upload(content)
            assert (refused.status_code, refused.json()["code"]) == (507, "no_room")
        assert upload(small).status_code == 202
        kept = [path for path in (settings.home / "files").rglob("*") if path.is_file()]
        assert [path.stat().st_size for path in kept] == [len(small)]
        assert len(httpx2.get(f"{address}/v1/reports", headers=header).json()["reports"]) == 1
        limit_files(server.pid, resource.RLIM_INFINITY)
        assert upload(large).status_code == 202


def test_full_database_takes_nothing_in_and_says_so(admin: TestClient, engine: Engine) -> None:
    files = {"file": ("a.pdf", b"%PDF-1.4 one")}
    with full_database(engine, "queued"):
        refused = admin.post("/v1/reports", files=files)
        assert (refused.status_code, refused.json()["code"]) == (507, "no_room")
        assert admin.get("/v1/reports").json()["reports"] == []
    assert admin.post("/v1/reports", files=files).status_code == 202


def test_report_that_was_read_waits_for_room_in_the_database(
    engine: Engine, settings: Settings, folder: Path
) -> None:
    name = send(engine, settings, b"good")
    with full_database(engine, "extracted"), worker(settings, folder):
        until(engine, name, {"running"})
        time.sleep(2)
        until(engine, name, {"running"}, 0)
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE reports DISABLE TRIGGER full_disk"))
        assert settled(engine, name).summary.status == "extracted"
    assert log(folder) == ["good"]


def test_report_whose_worker_has_no_room_waits_and_others_are_read(
    engine: Engine, settings: Settings, folder: Path
) -> None:
    large = send(engine, settings, b"good " + PADDING)
    with worker(settings, folder) as one:
        limit_files(one.pid, LIMIT_BYTES)
        small = send(engine, settings, b"good")
        assert settled(engine, small).summary.status == "extracted"
        time.sleep(2)
        with engine.begin() as connection:
            found = find_report(connection, large)
        assert found is not None
        assert found.summary.status in ("queued", "running")
        limit_files(one.pid, resource.RLIM_INFINITY)
        assert settled(engine, large).summary.status == "extracted"
    counted = text("SELECT attempts, reading > 1 FROM reports WHERE id = :id")
    with engine.begin() as connection:
        assert connection.execute(counted, {"id": large}).one() == (1, True)
