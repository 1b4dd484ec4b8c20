"""Workers: what becomes of a report whose reader or worker dies under it."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from service.blobs import open_blobs, put_blob
from service.deliveries import Tried, list_tries
from service.jobs import ARCHIVE, PERSON, queue_report
from service.settings import Settings
from service.store import Stored, Upload, add_report, delete_report, find_report
from service.webhooks import verify

# Reads at once what the models take seconds for, and does what a file tells it to.
READER = """
import json, os, time
from pathlib import Path
from service.messages import Read, Ready, Refused

TEMPLATE = json.loads(Path(__file__).with_name("report.json").read_text())

def read_files(connection, setup):
    connection.send(Ready("fingerprint"))
    while True:
        try:
            task = connection.recv()
        except EOFError:
            return
        order = task.path.read_bytes().split()[0]
        with open(Path(__file__).with_name("log"), "ab") as log:
            log.write(order + b"\\n")
        if order == b"die":
            os.kill(os.getpid(), 9)
        if order == b"hang":
            time.sleep(600)
        if order == b"slowly":
            time.sleep(1.5)
        if order == b"refuse":
            connection.send(Refused("not_a_report", "no form", "send a report"))
            continue
        connection.send(Read(json.dumps(TEMPLATE), 0.1, "{}"))
"""
WORKER = """
import asyncio, sys
from service.settings import Settings
from service.worker import run_worker

settings = Settings.model_validate_json(sys.argv[1])
asyncio.run(run_worker(settings, "quick_reader"))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "quick_reader.py").write_text(READER)
    (tmp_path / "report.json").write_text(json.dumps(REPORT))
    return tmp_path


REPORT = {
    "schema": "gouji.report/1",
    "source": {"filename": "a", "sha256": "0" * 64, "bytes": 1, "pages": 1, "kind": "scanned"},
    "form": {"id": "2021", "confidence": 1.0},
    "body": {"value": "某区", "confidence": 1.0, "page": None, "box": None},
    "fiscal_year": {"value": 2022, "confidence": 1.0, "page": None, "box": None},
    "fields": {},
    "checks": [],
    "pages": [],
    "sections": [],
    "warnings": [],
    "produced_by": {"gouji": "0", "models": {}, "fingerprint": "f"},
    "timings": {"total_s": 0.1},
}


@contextmanager
def worker(settings: Settings, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    secret = settings.model_dump(mode="json")
    assert settings.database_url is not None
    secret["database_url"] = settings.database_url.get_secret_value()
    signing = settings.webhook_secret
    secret["webhook_secret"] = None if signing is None else signing.get_secret_value()
    running = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", WORKER, json.dumps(secret)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(Path.cwd())])},
    )
    try:
        yield running
    finally:
        running.send_signal(signal.SIGTERM)
        try:
            running.wait(15)
        finally:
            running.kill()


def send(
    engine: Engine,
    settings: Settings,
    content: bytes,
    priority: int = PERSON,
    callback_url: str | None = None,
) -> str:
    name = sha256(content).hexdigest()
    put_blob(open_blobs(settings), name, BytesIO(content))
    upload = Upload(name, "a.pdf", len(content), priority, None, callback_url)
    with engine.begin() as connection:
        add_report(connection, upload, "test")
        queue_report(connection, name, priority)
    return name


def settled(engine: Engine, name: str, seconds: float = 30) -> Stored:
    return until(engine, name, {"extracted", "failed"}, seconds)


def until(engine: Engine, name: str, statuses: set[str], seconds: float = 30) -> Stored:
    deadline = time.monotonic() + seconds
    while True:
        with engine.begin() as connection:
            found = find_report(connection, name)
        assert found is not None
        if found.summary.status in statuses:
            return found
        assert time.monotonic() < deadline, f"still {found.summary.status}"
        time.sleep(0.05)


def log(folder: Path) -> list[str]:
    return (folder / "log").read_text().split()


def test_poisonous_files_fail_alone_and_say_why(
    engine: Engine, settings: Settings, folder: Path
) -> None:
    settings = settings.model_copy(update={"read_seconds": 3})
    names = [send(engine, settings, content) for content in (b"die", b"hang", b"refuse", b"good")]
    with worker(settings, folder):
        killed, hung, refused, good = (settled(engine, name).summary for name in names)
    assert (killed.status, killed.error_code) == ("failed", "unreadable_file")
    assert (hung.status, hung.error_message) == ("failed", "it took longer than 3 seconds, 2 times")
    assert (refused.status, refused.error_code) == ("failed", "not_a_report")
    assert (good.status, good.body, good.fiscal_year) == ("extracted", "某区", 2022)
    assert log(folder).count("die") == settings.crashes


