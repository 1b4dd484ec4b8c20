"""Reports a minute with one worker and with more: `python -m eval.scale [--reports N]`.

An archive of drawn reports is submitted to a service with a database of its own and read by
1 and then by 2 worker processes, each of one thread, with nothing else running. Prints a table
of what that took of each part of the service and writes it to `eval/results/scale.md`.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, func, select, text

from eval.corpus import find_cases
from eval.private_database import cpu_seconds, stop_server
from service.database import find_database, open_database
from service.settings import Settings
from service.tables import HISTORY, REPORTS

RESULTS: Final = Path(__file__).parent / "results"
"""Where the tables of the evaluations are kept."""

WORKERS: Final = (1, 2)

_NAME: Final = "scale"

_LOOK_SECONDS: Final = 0.5

_PATIENCE_S: Final = 1800.0
"""Workers that have not read the archive in so long never will."""


@dataclass(frozen=True, slots=True)
class Scaling:
    """What reading an archive took with so many workers.

    Attributes:
        workers: Processes, of one thread each.
        reports: Read in all.
        per_minute: Reports, from the first result to the last.
        submit_ms: Of the one process that submits, a file.
        database_ms: CPU time of PostgreSQL, a report.
        connections: To the database while the workers were at it.
        database_kb: By which the database grew, a report.
        stored_kb: Kept of the files, a report.
    """

    workers: int
    reports: int
    per_minute: float
    submit_ms: float
    database_ms: float
    connections: int
    database_kb: float
    stored_kb: float


def main(arguments: Sequence[str]) -> int:
    """Run it."""
    parser = argparse.ArgumentParser(prog="python -m eval.scale", description=__doc__)
    parser.add_argument("--reports", type=int, default=100)
    chosen = parser.parse_args(arguments)
    measured = []
    for workers in WORKERS:
        # PostgreSQL runs as another user, who must be able to enter.
        with tempfile.TemporaryDirectory(prefix="gouji-") as place:
            measured.append(measure(Path(place), chosen.reports, workers))
    table = write_table(measured)
    sys.stdout.write(table)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "scale.md").write_text(f"# Workers side by side\n\n{table}", encoding="utf-8")
    return 0


def write_table(measured: Sequence[Scaling]) -> str:
    """A line for each number of workers, as Markdown."""
    lines = [
        "| workers | reports a minute | submit, ms a file | PostgreSQL, CPU ms a report "
        "| connections | database, KB a report | files, KB a report |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {one.workers} | {one.per_minute:.1f} | {one.submit_ms:.1f} | {one.database_ms:.0f} "
        f"| {one.connections} | {one.database_kb:.0f} | {one.stored_kb:.0f} |"
        for one in measured
    ]
    lines += [
        "",
        f"- {measured[0].reports} drawn reports, one light scan to two digital files; every worker "
        f"has one thread; {os.cpu_count()} cores, which PostgreSQL shares",
    ]
    return "".join(f"{line}\n" for line in lines)


def measure(place: Path, reports: int, workers: int) -> Scaling:
    """Submit and read an archive of so many files in an empty folder.

    Raises:
        TimeoutError: The workers did not read it.
    """
    home, scans = place / "home", place / "scans"
    place.chmod(0o755)
    stored = _write_files(scans, reports)
    settings = Settings(home=home)
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "GOUJI_THREADS": "1"}
    environment["GOUJI_HOME"] = str(home)
    with open_database(find_database(settings)) as engine, ExitStack() as ended:
        ended.callback(stop_server, home)
        with engine.begin() as connection:
            empty = _size_of(connection)
        started = time.perf_counter()
        _run(environment, "archive", "submit", str(scans), "--name", _NAME)
        submit = time.perf_counter() - started
        computed = cpu_seconds(home)
        with _working(environment, workers):
            connections = 0
            deadline = time.monotonic() + _PATIENCE_S
            done = 0
            while done < reports:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{done} of {reports} reports in {_PATIENCE_S:g} s")
                time.sleep(_LOOK_SECONDS)
                with engine.begin() as connection:
                    done = _count_ended(connection)
                    connections = max(connections, _count_others(connection))
            computed = cpu_seconds(home) - computed
        with engine.begin() as connection:
            return Scaling(
                workers=workers,
                reports=reports,
                per_minute=_rate(connection),
                submit_ms=1000 * submit / reports,
                database_ms=1000 * computed / reports,
                connections=connections,
                database_kb=(_size_of(connection) - empty) / reports / 1000,
                stored_kb=stored / reports / 1000,
            )


def _write_files(folder: Path, count: int) -> int:
    """Files of different content, one scan to two digital ones; how many bytes they have."""
    cases = [case for case in find_cases() if case.origin == "drawn" and case.path.suffix == ".pdf"]
    digital = cycle(case.path for case in cases if case.level == "digital")
    scans = cycle(case.path for case in cases if case.level == "light")
    folder.mkdir()
    size = 0
    for number in range(count):
        source = next(digital if number % 3 else scans)
        path = folder / f"{number}.pdf"
        size += path.write_bytes(source.read_bytes() + b"\n%% number %d\n" % number)
    return size


@contextmanager
def _working(environment: dict[str, str], count: int) -> Iterator[None]:
    command = _command("worker")
    with ExitStack() as ended:
        for _ in range(count):
            worker = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)  # noqa: S603 - our own program
            ended.callback(worker.wait)
            ended.callback(worker.send_signal, signal.SIGTERM)
        yield


def _count_ended(connection: Connection) -> int:
    ended = REPORTS.c.status.in_(("extracted", "failed"))
    return connection.execute(select(func.count()).where(ended)).scalar_one()


def _rate(connection: Connection) -> float:
    """Results a minute from the first to the last."""
    when = select(func.min(HISTORY.c.at), func.max(HISTORY.c.at), func.count())
    ended = HISTORY.c.action.in_(("extracted", "failed"))
    first, last, count = connection.execute(when.where(ended)).one()
    return float((count - 1) / ((last - first).total_seconds() / 60))


def _count_others(connection: Connection) -> int:
    """Connections to the database but those of this process."""
    others = text(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    return int(connection.execute(others).scalar_one())


def _size_of(connection: Connection) -> int:
    size = text("SELECT pg_database_size(current_database())")
    return int(connection.execute(size).scalar_one())


def _run(environment: dict[str, str], *words: str) -> None:
    subprocess.run(_command(*words), env=environment, check=True, capture_output=True)  # noqa: S603 - our own program


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "service.cli", *words]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
