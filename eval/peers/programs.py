"""Every program that is compared, by name, and what one of them makes of files.

What a peer finds, tables of texts, is laid on the form by Gouji's own matching, the classifier
included: none of them knows the forms.
"""

import importlib
import resource
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Final

import pypdfium2
from PIL import Image

from eval.corpus import Case
from eval.metrics import same_value
from eval.peers.grids import ReadTables, read_fields
from forms.form import Form, load_forms
from models.load import Models, load_models
from pipeline.errors import ReportError
from pipeline.extract import Options, extract

THREADS: Final = 2

_SCANS: Final = "eval.peers.img2table"
_LAYERS: Final = "eval.peers.text_layers"
PEERS: Final[Mapping[str, tuple[str, str, bool]]] = {
    "PaddleOCR + RapidTable": ("eval.peers.rapid_table", "load_rapid_table", False),
    "RapidOCR + img2table": (_SCANS, "load_rapidocr", False),
    "Tesseract + img2table": (_SCANS, "load_tesseract", False),
    "pdfplumber": (_LAYERS, "load_pdfplumber", True),
    "Camelot": (_LAYERS, "load_camelot", True),
}
"""By name: module, what loads it, and whether it reads text layers only."""

GOUJI: Final = "Gouji"

Texts = Mapping[str, str] | None
"""By field; None when the report was refused or fits no form."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one program made of one file; `megabytes` is its largest memory so far."""

    program: str
    slug: str
    level: str
    pages: int
    fields: int
    right: int
    lost: int
    seconds: float
    megabytes: float


def run_program(program: str, cases: Sequence[Case]) -> list[Outcome]:
    """Read files with one program, in this process.

    Raises:
        ModuleNotFoundError: It is not installed.
    """
    forms = load_forms()
    models = load_models(THREADS)
    read = _load(program, models, forms)
    outcomes = []
    for case in cases:
        started = perf_counter()
        texts = read(case.path)
        seconds = perf_counter() - started
        outcomes.append(_compare(program, case, texts, seconds))
    return outcomes


def _load(program: str, models: Models, forms: Sequence[Form]) -> Callable[[Path], Texts]:
    if program == GOUJI:
        return lambda path: _read_with_gouji(path, models, forms)
    module, load, _ = PEERS[program]
    read_tables: ReadTables = getattr(importlib.import_module(module), load)()

    def read(path: Path) -> Texts:
        try:
            return read_fields(read_tables(path), forms, models.classifier)
        except (TypeError, ValueError) as error:
            sys.stderr.write(f"{program} fails on {path.name}: {error}\n")
            return None

    return read


def _read_with_gouji(path: Path, models: Models, forms: Sequence[Form]) -> Texts:
    try:
        report = extract(path.read_bytes(), path.name, models, forms, Options())
    except ReportError:
        return None
    return {found.field: found.text for found in report.fields if found.page is not None}


def _compare(program: str, case: Case, texts: Texts, seconds: float) -> Outcome:
    values = case.truth.values
    known = texts or {}
    return Outcome(
        program=program,
        slug=case.slug,
        level=case.level,
        pages=_count_pages(case.path),
        fields=len(values),
        right=sum(name in known and same_value(text, known[name]) for name, text in values.items()),
        lost=sum(name not in known for name in values),
        seconds=seconds,
        megabytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


def _count_pages(path: Path) -> int:
    if path.suffix == ".pdf":
        return len(pypdfium2.PdfDocument(path))
    with Image.open(path) as image:
        return int(getattr(image, "n_frames", 1))
