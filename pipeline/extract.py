"""Bytes → Report. This file alone knows the order of the stages.

bytes → Page → Table of Cell → Reading → FieldReading → FieldValue → Report
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import TypeAlias

from forms.form import Form
from models.calibration import USUAL_RISK
from models.load import Models
from pipeline.checks import check_at_most, check_sums
from pipeline.conclusions import conclude_fields, judge_fields
from pipeline.documents import PageLimits, open_document
from pipeline.errors import ReportError
from pipeline.fields import FormFit, fit_form
from pipeline.identity import Named, find_body, find_fiscal_year
from pipeline.page_content import PageContent, read_page
from pipeline.pages import map_box, read_pages
from pipeline.prose import running_text, split_sections
from pipeline.review import Policy, value_field
from pipeline.stated import Stated, mark
from pipeline.stopwatch import Stopwatch
from pipeline.types import (
    Box,
    FieldReading,
    FieldValue,
    Finding,
    Mesh,
    PageSummary,
    Report,
    ReportWarning,
    Section,
    SourceFile,
)
from pipeline.unprinted import read_unprinted

TellPages: TypeAlias = Callable[[int, int], None]
"""Told how many pages have been read, and of how many, after each."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a caller may choose.

    Attributes:
        text: Read the prose of scanned pages too, for `Report.sections`.
        risk: Share of wrong fields that is borne among those that nobody reviews.
        review_below: Review fields less sure than this, whatever `risk` says; None to
            leave it to `risk`.
        repair: Let sums and sentences decide between readings.
        stated: Figures that other reports give for fields of this one, as evidence beside them.
    """

    text: bool = False
    risk: float = USUAL_RISK
    review_below: float | None = None
    repair: bool = True
    stated: tuple[Stated, ...] = ()


@dataclass(frozen=True, slots=True)
class Extraction:
    """A report, and what was read in its cells before sums and calibration spoke."""

    report: Report
    readings: tuple[FieldReading, ...]


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the nets made of a report: the content of its pages, and the form laid over it.

    `sections` are of the prose that was read: of digital pages all of it, of scanned ones
    none but where it was asked for.
    """

    contents: tuple[PageContent, ...]
    fit: FormFit
    sections: tuple[Section, ...]


def extract(
    source: bytes, filename: str, models: Models, forms: Sequence[Form], options: Options
) -> Report:
    """Read a report.

    Args:
        source: The file, as it is.
        filename: For the record only; the type is told by content.
        models: Loaded once per process.
        forms: The forms known.
        options: What the caller chose.

    Returns:
        Every field of the recognised form, whatever was found of it.

    Raises:
        ReportError: No report can be made of this document.
    """
    return extract_with_readings(source, filename, models, forms, options).report


def extract_with_readings(
    source: bytes,
    filename: str,
    models: Models,
    forms: Sequence[Form],
    options: Options,
    tell: TellPages | None = None,
) -> Extraction:
    """Read a report, and keep what it takes to weigh its readings again, around a correction.

    Args:
        source: The file, as it is.
        filename: For the record only; the type is told by content.
        models: Loaded once per process.
        forms: The forms known.
        options: What the caller chose.
        tell: Called after each page; None to tell nobody.

    Returns:
        The report, and the readings that its values were concluded from.

    Raises:
        ReportError: No report can be made of this document.
    """
    stopwatch = Stopwatch()
    gathered = gather(source, models, forms, options, stopwatch, tell)
    fit, contents = gathered.fit, gathered.contents
    with stopwatch.time("repair"):
        fields = conclude(gathered, models, options)
    with stopwatch.time("report"):
        meshes = _meshes_of(contents)
        pages = tuple(content.summary for content in contents)
        values = {value.field: value for value in fields}
        lines = [line for content in contents for line in content.lines]
        report = Report(
            source=_describe(source, filename, pages),
            form=fit.form.id,
            form_confidence=fit.confidence,
            body=_locate(find_body(lines), meshes),
            fiscal_year=_locate(find_fiscal_year(lines, fit.form), meshes),
            fields=fields,
            checks=check_sums(fit.form, values),
            pages=pages,
            sections=gathered.sections,
            warnings=(*_warn_of_gaps(fit), *check_at_most(fit.form, values)),
            versions={"gouji": version("gouji"), **models.versions},
            fingerprint=fingerprint_of(models, forms, options),
            timings=stopwatch.seconds,
        )
    return Extraction(report, fit.fields)


