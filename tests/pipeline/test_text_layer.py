"""Text layers that lie are found out; those that tell the truth are kept."""

import io
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from pypdfium2 import raw as pdfium_c

from eval.corpus import REPORTS
from forms.form import Form
from models.load import Models
from models.types import Image
from pipeline.documents import PageLimits, open_document
from pipeline.pages import read_pages
from pipeline.text_layer import read_layer
from pipeline.types import Box, Page
from training.held_apart import draw_held

SOURCE = REPORTS / "kuancheng_2020" / "source.pdf"
TABLES = 2


def kinds(pdf: bytes, models: Models) -> list[str]:
    with open_document(pdf, PageLimits()) as document:
        pages = read_pages(document, models.find_orientation, models.labels.read_lines)
        return [page.kind for page in pages]


def read(pdf: bytes, number: int, models: Models) -> Page:
    with open_document(pdf, PageLimits()) as document:
        pages = read_pages(document, models.find_orientation, models.labels.read_lines)
        return next(page for page in pages if page.number == number)


def recode(pdf: bytes, change: Callable[[int], int]) -> bytes:
    """A PDF whose fonts say that they print other characters than they do."""
    parts, done = [], 0
    for match in re.finditer(rb"<<([^<>]*?)>>\s*stream\r?\n", pdf, re.DOTALL):
        length = re.search(rb"/Length (\d+)", match[1])
        if length is None or b"FlateDecode" not in match[1] or b"/CMap" not in match[1]:
            continue
        end = match.end() + int(length[1])
        table = re.sub(
            rb"(<[0-9A-F]{4}> )<([0-9A-F]{4})>(?=\n)",
            lambda pair: pair[1] + b"<%04X>" % change(int(pair[2], 16)),
            zlib.decompress(pdf[match.end() : end]),
        )
        parts += [pdf[done : match.start()], b"<</Length %d>>\nstream\n" % len(table), table]
        done = end
    # The cross-reference table is wrong now; pdfium makes it again.
    return b"".join([*parts, pdf[done:]])


def paste_pictures(pdf: bytes, top: float, bottom: float, strips: int, *, hide: bool) -> bytes:
    """A PDF of which a part of page 2 is a picture, over its words or instead of them."""
    document = pypdfium2.PdfDocument(pdf)
    page = document[TABLES - 1]
    width, height = page.get_size()
    drawn = page.render(scale=200 / 72).to_pil().convert("RGB")
    for found in list(page.get_objects(max_depth=1)) if hide else []:
        _, low, _, high = found.get_bounds()
        if top <= 1 - (low + high) / 2 / height < bottom:
            page.remove_obj(found)
    edges = np.linspace(top, bottom, strips + 1)
    for upper, lower in pairwise(edges):
        jpeg = io.BytesIO()
        box = (0, int(upper * drawn.height), drawn.width, int(lower * drawn.height))
        drawn.crop(box).save(jpeg, "JPEG", quality=90)
        picture = pypdfium2.PdfImage.new(document)
        picture.load_jpeg(io.BytesIO(jpeg.getvalue()), inline=True)
        matrix = pypdfium2.PdfMatrix().scale(width, height * (lower - upper))
        picture.set_matrix(matrix.translate(0, height * (1 - lower)))
        page.insert_obj(picture)
    page.gen_content()
    saved = io.BytesIO()
    document.save(saved)
    document.close()
    return saved.getvalue()


@pytest.mark.parametrize("folder", sorted(path.name for path in REPORTS.iterdir() if path.is_dir()))
def test_born_digital_reports_are_believed(folder: str, models: Models) -> None:
    source = REPORTS / folder / "source.pdf"
    assert set(kinds(source.read_bytes(), models)) == {"digital"}


def test_real_born_digital_reports_are_believed(samples: Path, models: Models) -> None:
    for source in sorted(samples.glob("*/digital.pdf")):
        assert set(kinds(source.read_bytes(), models)) == {"digital"}, source


def test_words_and_rules_lie_on_their_pixels(models: Models) -> None:
    page = read(SOURCE.read_bytes(), TABLES, models)
    grey = page.image.min(axis=2)
    for word in page.words:
        box = word.box
        window = grey[int(box.top) : int(box.bottom) + 1, int(box.left) : int(box.right) + 1]
        assert window.min() < 150, word
    assert any(rule.horizontal for rule in page.rules)
    assert any(not rule.horizontal for rule in page.rules)
    assert any("行政复议" in word.text for word in page.words)


