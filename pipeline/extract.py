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
from models.types import ReadLines, Region
from pipeline.checks import check_at_most, check_sums
from pipeline.conclusions import conclude_fields, judge_fields
from pipeline.documents import PageLimits, open_document
from pipeline.errors import ReportError
from pipeline.fields import FormFit, fit_form
from pipeline.identity import find_body, find_fiscal_year
from pipeline.ink import Ink, separate_ink, without_seal
from pipeline.lines import caption_lines, layer_lines, page_lines, title_lines
from pipeline.pages import map_box, read_pages
from pipeline.prose import running_text, split_sections
from pipeline.readings import Readers, read_cells
from pipeline.review import Policy, value_field
from pipeline.rules import count_level_lines
from pipeline.stopwatch import Stopwatch
from pipeline.tables import (
    find_columned_print,
    find_ruled_tables,
    find_tables,
    find_unruled_tables,
    in_order,
)
from pipeline.types import (
    Box,
    FieldReading,
    FieldValue,
    Finding,
    Page,
    PageSummary,
    Reading,
    Report,
    ReportWarning,
    Section,
    SourceFile,
    Table,
    TextLine,
)
from pipeline.unprinted import Paper, read_unprinted

TellPages: TypeAlias = Callable[[int, int], None]
"""Told how many pages have been read, and of how many, after each."""

# A damaged table often looks like a figure to the layout detector
# (docs/decisions/0003-layout.md); a page taken for one in vain costs little.
_TABLE_KINDS = ("table", "figure")

# What `count_level_lines` makes of the smallest table, and of the one row that a table
# may run over to the next page.
_LINES_OF_A_TABLE, _LINES_OF_A_ROW = 6, 2

# The smallest table of any form has four rows.
_MOST_ROWS_OF_A_TITLE = 2


@dataclass(frozen=True, slots=True)
class Options:
    """What a caller may choose.

    Attributes:
        text: Read the prose of scanned pages too, for `Report.sections`.
        risk: Share of wrong fields that is borne among those that nobody reviews.
        review_below: Review fields less sure than this, whatever `risk` says; None to
            leave it to `risk`.
        repair: Let sums and sentences decide between readings.
    """

    text: bool = False
    risk: float = USUAL_RISK
    review_below: float | None = None
    repair: bool = True


