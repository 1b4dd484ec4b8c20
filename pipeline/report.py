"""`Report` → the JSON that leaves Gouji, and back into checked models.

The models below are the schema `gouji.report/1`; their order is that of the keys.
"""

import json
from typing import Annotated, Final, Literal, TypeAlias, assert_never

from pydantic import BaseModel, ConfigDict, Field

from pipeline.types import (
    Blank,
    Box,
    Check,
    FieldValue,
    Finding,
    Illegible,
    Missing,
    NotReported,
    Number,
    PageKind,
    Report,
    Source,
    Value,
    Verdict,
)

SCHEMA: Final = "gouji.report/1"

PROBABILITY_DIGITS: Final = 6
"""Decimals of a probability; more would be noise, fewer would round 0.9999 to 1."""

State: TypeAlias = Literal["value", "blank", "not_reported", "missing"]
FiniteFloat = Annotated[float, Field(allow_inf_nan=False)]
Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
PageNumber = Annotated[int, Field(ge=1)]
BoxJson: TypeAlias = tuple[FiniteFloat, FiniteFloat, FiniteFloat, FiniteFloat]
"""x0, y0, x1, y1 in points of the stored page, origin top left."""


class JsonPart(BaseModel):
    """Any part of the JSON: keys beyond the schema are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class SourceJson(JsonPart):
    """The file that was read."""

    filename: str
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    size: Annotated[int, Field(alias="bytes", ge=0)]
    pages: Annotated[int, Field(ge=1)]
    kind: Literal["scanned", "digital", "mixed"]


class FormJson(JsonPart):
    """The form that was recognised."""

    id: str
    confidence: Probability


class NameJson(JsonPart):
    """The body that reports; `value` is null and `confidence` 0 when it was not found."""

    value: str | None
    confidence: Probability
    page: PageNumber | None
    box: BoxJson | None


class YearJson(JsonPart):
    """The fiscal year; `value` is null and `confidence` 0 when it was not found."""

    value: int | None
    confidence: Probability
    page: PageNumber | None
    box: BoxJson | None


class ConfidenceParts(JsonPart):
    """What a field's confidence is made of."""

    reading: Probability
    mapping: Probability


class ReadJson(JsonPart):
    """What the reader alone saw, where something else won."""

    text: str
    confidence: Probability


class CandidateJson(JsonPart):
    """Another string that the cell may hold."""

    text: str
    probability: Probability


class ReconciledJson(JsonPart):
    """The value that the sums speak for where the print contradicts itself."""

    value: int | FiniteFloat
    probability: Probability
    sums: tuple[str, ...]


class FieldJson(JsonPart):
    """One field of the form.

    A cell with ink that is no number, dash or blank has the state "value", no value
    and `review` set until a person has looked: something stands there.
    """

    text: str
    value: int | FiniteFloat | None
    state: State
    unit: str | None
    confidence: Probability
    confidence_parts: ConfidenceParts
    review: bool
    source: Source
    read: ReadJson | None
    alternatives: tuple[CandidateJson, ...]
    reconciled: ReconciledJson | None
    why: str | None
    page: PageNumber | None
    box: BoxJson | None


class CheckJson(JsonPart):
    """One sum of the form."""

    id: str
    holds: bool | None
    left: int | FiniteFloat | None
    right: int | FiniteFloat | None
    fields: tuple[str, ...]
    verdict: Verdict
    probability: Probability


class PageJson(JsonPart):
    """One page as stored; width and height in points, skew in degrees."""

    page: PageNumber
    width: FiniteFloat
    height: FiniteFloat
    rotation: Literal[0, 90, 180, 270]
    skew: FiniteFloat
    kind: PageKind


class SectionJson(JsonPart):
    """A numbered heading and the text under it."""

    heading: str
    text: str
    page: PageNumber


class WarningJson(JsonPart):
    """Something a reader of the report should know."""

    code: str
    message: str
    page: PageNumber | None


class ProducedBy(JsonPart):
    """The program and the models; the fingerprint names all that could change the result."""

    gouji: str
    models: dict[str, str]
    fingerprint: str


class ReportJson(JsonPart):
    """A whole report."""

    format: Annotated[Literal["gouji.report/1"], Field(alias="schema")]
    source: SourceJson
    form: FormJson
    body: NameJson
    fiscal_year: YearJson
    fields: dict[str, FieldJson]
    checks: tuple[CheckJson, ...]
    pages: tuple[PageJson, ...]
    sections: tuple[SectionJson, ...]
    warnings: tuple[WarningJson, ...]
    produced_by: ProducedBy
    timings: dict[str, FiniteFloat]


