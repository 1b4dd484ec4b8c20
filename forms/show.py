"""A form as plain text, for people.

Form → str
"""

from collections.abc import Iterable, Iterator

from forms.form import Band, Column, Form, Label, Row


def describe_form(form: Form) -> str:
    """List a form: its tables and their fields, its sums as formulas, its soft limits.

    One line a field: id, kind, labels of its row and its column with what they stand
    under, and the unit where the form prescribes one.

    Args:
        form: Any form.

    Returns:
        Lines of text without a line end after the last.
    """
    return "\n".join(_describe(form))


def _describe(form: Form) -> Iterator[str]:
    last = "" if form.last_year is None else form.last_year
    years = f"{form.first_year}–{last}" if form.last_year != form.first_year else form.first_year
    yield f"{form.id}  {form.name}"
    yield f"issued by {form.issued_by}, fiscal years {years}"
    yield f"{len(form.fields)} fields, {len(form.sums)} sums, {len(form.at_most)} at-most rules"
    width = max(len(field.id) for field in form.fields)
    for table in form.tables:
        yield ""
        yield f"{table.id}  {table.title.text}"
        for band in table.bands:
            if band.heading is not None:
                yield f"  {band.heading.text}"
            yield from _describe_band(band, width)
    if form.sums:
        yield ""
        yield "sums"
    for rule in form.sums:
        yield f"  {rule.id}: {' + '.join(rule.left)} = {' + '.join(rule.right)}"
    if form.at_most:
        yield ""
        yield "at most (a breach is only a warning)"
    for limit in form.at_most:
        yield f"  {limit.id}: {limit.smaller} ≤ {limit.larger}"
    if form.carried_out:
        yield ""
        yield "carried over into the next year"
    for column, field in form.carried_out.items():
        yield f"  {column}: {field} = {form.carried_in.get(column, 'nothing')} of the next year"


def _describe_band(band: Band, width: int) -> Iterator[str]:
    for row in band.rows:
        for column, field in zip(band.columns, row.fields, strict=True):
            labels = " | ".join(filter(None, (_path(row), _path(column))))
            unit = "" if field.unit is None else f"（{field.unit}）"
            yield f"    {field.id:<{width}}  {field.kind:<7}  {labels}{unit}"


def _path(line: Row | Column) -> str:
    return " / ".join(_texts((*line.under, line.label)))


def _texts(labels: Iterable[Label]) -> Iterator[str]:
    return (label.text for label in labels if label.text)
