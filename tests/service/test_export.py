"""Exports of a report that was really read, looked at with other readers of each format."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.dataset
import pyarrow.parquet
import pytest

from eval.corpus import REPORTS
from forms.form import Form
from models.load import Models
from pipeline.extract import Options, extract
from pipeline.report import ReportJson, dump_json, from_json
from service.choices import Format, Shape
from service.export import MEDIA_TYPES, stream_dictionary, stream_export, write_partitions
from service.export_rows import Record, columns_of
from service.files import write_file

LAYOUTS: tuple[Format, ...] = ("csv", "xlsx", "parquet", "json")
SHAPES: tuple[Shape, ...] = ("tidy", "wide")
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def report(models: Models, forms: Mapping[str, Form]) -> ReportJson:
    source = (REPORTS / "money_and_signs" / "source.pdf").read_bytes()
    read = extract(source, "money.pdf", models, tuple(forms.values()), Options())
    return from_json(dump_json(read))


@pytest.fixture(scope="module")
def known(forms: Mapping[str, Form]) -> tuple[Form, ...]:
    return tuple(forms.values())


def records(report: ReportJson, count: int) -> Iterator[Record]:
    return (Record(f"r{number}", "extracted", report) for number in range(count))


def read_back(content: bytes, layout: Format) -> Rows:
    match layout:
        case "csv":
            return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
        case "json":
            rows: Rows = json.loads(content)
            return rows
        case "parquet":
            listed: Rows = pyarrow.parquet.read_table(io.BytesIO(content)).to_pylist()
            return listed
        case "xlsx":
            return sheet_rows(openpyxl.load_workbook(io.BytesIO(content)), "reports")


def sheet_rows(book: Any, name: str) -> Rows:
    head, *rows = book[name].iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


def export(
    report: ReportJson, known: tuple[Form, ...], layout: Format, shape: Shape, count: int = 1
) -> bytes:
    return b"".join(stream_export(records(report, count), known, layout, shape))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_signed_and_decimal_values_are_numbers(
    report: ReportJson, known: tuple[Form, ...], layout: Format
) -> None:
    rows = {row["field"]: row for row in read_back(export(report, known, layout, "tidy"), layout)}
    assert list(rows) == list(report.fields)
    change, amount = rows["t2.licences.change"], rows["t2.procurement.amount"]
    assert (change["text"], amount["text"]) == ("-18", "2059.209000万元")
    assert rows["t2.licences.decisions"]["text"] == "12,408"
    values = [change["value"], amount["value"], rows["t2.licences.decisions"]["value"]]
    if layout == "csv":
        assert values == ["-18", "2059.209", "12408"]
    else:
        assert values == [-18, 2059.209, 12408]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_empty_dashed_and_missing_cells_are_told_apart(
    report: ReportJson, known: tuple[Form, ...], layout: Format
) -> None:
    blank, dashed, missing, *_ = report.fields
    changes = {
        blank: {"text": "", "value": None, "state": "blank"},
        dashed: {"text": "/", "value": None, "state": "not_reported"},
        missing: {"text": "", "value": None, "state": "missing", "page": None, "box": None},
    }
    fields = {
        name: field.model_copy(update=changes.get(name, {}))
        for name, field in report.fields.items()
    }
    changed = report.model_copy(update={"fields": fields})
    tidy = {row["field"]: row for row in read_back(export(changed, known, layout, "tidy"), layout)}
    (wide,) = read_back(export(changed, known, layout, "wide"), layout)
    for name, state in zip(changes, ("blank", "not_reported", "missing"), strict=True):
        assert tidy[name]["state"] == wide[f"{name}.state"] == state
        assert tidy[name]["value"] in (None, "")
        assert wide[name] in (None, "")


def test_row_of_a_field_says_where_it_stands(report: ReportJson, known: tuple[Form, ...]) -> None:
    rows = read_back(export(report, known, "json", "tidy"), "json")
    (row,) = (row for row in rows if row["field"] == "t3.granted.legal")
    field = report.fields["t3.granted.legal"]
    assert row["row_label"].endswith("（一）予以公开")
    assert row["column_label"] == "申请人情况 › 法人或其他组织 › 法律服务机构"
    assert (row["form"], row["fiscal_year"], row["body"]) == ("2019", 2020, "南浦市水利局")
    assert field.box == (row["left_pt"], row["top_pt"], row["right_pt"], row["bottom_pt"])
    assert (row["confidence"], row["review"]) == (field.confidence, field.review)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_wide_table_has_one_row_a_report(
    report: ReportJson, known: tuple[Form, ...], layout: Format
) -> None:
    rows = read_back(export(report, known, layout, "wide", 3), layout)
    assert [row["report"] for row in rows] == ["r0", "r1", "r2"]
    assert {float(row["t2.licences.prior"]) for row in rows} == {186}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_nothing_to_export_makes_an_empty_table(
    report: ReportJson, known: tuple[Form, ...], layout: Format, shape: Shape
) -> None:
    assert read_back(export(report, known, layout, shape, 0), layout) == []
    assert set(MEDIA_TYPES) == set(LAYOUTS)


def test_text_that_a_spreadsheet_would_calculate_is_kept_from_it(
    report: ReportJson, known: tuple[Form, ...]
) -> None:
    body = report.body.model_copy(update={"value": "=HYPERLINK(1)"})
    source = report.source.model_copy(update={"filename": "+cmd|' /C calc'!A0.pdf"})
    changed = report.model_copy(update={"body": body, "source": source})
    row = read_back(export(changed, known, "csv", "tidy"), "csv")[0]
    assert (row["body"], row["filename"]) == ("'=HYPERLINK(1)", "'+cmd|' /C calc'!A0.pdf")
    book = openpyxl.load_workbook(io.BytesIO(export(changed, known, "xlsx", "tidy")))
    assert {cell.data_type for row in book["reports"] for cell in row} <= {"s", "n", "b"}
    assert sheet_rows(book, "reports")[0]["body"] == "=HYPERLINK(1)"


def test_csv_opens_as_utf8_in_a_spreadsheet(report: ReportJson, known: tuple[Form, ...]) -> None:
    assert export(report, known, "csv", "tidy").startswith(b"\xef\xbb\xbfreport,")


@pytest.mark.parametrize("shape", SHAPES)
def test_every_column_is_in_the_dictionary(
    report: ReportJson, known: tuple[Form, ...], shape: Shape
) -> None:
    names = [column.name for column in columns_of(shape, known)]
    listed = b"".join(stream_dictionary(known, shape))
    assert [row["column"] for row in read_back(listed, "csv")] == names
    book = openpyxl.load_workbook(io.BytesIO(export(report, known, "xlsx", shape)))
    assert book.sheetnames == ["reports", "dictionary"]
    assert [row["column"] for row in sheet_rows(book, "dictionary")] == names
    schema = pyarrow.parquet.read_schema(io.BytesIO(export(report, known, "parquet", shape)))
    assert schema.names == names
    assert all(field.metadata[b"meaning"] for field in schema)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("layout", ["csv", "json", "parquet"])
def test_reports_are_taken_only_as_the_file_grows(
    report: ReportJson, known: tuple[Form, ...], layout: Format
) -> None:
    taken: list[str] = []

    def endless() -> Iterator[Record]:
        while True:
            taken.append("one")
            yield Record(str(len(taken)), "extracted", report)

    chunks = list(islice(stream_export(endless(), known, layout, "tidy"), 3))
    assert all(chunks)
    assert len(taken) < 500


def test_full_sheet_is_continued_on_another(
    report: ReportJson, known: tuple[Form, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.export._SHEET_ROWS", 100)
    book = openpyxl.load_workbook(io.BytesIO(export(report, known, "xlsx", "tidy")))
    assert book.sheetnames == ["reports", "dictionary", "reports 2"]
    rows = sheet_rows(book, "reports") + sheet_rows(book, "reports 2")
    assert [row["field"] for row in rows] == list(report.fields)


def test_folder_is_divided_by_form_and_year_and_written_again_in_place(
    report: ReportJson, known: tuple[Form, ...], tmp_path: Path
) -> None:
    for _ in range(2):
        write_partitions(records(report, 2), known, tmp_path, "wide")
    assert (tmp_path / "form=2019" / "fiscal_year=2020").is_dir()
    assert (tmp_path / "_dictionary.csv").is_file()
    table = pyarrow.dataset.dataset(tmp_path, partitioning="hive").to_table()
    assert sorted(table.column("report").to_pylist()) == ["r0", "r1"]
    assert set(table.column("fiscal_year").to_pylist()) == {2020}


def test_file_whose_making_fails_is_not_there(tmp_path: Path) -> None:
    def breaks() -> Iterator[bytes]:
        yield b"half"
        raise RuntimeError("the source is gone")

    with pytest.raises(RuntimeError):
        write_file(breaks(), tmp_path / "reports.csv")
    assert list(tmp_path.iterdir()) == []
    write_file([b"a", b"b"], tmp_path / "reports.csv")
    assert (tmp_path / "reports.csv").read_bytes() == b"ab"


def test_file_may_have_the_longest_name_that_there_is(tmp_path: Path) -> None:
    longest = tmp_path / f"{'报' * 83}a.json"
    write_file([b"a"], longest)
    assert (longest.read_bytes(), list(tmp_path.iterdir())) == (b"a", [longest])
    longer = tmp_path / f"{longest.name}x"
    with pytest.raises(OSError, match="too long") as refused:
        write_file([b"a"], longer)
    assert refused.value.filename == str(longer)
    assert list(tmp_path.iterdir()) == [longest]
