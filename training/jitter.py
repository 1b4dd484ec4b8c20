"""Prepared cells, varied a little each time they are trained on: a drawing shows one of many.

What is varied is what a net shall not mind: how wide, high, slanted and bold digits are, and
how well a cell was cut. Drawn fonts are few; these are many.
"""

from typing import Final

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from models.digits import HEIGHT

Prepared = NDArray[np.uint8]

_STRETCH: Final = 0.15
_SIZE: Final = 0.1
_LIFT: Final = 2.0
_SLANT: Final = 0.12
_BOLDER, _THINNER, _SOFTER, _GRAINY = 0.08, 0.08, 0.1, 0.15
_MOST_GRAIN: Final = 14.0
_GAMMA: Final = 0.35


def jitter(cell: Prepared, rng: Generator) -> Prepared:
    """A variant of a cell as `models.digits.prepare` makes it, uint8 (32, width), paper white.

    Its width may differ by a sixth; what is printed in it is the same.
    """
    stretch = 1 + rng.uniform(-_STRETCH, _STRETCH)
    size = 1 + rng.uniform(-_SIZE, _SIZE)
    width = max(round(cell.shape[1] * stretch), 8)
    slant = rng.uniform(-_SLANT, _SLANT)
    middle = HEIGHT / 2
    lift = rng.uniform(-_LIFT, _LIFT)
    across = stretch * (1 + (size - 1) / 2)
    matrix = np.array(
        [
            (across, slant, (width - across * cell.shape[1]) / 2 - slant * middle),
            (0.0, size, (1 - size) * middle + lift),
        ]
    )
    varied = cv2.warpAffine(
        cell, matrix, (width, HEIGHT), flags=cv2.INTER_LINEAR, borderValue=(255,)
    )
    kind = rng.random()
    if kind < _BOLDER:
        varied = cv2.erode(varied, np.ones((2, 2), np.uint8))
    elif kind < _BOLDER + _THINNER:
        varied = cv2.dilate(varied, np.ones((2, 1), np.uint8))
    elif kind < _BOLDER + _THINNER + _SOFTER:
        varied = cv2.blur(varied, (2, 2))
    darkness = (1 - np.asarray(varied, np.float32) / 255) ** (1 + rng.uniform(-_GAMMA, _GAMMA))
    if rng.random() < _GRAINY:
        darkness += rng.normal(0, rng.uniform(0, _MOST_GRAIN) / 255, varied.shape)
    return np.asarray(np.clip((1 - darkness) * 255, 0, 255), np.uint8)
