"""Webhook deliveries: queued with the change that they tell of, tried, and written down.

An event and its job are in the transaction of the change, so that there is never one without
the other; who sends it is any worker.
"""

import json
import os
import secrets
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from pathlib import Path
from typing import Final
from uuid import uuid4

from sqlalchemy import Connection, Engine, func, insert, select, update

from service.jobs import queue_delivery
from service.settings import Settings
from service.tables import ATTEMPTS, CALLBACKS, DELIVERIES, REPORTS
from service.webhooks import Attempt, Event, Message, Sender, deliver, next_delay

_SECRET_BYTES: Final = 32

_NEWS: Final[Mapping[str, tuple[Event, ...]]] = {
    "extracted": ("report.extracted",),
    "reviewed": ("report.reviewed",),
    "failed": ("report.failed",),
    "cancelled": ("report.cancelled",),
}


@dataclass(frozen=True, slots=True)
class Post:
    """What deliveries are made with.

    Attributes:
        engine: The database.
        secret: Shared with the receivers.
        sender: How to send.
    """

    engine: Engine
    secret: bytes
    sender: Sender


@dataclass(frozen=True, slots=True)
class Tried:
    """A try, for the log of deliveries."""

    delivery: str
    event: str
    started: datetime
    seconds: float
    outcome: str
    status: int | None
    detail: str | None


def open_post(settings: Settings, engine: Engine) -> Post:
    """Get ready to deliver; a secret is made and kept where the settings have none."""
    secret = (
        _kept_secret(settings.home / "webhook-secret")
        if settings.webhook_secret is None
        else settings.webhook_secret.get_secret_value()
    )
    sender = Sender(ssl.create_default_context(), allow_private=settings.webhooks_private)
    return Post(engine, secret.encode(), sender)


def announce(connection: Connection, report_id: str, url: str | None = None) -> None:
    """Have whoever asked told what has become of a report, once this transaction ends.

    Args:
        connection: Nothing is told of a report that it sees still to be read.
        report_id: The report's.
        url: Of one who asked late and alone is to be told.
    """
    columns = ("status", "version", "form", "body", "fiscal_year", "to_review")
    query = select(*(REPORTS.c[name] for name in columns)).where(REPORTS.c.id == report_id)
    row = connection.execute(query).first()
    if row is None:
        return
    asked = select(CALLBACKS.c.url).where(CALLBACKS.c.report_id == report_id)
    urls = connection.execute(asked).scalars().all() if url is None else [url]
    report = {"id": report_id, **{name: getattr(row, name) for name in columns}}
    for event, receiver in product(_news(row.status, row.to_review), urls):
        delivery = {"id": uuid4().hex, "report_id": report_id, "event": event}
        body = json.dumps({"event": event, "report": report}, ensure_ascii=False)
        connection.execute(insert(DELIVERIES).values(**delivery, url=receiver, body=body))
        queue_delivery(connection, delivery["id"])


def _news(status: str, to_review: int) -> tuple[Event, ...]:
    if status == "extracted" and to_review > 0:
        return "report.extracted", "report.needs_review"
    return _NEWS.get(status, ())


async def try_delivery(post: Post, delivery_id: str) -> None:
    """Try a delivery that is not settled yet, write down what came of it, queue the next try."""
    with post.engine.begin() as connection:
        pending = DELIVERIES.c.settled_at.is_(None)
        row = connection.execute(
            select(DELIVERIES).where(DELIVERIES.c.id == delivery_id, pending)
        ).first()
    if row is None:
        return
    message = Message(delivery_id, row.event, row.url, row.body.encode())
    attempt = await deliver(message, post.secret, post.sender)
    with post.engine.begin() as connection:
        _write_down(connection, message, attempt)


def list_tries(connection: Connection, report_id: str) -> tuple[Tried, ...]:
    """Every try to tell of a report, the first first."""
    query = (
        select(
            *(DELIVERIES.c.id, DELIVERIES.c.event, ATTEMPTS.c.started, ATTEMPTS.c.seconds),
            *(ATTEMPTS.c.outcome, ATTEMPTS.c.status, ATTEMPTS.c.detail),
        )
        .join(ATTEMPTS, ATTEMPTS.c.delivery_id == DELIVERIES.c.id)
        .where(DELIVERIES.c.report_id == report_id)
        .order_by(ATTEMPTS.c.number)
    )
    return tuple(Tried(*row) for row in connection.execute(query))


def _write_down(connection: Connection, message: Message, attempt: Attempt) -> None:
    connection.execute(
        insert(ATTEMPTS).values(
            delivery_id=message.id,
            started=attempt.started,
            seconds=attempt.seconds,
            outcome=attempt.outcome,
            status=attempt.status,
            detail=attempt.detail,
        )
    )
    mine = DELIVERIES.c.id == message.id
    failures = connection.execute(
        update(DELIVERIES)
        .where(mine)
        .values(failures=DELIVERIES.c.failures + int(attempt.outcome != "delivered"))
        .returning(DELIVERIES.c.failures)
    ).scalar_one()
    delay = next_delay(attempt, failures, message)
    if delay is None:
        connection.execute(update(DELIVERIES).where(mine).values(settled_at=func.now()))
    else:
        queue_delivery(connection, message.id, delay)


def _kept_secret(path: Path) -> str:
    """The secret in a file that only its owner reads, made by whoever needs it first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f"{path.name}.{uuid4().hex}")
    with os.fdopen(os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(secrets.token_hex(_SECRET_BYTES))
    try:
        os.link(made, path)
    except FileExistsError:
        pass
    finally:
        made.unlink()
    return path.read_text()
