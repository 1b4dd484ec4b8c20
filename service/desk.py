"""One reading process, kept at work: renewed when it dies, hangs, or has grown.

Whatever a file does to the process, the one who keeps it stays unhurt and learns of it.
"""

from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Final, TypeAlias

from service.child import READER, Child, StartError, hear, start_child, stop_child
from service.messages import USUAL_RISK, Outcome, PagesRead, Read, Ready, Refused, Setup, Task
from service.settings import Settings

_START_SECONDS: Final = 120.0
"""Models load in seconds; a machine under load may take its time."""

_LOOK_SECONDS: Final = 1.0
"""Between two questions whether a file is still wanted: a cancelled one is let go that soon."""

Follow: TypeAlias = Callable[[PagesRead | None], bool]
"""Told how far a file is, None for nothing new; whether to go on with it."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The process ended over a file; `reason` says how, in words for the sender."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unwanted:
    """Nobody wanted the file any more; the process that was at it is gone."""


class Desk:
    """Where reports are read, one at a time; the process at it changes as it goes."""

    def __init__(self, settings: Settings, reader: str = READER) -> None:
        self._settings = settings
        self._reader = reader
        self._child: Child | None = None
        self._served = 0

    def seat(self) -> Child:
        """The process, started if there is none.

        Raises:
            StartError: None can be started; the operator must act.
        """
        if self._child is None:
            self._child, self._served = self._start(), 0
        return self._child

    def read(self, task: Task, follow: Follow) -> Outcome | Broken | Unwanted:
        """Read a file.

        Raises:
            StartError: No reading process can be started; the operator must act.
        """
        child = self.seat()
        self._served += 1
        with ExitStack() as at_fault:
            at_fault.callback(self.close, gently=False)
            outcome = self._await(child, task, follow)
            if isinstance(outcome, Read | Refused):
                at_fault.pop_all()
        if self._child is not None and self._is_worn(child):
            self.close()
        return outcome

    def close(self, *, gently: bool = True) -> None:
        """Send the process away, if there is one."""
        if self._child is not None:
            stop_child(self._child, gently=gently)
        self._child = None

    def _await(self, child: Child, task: Task, follow: Follow) -> Outcome | Broken | Unwanted:
        """Hand a file over and stay with it until it is read, or is not to be."""
        with suppress(BrokenPipeError):  # which is heard next
            child.connection.send(task)
        now = monotonic()
        deadline, look = now + self._settings.read_seconds, now
        pages: PagesRead | None = None
        while now < deadline:
            if now >= look:
                if not follow(pages):
                    return Unwanted()
                look, pages = now + _LOOK_SECONDS, None
            if child.connection.poll(max(0.0, min(look, deadline) - monotonic())):
                heard = hear(child)
                if isinstance(heard, Read | Refused):
                    return heard
                if not isinstance(heard, PagesRead):
                    return Broken("it crashed the reader")
                pages = heard
            now = monotonic()
        return Broken(f"it took longer than {self._settings.read_seconds:g} seconds")

    def _start(self) -> Child:
        setup = Setup(
            threads=self._settings.threads,
            text=False,
            risk=USUAL_RISK,
            review_below=None,
            drafts=True,
        )
        child = start_child(setup, self._reader)
        if not child.connection.poll(_START_SECONDS) or not isinstance(hear(child), Ready):
            stop_child(child, gently=False)
            raise StartError("a reading process ended or hung before its models were loaded")
        return child

    def _is_worn(self, child: Child) -> bool:
        if self._served >= self._settings.recycle_reports:
            return True
        return _megabytes_of(child) >= self._settings.recycle_megabytes


def _megabytes_of(child: Child) -> float:
    """Resident memory, as Linux tells it; 0 for a process that has just ended."""
    try:
        status = Path(f"/proc/{child.process.pid}/status").read_text(encoding="ascii")
    except FileNotFoundError:
        return 0.0
    sizes = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(sizes[0]) / 1024 if sizes else 0.0
