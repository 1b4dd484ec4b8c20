"""From reports to the accuracy table."""

from pathlib import Path

from eval.accuracy import Reading, gather_figures, write_table
from eval.corpus import Case, Truth
from eval.metrics import Outcome


def _reading(level: str, read: str, *, refused: str | None = None) -> Reading:
    truth = Truth(body="青石县", fiscal_year=2021, form="2021", values={"t3.new.total": "7"})
    case = Case("qingshi", level, drawn=True, path=Path("scan.pdf"), truth=truth)
    outcome = Outcome("7", read, 0.95, review=False, contradicted=False)
    return Reading(case, None if refused else "2021", refused, (outcome,))


def test_table_has_a_line_for_each_form_and_one_for_all_of_a_level() -> None:
    table = write_table([_reading("clean", "7"), _reading("light", "1")])
    assert "| drawn | clean | 2021 | 1 | 100.00% |" in table
    assert "| drawn | light | all | 1 | 0.00% |" in table


def test_a_share_of_nothing_is_a_dash() -> None:
    lines = write_table([_reading("clean", "7")]).splitlines()
    line = next(line for line in lines if "2021" in line)
    assert line.split("|")[7].strip() == "–"


def test_a_refused_document_is_named_with_its_code_and_counts() -> None:
    figures = gather_figures([_reading("heavy", "\N{REPLACEMENT CHARACTER}", refused="no_pages")])
    documents = figures["documents"]
    assert isinstance(documents, list)
    assert documents[0]["refused"] == "no_pages"
    assert documents[0]["accuracy"] == 0.0
