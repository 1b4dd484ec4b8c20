"""Damaged and hostile documents: `python -m eval.fuzz [--documents 2000] [--minutes M]`.

Makes mutants (`eval.mutations`) and reads them as the program does, in a process of their own.
Each must end as a report or as a refusal with its code; what is built to exhaust memory or time
may also be stopped with the process that reads it, which is what that process is for. Anything
else is a failure, and is kept with --keep. Prints a table and writes it to
`eval/results/fuzz.md`.
"""

import argparse
import multiprocessing
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final, Literal, TypeAlias

from pydantic import ValidationError

from eval.corpus import REPORTS
from eval.memory import resident_mb
from eval.mutations import KINDS, Kind, load_sources, mutate
from pipeline.errors import CODES
from pipeline.report import from_json
from service.batch import CRASHED, Plan, Work, read_batch, too_slow
from service.messages import Outcome, Read

RESULTS: Final = Path(__file__).parent / "results"
"""Where the tables of the evaluations are kept."""

LIMIT_S: Final = 60.0
"""For one document; four times what the longest mutant that ends took on a busy core."""

_BOMB_TURNS: Final = 8
"""Of so many turns through the kinds of mutants, bombs are in one."""

Fate: TypeAlias = Literal["read", "refused", "stopped", "crashed", "too slow", "wrong answer"]

