"""Files in S3-compatible storage: kept there, taken from there, and when it does not answer."""

import os
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import httpx2
import obstore
import pytest
from fastapi.testclient import TestClient
from obstore.store import from_url
from sqlalchemy import Engine

from service.app import make_app
from service.blobs import BlobGone, delete_blob, get_blob, open_blobs, put_blob
from service.choices import Role
from service.settings import Settings
from tests.service.quick import send, settled, until, worker

SERVER = str(Path(sysconfig.get_path("scripts"), "weed"))
SCANS = "s3://scans/old"
KEPT = "s3://files/kept"


class Storage:
    """A SeaweedFS with two buckets, which can be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        ports = dict(zip(("master", "volume", "filer", "admin", "s3"), free_ports(), strict=True))
        self.address = f"http://127.0.0.1:{ports['s3']}"
        self._command = [
            *(SERVER, "mini", "-ip=127.0.0.1", "-bucket=scans,files", f"-dir={folder}"),
            *(f"-{name}.port={port}" for name, port in ports.items()),
            *("-webdav=false", "-admin.ui=false", "-master.telemetry=false"),
            *("-s3.port.iceberg=0", "-s3.port.lance=0"),
        ]
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Return once it answers."""
        if self._running is None:
            self._running = subprocess.Popen(  # noqa: S603 - a pinned package's program
                self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            wait_for(self.address)

    def stop(self) -> None:
        if self._running is not None:
            self._running.terminate()
            self._running.wait(30)
            self._running = None


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    """Its address and keys are in the environment."""
    with pytest.MonkeyPatch.context() as patch:
        made = Storage(tmp_path_factory.mktemp("storage"))
        patch.setenv("AWS_ACCESS_KEY_ID", "gouji")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "a secret")
        patch.setenv("AWS_REGION", "us-east-1")
        patch.setenv("AWS_ENDPOINT_URL", made.address)
        patch.setenv("AWS_ALLOW_HTTP", "true")
        yield made
        made.stop()


def free_ports() -> list[int]:
    """Five ports that are free and low enough for the ones 10,000 above them, as it takes both."""
    found: list[int] = []
    for port in range(21000, 31000):
        if len(found) == 5:
            break
        with socket.socket() as low, socket.socket() as high:
            try:
                low.bind(("127.0.0.1", port))
                high.bind(("127.0.0.1", port + 10_000))
            except OSError:
                continue
        found.append(port)
    return found


def wait_for(address: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            httpx2.get(address)
        except httpx2.TransportError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        else:
            return


@pytest.fixture
def in_storage(settings: Settings, storage: Storage) -> Settings:
    storage.start()
    return settings.model_copy(update={"blobs": KEPT})


def test_a_file_of_several_parts_is_kept_whole_and_let_go(in_storage: Settings) -> None:
    blobs, content = open_blobs(in_storage), os.urandom(12_000_000)
    put_blob(blobs, "ab" * 32, BytesIO(content))
    assert get_blob(blobs, "ab" * 32) == content
    for _ in range(2):
        delete_blob(blobs, "ab" * 32)
    with pytest.raises(BlobGone):
        get_blob(blobs, "ab" * 32)


def test_an_archive_in_a_bucket_is_queued_once_and_read(
    in_storage: Settings, engine: Engine, folder: Path
) -> None:
    scans = from_url(SCANS)
    for number in range(3):
        obstore.put(scans, f"2019/{number}.pdf", b"%%PDF-1.4 %d" % number)
    assert "3 queued, 0 known" in submit(in_storage, SCANS).stdout
    assert "0 queued, 3 known" in submit(in_storage, SCANS).stdout
    with engine.begin() as connection:
        ids = connection.exec_driver_sql("SELECT id FROM reports").scalars().all()
    with worker(in_storage, folder):
        assert [settled(engine, one).summary.status for one in ids] == ["extracted"] * 3


def submit(settings: Settings, place: str) -> subprocess.CompletedProcess[str]:
    assert settings.database_url is not None
    assert settings.blobs is not None
    environment = {
        **os.environ,
        "GOUJI_HOME": str(settings.home),
        "GOUJI_DATABASE_URL": settings.database_url.get_secret_value(),
        "GOUJI_BLOBS": settings.blobs,
    }
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "service.cli", "archive", "submit", place, "--name", "old"],
        env=environment,
        capture_output=True,
        check=False,
        text=True,
    )


def test_a_bucket_that_is_not_there_is_named(in_storage: Settings) -> None:
    done = submit(in_storage, "s3://nowhere/old")
    assert done.returncode == 1
    assert "the storage does not answer" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_upload_while_the_storage_is_down_is_asked_for_again(
    in_storage: Settings, storage: Storage, engine: Engine, key: Callable[[Role], dict[str, str]]
) -> None:
    def upload(client: TestClient) -> httpx2.Response:
        return client.post("/v1/reports", files={"file": ("a.pdf", b"%PDF-1.4 a")})

    with TestClient(make_app(in_storage, engine), raise_server_exceptions=False) as client:
        client.headers.update(key("upload"))
        storage.stop()
        refused = upload(client)
        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
        assert refused.headers["Retry-After"]
        assert storage.address not in refused.text
        storage.start()
        assert upload(client).status_code == 202


def test_a_report_waits_until_the_storage_is_up_again(
    in_storage: Settings, storage: Storage, engine: Engine, folder: Path
) -> None:
    name = send(engine, in_storage, b"%PDF-1.4 waits")
    storage.stop()
    with worker(in_storage, folder):
        until(engine, name, {"running"})
        until(engine, name, {"queued"})
        storage.start()
        assert settled(engine, name).summary.status == "extracted"
