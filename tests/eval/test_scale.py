"""A small archive, read by a real worker, a real database beside it."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from eval.private_database import find_server
from eval.scale import Scaling, measure, write_table


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    # Not in pytest's own folder, which no other user may enter: PostgreSQL runs as one.
    with TemporaryDirectory(prefix="gouji-") as home:
        yield Path(home)


@pytest.fixture(scope="module")
def measured(place: Path) -> Scaling:
    return measure(place, reports=3, workers=1)


def test_what_reading_takes_is_measured(measured: Scaling) -> None:
    assert (measured.workers, measured.reports) == (1, 3)
    assert 1 < measured.per_minute < 1000
    assert 1 < measured.database_ms < 2000
    assert 3 <= measured.connections <= 12
    assert measured.database_kb > 1
    assert measured.stored_kb > 10


@pytest.mark.usefixtures("measured")
def test_no_database_is_left_running(place: Path) -> None:
    assert find_server(place / "home") == []


def test_table_has_a_line_for_each_number_of_workers(measured: Scaling) -> None:
    lines = write_table([measured, measured]).splitlines()
    assert [line.split("|")[1].strip() for line in lines[2:4]] == ["1", "1"]
    assert lines[-1].startswith("- 3 drawn reports")
