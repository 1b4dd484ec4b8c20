"""One reading process, kept at work: renewed when it dies, hangs, or has grown.

Whatever a file does to the process, the one who keeps it stays unhurt and learns of it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from service.child import READER, Child, StartError, hear, start_child, stop_child
from service.messages import USUAL_RISK, Outcome, Ready, Setup, Task
from service.settings import Settings

_START_SECONDS: Final = 120.0
"""Models load in seconds; a machine under load may take its time."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The process ended over a file; `reason` says how, in words for the sender."""

    reason: str


class Desk:
    """Where reports are read, one at a time; the process at it changes as it goes."""

    def __init__(self, settings: Settings, reader: str = READER) -> None:
        self._settings = settings
        self._reader = reader
        self._child: Child | None = None
        self._served = 0

    def read(self, task: Task) -> Outcome | Broken:
        """Read a file.

        Raises:
            StartError: No reading process can be started; the operator must act.
        """
        child = self._child or self._seat()
        self._served += 1
        try:
            child.connection.send(task)
            if not child.connection.poll(self._settings.read_seconds):
                self.close(gently=False)
                return Broken(f"it took longer than {self._settings.read_seconds:g} seconds")
        except BrokenPipeError:
            pass  # which is heard next
        outcome = hear(child)
        if outcome is None or isinstance(outcome, Ready):
            self.close(gently=False)
            return Broken("it crashed the reader")
        if self._is_worn(child):
            self.close()
        return outcome

    def close(self, *, gently: bool = True) -> None:
        """Send the process away, if there is one."""
        if self._child is not None:
            stop_child(self._child, gently=gently)
        self._child = None

    def _seat(self) -> Child:
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
        self._child, self._served = child, 0
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
