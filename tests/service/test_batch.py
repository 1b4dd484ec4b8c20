"""The batch, with a reader that is quick, and dies where a file tells it to."""

import json
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from service.batch import CRASHED, Plan, Work, is_done, read_batch, too_slow
from service.child import StartError
from service.messages import Outcome, Read, Refused

READER = """
import json, os, time
from hashlib import sha256
from service.messages import NotReady, PagesRead, Read, Ready, Refused

def read_files(connection, setup):
    connection.send(Ready("fingerprint"))
    while True:
        try:
            task = connection.recv()
        except EOFError:
            return
        content = task.path.read_bytes()
        if content == b"kill":
            os.kill(os.getpid(), 9)
        if content == b"kill once":
            task.path.write_bytes(b"tame")
            os.kill(os.getpid(), 9)
        if content == b"hang":
            connection.send(PagesRead(1, 2))
            time.sleep(600)
        if content == b"refuse":
            connection.send(Refused("not_a_report", "no form", "send a report"))
            continue
        report = {"source": {"sha256": sha256(content).hexdigest()},
                  "produced_by": {"fingerprint": "fingerprint"}}
        connection.send(Read(json.dumps(report, indent=task.indent), 0.1))
"""
BROKEN_READER = """
from service.messages import NotReady

def read_files(connection, setup):
    connection.send(NotReady("digits.onnx is missing"))
"""


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "quick_reader.py").write_text(READER)
    (tmp_path / "broken_reader.py").write_text(BROKEN_READER)
    monkeypatch.syspath_prepend(tmp_path)
    return "quick_reader"


def plan(reader: str, *, jobs: int = 1, force: bool = False, seconds: float = 600.0) -> Plan:
    return Plan(jobs=jobs, text=False, force=force, indent=None, reader=reader, seconds=seconds)


def works(folder: Path, *contents: bytes) -> list[Work]:
    made = []
    for number, content in enumerate(contents):
        path = folder / f"{number}.pdf"
        path.write_bytes(content)
        made.append(Work(number, path, folder / f"{number}.json"))
    return made


def run(batch: Iterator[tuple[Work, Outcome | None]]) -> dict[int, Outcome | None]:
    results = list(batch)
    assert len({work.number for work, _ in results}) == len(results)
    return {work.number: outcome for work, outcome in results}


def test_file_that_takes_too_long_is_refused_and_the_others_are_read(
    tmp_path: Path, reader: str
) -> None:
    batch = works(tmp_path, b"a", b"hang", b"b", b"hang", b"c")
    results = run(read_batch(batch, plan(reader, jobs=2, seconds=1)))
    assert [results[number] == too_slow(1) for number in range(5)] == [
        False,
        True,
        False,
        True,
        False,
    ]
    assert all(isinstance(results[number], Read) for number in (0, 2, 4))


def test_every_file_is_read_once_whatever_the_number_of_processes(
    tmp_path: Path, reader: str
) -> None:
    batch = works(tmp_path, *(b"%d" % number for number in range(7)))
    results = run(read_batch(batch, plan(reader, jobs=3)))
    assert sorted(results) == list(range(7))
    assert all(isinstance(outcome, Read) for outcome in results.values())


def test_file_whose_json_would_have_too_long_a_name_does_not_stop_the_rest(
    tmp_path: Path, reader: str
) -> None:
    first, *others = works(tmp_path, b"a", b"b")
    batch = [replace(first, output=tmp_path / f"{'报' * 84}.json"), *others]
    assert all(isinstance(one, Read) for one in run(read_batch(batch, plan(reader))).values())


def test_refused_file_does_not_stop_the_rest(tmp_path: Path, reader: str) -> None:
    results = run(read_batch(works(tmp_path, b"a", b"refuse", b"c"), plan(reader)))
    assert isinstance(results[1], Refused)
    assert results[1].code == "not_a_report"
    assert isinstance(results[2], Read)


@pytest.mark.parametrize("jobs", [1, 2])
def test_file_that_kills_its_process_fails_alone(tmp_path: Path, reader: str, jobs: int) -> None:
    batch = works(tmp_path, b"a", b"kill", b"c", b"d")
    results = run(read_batch(batch, plan(reader, jobs=jobs)))
    assert results[1] == CRASHED
    assert [isinstance(results[number], Read) for number in (0, 2, 3)] == [True] * 3


def test_file_under_way_when_its_process_was_killed_is_tried_again(
    tmp_path: Path, reader: str
) -> None:
    results = run(read_batch(works(tmp_path, b"kill once"), plan(reader)))
    assert isinstance(results[0], Read)


def test_files_are_taken_only_as_processes_become_free(tmp_path: Path, reader: str) -> None:
    taken: list[int] = []

    def endless() -> Iterator[Work]:
        path = tmp_path / "x.pdf"
        path.write_bytes(b"x")
        number = 0
        while True:
            taken.append(number)
            yield Work(number, path, None)
            number += 1

    batch = read_batch(endless(), plan(reader))
    next(batch)
    assert len(taken) <= 2
    del batch


def test_reader_that_cannot_start_says_why(tmp_path: Path, reader: str) -> None:
    assert reader == "quick_reader"
    with pytest.raises(StartError, match=r"digits\.onnx"):
        run(read_batch(works(tmp_path, b"a"), plan("broken_reader")))


def write_output(work: Work, content: bytes, fingerprint: str = "fingerprint") -> None:
    report = {
        "source": {"sha256": sha256(content).hexdigest()},
        "produced_by": {"fingerprint": fingerprint},
    }
    assert work.output is not None
    work.output.write_text(json.dumps(report))


def test_output_of_the_same_bytes_and_models_is_kept(tmp_path: Path, reader: str) -> None:
    batch = works(tmp_path, b"a", b"b")
    write_output(batch[0], b"a")
    results = run(read_batch(batch, plan(reader)))
    assert results[0] is None
    assert isinstance(results[1], Read)
    forced = run(read_batch(batch, plan(reader, force=True)))
    assert isinstance(forced[0], Read)


def test_output_of_other_bytes_or_models_or_torn_is_made_again(tmp_path: Path) -> None:
    (work,) = works(tmp_path, b"a")
    assert not is_done(work, "fingerprint")
    write_output(work, b"b")
    assert not is_done(work, "fingerprint")
    write_output(work, b"a", "older")
    assert not is_done(work, "fingerprint")
    assert work.output is not None
    for torn in ('{"source": {"sha', "[]", '{"source": 3}'):
        work.output.write_text(torn)
        assert not is_done(work, "fingerprint")
    write_output(work, b"a")
    assert is_done(work, "fingerprint")
