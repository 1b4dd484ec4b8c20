"""The JSON that leaves, from a report made by hand."""

import json
from dataclasses import replace

import pytest
from pydantic import ValidationError

from pipeline.report import dump_json, from_json, to_json
from pipeline.types import (
    Blank,
    Box,
    Candidate,
    Check,
    FieldValue,
    Finding,
    Illegible,
    Missing,
    NotReported,
    Number,
    PageSummary,
    Report,
    ReportWarning,
    Section,
    SourceFile,
    Value,
)


def field(name: str, text: str, value: Value) -> FieldValue:
    missing = isinstance(value, Missing)
    return FieldValue(
        field=name,
        text=text,
        value=value,
        unit="元" if text.endswith("元") else None,
        confidence=0.99971234,
        reading_confidence=0.9998,
        mapping_confidence=0.9999,
        review=False,
        source="read",
        read=None,
        alternatives=(Candidate("26", 0.02),),
        reconciled=None,
        why=None,
        page=None if missing else 3,
        box=None if missing else Box(10.123, 20.0, 30.456, 40.0),
    )


REPORT = Report(
    source=SourceFile(filename="报告.pdf", sha256="0" * 64, size=1234, pages=1, kind="scanned"),
    form="2021",
    form_confidence=0.999,
    body=Finding("宽城区人民政府", 0.98, 1, Box(1, 2, 3, 4)),
    fiscal_year=Finding(None, 0.0, None, None),
    fields=(
        field("t3.granted.total", "29", Number(29)),
        field("t2.fees.amount", "251000.50元", Number(251000.5)),
        field("t3.new.total", "", Blank()),
        field("t3.new.other", "/", NotReported()),
        field("t3.new.legal", "", Missing()),
        field("t3.new.natural", "2g", Illegible()),
    ),
    checks=(
        Check(
            id="t3.row.granted",
            fields=("a", "b"),
            left=29,
            right=29,
            holds=True,
            verdict="holds",
            probability=0.99,
        ),
    ),
    pages=(PageSummary(1, 595.276, 841.89, 90, -0.4321, "scanned"),),
    sections=(Section("一、总体情况", "无。", 1),),
    warnings=(ReportWarning("at_most", "a exceeds b", 3),),
    versions={"gouji": "0.1.0", "digits": "sha256:1", "ocr": "2"},
    fingerprint="abc",
    timings={"total_s": 1.23456},
)


def test_keys_stand_in_the_order_of_the_schema() -> None:
    written = to_json(REPORT)
    assert list(written) == [
        *("schema", "source", "form", "body", "fiscal_year", "fields", "checks", "pages"),
        *("sections", "warnings", "produced_by", "timings"),
    ]
    assert written["schema"] == "gouji.report/1"
    assert written["source"] == {
        "filename": "报告.pdf",
        "sha256": "0" * 64,
        "bytes": 1234,
        "pages": 1,
        "kind": "scanned",
    }


def test_field_has_every_key_of_the_contract() -> None:
    fields = to_json(REPORT)["fields"]
    assert isinstance(fields, dict)
    assert fields["t3.granted.total"] == {
        "text": "29",
        "value": 29,
        "state": "value",
        "unit": None,
        "confidence": 0.999712,
        "confidence_parts": {"reading": 0.9998, "mapping": 0.9999},
        "review": False,
        "source": "read",
        "read": None,
        "alternatives": [{"text": "26", "probability": 0.02}],
        "reconciled": None,
        "why": None,
        "page": 3,
        "box": [10.12, 20.0, 30.46, 40.0],
    }


@pytest.mark.parametrize(
    ("name", "state", "value"),
    [
        ("t2.fees.amount", "value", 251000.5),
        ("t3.new.total", "blank", None),
        ("t3.new.other", "not_reported", None),
        ("t3.new.legal", "missing", None),
        ("t3.new.natural", "value", None),
    ],
)
def test_state_follows_the_value(name: str, state: str, value: float | None) -> None:
    found = from_json(dump_json(REPORT)).fields[name]
    assert (found.state, found.value) == (state, value)


def test_illegible_field_is_always_to_be_reviewed() -> None:
    fields = from_json(dump_json(REPORT)).fields
    assert [name for name, found in fields.items() if found.review] == ["t3.new.natural"]


def test_program_and_models_are_told_apart() -> None:
    assert to_json(REPORT)["produced_by"] == {
        "gouji": "0.1.0",
        "models": {"digits": "sha256:1", "ocr": "2"},
        "fingerprint": "abc",
    }


def test_text_is_stable_chinese_and_reads_back() -> None:
    text = dump_json(REPORT)
    assert text == dump_json(REPORT)
    assert "宽城区人民政府" in text
    assert text.endswith("}\n")
    assert from_json(text).model_dump(mode="json", by_alias=True) == json.loads(text)
    assert dump_json(REPORT, indent=None).count("\n") == 1


def test_integers_stay_integers() -> None:
    value = from_json(dump_json(REPORT)).fields["t3.granted.total"].value
    assert isinstance(value, int)


def test_number_that_is_not_finite_never_leaves() -> None:
    with pytest.raises(ValidationError):
        to_json(replace(REPORT, timings={"total_s": float("nan")}))
    with pytest.raises(ValidationError):
        to_json(replace(REPORT, form_confidence=1.2))
