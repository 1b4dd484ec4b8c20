"""Uploads while everything is killed: `python -m eval.soak [--reports N] [--clients N] [--seed N]`.

Starts `gouji serve` with two workers and a database of its own. Clients send reports, all
different, while a worker, the API or the database is killed (SIGKILL) again and again, and
whatever ends is started again as an operator's host would. Clients do what any should do: what
was not acknowledged is sent again. In the end each report must be there, read once, and alike
to all others of the same content. Prints a table and writes it to `eval/results/soak.md`.
"""

import argparse
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import httpx2

from eval.corpus import find_cases
from eval.private_database import children_of, find_server, stop_server

RESULTS: Final = Path(__file__).parent / "results"
"""Where the tables of the evaluations are kept."""

Victim: TypeAlias = Literal["worker", "API", "database"]

VICTIMS: Final[tuple[Victim, ...]] = ("worker", "API", "database")
_WORKING: Final = 2 / 3
"""Share of the kills that wait until something has been read since the last one. The others may
come while all still loads; were all so, nothing would come to an end on a slow machine."""

_PATIENCE_S: Final = 1200.0
"""A client that got no answer for so long gives the soak up."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A report that was acknowledged, and what became of it.

    Attributes:
        id: The service's.
        source: Names the content that it shares with others.
        status: In the end.
        reason: Why it is not read; None where it is.
    """

    id: str
    source: str
    status: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Soaking:
    """What came of it.

    Attributes:
        sent: Every report of every client.
        listed: Ids that the service lists in the end.
        readings: How often each report was read to the end, by id.
        results: How many different contents each source was read as.
        kills: By victim.
        answers: HTTP statuses that clients got; 0 for none.
        start: Seconds from the start of the service to the first result, before any kill.
        seconds: From the second upload to the last result.
    """

    sent: tuple[Sent, ...]
    listed: tuple[str, ...]
    readings: Counter[str]
    results: Counter[str]
    kills: Counter[Victim]
    answers: Counter[int]
    start: float
    seconds: float

    @property
    def faults(self) -> dict[str, int]:
        """What must not be, counted."""
        ids = {one.id for one in self.sent}
        return {
            "acknowledged and lost": len(ids - set(self.listed)),
            "not read": sum(one.status != "extracted" for one in self.sent),
            "listed twice": len(self.listed) - len(set(self.listed)),
            "read more than once": sum(count > 1 for count in self.readings.values()),
            "sources read in more than one way": sum(n > 1 for n in self.results.values()),
            "internal errors told to clients": self.answers[500],
        }


def main(arguments: Sequence[str]) -> int:
    """Run it; exit code 1 when something was lost, doubled or changed."""
    parser = argparse.ArgumentParser(prog="python -m eval.soak", description=__doc__)
    parser.add_argument("--reports", type=int, default=200)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    # PostgreSQL runs as another user, who must be able to enter.
    with tempfile.TemporaryDirectory(prefix="gouji-") as home:
        found = soak(Path(home), chosen.reports, chosen.clients, chosen.seed)
    table = write_table(found, chosen.clients, chosen.seed)
    sys.stdout.write(table)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "soak.md").write_text(f"# Soak\n\n{table}", encoding="utf-8")
    return 1 if any(found.faults.values()) else 0


def write_table(found: Soaking, clients: int, seed: int) -> str:
    """What was done and what came of it, as Markdown."""
    kills = ", ".join(f"{victim} {found.kills[victim]}" for victim in VICTIMS)
    refused = sum(count for status, count in found.answers.items() if status in (0, 503))
    lines = [
        "| | |",
        "| --- | ---: |",
        f"| reports sent by {clients} clients | {len(found.sent)} |",
        f"| results | {sum(found.readings.values())} |",
        *(f"| {fault} | {count} |" for fault, count in found.faults.items()),
        f"| killed | {kills} |",
        f"| requests without an answer, or with 503 | {refused} |",
        f"| seconds to the first result, before any kill | {found.start:.1f} |",
        f"| minutes for the others | {found.seconds / 60:.1f} |",
        "",
        *(f"- {one.status}: {one.reason}" for one in found.sent if one.status != "extracted"),
        f"- seed {seed}; digital files of tests/reports, each with a comment of its own",
    ]
    return "".join(f"{line}\n" for line in lines)


def soak(home: Path, reports: int, clients: int, seed: int) -> Soaking:
    """Send reports to a service that lives in `home` while it is killed again and again."""
    first, *others = make_files(reports)
    answers: Counter[int] = Counter()
    chance = random.Random(seed)  # noqa: S311 - no secret
    with serving(home) as service:
        started = time.monotonic()
        sent = [_send(service, answers, *first)]
        start = time.monotonic() - started
        with killing(service, chance, start, sent) as kills, ThreadPoolExecutor(clients) as pool:
            for sending in as_completed(pool.submit(_send, service, answers, *o) for o in others):
                sent.append(sending.result())
        seconds = time.monotonic() - started - start
    with serving(home) as service:
        listed = _list(service)
        readings: Counter[str] = Counter()
        contents: defaultdict[str, set[str]] = defaultdict(set)
        for one in sent:
            entries = _ask(service, "GET", f"/v1/reports/{one.id}/history").json()["entries"]
            readings[one.id] = sum(entry["action"] == "extracted" for entry in entries)
            report = _ask(service, "GET", f"/v1/reports/{one.id}").json()["report"]
            contents[one.source].add(repr(report and report["fields"]))
    results = Counter({source: len(some) for source, some in contents.items()})
    return Soaking(tuple(sent), listed, readings, results, kills, answers, start, seconds)


