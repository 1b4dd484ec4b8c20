"""What the reports of the years before and after say of a document's carried figures."""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from eval.corpus import REPORTS
from forms.form import Form, load_forms
from models.load import Models
from pipeline.extract import Options, extract
from pipeline.report import dump_json
from service.cli import app
from service.neighbours import NeighbourError, read_neighbours, state_of_file

DOCUMENT = REPORTS / "kuancheng_2020" / "source.pdf"
LEFT = Decimal(7)
"""What it leaves to the next year."""


@pytest.fixture(scope="module")
def report(models: Models) -> str:
    return dump_json(
        extract(DOCUMENT.read_bytes(), "source.pdf", models, load_forms(), Options()), indent=2
    )


@pytest.fixture
def folder(report: str, tmp_path: Path) -> Path:
    """The report of 2020, as it was read, and one of the same body for 2021."""
    read = tmp_path / "read"
    read.mkdir()
    (read / "source.json").write_text(report, encoding="utf-8")
    put_next_year(read, report, "a" * 64)
    return read


def put_next_year(folder: Path, report: str, sha256: str) -> None:
    later: dict[str, Any] = json.loads(report)
    later["fiscal_year"]["value"] = 2021
    later["source"]["sha256"] = sha256
    brought = later["fields"]["t3.carried_in.total"]
    brought |= {"text": "7", "value": 7, "confidence": 0.99}
    (folder / f"{sha256}.json").write_text(json.dumps(later), encoding="utf-8")


def test_next_year_says_what_was_left_to_it(folder: Path, forms: Mapping[str, Form]) -> None:
    said = state_of_file(read_neighbours(folder, forms), DOCUMENT)
    assert {one.field.split(".")[1] for one in said} == {"carried_out"}
    assert {one.source for one in said} == {"the report of 2021"}
    (total,) = (one for one in said if one.field == "t3.carried_out.total")
    assert total.value == LEFT
    assert 0.8 < total.trust < 0.95


def test_two_reports_for_a_year_say_nothing(
    folder: Path, report: str, forms: Mapping[str, Form]
) -> None:
    put_next_year(folder, report, "b" * 64)
    assert state_of_file(read_neighbours(folder, forms), DOCUMENT) == ()


def test_document_that_was_not_read_before_is_told_nothing(
    folder: Path, forms: Mapping[str, Form], tmp_path: Path
) -> None:
    neighbours = read_neighbours(folder, forms)
    assert state_of_file(neighbours, REPORTS / "unruled" / "source.pdf") == ()
    assert state_of_file(neighbours, tmp_path / "gone.pdf") == ()


def test_folder_without_reports_is_bad_usage(forms: Mapping[str, Form], tmp_path: Path) -> None:
    (tmp_path / "torn.json").write_text("{")
    with pytest.raises(NeighbourError, match="no report"):
        read_neighbours(tmp_path, forms)
    done = CliRunner().invoke(app, ["extract", str(DOCUMENT), "--neighbours", str(tmp_path)])
    assert done.exit_code == 2
    assert "no report" in done.stderr


def test_report_that_others_have_a_say_in_is_read_again_and_once(
    folder: Path, report: str, tmp_path: Path
) -> None:
    out = tmp_path / "again"
    out.mkdir()
    (out / "source.json").write_text(report, encoding="utf-8")
    arguments = ["extract", str(DOCUMENT), "--out", str(out), "--neighbours", str(folder)]
    told = CliRunner().invoke(app, arguments)
    assert told.exit_code == 0, told.stderr
    assert "read in" in told.stderr
    assert "already done" in CliRunner().invoke(app, arguments).stderr


@pytest.mark.parametrize("inner", ["", "deeper", ".."])
def test_what_is_read_does_not_become_its_own_evidence(folder: Path, inner: str) -> None:
    out = str(folder / inner)
    arguments = ["extract", str(DOCUMENT), "--out", out, "--neighbours", str(folder)]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 2
    assert "another folder" in done.stderr
