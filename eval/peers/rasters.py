"""Pages as programs that read pictures get them."""

import io
from typing import Final

import numpy as np
import pypdfium2
from PIL import Image as Pillow
from PIL import ImageSequence

from models.types import Image

DPI: Final = 200
"""As fine as the samples were scanned."""


def read_pages(source: bytes) -> list[Image]:
    """RGB rasters of the pages: of a PDF at `DPI`, of a TIFF as it was scanned."""
    if not source.startswith(b"%PDF"):
        with Pillow.open(io.BytesIO(source)) as image:
            return [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(image)]
    document = pypdfium2.PdfDocument(source)
    try:
        scale = DPI / 72
        return [np.asarray(page.render(scale=scale).to_pil().convert("RGB")) for page in document]
    finally:
        document.close()
