"""Readings that are cancelled, tried again, and followed page by page."""

import json
import signal
import time
from pathlib import Path

from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import Engine, text

from service.jobs import queue_report
from service.reviews import history_of
from service.settings import Settings
from service.store import find_report
from tests.service.quick import begun, log, receiving, send, settled, until, worker


def actions(engine: Engine, name: str) -> list[str]:
    with engine.begin() as connection:
        return [entry.action for entry in history_of(connection, name)]


def jobs(engine: Engine) -> int:
    with engine.begin() as connection:
        counted = connection.execute(text("SELECT count(*) FROM procrastinate_jobs"))
        return int(counted.scalar_one())


def test_cancelled_report_leaves_the_queue_and_can_be_tried_again(
    admin: TestClient, engine: Engine, settings: Settings, folder: Path
) -> None:
    name = send(engine, settings, b"good")
    answers = [admin.post(f"/v1/reports/{name}/cancel") for _ in range(2)]
    assert [(one.status_code, one.json()["status"]) for one in answers] == [(200, "cancelled")] * 2
    assert jobs(engine) == 0
    again = [admin.post(f"/v1/reports/{name}/retry") for _ in range(2)]
    assert [(one.status_code, one.json()["status"]) for one in again] == [(202, "queued")] * 2
    assert jobs(engine) == 1
    with worker(settings, folder):
        assert settled(engine, name).summary.status == "extracted"
    assert actions(engine, name) == ["received", "cancelled", "retried", "extracted"]
    for call in ("cancel", "retry"):
        late = admin.post(f"/v1/reports/{name}/{call}")
        assert (late.status_code, late.json()["code"]) == (409, "already_ended")
        assert admin.post(f"/v1/reports/{'0' * 64}/{call}").status_code == 404


def test_report_that_is_cancelled_while_it_is_read_is_put_down_and_its_owner_told(
    admin: TestClient, engine: Engine, settings: Settings, folder: Path
) -> None:
    told = {"webhook_secret": SecretStr("s" * 32), "webhooks_private": True}
    with receiving() as receiver, worker(settings.model_copy(update=told), folder):
        url = f"http://127.0.0.1:{receiver.server_port}/"
        hung = send(engine, settings, b"hang", callback_url=url)
        begun(folder, "hang")
        assert admin.post(f"/v1/reports/{hung}/cancel").json()["status"] == "cancelled"
        good = send(engine, settings, b"good")
        assert settled(engine, good).summary.status == "extracted"
        deadline = time.monotonic() + 20
        while not receiver.received and time.monotonic() < deadline:
            time.sleep(0.05)
    assert [json.loads(body)["event"] for _, body in receiver.received] == ["report.cancelled"]
    assert actions(engine, hung) == ["received", "cancelled"]
    assert log(folder) == ["hang", "good"]


def test_failed_report_is_tried_again_as_if_it_were_new(
    admin: TestClient, engine: Engine, settings: Settings, folder: Path
) -> None:
    name = send(engine, settings, b"die")
    with worker(settings, folder):
        settled(engine, name)
        admin.post(f"/v1/reports/{name}/retry")
        until(engine, name, {"queued", "running"}, 1)
        failed = settled(engine, name).summary
    assert (failed.status, failed.error_code) == ("failed", "unreadable_file")
    assert log(folder).count("die") == 2 * settings.crashes
    assert actions(engine, name) == ["received", "failed", "retried", "failed"]


def test_status_tells_how_many_pages_are_done(
    admin: TestClient, engine: Engine, settings: Settings, folder: Path
) -> None:
    name = send(engine, settings, b"pages")

    def await_status(status: str, done: int, total: int | None) -> str:
        wanted = {"status": status, "pages_done": done, "pages_total": total}
        deadline = time.monotonic() + 20
        while not wanted.items() <= (told := admin.get(f"/v1/reports/{name}")).json().items():
            assert time.monotonic() < deadline, told.text
            time.sleep(0.05)
        return str(told.headers["etag"])

    assert await_status("queued", 0, None) == '"1"'
    with worker(settings, folder):
        assert await_status("running", 0, None) == '"2.0"'
        (folder / "begin").touch()
        assert await_status("running", 1, 2) == '"2.1"'
        (folder / "end").touch()
        assert await_status("extracted", 1, 1) == '"3"'


def test_result_of_a_worker_that_was_frozen_meanwhile_does_not_count_twice(
    engine: Engine, settings: Settings, folder: Path
) -> None:
    name = send(engine, settings, b"slowly")
    with worker(settings, folder) as frozen:
        begun(folder, "slowly")
        frozen.send_signal(signal.SIGSTOP)
        with worker(settings, folder):
            found = settled(engine, name)
            frozen.send_signal(signal.SIGCONT)
            time.sleep(2)
    assert found.summary.status == "extracted"
    assert log(folder) == ["slowly", "slowly"]
    assert actions(engine, name) == ["received", "extracted"]


def test_job_that_is_there_twice_is_done_once(
    engine: Engine, settings: Settings, folder: Path
) -> None:
    name = send(engine, settings, b"slowly")
    with engine.begin() as connection:
        queue_report(connection, name, 0)
    with worker(settings, folder), worker(settings, folder):
        settled(engine, name)
        deadline = time.monotonic() + 20
        while jobs(engine) and time.monotonic() < deadline:
            time.sleep(0.05)
    assert jobs(engine) == 0
    assert log(folder) == ["slowly"]
    assert actions(engine, name) == ["received", "extracted"]


def test_report_that_is_deleted_while_it_is_read_is_put_down(
    admin: TestClient, engine: Engine, settings: Settings, folder: Path
) -> None:
    hung = send(engine, settings, b"hang")
    with worker(settings, folder):
        until(engine, hung, {"running"})
        assert admin.delete(f"/v1/reports/{hung}").status_code == 204
        good = send(engine, settings, b"good")
        assert settled(engine, good).summary.status == "extracted"
    with engine.begin() as connection:
        assert find_report(connection, hung) is None
