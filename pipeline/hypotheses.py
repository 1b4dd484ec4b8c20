"""What each field may hold and what each possibility costs, before the sums speak.

A cost is a negative log probability in nats. A field holds one of the strings that its
reader saw, or something else, of which only the probability is known.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from forms.form import Form, Sum
from pipeline.types import FieldReading, Illegible
from pipeline.values import count_of, has_leading_zero, normalise_text, parse_value

# What the image supports less than this, the sums cannot make a reading of.
_WORTH_NAMING = 0.005
# No reader is surer than this, whatever its net says: a page may be printed wrongly seen.
_SUREST = 1.0 - 1e-7
_LEAST = 1e-9
UNSEEN_NUMBERS = 300.0
"""A number that nobody read is one of about this many of its size."""


@dataclass(frozen=True, slots=True)
class Option:
    """A string that a field may hold.

    Attributes:
        text: As printed.
        value: What it counts in a sum; 0 for a blank, a slash or a dash.
        cost: Nats, from the image alone.
    """

    text: str
    value: Decimal
    cost: float


@dataclass(frozen=True, slots=True)
class Hypotheses:
    """What one field may hold.

    Attributes:
        field: Its id.
        options: Best first; none when no cell was found or nothing could be read.
        faint: Strings that the image hardly supports: they cast doubt, and never win.
        other: Cost of its holding some one number that is none of them.
    """

    field: str
    options: tuple[Option, ...]
    faint: tuple[Option, ...]
    other: float


def weigh_fields(fields: Iterable[FieldReading]) -> tuple[Hypotheses, ...]:
    """Turn readings into costs, the mapping's doubt counted as "something else"."""
    return tuple(_weigh(found) for found in fields)


def cost_of(probability: float) -> float:
    """Nats; no probability is taken for nothing or for certain."""
    return -math.log(min(max(probability, _LEAST), _SUREST))


def break_costs(rules: Sequence[Sum]) -> tuple[float, ...]:
    """Cost of any one set of broken sums of a kind, by how many sums it has.

    A report that breaks one sum of a kind mostly breaks several (a column of totals left at
    0 breaks all rows): their number has a long tail, 1/k, and which ones they are is
    anybody's guess. So the first broken sum costs much and each further one less.

    Source: docs/decisions/0006-repair.md
    """
    broken, count = rules[0].broken, len(rules)
    tail = sum(1 / size for size in range(1, count + 1))
    shares = [1 - broken] + [broken / (size * tail) for size in range(1, count + 1)]
    return tuple(
        -math.log(share) + math.log(math.comb(count, size)) for size, share in enumerate(shares)
    )


def kinds_of(rules: Sequence[Sum]) -> Mapping[str, tuple[Sum, ...]]:
    """Sums by their kind."""
    kinds: dict[str, tuple[Sum, ...]] = {}
    for rule in rules:
        kinds[rule.kind] = (*kinds.get(rule.kind, ()), rule)
    return kinds


def sums_of(form: Form) -> Mapping[str, tuple[Sum, ...]]:
    """The sums that each field stands in, by field id."""
    return {
        field.id: tuple(rule for rule in form.sums if field.id in (*rule.left, *rule.right))
        for field in form.fields
    }


def residue(rule: Sum, values: Mapping[str, Decimal]) -> Decimal:
    """Left side minus right side; 0 when the sum holds."""
    return _total(rule.left, values) - _total(rule.right, values)


def _total(fields: Sequence[str], values: Mapping[str, Decimal]) -> Decimal:
    return sum((values[field] for field in fields), Decimal(0))


def _weigh(found: FieldReading) -> Hypotheses:
    if found.reading is None:
        return Hypotheses(found.field, (), (), cost_of(found.mapping / UNSEEN_NUMBERS))
    options: dict[str, Option] = {}
    known = 0.0
    for candidate in found.reading.candidates:
        text = normalise_text(candidate.text)
        value, _ = parse_value(text)
        # A reader's ill-formed number is not what is printed; a text layer's words are.
        ill_formed = isinstance(value, Illegible) or has_leading_zero(text)
        misread = ill_formed and found.reading.source == "read"
        if misread or text in options:
            continue
        probability = candidate.probability * found.mapping
        known += probability
        options[text] = Option(text, count_of(value) or Decimal(0), cost_of(probability))
    ranked = sorted(options.values(), key=lambda option: option.cost)
    named = sum(option.cost <= cost_of(_WORTH_NAMING) for option in ranked) or 1
    other = cost_of((1.0 - known) / UNSEEN_NUMBERS)
    return Hypotheses(found.field, tuple(ranked[:named]), tuple(ranked[named:]), other)
