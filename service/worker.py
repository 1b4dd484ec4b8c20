"""A worker: takes reports from the queue and has them read, until it is told to stop.

SIGTERM and SIGINT let it finish what it is at. Killed, it falls silent, and another
worker takes its report up.
"""

import asyncio
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from typing import Final

from obstore.exceptions import BaseError
from obstore.store import ObjectStore
from procrastinate import App
from procrastinate.exceptions import ConnectorException
from psycopg import OperationalError
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from forms.form import load_forms
from models.calibration import load_calibration
from pipeline.report import dump_json
from service.blobs import BlobGone, get_blob, open_blobs
from service.child import READER, StartError
from service.database import find_database, open_database
from service.deliveries import announce, open_post, try_delivery
from service.desk import Broken, Desk, Unwanted
from service.drafts import conclude_again, form_of, load_draft
from service.exits import Exit
from service.jobs import (
    DELIVERY_QUEUE,
    DELIVERY_TASK,
    QUEUE,
    TASK,
    make_queue,
    queue_orphans,
    take_up_stalled,
)
from service.messages import Outcome, PagesRead, Read, Refused, Task
from service.room import NoRoom, taking_room
from service.settings import Settings
from service.steering import count_crash, hear_again, is_wanted, note_pages, put_back
from service.store import (
    Begun,
    begin_reading,
    fail_reading,
    finish_reading,
)

_MOST_ATTEMPTS: Final = 20
"""A report that was begun so often and never ended is given up, whoever was to blame."""

_DELIVERIES_AT_ONCE: Final = 8
"""They wait for others nearly all the time."""

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Workplace:
    """What a worker works with."""

    settings: Settings
    engine: Engine
    blobs: ObjectStore
    desk: Desk


async def run_worker(settings: Settings, reader: str = READER) -> None:
    """Work until told to stop.

    Args:
        settings: Those of the service.
        reader: The module that the reading process runs.

    Raises:
        StartError: The models cannot be loaded.
    """
    url = find_database(settings)
    with open_database(url) as engine:
        desk = Desk(settings, reader)
        desk.seat()
        place = Workplace(settings, engine, open_blobs(settings), desk)
        queue = make_queue(url)
        queue.task(name=TASK)(lambda report_id: read_report(place, report_id))
        post = open_post(settings, engine)

        @queue.task(name=DELIVERY_TASK)
        async def _(delivery_id: str) -> None:
            await try_delivery(post, delivery_id)

        try:
            async with queue.open_async(), asyncio.TaskGroup() as group:
                watch = group.create_task(_watch(queue, place))
                # Of two workers in a process only one may listen to signals.
                carrier = group.create_task(
                    _work(queue, settings, DELIVERY_QUEUE, _DELIVERIES_AT_ONCE, listen=False)
                )
                await _work(queue, settings, QUEUE, 1, listen=True)
                watch.cancel()
                carrier.cancel()
        finally:
            desk.close()


async def _work(queue: App, settings: Settings, name: str, at_once: int, *, listen: bool) -> None:
    await queue.run_worker_async(
        queues=[name],
        concurrency=at_once,
        delete_jobs="successful",
        install_signal_handlers=listen,
        update_heartbeat_interval=settings.heartbeat_seconds,
        stalled_worker_timeout=settings.stalled_seconds,
    )


def read_report(place: Workplace, report_id: str) -> None:
    """Read one report and keep what became of it.

    Where no reading process can be started any more, the process ends, for the operator to act.
    """
    with place.engine.begin() as connection:
        begun = begin_reading(connection, report_id)
    if begun is None:
        return
    try:
        outcome = _read(place, begun)
    except (NoRoom, BaseError) as error:
        _LOG.error("the file cannot be had", extra={"report": report_id}, exc_info=error)
        with place.engine.begin() as connection:
            put_back(connection, begun)
        return
    except StartError as error:
        # No report can be read here: left in the queue, they are for workers that can.
        _LOG.critical("no report can be read", exc_info=error)
        with place.engine.begin() as connection:
            put_back(connection, begun)
        os._exit(Exit.INSTALLATION)
    if isinstance(outcome, Unwanted):
        _LOG.info("no longer wanted", extra={"report": report_id})
        return
    while not keep_outcome(place, begun, outcome):
        # What was read is dear: it waits here for somebody to make room.
        _LOG.error("no room for the report", extra={"report": report_id})
        sleep(place.settings.heartbeat_seconds)


