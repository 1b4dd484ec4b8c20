"""Number cells, read by a net of our own: digits, signs, units, blanks, and "no number".

A cell is cut so that its print fills the height and the rules beside it may still show;
the net was trained on cells cut the same way, at all levels of damage.
"""

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from models.ctc import best_strings
from models.errors import BadModelInput
from models.sessions import open_session
from models.types import Candidate, Grey
from models.weights import weight_path

Window = tuple[float, float, float, float]
"""left, top, right, bottom in pixels of a page."""

WORDS: Final = "字"
"""What the net answers to print that is no number: a label, or a note behind a number."""

ALPHABET: Final = (*"0123456789.,-/—+%", "无", "元", "万", "个", "件", "条", "次", "人", WORDS)
"""The net's classes after the blank of CTC."""

_FROM_WORDS: Final = re.compile(f"{WORDS}.*")

HEIGHT: Final = 32
"""Pixels that a cut cell is scaled to."""

# Print of 5.7 to 14 pt with a third of its height above and below.
_LOWEST_INCH = 0.15
_HIGHEST_INCH = 0.36
_USUAL_INCH = 0.24
_AIR = 1.8
# The lowest digits of 5.7 pt measure 0.055 inch; dashes, points and dust less.
_LOWEST_PRINT_INCH = 0.045
# Of the usual height of a table's digits: what is higher or lower is not one line of them.
_LIKE_USUAL = (0.7, 1.35)
# The narrowest columns are cut whole; in wider cells print is looked for, and some of it
# may have been overlooked.
_WHOLE_INCH = 1.1
_SIDE_INCH = 0.25
_WIDEST_INCH = 6.0
_RULE_INCH = 0.012

_WIDTH_STEP = 16
_NARROWEST, _WIDEST = 32, 640
_BATCH = 32
# Paper and ink differ by this many grey levels at least, or there is no ink.
_LEAST_CONTRAST = 50.0
# Print covers more of a cell than the first, and rules with print less than the rest.
_DARK_SHARE, _PAPER_SHARE = 0.02, 0.7
_LEVELS = np.arange(256, dtype=np.float64)
_CANDIDATES = 5
# Where every frame is this sure, no other string is worth a search.
_SURE = 0.999
# Between two characters one such frame says all that many say.
_WAITS = 0.9999


@dataclass(frozen=True, slots=True)
class UsualPrint:
    """Where a cell's number would stand if it stood as the others of its table.

    Attributes:
        middle: Of its height, y in pixels of the page.
        height: Of a digit, pixels.
    """

    middle: float
    height: float


def crop_window(
    cell: Window, runs: Sequence[Window], dpi: float, usual: UsualPrint | None
) -> Window:
    """What to cut out of a page for a cell.

    Args:
        cell: Its box, sides in the middle of its rules or of the gaps around it.
        runs: Boxes of print found in it; none where none was found. Specks and a seal's
            strokes may be among them, and some print may be missing.
        dpi: Pixels per inch.
        usual: What the other numbers of the table say; None where they say nothing.

    Returns:
        A window about twice as high as its print, over the middle of that print.
    """
    left, top, right, bottom = cell
    print_ = [run for run in runs if _is_print(run, dpi)]
    middle, height = (top + bottom) / 2, _USUAL_INCH * dpi
    if usual is None:
        number = max(print_, key=_height_of, default=None)
        if number is not None and _height_of(number) < _LOWEST_PRINT_INCH * dpi:
            number = None
    else:
        middle, height = usual.middle, _AIR * usual.height
        number = _most_usual(print_, usual)
    if number is not None:
        # What stands above or below is another line, or dirt.
        print_ = [run for run in print_ if _stand_side_by_side(run, number)]
        middle, height = (number[1] + number[3]) / 2, _AIR * _height_of(number)
    height = min(max(height, _LOWEST_INCH * dpi), _HIGHEST_INCH * dpi)
    rule = _RULE_INCH * dpi
    if right - left > _WHOLE_INCH * dpi:
        center = (left + right) / 2
        sides = (center - _WIDEST_INCH / 2 * dpi, center + _WIDEST_INCH / 2 * dpi)
        # A hyphen alone is no larger than dust, and may stand far from the middle.
        shown = print_ or [run for run in runs if abs((run[1] + run[3]) / 2 - middle) < height / 2]
        if shown:
            side = _SIDE_INCH * dpi
            sides = (min(run[0] for run in shown) - side, max(run[2] for run in shown) + side)
        left, right = max(left, sides[0]), min(right, sides[1])
    return (
        left + rule,
        max(middle - height / 2, top - rule),
        right - rule,
        min(middle + height / 2, bottom + rule),
    )


def _is_print(run: Window, dpi: float) -> bool:
    """Dust is lower and narrower than print; a point or a lone hyphen is lost with it."""
    return max(_height_of(run), run[2] - run[0]) >= _LOWEST_PRINT_INCH * dpi


def _most_usual(runs: Sequence[Window], usual: UsualPrint) -> Window | None:
    """Of the runs that are as high as the table's digits, the one nearest to their line."""
    least, most = (share * usual.height for share in _LIKE_USUAL)
    like = [run for run in runs if least <= _height_of(run) <= most]
    return min(like, key=lambda run: abs((run[1] + run[3]) / 2 - usual.middle), default=None)


def _height_of(run: Window) -> float:
    return run[3] - run[1]


def _stand_side_by_side(run: Window, other: Window) -> bool:
    shared = min(run[3], other[3]) - max(run[1], other[1])
    return shared > 0.5 * min(_height_of(run), _height_of(other))


