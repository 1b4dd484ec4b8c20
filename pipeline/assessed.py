"""Posteriors → which of each field's sums hold, and how much that says."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from forms.form import Form, Sum
from pipeline.hypotheses import residue, sums_of
from pipeline.types import Blank, Posterior
from pipeline.values import count_of, parse_value


@dataclass(frozen=True, slots=True)
class AssessedSum:
    """Whether a sum holds, and how many of the figures in it are not 0."""

    holds: bool
    figures: int


def assess_sums(
    form: Form, posteriors: Sequence[Posterior]
) -> Mapping[str, tuple[AssessedSum, ...]]:
    """The sums that can be assessed, by the ids of the fields that stand in them.

    Args:
        form: The report's.
        posteriors: One for each field of the form.

    Returns:
        An entry for each field. A sum is left out where one of its fields is not known, and
        where it fails and a total was left empty: that says nothing of its parts.
    """
    counts = {one.found.field: _count(one) for one in posteriors}
    empty = {one.found.field for one in posteriors if isinstance(parse_value(one.text)[0], Blank)}
    sums = sums_of(form)
    return {field: tuple(_assess(field, sums[field], counts, empty)) for field in counts}


def _assess(
    field: str, rules: Sequence[Sum], counts: Mapping[str, Decimal | None], empty: Collection[str]
) -> list[AssessedSum]:
    assessed = []
    for rule in rules:
        known = {
            name: count for name in (*rule.left, *rule.right) if (count := counts[name]) is not None
        }
        if len(known) < len(rule.left) + len(rule.right):
            continue
        holds = residue(rule, known) == 0
        totals = {side[0] for side in (rule.left, rule.right) if len(side) == 1}
        if holds or not any(total in empty for total in totals - {field}):
            assessed.append(AssessedSum(holds, sum(count != 0 for count in known.values())))
    return assessed


def _count(posterior: Posterior) -> Decimal | None:
    """What a field counts in a sum; None if unknown.

    A sum holds with what was inferred from it, whatever is printed: it tells nothing.
    """
    if posterior.found.reading is None or posterior.source == "inferred":
        return None
    return count_of(parse_value(posterior.text)[0])
