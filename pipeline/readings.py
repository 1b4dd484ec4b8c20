"""Cell → what it may hold, with probabilities."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from models.digits import WORDS, Window, crop_window, cut
from models.types import Candidate as Guess
from models.types import Image, Line
from pipeline.ink import Mask, without_seal
from pipeline.runs import group_lines, hull
from pipeline.types import Box, Candidate, Cell, Page, Reading, Table
from pipeline.values import normalise_text

ReadLines = Callable[[Sequence[Image]], tuple[Line, ...]]
ReadNumbers = Callable[[Sequence[Mask]], tuple[tuple[Guess, ...], ...]]

# A text layer that was checked against the pixels is wrong about a cell less often
# than once in a thousand; nothing measured says that it is never wrong.
_TEXT_LAYER_TRUST = 0.9995
# How much rarer than a well-formed one an ill-formed number is in print.
_ODD_PRINT = 0.02
# However surely it is read, it is as often print of two cells, or a misread number.
_ODD_TRUST = 0.5
_PRINTED = re.compile(
    r"[+-]?(?:0|[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d*)(?:\.\d+)?(?:[%元个件条次人]|万元)?"
    r"|-{1,2}|—{1,2}|/|无|"
)
_DASHES = re.compile(r"[-—]+")
# Medians over drawn scans, in heights of a digit; nine of ten lie within the spread's double,
# others are broken or touch something.
_DASH_LENGTHS: Final[Mapping[str, float]] = {"-": 0.42, "—": 1.1, "——": 2.45}
_LENGTH_SPREAD, _ANY_LENGTH = 0.25, 0.02
# A dash that is not among the reader's guesses may still be what is printed.
_DASH_LEAST = 0.01
# The widest digits, and the space between them, as shares of the print's height.
_CHARACTER_SHARE = 1.0
_SURE = 0.99
_CROP_MARGIN_INCH = 0.02
# Columns without rules stand farther apart.
_ROOM_INCH = 0.08
# Remnants of rules beside print are lower than this share of its height.
_LOWEST_LINE_SHARE = 0.4
# 75394432.52元 in 14 pt print; what is wider is a label.
_WIDEST_NUMBER_INCH = 1.6
# More paper above and below makes a line narrower at the height that the reader scales it to,
# and quicker to read; with so much it still reads as well.
_SLACK_SHARE = 0.1
# The height of a digit of 8 pt print.
_LOWEST_CROP_INCH = 0.08


@dataclass(frozen=True, slots=True)
class Readers:
    """The two nets: one for running text, one for what number cells hold."""

    lines: ReadLines
    numbers: ReadNumbers


def read_cells(page: Page, table: Table, readers: Readers) -> tuple[Reading, ...]:
    """Read every cell of a table, in the order of `table.cells`.

    Each cell that may hold a number goes whole to the reader of numbers, whether print was
    found in it or not, so that no text detector stands between a lone digit and its reader.
    What that says is no number, and what is too wide or too high for one, is read as text.

    Args:
        page: The page the table was found on, upright.
        table: Its boxes are pixels of `page.image`.
        readers: They batch for themselves.

    Returns:
        One reading per cell; candidates best first, probabilities summing to at most 1.
    """
    if page.kind == "digital":
        words = {word.box: word.text for word in page.words}
        return tuple(_read_layer(page.number, cell, words) for cell in table.cells)
    grey = without_seal(page.image)
    printed = [_lines_of(cell) for cell in table.cells]
    asked = cut_numbers(grey, table, page.dpi)
    answers = iter(readers.numbers([crop for crop in asked if crop is not None]))
    guesses = [(Guess(WORDS, 1.0),) if crop is None else next(answers) for crop in asked]
    guesses = _look_again(page, table, guesses, readers.numbers)
    guesses = _tell_dashes(guesses, printed)
    worded = [
        WORDS in guess[0].text or not _fits(guess[0], lines)
        for guess, lines in zip(guesses, printed, strict=True)
    ]
    crops = [
        _crop(grey, line, page.dpi)
        for lines, is_worded in zip(printed, worded, strict=True)
        if is_worded
        for line in lines
    ]
    texts = iter(readers.lines(crops))
    return tuple(
        _read_words(page, cell, [next(texts) for _ in lines], guess)
        if is_worded
        else _read_number(page, cell, guess)
        for cell, lines, guess, is_worded in zip(table.cells, printed, guesses, worded, strict=True)
    )


def cut_numbers(grey: Mask, table: Table, dpi: float) -> tuple[Mask | None, ...]:
    """Cut what the reader of numbers gets, in the order of `table.cells`.

    Args:
        grey: The page, its seals paled.
        table: Its boxes are pixels of the page.
        dpi: Pixels per inch.

    Returns:
        A crop per cell; None for one that is too wide or too high for a number.
    """
    printed = ((cell, _lines_of(cell)) for cell in table.cells)
    return tuple(
        cut(grey, crop_window(_room(cell, table, dpi), _windows(lines), dpi))
        if _may_be_number(lines, dpi)
        else None
        for cell, lines in printed
    )


def _look_again(
    page: Page, table: Table, guesses: Sequence[tuple[Guess, ...]], read: ReadNumbers
) -> list[tuple[Guess, ...]]:
    """Read cells line by line that are called empty though there is print in them.

    A seal's letters above a number draw the reader's window to them. What is found among
    strokes is trusted by half, and so is a cell's being empty where nothing is.
    """
    weighed = list(guesses)
    printed = [_lines_of(cell) for cell in table.cells]
    doubted = [index for index, guess in enumerate(guesses) if printed[index] and not guess[0].text]
    if not doubted:
        return weighed
    grey = without_seal(page.image)
    crops = [
        cut(
            grey, crop_window(_room(table.cells[index], table, page.dpi), [_window(line)], page.dpi)
        )
        for index in doubted
        for line in printed[index]
    ]
    answers = iter(read(crops))
    for index in doubted:
        found = [next(answers)[0] for _ in printed[index]]
        numbers = [one for one in found if one.text and WORDS not in one.text]
        halves = [Guess(one.text, one.probability / 2) for one in (*numbers, *guesses[index])]
        weighed[index] = tuple(sorted(halves, key=lambda one: (not one.text, -one.probability)))
    return weighed


def _tell_dashes(
    guesses: Sequence[tuple[Guess, ...]], printed: Sequence[Sequence[Box]]
) -> list[tuple[Guess, ...]]:
    """Weigh dashes by how long they are beside the table's digits.

    The reader sees print scaled by its own height, and a dash has next to none.
    """
    digits = [
        lines[0].height
        for guess, lines in zip(guesses, printed, strict=True)
        if len(lines) == 1 and guess[0].text.isdigit() and guess[0].probability > _SURE
    ]
    if not digits:
        return list(guesses)
    height = median(digits)
    return [
        _weigh_dashes(guess, lines[0].width / height)
        if len(lines) == 1 and _DASHES.fullmatch(guess[0].text)
        else guess
        for guess, lines in zip(guesses, printed, strict=True)
    ]


def _weigh_dashes(guesses: Sequence[Guess], length: float) -> tuple[Guess, ...]:
    """Multiply what the reader gives each dash by how likely its length is for it."""
    likely = {
        text: _ANY_LENGTH + math.exp(-((math.log(length / usual) / _LENGTH_SPREAD) ** 2) / 2)
        for text, usual in _DASH_LENGTHS.items()
    }
    known = {guess.text: guess.probability for guess in guesses if guess.text in likely}
    weights = {text: max(known.get(text, 0.0), _DASH_LEAST) * likely[text] for text in likely}
    scale = sum(known.values()) / sum(weights.values())
    dashes = [Guess(text, weight * scale) for text, weight in weights.items()]
    others = [guess for guess in guesses if guess.text not in likely]
    return tuple(sorted((*dashes, *others), key=lambda one: -one.probability))


def _lines_of(cell: Cell) -> list[Box]:
    """The lines of print in a cell; what is much lower than the rest is not print."""
    lines = [hull(line) for line in group_lines(cell.runs)]
    tallest = max((line.height for line in lines), default=0.0)
    return [line for line in lines if line.height >= _LOWEST_LINE_SHARE * tallest]


def _may_be_number(lines: Sequence[Box], dpi: float) -> bool:
    return len(lines) < 2 and all(line.width < _WIDEST_NUMBER_INCH * dpi for line in lines)


def _fits(guess: Guess, lines: Sequence[Box]) -> bool:
    """Whether print is about as wide as a number would be that is not read surely.

    The height of a dash says nothing of its width.
    """
    if guess.probability >= _SURE or _DASHES.fullmatch(guess.text):
        return True
    widest = _CHARACTER_SHARE * (len(guess.text) + 1)
    return all(line.width < widest * line.height for line in lines)


def _read_number(page: Page, cell: Cell, guesses: Sequence[Guess]) -> Reading:
    """Weigh the reader's strings by what is printed in number cells.

    Print that is no number, such as `0.` or `04`, is rare. Among the others the reader's
    certainty is kept.
    """
    numbers = [guess for guess in guesses if WORDS not in guess.text]
    odd = {guess.text: _PRINTED.fullmatch(guess.text) is None for guess in numbers}
    weights = [guess.probability * (_ODD_PRINT if odd[guess.text] else 1.0) for guess in numbers]
    scale = sum(guess.probability for guess in numbers) / max(sum(weights), 1e-12)
    weighed = [
        Candidate(guess.text, weight * scale * (_ODD_TRUST if odd[guess.text] else 1.0))
        for guess, weight in zip(numbers, weights, strict=True)
    ]
    candidates = tuple(sorted(weighed, key=lambda one: -one.probability))
    return Reading(cell, page.number, candidates[0].text, candidates, "read")


def _read_words(page: Page, cell: Cell, lines: Sequence[Line], guesses: Sequence[Guess]) -> Reading:
    """Running text; what is not surely read so may be a number among strokes."""
    text = "".join(normalise_text(line.text) for line in lines)
    sure = min((line.probability for line in lines), default=0.0)
    numbers = [
        Candidate(guess.text, guess.probability * (1.0 - sure))
        for guess in guesses
        if guess.text not in ("", text) and WORDS not in guess.text
    ]
    ranked = sorted((Candidate(text, sure), *numbers), key=lambda one: -one.probability)
    return Reading(cell, page.number, text, tuple(ranked), "read")


def _read_layer(page: int, cell: Cell, texts: Mapping[Box, str]) -> Reading:
    text = "".join(texts[run] for line in group_lines(cell.runs) for run in line)
    return Reading(cell, page, text, (Candidate(text, _TEXT_LAYER_TRUST),), "text_layer")


def _window(box: Box) -> Window:
    return box.left, box.top, box.right, box.bottom


def _room(cell: Cell, table: Table, dpi: float) -> Window:
    """A cell's box; where no rules bound it, its print and the paper around."""
    room = 0.0 if table.ruled else _ROOM_INCH * dpi
    box = cell.box
    return box.left - room, box.top - room, box.right + room, box.bottom + room


def _windows(lines: Sequence[Box]) -> list[Window]:
    return [_window(line) for line in lines]


def _crop(grey: Mask, box: Box, dpi: float) -> Image:
    """A line's pixels with a little paper around it, grey in all three channels."""
    margin = max(_CROP_MARGIN_INCH * dpi, 2.0)
    # A dash alone would be stretched to the reader's height, many times its width.
    lacking = max((_LOWEST_CROP_INCH * dpi - box.height) / 2, _SLACK_SHARE * box.height) + margin
    window = (box.left - margin, box.top - lacking, box.right + margin, box.bottom + lacking)
    return cut(grey, window)[:, :, None].repeat(3, axis=2)
