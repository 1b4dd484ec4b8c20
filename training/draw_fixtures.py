"""Redraw everything under `tests/reports`: `python -m training.draw_fixtures`.

The files are checked in, because drawing needs fonts that not every machine has.
The same fonts give the same files.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import typst

from forms.form import load_forms
from models.types import Image
from training.damage import Level
from training.fixture_reports import FONTS, Shipped, draw_local_annex, draw_shipped
from training.fixture_scans import scan, skew, turn_quarters
from training.rasters import to_bilevel, to_grey, write_pdf, write_png, write_tiff

REPORTS: Final = Path(__file__).parents[1] / "tests" / "reports"
"""Where the drawn documents are checked in."""

DPI: Final = 150
"""Of the shipped scans: what office copiers default to, and small files."""

QUALITY: Final = 32
"""Of their JPEG: digits stay clean and a page stays near 100 KB."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """One scan to ship: the name says level and kind of file."""

    name: str
    level: Level
    seed: int


FULL_SET: Final = (
    Scanned("scan_clean.pdf", "clean", 11),
    Scanned("scan_light.pdf", "light", 12),
    Scanned("scan_medium.pdf", "medium", 13),
    Scanned("scan.tif", "light", 14),
)
"""Of the report that most tests read."""


def main() -> int:
    """Draw all; exit code 1 when fonts are missing."""
    missing = FONTS - set(typst.Fonts().families())
    if missing:
        sys.stderr.write(
            f"fonts are missing: {', '.join(sorted(missing))}\n"
            "on Debian: apt-get install fonts-noto-cjk fonts-liberation "
            "fonts-arphic-gbsn00lp fonts-arphic-ukai fonts-wqy-zenhei\n"
        )
        return 1
    shipped = draw_shipped({form.id: form for form in load_forms()})
    for number, drawn in enumerate(shipped):
        _write_report(drawn, number)
    annex = draw_local_annex()
    folder = REPORTS / "local_annex"
    _write(folder / "source.pdf", annex)
    _write(folder / "scan_light.pdf", write_pdf(_grey_scan(annex, "light", 90), DPI, QUALITY))
    _write(folder / "expected.json", _as_json({"error": "not_a_report"}))
    return 0


def _write_report(drawn: Shipped, number: int) -> None:
    report, folder = drawn.report, REPORTS / drawn.slug
    expected = {
        "body": report.body,
        "fiscal_year": report.fiscal_year,
        "form": report.form,
        "values": dict(report.values),
    }
    _write(folder / "source.pdf", report.pdf)
    _write(folder / "expected.json", _as_json(expected))
    if drawn.slug != "kuancheng_2020":
        pages = _grey_scan(report.pdf, "light", 20 + number)
        _write(folder / "scan_light.pdf", write_pdf(pages, DPI, QUALITY))
        return
    for wanted in FULL_SET:
        worn = scan(report.pdf, wanted.level, wanted.seed, DPI)
        tiff = wanted.name.endswith(".tif")
        # The light scan keeps its colours, the seal's red above all.
        pages = worn if wanted.level == "light" else [to_grey(page) for page in worn]
        made = write_tiff(worn, DPI) if tiff else write_pdf(pages, DPI, QUALITY)
        _write(folder / wanted.name, made)
    turned = [turn_quarters(skew(page, 2.0), 1) for page in _grey_scan(report.pdf, "clean", 15)]
    _write(folder / "scan_turned.pdf", write_pdf(turned, DPI, QUALITY))
    _write(folder / "page_2.png", write_png(to_bilevel(turn_quarters(turned[1], 3)), DPI))


def _grey_scan(pdf: bytes, level: Level, seed: int) -> list[Image]:
    return [to_grey(page) for page in scan(pdf, level, seed, DPI)]


def _as_json(content: dict[str, object]) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


if __name__ == "__main__":
    sys.exit(main())
