"""A folder of reports, checked from outside: what the command prints and writes."""

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from eval.corpus import REPORTS
from forms.form import load_forms
from models.load import Models
from pipeline.extract import Options, extract
from pipeline.report import dump_json
from service.archive import ArchiveError, check_reports, read_folder, write_findings
from service.cli import app


@pytest.fixture(scope="module")
def folder(models: Models, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Digital reports, one of which breaks its sums on paper, and one of them twice."""
    out = tmp_path_factory.mktemp("read")
    for name in ("template_zeros", "kuancheng_2020"):
        source = (REPORTS / name / "source.pdf").read_bytes()
        report = extract(source, f"{name}.pdf", models, load_forms(), Options())
        (out / f"{name}.json").write_text(dump_json(report), encoding="utf-8")
    (out / "again").mkdir()
    (out / "again" / "copy.json").write_bytes((out / "kuancheng_2020.json").read_bytes())
    return out


def test_contradictions_on_paper_name_rule_cells_page_and_difference(folder: Path) -> None:
    checked = check_reports(read_folder(folder), None)
    assert checked.reports == 3
    assert {one.file.stem for one in checked.contradictions} == {"template_zeros"}
    for one in checked.contradictions:
        assert one.difference == one.left - one.right != 0
        assert "=" in one.rule
        assert all(cell.page and cell.box and cell.label for cell in one.cells)


def test_a_document_that_lies_there_twice_is_found(folder: Path) -> None:
    found = [
        one
        for one in check_reports(read_folder(folder), None).findings
        if one.kind == "duplicate_file"
    ]
    assert [len(one.files) for one in found] == [2]


def test_findings_are_written_as_json_and_as_csv(folder: Path, tmp_path: Path) -> None:
    checked = check_reports(read_folder(folder), None)
    write_findings(checked, tmp_path / "found.json")
    written = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    assert len(written["contradictions"]) == len(checked.contradictions)
    write_findings(checked, tmp_path / "found.csv")
    with (tmp_path / "found.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert sum(row["kind"] == "broken_sum" for row in rows) == len(checked.contradictions)
    with pytest.raises(ArchiveError, match=r"\.json or \.csv"):
        write_findings(checked, tmp_path / "found.txt")


def test_report_of_a_form_that_has_changed_since_is_none_of_this_version(
    folder: Path, tmp_path: Path
) -> None:
    report = json.loads((folder / "template_zeros.json").read_text(encoding="utf-8"))
    report["checks"][0]["id"] = "a sum that was renamed"
    (tmp_path / "one.json").write_text(json.dumps(report), encoding="utf-8")
    checked = check_reports(read_folder(tmp_path), None)
    assert [path.name for path in checked.refused] == ["one.json"]


def test_names_that_a_spreadsheet_would_calculate_are_kept_from_it(
    folder: Path, tmp_path: Path
) -> None:
    report = json.loads((folder / "template_zeros.json").read_text(encoding="utf-8"))
    report["body"]["value"] = "=HYPERLINK(1)"
    (tmp_path / "one.json").write_text(json.dumps(report), encoding="utf-8")
    write_findings(check_reports(read_folder(tmp_path), None), tmp_path / "found.csv")
    with (tmp_path / "found.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["body"] for row in rows} == {"'=HYPERLINK(1)"}


def test_the_command_shows_findings_and_names_what_is_no_report(folder: Path) -> None:
    stranger = folder / "stranger.json"
    stranger.write_text("{}", encoding="utf-8")
    try:
        done = CliRunner().invoke(app, ["archive", "check", str(folder)])
    finally:
        stranger.unlink()
    assert done.exit_code == 3
    assert "3 reports" in done.stdout
    assert "stranger.json" in done.stderr


def test_parents_that_are_not_pairs_are_bad_usage(folder: Path, tmp_path: Path) -> None:
    parents = tmp_path / "parents.csv"
    parents.write_text("甲区,某市\n乙区\n", encoding="utf-8")
    done = CliRunner().invoke(app, ["archive", "check", str(folder), "--parents", str(parents)])
    assert done.exit_code == 2
    assert "the body above it" in done.stderr


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_parents_are_matched_as_bodies_are_and_the_others_named(
    folder: Path, tmp_path: Path, encoding: str
) -> None:
    parents = tmp_path / "parents.csv"
    parents.write_text("长春市 宽城区,Ａ 市\n乙区,Ａ市\n", encoding=encoding)
    assert check_reports(read_folder(folder), parents).strangers == ("A市", "乙区")
    done = CliRunner().invoke(app, ["archive", "check", str(folder), "--parents", str(parents)])
    assert (done.exit_code, "no report is of A市, 乙区" in done.stdout) == (0, True)


@pytest.mark.parametrize("content", [b"\x81", b"x" * 200_000], ids=["text", "csv"])
def test_parents_that_are_no_csv_are_bad_usage(
    folder: Path, tmp_path: Path, content: bytes
) -> None:
    parents = tmp_path / "parents.csv"
    parents.write_bytes(content)
    done = CliRunner().invoke(app, ["archive", "check", str(folder), "--parents", str(parents)])
    assert (done.exit_code, str(parents) in done.stderr) == (2, True)
