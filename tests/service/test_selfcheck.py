"""An archive's own paper, measured with cells of known value."""

import re
from io import BytesIO

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from eval.corpus import REPORTS
from models.load import Models
from service.blobs import open_blobs, put_blob
from service.cli import app
from service.selfcheck import SelfCheck, check_reading, draw_lots
from service.settings import Settings
from tests.service.conftest import find_id
from tests.service.test_intake import run


def test_reports_that_were_read_are_drawn_by_lot(engine: Engine, archive: str) -> None:
    with engine.begin() as connection:
        assert draw_lots(connection, archive, 5) == [find_id(engine)]
        assert draw_lots(connection, "another", 5) == []


def test_digital_reports_have_nothing_to_draw_on(settings: Settings, models: Models) -> None:
    blobs = open_blobs(settings)
    content = (REPORTS / "three_line" / "source.pdf").read_bytes()
    put_blob(blobs, "ab" * 32, BytesIO(content))
    found = check_reading(blobs, ["ab" * 32], models)
    assert found == SelfCheck(reports=1, drawn_on=0, cells=0, right=0, not_found=0)
    assert found.interval == (0.0, 1.0)


def test_interval_is_wilsons() -> None:
    found = SelfCheck(reports=1, drawn_on=1, cells=100, right=95, not_found=0)
    assert found.share == pytest.approx(0.95)
    # By the formula, with z = 1.96.
    assert found.interval == pytest.approx((0.8882, 0.9785), abs=1e-4)


@pytest.mark.usefixtures("archive")
def test_the_command_tells_what_was_measured(settings: Settings, url: str) -> None:
    code, out = run(url, settings.home, "check", "old", "--self-check", "--sample", "3")
    assert code == 0
    cells, on, of = re.findall(r"(\d+) cells drawn on (\d+) of (\d+) reports", out)[0]
    assert (int(cells) > 100, on, of) == (True, "1", "1")
    assert float(re.findall(r"([\d.]+)% read right", out)[0]) > 95
    assert run(url, settings.home, "check", str(REPORTS), "--self-check")[0] == 2


@pytest.mark.usefixtures("archive")
def test_file_that_cannot_be_read_any_more_is_told_with_its_code(
    engine: Engine, settings: Settings, url: str
) -> None:
    put_blob(open_blobs(settings), find_id(engine), BytesIO(b"%PDF-1.4 torn"))
    told = {"GOUJI_DATABASE_URL": url, "GOUJI_HOME": str(settings.home)}
    done = CliRunner(env=told).invoke(app, ["archive", "check", "old", "--self-check"])
    assert (done.exit_code, "gouji: unreadable_file: " in done.stderr) == (3, True)