def test_report_of_a_killed_worker_is_read_by_another(
    engine: Engine, settings: Settings, folder: Path
) -> None:
    name = send(engine, settings, b"slowly")
    with worker(settings, folder) as first:
        until(engine, name, {"running"})
        first.kill()
        with worker(settings, folder):
            found = settled(engine, name)
    assert found.summary.status == "extracted"


def test_worker_that_is_told_to_stop_finishes_what_it_is_at(
    engine: Engine, settings: Settings, folder: Path
) -> None:
    name, after = send(engine, settings, b"slowly"), send(engine, settings, b"good", ARCHIVE)
    with worker(settings, folder) as one:
        until(engine, name, {"running"})
    assert one.returncode == 0
    assert settled(engine, name, 0.1).summary.status == "extracted"
    with engine.begin() as connection:
        left = find_report(connection, after)
    assert left is not None
    assert left.summary.status == "queued"


def test_person_comes_before_an_archive(engine: Engine, settings: Settings, folder: Path) -> None:
    names = [send(engine, settings, b"good %d" % number, ARCHIVE) for number in range(3)]
    urgent = send(engine, settings, b"slowly", PERSON)
    with worker(settings, folder):
        for name in (urgent, *names):
            settled(engine, name)
    assert log(folder)[0] == "slowly"


def test_report_whose_job_was_lost_is_queued_again(
    engine: Engine, settings: Settings, folder: Path
) -> None:
    name = sha256(b"good").hexdigest()
    put_blob(open_blobs(settings), name, BytesIO(b"good"))
    with engine.begin() as connection:
        assert add_report(connection, Upload(name, "a.pdf", 4, PERSON, None, None), "test")
        assert not add_report(connection, Upload(name, "b.pdf", 4, PERSON, None, None), "test")
    with worker(settings, folder):
        assert settled(engine, name).summary.status == "extracted"


def test_report_deleted_while_it_waits_is_not_read(
    engine: Engine, settings: Settings, folder: Path
) -> None:
    gone, good = send(engine, settings, b"gone"), send(engine, settings, b"good")
    with engine.begin() as connection:
        assert delete_report(connection, gone)
        assert not delete_report(connection, gone)
    with worker(settings, folder):
        settled(engine, good)
    assert log(folder) == ["good"]


class Receiver(ThreadingHTTPServer):
    """Keeps what it is sent and answers with the statuses given, then with 200."""

    daemon_threads = True

    def __init__(self, *statuses: int) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.statuses = list(statuses)
        self.received: list[tuple[dict[str, str], bytes]] = []


class _Answer(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((dict(self.headers), body))
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Keep the test's output clean."""


@contextmanager
def receiving(*statuses: int) -> Iterator[Receiver]:
    with Receiver(*statuses) as receiver:
        thread = threading.Thread(target=receiver.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield receiver
        finally:
            receiver.shutdown()


def tries(engine: Engine, name: str, count: int) -> tuple[Tried, ...]:
    deadline = time.monotonic() + 40
    while True:
        with engine.begin() as connection:
            found = list_tries(connection, name)
        if len(found) >= count:
            return found
        assert time.monotonic() < deadline, f"{len(found)} tries"
        time.sleep(0.1)


def test_whoever_asked_is_told_under_the_secret_and_again_after_a_failure(
    engine: Engine, settings: Settings, folder: Path
) -> None:
    """The second try comes some ten seconds later."""
    told = {"webhook_secret": SecretStr("s" * 32), "webhooks_private": True}
    asked = settings.model_copy(update=told)
    with receiving(500) as receiver, worker(asked, folder):
        url = f"http://127.0.0.1:{receiver.server_port}/"
        name = send(engine, settings, b"refuse", callback_url=url)
        outcomes = [one.outcome for one in tries(engine, name, 2)]
    assert outcomes == ["rejected", "delivered"]
    assert len({headers["Gouji-Delivery"] for headers, _ in receiver.received}) == 1
    for headers, body in receiver.received:
        stamp, signature = headers["Gouji-Timestamp"], headers["Gouji-Signature"]
        assert verify(b"s" * 32, stamp, signature, body, time.time())
        assert headers["Gouji-Event"] == json.loads(body)["event"] == "report.failed"
        assert json.loads(body)["report"]["id"] == name


def test_private_receivers_are_not_called_unless_allowed(
    engine: Engine, settings: Settings, folder: Path
) -> None:
    with receiving() as receiver, worker(settings, folder):
        url = f"http://localhost:{receiver.server_port}/"
        name = send(engine, settings, b"fine", callback_url=url)
        (only,) = tries(engine, name, 1)
    assert only.outcome == "forbidden"
    assert receiver.received == []
