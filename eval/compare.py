"""Gouji beside other programs: `python -m eval.compare [--programs Gouji,pdfplumber]`.

Every program reads the same real reports in a process of its own, one after the other, so
that its memory is its own. What it finds, tables of texts, is laid on the form by Gouji's own
matching (`eval/peers/grids.py`), the classifier included: none of them knows the forms. Those
that read text layers get the digital files only. A file that a program fails on counts as one
that it found nothing in. What they need is the extra `peers`, and Debian's
`tesseract-ocr-chi-sim`; a program that is not installed is left out and named.

    accuracy = fields whose text is what is printed / fields
    lost     = fields for which no cell was found / fields

Prints a table and writes it to `eval/results/peers.md`.
"""

import argparse
import importlib
import json
import resource
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Final

import pypdfium2
from PIL import Image

from eval.corpus import Case, find_cases
from eval.metrics import same_value
from eval.peers.grids import ReadTables, read_fields
from forms.form import Form, load_forms
from models.load import Models, load_models
from pipeline.errors import ReportError
from pipeline.extract import Options, extract

RESULTS: Final = Path(__file__).parent / "results"
"""Where the tables of the evaluations are kept."""

LEVELS: Final = ("digital", "clean", "light", "medium", "heavy")

THREADS: Final = 2

_SCANS: Final = "eval.peers.img2table"
_LAYERS: Final = "eval.peers.text_layers"
PEERS: Final[Mapping[str, tuple[str, str, bool]]] = {
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


def describe(outcomes: Sequence[Outcome]) -> str:
    """A table with a row for each program and level."""
    head = ("program", "level", "reports", "accuracy", "lost", "seconds a page", "memory, MB")
    rows = [head, ("---",) * len(head)]
    for program in dict.fromkeys(one.program for one in outcomes):
        for level in LEVELS:
            some = [one for one in outcomes if (one.program, one.level) == (program, level)]
            if some:
                fields = sum(one.fields for one in some)
                rows.append(
                    (
                        *(program, level, str(len(some))),
                        f"{sum(one.right for one in some) / fields:.2%}",
                        f"{sum(one.lost for one in some) / fields:.2%}",
                        f"{sum(one.seconds for one in some) / sum(one.pages for one in some):.2f}",
                        f"{max(one.megabytes for one in some):.0f}",
                    )
                )
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def main(arguments: Sequence[str]) -> int:
    """Run the comparison; exit code 1 when there are no samples."""
    parser = argparse.ArgumentParser(prog="python -m eval.compare", description=__doc__)
    parser.add_argument("--programs", default=",".join((GOUJI, *PEERS)))
    parser.add_argument("--levels", default=",".join(LEVELS))
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args(arguments)
    cases = [
        case for case in find_cases() if not case.drawn and case.level in chosen.levels.split(",")
    ]
    if not cases:
        sys.stderr.write("the samples are not beside this checkout\n")
        return 1
    outcomes: list[Outcome] = []
    absent = []
    for program in chosen.programs.split(","):
        layers_only = program in PEERS and PEERS[program][2]
        wanted = [case for case in cases if case.level == "digital" or not layers_only]
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
            try:
                outcomes += process.submit(run_program, program, wanted).result()
            except ModuleNotFoundError as error:
                absent.append(f"{program} was left out: {error}\n")
    page = f"# Gouji beside other programs\n\n{describe(outcomes)}" + "".join(absent)
    sys.stdout.write(page)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "peers.md").write_text(page, encoding="utf-8")
    if chosen.json is not None:
        text = json.dumps([asdict(one) for one in outcomes], indent=1)
        chosen.json.write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
