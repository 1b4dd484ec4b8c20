"""A worker whose reader is quick, and does what a file tells it to."""

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
from hmac import compare_digest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine

from service.blobs import open_blobs, put_blob
from service.choices import PERSON
from service.jobs import queue_report
from service.settings import Settings
from service.store import Stored, Upload, add_report, find_report
from service.webhooks import sign

TOLERANCE_S: Final = 300.0
"""How far a receiver's clock may be off; an older message may have been recorded and replayed."""

# Reads at once what the models take seconds for, and does what a file tells it to.
READER: Final = """
import json, os, time
from pathlib import Path
from service.messages import NotReady, PagesRead, Read, Ready, Refused

TEMPLATE = json.loads(Path(__file__).with_name("report.json").read_text())
DRAFT = Path(__file__).with_name("draft.json").read_text()

def await_file(name):
    while not Path(__file__).with_name(name).exists():
        time.sleep(0.02)

def read_files(connection, setup):
    if Path(__file__).with_name("broken").exists():
        connection.send(NotReady("the weights are gone"))
        return
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
        if order == b"pages":
            await_file("begin")
            connection.send(PagesRead(1, 2))
            await_file("end")
        if order == b"slowly":
            connection.send(PagesRead(1, 2))
            time.sleep(1.5)
        if order == b"refuse":
            connection.send(Refused("not_a_report", "no form", "send a report"))
            continue
        connection.send(Read(json.dumps(TEMPLATE), 0.1, DRAFT))
"""
WORKER: Final = """
import asyncio, sys
from service.settings import Settings
from service.worker import run_worker

settings = Settings.model_validate_json(sys.argv[1])
asyncio.run(run_worker(settings, "quick_reader"))
"""
REPORT: Final[dict[str, Any]] = {
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


def install_reader(folder: Path, report: str = json.dumps(REPORT), draft: str = "{}") -> None:
    """Put the quick reader where `worker` finds it, and what it reads in whatever it is given."""
    (folder / "quick_reader.py").write_text(READER)
    (folder / "report.json").write_text(report)
    (folder / "draft.json").write_text(draft)


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


def begun(folder: Path, order: str, seconds: float = 30) -> None:
    """Return once the reader is at what holds this order: its report runs from before that on."""
    deadline = time.monotonic() + seconds
    while not (folder / "log").exists() or order not in log(folder):
        assert time.monotonic() < deadline, f"{order} was never begun"
        time.sleep(0.05)


def verify(secret: bytes, timestamp: str, signature: str, body: bytes, now: float) -> bool:
    """Whether a message is of someone who knows the secret and no older than the tolerance: what
    docs/webhooks.md asks of receivers."""
    if not compare_digest(sign(secret, timestamp, body).encode(), signature.encode()):
        return False
    return abs(now - int(timestamp)) <= TOLERANCE_S


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
