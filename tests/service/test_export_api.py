"""Exports over HTTP, of a report as the real models read it."""

import io
import json

import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook


def test_export_opens_in_a_spreadsheet_with_numbers_as_numbers(
    admin: TestClient, report_id: str, read: tuple[str, str]
) -> None:
    answer = admin.get("/v1/export?format=xlsx&form=2019")
    assert answer.headers["content-disposition"] == 'attachment; filename="gouji.xlsx"'
    rows = load_workbook(io.BytesIO(answer.content), read_only=True).worksheets[0].values
    heading = next(rows)
    table = [dict(zip(heading, row, strict=True)) for row in rows]
    exported = {row["field"]: row for row in table}
    fields = json.loads(read[0])["fields"]
    assert exported.keys() == fields.keys()
    for name, row in exported.items():
        assert row["report"] == report_id
        assert row["value"] == fields[name]["value"]
        assert row["state"] == fields[name]["state"]
    assert isinstance(exported["t3.granted.total"]["value"], int)
    assert {row["state"] for row in exported.values()} >= {"value", "blank"}


@pytest.mark.parametrize("layout", ["csv", "parquet", "json"])
def test_export_of_nothing_is_a_table_without_rows(admin: TestClient, layout: str) -> None:
    answer = admin.get(f"/v1/export?format={layout}&shape=wide&year=1999")
    assert answer.status_code == 200
    assert answer.content
