"""Places without rules in which no print was found → what the reader of numbers sees there.

A search for print loses lone digits. Once the form is laid over a table, where one would stand
is known, and the reader looks there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Final

from forms.form import Form
from models.digits import WORDS, UsualPrint
from models.types import ReadNumbers
from pipeline.cutting import cut_number, lines_of
from pipeline.ink import Mask
from pipeline.kinds import weigh_by_kind, weigh_numbers
from pipeline.types import Box, Candidate, FieldReading, Reading

_LOST: Final = 0.005
"""Of the lone digits of tables without rules, the search for print is taken to lose so many: where
few cells are empty, each may be one of them. Chosen by hand."""

_SLID: Final = 0.02
"""So many numbers are taken to stand in no row that they were looked for in: where few cells are
empty, each may be such a row's. Chosen by hand, for the worst scans."""

_MOST_IN_DOUBT: Final = 0.5
"""Of empty places; and of one where the reader sees words though no print was found."""

_ROOM: Final = 1.0
"""Of a digit's height: above and below a number, and to the print beside it, for its own."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A scanned page on which a table without rules stands.

    Attributes:
        grey: The page, its seals paled.
        dpi: Pixels per inch.
        printed: Where print was read, pixels.
    """

    grey: Mask
    dpi: float
    printed: tuple[Box, ...]


def read_unprinted(
    form: Form, fields: Sequence[FieldReading], papers: Mapping[int, Paper], read: ReadNumbers
) -> tuple[FieldReading, ...]:
    """Read the places of a form's fields in which no print was found and no rules are.

    Args:
        form: The report's.
        fields: In the form's order; the cells in question have no candidates.
        papers: By page. Of a page that is not among them, because it was not scanned, nothing
            is read: how many cells the body leaves empty says how likely each is.
        read: The reader of numbers.

    Returns:
        The fields, all cells with candidates.
    """
    asked = [
        (index, found.reading, papers[found.reading.page])
        for index, found in enumerate(fields)
        if found.reading is not None
        and not found.reading.candidates
        and found.reading.page in papers
    ]
    heights = _heights_of_digits(fields)
    crops = [_cut(reading, paper, heights) for _, reading, paper in asked]
    slid = _share_of_empty(_SLID, fields)
    filled = list(fields)
    for (index, reading, _), guesses in zip(asked, read(crops), strict=True):
        words = WORDS in guesses[0].text
        seen = reading if words else replace(reading, candidates=weigh_numbers(guesses))
        filled[index] = replace(
            fields[index],
            reading=weigh_by_kind(seen, form.fields[index].kind),
            mapping=fields[index].mapping * (1.0 - (_MOST_IN_DOUBT if words else slid)),
        )
    return _weigh_unread(filled, _share_of_empty(_LOST, fields))


def _share_of_empty(share: float, fields: Sequence[FieldReading]) -> float:
    """What a share of the fields with print is of those without."""
    empty = sum(one.reading is not None and not one.reading.candidates for one in fields)
    return min(share * (len(fields) - empty) / max(empty, 1), _MOST_IN_DOUBT)


def _heights_of_digits(fields: Sequence[FieldReading]) -> dict[int, float]:
    """Of a lone line of digits, pixels, by page."""
    heights: dict[int, list[float]] = {}
    for found in fields:
        if found.reading is not None and found.reading.label.isdigit():
            lines = lines_of(found.reading.cell)
            heights.setdefault(found.reading.page, []).extend(line.height for line in lines)
    return {page: median(some) for page, some in heights.items() if some}


def _cut(reading: Reading, paper: Paper, heights: Mapping[int, float]) -> Mask:
    """What the reader gets: a place as high as a number and its air, up to the next print."""
    box = reading.cell.box
    usual = UsualPrint(box.center[1], heights.get(reading.page, box.height))
    air = _ROOM * usual.height
    free = Box(box.left, usual.middle - air, box.right, usual.middle + air)
    for print_ in paper.printed:
        free = _clear(free, print_, usual)
    return cut_number(paper.grey, free, [], paper.dpi, usual)


def _clear(free: Box, print_: Box, usual: UsualPrint) -> Box:
    """The place without what is printed beside, above or below it."""
    if not (print_.left < free.right and free.left < print_.right):
        return free
    if not (print_.top < free.bottom and free.top < print_.bottom):
        return free
    half = usual.height / 2
    if print_.bottom <= usual.middle - half:
        return replace(free, top=print_.bottom)
    if print_.top >= usual.middle + half:
        return replace(free, bottom=print_.top)
    if print_.center[0] < free.center[0]:
        return replace(free, left=min(print_.right, free.right))
    return replace(free, right=max(print_.left, free.left))


def _weigh_unread(fields: Sequence[FieldReading], lost: float) -> tuple[FieldReading, ...]:
    """Say of cells that nobody could look at how likely they are empty."""
    blank = (Candidate("", 1.0 - lost), Candidate("0", lost))
    return tuple(
        replace(one, reading=replace(one.reading, candidates=blank))
        if one.reading is not None and not one.reading.candidates
        else one
        for one in fields
    )
