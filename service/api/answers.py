"""The JSON of requests and answers, as the OpenAPI document shows it."""

import json
import re
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, HttpUrl

from pipeline.errors import CODES
from pipeline.report import ReportJson
from service.choices import LEAST_PRIORITY, MOST_PRIORITY, PERSON, Format, Shape
from service.store import Status, Stored, Summary, Wanted

_ID = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

_PRINTABLE = r"^[^\x00-\x1f]*$"
"""PostgreSQL keeps no NUL, and no name or number has any of the others."""

FieldId = Annotated[str, Field(max_length=200, pattern=_PRINTABLE)]
Text = Annotated[str, Field(max_length=200, pattern=_PRINTABLE, examples=["29"])]
"""What is printed in a field; "" for an empty cell."""

ReportId = Annotated[str, Field(pattern="^[0-9a-f]{64}$", examples=[_ID])]


_SUMMARY_EXAMPLE: dict[str, Any] = {
    "id": _ID,
    "status": "extracted",
    "version": 3,
    "filename": "宽城区2020.pdf",
    "bytes": 220488,
    "created_at": "2026-11-23T15:17:47Z",
    "changed_at": "2026-11-23T15:18:03Z",
    "form": "2019",
    "body": "长春市宽城区",
    "fiscal_year": 2020,
    "to_review": 1,
    "pages_done": 2,
    "pages_total": 2,
    "leased_by": None,
    "leased_until": None,
    "error": None,
}
_REPORT_EXAMPLE: dict[str, Any] = {
    "schema": "gouji.report/1",
    "source": {
        "filename": "宽城区2020.pdf",
        "sha256": _ID,
        "bytes": 220488,
        "pages": 2,
        "kind": "scanned",
    },
    "form": {"id": "2019", "confidence": 1.0},
    "body": {"value": "长春市宽城区", "confidence": 0.987, "page": 1, "box": [70, 60, 500, 90]},
    "fiscal_year": {"value": 2020, "confidence": 0.999, "page": 1, "box": [70, 60, 500, 90]},
    "fields": {
        "t3.granted.total": {
            "text": "29",
            "value": 29,
            "state": "value",
            "unit": None,
            "confidence": 0.999355,
            "confidence_parts": {"reading": 0.9998, "mapping": 0.9999},
            "review": False,
            "source": "read",
            "read": None,
            "alternatives": [{"text": "26", "probability": 0.0002}],
            "reconciled": None,
            "why": None,
            "page": 1,
            "box": [497.21, 565.35, 534.48, 576.98],
        }
    },
    "checks": [
        {
            "id": "t3.row.granted",
            "holds": True,
            "left": 29,
            "right": 29,
            "fields": ["t3.granted.natural", "t3.granted.total"],
            "verdict": "holds",
            "probability": 0.998,
        }
    ],
    "pages": [
        {"page": 1, "width": 595, "height": 842, "rotation": 0, "skew": 0.4, "kind": "scanned"}
    ],
    "sections": [],
    "warnings": [],
    "produced_by": {"gouji": "0.1.0", "models": {}, "fingerprint": "255d9a26c543d06b"},
    "timings": {"total_s": 3.2},
}


class Exact(BaseModel):
    """Any of them: nothing is sent that is not documented."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class UploadOptions(Exact):
    """What may be said along with a file."""

    callback_url: HttpUrl | None = None
    priority: Annotated[int, Field(ge=LEAST_PRIORITY, le=MOST_PRIORITY)] = PERSON
    review_risk: Annotated[float, Field(ge=0, le=1)] | None = None


class Filters(BaseModel):
    """Which reports are meant: those that all of this is true of."""

    status: Status | None = None
    year: Annotated[int, Field(ge=0, le=9999)] | None = None
    form: Annotated[str, Field(max_length=50, pattern=_PRINTABLE)] | None = None
    body: Annotated[str, Field(max_length=200, pattern=_PRINTABLE)] | None = None
    needs_review: bool | None = None
    archive: Annotated[str, Field(max_length=200, pattern=_PRINTABLE)] | None = None

    @property
    def wanted(self) -> Wanted:
        """The same, for the database."""
        return Wanted(self.status, self.form, self.body, self.year, self.needs_review, self.archive)


class Listing(Filters):
    """Which reports to list, and which page of the list."""

    cursor: Annotated[str, Field(max_length=500)] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class Exported(Filters):
    """Which reports to export, and how: a row for each field (tidy) or each report (wide)."""

    format: Format = "csv"
    shape: Shape = "tidy"


class Accepted(Exact):
    """A report that was taken in; its id is the SHA-256 of the file."""

    id: ReportId
    status: Status


class Failure(Exact):
    """Why no report can be made of a file; see docs/errors.md."""

    code: str
    status: int
    message: str
    advice: str


class SummaryAnswer(Exact):
    """A report without what was read in it; `to_review` counts fields.

    `pages_total` is null until the file was opened.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_SUMMARY_EXAMPLE]})

    id: ReportId
    status: Status
    version: int
    filename: str
    bytes: int
    created_at: datetime
    changed_at: datetime
    form: str | None
    body: str | None
    fiscal_year: int | None
    to_review: int
    pages_done: int
    pages_total: int | None
    leased_by: str | None
    leased_until: datetime | None
    error: Failure | None


