"""What is wrong with a form that keeps to the schema."""

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations

from forms.records import Column, Form, Label, Row
from forms.statements import find_unknown_fields
from forms.sums import find_sum_faults


def find_faults(form: Form) -> Iterator[str]:
    """Say what is wrong with a form, one sentence a fault."""
    ids = {
        "table": [table.id for table in form.tables],
        "field": [field.id for field in form.fields],
        "rule": [rule.id for rule in form.sums] + [rule.id for rule in form.at_most],
    }
    for what, named in ids.items():
        for name, times in Counter(named).items():
            if times > 1:
                yield f"the {what} id {name!r} is used {times} times"
    yield from find_sum_faults(form.sums, form.at_most, frozenset(ids["field"]))
    yield from find_unknown_fields(form.stated, frozenset(ids["field"]))
    rows = [row for table in form.tables for band in table.bands for row in band.rows]
    if not any(row.label.text for row in rows):
        yield "no row has a label, by which the form could be recognised"
    for table in form.tables:
        for number, band in enumerate(table.bands, start=1):
            place = f"table {table.id!r}, band {number}"
            if len(band.rows) > 1 and any(not row.label.text for row in band.rows):
                yield f"{place}: only a band's single row may do without a label"
            yield from (f"{place}: {fault}" for fault in _find_look_alikes("rows", band.rows))
            yield from (f"{place}: {fault}" for fault in _find_look_alikes("columns", band.columns))


def _find_look_alikes(what: str, lines: Sequence[Row | Column]) -> Iterator[str]:
    """Rows or columns which print could not tell apart: alike at every level."""
    for one, other in combinations(lines, 2):
        levels = list(zip((*one.under, one.label), (*other.under, other.label), strict=False))
        if len(one.under) == len(other.under) and all(_folded(a) & _folded(b) for a, b in levels):
            yield f"{what} {one.id!r} and {other.id!r} share a label or variant"


def _folded(label: Label) -> set[str]:
    return {"".join(unicodedata.normalize("NFKC", text).split()) for text in label.all}
