"""A report of known content, read as it is and with digits drawn on it."""

from eval.corpus import find_cases
from eval.selfcheck import Pair, compare, write_table
from forms.form import load_forms
from models.load import Models


def test_printed_and_drawn_numbers_are_both_judged(models: Models) -> None:
    (case,) = (
        case
        for case in find_cases()
        if (case.slug, case.path.name) == ("kuancheng_2020", "scan_medium.pdf")
        and case.origin == "drawn"
    )
    pair = compare(case, models, load_forms())
    assert pair is not None
    assert pair.level == "medium"
    assert len(pair.printed) > 20
    assert sum(pair.printed) / len(pair.printed) > 0.9
    assert len(pair.drawn) > len(pair.printed)


def test_table_has_a_line_for_each_level() -> None:
    pairs = [Pair("light", (True, True), (True, None, False, True)), Pair("light", (False,), ())]
    lines = write_table(pairs).splitlines()
    assert lines[3] == "| light | 1 of 2 | 3 | 66.67% | 4 | 50.00% | 15.00% to 85.00% | 1 |"
    assert lines[5] == "| heavy | 0 of 0 | 0 | – | 0 | 0.00% | 0.00% to 100.00% | 0 |"
