"""Whether a text layer says what its page shows: its characters, its places, its digits."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from models.types import Image, ReadLines
from pipeline.ink import find_seal
from pipeline.types import Box, Word

LAYER_TRUST: Final = 0.9995
"""A text layer that was checked against the pixels is wrong about a cell less often than once
in a thousand; nothing measured says that it is never wrong."""

_MOST_GARBLED = 0.05
# Fewer characters than this say too little about the language that they are in.
_FEWEST_TO_JUDGE = 40
# Letters for each Chinese character in a page that is taken for Chinese: addresses of web
# pages are the most that reports have.
_MOST_LETTERS_PER_CHARACTER = 3.0
# Between 23 % and 52 % of the characters on the pages of 16 reports are among the common
# ones; text decoded with a wrong code page or table has 0 to 5 %.
_LEAST_COMMON_SHARE = 0.12
_COMMON = frozenset(
    "的一是不了在人有我他这为之来大以个中上们到说国和地也子时道出而要于就下得可你年生自会那后能"
    "对着事其里所去行过家十用发天如然作方成者多日都三小军二无同么经法当起与好看学进种将还分此心"
    "前面又定见只主没公从知全工己外民府政信息开情况部项理件"
)

_MOST_UNCOVERED_INK = 0.12
# A picture of two lines of a table has 60 tiles of ink outside all words, of 6,000.
_MOST_UNCOVERED_TILES = 0.006
_TILE_POINTS = 9.0
_TILE_INK_SHARE = 0.04
_LEAST_ON_INK = 0.9
_INK_CONTRAST = 40
# The widest stroke of print that counts as ink, pixels at 100 dpi: 36 pt bold has 8.
_STROKE = 9
# Words read to try a font, and the digits or characters that make a trial worth counting.
_TRIALS, _LEAST_TRIED = 4, 3
# Where digits are swapped, a third of them can agree by chance and by their order.
_LEAST_ALIKE, _LEAST_DIGITS_ALIKE = 0.6, 0.75
# What was hardly read (a lone 一 or 、) speaks neither for the layer nor against it.
_READ_SURELY = 0.6
_TRIAL_MARGIN = 2
# What recognisers take small digits for.
_LOOKALIKES = str.maketrans("OoQD〇lI|丨S", "00000" + "1111" + "5")


def is_garbled(characters: Iterable[str]) -> bool:
    """Whether characters are none that a Chinese report prints, or make no Chinese."""
    printed = [character for character in characters if not character.isspace()]
    categories = [unicodedata.category(character) for character in printed]
    chinese = [character for character in printed if _is_chinese(character)]
    latin = sum(character.isascii() and character.isalpha() for character in printed)
    strange = sum(
        category in ("Co", "Cn", "Cc", "Cs") or character == "\ufffd"
        for character, category in zip(printed, categories, strict=True)
    )
    foreign = sum(category[0] == "L" for category in categories) - latin - len(chinese)
    if not printed or strange + foreign > _MOST_GARBLED * len(printed):
        return True
    if latin > _FEWEST_TO_JUDGE and latin > _MOST_LETTERS_PER_CHARACTER * len(chinese):
        return True
    common = sum(character in _COMMON for character in chinese)
    return len(chinese) >= _FEWEST_TO_JUDGE and common < _LEAST_COMMON_SHARE * len(chinese)


def _is_chinese(character: str) -> bool:
    folded = unicodedata.normalize("NFKC", character)
    return any("\u2e80" <= part <= "\u9fff" or part >= "\U00020000" for part in folded)


def lies_on_ink(words: Sequence[Word], rules: Iterable[Box], image: Image, dpi: float) -> bool:
    """Whether the page's ink lies under words and rules, and words lie on ink.

    Ink is dark strokes that are not red: an area of one colour is none.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    # Black-hat: strokes alone; dark areas are wider than its window, and their edges are none.
    strokes = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, np.ones((_STROKE, _STROKE), np.uint8))
    ink = np.asarray(strokes > _INK_CONTRAST, dtype=np.uint8)
    ink[find_seal(image) > 0] = 0
    total = int(ink.sum())
    on_ink = 0
    for word in words:
        window = _around(word.box, 2)
        on_ink += grey[window].size > 0 and int(np.ptp(grey[window])) > _INK_CONTRAST
        ink[window] = 0
    for box in rules:
        ink[_around(box, 2)] = 0
    return (
        on_ink >= _LEAST_ON_INK * len(words)
        and int(ink.sum()) <= _MOST_UNCOVERED_INK * max(total, 1)
        and _inky_tiles(ink, dpi) <= _MOST_UNCOVERED_TILES
    )


