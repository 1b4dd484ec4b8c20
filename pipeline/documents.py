"""Bytes → a document whose pages can be drawn one at a time, and all that can be wrong.

Sizes are checked by what headers declare, before anything is decoded.
"""

import io
import struct
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium_c
from PIL import ExifTags
from PIL import Image as PillowImage
from PIL.TiffImagePlugin import TiffImageFile

from models.types import Image
from pipeline.errors import ReportError

_IMAGE_SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*")
HEAD_BYTES = 1024
"""What tells the type: a PDF's header may stand behind other bytes (ISO 32000-1, H.3, note 13)."""
# Width of A4: what a raster that does not say its resolution is taken to show.
_A4_INCH = 8.27
_PLAUSIBLE_WIDTH_INCH = (3.5, 24.0)
# Finer than this adds time and no legibility (docs/decisions/0002-pages.md).
_MOST_DPI = 300.0
# Larger sheets than A3 are read less finely: reading takes over 100 bytes for each pixel.
_MOST_PIXELS_READ = 17_500_000
_LEAST_DPI = 90.0
# Resolutions that differ by less are the same, rounded.
_SAME_DPI = 0.02
# Fax machines scan 204 dots to the inch across and 98, 196 or 391 down (ITU-T T.4): pixels
# twice as high as wide, or as wide as high. Resolutions that differ more are no sheet's.
_MOST_STRETCH = 2.5
_TURNS: Final[Mapping[int, PillowImage.Transpose]] = {
    2: PillowImage.Transpose.FLIP_LEFT_RIGHT,
    3: PillowImage.Transpose.ROTATE_180,
    4: PillowImage.Transpose.FLIP_TOP_BOTTOM,
    5: PillowImage.Transpose.TRANSPOSE,
    6: PillowImage.Transpose.ROTATE_270,
    7: PillowImage.Transpose.TRANSVERSE,
    8: PillowImage.Transpose.ROTATE_90,
}
_SIDEWAYS: Final = (5, 6, 7, 8)


@dataclass(frozen=True, slots=True)
class PageLimits:
    """What is refused.

    Attributes:
        size: Bytes of a file; a 20-page colour scan at 300 dpi has a tenth of it.
        pages: Pages of a file; the longest report seen has 31.
        pixels: Pixels of one page: A3 at 500 dpi.
        inches: Square inches of one page: A1, or a strip of 8 A4 pages; the nets look at a page
            at once, and A0 takes more memory than a process may have.
        slimness: Times that a page may be as long as wide.
    """

    size: int = 200_000_000
    pages: int = 300
    pixels: int = 64_000_000
    inches: int = 775
    slimness: int = 25


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """An open file: `pdf` for a PDF, else `image`, a raster of one or more frames."""

    page_count: int
    limits: PageLimits
    pdf: pypdfium2.PdfDocument | None
    image: PillowImage.Image | None


@dataclass(frozen=True, slots=True, eq=False)
class Raster:
    """A page as stored: RGB uint8 (height, width, 3), and its resolution."""

    image: Image
    dpi: float


@contextmanager
def open_document(source: bytes, limits: PageLimits) -> Iterator[Document]:
    """Open a file by what it is, whatever it is called.

    Raises:
        ReportError: It is no PDF, PNG, JPEG or TIFF; it is empty, damaged or encrypted; it
            is larger or has more pages than the limits allow.
    """
    check_size(len(source), limits)
    if not source.strip(b"\x00 \r\n\t"):
        raise _unreadable("the file is empty")
    opened = (_open_pdf if is_pdf(source) else _open_image)(source, limits)
    try:
        yield opened
    finally:
        for handle in (opened.pdf, opened.image):
            if handle is not None:
                handle.close()


def check_size(size: int, limits: PageLimits) -> None:
    """Refuse a file by its bytes, if need be before it is read.

    Raises:
        ReportError: It has more than the limits allow.
    """
    if size > limits.size:
        raise ReportError(
            "too_large",
            f"the file has {size:,} bytes; {limits.size:,} are allowed",
            advice="Split the file, or scan at 200 dpi.",
        )


def is_pdf(head: bytes) -> bool:
    """Whether a file that begins so is a PDF, or else an image; `HEAD_BYTES` are enough.

    Raises:
        ReportError: It is neither.
    """
    if b"%PDF-" in head[:HEAD_BYTES]:
        return True
    if head.startswith(_IMAGE_SIGNATURES):
        return False
    raise ReportError(
        "unsupported_type",
        "the file is no PDF, PNG, JPEG or TIFF, whatever its name says",
        advice="Send the report as a PDF or as an image.",
    )


