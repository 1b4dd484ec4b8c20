"""Figures as bodies report them: mostly zeros, sums that hold, and some that do not."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from numpy.random import Generator

from forms.form import Field, Form, Sum

# Shares among the 47 reports that the domain notes describe, rounded.
_ALL_ZERO: Final = 0.25
_CONTRADICTS: Final = 0.15
_BLANKS_FOR_ZEROS: Final = 0.08
_BLANK_ROW: Final = 0.15


def draw_figures(form: Form, rng: Generator, zeros: float | None = None) -> dict[str, str]:
    """Printed text for every field of a form.

    Args:
        form: Its sums hold, unless this report is one that contradicts itself.
        rng: All choices come from it.
        zeros: Share of zeros among the figures that no sum fixes; None for what is usual.
    """
    if zeros is None:
        zeros = 1.0 if rng.random() < _ALL_ZERO else float(rng.uniform(0.55, 0.95))
    numbers = {field.id: _draw_number(rng, zeros) for field in form.fields if _is_counted(field)}
    _settle(numbers, form)
    texts = {name: str(number) for name, number in numbers.items()}
    if rng.random() < _CONTRADICTS:
        _contradict(texts, form, rng)
    for field in form.fields:
        if field.id not in texts or not _in_sum(field.id, form):
            texts[field.id] = _draw_text(field, rng, zeros)
    _empty(texts, form, rng)
    return {field.id: texts[field.id] for field in form.fields}


def _is_counted(field: Field) -> bool:
    return field.kind == "integer"


def _in_sum(name: str, form: Form) -> bool:
    return any(name in (*rule.left, *rule.right) for rule in form.sums)


def _draw_number(rng: Generator, zeros: float) -> int:
    """Small counts mostly, now and then one of several digits."""
    if rng.random() < zeros:
        return 0
    digits = rng.choice((1, 2, 3, 4, 5), p=(0.5, 0.28, 0.14, 0.06, 0.02))
    return int(rng.integers(1, 10 ** int(digits)))


def _settle(numbers: dict[str, int], form: Form) -> None:
    """Make every sum hold: totals follow from parts, in the order in which they nest."""
    single = [rule for rule in form.sums if len(rule.right) == 1]
    balances = [rule for rule in form.sums if len(rule.right) != 1]
    for rule in (*single, *balances, *single):
        if all(name in numbers for name in (*rule.left, *rule.right)):
            _settle_one(numbers, rule)


def _settle_one(numbers: dict[str, int], rule: Sum) -> None:
    if len(rule.right) == 1:
        numbers[rule.right[0]] = sum(numbers[name] for name in rule.left)
        return
    wanted = sum(numbers[name] for name in rule.right)
    first, *others = rule.left
    for name in others:
        numbers[name] = min(numbers[name], wanted)
        wanted -= numbers[name]
    numbers[first] = wanted


def _contradict(texts: dict[str, str], form: Form, rng: Generator) -> None:
    """One of the ways in which real reports break their sums on paper.

    A total left at 0 breaks nothing where all parts are 0; then another way is taken.
    """
    ways: tuple[Callable[[dict[str, str], Sum, Generator], None], ...] = (
        _template_zero, _stray_digit, _count_twice, _leave_total_empty,
    )  # fmt: skip
    totals = [rule for rule in form.sums if len(rule.right) == 1]
    kinds = sorted({rule.kind for rule in totals})
    for number in rng.permutation(len(ways) * len(kinds)).tolist():
        way, kind = ways[number % len(ways)], kinds[number // len(ways)]
        rules = [rule for rule in totals if rule.kind == kind]
        if way in (_stray_digit, _count_twice):
            rules = [rules[int(rng.integers(len(rules)))]]
        for rule in rules:
            way(texts, rule, rng)
        if broken_sums(texts, form):
            return


def broken_sums(texts: Mapping[str, str], form: Form) -> tuple[Sum, ...]:
    """The sums that do not hold among printed whole numbers; what is blank counts as 0."""

    def total(names: Sequence[str]) -> int:
        return sum(int(texts[name] or 0) for name in names)

    return tuple(rule for rule in form.sums if total(rule.left) != total(rule.right))


def _template_zero(texts: dict[str, str], rule: Sum, rng: Generator) -> None:
    del rng
    texts[rule.right[0]] = "0"


def _leave_total_empty(texts: dict[str, str], rule: Sum, rng: Generator) -> None:
    del rng
    texts[rule.right[0]] = ""


def _stray_digit(texts: dict[str, str], rule: Sum, rng: Generator) -> None:
    texts[rule.right[0]] = str(int(rng.integers(1, 10)))


def _count_twice(texts: dict[str, str], rule: Sum, rng: Generator) -> None:
    name = rule.left[int(rng.integers(len(rule.left)))]
    texts[name] = str(2 * int(texts[name] or 0) or 1)


def _draw_text(field: Field, rng: Generator, zeros: float) -> str:
    """A field outside the sums: counts, changes with a sign, money, signs for nothing."""
    chance = rng.random()
    if chance < 0.06:
        return str(rng.choice(("/", "—", "-", "无", "——", "")))
    number = _draw_number(rng, zeros * 0.7)
    if field.kind == "signed" and number:
        return f"{rng.choice(('-', '-', '+', ''))}{number}"
    if field.kind == "decimal" or (field.unit is not None and "元" in field.unit):
        return _draw_money(rng, zeros)
    if chance > 0.93:
        number = int(rng.integers(1000, 10**8))
    text = f"{number:,}" if number > 999 and rng.random() < 0.2 else str(number)
    return text + str(rng.choice(("个", "件", "条", "次", "人"))) if chance < 0.09 else text


def _draw_money(rng: Generator, zeros: float) -> str:
    if rng.random() < zeros * 0.6:
        return "0"
    amount = float(10 ** rng.uniform(0, 7.5))
    places = int(rng.choice((0, 1, 2, 4, 6), p=(0.3, 0.1, 0.4, 0.15, 0.05)))
    text = f"{amount:,.{places}f}" if rng.random() < 0.15 else f"{amount:.{places}f}"
    return text + str(rng.choice(("", "", "元", "万元")))


def _empty(texts: dict[str, str], form: Form, rng: Generator) -> None:
    """Blanks for zeros everywhere, or a row that was left empty as it counts nothing."""
    if rng.random() < _BLANKS_FOR_ZEROS:
        for name, text in texts.items():
            texts[name] = "" if text == "0" else text
    summed = {name for rule in form.sums for name in (*rule.left, *rule.right)}
    rows = [
        row
        for table in form.tables
        for band in table.bands
        for row in band.rows
        if all(texts[field.id] in ("0", "") for field in row.fields if field.id in summed)
    ]
    if rows and rng.random() < _BLANK_ROW:
        row = rows[int(rng.integers(len(rows)))]
        for field in row.fields:
            texts[field.id] = ""
