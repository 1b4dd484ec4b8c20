"""Known bytes that are sent again: what that sender asks for counts too."""

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx2
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import Engine, select, text

from service.app import make_app
from service.choices import ARCHIVE, PERSON, Role
from service.messages import Refused
from service.settings import Settings
from service.store import begin_reading, fail_reading
from service.tables import REPORTS
from tests.service.quick import Receiver, receiving, send, settled, worker

CONTENT = b"%PDF-1.4 again"


def post(client: TestClient, said: Mapping[str, str], key: str | None = None) -> httpx2.Response:
    files = {"file": ("a.pdf", CONTENT)}
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post("/v1/reports", files=files, data=said, headers=headers)


def test_report_is_read_no_later_than_the_most_urgent_sender_wants(
    admin: TestClient, engine: Engine, settings: Settings
) -> None:
    def priorities() -> list[int]:
        with engine.begin() as connection:
            job = connection.execute(text("SELECT priority FROM procrastinate_jobs")).scalar_one()
            return [job, connection.execute(select(REPORTS.c.priority)).scalar_one()]

    send(engine, settings, CONTENT, ARCHIVE)
    assert post(admin, {}).status_code == 200
    assert priorities() == [PERSON, PERSON]
    assert post(admin, {"priority": "-50"}).status_code == 200
    assert priorities() == [PERSON, PERSON]


def test_report_that_failed_or_was_cancelled_is_tried_again(
    admin: TestClient, engine: Engine
) -> None:
    sent = post(admin, {}, "once").json()["id"]
    with engine.begin() as connection:
        begun = begin_reading(connection, sent)
        assert begun is not None
        fail_reading(connection, begun, Refused("unreadable_file", "cut off", "send it again"))
    repeated = post(admin, {}, "once")
    assert repeated.json() == {"id": sent, "status": "failed"}
    for end in (None, "cancel"):
        if end is not None:
            assert admin.post(f"/v1/reports/{sent}/{end}").status_code == 200
        again = post(admin, {})
        assert (again.status_code, again.json()) == (200, {"id": sent, "status": "queued"})
    assert admin.get(f"/v1/reports/{sent}").json()["error"] is None


def test_all_who_sent_a_report_are_told_late_ones_at_once(
    settings: Settings, engine: Engine, key: Callable[[Role], dict[str, str]], folder: Path
) -> None:
    told = {"webhook_secret": SecretStr("s" * 32), "webhooks_private": True}
    open_to_all = settings.model_copy(update=told)

    def ask(client: TestClient, receiver: Receiver) -> str:
        url = f"http://127.0.0.1:{receiver.server_port}/"
        return str(post(client, {"callback_url": url}).json()["id"])

    app = make_app(open_to_all, engine)
    with receiving() as first, receiving() as second, receiving() as late:
        receivers = (first, second, late)
        with TestClient(app, headers=key("upload")) as client:
            (name,) = {ask(client, early) for early in (first, second, second)}
            with worker(open_to_all, folder):
                settled(engine, name)
                ask(client, late)
                deadline = time.monotonic() + 20
                while not all(one.received for one in receivers) and time.monotonic() < deadline:
                    time.sleep(0.05)
    heard = [[json.loads(body)["event"] for _, body in one.received] for one in receivers]
    assert heard == [["report.extracted"]] * 3
