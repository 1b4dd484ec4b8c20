"""The records that flow through the pipeline, in the order in which they arise.

Page → Table of Cell → Reading → FieldReading → FieldValue → Report

All are frozen. A confidence has no default: whoever makes a record must say it.
Pages count from 1; rows and columns from 0. Boxes are pixels of `Page.image`
(origin top left) until `extract` maps them to points of the stored page.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.types import Candidate as Candidate
from models.types import Image

PageKind = Literal["digital", "scanned"]
Source = Literal["text_layer", "read", "repaired", "inferred", "reviewed"]
Verdict = Literal["holds", "broken_on_paper", "uncertain", "not_assessable"]


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle, origin top left; its holder says the unit."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Right minus left."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Bottom minus top."""
        return self.bottom - self.top

    @property
    def center(self) -> tuple[float, float]:
        """Middle as (x, y)."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def overlap(self, other: "Box") -> float:
        """Area shared with another box of the same unit; 0 when they are apart."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(width, 0.0) * max(height, 0.0)


@dataclass(frozen=True, slots=True)
class Word:
    """A run of text, NFKC, from a text layer that was found to agree with the pixels."""

    text: str
    box: Box


@dataclass(frozen=True, slots=True)
class Rule:
    """A drawn ruling line, horizontal or vertical, in pixels of the page's image."""

    box: Box
    horizontal: bool


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """Where the pixels of an upright image lie on the page as stored.

    Attributes:
        nodes: float64 (rows, columns, 2): for a regular lattice over the upright
            image, corners included, the (x, y) of each node on the stored page, in
            points, origin top left. Between nodes the map is bilinear.
        width: Of the upright image, pixels.
        height: Of the upright image, pixels.
    """

    nodes: NDArray[np.float64]
    width: int
    height: int


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """One page, upright.

    Attributes:
        number: Counts from 1 through the file.
        width: Of the stored page, points.
        height: Of the stored page, points.
        kind: "digital" when the text layer agrees with the pixels, else "scanned".
        image: RGB raster, upright and straightened; uint8 (height, width, 3).
        dpi: Pixels of `image` per inch of the stored page.
        rotation: Quarter turn that was undone, degrees clockwise as stored: 0, 90, 180, 270.
        skew_degrees: Skew that was undone after the quarter turn; positive is clockwise.
        words: The text layer, pixels of `image`; empty for a scanned page.
        rules: Drawn ruling lines, pixels of `image`; empty for a scanned page.
        mesh: From pixels of `image` to points of the stored page.
    """

    number: int
    width: float
    height: float
    kind: PageKind
    image: Image
    dpi: float
    rotation: int
    skew_degrees: float
    words: tuple[Word, ...]
    rules: tuple[Rule, ...]
    mesh: Mesh


@dataclass(frozen=True, slots=True)
class ReportWarning:
    """Something a reader of the report should know; it stopped nothing."""

    code: str
    message: str
    page: int | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table, which a seal may touch and the page's edge cut off.

    `runs` are the boxes of print in it, in no order; spans count grid rows and columns.
    """

    row: int
    column: int
    row_span: int
    column_span: int
    box: Box
    runs: tuple[Box, ...]
    touched: bool
    cut_off: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """The part of a table that stands on one page, cells in reading order.

    `ruled` is false where rows are lines of print: a wrapped label then takes several.
    """

    page: int
    box: Box
    ruled: bool
    rows: int
    columns: int
    cells: tuple[Cell, ...]

    @property
    def second_row_top(self) -> float:
        """Where its second row begins; where it begins itself if it has none."""
        return min((cell.box.top for cell in self.cells if cell.row > 0), default=self.box.top)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one cell may hold.

    Attributes:
        cell: The cell.
        page: Where it stands.
        label: Its text read as running text ("" for an empty cell), lines joined.
        candidates: Its text read as a number cell, best first; probabilities sum to
            at most 1, the rest is "something else".
        source: Where the text comes from.
    """

    cell: Cell
    page: int
    label: str
    candidates: tuple[Candidate, ...]
    source: Literal["text_layer", "read"]


@dataclass(frozen=True, slots=True)
class FieldReading:
    """A field of the form and the cell it was found in (None: not found).

    `mapping` is the probability that this cell is the field's; of no cell, that none is printed.
    `labelled` says that its row's label or its column's header was read, and not their order alone.
    """

    field: str
    reading: Reading | None
    mapping: float
    unit: str | None
    labelled: bool = True


