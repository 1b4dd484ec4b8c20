"""Bytes → pages: what is read, what is refused, and where a box lies on the stored page."""

import hashlib
import io
import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from PIL import Image as Pillow
from PIL import ImageDraw

from eval.corpus import REPORTS
from models.load import Models
from models.types import Image
from pipeline.documents import PageLimits, open_document
from pipeline.errors import ReportError
from pipeline.pages import map_box, read_pages
from pipeline.types import Box, Page

SOURCE = REPORTS / "kuancheng_2020" / "source.pdf"
A4 = (595.3, 841.9)


def always_upright(_: Image) -> tuple[int, float]:
    return 0, 1.0


def read(source: bytes, limits: PageLimits | None = None) -> list[Page]:
    with open_document(source, limits or PageLimits()) as document:
        return list(read_pages(document, always_upright))


def refusal(source: bytes, limits: PageLimits | None = None) -> ReportError:
    with pytest.raises(ReportError) as caught:
        read(source, limits)
    assert caught.value.advice
    return caught.value


@pytest.fixture(scope="module")
def drawn() -> tuple[Pillow.Image, ...]:
    document = pypdfium2.PdfDocument(SOURCE)
    try:
        return tuple(page.render(scale=200 / 72).to_pil().convert("RGB") for page in document)
    finally:
        document.close()


def save(image: Pillow.Image, kind: str, dpi: int | None = None) -> bytes:
    # A copy: Pillow leaves the settings of one file format on the image for the next.
    saved = io.BytesIO()
    if dpi is None:
        image.copy().save(saved, kind, quality=90)
    else:
        image.copy().save(saved, kind, quality=90, dpi=(dpi, dpi))
    return saved.getvalue()


def save_tiff(images: Sequence[Pillow.Image], compression: str) -> bytes:
    saved = io.BytesIO()
    first, *others = (image.copy() for image in images)
    first.save(
        saved, "TIFF", save_all=True, append_images=others, compression=compression, dpi=(200, 200)
    )
    return saved.getvalue()


def scan_pdf(image: Pillow.Image, size: tuple[float, float], rotation: int = 0) -> bytes:
    document = pypdfium2.PdfDocument.new()
    page = document.new_page(*size)
    picture = pypdfium2.PdfImage.new(document)
    picture.load_jpeg(io.BytesIO(save(image, "JPEG")), inline=True)
    picture.set_matrix(pypdfium2.PdfMatrix().scale(*size))
    page.insert_obj(picture)
    page.gen_content()
    page.set_rotation(rotation)
    saved = io.BytesIO()
    document.save(saved)
    document.close()
    return saved.getvalue()


def png_header(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        check = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def empty_pdf(pages: int, media_box: str = "0 0 595 842") -> bytes:
    """A PDF of blank pages, written by hand: pdfium refuses to make some of them."""
    kids = " ".join(f"{number + 3} 0 R" for number in range(pages))
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {pages}/Kids[{kids}]>>",
        *[f"<</Type/Page/Parent 2 0 R/MediaBox[{media_box}]>>"] * pages,
    ]
    out, places = "%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj{content}endobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    out += f"trailer<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF"
    return out.encode()


def rc4(key: bytes, text: bytes) -> bytes:
    box, j, out = list(range(256)), 0, bytearray()
    for i in range(256):
        j = (j + box[i] + key[i % len(key)]) % 256
        box[i], box[j] = box[j], box[i]
    i = j = 0
    for byte in text:
        i = (i + 1) % 256
        j = (j + box[i]) % 256
        box[i], box[j] = box[j], box[i]
        out.append(byte ^ box[(box[i] + box[j]) % 256])
    return bytes(out)