def cut(page: Grey, window: Window) -> Grey:
    """The pixels of a window, at least one, none of them outside the page."""
    height, width = page.shape
    left = min(max(round(window[0]), 0), width - 1)
    top = min(max(round(window[1]), 0), height - 1)
    right = min(max(round(window[2]), left + 1), width)
    bottom = min(max(round(window[3]), top + 1), height)
    return page[top:bottom, left:right]


def prepare(crop: Grey) -> Grey:
    """A cut cell as the net takes it: uint8 (32, width), paper white, ink dark.

    Raises:
        BadModelInput: The crop is empty or not grey uint8.
    """
    if crop.ndim != 2 or crop.dtype != np.uint8 or crop.size == 0:
        raise BadModelInput(f"expected a grey uint8 crop, got {crop.dtype} {crop.shape}")
    width = min(max(round(crop.shape[1] * HEIGHT / crop.shape[0]), 8), _WIDEST)
    how = cv2.INTER_AREA if crop.shape[0] > HEIGHT else cv2.INTER_LINEAR
    scaled = cv2.resize(crop, (width, HEIGHT), interpolation=how)
    below = np.bincount(scaled.ravel(), minlength=256).cumsum() / scaled.size
    dark, paper = np.searchsorted(below, (_DARK_SHARE, _PAPER_SHARE))
    # What is as light as paper becomes white; ink at least as dark as it differs from paper.
    stretched = 1 + (_LEVELS - float(paper)) / max(float(paper - dark), _LEAST_CONTRAST)
    table = (np.clip(stretched, 0, 1) * 255).astype(np.uint8)
    return np.asarray(table[scaled], dtype=np.uint8)


def pad(cells: Sequence[Grey], width: int) -> NDArray[np.float32]:
    """Prepared cells as one batch, darkness float32 (n, 1, 32, width), paper to the right."""
    batch = np.zeros((len(cells), 1, HEIGHT, width), dtype=np.float32)
    for index, cell in enumerate(cells):
        batch[index, 0, :, : cell.shape[1]] = 1 - cell.astype(np.float32) / 255
    return batch


@dataclass(frozen=True, slots=True, eq=False)
class DigitReader:
    """The net; made by `load_digits`.

    Attributes:
        session: Runs on one thread.
        threads: That many batches are read at once, which wastes less than one batch on
            several threads.
    """

    session: onnxruntime.InferenceSession
    threads: int

    def read_numbers(self, crops: Sequence[Grey]) -> tuple[tuple[Candidate, ...], ...]:
        """Read cut cells.

        Args:
            crops: Grey uint8, of any size, seals paled.

        Returns:
            For each crop its best strings, "" for an empty cell, `WORDS` for a label and at
            the end of a number with a note; probabilities sum to at most 1.

        Raises:
            BadModelInput: A crop is empty or not grey uint8.
        """
        cells = [prepare(crop) for crop in crops]
        batches = tuple(_group_by_width(cells))
        read: list[tuple[Candidate, ...]] = [()] * len(cells)
        with ThreadPoolExecutor(self.threads) as pool:
            parts = pool.map(
                lambda batch: self._read_batch([cells[index] for index in batch[0]], batch[1]),
                batches,
            )
            for (indices, _), part in zip(batches, parts, strict=True):
                for index, candidates in zip(indices, part, strict=True):
                    read[index] = candidates
        return tuple(read)

    def _read_batch(self, cells: Sequence[Grey], width: int) -> list[tuple[Candidate, ...]]:
        (logits,) = self.session.run(None, {"cells": pad(cells, width)})
        frames = np.exp(logits - logits.max(axis=2, keepdims=True))
        frames /= frames.sum(axis=2, keepdims=True)
        return [decode(one) for one in frames]


def load_digits(threads: int) -> DigitReader:
    """Load the net.

    Raises:
        ModelError: The weights are missing or corrupt.
    """
    return DigitReader(open_session(weight_path("digits"), 1), threads)


def decode(frames: NDArray[np.float32]) -> tuple[Candidate, ...]:
    """Probabilities (time, classes) → the best strings."""
    best = frames.argmax(axis=1)
    sure = float(frames.max(axis=1).prod())
    if sure >= _SURE:
        fresh = (best > 0) & (np.diff(best, prepend=0) != 0)
        text = "".join(ALPHABET[label - 1] for label in best[fresh])
        return _merge_words([Candidate(text, sure)])
    return _merge_words(best_strings(_without_waiting(frames), ALPHABET, _CANDIDATES))


def _merge_words(candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """A label is one `WORDS`, however long it is, and so is a note, with its own figures."""
    merged: dict[str, float] = {}
    for candidate in candidates:
        text = _FROM_WORDS.sub(WORDS, candidate.text)
        merged[text] = merged.get(text, 0.0) + candidate.probability
    best = sorted(merged.items(), key=lambda one: -one[1])
    return tuple(Candidate(text, probability) for text, probability in best)


def _without_waiting(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of frames that surely hold nothing and follow one another, the first alone."""
    waits = frames[:, 0] >= _WAITS
    follows = np.concatenate(([False], waits[:-1]))
    return np.asarray(frames[~(waits & follows)], dtype=np.float32)


def _group_by_width(cells: Sequence[Grey]) -> Iterator[tuple[list[int], int]]:
    """Indices of cells of like width, and the width that they are padded to."""
    order = sorted(range(len(cells)), key=lambda index: cells[index].shape[1])
    batch: list[int] = []
    for index in order:
        width = _padded(cells[index].shape[1])
        if batch and (len(batch) == _BATCH or width > _padded(cells[batch[0]].shape[1])):
            yield batch, _padded(cells[batch[-1]].shape[1])
            batch = []
        batch.append(index)
    if batch:
        yield batch, _padded(cells[batch[-1]].shape[1])


def _padded(width: int) -> int:
    return max(-(-width // _WIDTH_STEP) * _WIDTH_STEP, _NARROWEST)
