"""From reports to the accuracy table."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from eval.accuracy import (
    Rescan,
    compare_fields,
    find_unprinted,
    keep_results,
    plan_rescans,
    read_case,
    scan_again,
)
from eval.accuracy_table import Reading, gather_figures, write_table
from eval.corpus import Case, Truth, find_cases
from eval.metrics import Outcome
from forms.form import Form
from models.load import Models
from pipeline.extract import Options
from pipeline.types import FieldValue, Missing, Number


def _reading(level: str, read: str, *, refused: str | None = None) -> Reading:
    truth = Truth(body="青石县", fiscal_year=2021, form="2021", values={"t3.new.total": "7"})
    case = Case("qingshi", level, origin="drawn", path=Path("scan.pdf"), truth=truth)
    outcome = Outcome("7", read, 0.95, review=False, contradicted=False)
    form = None if refused else "2021"
    return Reading(case, form, refused, (outcome,), (outcome,), (), broken=0, kept=0, accused=False)


def test_table_has_a_line_for_each_form_and_one_for_all_of_a_level() -> None:
    table = write_table([_reading("clean", "7"), _reading("light", "1")])
    assert "| drawn | clean | 2021 | 1 | 100.00% |" in table
    assert "| drawn | light | all | 1 | 0.00% |" in table


def test_a_share_of_nothing_is_a_dash() -> None:
    lines = write_table([_reading("clean", "7")]).splitlines()
    line = next(line for line in lines if "2021" in line)
    assert line.split("|")[8].strip() == "–"


def test_a_refused_document_is_named_with_its_code_and_counts() -> None:
    figures = gather_figures([_reading("heavy", "\N{REPLACEMENT CHARACTER}", refused="no_pages")])
    documents = figures["documents"]
    assert isinstance(documents, list)
    assert documents[0]["refused"] == "no_pages"
    assert documents[0]["accuracy"] == 0.0


def test_results_without_samples_do_not_replace_those_with_them(tmp_path: Path) -> None:
    drawn = _reading("clean", "7")
    sample = replace(drawn, case=replace(drawn.case, origin="samples"))
    assert not keep_results([drawn], "", tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert keep_results([drawn, sample], write_table([drawn, sample]), tmp_path)
    assert "| samples | clean |" in (tmp_path / "accuracy.md").read_text(encoding="utf-8")


def test_contradictions_of_a_digital_report_are_kept_and_blamed_on_the_paper(
    models: Models, forms: Mapping[str, Form]
) -> None:
    case = next(
        case for case in find_cases() if (case.slug, case.level) == ("template_zeros", "digital")
    )
    reading = read_case(case, models, forms, Options())
    assert reading.broken == reading.kept > 0
    assert not reading.accused
    assert all(one.right for one in reading.unrepaired)


def test_what_is_read_for_a_field_that_is_not_printed_is_wrong(
    models: Models, forms: Mapping[str, Form]
) -> None:
    case = next(
        case for case in find_cases() if (case.slug, case.level) == ("three_line", "digital")
    )
    fewer = dict(list(case.truth.values.items())[3:])
    changed = replace(case, truth=case.truth.model_copy(update={"values": fewer}))
    reading = read_case(changed, models, forms, Options())
    assert len(reading.outcomes) == len(case.truth.values)
    assert sum(not one.right for one in reading.outcomes) == 3


def test_what_sums_give_for_a_field_that_is_not_printed_is_wrong_though_no_page_has_it() -> None:
    case = _reading("clean", "7").case
    inferred = FieldValue(
        field="t3.new.other",
        text="3",
        value=Number(3),
        unit=None,
        confidence=0.5,
        reading_confidence=0.0,
        mapping_confidence=0.1,
        review=True,
        source="inferred",
        read=None,
        alternatives=(),
        reconciled=None,
        why=None,
        page=None,
        box=None,
    )
    missing = replace(inferred, field="t3.new.legal", text="", value=Missing())
    invented = compare_fields(case, [inferred, missing], frozenset())[1:]
    assert [(one.read, one.right) for one in invented] == [("3", False)]
    claims = find_unprinted(case, [inferred, missing])
    assert [(one.read, one.right, one.confidence) for one in claims] == [("", True, 0.5)]


def test_a_report_is_scanned_again_otherwise_each_time_and_the_same_for_a_number(
    tmp_path: Path,
) -> None:
    printed = next(
        case for case in find_cases() if (case.slug, case.level) == ("template_zeros", "digital")
    )
    (tmp_path / "again").mkdir()
    scans = [
        scan_again(Rescan(printed, "medium", number), folder)
        for number, folder in ((0, tmp_path), (1, tmp_path), (0, tmp_path / "again"))
    ]
    assert all(
        one == replace(printed, origin="rescanned", level="medium", path=one.path) for one in scans
    )
    first, other, same = (one.path.read_bytes() for one in scans)
    assert first == same != other


def test_every_sample_is_scanned_at_every_level_of_damage() -> None:
    printed = replace(_reading("digital", "7").case, origin="samples")
    drawn = replace(printed, origin="drawn")
    planned = plan_rescans([printed, replace(printed, level="light"), drawn], 2)
    assert [(one.sample, one.level, one.number) for one in planned] == [
        (printed, level, number)
        for level in ("clean", "light", "medium", "heavy")
        for number in (4, 5)
    ]
