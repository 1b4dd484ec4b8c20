"""A form's sums in the words that are printed on it, for people."""

from collections.abc import Mapping, Sequence
from typing import Final

from forms.form import Column, Form, Row
from forms.sums import Sum

_MOST_NAMED: Final = 8
"""Of a longer sum's terms the first and last are named, as its rows stand in order."""


def labels_of(form: Form) -> dict[str, tuple[str, str]]:
    """The printed labels of each field's row and column.

    A row without a name goes by what its columns stand under.
    """
    return {
        field.id: (_name_of_row(row, column), column.label.text)
        for table in form.tables
        for band in table.bands
        for row in band.rows
        for column, field in zip(band.columns, row.fields, strict=True)
    }


def _name_of_row(row: Row, column: Column) -> str:
    return row.label.text or (column.under[-1].text if column.under else "")


def describe_rule(rule: Sum, labels: Mapping[str, tuple[str, str]]) -> str:
    """A sum in the form's own words: the row or column that all share stands before it."""
    rows, columns = zip(*(labels[name] for name in (*rule.left, *rule.right)), strict=True)
    if len(set(rows)) == 1:
        shared, words = rows[0], columns
    elif len(set(columns)) == 1:
        shared, words = columns[0], rows
    else:
        shared, words = "", tuple(name_field(labels[name]) for name in (*rule.left, *rule.right))
    left, right = words[: len(rule.left)], words[len(rule.left) :]
    formula = f"{_added(left)} = {_added(right)}"
    return f"{shared}：{formula}" if shared else formula


def name_field(label: tuple[str, str]) -> str:
    """A field by the labels of its row and column, as `labels_of` gives them."""
    return "，".join(filter(None, label))


def _added(words: Sequence[str]) -> str:
    return " + ".join(words if len(words) <= _MOST_NAMED else (*words[:2], "…", words[-1]))