@dataclass(frozen=True, slots=True)
class Number:
    """A printed number; `value` is exact for integers and a float with decimals."""

    value: int | float

    @property
    def exact(self) -> Decimal:
        """The decimal that was printed: the shortest that makes this float."""
        return Decimal(repr(self.value))


@dataclass(frozen=True, slots=True)
class Blank:
    """A cell that is there and empty."""


@dataclass(frozen=True, slots=True)
class NotReported:
    """A cell that holds `/`, `—`, `-` or `无`."""


@dataclass(frozen=True, slots=True)
class Missing:
    """No cell was found for the field."""


@dataclass(frozen=True, slots=True)
class Illegible:
    """A cell with ink in it that is no number, dash or blank."""


Value: TypeAlias = Number | Blank | NotReported | Missing | Illegible


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What the sums speak for where the print contradicts itself.

    Attributes:
        value: The number with which the sums would hold.
        probability: That the paper says so after all.
        sums: Their ids.
    """

    value: int | float
    probability: float
    sums: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Posterior:
    """What a field holds once everything was weighed, not yet calibrated.

    Attributes:
        found: The field, its cell and what was read in it.
        text: As printed, NFKC and trimmed.
        probability: That `text` is printed, given readings, mapping, sums and sentences.
        source: Where the text comes from.
        alternatives: Other strings, best first, with their posteriors.
        reconciled: What the sums would prefer to the print, if anything.
        why: One sentence for anything that was not simply read, else None.
    """

    found: FieldReading
    text: str
    probability: float
    source: Source
    alternatives: tuple[Candidate, ...]
    reconciled: Reconciled | None
    why: str | None


@dataclass(frozen=True, slots=True)
class FieldValue:
    """What the report says in one field, ready to leave.

    Attributes:
        field: Its id, such as `t3.granted.total`.
        text: As printed, trimmed and NFKC; "" when blank or missing.
        value: What the text means.
        unit: The unit printed in the cell, its header or its label, if any.
        confidence: Probability that `text` is what is printed.
        reading_confidence: The part of it that is the reader's.
        mapping_confidence: The part of it that is the mapping's.
        review: Whether a person should look.
        source: Where the text comes from.
        read: What the reader took for the text, where that is another.
        alternatives: Other strings the cell may hold, best first.
        reconciled: What the sums speak for where the print contradicts them, else None.
        why: One sentence for anything that was not simply read, else None.
        page: Where the cell is; None when missing.
        box: The cell, points of the stored page; None when missing.
    """

    field: str
    text: str
    value: Value
    unit: str | None
    confidence: float
    reading_confidence: float
    mapping_confidence: float
    review: bool
    source: Source
    read: Candidate | None
    alternatives: tuple[Candidate, ...]
    reconciled: Reconciled | None
    why: str | None
    page: int | None
    box: Box | None


@dataclass(frozen=True, slots=True)
class Check:
    """One sum of the form, evaluated on what was read.

    `left` and `right` are None when a field of theirs has no number.
    `probability` is that of the sum holding on paper, given the readings.
    """

    id: str
    fields: tuple[str, ...]
    left: int | float | None
    right: int | float | None
    holds: bool | None
    verdict: Verdict
    probability: float


@dataclass(frozen=True, slots=True)
class Finding:
    """A fact about the whole report, its box in points; None, at confidence 0, if none is found."""

    value: str | int | None
    confidence: float
    page: int | None
    box: Box | None


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of running text, pixels of its page's image; `probability` is the reader's."""

    page: int
    text: str
    box: Box
    probability: float


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered heading of the report's prose and the text under it."""

    heading: str
    text: str
    page: int


@dataclass(frozen=True, slots=True)
class PageSummary:
    """What the report says of one of its pages; sizes in points, as stored."""

    number: int
    width: float
    height: float
    rotation: int
    skew_degrees: float
    kind: PageKind


@dataclass(frozen=True, slots=True)
class SourceFile:
    """The file that was read."""

    filename: str
    sha256: str
    size: int
    pages: int
    kind: Literal["scanned", "digital", "mixed"]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was read from one file, in the order of its JSON."""

    source: SourceFile
    form: str
    form_confidence: float
    body: Finding
    fiscal_year: Finding
    fields: tuple[FieldValue, ...]
    checks: tuple[Check, ...]
    pages: tuple[PageSummary, ...]
    sections: tuple[Section, ...]
    warnings: tuple[ReportWarning, ...]
    versions: Mapping[str, str]
    fingerprint: str
    timings: Mapping[str, float]
