"""Cell → what it may hold, with probabilities."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Final

from models.digits import WORDS, cut
from models.types import Image, Line, ReadLines, ReadNumbers
from pipeline.cutting import cut_number, cut_numbers, lines_of, measure_dash, part_cell, room_of
from pipeline.ink import Mask, without_seal
from pipeline.kinds import weigh_numbers
from pipeline.notes import join_notes
from pipeline.runs import group_lines
from pipeline.trust import LAYER_TRUST
from pipeline.types import Box, Candidate, Cell, Page, Reading, Table
from pipeline.values import normalise_text

_MAY_BE_SEVERAL = re.compile(rf"[-+]?\d[\d.,-]*\d|.*{WORDS}")
_WHOLE_NUMBER = re.compile(r"[-+]?(?:0|[1-9]\d*)")
_DASHES = re.compile(r"[-—]+")
# Half of a full-width bracket is paper, which a reader of lines takes for a space.
_BRACKET = re.compile(r"\s*([()])\s*")
# What the reader of lines takes 撤 and 已 for, where no report means it.
_LOOK_ALIKES: Final = ((re.compile("撒(?=[回销])"), "撤"), (re.compile("(?<!自)己"), "已"))
# Medians over drawn scans, in heights of a digit; nine of ten lie within the spread's double,
# others are broken or touch something.
_DASH_LENGTHS: Final[Mapping[str, float]] = {"-": 0.42, "—": 1.1, "——": 2.45}
_LENGTH_SPREAD, _ANY_LENGTH = 0.2, 0.01
# A dash that is not among the reader's guesses may still be what is printed.
_DASH_LEAST = 0.01
# The widest digits, and the space between them, as shares of the print's height.
_CHARACTER_SHARE = 1.0
_SURE = 0.99
# Strokes over a number look like words: under a seal all that is said of words counts together.
_WORDS_UNDER_SEAL = 0.5
_CROP_MARGIN_INCH = 0.02
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
    """Read every cell of a table.

    Each cell that may hold a number goes whole to the reader of numbers, whether print was
    found in it or not, so that no text detector stands between a lone digit and its reader.
    What that says is no number, and what is too wide or too high for one, is read as text.

    Args:
        page: The page the table was found on, upright.
        table: Its boxes are pixels of `page.image`.
        readers: They batch for themselves.

    Returns:
        Readings that name their own cells, in reading order: one per cell; but several of
        parts of a cell that holds several numbers, and one for the cells of a wrapped note.
        Candidates are best first, probabilities sum to at most 1.
    """
    if page.kind == "digital":
        words = {word.box: word.text for word in page.words}
        layer = tuple(_read_layer(page.number, cell, words) for cell in table.cells)
        return layer if table.ruled else join_notes(layer)
    grey = without_seal(page.image)
    whole = _guess_numbers(grey, table, page.dpi, readers.numbers)
    table, guesses = _part_numbers(grey, table, whole, page.dpi, readers.numbers)
    printed = [lines_of(cell) for cell in table.cells]
    guesses = _look_again(grey, table, guesses, printed, page.dpi, readers.numbers)
    guesses = _tell_dashes(grey, guesses, printed)
    worded = [
        _holds_words(cell, guess, lines)
        for cell, guess, lines in zip(table.cells, guesses, printed, strict=True)
    ]
    crops = [
        _crop(grey, line, page.dpi)
        for lines, is_worded in zip(printed, worded, strict=True)
        if is_worded
        for line in lines
    ]
    texts = iter(readers.lines(crops))
    read = tuple(
        _read_words(page, cell, [next(texts) for _ in lines], guess)
        if is_worded
        else _read_number(page, cell, guess)
        for cell, lines, guess, is_worded in zip(table.cells, printed, guesses, worded, strict=True)
    )
    doubted = tuple(_doubt(one) if one.cell.cut_off else one for one in read)
    return doubted if table.ruled else join_notes(doubted)


def _doubt(reading: Reading) -> Reading:
    """What is cut off goes on beyond what shows as likely as not."""
    halves = (replace(one, probability=one.probability / 2) for one in reading.candidates)
    return replace(reading, candidates=tuple(halves))


def _guess_numbers(
    grey: Mask, table: Table, dpi: float, read: ReadNumbers
) -> list[tuple[Candidate, ...]]:
    """What the reader of numbers says of each cell; words where it was not asked."""
    asked = cut_numbers(grey, table, dpi)
    answers = iter(read([crop for crop in asked if crop is not None]))
    return [(Candidate(WORDS, 1.0),) if crop is None else next(answers) for crop in asked]


def _part_numbers(
    grey: Mask,
    table: Table,
    guesses: Sequence[tuple[Candidate, ...]],
    dpi: float,
    read: ReadNumbers,
) -> tuple[Table, list[tuple[Candidate, ...]]]:
    """Part cells that lost the rule between them: each number in them becomes a cell."""
    parted = {
        index: parts
        for index, (cell, guess) in enumerate(zip(table.cells, guesses, strict=True))
        if _MAY_BE_SEVERAL.fullmatch(guess[0].text) and len(parts := part_cell(grey, cell)) > 1
    }
    if not table.ruled or not parted:
        return table, list(guesses)
    apart = replace(table, cells=tuple(part for some in parted.values() for part in some))
    answers = iter(_guess_numbers(grey, apart, dpi, read))
    cells, kept = list[Cell](), list[tuple[Candidate, ...]]()
    for index, (cell, guess) in enumerate(zip(table.cells, guesses, strict=True)):
        told = [next(answers) for _ in parted.get(index, ())]
        if told and all(_WHOLE_NUMBER.fullmatch(one[0].text) for one in told):
            cells += parted[index]
            kept += told
        else:
            cells.append(cell)
            kept.append(guess)
    return replace(table, cells=tuple(cells)), kept


def _look_again(
    grey: Mask,
    table: Table,
    guesses: Sequence[tuple[Candidate, ...]],
    printed: Sequence[Sequence[Box]],
    dpi: float,
    read: ReadNumbers,
) -> list[tuple[Candidate, ...]]:
    """Read cells line by line that are called empty though there is print in them.

    A seal's letters above a number draw the reader's window to them. What is found among
    strokes is trusted by half, and so is a cell's being empty where nothing is.
    """
    weighed = list(guesses)
    doubted = [index for index, guess in enumerate(guesses) if printed[index] and not guess[0].text]
    crops = [
        cut_number(grey, room_of(table.cells[index], table, dpi), [line], dpi, None)
        for index in doubted
        for line in printed[index]
    ]
    answers = iter(read(crops))
    for index in doubted:
        found = [next(answers)[0] for _ in printed[index]]
        numbers = [one for one in found if one.text and WORDS not in one.text]
        numbers.sort(key=lambda one: -one.probability)
        weighed[index] = _halve(*numbers[:1], *guesses[index])
    return weighed


def _halve(*guesses: Candidate) -> tuple[Candidate, ...]:
    """Each text with half of all that it was given, an empty one last."""
    halves: dict[str, float] = {}
    for one in guesses:
        halves[one.text] = halves.get(one.text, 0.0) + one.probability / 2
    ranked = sorted(halves.items(), key=lambda half: (not half[0], -half[1]))
    return tuple(Candidate(text, half) for text, half in ranked)


def _tell_dashes(
    grey: Mask, guesses: Sequence[tuple[Candidate, ...]], printed: Sequence[Sequence[Box]]
) -> list[tuple[Candidate, ...]]:
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
        _weigh_dashes(guess, measure_dash(grey, lines[0], height) / height)
        if len(lines) == 1 and _DASHES.fullmatch(guess[0].text)
        else guess
        for guess, lines in zip(guesses, printed, strict=True)
    ]


def _weigh_dashes(guesses: Sequence[Candidate], length: float) -> tuple[Candidate, ...]:
    """Multiply what the reader gives each dash by how likely its length is for it."""
    likely = {
        text: _ANY_LENGTH + math.exp(-((math.log(length / usual) / _LENGTH_SPREAD) ** 2) / 2)
        for text, usual in _DASH_LENGTHS.items()
    }
    known = {guess.text: guess.probability for guess in guesses if guess.text in likely}
    weights = {text: max(known.get(text, 0.0), _DASH_LEAST) * likely[text] for text in likely}
    scale = sum(known.values()) / sum(weights.values())
    dashes = [Candidate(text, weight * scale) for text, weight in weights.items()]
    others = [guess for guess in guesses if guess.text not in likely]
    return tuple(sorted((*dashes, *others), key=lambda one: -one.probability))


def _holds_words(cell: Cell, guesses: Sequence[Candidate], lines: Sequence[Box]) -> bool:
    """Whether a cell is read as text: what seals add to a number's print makes it no words."""
    if cell.touched:
        words = [guess.probability for guess in guesses if WORDS in guess.text]
        return sum(words) > _WORDS_UNDER_SEAL or len(words) == len(guesses)
    return WORDS in guesses[0].text or not _fits(guesses[0], lines)


