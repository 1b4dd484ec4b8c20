"""Files are opened for what they are, at the resolution that they have."""

import io

import numpy as np
import pytest
from PIL import Image as Pillow

from pipeline.documents import PageLimits, Raster, check_size, image_raster, open_document
from pipeline.errors import ReportError


def raster_of(
    image: Pillow.Image,
    kind: str,
    dpi: tuple[int, int] | None = None,
    exif: Pillow.Exif | bytes | None = None,
) -> Raster:
    file = io.BytesIO()
    options = {"dpi": dpi, "exif": exif}
    image.save(file, kind, **{name: value for name, value in options.items() if value is not None})
    with open_document(file.getvalue(), PageLimits()) as document:
        return image_raster(document, 1)


def test_file_of_the_largest_size_is_taken_and_one_byte_more_refused() -> None:
    limits = PageLimits(size=1000)
    check_size(1000, limits)
    with pytest.raises(ReportError) as refused:
        check_size(1001, limits)
    assert refused.value.code == "too_large"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_pixel_becomes_rgb(mode: str) -> None:
    if mode == "I;16":
        image = Pillow.fromarray(np.full((900, 700), 0xFF00, np.uint16))
    else:
        image = Pillow.new("RGB", (700, 900), "white").convert(mode)
    raster = raster_of(image, "PNG")
    assert raster.image.shape == (900, 700, 3)
    assert raster.image.dtype == np.uint8
    assert raster.image.min() > 250


@pytest.mark.parametrize(("mode", "paper"), [("P", 0), ("L", 0), ("RGB", (0, 0, 0))])
def test_paper_that_is_said_to_be_transparent_is_white(
    mode: str, paper: int | tuple[int, ...]
) -> None:
    image = Pillow.new("L", (700, 900), 0)
    image.paste(90, (100, 100, 200, 200))
    image = image.convert(mode)
    image.info["transparency"] = paper
    raster = raster_of(image, "PNG")
    assert raster.image[50, 50].tolist() == [255, 255, 255]
    assert raster.image[150, 150].tolist() == [90, 90, 90]


def test_photograph_stands_as_its_camera_says() -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6
    raster = raster_of(Pillow.new("RGB", (900, 700), "white"), "JPEG", exif=exif)
    assert raster.image.shape == (900, 700, 3)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("rest", [b"", b"II*\0", b"MM\0*\0\0\0\x08\0\1\1\x12", b"no EXIF at all"])
def test_damaged_exif_does_not_refuse_the_pixels(kind: str, rest: bytes) -> None:
    image = Pillow.new("L", (700, 900), 255)
    raster = raster_of(image, kind, dpi=(100, 100), exif=b"Exif\0\0" + rest)
    assert raster.image.shape == (900, 700, 3)


def test_photograph_stands_as_its_camera_says_though_other_facts_are_damaged() -> None:
    exif = Pillow.Exif()
    exif[0x0112], exif[0x010F] = 6, "a camera"
    damaged = bytearray(exif.tobytes())
    # The name of the camera as the width of the image: it cannot be written as a number.
    damaged[damaged.index(b"\x01\x0f") + 1] = 0
    image = Pillow.new("RGB", (900, 700), "white")
    assert raster_of(image, "JPEG", exif=bytes(damaged)).image.shape == (900, 700, 3)


@pytest.mark.parametrize("kind", ["TIFF", "PNG"])
@pytest.mark.parametrize("sideways", [False, True])
def test_pixels_of_a_fax_are_made_square(kind: str, *, sideways: bool) -> None:
    size, dpi = (1728, 1143), (204, 98)
    exif = Pillow.Exif()
    if sideways:
        exif[0x0112], size, dpi = 6, size[::-1], dpi[::-1]
    raster = raster_of(Pillow.new("L", size, 255), kind, dpi=dpi, exif=exif)
    assert raster.image.shape == (pytest.approx(1143 * 204 / 98, abs=2), 1728, 3)
    assert raster.dpi == pytest.approx(204, abs=0.1)


def test_implausible_resolution_is_not_believed() -> None:
    told = raster_of(Pillow.new("L", (1654, 2339), 255), "PNG", dpi=(200, 200))
    lied = raster_of(Pillow.new("L", (1654, 2339), 255), "PNG", dpi=(1, 1))
    half_lied = raster_of(Pillow.new("L", (1654, 2339), 255), "PNG", dpi=(200, 1))
    assert told.dpi == pytest.approx(200, abs=0.1)
    assert lied.dpi == pytest.approx(200, abs=1)
    assert half_lied.image.shape == told.image.shape


def test_header_may_stand_behind_other_bytes() -> None:
    with (
        pytest.raises(ReportError) as refused,
        open_document(b"\n" * 100 + b"%PDF-1.7 and nothing more", PageLimits()),
    ):
        pass
    assert refused.value.code == "unreadable_file"


@pytest.mark.parametrize("size", [(29_000, 3), (40, 2_000), (1_000, 22_000)])
def test_strip_and_poster_are_refused_before_they_are_read(size: tuple[int, int]) -> None:
    with pytest.raises(ReportError) as refused:
        raster_of(Pillow.new("1", size, 1), "PNG")
    assert refused.value.code == "page_too_large"


def test_sheet_larger_than_a3_is_read_less_finely() -> None:
    raster = raster_of(Pillow.new("1", (4_961, 7_016), 1), "PNG", dpi=(300, 300))
    assert raster.dpi == pytest.approx(300 / 2**0.5, rel=0.01)
    assert raster.image.shape[0] / raster.dpi == pytest.approx(7_016 / 300, rel=0.01)
