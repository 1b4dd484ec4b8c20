"""The rules between a form's fields, and the templates they are written as."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Final

from forms.errors import FormError
from forms.schema import SumEntry

PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
"""`{row}` in a template."""


@dataclass(frozen=True, slots=True)
class Sum:
    """Field ids on two sides: the values on the left add up to those on the right.

    Attributes:
        id: Names it in a report's checks.
        left: Field ids.
        right: Field ids.
        kind: What it shares with the sums written as one template: "t3.row.{row}".
        broken: Share of reports that break a sum of this kind, or several, on paper.
    """

    id: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    kind: str
    broken: float


@dataclass(frozen=True, slots=True)
class AtMost:
    """The value of the field `smaller` should not exceed that of `larger`."""

    id: str
    smaller: str
    larger: str


def expand_sums(entries: Iterable[SumEntry]) -> Iterator[Sum]:
    """Write out each template once for every combination of its values.

    Raises:
        FormError: A template names something that its `for` does not list, or the
            other way round.
    """
    for entry in entries:
        used = set(PLACEHOLDER.findall(" ".join([entry.id, *entry.left, *entry.right])))
        for name in sorted(used ^ set(entry.each)):
            where = "used but not listed under 'for'" if name in used else "listed but not used"
            raise FormError(f"sum {entry.id!r}: {name!r} is {where}")
        for values in product(*entry.each.values()):
            words = dict(zip(entry.each, values, strict=True))
            yield Sum(
                id=_filled(entry.id, words),
                left=tuple(_filled(template, words) for template in entry.left),
                right=tuple(_filled(template, words) for template in entry.right),
                kind=entry.id,
                broken=entry.broken,
            )


def _filled(template: str, words: Mapping[str, str]) -> str:
    return PLACEHOLDER.sub(lambda found: words[found[1]], template)


def find_sum_faults(
    sums: Iterable[Sum], at_most: Iterable[AtMost], fields: frozenset[str]
) -> Iterator[str]:
    """Say what is wrong with rules over these fields, one sentence a fault."""
    sides = [(f"sum {rule.id!r}", (*rule.left, *rule.right)) for rule in sums]
    sides += [(f"at_most {rule.id!r}", (rule.smaller, rule.larger)) for rule in at_most]
    for rule_name, named in sides:
        yield from (
            f"{rule_name} names {field!r}, which is no field of the form"
            for field in named
            if field not in fields
        )
        yield from (
            f"{rule_name} names {field!r} more than once"
            for field in dict.fromkeys(named)
            if named.count(field) > 1
        )
