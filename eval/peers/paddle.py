"""PaddleOCR's own detect-and-recognise pass over whole pages."""

from collections.abc import Callable, Sequence
from typing import Final, Literal, TypeAlias

from paddleocr import PaddleOCR

from models.types import Image
from models.weights import model_folder

Size = Literal["small", "tiny"]
ReadPages: TypeAlias = Callable[[Sequence[Image]], int]
"""Reads pages and says how many pieces of text it found."""

THREADS: Final = 2
"""As Gouji's readers use on the reference machine of two cores."""


def open_paddle(size: Size) -> PaddleOCR:
    """Load PP-OCRv6 as PaddleOCR's documentation does, without its optional stages.

    Args:
        size: Which of the published pairs of nets.

    Raises:
        ModelError: Its weights are missing or not the expected ones.
    """
    return PaddleOCR(
        text_detection_model_name=f"PP-OCRv6_{size}_det",
        text_detection_model_dir=str(model_folder(f"ocr_{size}_detection")),
        text_recognition_model_name=f"PP-OCRv6_{size}_rec",
        text_recognition_model_dir=str(model_folder(f"ocr_{size}_recognition")),
        use_doc_orientation_classify=False,
        use_doc_unwarping=False,
        use_textline_orientation=False,
        engine="onnxruntime",
        engine_config={"intra_op_num_threads": THREADS},
        device="cpu",
    )


def load_paddle(size: Size) -> ReadPages:
    """A function that reads upright pages one by one.

    Args:
        size: Which of the published pairs of nets.

    Raises:
        ModelError: Its weights are missing or not the expected ones.
    """
    ocr = open_paddle(size)

    def read_pages(pages: Sequence[Image]) -> int:
        # PaddleOCR takes BGR as OpenCV reads it.
        return sum(len(ocr.predict(page[:, :, ::-1].copy())[0]["rec_texts"]) for page in pages)

    return read_pages