def encrypted_pdf(password: bytes) -> bytes:
    """A blank page under 40-bit RC4 (ISO 32000-1, 7.6.3, revision 2), the oldest kind."""
    padding = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")
    padded = (password + padding)[:32]
    owner = rc4(hashlib.md5(padded, usedforsecurity=False).digest()[:5], padded)
    salt = padded + owner + (-4).to_bytes(4, "little", signed=True) + b"gouji"
    user = rc4(hashlib.md5(salt, usedforsecurity=False).digest()[:5], padding)
    guard = (
        f"/ID[<{b'gouji'.hex()}><{b'gouji'.hex()}>]/Encrypt<</Filter/Standard/V 1/R 2"
        f"/P -4/O<{owner.hex()}>/U<{user.hex()}>>>"
    )
    return empty_pdf(1).replace(b"/Root 1 0 R", b"/Root 1 0 R" + guard.encode())


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
def test_single_images_are_read(kind: str, drawn: tuple[Pillow.Image, ...]) -> None:
    (page,) = read(save(drawn[0], kind, dpi=200))
    assert page.kind == "scanned"
    assert page.dpi == pytest.approx(200, abs=1)
    assert (page.width, page.height) == pytest.approx(A4, abs=1.5)


def test_tiff_of_bilevel_pages_is_read(drawn: tuple[Pillow.Image, ...]) -> None:
    pages = read(save_tiff([page.convert("1") for page in drawn], "group4"))
    assert [page.number for page in pages] == list(range(1, len(drawn) + 1))
    for page in pages:
        assert page.image.shape[2] == 3
        assert 0.5 < float((page.image > 128).mean()) < 1


def test_image_without_resolution_is_taken_for_a4(drawn: tuple[Pillow.Image, ...]) -> None:
    (page,) = read(save(drawn[0], "PNG"))
    assert page.width == pytest.approx(A4[0], rel=0.01)


def test_transparent_image_lies_on_white() -> None:
    (page,) = read(save(Pillow.new("RGBA", (600, 800), (0, 0, 0, 0)), "PNG"))
    assert page.image.min() == 255


def test_scan_keeps_its_own_resolution(drawn: tuple[Pillow.Image, ...]) -> None:
    (page,) = read(scan_pdf(drawn[0].resize((1240, 1754)), A4))
    assert page.dpi == pytest.approx(150, abs=1)
    assert page.image.shape[1] == pytest.approx(1240, abs=2)


def test_fine_scan_is_brought_down_to_300_dpi(drawn: tuple[Pillow.Image, ...]) -> None:
    (page,) = read(scan_pdf(drawn[0].resize((4960, 7016)), A4))
    assert page.dpi == pytest.approx(300)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_rotated_digital_page_maps_to_what_a_viewer_shows(rotation: int) -> None:
    document = pypdfium2.PdfDocument(SOURCE)
    document[1].set_rotation(rotation)
    saved = io.BytesIO()
    document.save(saved)
    shown = document[1].render(scale=1, rev_byteorder=True).to_numpy()[:, :, :3].min(axis=2)
    document.close()
    page = read(saved.getvalue())[1]
    assert page.kind == "digital"
    # Turned upright again: a line of print is wider than high.
    title = next(word for word in page.words if "其他需要报告的事项" in word.text)
    assert title.box.width > 3 * title.box.height
    for word in page.words:
        box = map_box(page.mesh, word.box)
        window = shown[int(box.top) : int(box.bottom) + 2, int(box.left) : int(box.right) + 2]
        assert window.min() < 200, word


def test_box_of_a_skewed_scan_maps_back_within_two_points(
    drawn: tuple[Pillow.Image, ...],
) -> None:
    dot = (900, 60, 930, 90)
    marked = drawn[1].copy()
    marked.paste((255, 0, 255), dot)
    for degrees in (0.0, 2.0, -4.0):
        crooked = marked.rotate(-degrees, Pillow.Resampling.BICUBIC, fillcolor="white")
        (page,) = read(save(crooked, "PNG", dpi=200))
        assert page.skew_degrees == pytest.approx(degrees, abs=0.15)
        found = map_box(page.mesh, magenta(page.image))
        truth = magenta(np.asarray(crooked))
        for side in ("left", "top", "right", "bottom"):
            assert getattr(found, side) == pytest.approx(getattr(truth, side) * 72 / 200, abs=2)


