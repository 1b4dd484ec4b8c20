"""What `extract` tells while it reads."""

from collections.abc import Mapping

from eval.corpus import REPORTS
from forms.form import Form
from models.load import Models
from pipeline.extract import Options, extract_with_readings

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
