"""The search for the most probable values counts exactly, whatever else was read."""

from decimal import Decimal

import pytest

from forms.form import Sum
from pipeline.hypotheses import Hypotheses, Option, cost_of
from pipeline.search import Puzzle, first_choice, solve

# As printed by a reader that took the rules of a table for digits.
MISREAD = "0.12345678901234"


def field(name: str, *options: tuple[str, float]) -> Hypotheses:
    ranked = tuple(Option(text, Decimal(text), cost_of(share)) for text, share in options)
    return Hypotheses(name, ranked, (), cost_of(1e-5))


@pytest.mark.parametrize("misread", ["amount", "one"])
def test_many_decimals_of_one_field_break_no_sum_of_others(misread: str) -> None:
    one = [("300", 0.98)] if misread == "amount" else [("300", 0.98), (MISREAD, 0.01)]
    fields = (
        field("one", *one),
        field("other", ("400.5", 0.99)),
        field("whole", ("400.5", 0.6), ("700.5", 0.3)),
        field("amount", (MISREAD, 0.5), ("12", 0.4)),
    )
    rule = Sum("whole", ("whole",), ("one", "other"), "whole", 0.05)
    hypotheses = {one.field: one for one in fields}
    puzzle = Puzzle(hypotheses, (rule,), (), {}, frozenset(hypotheses))
    found = solve(puzzle, first_choice(puzzle))
    assert found is not None
    assert not found.broken
    assert found.values["whole"] == Decimal("700.5")
    assert found.values["amount"] == Decimal(MISREAD)