_FINE: Final = frozenset({"read", "refused", "stopped"})


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of a mutant.

    Attributes:
        number: With the seed, all that is needed to make it again.
        kind: How it was made.
        fate: Stopped are bombs by the limits of memory and time; what comes after are failures.
        code: Of the refusal, "" for none.
        seconds: From the mutant before, so with the time to make it.
        memory_mb: Resident in the reading process afterwards; 0 when it is dead.
    """

    number: int
    kind: str
    fate: Fate
    code: str
    seconds: float
    memory_mb: float


@dataclass(frozen=True, slots=True)
class Fuzzing:
    """All trials, and what cannot be said of a single one.

    Attributes:
        trials: In order.
        readers: Processes that gave an answer; one, unless a document ended one.
        peak_mb: The most that any of them had resident.
    """

    trials: tuple[Trial, ...]
    readers: int
    peak_mb: float

    @property
    def failures(self) -> tuple[Trial, ...]:
        """Those that ended as they should not."""
        return tuple(one for one in self.trials if one.fate not in _FINE)


def main(arguments: Sequence[str]) -> int:
    """Run it; exit code 1 when something failed."""
    parser = argparse.ArgumentParser(prog="python -m eval.fuzz", description=__doc__)
    parser.add_argument("--documents", type=int, default=2000, help="how many (default 2000)")
    parser.add_argument("--first", type=int, default=0, help="number of the first (default 0)")
    parser.add_argument("--minutes", type=float, help="stop after so many")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder for the mutants that fail")
    chosen = parser.parse_args(arguments)
    numbers = islice(_choose_numbers(chosen.first), chosen.documents)
    found = fuzz(
        _until(numbers, chosen.minutes), chosen.seed, chosen.keep, progress=sys.stderr.isatty()
    )
    table = write_table(found, chosen.seed)
    sys.stdout.write(table)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "fuzz.md").write_text(f"# Damaged and hostile documents\n\n{table}", "utf-8")
    return 1 if found.failures else 0


def fuzz(
    numbers: Iterator[int], seed: int, keep: Path | None = None, *, progress: bool = False
) -> Fuzzing:
    """Make the mutants of these numbers and read them one after the other.

    Args:
        numbers: Taken as they are needed.
        seed: Of the mutants.
        keep: Folder for those that fail, named after number and kind.
        progress: Tell on stderr how far it is.
    """
    trials: list[Trial] = []
    readers: set[int] = set()
    peak_mb = 0.0
    plan = Plan(jobs=1, text=False, force=True, indent=None, seconds=LIMIT_S)
    with tempfile.TemporaryDirectory() as folder:
        started = perf_counter()
        for work, outcome in read_batch(_make_works(numbers, seed, Path(folder)), plan):
            memory_mb, most_mb = _memory_mb(readers)
            peak_mb = max(peak_mb, most_mb)
            kind = KINDS[work.number % len(KINDS)]
            fate, code = _judge(outcome, kind)
            seconds = perf_counter() - started
            started = perf_counter()
            trials.append(Trial(work.number, kind.name, fate, code, seconds, memory_mb))
            _put_away(work, trials[-1], keep)
            if progress:
                sys.stderr.write(f"{trials[-1]}\n")
    return Fuzzing(tuple(trials), len(readers), peak_mb)


def write_table(found: Fuzzing, seed: int) -> str:
    """A line for each kind of mutant, then what goes for all, as Markdown."""
    lines = ["| mutant | documents | read | refused | stopped | failed | slowest, s |"]
    lines.append("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for kind in KINDS:
        some = [trial for trial in found.trials if trial.kind == kind.name]
        fates = Counter(trial.fate for trial in some)
        counts = [len(some), fates["read"], fates["refused"], fates["stopped"]]
        counts.append(sum(trial in found.failures for trial in some))
        slowest = max((trial.seconds for trial in some), default=0.0)
        lines.append(f"| {kind.name} | {' | '.join(map(str, counts))} | {slowest:.1f} |")
    codes = Counter(trial.code for trial in found.trials if trial.fate == "refused")
    refused = ", ".join(f"`{code}` {count}" for code, count in codes.most_common())
    lines += ["", *_notes(found, seed, refused or "none")]
    return "".join(f"{line}\n" for line in lines)


def _notes(found: Fuzzing, seed: int, refused: str) -> Iterator[str]:
    alive = [trial.memory_mb for trial in found.trials if trial.memory_mb]
    quarter = max(1, len(alive) // 4)
    yield f"- seed {seed}; refusals: {refused}"
    yield f"- reading processes that gave answers: {found.readers}"
    if alive:
        yield (
            f"- memory of the reading process: {median(alive[:quarter]):.0f} MB after the first"
            f" quarter's documents, {median(alive[-quarter:]):.0f} MB after the last's,"
            f" {found.peak_mb:.0f} MB at the most"
        )
    for trial in found.failures:
        yield f"- failed: number {trial.number}, {trial.kind}: {trial.fate}"


def _make_works(numbers: Iterator[int], seed: int, folder: Path) -> Iterator[Work]:
    """Make a mutant when it is asked for, so that one at a time is on the disk."""
    sources = load_sources(REPORTS)
    for number in numbers:
        _, suffix, content = mutate(sources, number, seed)
        path = folder / f"{number}{suffix}"
        path.write_bytes(content)
        yield Work(number, path, None)


def _put_away(work: Work, trial: Trial, keep: Path | None) -> None:
    if keep is not None and trial.fate not in _FINE:
        keep.mkdir(parents=True, exist_ok=True)
        name = f"{trial.number}-{trial.kind.replace(' ', '-')}{work.path.suffix}"
        (keep / name).write_bytes(work.path.read_bytes())
    work.path.unlink()


def _judge(outcome: Outcome | None, kind: Kind) -> tuple[Fate, str]:
    late = outcome == too_slow(LIMIT_S)
    if outcome is None or outcome == CRASHED or late:
        return ("stopped" if kind.bomb else "too slow" if late else "crashed"), ""
    if isinstance(outcome, Read):
        try:
            from_json(outcome.json)
        except ValidationError:
            return "wrong answer", ""
        return "read", ""
    return ("refused" if outcome.code in CODES else "wrong answer"), outcome.code


def _memory_mb(readers: set[int]) -> tuple[float, float]:
    """What the reading processes have resident, now and at the most; remembers who they are."""
    now, most = 0.0, 0.0
    for reader in multiprocessing.active_children():
        if reader.pid is not None:
            readers.add(reader.pid)
            resident = resident_mb(reader.pid)
            now, most = now + resident[0], most + resident[1]
    return now, most


def _choose_numbers(first: int) -> Iterator[int]:
    """Every mutant in turn, and bombs, which would take most of the time, now and then."""
    for number in count(first):
        turn, kind = divmod(number, len(KINDS))
        if not KINDS[kind].bomb or turn % _BOMB_TURNS == 0:
            yield number


def _until(numbers: Iterator[int], minutes: float | None) -> Iterator[int]:
    """The numbers, as long as there is time."""
    started = perf_counter()
    for number in numbers:
        if minutes is not None and perf_counter() - started > 60 * minutes:
            return
        yield number


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
