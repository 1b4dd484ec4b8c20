"""The pages of a file as pixels, and back: PDF → rasters → PDF, TIFF or PNG.

Pages are RGB, uint8 (height, width, 3), as in `models.types`. What wears them on the way is
in `training.damage`.
"""

import io
import time
from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
import pypdfium2
from PIL import Image as Pillow

from models.types import Image

_POINTS_PER_INCH: Final = 72.0


def render(pdf: bytes, dpi: int) -> list[Image]:
    """The pages of a PDF as they would be printed."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [
            np.asarray(page.render(scale=dpi / _POINTS_PER_INCH).to_pil().convert("RGB"))
            for page in document
        ]
    finally:
        document.close()


def to_grey(page: Image) -> Image:
    """Without colour; all three channels alike."""
    grey = cv2.cvtColor(page, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), np.uint8)


def to_bilevel(page: Image, threshold: int = 150) -> Image:
    """Black and white as a fax is; darker than the threshold is black."""
    grey = cv2.cvtColor(page, cv2.COLOR_RGB2GRAY)
    return np.repeat(np.where(grey < threshold, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


def write_pdf(pages: Sequence[Image], dpi: int, quality: int) -> bytes:
    """A PDF of one JPEG a page; pages without colour are stored grey."""
    stored = [_stored(page) for page in pages]
    out = io.BytesIO()
    # The same pages give the same file, as those that are checked in: hence date and producer.
    epoch = time.gmtime(0)
    stored[0].save(
        out, "PDF", save_all=True, append_images=stored[1:], resolution=dpi, quality=quality,
        creationDate=epoch, modDate=epoch, producer="training.damage",
    )  # fmt: skip
    return out.getvalue()


def write_tiff(pages: Sequence[Image], dpi: int) -> bytes:
    """A multi-page black-and-white TIFF, CCITT group 4, as fax servers keep it."""
    stored = [Pillow.fromarray(to_bilevel(page)).convert("1") for page in pages]
    out = io.BytesIO()
    stored[0].save(
        out, "TIFF", save_all=True, append_images=stored[1:], compression="group4", dpi=(dpi, dpi)
    )
    return out.getvalue()


def write_png(page: Image, dpi: int) -> bytes:
    """One page as PNG; without colour it is stored grey."""
    out = io.BytesIO()
    _stored(page).save(out, "PNG", dpi=(dpi, dpi), optimize=True)
    return out.getvalue()


def _stored(page: Image) -> Pillow.Image:
    colourless = bool(
        np.all(page[:, :, 0] == page[:, :, 1]) and np.all(page[:, :, 1] == page[:, :, 2])
    )
    return Pillow.fromarray(page[:, :, 0] if colourless else page)
