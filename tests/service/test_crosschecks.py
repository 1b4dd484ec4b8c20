"""What reports of several years and bodies say of each other."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from forms.form import Form
from service.crosschecks import Finding, cross_check
from service.summaries import Figure, Summary, name_of

CITY = "某市"
TOTAL_IN, TOTAL_OUT = "t3.carried_in.total", "t3.carried_out.total"


def summary(
    year: int, brought: float = 0, left: float = 0, *, body: str = CITY, sure: float = 0.9999
) -> Summary:
    return Summary(
        file=Path(f"{body}_{year}.json"),
        sha256=f"{body} {year}",
        body=body,
        year=year,
        form="2019" if year < 2021 else "2021",
        identity=1.0,
        carried_in={"total": Figure(TOTAL_IN, brought, sure)},
        carried_out={"total": Figure(TOTAL_OUT, left, sure)},
        figures={},
    )


def check(forms: Mapping[str, Form], *summaries: Summary) -> tuple[Finding, ...]:
    return cross_check(summaries, forms, {})


def test_years_that_agree_are_no_finding(forms: Mapping[str, Form]) -> None:
    assert check(forms, summary(2019, left=3), summary(2020, brought=3)) == ()


def test_what_is_left_and_not_brought_is_named_with_its_difference(
    forms: Mapping[str, Form],
) -> None:
    (found,) = check(forms, summary(2021, brought=5), summary(2020, left=7))
    assert (found.kind, found.years, found.difference) == ("carried_over", (2020, 2021), 2)
    assert found.fields == (TOTAL_OUT, TOTAL_IN)
    assert found.sure
    assert "7" in found.message
    assert "5" in found.message


def test_a_doubtful_figure_makes_a_doubtful_finding(forms: Mapping[str, Form]) -> None:
    (found,) = check(forms, summary(2019, left=7), summary(2020, brought=5, sure=0.7))
    assert not found.sure
    assert found.probability == pytest.approx(0.7, abs=0.01)


def test_a_gap_is_named_and_nothing_is_compared_over_it(forms: Mapping[str, Form]) -> None:
    (found,) = check(forms, summary(2019, left=7), summary(2022))
    assert found.kind == "missing_year"
    assert "2020, 2021" in found.message


def test_of_two_reports_for_a_year_neither_is_compared(forms: Mapping[str, Form]) -> None:
    other = replace(summary(2020, brought=2), file=Path("other.json"), sha256="other")
    found = check(forms, summary(2019, left=7), summary(2020, brought=7), other)
    assert [one.kind for one in found] == ["duplicate_year"]


def test_one_document_under_two_names_is_one_finding(forms: Mapping[str, Form]) -> None:
    one = summary(2020)
    found = check(forms, one, replace(one, file=Path("copy.json")))
    assert [one.kind for one in found] == ["duplicate_file"]


def test_a_document_under_two_names_is_compared_with_other_years(forms: Mapping[str, Form]) -> None:
    one = summary(2020, left=7)
    copy = replace(one, file=Path("copy.json"))
    found = check(forms, copy, one, summary(2021, brought=5))
    assert [one.kind for one in found] == ["duplicate_file", "carried_over"]


def test_no_year_is_surely_missing_while_a_file_is_unread(forms: Mapping[str, Form]) -> None:
    reports = summary(2019), summary(2022)
    (found,) = cross_check(reports, forms, {})
    (sooner,) = cross_check(reports, forms, {}, complete=False)
    assert found.sure
    assert sooner == replace(found, sure=False)


def test_a_form_of_other_years_and_an_unknown_body_are_named(forms: Mapping[str, Form]) -> None:
    early = replace(summary(2021), form="2019")
    nameless = replace(summary(2020), body=None, sha256="nameless")
    kinds = [one.kind for one in check(forms, early, nameless)]
    assert kinds == ["unplaced", "form_of_other_years"]


def test_the_order_of_reports_changes_nothing(forms: Mapping[str, Form]) -> None:
    reports = [summary(year, brought=year, left=year) for year in range(2019, 2024)]
    assert check(forms, *reports) == check(forms, *reversed(reports))


def test_a_superior_is_held_to_the_sum_only_where_it_mostly_is_one(
    forms: Mapping[str, Form],
) -> None:
    names = [field.id for field in forms["2019"].fields[:8]]
    parents = {"甲区": CITY, "乙区": CITY}

    def report(body: str, values: list[int]) -> Summary:
        figures = {
            name: Figure(name, value, 0.9999) for name, value in zip(names, values, strict=True)
        }
        return replace(summary(2020, body=body), figures=figures)

    parts = report("甲区", [1] * 8), report("乙区", [2] * 8)
    adding = report(CITY, [3, 3, 3, 3, 3, 3, 3, 4])
    (found,) = cross_check((adding, *parts), forms, parents)
    assert (found.kind, found.difference) == ("sum_of_bodies", 1)
    assert found.fields == (names[7],)
    alone = report(CITY, [9, 3, 8, 7, 3, 5, 3, 4])
    assert cross_check((alone, *parts), forms, parents) == ()


def test_spaces_and_widths_do_not_make_two_bodies() -> None:
    assert name_of("某 市Ａ局\n") == name_of("某市A局")
    assert name_of("某市人民政府") != name_of("某市人民政府办公室")
