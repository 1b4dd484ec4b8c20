"""Drawn reports that no net is trained on: scanned whole, for calibrating and for measuring.

Both take the looks, wordings and fonts that training never sees, and share none of their
fonts of figures nor of their numbers with each other.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final, Literal, get_args

from forms.form import Form
from training.damage import Level, scan_sheet
from training.rasters import render, write_pdf
from training.variety import Sheet, draw_sheet, generator

Purpose = Literal["calibrate", "evaluate"]
Quality = Literal["digital", "clean", "light", "medium", "heavy"]

QUALITIES: Final[tuple[Quality, ...]] = get_args(Quality)

# Training scores itself on lower numbers of the same split, and evaluations of single nets
# start at one million.
_FIRST_SEED: Final[dict[Purpose, int]] = {"calibrate": 3_000_000, "evaluate": 4_000_000}
_FONTS: Final[dict[Purpose, frozenset[str]]] = {
    "calibrate": frozenset(("AR PL SungtiL GB", "Carlito", "TeX Gyre Heros", "Noto Serif")),
    "evaluate": frozenset(("AR PL UKai CN", "WenQuanYi Micro Hei", "TeX Gyre Pagella", "Roboto")),
}
"""The first font of a table, in which its figures are set."""

_SEEDS_EACH: Final = 1000
"""Numbers that each report may take its sheet from; one in four is in the right fonts."""

_THUMBNAIL_DPI: Final = 10
_DPI: Final = (150, 150, 200)
_JPEG_QUALITY: Final = 90


@dataclass(frozen=True, slots=True)
class HeldReport:
    """A drawn report as a file.

    Attributes:
        name: Names it among all of its purpose.
        form: Id of its form.
        quality: How it was scanned, if at all.
        source: A PDF.
        values: Printed text by field id, of the fields that are printed at all.
    """

    name: str
    form: str
    quality: Quality
    source: bytes
    values: Mapping[str, str]


def draw_held(
    forms: Sequence[Form], purpose: Purpose, number: int, most_pages: int = 5
) -> HeldReport:
    """The report of this number: forms and qualities take turns, so that all meet.

    Args:
        forms: The forms known.
        purpose: What it is for.
        number: From 0.
        most_pages: Longer reports are passed over, as they take long to read.
    """
    form = forms[number % len(forms)]
    quality = QUALITIES[number // len(forms) % len(QUALITIES)]
    seed, sheet = next(_fitting(form, purpose, number, most_pages))
    source = sheet.pdf if quality == "digital" else scan_whole(sheet.pdf, quality, seed)
    return HeldReport(f"{purpose}-{seed}", form.id, quality, source, sheet.values)


def _fitting(
    form: Form, purpose: Purpose, number: int, most_pages: int
) -> Iterator[tuple[int, Sheet]]:
    """Sheets of this number that are in the purpose's fonts and short enough."""
    for seed in count(_FIRST_SEED[purpose] + number * _SEEDS_EACH):
        sheet = draw_sheet(form, seed, "measure")
        if sheet.style.table_font[0] not in _FONTS[purpose]:
            continue
        if len(render(sheet.pdf, _THUMBNAIL_DPI)) <= most_pages:
            yield seed, sheet


def scan_whole(pdf: bytes, level: Level, seed: int) -> bytes:
    """All pages of a PDF, scanned at a level of damage.

    Args:
        pdf: As it would be printed.
        level: How badly.
        seed: Which of the many scans of that level.

    Returns:
        A PDF of a JPEG each page; another page shines through where the paper is thin.
    """
    # A drawn sheet comes from the number as it is.
    rng = generator("measure", -seed)
    dpi = int(rng.choice(_DPI))
    pages = render(pdf, dpi)
    scans = [
        scan_sheet(page, level, rng, dpi, back=pages[number - 1]).image
        for number, page in enumerate(pages)
    ]
    return write_pdf(scans, dpi, _JPEG_QUALITY)
