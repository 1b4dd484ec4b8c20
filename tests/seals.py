"""A seal over print, as bodies stamp their reports."""

from typing import Final

import cv2
import numpy as np

from models.types import Image

_INK: Final = (205, 40, 45)


def stamp_seal(page: Image, center: tuple[int, int], radius: int) -> Image:
    """A red ring with a star, see-through, at pixels of the page."""
    ink = np.full_like(page, 255)
    cv2.circle(ink, center, radius, _INK, max(radius // 22, 2), cv2.LINE_AA)
    tips = [
        (
            center[0] + radius * (0.3 if tip % 2 == 0 else 0.115) * np.sin(tip * np.pi / 5),
            center[1] - radius * (0.3 if tip % 2 == 0 else 0.115) * np.cos(tip * np.pi / 5),
        )
        for tip in range(10)
    ]
    cv2.fillPoly(ink, [np.array(tips, np.int32)], _INK, cv2.LINE_AA)
    stamped = page.astype(np.float32) * ink.astype(np.float32) / 255
    return np.asarray(np.rint(stamped), dtype=np.uint8)