def make_files(count: int) -> list[tuple[str, bytes]]:
    """Digital reports under the names of their sources, no two of them of the same bytes."""
    sources = [case for case in find_cases() if case.origin == "drawn" and case.level == "digital"]
    chosen = (sources[number % len(sources)] for number in range(count))
    return [
        (source.slug, source.path.read_bytes() + b"\n%% number %d\n" % number)
        for number, source in enumerate(chosen)
    ]


class Service:
    """`gouji serve`, started again whenever it ends, until it is to stop."""

    def __init__(self, home: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self._home = home
        self._environment = {
            **os.environ,
            "OMP_NUM_THREADS": "1",
            "GOUJI_HOME": str(home),
            "GOUJI_PORT": str(port),
            "GOUJI_WORKERS": "2",
            "GOUJI_THREADS": "1",
            "GOUJI_HEARTBEAT_SECONDS": "1",
            "GOUJI_STALLED_SECONDS": "5",
            "GOUJI_REQUESTS_PER_MINUTE": "60000",
        }
        key = subprocess.run(  # noqa: S603 - our own program
            _command("key", "create", "--name", "soak", "--role", "admin"),
            env=self._environment,
            capture_output=True,
            check=True,
            text=True,
        ).stdout.strip()
        self.client = httpx2.Client(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Authorization": f"Bearer {key}"},
            timeout=60,
        )
        self._stopping = False
        self._api = self._start()
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._keeper.start()

    def find(self, victim: Victim) -> list[int]:
        """The processes of a kind that there are now."""
        if victim == "API":
            return [self._api.pid]
        if victim == "worker":
            return children_of(self._api.pid)
        return find_server(self._home)

    def stop(self) -> None:
        """End it as an operator does, and the database with it."""
        self.client.close()
        self._stopping = True
        self._api.terminate()
        self._keeper.join()
        stop_server(self._home)

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - our own program
            _command("serve"), env=self._environment, stderr=subprocess.DEVNULL
        )

    def _keep(self) -> None:
        while True:
            self._api.wait()
            if self._stopping:
                return
            self._api = self._start()


@contextmanager
def serving(home: Path) -> Iterator[Service]:
    """A service in a folder that may hold what another one left."""
    service = Service(home)
    try:
        yield service
    finally:
        service.stop()


@contextmanager
def killing(
    service: Service, chance: random.Random, start: float, sent: Sequence[Sent]
) -> Iterator[Counter[Victim]]:
    """Kill at random all the while; counts whom.

    Args:
        service: What is killed.
        chance: All choices come from it.
        start: Seconds of the first start; no kill waits longer than that, once it may come.
        sent: What has come to an end, growing meanwhile.
    """
    kills: Counter[Victim] = Counter()
    enough = threading.Event()

    def kill() -> None:
        while not enough.is_set():
            before = len(sent)
            if chance.random() < _WORKING:
                while len(sent) == before and not enough.wait(0.1):
                    pass
            if enough.wait(start * chance.random()):
                break
            victim = chance.choice(VICTIMS)
            found = service.find(victim)
            if found:
                with suppress(ProcessLookupError):  # it has just ended by itself
                    os.kill(chance.choice(found), signal.SIGKILL)
                    kills[victim] += 1

    thread = threading.Thread(target=kill, daemon=True)
    thread.start()
    try:
        yield kills
    finally:
        enough.set()
        thread.join()


def _send(service: Service, answers: Counter[int], source: str, content: bytes) -> Sent:
    """Send a report until it is acknowledged, then wait for what becomes of it."""
    files = {"file": (f"{source}.pdf", content)}
    accepted = _ask(service, "POST", "/v1/reports", answers, files)
    report_id = str(accepted.json()["id"])
    while True:
        answer = _ask(service, "GET", f"/v1/reports/{report_id}?wait=20", answers)
        status = str(answer.json().get("status", "lost"))
        if status not in ("queued", "running"):
            error = answer.json().get("error") or {}
            return Sent(report_id, source, status, error.get("message"))


def _list(service: Service) -> tuple[str, ...]:
    listed: list[str] = []
    cursor = ""
    while cursor is not None:
        page = _ask(service, "GET", f"/v1/reports?limit=100{cursor and f'&cursor={cursor}'}").json()
        listed += [one["id"] for one in page["reports"]]
        cursor = page["next"]
    return tuple(listed)


def _ask(
    service: Service,
    method: str,
    path: str,
    answers: Counter[int] | None = None,
    files: Any = None,
) -> httpx2.Response:
    """Ask until there is an answer that is not to be asked for again."""
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        try:
            answer = service.client.request(method, path, files=files)
        except httpx2.TransportError:
            answer = None
        if answers is not None:
            answers[0 if answer is None else answer.status_code] += 1
        if answer is not None and answer.status_code < 500:
            return answer
        time.sleep(0.5)
    raise TimeoutError(f"{method} {path}: no answer for {_PATIENCE_S:g} s")


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "service.cli", *words]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
