"""The queue, in the same PostgreSQL: reports to be read, by priority.

A job is queued in the transaction that takes its report in, so that there is never one
without the other. Jobs may come twice: whoever runs one looks first what is left to do.
"""

from collections.abc import Sequence
from typing import Final

from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from procrastinate.jobs import Job
from sqlalchemy import Connection, text

TASK: Final = "read_report"
QUEUE: Final = "reports"
DELIVERY_TASK: Final = "deliver_webhook"
DELIVERY_QUEUE: Final = "webhooks"

_CONNECT_SECONDS: Final = 5.0
"""A database that cannot be reached for so long is gone."""

_SENDER: Final = App(connector=SyncPsycopgConnector())
"""Never connected: it uses the connection of whoever sends."""

_TAKING_UP: Final = 0x6A6F6273
"""The advisory lock of whoever looks for jobs that stalled or are gone: "jobs" in ASCII."""

_TRY_LOCK: Final = text("SELECT pg_try_advisory_xact_lock(:lock)")

_UNSENT: Final = text("""
    SELECT id FROM deliveries
    WHERE settled_at IS NULL AND NOT EXISTS (
        SELECT FROM procrastinate_jobs AS job
        WHERE job.lock = deliveries.id AND job.status IN ('todo', 'doing'))
    LIMIT 1000
""")

_DROP: Final = text("""
    DELETE FROM procrastinate_jobs
    WHERE queue_name = :queue AND lock = :report AND status = 'todo'
""")

_HURRY: Final = text("""
    UPDATE procrastinate_jobs SET priority = :priority
    WHERE queue_name = :queue AND lock = :report AND status = 'todo' AND priority < :priority
""")

_ORPHANS: Final = text("""
    SELECT id, priority FROM reports
    WHERE status IN ('queued', 'running') AND NOT EXISTS (
        SELECT FROM procrastinate_jobs AS job
        WHERE job.lock = reports.id AND job.status IN ('todo', 'doing'))
    LIMIT 1000
""")


def make_queue(url: str) -> App:
    """The queue in the database at a URL, to take jobs from; not connected yet."""
    return App(connector=PsycopgConnector(conninfo=url, timeout=_CONNECT_SECONDS))


def queue_report(connection: Connection, report_id: str, priority: int) -> None:
    """Have a report read once this transaction is committed; see `queue_reports`."""
    queue_reports(connection, [report_id], priority)


def queue_reports(connection: Connection, report_ids: Sequence[str], priority: int) -> None:
    """Have reports read once this transaction is committed.

    Args:
        connection: The jobs are part of its transaction.
        report_ids: Each is the lock of its job too: a report is not read twice at a time.
        priority: The higher, the sooner.
    """
    jobs = [
        Job(
            queue=QUEUE,
            lock=report_id,
            queueing_lock=None,
            priority=priority,
            task_name=TASK,
            task_kwargs={"report_id": report_id},
        )
        for report_id in report_ids
    ]
    if jobs:
        driver = connection.connection.driver_connection
        _SENDER.job_manager.batch_defer_jobs(jobs, connection=driver)


def drop_report(connection: Connection, report_id: str) -> None:
    """Take a report off the queue; a worker that is at it goes on."""
    connection.execute(_DROP, {"queue": QUEUE, "report": report_id})


def hurry_job(connection: Connection, report_id: str, priority: int) -> None:
    """Let a report that is queued wait no longer than one of this priority."""
    connection.execute(_HURRY, {"queue": QUEUE, "report": report_id, "priority": priority})


def queue_delivery(connection: Connection, delivery_id: str, seconds: float = 0.0) -> None:
    """Have a webhook delivered so many seconds after this transaction is committed."""
    _SENDER.configure_task(
        DELIVERY_TASK,
        queue=DELIVERY_QUEUE,
        lock=delivery_id,
        schedule_in={"seconds": seconds},
        connection=connection.connection.driver_connection,
    ).defer(delivery_id=delivery_id)


def queue_orphans(connection: Connection) -> int:
    """Queue reports and deliveries again whose job is gone; how many there were.

    Only one process does so at a time, or each would queue them.
    """
    if not connection.execute(_TRY_LOCK, {"lock": _TAKING_UP}).scalar_one():
        return 0
    orphans = connection.execute(_ORPHANS).all()
    for report_id, priority in orphans:
        queue_report(connection, report_id, priority)
    unsent = connection.execute(_UNSENT).scalars().all()
    for delivery_id in unsent:
        queue_delivery(connection, delivery_id)
    return len(orphans) + len(unsent)


async def take_up_stalled(queue: App, silent_seconds: float) -> int:
    """Give the jobs of workers that fell silent to others; how many there were.

    Only one process does so at a time: a job seen as stalled by two could be given away
    again when its new worker has just begun.
    """
    connector = queue.connector
    if not isinstance(connector, PsycopgConnector):
        raise TypeError("stalled jobs can only be found in PostgreSQL")
    async with connector.pool.connection() as connection:
        locked = await connection.execute("SELECT pg_try_advisory_xact_lock(%s)", (_TAKING_UP,))
        if await locked.fetchone() != (True,):
            return 0
        stalled = await queue.job_manager.get_stalled_jobs(seconds_since_heartbeat=silent_seconds)
        jobs = list(stalled)
        for job in jobs:
            await queue.job_manager.retry_job(job)
        return len(jobs)
