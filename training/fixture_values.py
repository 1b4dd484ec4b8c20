"""Figures for the drawn test reports, written compactly.

A table of applications is written as its rows, six applicants each; totals are added
up here unless a report is meant to contradict itself.
"""

from collections.abc import Mapping
from typing import Final

from forms.form import Form

APPLICANTS: Final = ("natural", "business", "research", "nonprofit", "legal", "other")
"""Columns of the table of applications, without the total."""

SIDES: Final = ("new", "carried_in", "results_total", "carried_out")
"""Its rows that are no outcomes."""

KUANCHENG_2020: Final[dict[str, str]] = {
    "t2.normative.made": "3",
    "t2.normative.published": "3",
    "t2.normative.total": "3",
    "t2.licences.prior": "322",
    "t2.licences.decisions": "69535",
    "t2.services.prior": "36",
    "t2.services.decisions": "2462",
    "t2.penalties.prior": "766",
    "t2.penalties.decisions": "8178",
    "t2.coercive.prior": "81",
    "t2.coercive.change": "-3",
    "t2.coercive.decisions": "83",
    "t2.fees.prior": "23",
    "t2.procurement.projects": "333",
    "t2.procurement.amount": "79245.26",
    "t4.litigation_direct.upheld": "2",
    "t4.litigation_direct.total": "2",
}
"""What 长春市宽城区 reported for 2020 outside the table of applications, zeros left out."""

KUANCHENG_2020_APPLICATIONS: Final[dict[str, tuple[int, ...]]] = {
    "new": (43, 0, 0, 0, 0, 0),
    "granted": (29, 0, 0, 0, 0, 0),
    "partial": (5, 0, 0, 0, 0, 0),
    "denied_internal": (1, 0, 0, 0, 0, 0),
    "unavailable_not_held": (1, 0, 0, 0, 0, 0),
    "carried_out": (7, 0, 0, 0, 0, 0),
}
"""What it reported in the table of applications, rows of zeros left out."""

KUANCHENG_2020_EMPTY: Final[dict[str, str]] = {
    f"t3.other.{column}": "" for column in (*APPLICANTS, "total")
}
"""The row （六）其他处理 was left empty."""


def fill(form: Form, rest: str, *given: Mapping[str, str]) -> dict[str, str]:
    """Every field of a form: what is given, the last mapping first, else `rest`."""
    values = {asked.id: rest for asked in form.fields}
    for mapping in given:
        values |= mapping
    return values


def add_up(rows: Mapping[str, tuple[int, ...]]) -> dict[str, str]:
    """Table 3 from its rows: row totals and the total of outcomes are added.

    Args:
        rows: Row id → one number for each of the six applicants.
    """
    outcomes = [numbers for row, numbers in rows.items() if row not in SIDES]
    sums = tuple(sum(column) for column in zip(*outcomes, strict=True))
    values: dict[str, str] = {}
    for row, numbers in {**rows, "results_total": sums}.items():
        for column, number in zip(APPLICANTS, numbers, strict=True):
            values[f"t3.{row}.{column}"] = str(number)
        values[f"t3.{row}.total"] = str(sum(numbers))
    return values
