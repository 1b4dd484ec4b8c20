"""`gouji serve` as it ships, and the browser that reviewers have."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from eval.corpus import ROOT
from training.fixture_scans import scan
from training.rasters import write_pdf

LEASE_SECONDS = 10
REPORT = ROOT / "tests" / "reports" / "kuancheng_2020" / "scan_medium.pdf"


@dataclass(frozen=True, slots=True)
class Station:
    """A running service: its address, a key of each role, and a client that may do all."""

    address: str
    keys: dict[str, str]
    client: httpx2.Client
    environment: dict[str, str]

    def run(self, *words: str) -> None:
        """A command of the program, as somebody on the service's machine gives it."""
        subprocess.run(  # noqa: S603 - our own program
            _command(*words), env=self.environment, check=True, capture_output=True
        )

    def make_key(self, role: str) -> str:
        """A key that nobody has had yet."""
        return _make_key(self.environment, role)

    def me(self, role: str) -> dict[str, Any]:
        """What the service calls whoever has a key."""
        headers = {"Authorization": f"Bearer {self.keys[role]}"}
        answer: dict[str, Any] = self.client.get("/v1/me", headers=headers).json()
        return answer

    def report(self, report_id: str) -> dict[str, Any]:
        """A report with its summary."""
        answer: dict[str, Any] = self.client.get(f"/v1/reports/{report_id}").json()
        return answer

    def say(self, report_id: str, field: str, text: str, role: str) -> httpx2.Response:
        """What another window does: correct a field of the report as it is now."""
        headers = {
            "If-Match": f'"{self.report(report_id)["version"]}"',
            "Authorization": f"Bearer {self.keys[role]}",
        }
        path = f"/v1/reports/{report_id}/fields/{field}"
        return self.client.patch(path, json={"text": text}, headers=headers)

    def hold(self, report_id: str, role: str) -> int:
        """The status with which somebody else is answered who wants to hold the report."""
        headers = {"Authorization": f"Bearer {self.keys[role]}"}
        return self.client.post(f"/v1/reviews/{report_id}/lease", headers=headers).status_code


@pytest.fixture(scope="session")
def station() -> Iterator[Station]:
    # Not in pytest's own folder, which no other user may enter: PostgreSQL runs as one.
    with TemporaryDirectory(prefix="gouji-") as home:
        environment = _environment(home)
        keys = {role: _make_key(environment, role) for role in ("upload", "review", "admin")}
        address = f"http://127.0.0.1:{environment['GOUJI_PORT']}"
        header = {"Authorization": f"Bearer {keys['admin']}"}
        client = httpx2.Client(base_url=address, headers=header, timeout=90)
        with _serving(environment), client:
            _wait_until_ready(client)
            yield Station(address, keys, client, environment)
        _stop_database(Path(home, "postgres", "postmaster.pid"))


@pytest.fixture
def report_id(station: Station) -> str:
    """A damaged scan, just read; nobody has said anything of it yet.

    Read for somebody who bears less risk than is usual, so that enough of it is doubted.
    """
    answer = read_anew(station, "0.0002")
    assert answer["to_review"] > 9
    return str(answer["id"])


@cache
def worn_scan() -> bytes:
    """A scan of so few pixels that a reader doubts numbers of it."""
    source = (REPORT.parent / "source.pdf").read_bytes()
    return write_pdf(scan(source, "medium", seed=3, dpi=110), dpi=110, quality=70)


def read_anew(station: Station, risk: str) -> dict[str, Any]:
    """The damaged scan, read for somebody who bears this risk; it is the only report."""
    for old in station.client.get("/v1/reports").json()["reports"]:
        station.client.delete(f"/v1/reports/{old['id']}")
    file = {"file": (REPORT.name, worn_scan())}
    sent = station.client.post("/v1/reports", files=file, data={"review_risk": risk})
    answer: dict[str, Any] = station.client.get(f"{sent.headers['location']}?wait=60").json()
    assert answer["status"] == "extracted"
    return answer


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        flags = ["--headless", "--no-sandbox", "--disable-gpu"]
        opened = playwright.chromium.launch(executable_path=program, args=flags)
        yield opened
        opened.close()


@pytest.fixture
def visit(station: Station, browser: Browser) -> Iterator[Callable[[str, str], Page]]:
    """Opens a place of the page in a window of its own, signed in with a role's key."""
    contexts = []
    faults: list[str] = []

    def open_window(role: str, place: str) -> Page:
        context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
        contexts.append(context)
        context.add_init_script(f"sessionStorage.setItem('gouji.key', '{station.keys[role]}')")
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{station.address}/review#/{place}")
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert faults == []


def _environment(home: str) -> dict[str, str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    told = {
        "GOUJI_HOME": home,
        "GOUJI_PORT": str(port),
        "GOUJI_REQUESTS_PER_MINUTE": "6000",
        "GOUJI_LEASE_SECONDS": str(LEASE_SECONDS),
    }
    return {**os.environ, **told}


def _make_key(environment: dict[str, str], role: str) -> str:
    made = subprocess.run(  # noqa: S603 - our own program
        _command("key", "create", "--name", role, "--role", role),
        env=environment,
        capture_output=True,
        check=True,
        text=True,
    )
    return made.stdout.strip()


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "service.cli", *words]


@contextmanager
def _serving(environment: dict[str, str]) -> Iterator[None]:
    server = subprocess.Popen(  # noqa: S603 - our own program
        _command("serve"), env=environment, stderr=subprocess.DEVNULL
    )
    try:
        yield
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


def _stop_database(file: Path) -> None:
    if file.exists():
        os.kill(int(file.read_text().split()[0]), signal.SIGINT)
    while file.exists():
        time.sleep(0.1)