def magenta(image: Image) -> Box:
    levels = image.astype(int)
    purple = (levels[:, :, ::2].min(axis=2) > 150) & (levels[:, :, 1] < 100)
    rows, columns = np.nonzero(purple)
    return Box(columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)


def test_sideways_and_upside_down_scans_are_turned(
    models: Models, drawn: tuple[Pillow.Image, ...]
) -> None:
    # Pillow turns anticlockwise.
    turned = drawn[1].rotate(90, expand=True)
    source = save(turned, "PNG", dpi=200)
    with open_document(source, PageLimits()) as document:
        (page,) = read_pages(document, models.find_orientation)
    assert page.rotation == 270
    assert page.image.shape[0] > page.image.shape[1]
    assert page.width > page.height


def test_near_empty_page_follows_the_pages_before(drawn: tuple[Pillow.Image, ...]) -> None:
    first, second = drawn[0].rotate(180), drawn[1].rotate(180)
    source = save_tiff([first, second, drawn[0]], "jpeg")
    answers = ((180, 0.92), (0, 0.55), (0, 0.55), (0, 0.92))
    assert turns_of(source, *answers) == [180, 180, 0]


@pytest.mark.parametrize("marks", [(), ((600, 800, 608, 830), (720, 800, 728, 830))])
def test_page_without_lines_of_print_follows_the_one_before(
    drawn: tuple[Pillow.Image, ...], marks: tuple[tuple[int, int, int, int], ...]
) -> None:
    empty = Pillow.new("RGB", drawn[1].size, "white")
    for mark in marks:
        ImageDraw.Draw(empty).rectangle(mark, "black")
    source = save_tiff([drawn[1], empty], "jpeg")
    unsure = (180, 0.25)
    assert turns_of(source, (0, 0.92), unsure, unsure, unsure) == [0, 0]


@pytest.mark.parametrize(
    ("again", "turn"), [((180, 0.84), 0), ((90, 0.92), 270), ((90, 0.84), 180), ((0, 0.84), 180)]
)
def test_page_turned_as_the_one_before_is_looked_at_once_more(
    drawn: tuple[Pillow.Image, ...], again: tuple[int, float], turn: int
) -> None:
    source = save_tiff([drawn[0].rotate(180), drawn[1]], "jpeg")
    assert turns_of(source, (180, 0.92), (0, 0.69), again) == [180, turn]


def turns_of(source: bytes, *answers: tuple[int, float]) -> list[int]:
    """How the pages are turned when the net says this, each time that it is asked."""
    told = iter(answers)
    with open_document(source, PageLimits()) as document:
        return [page.rotation for page in read_pages(document, lambda _: next(told))]


def test_what_the_net_is_unsure_of_stands_where_the_page_before_agrees(
    drawn: tuple[Pillow.Image, ...],
) -> None:
    source = save_tiff([drawn[1].rotate(90, expand=True)] * 2, "jpeg")
    assert set(turns_of(source, (0, 0.55), (0, 0.55), (90, 0.55), (90, 0.55))) <= {90, 270}
    assert turns_of(source, (0, 0.92), (0, 0.55)) == [0, 0]


@pytest.mark.parametrize(("again", "turn"), [((0, 0.92), 180), ((0, 0.55), 0), ((90, 0.92), 0)])
def test_what_the_net_is_unsure_of_stands_where_it_is_sure_of_the_page_turned(
    drawn: tuple[Pillow.Image, ...], again: tuple[int, float], turn: int
) -> None:
    source = save_tiff([drawn[1]] * 2, "jpeg")
    assert turns_of(source, (0, 0.92), (180, 0.55), again) == [0, turn]


def test_lines_of_print_are_believed_where_the_net_is_not_sure_and_says_otherwise(
    drawn: tuple[Pillow.Image, ...],
) -> None:
    source = save_tiff([drawn[1]], "jpeg")
    assert turns_of(source, (270, 0.84), (270, 0.62)) == [0]
    assert turns_of(source, (180, 0.84)) == [180]


