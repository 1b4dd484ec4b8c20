"""Memory of a reading process over many reports: `python -m eval.memory [--reports 500]`.

Reads the digital reports of tests/reports again and again, and a scan now and then, as a worker
does, without renewing the process. Prints what it has resident as it goes, and writes that to
`eval/results/memory.md`.
"""

import argparse
import multiprocessing
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, cycle, islice
from pathlib import Path
from time import perf_counter
from typing import Final

from eval.corpus import find_cases
from service.desk import Desk
from service.messages import Read, Task
from service.settings import Settings

RESULTS: Final = Path(__file__).parent / "results"
"""Where the tables of the evaluations are kept."""

_SCAN_EVERY: Final = 25
"""Scans need most memory, and most time."""

_LOOK_EVERY: Final = 50

_NEVER: Final = 10**9


class Unread(Exception):
    """A report could not be read; the message says which, and what became of it."""


@dataclass(frozen=True, slots=True)
class Look:
    """The reading process after so many reports: what it has resident now, and had at most."""

    reports: int
    megabytes: float
    most: float


def main(arguments: Sequence[str]) -> int:
    """Run it."""
    parser = argparse.ArgumentParser(prog="python -m eval.memory", description=__doc__)
    parser.add_argument("--reports", type=int, default=500)
    chosen = parser.parse_args(arguments)
    started = perf_counter()
    looks = list(watch_memory(chosen.reports))
    table = write_table(looks, perf_counter() - started)
    sys.stdout.write(table)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "memory.md").write_text(f"# Memory of a worker\n\n{table}", encoding="utf-8")
    return 0


def watch_memory(reports: int) -> Iterator[Look]:
    """Read so many reports in one process and look at it now and then.

    Raises:
        Unread: A report could not be read, or the process did not live through it.
    """
    desk = Desk(Settings(recycle_reports=_NEVER, recycle_megabytes=_NEVER, threads=1))
    try:
        for number, path in enumerate(islice(_choose_files(), reports), start=1):
            outcome = desk.read(Task(path, None), lambda _: True)
            if not isinstance(outcome, Read):
                raise Unread(f"{path.parent.name}: {outcome}")
            if number % _LOOK_EVERY == 0:
                yield _look(number)
    finally:
        desk.close()


def write_table(looks: Sequence[Look], seconds: float) -> str:
    """A line for each look, as Markdown."""
    lines = ["| reports read | resident, MB | at most so far, MB |", "| ---: | ---: | ---: |"]
    lines += [f"| {one.reports} | {one.megabytes:.0f} | {one.most:.0f} |" for one in looks]
    lines += ["", f"- one process, not renewed; every {_SCAN_EVERY}th report a scan"]
    lines += [f"- {seconds / 60:.1f} minutes"]
    return "".join(f"{line}\n" for line in lines)


def _choose_files() -> Iterator[Path]:
    cases = [case for case in find_cases() if case.origin == "drawn"]
    digital = cycle(case.path for case in cases if case.level == "digital")
    scans = cycle(case.path for case in cases if case.level == "light")
    for number in count(1):
        yield next(digital if number % _SCAN_EVERY else scans)


def _look(reports: int) -> Look:
    (reader,) = multiprocessing.active_children()
    if reader.pid is None:
        raise TypeError("a process that was started was asked for")
    return Look(reports, *resident_mb(reader.pid))


def resident_mb(process: int) -> tuple[float, float]:
    """What a process has resident, now and at the most so far, as Linux tells it."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    sizes = dict(line.split(":", 1) for line in status.splitlines())
    now, most = (int(sizes[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))
    return now, most


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
