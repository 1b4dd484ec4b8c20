"""`gouji serve` and `gouji worker`: the processes of the service.

`serve` answers requests itself and keeps worker processes beside it. A worker that dies is
replaced; when `serve` ends, however it does, its workers finish what they are at and end.
"""

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import IO, Final

import uvicorn

from service.app import make_app
from service.child import StartError
from service.database import find_database, open_database
from service.exits import Exit
from service.keys import list_keys
from service.logs import log_to_stderr
from service.settings import Settings
from service.worker import run_worker

_LOOK_SECONDS: Final = 1.0
"""Between looks at the workers: one that cannot start is not started faster than this."""

_LOG: Final = logging.getLogger(__name__)

_HINT: Final = """\
gouji: there is no API key yet. Make one in another shell, and keep it, it is shown once:
gouji:     gouji key create --name me --role admin
"""


def serve(settings: Settings) -> None:
    """Answer requests and keep workers until told to stop."""
    log_to_stderr()
    url = find_database(settings)
    with open_database(url) as engine:
        with engine.begin() as connection:
            if not list_keys(connection):
                sys.stderr.write(_HINT)
        app = make_app(settings, engine)
        with keep_workers(settings):
            uvicorn.run(
                app,
                host=settings.host,
                port=settings.port,
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=10,
            )


def work(settings: Settings) -> None:
    """Read reports from the queue until told to stop.

    Raises:
        StartError: The models cannot be loaded.
    """
    log_to_stderr()
    asyncio.run(run_worker(settings))


def work_for_another() -> None:
    """Work with the settings on standard input, and stop when it is closed."""
    settings = Settings.model_validate_json(sys.stdin.readline())
    Thread(target=_stop_when_left_alone, args=(sys.stdin,), daemon=True).start()
    try:
        work(settings)
    except StartError as error:
        sys.stderr.write(f"gouji: {error}\n")
        sys.exit(Exit.INSTALLATION)


def _stop_when_left_alone(line: IO[str]) -> None:
    line.read()
    os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def keep_workers(settings: Settings) -> Iterator[None]:
    """Have as many workers as the settings say, whatever becomes of each.

    Raises:
        OSError: The first ones cannot be started; later ones are tried again and again.
    """
    enough = Event()
    workers = [_start_worker(settings) for _ in range(settings.workers)]
    keeper = Thread(target=_replace_dead, args=(workers, settings, enough), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        enough.set()
        keeper.join()
        for worker in workers:
            _hang_up(worker)
        for worker in workers:
            worker.wait()


def _replace_dead(workers: list[subprocess.Popen[str]], settings: Settings, enough: Event) -> None:
    while not enough.wait(_LOOK_SECONDS):
        for number, worker in enumerate(workers):
            if worker.poll() is not None:
                _hang_up(worker)
                try:
                    workers[number] = _start_worker(settings)
                except OSError as error:
                    # No memory or no handles now; there may be some at the next look.
                    _LOG.error("a worker cannot be started", exc_info=error)


def _start_worker(settings: Settings) -> subprocess.Popen[str]:
    """A worker that ends when its standard input does, and so never outlives us for long.

    Raises:
        OSError: None can be started, or it ended before it was told its settings.
    """
    program = "from service.serve import work_for_another; work_for_another()"
    worker = subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-c", program], stdin=subprocess.PIPE, text=True, start_new_session=True
    )
    if worker.stdin is None:
        raise TypeError("a pipe was asked for")
    told = settings.model_dump(mode="json")
    for name in ("database_url", "webhook_secret"):
        secret = getattr(settings, name)
        told[name] = secret and secret.get_secret_value()
    try:
        worker.stdin.write(f"{json.dumps(told)}\n")
        worker.stdin.flush()
    except OSError:
        worker.kill()
        worker.wait()
        raise
    return worker


def _hang_up(worker: subprocess.Popen[str]) -> None:
    if worker.stdin is not None:
        worker.stdin.close()
