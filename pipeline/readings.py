"""Cell → what it may hold, with probabilities."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from unicodedata import normalize

from models.types import Candidate as Guess
from models.types import Image, Line
from pipeline.ink import Ink, without_seal
from pipeline.runs import group_lines, hull
from pipeline.strokes import read_stroke
from pipeline.types import Box, Candidate, Cell, Page, Reading, Table

ReadLines = Callable[[Sequence[Image]], tuple[Line, ...]]
ReadNumbers = Callable[[Sequence[Image]], tuple[tuple[Guess, ...], ...]]

# A text layer that was checked against the pixels is wrong about a cell less often
# than once in a thousand; nothing measured says that it is never wrong.
_TEXT_LAYER_TRUST = 0.9995
# No ink at all: a lost mark (a faint 0, a dropped point) stays possible.
_BLANK_TRUST = 0.995
_STROKE_TRUST = 0.97
# How much rarer than a well-formed one an ill-formed number is in print.
_ODD_PRINT = 0.02
_PRINTED = re.compile(
    r"[+-]?(?:0|[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d*)(?:\.\d+)?(?:[%元个件条次人]|万元)?"
    r"|-{1,2}|—{1,2}|/|无"
)
_CROP_MARGIN_INCH = 0.02
# Remnants of rules beside print are lower than this share of its height.
_LOWEST_LINE_SHARE = 0.4
# A number cell holds one line: two are two cells whose rule was lost.
_STACKED_TRUST = 0.3
# The height of a digit of 8 pt print.
_LOWEST_CROP_INCH = 0.08
# 75394432.52元 in 14 pt print; what is wider is a label.
_WIDEST_NUMBER_INCH = 1.6
_WORDS_AT_LEAST = 2


@dataclass(frozen=True, slots=True)
class Readers:
    """The two nets: one for running text, one for what number cells hold."""

    lines: ReadLines
    numbers: ReadNumbers


def read_cells(page: Page, ink: Ink, table: Table, readers: Readers) -> tuple[Reading, ...]:
    """Read every cell of a table, in the order of `table.cells`.

    Crops are cut from the page around the ink of a line, seals paled, so that no text
    detector stands between a lone digit and its reader.

    Args:
        page: The page the table was found on, upright.
        ink: Its masks.
        table: Its boxes are pixels of `page.image`.
        readers: They batch for themselves.

    Returns:
        One reading per cell; candidates best first, probabilities summing to at most 1.
    """
    if page.kind == "digital":
        words = {word.box: word.text for word in page.words}
        return tuple(_read_layer(page.number, cell, words) for cell in table.cells)
    lines = [_lines_of(cell) for cell in table.cells]
    crops = [_crop(page, line) for cell_lines in lines for line in cell_lines]
    texts = iter(readers.lines(crops))
    labels = [[next(texts) for _ in cell_lines] for cell_lines in lines]
    numeric = [
        len(cell_lines) == 1
        and cell_lines[0].width < _WIDEST_NUMBER_INCH * page.dpi
        and not _is_words(label[0].text)
        for cell_lines, label in zip(lines, labels, strict=True)
    ]
    wanted = [
        _crop(page, cell_lines[0])
        for cell_lines, asked in zip(lines, numeric, strict=True)
        if asked
    ]
    guesses = iter(readers.numbers(wanted))
    readings = []
    for cell, label, asked in zip(table.cells, labels, numeric, strict=True):
        text = "".join(normalize("NFKC", line.text) for line in label)
        if asked:
            candidates = _number_candidates(_stroke_of(page, ink, cell), next(guesses))
        elif label:
            sure = min(line.probability for line in label)
            stacked = len(label) > 1 and not _is_words(text)
            candidates = (Candidate(text, min(sure, _STACKED_TRUST) if stacked else sure),)
        else:
            candidates = (Candidate("", _BLANK_TRUST),)
        readings.append(Reading(cell, page.number, text, candidates, "read"))
    return tuple(readings)


def _lines_of(cell: Cell) -> list[Box]:
    """The lines of print in a cell; what is much lower than the rest is not print."""
    lines = [hull(line) for line in group_lines(cell.runs)]
    tallest = max((line.height for line in lines), default=0.0)
    return [line for line in lines if line.height >= _LOWEST_LINE_SHARE * tallest]


def _stroke_of(page: Page, ink: Ink, cell: Cell) -> str | None:
    if len(cell.runs) != 1:
        return None
    (run,) = cell.runs
    mask = ink.text[int(run.top) : int(run.bottom), int(run.left) : int(run.right)]
    return read_stroke(mask, page.dpi)


def _number_candidates(stroke: str | None, guesses: Sequence[Guess]) -> tuple[Candidate, ...]:
    """Weigh the reader's strings by what is printed in number cells.

    The cell has ink in it, so that it is not empty; and print that is no number, such as
    `0.` or `04`, is rare. The sum over the candidates stays what the reader gave.
    """
    if stroke is not None:
        return (Candidate(stroke, _STROKE_TRUST),)
    inked = [guess for guess in guesses if guess.text]
    if not inked:
        return (Candidate("", 0.0),)
    weights = [
        guess.probability * (1.0 if _PRINTED.fullmatch(guess.text) else _ODD_PRINT)
        for guess in inked
    ]
    scale = sum(guess.probability for guess in inked) / max(sum(weights), 1e-12)
    best = sorted(zip(inked, weights, strict=True), key=lambda pair: -pair[1])
    return tuple(Candidate(guess.text, weight * scale) for guess, weight in best)


def _is_words(text: str) -> bool:
    """Whether a text is a label: two or more Chinese characters beside no digit."""
    chinese = sum("\u4e00" <= character <= "\u9fff" for character in text)
    return chinese >= _WORDS_AT_LEAST and not any(character.isdigit() for character in text)


def _read_layer(page: int, cell: Cell, texts: Mapping[Box, str]) -> Reading:
    text = "".join(texts[run] for line in group_lines(cell.runs) for run in line)
    return Reading(cell, page, text, (Candidate(text, _TEXT_LAYER_TRUST),), "text_layer")


def _crop(page: Page, box: Box) -> Image:
    """A line's pixels with a little paper around it, grey in all three channels."""
    margin = max(int(_CROP_MARGIN_INCH * page.dpi), 2)
    # A dash alone would be stretched to the reader's height, many times its width.
    lacking = max((_LOWEST_CROP_INCH * page.dpi - box.height) / 2, 0.0)
    box = Box(box.left, box.top - lacking, box.right, box.bottom + lacking)
    top, left = max(int(box.top) - margin, 0), max(int(box.left) - margin, 0)
    window = page.image[top : int(box.bottom) + margin + 1, left : int(box.right) + margin + 1]
    grey = without_seal(window)
    return grey[:, :, None].repeat(3, axis=2)