def to_json(report: Report) -> dict[str, object]:
    """The report as plain JSON values, keys in the order of the schema.

    Raises:
        pydantic.ValidationError: A number is not finite or a probability not within
            0 to 1; this is a fault of the stage that made it.
    """
    return _report_json(report).model_dump(mode="json", by_alias=True)


def dump_json(report: Report, *, indent: int | None = 2) -> str:
    """The report as JSON text, the same for the same report.

    Args:
        report: What was read.
        indent: Spaces per level; None puts everything on one line.

    Returns:
        Text that ends in a line break; Chinese is written as it is.
    """
    text = json.dumps(to_json(report), ensure_ascii=False, allow_nan=False, indent=indent)
    return text + "\n"


def from_json(text: str | bytes) -> ReportJson:
    """Read a report's JSON back.

    Raises:
        pydantic.ValidationError: It is not of the schema `gouji.report/1`.
    """
    return ReportJson.model_validate_json(text)


def _report_json(report: Report) -> ReportJson:
    body, year = report.body, report.fiscal_year
    return ReportJson(
        format=SCHEMA,
        source=SourceJson(
            filename=report.source.filename,
            sha256=report.source.sha256,
            size=report.source.size,
            pages=report.source.pages,
            kind=report.source.kind,
        ),
        form=FormJson(id=report.form, confidence=_probability(report.form_confidence)),
        body=NameJson(
            value=None if body.value is None else str(body.value),
            confidence=_probability(body.confidence),
            page=body.page,
            box=_box(body.box),
        ),
        fiscal_year=_year_json(year),
        fields={value.field: _field_json(value) for value in report.fields},
        checks=tuple(_check_json(check) for check in report.checks),
        pages=_pages_json(report),
        sections=tuple(
            SectionJson(heading=part.heading, text=part.text, page=part.page)
            for part in report.sections
        ),
        warnings=tuple(
            WarningJson(code=warning.code, message=warning.message, page=warning.page)
            for warning in report.warnings
        ),
        produced_by=_produced_by(report),
        timings={name: round(seconds, 3) for name, seconds in report.timings.items()},
    )


def _year_json(year: Finding) -> YearJson:
    return YearJson(
        value=None if year.value is None else int(year.value),
        confidence=_probability(year.confidence),
        page=year.page,
        box=_box(year.box),
    )


def _pages_json(report: Report) -> tuple[PageJson, ...]:
    """Built from plain values, so that pydantic and not mypy checks the rotation."""
    return tuple(
        PageJson.model_validate(
            {
                "page": page.number,
                "width": round(page.width, 2),
                "height": round(page.height, 2),
                "rotation": page.rotation,
                "skew": round(page.skew_degrees, 2),
                "kind": page.kind,
            }
        )
        for page in report.pages
    )


def _produced_by(report: Report) -> ProducedBy:
    """`versions` holds the program's own under "gouji" and one for each model."""
    models = {name: version for name, version in report.versions.items() if name != "gouji"}
    return ProducedBy(gouji=report.versions["gouji"], models=models, fingerprint=report.fingerprint)


def _field_json(value: FieldValue) -> FieldJson:
    return FieldJson(
        text=value.text,
        value=value.value.value if isinstance(value.value, Number) else None,
        state=_state(value.value),
        unit=value.unit,
        confidence=_probability(value.confidence),
        confidence_parts=ConfidenceParts(
            reading=_probability(value.reading_confidence),
            mapping=_probability(value.mapping_confidence),
        ),
        review=value.review or (isinstance(value.value, Illegible) and value.source != "reviewed"),
        source=value.source,
        read=None
        if value.read is None
        else ReadJson(text=value.read.text, confidence=_probability(value.read.probability)),
        alternatives=tuple(
            CandidateJson(text=other.text, probability=_probability(other.probability))
            for other in value.alternatives
        ),
        reconciled=None
        if value.reconciled is None
        else ReconciledJson(
            value=value.reconciled.value,
            probability=_probability(value.reconciled.probability),
            sums=value.reconciled.sums,
        ),
        why=value.why,
        page=value.page,
        box=_box(value.box),
    )


def _state(value: Value) -> State:
    match value:
        case Number() | Illegible():
            return "value"
        case Blank():
            return "blank"
        case NotReported():
            return "not_reported"
        case Missing():
            return "missing"
        case _:
            assert_never(value)


def _check_json(check: Check) -> CheckJson:
    return CheckJson(
        id=check.id,
        holds=check.holds,
        left=check.left,
        right=check.right,
        fields=check.fields,
        verdict=check.verdict,
        probability=_probability(check.probability),
    )


def _probability(probability: float) -> float:
    return round(probability, PROBABILITY_DIGITS)


def _box(box: Box | None) -> BoxJson | None:
    if box is None:
        return None
    return (
        round(box.left, 2),
        round(box.top, 2),
        round(box.right, 2),
        round(box.bottom, 2),
    )