def gather(
    source: bytes,
    models: Models,
    forms: Sequence[Form],
    options: Options,
    stopwatch: Stopwatch,
    tell: TellPages | None = None,
) -> Gathered:
    """Read a report as far as the nets go: what its cells may hold, before the sums speak.

    Raises:
        ReportError: No report can be made of this document.
    """
    contents: list[PageContent] = []
    with open_document(source, PageLimits()) as document:
        drawn = read_pages(document, models.find_orientation, models.labels.read_lines)
        for page in stopwatch.each("pages", drawn):
            content = read_page(page, models, stopwatch, contents, prose=options.text)
            contents.append(content)
            if tell is not None:
                tell(len(contents), document.page_count)
    tables = [table for content in contents for table in content.tables]
    readings = [reading for content in contents for reading in content.readings]
    lines = [line for content in contents for line in content.lines]
    with stopwatch.time("fields"):
        year = find_fiscal_year(lines)
        named = None if year.value is None else (year.value, year.probability)
        fit = fit_form(tables, readings, forms, models.classifier, named)
    if fit is None:
        raise ReportError(
            "not_a_report",
            "none of the known forms was found in this document",
            advice="Send an annual report on one of the forms that `gouji forms` lists.",
        )
    with stopwatch.time("readings"):
        papers = {one.summary.number: one.paper for one in contents if one.paper is not None}
        fields = read_unprinted(fit.form, fit.fields, papers, models.read_numbers)
    with stopwatch.time("prose"):
        sections = split_sections(running_text(lines, tables, fields))
    return Gathered(tuple(contents), replace(fit, fields=fields), sections)


def conclude(gathered: Gathered, models: Models, options: Options) -> tuple[FieldValue, ...]:
    """The values of all fields, once sums, sentences and calibration have spoken."""
    form, fields = gathered.fit.form, gathered.fit.fields
    policy = Policy(options.risk, options.review_below)
    if options.repair:
        concluded = conclude_fields(
            form, fields, gathered.sections, models.calibration, policy, options.stated
        )
    else:
        concluded = judge_fields(form, fields, models.calibration, policy)
    meshes = _meshes_of(gathered.contents)
    return tuple(
        value_field(posterior, judgement, _box_of(posterior.found, meshes))
        for posterior, judgement in concluded
    )


def _meshes_of(contents: Sequence[PageContent]) -> dict[int, Mesh]:
    return {content.summary.number: content.mesh for content in contents}


def _box_of(found: FieldReading, meshes: Mapping[int, Mesh]) -> Box | None:
    if found.reading is None:
        return None
    return map_box(meshes[found.reading.page], found.reading.cell.box)


def _locate(found: Named[str] | Named[int], meshes: Mapping[int, Mesh]) -> Finding:
    line = found.line
    if line is None:
        return Finding(found.value, found.probability, None, None)
    box = map_box(meshes[line.page], line.box)
    return Finding(found.value, found.probability, line.page, box)


def _describe(source: bytes, filename: str, pages: Sequence[PageSummary]) -> SourceFile:
    kinds = {page.kind for page in pages}
    return SourceFile(
        filename,
        hashlib.sha256(source).hexdigest(),
        len(source),
        len(pages),
        kinds.pop() if len(kinds) == 1 else "mixed",
    )


def _warn_of_gaps(fit: FormFit) -> Iterator[ReportWarning]:
    for label in fit.missing_rows:
        yield ReportWarning(
            "missing_row", f"no row was found for {label or 'a row without a label'}", None
        )


def fingerprint_of(models: Models, forms: Sequence[Form], options: Options) -> str:
    """Name everything that could change the result: program, models, forms, options."""
    own = replace(options, stated=())
    parts = (version("gouji"), sorted(models.versions.items()), tuple(forms), own)
    return mark(hashlib.sha256(repr(parts).encode()).hexdigest()[:16], options.stated)