def _inky_tiles(ink: NDArray[np.uint8], dpi: float) -> float:
    """Share of a page's tiles, 9 points wide, that have ink in them."""
    height, width = ink.shape
    tiles = tuple(max(int(side * 72 / dpi / _TILE_POINTS), 1) for side in (width, height))
    shares = cv2.resize(ink.astype(np.float32), tiles, interpolation=cv2.INTER_AREA)
    return float((shares > _TILE_INK_SHARE).mean())


def _around(box: Box, margin: int) -> tuple[slice, slice]:
    return (
        slice(max(int(box.top) - margin, 0), max(int(box.bottom) + margin + 1, 0)),
        slice(max(int(box.left) - margin, 0), max(int(box.right) + margin + 1, 0)),
    )


def find_lying_font(
    words: Mapping[str, Sequence[Word]], image: Image, turn: int, read_lines: ReadLines
) -> str | None:
    """A font whose words are not what the page shows, read from its pixels.

    A font's table of characters may be wrong and look right: digits for other digits.

    Args:
        words: Words by the font they are set in.
        image: The page, RGB uint8; the words' boxes are pixels of it.
        turn: Degrees clockwise by which print is turned.
        read_lines: Reads crops of one line each.
    """
    trials = [
        (font, word.text, _crop(image, word.box, turn))
        for font, set_in_it in words.items()
        for word in _choose_trials(set_in_it)
    ]
    trials = [trial for trial in trials if trial[2].size]
    if not trials:
        return None
    lines = read_lines([crop for _, _, crop in trials])
    for font in words:
        pairs = [
            (_plain(text), _plain(line.text))
            for (mine, text, _), line in zip(trials, lines, strict=True)
            if mine == font and line.probability >= _READ_SURELY
        ]
        digits = [(_digits(text), _digits(read)) for text, read in pairs]
        if _differs(pairs, _LEAST_ALIKE) or _differs(digits, _LEAST_DIGITS_ALIKE):
            return font
    return None


def _choose_trials(words: Sequence[Word]) -> list[Word]:
    """Words with the most digits, then those of other characters, none twice."""
    unlike = {word.text: word for word in words}.values()
    ranked = sorted(
        unlike,
        key=lambda word: (-len(_digits(word.text)), abs(len(word.text) - 6)),
    )
    chosen = ranked[:_TRIALS]
    # Where digits stand alone in their cells, as in most tables, the same one is tried again.
    if sum(len(word.text) for word in chosen) < _LEAST_TRIED:
        chosen = list(words[:_TRIALS])
    return chosen


def _crop(image: Image, box: Box, turn: int) -> Image:
    crop = image[_around(box, _TRIAL_MARGIN)]
    return np.ascontiguousarray(np.rot90(crop, turn // 90))


def _differs(pairs: Sequence[tuple[str, str]], least_alike: float) -> bool:
    """Whether too little of what the layer says is what was read."""
    said = sum(len(text) for text, _ in pairs)
    alike = sum(
        block.size
        for text, read in pairs
        for block in SequenceMatcher(None, text, read, autojunk=False).get_matching_blocks()
    )
    return said >= _LEAST_TRIED and alike < least_alike * said


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", "".join(text.split())).translate(_LOOKALIKES)


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())
