"""Many reports of many bodies and years at once: for `gouji archive`."""

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from io import StringIO
from itertools import chain
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from forms.form import load_forms
from pipeline.report import ReportJson
from service.crosschecks import Finding, cross_check
from service.files import write_file
from service.spreadsheets import stream_csv
from service.summaries import (
    Contradiction,
    Lack,
    Summary,
    find_contradictions,
    is_of,
    name_of,
    read_report,
    summarise,
)

_HEADINGS: Final = (
    *("kind", "sure", "probability", "body", "years", "page", "difference"),
    *("what", "files"),
)


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of an archive.

    Attributes:
        reports: How many were read.
        findings: Between reports.
        contradictions: Sums that reports break on paper.
        doubtful: Sums that fail and may be misread: to be reviewed first.
        refused: Files that are no reports of this version.
        unread: How many files are still to be read.
        failed: How many could not be read.
        strangers: Bodies among the parents that no report is of.
    """

    reports: int
    findings: tuple[Finding, ...]
    contradictions: tuple[Contradiction, ...]
    doubtful: tuple[Contradiction, ...]
    refused: tuple[Path, ...]
    unread: int
    failed: int
    strangers: tuple[str, ...]


class ArchiveError(Exception):
    """What was asked for cannot be done as it was asked."""


def check_reports(
    reports: Iterable[tuple[Path, ReportJson | Lack]], parents: Path | None
) -> Checked:
    """Check reports against each other, one in memory at a time.

    Args:
        reports: Each with where it is from, or why there is none.
        parents: CSV of bodies and the body above each, or None.

    Raises:
        ArchiveError: `parents` is no CSV, or a line of it is not two names.
    """
    above = {} if parents is None else _read_parents(parents)
    forms = {form.id: form for form in load_forms()}
    summaries: list[Summary] = []
    sure: list[Contradiction] = []
    doubtful: list[Contradiction] = []
    refused: list[Path] = []
    lacks: Counter[Lack] = Counter()
    for path, report in reports:
        if isinstance(report, str):
            lacks[report] += 1
            if report == "outdated":
                refused.append(path)
            continue
        form = forms.get(report.form.id)
        if form is None or not is_of(report, form):
            refused.append(path)
            continue
        summaries.append(summarise(report, path, form, with_figures=bool(above)))
        for one, contradiction in find_contradictions(report, path, form):
            (sure if one.verdict == "broken_on_paper" else doubtful).append(contradiction)
    return Checked(
        reports=len(summaries),
        findings=cross_check(summaries, forms, above, complete=not (refused or lacks)),
        contradictions=tuple(sure),
        doubtful=tuple(doubtful),
        refused=tuple(refused),
        unread=lacks["unread"],
        failed=lacks["failed"],
        strangers=tuple(sorted({*above, *above.values()} - {one.body for one in summaries} - {""})),
    )


def read_folder(folder: Path) -> Iterator[tuple[Path, ReportJson | Lack]]:
    """Every JSON file of a folder and the folders in it."""
    for path in sorted(folder.rglob("*.json")):
        yield path, read_report(path.read_bytes())


def _read_parents(path: Path) -> dict[str, str]:
    try:
        rows = [row for row in csv.reader(StringIO(_decode(path), newline="")) if any(row)]
    except csv.Error as error:
        raise ArchiveError(f"{path} is no CSV: {error}") from error
    if any(len(row) != 2 for row in rows):
        raise ArchiveError(f"{path}: every line needs a body and the body above it")
    return {name_of(body): name_of(superior) for body, superior in rows}


def _decode(path: Path) -> str:
    """A file's text; Excel in Chinese writes CSV in what GB 18030 contains."""
    content = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        with suppress(UnicodeDecodeError):
            return content.decode(encoding)
    raise ArchiveError(f"{path} is neither UTF-8 nor GB 18030")


def write_findings(checked: Checked, path: Path) -> None:
    """Write everything that was found, as the file's suffix says.

    Raises:
        ArchiveError: It is neither .json nor .csv.
        OSError: It cannot be written.
    """
    match path.suffix:
        case ".json":
            text = json.dumps(asdict(checked), ensure_ascii=False, indent=1, default=str)
            write_file([text.encode(), b"\n"], path)
        case ".csv":
            write_file(stream_csv(chain([_HEADINGS], _rows_of(checked))), path)
        case _:
            raise ArchiveError(f"{path}: findings are written as .json or .csv")


def _rows_of(checked: Checked) -> Iterator[tuple[object, ...]]:
    """One for each finding and contradiction."""
    for one in checked.findings:
        yield (
            *(one.kind, one.sure, one.probability, one.body),
            " ".join(map(str, one.years)),
            "",
            one.difference,
            one.message,
            " ".join(map(str, one.files)),
        )
    for kind, group in (("broken_sum", checked.contradictions), ("doubt", checked.doubtful)):
        for broken in group:
            yield (
                *(kind, kind == "broken_sum", broken.probability, broken.body),
                broken.year,
                " ".join(sorted({str(cell.page) for cell in broken.cells if cell.page})),
                broken.difference,
                f"{broken.rule} ({broken.left:g} ≠ {broken.right:g})",
                str(broken.file),
            )


def show_findings(checked: Checked, console: Console) -> None:
    """Print the findings to act on as a table, and how many others there are."""
    table = Table("body", "years", "what")
    for one in checked.findings:
        if one.sure:
            table.add_row(one.body or "?", ", ".join(map(str, one.years)), one.message)
    for broken in checked.contradictions:
        told = f"{broken.rule}：{broken.left:g} ≠ {broken.right:g} ({broken.difference:+g})"
        table.add_row(broken.body or "?", str(broken.year or "?"), told)
    if table.row_count:
        console.print(table)
    unsure = sum(not one.sure for one in checked.findings) + len(checked.doubtful)
    console.print(
        f"{_count(checked.reports, 'report')}, {_count(table.row_count, 'finding')}; "
        f"{_count(unsure, 'more')} after review"
    )
    if checked.unread or checked.failed:
        console.print(
            f"{_count(checked.unread, 'file')} still to be read, {checked.failed} could not be: "
            "what seems to be missing may be among them"
        )
    if checked.strangers:
        console.print(f"no report is of {', '.join(checked.strangers)}")


def _count(number: int, what: str) -> str:
    plural = "" if number == 1 or what == "more" else "s"
    return f"{number} {what}{plural}"
