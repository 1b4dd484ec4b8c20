"""What stands where on a page: a layoutparser model over PP-PicoDet trained on CDLA."""

from typing import ClassVar, get_args

import cv2
import layoutparser as lp
import numpy as np
from layoutparser.models.base_layoutmodel import BaseLayoutModel
from numpy.typing import NDArray

from models.errors import BadModelInput
from models.sessions import open_session
from models.types import Image, Region, RegionKind
from models.weights import weight_path

# The net's input, fixed at export: (height, width).
_INPUT = (800, 608)
_STRIDES = (8, 16, 32, 64)
_MEAN = np.array([0.485, 0.456, 0.406], dtype=np.float32)
_DEVIATION = np.array([0.229, 0.224, 0.225], dtype=np.float32)
_OVERLAP = 0.5

# Whitening, in pixels of the input: wider than strokes of text; wide enough for paper to
# prevail in; and how bright, as a share of the paper around it, still counts as paper.
_STROKE = (7, 7)
_PAPER = 31
_PAPER_SHARE = 0.92
_LOWEST_SCORE = 0.2

_OWN_KINDS: dict[str, RegionKind] = {kind: kind for kind in get_args(RegionKind)}
_KINDS: dict[str, RegionKind] = {
    **_OWN_KINDS,
    "figure_caption": "caption",
    "table_caption": "caption",
}


class CdlaLayoutModel(BaseLayoutModel):  # type: ignore[misc]
    """PicoDet over ONNX Runtime, with layoutparser's interface.

    `detect` takes an RGB page, uint8 (height, width, 3), and returns a
    `layoutparser.Layout` of rectangles in its pixels with type and score.
    """

    DEPENDENCIES: ClassVar[list[str]] = []
    DETECTOR_NAME = "picodet"
    MODEL_CATALOG: ClassVar[dict[str, dict[str, str]]] = {}

    def __init__(self, threads: int) -> None:
        self._session = open_session(weight_path("layout"), threads)
        self._names = self._session.get_modelmeta().custom_metadata_map["character"].split("\n")

    def image_loader(self, image: Image) -> NDArray[np.float32]:
        """Scale and normalise a page to the net's input, float32 (1, 3, 800, 608)."""
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
            raise BadModelInput(f"expected RGB uint8, got {image.dtype} {image.shape}")
        scaled = cv2.resize(image, _INPUT[::-1], interpolation=cv2.INTER_AREA)
        white = _whiten_paper(scaled.astype(np.uint8, copy=False))
        normal = (white.astype(np.float32) / 255 - _MEAN) / _DEVIATION
        return np.ascontiguousarray(normal.transpose(2, 0, 1)[None])

    def detect(self, image: Image) -> lp.Layout:
        """Find the regions of a page; see the class."""
        outputs = self._session.run(None, {"image": self.image_loader(image)})
        boxes, scores = _decode(outputs[:4], outputs[4:])
        boxes *= np.array([image.shape[1] / _INPUT[1], image.shape[0] / _INPUT[0]] * 2)
        blocks = []
        for index, name in enumerate(self._names):
            likely = scores[:, index] >= _LOWEST_SCORE
            mine, sure = boxes[likely], scores[likely, index]
            sized = np.column_stack([mine[:, :2], mine[:, 2:] - mine[:, :2]])
            kept = cv2.dnn.NMSBoxes(sized.tolist(), sure.tolist(), _LOWEST_SCORE, _OVERLAP)
            for chosen in kept:
                rectangle = lp.Rectangle(*(float(value) for value in mine[chosen]))
                blocks.append(lp.TextBlock(rectangle, type=name, score=float(sure[chosen])))
        return lp.Layout(blocks)

    def find_regions(self, image: Image) -> tuple[Region, ...]:
        """The regions of a page, most probable first.

        Args:
            image: RGB uint8 (height, width, 3), upright.

        Returns:
            Regions in pixels of the image.

        Raises:
            BadModelInput: The image is not RGB uint8.
        """
        blocks = sorted(self.detect(image), key=lambda block: -block.score)
        return tuple(Region(_KINDS[block.type], block.coordinates, block.score) for block in blocks)


def _whiten_paper(page: Image) -> Image:
    """Divide a page by its own paper and stretch it.

    So grey scans look like the clean prints that the net was trained on; without it, it takes
    their tables for figures. The brightest channel is used, which leaves coloured seals pale.
    """
    bright = page.max(axis=2)
    paper = cv2.medianBlur(cv2.dilate(bright, np.ones(_STROKE)), _PAPER)
    share = bright.astype(np.float32) / np.maximum(paper, 1)
    darkest = float(np.percentile(share[::2, ::2], 1))
    stretched = np.clip((share - darkest) / max(_PAPER_SHARE - darkest, 1e-3), 0, 1)
    grey: Image = (stretched * 255).astype(np.uint8)
    return grey[:, :, None].repeat(3, axis=2)


def _decode(
    scores: list[NDArray[np.float32]], distances: list[NDArray[np.float32]]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Anchor-free boxes from distributions over distances (generalised focal loss).

    Returns:
        boxes (anchors, 4) as left, top, right, bottom in input pixels; scores (anchors, kinds).

    Source: Li et al., Generalized Focal Loss, 2020, section 3.
    """
    boxes = []
    for stride, distance in zip(_STRIDES, distances, strict=True):
        rows, columns = (-(-size // stride) for size in _INPUT)
        y, x = np.mgrid[:rows, :columns].reshape(2, -1) * stride + stride / 2
        bins = distance.reshape(-1, 4, distance.shape[-1] // 4)
        weights = np.exp(bins - bins.max(axis=2, keepdims=True))
        mean = (weights @ np.arange(bins.shape[2])) / weights.sum(axis=2) * stride
        boxes.append(
            np.column_stack([x - mean[:, 0], y - mean[:, 1], x + mean[:, 2], y + mean[:, 3]])
        )
    return np.concatenate(boxes).astype(np.float32), np.concatenate([s[0] for s in scores])