def _open_pdf(source: bytes, limits: PageLimits) -> Document:
    try:
        pdf = pypdfium2.PdfDocument(source)
    except pypdfium2.PdfiumError as error:
        # pypdfium2 raises for a PDF without pages too, with the code of an earlier failure.
        if _opens(source):
            _check_page_count(0, limits)
        if error.err_code == pdfium_c.FPDF_ERR_PASSWORD:
            raise ReportError(
                "encrypted_pdf",
                "the PDF asks for a password",
                advice="Remove the password, for example with `qpdf --decrypt`.",
            ) from error
        raise _unreadable(f"the PDF cannot be opened ({error})") from error
    count = len(pdf)
    _check_page_count(count, limits)
    return Document(count, limits, pdf, None)


def _opens(source: bytes) -> bool:
    handle = pdfium_c.FPDF_LoadMemDocument64(source, len(source), None)
    if handle:
        pdfium_c.FPDF_CloseDocument(handle)
    return bool(handle)


def _open_image(source: bytes, limits: PageLimits) -> Document:
    with _pillow_errors():
        image = PillowImage.open(io.BytesIO(source), formats=("PNG", "JPEG", "TIFF", "MPO"))
        count = 0
        for count in range(1, limits.pages + 2):
            try:
                image.seek(count - 1)
            except EOFError:
                count -= 1
                break
            _check_pixels(image.width, image.height, limits, count)
    _check_page_count(count, limits)
    return Document(count, limits, None, image)


def _check_page_count(count: int, limits: PageLimits) -> None:
    if count == 0:
        raise ReportError(
            "no_pages", "the file has no pages", advice="Check that the file was saved whole."
        )
    if count > limits.pages:
        raise ReportError(
            "too_many_pages",
            f"the file has more than {limits.pages} pages",
            advice="Send the annual report alone; bound volumes must be split.",
        )


def _check_pixels(width: float, height: float, limits: PageLimits, page: int) -> None:
    if width * height > limits.pixels:
        raise ReportError(
            "page_too_large",
            f"page {page} would have {width:,.0f} × {height:,.0f} pixels",
            advice="Scan at 200 to 300 dpi.",
            page=page,
        )


def _check_sheet(width_inch: float, height_inch: float, limits: PageLimits, page: int) -> None:
    slimness = max(width_inch, height_inch) / min(width_inch, height_inch)
    if width_inch * height_inch > limits.inches or slimness > limits.slimness:
        raise ReportError(
            "page_too_large",
            f"page {page} is {width_inch:,.1f} × {height_inch:,.1f} inches large",
            advice="Cut it into pages, and state the resolution that it was scanned at.",
            page=page,
        )


def image_raster(document: Document, number: int) -> Raster:
    """Decode a frame of a raster file to square pixels, at most 300 dpi and less for huge sheets.

    Raises:
        ReportError: The frame is damaged.
    """
    image = document.image
    if image is None:
        raise TypeError("a PDF's pages are drawn with draw_pdf")
    with _pillow_errors(number):
        image.seek(number - 1)
        _check_pixels(image.width, image.height, document.limits, number)
        frame, stated = _load_upright(image)
        across, down = _plausible_dpi(frame.width, frame.height, stated)
        if frame.mode.startswith("I;16"):
            frame = PillowImage.fromarray((np.asarray(frame) >> 8).astype(np.uint8))
        # Colours too, of a palette or alone, may be said to be transparent; black is then usual.
        if frame.has_transparency_data:
            paper = PillowImage.new("RGBA", frame.size, "white")
            frame = PillowImage.alpha_composite(paper, frame.convert("RGBA"))
        frame = frame.convert("RGB")
        width, height = frame.width / across, frame.height / down
        _check_sheet(width, height, document.limits, number)
        dpi = min(max(across, down), _readable_dpi(width, height))
        size = _resized(frame.width, dpi / across), _resized(frame.height, dpi / down)
        if size != frame.size:
            frame = frame.resize(size, PillowImage.Resampling.BOX)
        return Raster(np.array(frame), dpi)


def _load_upright(image: PillowImage.Image) -> tuple[PillowImage.Image, tuple[float, float]]:
    """Decode a frame, turned as its EXIF block says, and its resolution across and down."""
    across, down = (float(stated) for stated in image.info.get("dpi", (0.0, 0.0)))
    if isinstance(image, TiffImageFile):
        # Pillow turns it when it decodes it, and forgets that it did.
        orientation = image.tag_v2.get(ExifTags.Base.Orientation, 1)
        image.load()
        frame: PillowImage.Image = image
    else:
        image.load()
        orientation = _orientation_of(image)
        turn = _TURNS.get(orientation)
        frame = image if turn is None else image.transpose(turn)
    return frame, (down, across) if orientation in _SIDEWAYS else (across, down)


