"""Page → where print stands and where cells part, told by a net of our own.

A threshold and morphology find the rules of a clean scan. Rules that a copier broke, that
a fold crosses or that were never printed need to be told from what stands around them, and
so do underlines, strokes of a pen and print that shines through from the other side.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from models.errors import BadModelInput
from models.sessions import open_session
from models.weights import weight_path

SEGMENT_DPI = 100.0
"""Pixels per inch at which the net sees a page: 9 pt print is 12 pixels high there."""

# The net halves its input four times.
_STEP = 16
_PAPER = 255
# Margins darker than the paper by less than this, of 255, hold nothing. Beyond the outermost
# ink the net gets so many pixels of paper to see where print and rules end.
_DARKER, _MARGIN = 40, 48


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """Probabilities for each pixel of a page, uint8 (height, width): 255 is certain.

    Attributes:
        print: Printed characters of this side of the page, their gaps filled.
        horizontal: Lines between rows of cells, whether a rule is printed there or not.
        vertical: Lines between columns of cells, likewise.
    """

    print: NDArray[np.uint8]
    horizontal: NDArray[np.uint8]
    vertical: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Segmenter:
    """The net; made by `load_segmenter`."""

    session: onnxruntime.InferenceSession

    def segment(self, grey: NDArray[np.uint8], dpi: float) -> Segments:
        """Tell print and the lines between cells of an upright page.

        Args:
            grey: uint8 (height, width), seals paled, at `dpi`.
            dpi: Its pixels per inch.

        Returns:
            Maps of the same height and width.

        Raises:
            BadModelInput: The page is not grey uint8.
        """
        whole = shrink(grey, dpi)
        rows, columns = _around_ink(whole)
        small = whole[rows, columns]
        height, width = small.shape
        (logits,) = self.session.run(None, {"page": as_input(small)[None]})
        # The odds against; cv2's exponential takes a fifth of NumPy's time.
        odds = cv2.exp(-np.ascontiguousarray(logits[0, :, :height, :width]).reshape(3, -1))
        chances = np.zeros((3, *whole.shape), dtype=np.uint8)
        chances[:, rows, columns] = cv2.divide(255.0, 1 + odds, dtype=cv2.CV_8U).reshape(
            3, height, width
        )
        size = (grey.shape[1], grey.shape[0])
        maps = (cv2.resize(map_, size) for map_ in chances)
        return Segments(*(np.asarray(map_, dtype=np.uint8) for map_ in maps))


def load_segmenter(threads: int) -> Segmenter:
    """Load the net.

    Raises:
        ModelError: The weights are missing or corrupt.
    """
    return Segmenter(open_session(weight_path("segmentation"), threads))


def _around_ink(small: NDArray[np.uint8]) -> tuple[slice, slice]:
    """Rows and columns of a shrunken page without margins on which nothing is; never none."""
    dark = small < float(np.median(small)) - _DARKER
    sides = []
    for axis in (1, 0):
        inked = np.flatnonzero(dark.any(axis=axis))
        length = small.shape[1 - axis]
        first, last = (inked[0], inked[-1]) if inked.size else (0, length)
        sides.append(slice(max(int(first) - _MARGIN, 0), min(int(last) + _MARGIN, length)))
    return sides[0], sides[1]


def shrink(grey: NDArray[np.uint8], dpi: float) -> NDArray[np.uint8]:
    """Scale a page to the net's resolution.

    Raises:
        BadModelInput: The page is not grey uint8.
    """
    if grey.ndim != 2 or grey.dtype != np.uint8 or grey.size == 0:
        raise BadModelInput(f"expected a grey uint8 page, got {grey.dtype} {grey.shape}")
    scale = SEGMENT_DPI / dpi
    size = tuple(max(round(length * scale), 1) for length in grey.shape[::-1])
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(grey, size, interpolation=how), dtype=np.uint8)


def as_input(small: NDArray[np.uint8]) -> NDArray[np.float32]:
    """A shrunken page as the net takes it, float32 (1, height, width), padded with paper."""
    height, width = (-length % _STEP for length in small.shape)
    padded = np.pad(small, ((0, height), (0, width)), constant_values=_PAPER)
    return np.asarray(1 - padded / np.float32(_PAPER), dtype=np.float32)[None]