def keep_outcome(place: Workplace, begun: Begun, outcome: Outcome) -> bool:
    """Keep what became of a report; False if there is no room for it."""
    try:
        with taking_room(), place.engine.begin() as connection:
            if isinstance(outcome, Refused):
                if fail_reading(connection, begun, outcome) == "failed":
                    announce(connection, begun.id)
                _LOG.info("refused", extra={"report": begun.id, "code": outcome.code})
            else:
                draft, begun = outcome.draft or "", hear_again(connection, begun)
                if finish_reading(connection, begun, pin_corrections(outcome, begun), draft):
                    announce(connection, begun.id)
                    _LOG.info("read", extra={"report": begun.id, "seconds": outcome.seconds})
    except NoRoom:
        return False
    return True


def pin_corrections(read: Read, begun: Begun) -> str:
    """A report that was just read, around what people had said of it before."""
    if not begun.corrections or read.draft is None:
        return read.json
    draft = load_draft(read.draft)
    forms = {form.id: form for form in load_forms()}
    pinned = conclude_again(draft, begun.corrections, form_of(draft, forms), load_calibration())
    return dump_json(pinned, indent=None)


def _read(place: Workplace, begun: Begun) -> Outcome | Unwanted:
    """Read a report in the reading process, again if that breaks over it.

    Raises:
        NoRoom: The file finds no room on the disk.
        BaseError: The storage does not answer.
        StartError: The reading process ended and no other can be started.
    """
    if begun.attempt > _MOST_ATTEMPTS:
        return _given_up("its reading was begun again and again, and never ended")
    try:
        content = get_blob(place.blobs, begun.id)
    except BlobGone:
        return _given_up("the file is gone from the storage")

    def follow(pages: PagesRead | None) -> bool:
        with place.engine.begin() as connection:
            if pages is None:
                return is_wanted(connection, begun)
            return note_pages(connection, begun, pages)

    with taking_room(), TemporaryDirectory() as folder:
        file = Path(folder, begun.id)
        file.write_bytes(content)
        del content
        task = Task(file, None, begun.filename, begun.review_risk)
        while isinstance(outcome := place.desk.read(task, follow), Broken):
            with place.engine.begin() as connection:
                crashes = count_crash(connection, begun.id)
            if crashes >= place.settings.crashes:
                return _given_up(f"{outcome.reason}, {crashes} times")
        return outcome


def _given_up(reason: str) -> Refused:
    return Refused("unreadable_file", reason, "Print the document to a new PDF, or scan it again.")


async def _watch(queue: App, place: Workplace) -> None:
    """See to it that no report is left lying, whatever became of its worker.

    Reports without a job are looked for among all, so no more often than silence is borne.

    Without a database nothing can be kept, not even a job be handed back: the process ends
    there and then, as if it had been killed, and whoever keeps it starts another.
    """
    due = monotonic()
    while True:
        orphans = 0
        try:
            taken = await take_up_stalled(queue, place.settings.stalled_seconds)
            if monotonic() >= due:
                orphans = await asyncio.to_thread(_queue_orphans, place.engine)
                due = monotonic() + place.settings.stalled_seconds
        except (DBAPIError, ConnectorException, OperationalError):
            _LOG.critical("the database is gone", exc_info=True)
            os._exit(Exit.INSTALLATION)
        if taken or orphans:
            _LOG.warning("taken up", extra={"stalled": taken, "orphans": orphans})
        await asyncio.sleep(place.settings.heartbeat_seconds)


def _queue_orphans(engine: Engine) -> int:
    with engine.begin() as connection:
        return queue_orphans(connection)