def _orientation_of(image: PillowImage.Image) -> int:
    """What a loaded image's EXIF block says; a damaged one says nothing, and stops nothing.

    `ImageOps.exif_transpose` would write the whole block anew, which fails for more reasons.
    """
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation)
    except (struct.error, SyntaxError, TypeError, ValueError):
        return 1
    return orientation if isinstance(orientation, int) else 1


def _resized(length: int, share: float) -> int:
    return max(1, round(length * share))


def _readable_dpi(width_inch: float, height_inch: float) -> float:
    """How finely a sheet of this size is read at the most."""
    return min(_MOST_DPI, float(np.sqrt(_MOST_PIXELS_READ / (width_inch * height_inch))))


def _plausible_dpi(width: int, height: int, stated: tuple[float, float]) -> tuple[float, float]:
    """The resolution across and down as stated, if a sheet can have it; one where they are alike.

    An image that says none, or one that cannot be, is taken for a sheet as wide as A4.
    """
    across, down = stated
    stretch = max(stated) / min(stated) if min(stated) > 0 else 1.0
    if not 1 + _SAME_DPI < stretch < _MOST_STRETCH:
        down = across
    low, high = _PLAUSIBLE_WIDTH_INCH
    if across > 0 and low <= min(width / across, height / down) <= high:
        return across, down
    guessed = max(min(width, height) / _A4_INCH, 1.0)
    return guessed, guessed


def pdf_dpi(page: pypdfium2.PdfPage, limits: PageLimits, number: int, default: float) -> float:
    """Resolution to draw a PDF's page at: that of the image that covers most of it.

    Raises:
        ReportError: The page, or an image on it, has more pixels than the limits allow.
    """
    width, height = page.get_size()
    _check_pixels(width * _LEAST_DPI / 72, height * _LEAST_DPI / 72, limits, number)
    dpi, largest = default, 0.25 * width * height
    for found in page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_IMAGE], max_depth=4):
        pixels_wide, pixels_high = found.get_px_size()
        _check_pixels(pixels_wide, pixels_high, limits, number)
        left, bottom, right, top = found.get_bounds()
        area = (right - left) * (top - bottom)
        if area > largest and found.level == 0:
            dpi, largest = 72 * float(np.sqrt(pixels_wide * pixels_high / area)), area
    return float(np.clip(dpi, _LEAST_DPI, _readable_dpi(width / 72, height / 72)))


def draw_pdf(page: pypdfium2.PdfPage, dpi: float, limits: PageLimits, number: int) -> Image:
    """Draw a PDF's page as a viewer shows it, RGB uint8.

    Raises:
        ReportError: It would have more pixels than the limits allow.
    """
    width, height = page.get_size()
    _check_pixels(width * dpi / 72, height * dpi / 72, limits, number)
    _check_sheet(width / 72, height / 72, limits, number)
    bitmap = page.render(scale=dpi / 72, rev_byteorder=True)
    drawn = np.asarray(bitmap.to_numpy())
    if drawn.ndim == 2 or drawn.shape[2] == 1:
        return np.repeat(drawn.reshape(*drawn.shape[:2], 1), 3, axis=2)
    return np.ascontiguousarray(drawn[:, :, :3])


def load_pdf_page(pdf: pypdfium2.PdfDocument, number: int) -> pypdfium2.PdfPage:
    """A page of a PDF, counted from 1.

    Raises:
        ReportError: The page is damaged, or has no area.
    """
    try:
        page = pdf[number - 1]
    except pypdfium2.PdfiumError as error:
        raise _unreadable(f"page {number} of the PDF is damaged", number) from error
    if min(page.get_size()) <= 0:
        # Its CropBox may lie outside its MediaBox.
        raise _unreadable(f"page {number} of the PDF has no area", number)
    return page


_DAMAGE: Final = (
    *(OSError, EOFError, SyntaxError, ValueError, TypeError, KeyError, IndexError),
    struct.error,
)


@contextmanager
def _pillow_errors(page: int | None = None) -> Iterator[None]:
    """Pillow's many ways to say that a file is damaged, as one."""
    try:
        with warnings.catch_warnings():
            # Sizes are checked against the limits, which are lower than Pillow's; what it
            # warns of in a damaged file either stops it as well or does not matter.
            warnings.simplefilter("ignore")
            yield
    except PillowImage.DecompressionBombError as error:
        raise ReportError(
            "page_too_large", str(error), advice="Scan at 200 to 300 dpi.", page=page
        ) from error
    except _DAMAGE as error:
        raise _unreadable(f"the image is damaged ({error})", page) from error


def _unreadable(message: str, page: int | None = None) -> ReportError:
    return ReportError(
        "unreadable_file", message, advice="Send the file again; it may be cut off.", page=page
    )
