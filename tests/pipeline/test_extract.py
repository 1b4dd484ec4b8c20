"""What `extract` tells while it reads, and what it makes of pages that are none."""

from collections.abc import Callable, Mapping

from eval.corpus import REPORTS
from eval.mutations import load_sources, mutate
from forms.form import Form
from models.load import Models
from models.types import Image
from pipeline.extract import Options, extract, extract_with_readings
from pipeline.page_content import read_page
from pipeline.stopwatch import Stopwatch
from pipeline.types import Page
from tests.seals import stamp_seal
from training.rasters import render
from training.sheet_grid import plain_grid
from training.sheet_markup import Paragraph, SheetStyle, Table
from training.sheets import draw_parts

SOURCE = REPORTS / "kuancheng_2020" / "source.pdf"


def test_pages_are_told_as_they_are_read(models: Models, forms: Mapping[str, Form]) -> None:
    told: list[tuple[int, int]] = []
    made = extract_with_readings(
        SOURCE.read_bytes(),
        SOURCE.name,
        models,
        [*forms.values()],
        Options(),
        lambda done, total: told.append((done, total)),
    )
    count = len(made.report.pages)
    assert count > 1
    assert told == [(number, count) for number in range(1, count + 1)]


def test_of_a_scan_that_a_lying_header_squashes_nothing_passes_and_nothing_crashes(
    models: Models, forms: Mapping[str, Form]
) -> None:
    # Of so flat a page two rules lie nearer than the lines that are taken for one.
    _, suffix, source = mutate(load_sources(REPORTS), 152, seed=1)
    report = extract(source, f"a{suffix}", models, tuple(forms.values()), Options())
    assert all(field.review for field in report.fields)


def test_last_row_of_a_table_without_rules_is_found_alone_on_the_next_page(
    scan_of: Callable[[Image], Page], models: Models
) -> None:
    names = ("维持", "纠正", "其他", "未结", "总计") * 3
    figures = tuple("314159265358979")
    prose = [Paragraph("下一步，将完善目录，充实解读，加强业务学习，把公开工作做得更细更实。")] * 3
    first, last = (
        render(draw_parts([Table(plain_grid(head, rows)), *after], SheetStyle(ruling="none")), 150)[
            0
        ]
        for head, rows, after in ((names, [figures, figures], ()), (figures, [], prose))
    )
    before = read_page(scan_of(first), models, Stopwatch(), [])
    # The detector takes the seal for the only figure, and the row for nothing.
    sealed = stamp_seal(last, (900, 560), 130)
    content = read_page(scan_of(sealed), models, Stopwatch(), [before])
    read = [reading.label for readings in content.readings for reading in readings]
    assert read[: len(figures)] == list(figures)
