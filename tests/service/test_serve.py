"""`gouji serve` as it ships, with the real models, and killed as roughly as can be."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2
import pytest

from eval.corpus import ROOT
from forms.form import Form
from models.load import Models
from pipeline.extract import Options, extract
from pipeline.report import to_json
from service.serve import keep_workers
from service.settings import Settings

REPORT = ROOT / "tests" / "reports" / "kuancheng_2020" / "scan_light.pdf"
LOCKED = b"""%%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj
4 0 obj<</Filter/Standard/V 1/R 2/Length 40/P -4/O(%s)/U(%s)>>endobj
trailer<</Root 1 0 R/Encrypt 4 0 R/ID[(a)(a)]>>
""" % (b"o" * 32, b"u" * 32)


@pytest.fixture
def home() -> Iterator[Path]:
    # Not in pytest's own folder, which no other user may enter: PostgreSQL runs as one.
    with TemporaryDirectory(prefix="gouji-") as made:
        yield Path(made)
        left = Path(made, "postgres", "postmaster.pid")
        if left.exists():
            os.kill(_pid_in(left), signal.SIGINT)
        while left.exists():
            time.sleep(0.1)


@pytest.fixture
def environment(home: Path) -> dict[str, str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return {
        **os.environ,
        "GOUJI_HOME": str(home),
        "GOUJI_PORT": str(port),
        "GOUJI_HEARTBEAT_SECONDS": "0.5",
        "GOUJI_STALLED_SECONDS": "2",
    }


def _pid_in(file: Path) -> int:
    return int(file.read_text().split()[0])


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "service.cli", *words]


@contextmanager
def serving(environment: Mapping[str, str], key: str) -> Iterator[tuple[int, httpx2.Client]]:
    server = subprocess.Popen(command("serve"), env=environment)  # noqa: S603 - our own program
    address = f"http://127.0.0.1:{environment['GOUJI_PORT']}"
    header = {"Authorization": f"Bearer {key}"}
    with httpx2.Client(base_url=address, headers=header, timeout=90) as client:
        try:
            _wait_until_ready(client)
            yield server.pid, client
        finally:
            server.terminate()
            server.wait(30)


def _wait_until_ready(client: httpx2.Client) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            client.get("/readyz").raise_for_status()
        except httpx2.TransportError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        else:
            return


def test_what_was_accepted_is_read_though_everything_is_killed(
    environment: dict[str, str], home: Path, models: Models, forms: Mapping[str, Form]
) -> None:
    made = subprocess.run(  # noqa: S603 - our own program
        command("key", "create", "--name", "one", "--role", "admin"),
        env=environment,
        capture_output=True,
        check=True,
        text=True,
    )
    key = made.stdout.strip()
    with serving(environment, key) as (server, client):
        sent = client.post("/v1/reports", files={"file": (REPORT.name, REPORT.read_bytes())})
        assert sent.status_code == 202
        for victim in (server, _pid_in(home / "postgres" / "postmaster.pid")):
            os.kill(victim, signal.SIGKILL)
    with serving(environment, key) as (_, client):
        locked = client.post("/v1/reports", files={"file": ("locked.pdf", LOCKED)})
        os.kill(_pid_in(home / "postgres" / "postmaster.pid"), signal.SIGINT)
        answer = ended(client, sent.headers["location"])
        refused = ended(client, locked.headers["location"])
    assert answer["status"] == "extracted"
    expected = extract(REPORT.read_bytes(), REPORT.name, models, [*forms.values()], Options())
    assert _timeless(answer["report"]) == _timeless(json.loads(json.dumps(to_json(expected))))
    assert (refused["status"], refused["error"]["code"]) == ("failed", "encrypted_pdf")


def test_worker_that_cannot_be_started_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    program, log = tmp_path / "python", tmp_path / "started"
    monkeypatch.setattr(sys, "executable", str(program))

    def install() -> None:
        """A worker that says who it is, and ends when its standard input does."""
        made = tmp_path / "made"
        made.write_text(f"#!/bin/sh\necho $$ >> {log}\nexec cat > /dev/null\n")
        made.chmod(0o700)
        made.rename(program)

    def started(count: int) -> list[int]:
        _wait_for(lambda: log.exists() and len(log.read_text().split()) == count)
        return [int(pid) for pid in log.read_text().split()]

    install()
    with keep_workers(Settings(home=tmp_path)):
        (first,) = started(1)
        program.unlink()
        os.kill(first, signal.SIGKILL)
        _wait_for(lambda: "a worker cannot be started" in caplog.text)
        install()
        assert len(started(2)) == 2


def _wait_for(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def ended(client: httpx2.Client, place: str) -> dict[str, Any]:
    """A report that was read or refused, asked for again while the database is away."""
    deadline = time.monotonic() + 90
    while True:
        answer = client.get(f"{place}?wait=60")
        found: dict[str, Any] = answer.json()
        if answer.status_code == 200 and found["status"] not in ("queued", "running"):
            return found
        assert answer.status_code in (200, 503)
        assert time.monotonic() < deadline
        time.sleep(0.5)


def _timeless(report: dict[str, object]) -> dict[str, object]:
    return {name: part for name, part in report.items() if name != "timings"}