class ReportAnswer(SummaryAnswer):
    """A report; `report` is null until it was read."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{**_SUMMARY_EXAMPLE, "report": _REPORT_EXAMPLE}]}
    )

    report: ReportJson | None


class Page(Exact):
    """A page of reports; `next` is the cursor of the next page, null on the last."""

    reports: tuple[SummaryAnswer, ...]
    next: str | None


class Corrected(Exact):
    """What is printed in a field, as a person sees it; "" for an empty cell."""

    text: Text


class Postponed(Exact):
    """For how long a report is not offered to reviewers."""

    seconds: Annotated[float, Field(gt=0, le=365 * 86400)] = 86400.0


class EntryAnswer(Exact):
    """An entry of a report's history."""

    at: datetime
    who: str
    action: str
    field: str | None
    old: str | None
    new: str | None


class History(Exact):
    """Everything that was done to a report, the first first."""

    entries: tuple[EntryAnswer, ...]


class TryAnswer(Exact):
    """A try to deliver an event; see docs/webhooks.md."""

    delivery: str
    event: str
    started: datetime
    seconds: float
    outcome: str
    status: int | None
    detail: str | None


class Deliveries(Exact):
    """Every try to tell of a report, the first first."""

    tries: tuple[TryAnswer, ...]


class FormAnswer(Exact):
    """A form: its fields and the sums that hold on a correct report."""

    id: str
    name: str
    issued_by: str
    first_year: int
    last_year: int | None
    fields: tuple[str, ...]
    sums: dict[str, tuple[tuple[str, ...], tuple[str, ...]]]


class Forms(Exact):
    """The forms known."""

    forms: tuple[FormAnswer, ...]


class Models(Exact):
    """The models, and what their confidence rests on (docs/decisions/0007-confidence.md)."""

    gouji: str
    nets: dict[str, str]
    reports: int
    guarantees: tuple[dict[str, str | int | float], ...]
    thresholds: dict[str, tuple[dict[str, float], ...]]


class Health(Exact):
    """Whether the service lives, or is ready."""

    status: Literal["ok"]


def summarise(summary: Summary) -> dict[str, Any]:
    """A summary as plain JSON."""
    error = None
    if summary.error_code is not None:
        error = Failure(
            code=summary.error_code,
            status={str(code): status for code, status in CODES.items()}[summary.error_code],
            message=summary.error_message or "",
            advice=summary.error_advice or "",
        )
    known = asdict(summary)
    named = {name: known[name] for name in SummaryAnswer.model_fields if name in known}
    return SummaryAnswer(**named, bytes=summary.size, error=error).model_dump(mode="json")


def answer_report(stored: Stored, status: int = 200) -> JSONResponse:
    """A report as it is stored, with its version as the ETag."""
    report = None if stored.report is None else json.loads(stored.report)
    content = {**summarise(stored.summary), "report": report}
    return JSONResponse(content, status, headers={"ETag": etag(stored.summary)})


def etag(summary: Summary) -> str:
    """The ETag of a report: its version, and how far it is while it is read."""
    page = f".{summary.pages_done}" if summary.status == "running" else ""
    return f'"{summary.version}{page}"'


def is_of_version(tag: str, version: int) -> bool:
    """Whether an ETag is of a version, whatever page was read then: a page changes no field."""
    return re.fullmatch(rf'"{version}(\.\d+)?"', tag) is not None


def answer_nothing() -> Response:
    """An answer without content."""
    return Response(status_code=204)