def test_real_scans_stand_upright(samples: Path, models: Models) -> None:
    for path, turn in (
        ("huaian_2024/scan_medium.pdf", 180),
        ("pt_nyn_2025/scan_light.pdf", 270),
        ("kuancheng_2020/scan_medium.pdf", 0),
    ):
        with open_document((samples / path).read_bytes(), PageLimits()) as document:
            pages = read_pages(document, models.find_orientation)
            assert {page.rotation for page in pages} == {turn}, path


def test_pages_are_made_one_at_a_time() -> None:
    with open_document(SOURCE.read_bytes(), PageLimits()) as document:
        pages = read_pages(document, always_upright)
        assert isinstance(pages, Iterator)
        assert next(pages).number == 1


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (b"", "unreadable_file"),
        (b"\0" * 500, "unreadable_file"),
        (b"%PDF-1.7\nnothing that follows is a PDF", "unreadable_file"),
        (b"\x89PNG\r\n\x1a\n and no more", "unreadable_file"),
        (b"II*\0garbage", "unreadable_file"),
        (b"PK\x03\x04 a Word document called report.pdf", "unsupported_type"),
        (b"<html><body>not found</body></html>", "unsupported_type"),
        (b"GIF89a", "unsupported_type"),
        (png_header(100_000, 100_000), "page_too_large"),
        (png_header(30_000, 30_000), "page_too_large"),
        (empty_pdf(0), "no_pages"),
        (empty_pdf(10_000), "too_many_pages"),
        (empty_pdf(1, "0 0 200000 200000"), "page_too_large"),
        (empty_pdf(1, "0 0 595 842]/CropBox[700 900 800 1000"), "unreadable_file"),
    ],
)
def test_bad_files_are_refused_for_what_they_are(source: bytes, code: str) -> None:
    assert refusal(source).code == code


def test_truncated_files_are_unreadable(drawn: tuple[Pillow.Image, ...]) -> None:
    for kind in ("PNG", "JPEG", "TIFF"):
        whole = save(drawn[0], kind, dpi=200)
        assert refusal(whole[: len(whole) // 2]).code == "unreadable_file", kind
    pdf = SOURCE.read_bytes()
    assert refusal(pdf[: len(pdf) // 8]).code in ("unreadable_file", "no_pages")


def test_pdf_that_needs_a_password_is_refused_and_one_that_needs_none_is_read() -> None:
    assert refusal(encrypted_pdf(b"secret")).code == "encrypted_pdf"
    assert len(read(encrypted_pdf(b""))) == 1


def test_pdf_without_pages_is_told_from_the_failure_before_it() -> None:
    assert refusal(encrypted_pdf(b"secret")).code == "encrypted_pdf"
    assert refusal(empty_pdf(0)).code == "no_pages"


def test_file_over_the_limit_is_refused_unread() -> None:
    assert refusal(b"%PDF-" + b"x" * 100, PageLimits(size=50)).code == "too_large"


def test_tiff_with_too_many_pages_is_refused(drawn: tuple[Pillow.Image, ...]) -> None:
    small = drawn[0].resize((60, 80)).convert("1")
    many = save_tiff([small] * 21, "group4")
    error = refusal(many, PageLimits(pages=10))
    assert error.code == "too_many_pages"


def test_pdf_that_holds_a_huge_image_is_refused_before_it_is_drawn(
    drawn: tuple[Pillow.Image, ...],
) -> None:
    error = refusal(scan_pdf(drawn[0], A4), PageLimits(pixels=2_000_000))
    assert error.code == "page_too_large"
    assert error.page == 1


def test_error_names_the_page(drawn: tuple[Pillow.Image, ...]) -> None:
    small = drawn[0].resize((600, 800))
    source = save_tiff([small, drawn[1]], "jpeg")
    assert refusal(source, PageLimits(pixels=1_000_000)).page == 2
