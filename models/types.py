"""What the readers return: plain, frozen records of what a net saw.

Boxes are pixels of the image that was passed in, origin top left.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Image: TypeAlias = NDArray[np.uint8]
"""RGB raster, uint8, shape (height, width, 3)."""
Grey: TypeAlias = NDArray[np.uint8]
"""Grey raster, uint8, shape (height, width)."""

RegionKind = Literal[
    "text", "title", "figure", "caption", "table", "header", "footer", "reference", "equation"
]


@dataclass(frozen=True, slots=True)
class Region:
    """One region of a page as the layout detector sees it.

    Attributes:
        kind: What the region holds.
        box: (left, top, right, bottom) in pixels of the image passed in.
        probability: The detector's own score, 0 to 1.
    """

    kind: RegionKind
    box: tuple[float, float, float, float]
    probability: float


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text read from a crop; `probability` is the decoder's, 0 to 1."""

    text: str
    probability: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A string that a crop or a cell may hold, as printed, and its probability; "" is nothing."""

    text: str
    probability: float


FindOrientation: TypeAlias = Callable[[Image], tuple[int, float]]
"""A page → the quarter turn by which it is turned, degrees clockwise, and its probability."""
ReadLines: TypeAlias = Callable[[Sequence[Image]], tuple[Line, ...]]
"""Crops of one line of running text each → their texts."""
ReadNumbers: TypeAlias = Callable[[Sequence[Grey]], tuple[tuple[Candidate, ...], ...]]
"""Cut number cells → the best strings of each."""
