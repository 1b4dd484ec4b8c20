"""A reading process: started, listened to, ended.

Spawned, because forked threads of a numeric library may hang.
"""

import importlib
import multiprocessing
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Final

from service.messages import NotReady, PagesRead, Read, Ready, Refused, Setup

READER: Final = "service.reader"
"""Imported only in the reading processes: it takes seconds and gigabytes."""

_STOP_SECONDS: Final = 5.0
"""How long a process may take to end before it is killed."""


class StartError(Exception):
    """A reading process cannot start; the message says what the operator can do."""


@dataclass(frozen=True, slots=True, eq=False)
class Child:
    """A reading process and our end of the line to it."""

    process: BaseProcess
    connection: Connection


def start_child(setup: Setup, reader: str = READER) -> Child:
    """Start a process.

    Args:
        setup: How it is to read.
        reader: The module whose `read_files` it runs.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_run_reader, args=(reader, theirs, setup), daemon=True)
    process.start()
    theirs.close()
    return Child(process, ours)


def hear(child: Child) -> Read | Refused | Ready | PagesRead | None:
    """Wait for what a process has to say; None when it is dead.

    Raises:
        StartError: It cannot load its models.
    """
    try:
        message: Read | Refused | Ready | PagesRead | NotReady = child.connection.recv()
    except (EOFError, ConnectionResetError):
        return None
    if isinstance(message, NotReady):
        raise StartError(message.message)
    return message


def stop_child(child: Child, *, gently: bool) -> None:
    """End a process: by hanging up if it is idle, else by force."""
    child.connection.close()
    if not gently:
        child.process.terminate()
    child.process.join(_STOP_SECONDS)
    if child.process.is_alive():
        child.process.kill()
        child.process.join()


def _run_reader(module: str, connection: Connection, setup: Setup) -> None:
    try:
        reader = importlib.import_module(module)
    except OSError as error:
        # paddleocr lays out its cache while it is imported.
        folder = "the cache" if error.filename is None else error.filename
        message = (
            f"nothing can be written to {folder} ({error.strerror}): "
            "set XDG_CACHE_HOME to a folder that may be written"
        )
        connection.send(NotReady(message))
        return
    reader.read_files(connection, setup)