@dataclass(frozen=True, slots=True)
class PageContent:
    """What one page gave; `page` has let go of its raster and words.

    `paper` is there to look again, of scans with a table without rules.
    """

    page: Page
    tables: tuple[Table, ...]
    readings: tuple[tuple[Reading, ...], ...]
    lines: tuple[TextLine, ...]
    paper: Paper | None


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
    """As `extract`, with what it takes to weigh the readings again, around a correction."""
    stopwatch = Stopwatch()
    gathered = gather(source, models, forms, options, stopwatch, tell)
    fit, contents = gathered.fit, gathered.contents
    with stopwatch.time("repair"):
        fields = conclude(gathered, models, options)
    with stopwatch.time("report"):
        pages = {content.page.number: content.page for content in contents}
        values = {value.field: value for value in fields}
        lines = [line for content in contents for line in content.lines]
        report = Report(
            source=_describe(source, filename, list(pages.values())),
            form=fit.form.id,
            form_confidence=fit.confidence,
            body=_locate(find_body(lines), pages),
            fiscal_year=_locate(find_fiscal_year(lines, fit.form), pages),
            fields=fields,
            checks=check_sums(fit.form, values),
            pages=tuple(_summarise(page) for page in pages.values()),
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
            contents.append(read_page(page, models, options, stopwatch, contents))
            if tell is not None:
                tell(len(contents), document.page_count)
    tables = [table for content in contents for table in content.tables]
    readings = [reading for content in contents for reading in content.readings]
    lines = [line for content in contents for line in content.lines]
    with stopwatch.time("fields"):
        year, probability, _ = find_fiscal_year(lines)
        named = None if year is None else (year, probability)
        fit = fit_form(tables, readings, forms, models.classifier, named)
    if fit is None:
        raise ReportError(
            "not_a_report",
            "none of the known forms was found in this document",
            advice="Send an annual report on one of the forms that `gouji forms` lists.",
        )
    with stopwatch.time("readings"):
        papers = {one.page.number: one.paper for one in contents if one.paper is not None}
        fields = read_unprinted(fit.form, fit.fields, papers, models.read_numbers)
    with stopwatch.time("prose"):
        sections = split_sections(running_text(lines, tables, fields))
    return Gathered(tuple(contents), replace(fit, fields=fields), sections)


def conclude(gathered: Gathered, models: Models, options: Options) -> tuple[FieldValue, ...]:
    """The values of all fields, once sums, sentences and calibration have spoken."""
    form, fields = gathered.fit.form, gathered.fit.fields
    policy = Policy(options.risk, options.review_below)
    if options.repair:
        concluded = conclude_fields(form, fields, gathered.sections, models.calibration, policy)
    else:
        concluded = judge_fields(form, fields, models.calibration, policy)
    pages = {content.page.number: content.page for content in gathered.contents}
    return tuple(
        value_field(posterior, judgement, _box_of(posterior.found, pages))
        for posterior, judgement in concluded
    )


def read_page(
    page: Page,
    models: Models,
    options: Options,
    stopwatch: Stopwatch,
    before: Sequence[PageContent],
) -> PageContent:
    """Find and read the tables of a page, and as much of its prose as is needed.

    `before` is what the pages before it gave.
    """
    ink, tables = _find_tables(page, models, stopwatch, before)
    with stopwatch.time("readings"):
        readers = Readers(models.labels.read_lines, models.read_numbers)
        readings = tuple(read_cells(page, table, readers) for table in tables)
    with stopwatch.time("lines"):
        begun = any(_first_large(content.tables) is not None for content in before)
        first = None if begun else _first_large(tables)
        if page.kind == "digital":
            lines = layer_lines(page)
        elif options.text:
            lines = page_lines(page, tables, models.lines.find_lines, models.labels.read_lines)
        elif ink is not None:
            lines = _read_titles(page, ink, tables, first, models.labels.read_lines)
        else:
            lines = ()
    return PageContent(_strip(page), tables, readings, lines, _keep_paper(page, tables, readings))


def _keep_paper(
    page: Page, tables: Sequence[Table], readings: Sequence[Sequence[Reading]]
) -> Paper | None:
    if page.kind == "digital" or all(table.ruled for table in tables):
        return None
    printed = [one.cell.box for read in readings for one in read if one.label and one.cell.runs]
    return Paper(without_seal(page.image), page.dpi, tuple(printed))


def _find_tables(
    page: Page, models: Models, stopwatch: Stopwatch, before: Sequence[PageContent]
) -> tuple[Ink | None, tuple[Table, ...]]:
    """The tables of a page, and its masks if they were needed.

    Where lines show, rules and columns are looked for first. The layout detector says whether
    a table stands on the page where these do not tell.
    """
    if page.kind == "digital":
        with stopwatch.time("tables"):
            ink = separate_ink(page, models.segment)
            return ink, find_tables(page, ink, ())
    masks: Ink | None = None
    ruled: tuple[Table, ...] = ()
    regions: tuple[Region, ...] = ()
    if _may_hold_table(page, before):
        with stopwatch.time("tables"):
            masks = separate_ink(page, models.segment)
            ruled = find_ruled_tables(page, masks)
            regions = find_columned_print(page, masks, ruled)
            # Print on a first page that stands in no columns is its title and prose.
            if not regions and (_first_large(ruled) or not before):
                return masks, ruled
    if not any(region.probability == 1.0 for region in regions):
        with stopwatch.time("layout"):
            regions = (*regions, *models.find_regions(page.image))
    if not any(region.kind in _TABLE_KINDS for region in regions):
        return masks, ruled
    with stopwatch.time("tables"):
        if masks is None:
            masks = separate_ink(page, models.segment)
            ruled = find_ruled_tables(page, masks)
        unruled = find_unruled_tables(page, masks, regions, ruled)
    return masks, in_order((*ruled, *unruled))


def _may_hold_table(page: Page, before: Sequence[PageContent]) -> bool:
    """Whether a ruled table, the rest of any, or the report's title may stand on a scan."""
    last = None if not before else _first_large(before[-1].tables)
    if not before or (last is not None and not last.ruled):
        return True
    fewest = _LINES_OF_A_TABLE if last is None else _LINES_OF_A_ROW
    return count_level_lines(page.image, page.dpi) >= fewest


def _first_large(tables: Sequence[Table]) -> Table | None:
    """The first table that is not a title whose thick strokes were taken for rules."""
    return next((table for table in tables if table.rows > _MOST_ROWS_OF_A_TITLE), None)


def _read_titles(
    page: Page, ink: Ink, tables: Sequence[Table], first: Table | None, read: ReadLines
) -> tuple[TextLine, ...]:
    """The lines that may say whose report it is: over the first page, and the first table."""
    lines = title_lines(page, ink, tables, read) if page.number == 1 else ()
    if first is None:
        return lines
    return (*lines, *caption_lines(page, ink, first, lines, read))


def _strip(page: Page) -> Page:
    """A page without what takes memory: geometry stays."""
    return replace(page, image=page.image[:0, :0].copy(), words=(), rules=())


def _box_of(found: FieldReading, pages: Mapping[int, Page]) -> Box | None:
    if found.reading is None:
        return None
    return map_box(pages[found.reading.page], found.reading.cell.box)


def _locate(
    found: tuple[str | int | None, float, TextLine | None], pages: Mapping[int, Page]
) -> Finding:
    value, confidence, line = found
    if line is None:
        return Finding(value, confidence, None, None)
    return Finding(value, confidence, line.page, map_box(pages[line.page], line.box))


def _describe(source: bytes, filename: str, pages: Sequence[Page]) -> SourceFile:
    kinds = {page.kind for page in pages}
    return SourceFile(
        filename,
        hashlib.sha256(source).hexdigest(),
        len(source),
        len(pages),
        kinds.pop() if len(kinds) == 1 else "mixed",
    )


def _summarise(page: Page) -> PageSummary:
    return PageSummary(
        page.number, page.width, page.height, page.rotation, page.skew_degrees, page.kind
    )


def _warn_of_gaps(fit: FormFit) -> Iterator[ReportWarning]:
    for label in fit.missing_rows:
        yield ReportWarning(
            "missing_row", f"no row was found for {label or 'a row without a label'}", None
        )


def fingerprint_of(models: Models, forms: Sequence[Form], options: Options) -> str:
    """Name everything that could change the result: program, models, forms, options."""
    parts = (version("gouji"), sorted(models.versions.items()), tuple(forms), options)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
