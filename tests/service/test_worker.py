"""Workers: what becomes of a report whose reader or worker dies under it."""

import json
import logging
import time
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, select

from service.blobs import open_blobs, put_blob
from service.choices import ARCHIVE, PERSON
from service.deliveries import Tried, list_tries
from service.desk import Desk
from service.exits import Exit
from service.jobs import queue_orphans
from service.messages import Read
from service.settings import Settings
from service.store import Upload, add_report, begin_reading, delete_report, find_report
from service.tables import REPORTS
from service.worker import Workplace, keep_outcome
from tests.service.quick import log, receiving, send, settled, until, verify, worker


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


def test_lost_jobs_are_queued_by_one_process_at_a_time(engine: Engine) -> None:
    with engine.begin() as connection:
        add_report(connection, Upload("0" * 64, "a.pdf", 4, PERSON, None, None), "test")
    with engine.begin() as one, engine.begin() as other:
        assert [queue_orphans(at_once) for at_once in (one, other)] == [1, 0]


def test_only_what_is_kept_is_logged_as_read(
    engine: Engine,
    settings: Settings,
    read: tuple[str, str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A worker that fell silent may come back with what another is at by now."""
    caplog.set_level(logging.INFO)
    name = send(engine, settings, b"good")
    with engine.begin() as connection:
        silent, other = (begin_reading(connection, name) for _ in range(2))
    assert silent is not None
    assert other is not None
    place = Workplace(settings, engine, open_blobs(settings), Desk(settings))
    logged = []
    for begun in (silent, other):
        assert keep_outcome(place, begun, Read(read[0], 1.0, read[1]))
        logged.append([record.message for record in caplog.records].count("read"))
    assert logged == [0, 1]


def test_reports_wait_unblamed_while_no_reader_can_be_started(
    engine: Engine, settings: Settings, folder: Path
) -> None:
    """Neither at the start of a worker nor when its reading process is to be renewed."""
    settings = settings.model_copy(update={"recycle_reports": 1})
    first = send(engine, settings, b"good")
    with worker(settings, folder) as lamed:
        settled(engine, first)
        (folder / "broken").touch()
        name = send(engine, settings, b"good too")
        assert lamed.wait(30) == Exit.INSTALLATION
    with worker(settings, folder) as lame:
        assert lame.wait(30) == Exit.INSTALLATION
    assert until(engine, name, {"queued"}, 0).summary.error_code is None
    with engine.begin() as connection:
        attempts = connection.execute(select(REPORTS.c.attempts).where(REPORTS.c.id == name))
        assert attempts.scalar_one() == 0
    (folder / "broken").unlink()
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
