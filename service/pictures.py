"""Pages of a report as pictures, as they are stored and not as they were straightened."""

import io

from PIL import Image

from pipeline.documents import PageLimits, draw_pdf, image_raster, load_pdf_page, open_document
from pipeline.types import Box


class NoSuchPage(Exception):
    """The file has fewer pages."""


def draw_page(content: bytes, number: int, dpi: int) -> Image.Image:
    """A page of a file, counted from 1.

    Raises:
        NoSuchPage: It has fewer pages.
        ReportError: The page cannot be drawn, or would have too many pixels.
    """
    limits = PageLimits()
    with open_document(content, limits) as document:
        if not 1 <= number <= document.page_count:
            raise NoSuchPage
        if document.pdf is not None:
            page = load_pdf_page(document.pdf, number)
            return Image.fromarray(draw_pdf(page, dpi, limits, number))
        raster = image_raster(document, number)
    picture = Image.fromarray(raster.image)
    share = min(dpi / raster.dpi, 1.0)
    return picture.resize((round(picture.width * share), round(picture.height * share)))


def cut(picture: Image.Image, box: Box, page_width: float, margin: float) -> Image.Image:
    """What lies in a box, and some of what lies around it.

    Args:
        picture: A whole page.
        box: In points of the page.
        page_width: Of the page, points.
        margin: Around the box, points.
    """
    scale = picture.width / page_width
    return picture.crop(
        (
            max(0, round((box.left - margin) * scale)),
            max(0, round((box.top - margin) * scale)),
            min(picture.width, round((box.right + margin) * scale)),
            min(picture.height, round((box.bottom + margin) * scale)),
        )
    )


def to_png(picture: Image.Image) -> bytes:
    """A picture as PNG."""
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=3)
    return file.getvalue()
