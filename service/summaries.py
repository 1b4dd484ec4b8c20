"""A report's JSON → the little of it that the reports of other years are compared with.

An archive has millions of reports: of each only a summary stays in memory.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias
from unicodedata import normalize

from pydantic import ValidationError

from forms.form import Form
from forms.wording import describe_rule, labels_of
from pipeline.report import CheckJson, FieldJson, ReportJson, from_json

Lack: TypeAlias = Literal["unread", "failed", "outdated"]
"""Why there is no report of a file: it waits, it could not be read, or what was read of it is
none of this version."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A printed number.

    Attributes:
        field: Its id.
        value: What it counts.
        confidence: Probability that it is what is printed.
    """

    field: str
    value: float
    confidence: float


@dataclass(frozen=True, slots=True)
class PrintedCell:
    """A cell of a sum; `box` is in points of the page as stored."""

    field: str
    label: str
    text: str
    page: int | None
    box: tuple[float, float, float, float] | None


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A sum that a report breaks on paper, for the body to act on.

    Attributes:
        file: The report's JSON.
        body: As read.
        year: Fiscal year.
        check: Id of the sum.
        rule: The sum in the report's own words.
        left: What the left side adds up to.
        right: The right side.
        difference: Left less right.
        probability: That the sum fails on paper, and was not misread.
        cells: What is printed.
    """

    file: Path
    body: str | None
    year: int | None
    check: str
    rule: str
    left: float
    right: float
    difference: float
    probability: float
    cells: tuple[PrintedCell, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """What is kept of a report.

    Attributes:
        file: Its JSON.
        sha256: Of the document that was read.
        body: Name that is the same however it is spaced; None when it was not found.
        year: Fiscal year; None when it was not found.
        form: Id.
        identity: Probability that body and year are right.
        carried_in: Figures brought from the year before, by column.
        carried_out: Figures left to the next year, by column.
        figures: All sure figures by field; none unless they were asked for.
    """

    file: Path
    sha256: str
    body: str | None
    year: int | None
    form: str
    identity: float
    carried_in: Mapping[str, Figure]
    carried_out: Mapping[str, Figure]
    figures: Mapping[str, Figure]


def read_report(text: str | bytes) -> ReportJson | Lack:
    """A report's JSON, `outdated` where it is none of this version."""
    try:
        return from_json(text)
    except ValidationError:
        return "outdated"


def is_of(report: ReportJson, form: Form) -> bool:
    """Whether a report has the fields and the sums of a form as this version knows it."""
    fields, sums = {field.id for field in form.fields}, {rule.id for rule in form.sums}
    return fields <= report.fields.keys() and {check.id for check in report.checks} <= sums


def summarise(report: ReportJson, file: Path, form: Form, *, with_figures: bool) -> Summary:
    """Keep what is compared with other reports.

    Args:
        report: As `gouji extract` wrote it.
        file: Where it lies.
        form: Its form.
        with_figures: Keep every figure, for sums over several bodies.
    """
    body, year = report.body, report.fiscal_year
    return Summary(
        file=file,
        sha256=report.source.sha256,
        body=None if body.value is None else name_of(body.value),
        year=year.value,
        form=form.id,
        identity=body.confidence * year.confidence,
        carried_in=_figures(report, form.carried_in),
        carried_out=_figures(report, form.carried_out),
        figures=_figures(report, {name: name for name in report.fields}) if with_figures else {},
    )


def name_of(body: str) -> str:
    """A body's name without spaces, full-width letters made ASCII.

    A government and its office are two bodies, so nothing is taken off a name.
    """
    return "".join(normalize("NFKC", body).split())


def find_contradictions(
    report: ReportJson, file: Path, form: Form
) -> Iterator[tuple[CheckJson, Contradiction]]:
    """Every sum of a report that fails, sure or not; the check says which."""
    rules = {rule.id: rule for rule in form.sums}
    labels = labels_of(form)
    for check in report.checks:
        if check.holds is not False or check.left is None or check.right is None:
            continue
        yield (
            check,
            Contradiction(
                file=file,
                body=report.body.value,
                year=report.fiscal_year.value,
                check=check.id,
                rule=describe_rule(rules[check.id], labels),
                left=check.left,
                right=check.right,
                difference=check.left - check.right,
                probability=1 - check.probability,
                cells=tuple(_cell(name, report.fields[name], labels) for name in check.fields),
            ),
        )


def _figures(report: ReportJson, wanted: Mapping[str, str]) -> dict[str, Figure]:
    return {
        column: Figure(name, float(found.value), found.confidence)
        for column, name in wanted.items()
        if (found := report.fields[name]).value is not None
    }


def _cell(name: str, found: FieldJson, labels: Mapping[str, tuple[str, str]]) -> PrintedCell:
    label = "，".join(filter(None, labels[name]))
    return PrintedCell(name, label, found.text, found.page, found.box)
