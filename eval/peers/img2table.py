"""img2table: ruling lines make the grid, an OCR of choice reads the page."""

from pathlib import Path

from img2table.document import PDF, Image
from img2table.ocr import RapidOCR, TesseractOCR
from img2table.tables.extraction import ExtractedTable
from rapidocr import LangRec

from eval.peers.grids import Grid, GridCell, ReadTables


def load_rapidocr() -> ReadTables:
    """RapidOCR with the PP-OCRv6 (small) nets of its wheel, on ONNX Runtime."""
    return _reader(RapidOCR(params={"Rec.lang_type": LangRec.CH, "Global.log_level": "error"}))


def load_tesseract() -> ReadTables:
    """Tesseract with its Chinese and English models; the program must be installed."""
    return _reader(TesseractOCR(n_threads=1, lang="chi_sim+eng"))


def _reader(ocr: RapidOCR | TesseractOCR) -> ReadTables:
    def read_tables(path: Path) -> tuple[Grid, ...]:
        document = PDF(str(path)) if path.suffix == ".pdf" else Image(str(path))
        found = document.extract_tables(ocr=ocr, borderless_tables=True, min_confidence=1)
        by_page = found if isinstance(found, dict) else {0: found}
        return tuple(
            _grid(number + 1, table)
            for number, tables in sorted(by_page.items())
            for table in tables
        )

    return read_tables


def _grid(page: int, table: ExtractedTable) -> Grid:
    return Grid(
        page,
        tuple(
            tuple(
                GridCell((cell.bbox.x1, cell.bbox.y1, cell.bbox.x2, cell.bbox.y2), cell.value or "")
                for cell in row
            )
            for row in table.content.values()
        ),
    )