def test_the_ring_of_a_drawn_seal_is_no_rule(models: Models, forms: Mapping[str, Form]) -> None:
    """This report has a seal of curves over its table."""
    drawn = draw_held(tuple(forms.values()), "calibrate", 182)
    document = pypdfium2.PdfDocument(drawn.source)
    rings = [path.get_bounds() for path in document[2].get_objects() if _is_curved(path)]
    assert rings
    page = read(drawn.source, 3, models)
    scale, height = page.dpi / 72, page.image.shape[0]
    for left, bottom, right, top in rings:
        within = Box(left * scale, height - top * scale, right * scale, height - bottom * scale)
        assert not [rule for rule in page.rules if _covers(within, rule.box)]


def _is_curved(found: pypdfium2.PdfObject) -> bool:
    if found.type != pdfium_c.FPDF_PAGEOBJ_PATH:
        return False
    segment = pdfium_c.FPDFPath_GetPathSegment(found, 1)
    return bool(pdfium_c.FPDFPathSegment_GetType(segment) == pdfium_c.FPDF_SEGMENT_BEZIERTO)


def _covers(box: Box, inner: Box) -> bool:
    """Whether one lies in the other, to a pixel or two."""
    return (
        box.left - 2 < inner.left
        and box.top - 2 < inner.top
        and box.right + 2 > inner.right
        and box.bottom + 2 > inner.bottom
    )


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda code: 48 + (code - 48) * 7 % 10 if 48 <= code < 58 else code, "other digits"),
        (lambda code: 0xE000 + code % 0x1000, "private use"),
        (lambda code: 0xE000 + code if 48 <= code < 58 else code, "private digits"),
        (lambda code: 0xC0 + code % 60 if code > 0x2000 else code, "Latin for Chinese"),
        (lambda code: code + 37 if code > 0x4E00 else code, "other Chinese characters"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_wrong_characters_are_found_out(
    change: Callable[[int], int], what: str, models: Models
) -> None:
    assert read(recode(SOURCE.read_bytes(), change), TABLES, models).kind == "scanned", what


def test_halves_of_a_rare_character_are_joined_and_lone_halves_are_none() -> None:
    codes = {ord("政"): 0xD842DFB7, ord("行"): 0xD842, ord("申"): 0xDFB7}
    source = SOURCE.read_bytes()
    said = words_of(recode(source, lambda code: codes.get(code, code)))
    known = str.maketrans({"政": "𠮷", "行": "\ufffd", "申": "\ufffd"})
    wanted = [(text.translate(known), box) for text, box in words_of(source)]
    assert said == wanted
    assert {"𠮷", "\ufffd"} <= set("".join(text for text, _ in said))
    # As the report is written.
    assert all(text.encode() for text, _ in said)


def words_of(pdf: bytes) -> list[tuple[str, Box]]:
    """The words of page 2 as its layer has them, nothing of them read from the pixels."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        page = document[TABLES - 1]
        drawn = page.render(scale=100 / 72, rev_byteorder=True).to_numpy()
        layer = read_layer(page, np.ascontiguousarray(drawn[:, :, :3]), 100.0, frozenset(), None)
    finally:
        document.close()
    assert layer is not None
    return [(word.text, word.box) for word in layer.words]


@pytest.mark.parametrize("strips", [1, 16])
def test_scan_over_an_old_ocr_layer_is_a_scan(strips: int, models: Models) -> None:
    hidden = paste_pictures(SOURCE.read_bytes(), 0, 1, strips, hide=False)
    assert read(hidden, TABLES, models).kind == "scanned"


@pytest.mark.parametrize(("top", "bottom"), [(0.4, 0.47), (0.2, 0.6)])
def test_table_pasted_as_a_picture_makes_a_scan(top: float, bottom: float, models: Models) -> None:
    pasted = paste_pictures(SOURCE.read_bytes(), top, bottom, 1, hide=True)
    page = read(pasted, TABLES, models)
    assert page.kind == "scanned"
    assert page.words == ()


@pytest.mark.parametrize("shift", [(8, 1), (60, 1), (10, 0), (5, 0)])
def test_words_beside_their_ink_are_not_believed(shift: tuple[int, int]) -> None:
    document = pypdfium2.PdfDocument(SOURCE)
    try:
        page = document[TABLES - 1]
        drawn = page.render(scale=100 / 72, rev_byteorder=True).to_numpy()
        image = np.ascontiguousarray(drawn[:, :, :3])
        assert read_layer(page, image, 100.0, frozenset(), None) is not None
        moved: Image = np.roll(image, *shift)
        assert read_layer(page, moved, 100.0, frozenset(), None) is None
    finally:
        document.close()


def test_each_font_is_tried_once_in_a_document(models: Models) -> None:
    counts: list[int] = []

    def count_lines(crops: Sequence[Image]) -> Sequence[object]:
        counts.append(len(crops))
        return models.labels.read_lines(crops)

    with open_document(SOURCE.read_bytes(), PageLimits()) as document:
        pages = list(read_pages(document, models.find_orientation, count_lines))  # type: ignore[arg-type]
    assert len(pages) > 1
    assert sum(counts) <= 4 * 6 + 4
