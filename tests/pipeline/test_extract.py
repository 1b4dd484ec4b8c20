"""What `extract` tells while it reads, and what it makes of pages that are none."""

from collections.abc import Mapping

import pytest

from eval.corpus import REPORTS
from eval.mutations import load_sources, mutate
from forms.form import Form
from models.load import Models
from pipeline.errors import ReportError
from pipeline.extract import Options, extract, extract_with_readings

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


def test_scan_that_a_lying_header_squashes_is_refused_and_nothing_crashes(
    models: Models, forms: Mapping[str, Form]
) -> None:
    # Of so flat a page two rules lie nearer than the lines that are taken for one.
    _, suffix, source = mutate(load_sources(REPORTS), 152, seed=1)
    with pytest.raises(ReportError) as refusal:
        extract(source, f"a{suffix}", models, tuple(forms.values()), Options())
    assert refusal.value.code == "not_a_report"