def _fits(guess: Candidate, lines: Sequence[Box]) -> bool:
    """Whether print is about as wide as the number would be.

    The height of a dash says nothing of its width.
    """
    if _DASHES.fullmatch(guess.text):
        return True
    widest = _CHARACTER_SHARE * (len(guess.text) + 1)
    return all(line.width < widest * line.height for line in lines)


def _is_sure_number(guess: Candidate) -> bool:
    return WORDS not in guess.text and guess.probability >= _SURE


def _read_number(page: Page, cell: Cell, guesses: Sequence[Candidate]) -> Reading:
    candidates = weigh_numbers(guesses)
    return Reading(cell, page.number, candidates[0].text, candidates, "read")


def _read_words(
    page: Page, cell: Cell, lines: Sequence[Line], guesses: Sequence[Candidate]
) -> Reading:
    """Running text; what is not surely read so may be a number among strokes.

    What stands beside a number that is read surely is a note, or dirt that makes no words.
    """
    text = _BRACKET.sub(r"\1", "".join(normalise_text(line.text) for line in lines))
    for seen, meant in _LOOK_ALIKES:
        text = seen.sub(meant, text)
    number = guesses[0].text.removesuffix(WORDS)
    noted = number != "" and text.startswith(f"{number}(")
    if _is_sure_number(guesses[0]) and not noted:
        return _read_number(page, cell, guesses)
    sure = min((line.probability for line in lines), default=0.0)
    numbers = [
        Candidate(guess.text, guess.probability * (1.0 - sure))
        for guess in (guesses[1:] if noted else guesses)
        if guess.text not in ("", text) and WORDS not in guess.text
    ]
    ranked = sorted((Candidate(text, sure), *numbers), key=lambda one: -one.probability)
    return Reading(cell, page.number, text, tuple(ranked), "read")


def _read_layer(page: int, cell: Cell, texts: Mapping[Box, str]) -> Reading:
    text = "".join(texts[run] for line in group_lines(cell.runs) for run in line)
    return Reading(cell, page, text, (Candidate(text, LAYER_TRUST),), "text_layer")


def _crop(grey: Mask, box: Box, dpi: float) -> Image:
    """A line's pixels with a little paper around it, grey in all three channels."""
    margin = max(_CROP_MARGIN_INCH * dpi, 2.0)
    # A dash alone would be stretched to the reader's height, many times its width.
    lacking = max((_LOWEST_CROP_INCH * dpi - box.height) / 2, _SLACK_SHARE * box.height) + margin
    window = (box.left - margin, box.top - lacking, box.right + margin, box.bottom + lacking)
    return cut(grey, window)[:, :, None].repeat(3, axis=2)
