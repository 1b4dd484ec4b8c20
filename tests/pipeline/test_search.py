"""The search for the most probable values counts exactly, whatever else was read."""

from collections.abc import Mapping
from decimal import Decimal

import numpy as np
import pytest

from forms.form import Form, Sum
from pipeline.hypotheses import Hypotheses, Option, break_costs, cost_of, kinds_of
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


def read_wrongly(form: Form, rng: np.random.Generator, misread: int) -> tuple[Puzzle, float]:
    """A report whose third table is sound, so many cells misread, and what the truth costs."""
    ids = [field.id for field in form.fields if field.id.startswith("t3.")]
    table = np.array(ids).reshape(-1, 7)
    parts = rng.integers(0, 1000, table.shape) * (rng.random(table.shape) < 0.3)
    # Received; left over from the year before and for the next; how all of them were closed.
    parts[[1, -2, -1]] = 0
    parts[-2] = parts[0] = parts[2:-2].sum(axis=0)
    parts[:, -1] = parts[:, :-1].sum(axis=1)
    truth = dict(zip(ids, map(str, parts.ravel().tolist()), strict=True))
    wrong = frozenset(rng.choice(ids, misread, replace=False))
    hypotheses, cost = {}, 0.0
    for one in form.fields:
        text = truth.get(one.id, "0")
        more = [(f"{text}{rng.integers(1, 9)}".lstrip("0"), 0.6)] if one.id in wrong else []
        share = 0.35 if more else 0.9999
        hypotheses[one.id] = field(one.id, *more, (text, share))
        cost += cost_of(share)
    puzzle = Puzzle(hypotheses, form.sums, (), {}, frozenset(ids))
    return puzzle, cost + sum(break_costs(rules)[0] for rules in kinds_of(form.sums).values())


# With one way to branch the search ended too soon on each of these.
@pytest.mark.parametrize("seed", [11, 12, 18, 21])
def test_the_search_ends_no_worse_than_the_truth_on_a_wrecked_table(
    forms: Mapping[str, Form], seed: int
) -> None:
    puzzle, cost = read_wrongly(forms["2021"], np.random.default_rng(seed), 30)
    found = solve(puzzle, first_choice(puzzle))
    assert found is not None
    assert found.cost < cost + 0.1
