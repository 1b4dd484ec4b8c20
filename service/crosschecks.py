"""Summaries of many reports → what does not agree between them.

Source: docs/decisions/0008-archive-checks.md
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Final, Literal

from forms.form import Form
from pipeline.checks import SURE
from service.summaries import Figure, Summary

FindingKind = Literal[
    "carried_over",
    "duplicate_file",
    "duplicate_year",
    "missing_year",
    "form_of_other_years",
    "sum_of_bodies",
    "unplaced",
]

_AGGREGATES: Final = 0.5
"""A report most of whose figures are those of the bodies below it added up is their sum."""

_FEWEST_FIGURES: Final = 5
"""Other than 0; fewer agree by chance."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not agree.

    Attributes:
        kind: What it is.
        sure: Whether the figures and names in it are read surely enough to act on it, and
            for a missing year whether all files were read.
        probability: That all of them are read right.
        body: Whose reports they are; None when that was not found.
        years: Fiscal years concerned.
        files: JSON files concerned.
        fields: Field ids concerned.
        difference: By how much, where that means something.
        message: All this in a sentence.
    """

    kind: FindingKind
    sure: bool
    probability: float
    body: str | None
    years: tuple[int, ...]
    files: tuple[Path, ...]
    fields: tuple[str, ...]
    difference: float | None
    message: str


def cross_check(
    summaries: Iterable[Summary],
    forms: Mapping[str, Form],
    parents: Mapping[str, str],
    *,
    complete: bool = True,
) -> tuple[Finding, ...]:
    """Compare reports with each other.

    Args:
        summaries: Of all reports; those of one document under several names count as one.
        forms: By id.
        parents: Body → the body above it, where sums over bodies are to be checked.
        complete: Whether there is a report of every file: else none of a year may be yet to come.

    Returns:
        Findings, the same for the same reports in whatever order: by body, year and kind.
    """
    by_body: dict[str, dict[int, list[Summary]]] = defaultdict(lambda: defaultdict(list))
    by_content: dict[str, list[Summary]] = defaultdict(list)
    found: list[Finding] = []
    for summary in summaries:
        by_content[summary.sha256].append(summary)
    for same in by_content.values():
        one = min(same, key=lambda some: some.file)
        if one.body is None or one.year is None:
            found.append(_unplaced(one))
            continue
        by_body[one.body][one.year].append(one)
        found.extend(_misfits(one, one.year, forms[one.form]))
    found.extend(_same_files(by_content.values()))
    for years in by_body.values():
        found.extend(_several_a_year(years))
        found.extend(_between_years(years, complete=complete))
    found.extend(_sums_of_bodies(by_body, parents))
    return tuple(sorted(found, key=lambda one: (one.body or "", one.years, one.kind, one.fields)))


def _unplaced(one: Summary) -> Finding:
    lacks = "body" if one.body is None else "fiscal year"
    return _finding("unplaced", one.identity, (one,), f"{one.file}: its {lacks} was not found")


def _misfits(one: Summary, year: int, form: Form) -> Iterator[Finding]:
    if not form.in_use(year):
        told = f"{form.first_year} to {form.last_year or 'now'}"
        message = f"{one.body} reports {year} on form {form.id}, which is for {told}"
        yield _finding("form_of_other_years", one.identity, (one,), message)


def _same_files(groups: Iterable[Sequence[Summary]]) -> Iterator[Finding]:
    for same in groups:
        if len(same) > 1:
            files = ", ".join(sorted(str(one.file) for one in same))
            yield _finding("duplicate_file", 1.0, same, f"one document lies here twice: {files}")


def _several_a_year(years: Mapping[int, Sequence[Summary]]) -> Iterator[Finding]:
    for year, same in years.items():
        if len(same) > 1:
            sure = min(one.identity for one in same)
            message = f"{same[0].body} has {len(same)} different reports for {year}"
            yield _finding("duplicate_year", sure, same, message)


def _between_years(years: Mapping[int, Sequence[Summary]], *, complete: bool) -> Iterator[Finding]:
    for before, after in pairwise(sorted(years)):
        one, other = years[before][0], years[after][0]
        if after - before > 1:
            gap = ", ".join(str(year) for year in range(before + 1, after))
            message = f"{one.body} has no report for {gap}"
            sure = one.identity * other.identity
            missing = _finding("missing_year", sure, (one, other), message)
            yield replace(missing, sure=missing.sure and complete)
            continue
        # Of several reports for a year nobody knows which one counts.
        if len(years[before]) == len(years[after]) == 1:
            yield from _carried(one, other)


def _carried(before: Summary, after: Summary) -> Iterator[Finding]:
    for column, left in before.carried_out.items():
        brought = after.carried_in.get(column)
        if brought is None or brought.value == left.value:
            continue
        message = (
            f"{before.body} left {left.value:g} to {after.year} ({left.field}) and "
            f"brought {brought.value:g} from {before.year} ({brought.field})"
        )
        yield _finding(
            "carried_over",
            left.confidence * brought.confidence * before.identity * after.identity,
            (before, after),
            message,
            (left, brought),
        )


def _sums_of_bodies(
    by_body: Mapping[str, Mapping[int, Sequence[Summary]]], parents: Mapping[str, str]
) -> Iterator[Finding]:
    """Where a superior's report adds up those below it, what does not add up.

    Many superiors report on themselves alone: only one whose figures mostly are the sums of
    all the others' is taken to be their sum.
    """
    below: dict[str, list[str]] = defaultdict(list)
    for body, superior in parents.items():
        below[superior].append(body)
    for superior, bodies in below.items():
        for year, reports in by_body.get(superior, {}).items():
            parts = [by_body.get(body, {}).get(year, ()) for body in bodies]
            if len(reports) == 1 and all(len(part) == 1 for part in parts):
                yield from _sum_of_parts(reports[0], [part[0] for part in parts])


def _sum_of_parts(whole: Summary, parts: Sequence[Summary]) -> Iterator[Finding]:
    shared = [name for name in whole.figures if all(name in part.figures for part in parts)]
    totals = {name: sum(part.figures[name].value for part in parts) for name in shared}
    counted = [name for name in shared if totals[name] or whole.figures[name].value]
    agreeing = sum(totals[name] == whole.figures[name].value for name in counted)
    if len(counted) < _FEWEST_FIGURES or agreeing <= _AGGREGATES * len(counted):
        return
    for name in counted:
        own = whole.figures[name]
        if own.value != totals[name]:
            sure = own.confidence * whole.identity
            for part in parts:
                sure *= part.figures[name].confidence * part.identity
            message = (
                f"{whole.body} prints {own.value:g} for {name} in {whole.year}; "
                f"the {len(parts)} bodies below it add up to {totals[name]:g}"
            )
            theirs = Figure(name, totals[name], sure)
            yield _finding("sum_of_bodies", sure, (whole, *parts), message, (own, theirs))


def _finding(
    kind: FindingKind,
    probability: float,
    reports: Sequence[Summary],
    message: str,
    figures: tuple[Figure, ...] = (),
) -> Finding:
    """A finding about reports; of two figures the difference is the first less the second."""
    return Finding(
        kind=kind,
        sure=probability >= SURE,
        probability=probability,
        body=reports[0].body,
        years=tuple(sorted({one.year for one in reports if one.year is not None})),
        files=tuple(sorted(one.file for one in reports)),
        fields=tuple(dict.fromkeys(figure.field for figure in figures)),
        difference=figures[0].value - figures[1].value if len(figures) > 1 else None,
        message=message,
    )
