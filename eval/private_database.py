"""The PostgreSQL that a service starts for itself, seen from outside: its processes, its end."""

import os
import signal
import time
from pathlib import Path

_TICKS: int = os.sysconf("SC_CLK_TCK")


def find_server(home: Path) -> list[int]:
    """The process id of the private server of a service's folder; none where none runs."""
    return first_numbers(_pid_file(home))[:1]


def stop_server(home: Path) -> None:
    """End it as an operator does, and wait until it has ended."""
    for server in find_server(home):
        os.kill(server, signal.SIGINT)
    while _pid_file(home).exists():
        time.sleep(0.1)


def cpu_seconds(home: Path) -> float:
    """What the server and all its processes, ended ones too, have computed so far."""
    (server,) = find_server(home)
    return sum(_cpu_ticks(process) for process in (server, *children_of(server))) / _TICKS


def children_of(parent: int) -> list[int]:
    """The processes that a process started and that live."""
    listed = Path(f"/proc/{parent}/task").glob("*/children")
    return [child for thread in listed for child in first_numbers(thread)]


def first_numbers(file: Path) -> list[int]:
    """The numbers on the first line of a file; none where the file is gone."""
    try:
        line, *_ = file.read_text(encoding="ascii").split("\n")
    except FileNotFoundError:
        return []
    return [int(number) for number in line.split()]


def _pid_file(home: Path) -> Path:
    return home / "postgres" / "postmaster.pid"


def _cpu_ticks(process: int) -> int:
    """Of a process and of those of its children that have ended, proc_pid_stat(5)."""
    try:
        told = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    except FileNotFoundError:
        return 0
    after_name = told.rpartition(")")[2].split()
    return sum(int(ticks) for ticks in after_name[11:15])
