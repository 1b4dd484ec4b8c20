"""Many files, read by a few processes.

One process per job, each with its own models. A process holds one file at a time, so
when it dies (killed for memory, a crash in a library) the file that did it is known:
that file is tried once more and then refused, a new process takes over, and no other
file is touched. One that takes too long is refused at once. Memory does not grow with
the number of files.
"""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import file_digest
from math import inf, isinf
from multiprocessing.connection import wait
from pathlib import Path
from time import monotonic
from typing import Final

from pipeline.stated import Stated, mark
from service.child import READER, Child, StartError, hear, start_child, stop_child
from service.messages import (
    USUAL_RISK,
    USUAL_SECONDS,
    Outcome,
    PagesRead,
    Read,
    Ready,
    Refused,
    Setup,
    Task,
)

MOST_TRIES: Final = 2
"""A process may have been killed for what its neighbours did; twice is no accident."""

CRASHED: Final = Refused(
    "unreadable_file",
    f"it crashed the reader {MOST_TRIES} times",
    "Print the document to a new PDF, or scan it again; look at the memory left with --jobs 1.",
)


@dataclass(frozen=True, slots=True)
class Plan:
    """How to read.

    Attributes:
        jobs: Processes.
        text: Read the prose too.
        force: Read again what is already done.
        indent: Of the JSON; None puts each report on one line.
        reader: The module whose `read_files` a process runs.
        risk: Share of wrong fields that is borne among those that nobody reviews.
        review_below: Review fields less sure than this instead; None to go by the risk.
        seconds: How long a file may take.
    """

    jobs: int
    text: bool
    force: bool
    indent: int | None
    reader: str = READER
    risk: float = USUAL_RISK
    review_below: float | None = None
    seconds: float = USUAL_SECONDS


@dataclass(frozen=True, slots=True)
class Work:
    """A file to read.

    Attributes:
        number: Its place in the batch, from 0.
        path: The file.
        output: Where its JSON goes; None when it is not kept in a file.
        crashes: Processes it has taken down so far.
        stated: Figures that other reports give for fields of this one.
    """

    number: int
    path: Path
    output: Path | None
    crashes: int = 0
    stated: tuple[Stated, ...] = ()


class Worker:
    """A reading process and what it is at, which changes as it goes."""

    def __init__(self, child: Child) -> None:
        self.child = child
        self.fingerprint: str | None = None
        self.work: Work | None = None
        # When the work must be done.
        self.due = inf

    @property
    def is_late(self) -> bool:
        """Whether the work has taken too long."""
        return monotonic() >= self.due


class Queue:
    """Work that waits: what crashed a process first, then the rest, taken as needed."""

    def __init__(self, works: Iterable[Work]) -> None:
        self._rest = iter(works)
        self._next: list[Work] = []

    def put_back(self, work: Work) -> None:
        """Let this work be taken next."""
        self._next.append(work)

    def take(self) -> Work | None:
        """The next work, None when there is none."""
        return self._next.pop() if self._next else next(self._rest, None)

    def is_empty(self) -> bool:
        """Whether no work is left."""
        work = self.take()
        if work is not None:
            self.put_back(work)
        return work is None


def read_batch(works: Iterable[Work], plan: Plan) -> Iterator[tuple[Work, Outcome | None]]:
    """Read files as processes become free.

    Args:
        works: Taken one at a time.
        plan: How to read.

    Yields:
        Each file with what became of it, in the order of completion; None when its
        output was there already, made of the same bytes by the same models.

    Raises:
        StartError: A process cannot load its models.
    """
    queue = Queue(works)
    workers = [_start(plan) for _ in range(plan.jobs)]
    try:
        while workers:
            for worker in _with_news(workers):
                heard = _listen(worker)
                if isinstance(heard, PagesRead):
                    continue
                if heard is None:
                    workers.remove(worker)
                    yield from _give_up(worker, queue, plan)
                    if not queue.is_empty():
                        workers.append(_start(plan))
                    continue
                if worker.work is not None and not isinstance(heard, Ready):
                    yield worker.work, heard
                yield from _hand_out(worker, queue, plan)
                if worker.work is None:
                    workers.remove(worker)
                    _stop([worker])
    finally:
        _stop(workers)


def too_slow(seconds: float) -> Refused:
    """What becomes of a file that is not read after so long."""
    return replace(CRASHED, message=f"it took longer than {seconds:g} seconds")


def is_done(work: Work, fingerprint: str) -> bool:
    """Whether the output is there, of these bytes and with this fingerprint.

    An output that is no report of ours counts as not there.
    """
    if work.output is None:
        return False
    try:
        if not work.output.is_file():
            return False
        report = json.loads(work.output.read_bytes())
        recorded = report["source"]["sha256"], report["produced_by"]["fingerprint"]
        with work.path.open("rb") as source:
            return bool(recorded == (file_digest(source, "sha256").hexdigest(), fingerprint))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _start(plan: Plan) -> Worker:
    setup = Setup(
        threads=max(1, (os.cpu_count() or 1) // plan.jobs),
        text=plan.text,
        risk=plan.risk,
        review_below=plan.review_below,
    )
    return Worker(start_child(setup, plan.reader))


def _with_news(workers: Sequence[Worker]) -> list[Worker]:
    """Wait until some process has spoken, died, or is late."""
    due = min(worker.due for worker in workers)
    limit = None if isinf(due) else max(0.0, due - monotonic())
    ready = wait([worker.child.connection for worker in workers], limit)
    return [worker for worker in workers if worker.is_late or worker.child.connection in ready]


def _listen(worker: Worker) -> Read | Refused | Ready | PagesRead | None:
    """Hear what a process has to say; None when it is dead, or late and silent.

    Raises:
        StartError: It cannot load its models, or died over it.
    """
    if worker.is_late and not worker.child.connection.poll():
        return None
    message = hear(worker.child)
    if message is None and worker.fingerprint is None:
        raise StartError("a reading process ended before its models were loaded")
    if isinstance(message, Ready):
        worker.fingerprint = message.fingerprint
    return message


def _give_up(worker: Worker, queue: Queue, plan: Plan) -> Iterator[tuple[Work, Outcome]]:
    """End a process that is dead or late; its file gets another try, or is refused."""
    _stop([worker])
    if worker.work is None:
        return
    if worker.is_late:
        yield worker.work, too_slow(plan.seconds)
        return
    work = replace(worker.work, crashes=worker.work.crashes + 1)
    if work.crashes < MOST_TRIES:
        queue.put_back(work)
    else:
        yield work, CRASHED


def _hand_out(worker: Worker, queue: Queue, plan: Plan) -> Iterator[tuple[Work, Outcome | None]]:
    """Give a process the next file that is not done yet, if there is one."""
    worker.work, worker.due = None, inf
    fingerprint = worker.fingerprint or ""
    while (work := queue.take()) is not None:
        if not plan.force and is_done(work, mark(fingerprint, work.stated)):
            yield work, None
            continue
        worker.work, worker.due = work, monotonic() + plan.seconds
        with suppress(BrokenPipeError):  # it has just died, which the next wait will tell
            worker.child.connection.send(Task(work.path, plan.indent, stated=work.stated))
        return


def _stop(workers: Iterable[Worker]) -> None:
    """End processes: idle ones by hanging up, the others by force."""
    for worker in workers:
        idle = worker.work is None and worker.fingerprint is not None
        stop_child(worker.child, gently=idle)
