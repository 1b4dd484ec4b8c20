"""Reports that were read before → what those of other years say of a document's figures.

Source: docs/decisions/0008-archive-checks.md
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from hashlib import file_digest
from pathlib import Path
from typing import Final

from forms.form import Form
from pipeline.stated import Stated
from service.archive import read_folder
from service.summaries import Figure, Summary, is_of, summarise

KEPT: Final = 0.95
"""Share of carried figures that two years' reports agree on. They did wherever both were known
(docs/decisions/0008-archive-checks.md), which was seldom: so no more than this is believed."""


class NeighbourError(Exception):
    """There is nothing to go by."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What is known of reports of other years.

    Attributes:
        documents: By the SHA-256 of the document.
        years: By body and fiscal year, different documents alone.
        forms: By id.
    """

    documents: Mapping[str, Summary]
    years: Mapping[tuple[str, int], tuple[Summary, ...]]
    forms: Mapping[str, Form]


def read_neighbours(folder: Path, forms: Mapping[str, Form]) -> Neighbours:
    """Keep a summary of every report in a folder of JSON that `gouji extract` wrote.

    Raises:
        NeighbourError: There is no report of this version.
    """
    documents: dict[str, Summary] = {}
    for path, report in read_folder(folder):
        if isinstance(report, str):
            continue
        form = forms.get(report.form.id)
        if form is not None and is_of(report, form):
            summary = summarise(report, path, form, with_figures=False)
            documents[summary.sha256] = summary
    if not documents:
        raise NeighbourError(f"in {folder} is no report that this version has read")
    years: dict[tuple[str, int], tuple[Summary, ...]] = defaultdict(tuple)
    for one in documents.values():
        if one.body is not None and one.year is not None:
            years[one.body, one.year] += (one,)
    return Neighbours(documents, years, forms)


def state_of_file(neighbours: Neighbours, path: Path) -> tuple[Stated, ...]:
    """What the years before and after say of a document's carried figures.

    It must have been read before, too, so that its body and year are known. Where several
    reports are of one year, they say nothing.
    """
    try:
        with path.open("rb") as source:
            report = neighbours.documents.get(file_digest(source, "sha256").hexdigest())
    except OSError:
        # Whoever is to read the document tells what is wrong with it.
        return ()
    return () if report is None else tuple(_state(report, neighbours))


def _state(report: Summary, neighbours: Neighbours) -> Iterator[Stated]:
    if report.body is None or report.year is None:
        return
    form = neighbours.forms[report.form]
    for year, ours in ((report.year - 1, form.carried_in), (report.year + 1, form.carried_out)):
        others = neighbours.years.get((report.body, year), ())
        if len(others) == 1:
            (other,) = others
            theirs = other.carried_out if year < report.year else other.carried_in
            trust = KEPT * report.identity * other.identity
            yield from _state_each(theirs, ours, trust, f"the report of {year}")


def _state_each(
    theirs: Mapping[str, Figure], ours: Mapping[str, str], trust: float, source: str
) -> Iterator[Stated]:
    for column, figure in theirs.items():
        if column in ours:
            value = Decimal(repr(figure.value))
            yield Stated(ours[column], value, trust * figure.confidence, source)
