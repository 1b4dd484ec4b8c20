"""Readings + the form's sums + figures stated elsewhere → the printed values' posteriors.

What is printed is the truth: the sums decide between strings that the image supports, and
never put another in their place. Where they want a value that nobody read, it is named
beside the print, as `Reconciled`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from forms.form import Form, Sum
from forms.wording import describe_rule, labels_of
from pipeline.hypotheses import (
    UNSEEN_NUMBERS,
    Hypotheses,
    Option,
    break_costs,
    cost_of,
    kinds_of,
    residue,
    sums_of,
    weigh_fields,
)
from pipeline.search import Puzzle, Solution, first_choice, in_question, solve
from pipeline.stated import Stated
from pipeline.types import Candidate, FieldReading, Posterior, Reconciled, Source
from pipeline.values import normalise_text, plain_number

# Two misreadings at once are only looked for where the first reading is less sure.
_SURE = 0.98
# So many alternatives are weighed by a search of their own; the rest, and those of sure
# readings, by what changing them alone costs.
_MOST_SEARCHES = 6
# A cell is read when one text is likelier than all others together.
_READ = 0.5
# From here on a field without a cell has none on paper: what its sums want is not printed there.
_NOWHERE = 0.5


def repair(
    form: Form, fields: Sequence[FieldReading], stated: Sequence[Stated] = ()
) -> tuple[Posterior, ...]:
    """Weigh everything that speaks for what a report prints.

    Args:
        form: The report's form.
        fields: One for each field of the form.
        stated: Figures that sentences or neighbouring years give.

    Returns:
        One posterior for each field, in the order of `fields`.
    """
    puzzle = _pose(form, fields, stated)
    read = first_choice(puzzle)
    filled = (solve(puzzle, read) or read) if puzzle.open else read
    puzzle = replace(puzzle, open=puzzle.open | in_question(puzzle, filled))
    best = (solve(puzzle, filled) or filled) if puzzle.open else filled
    rivals = _Rivals(puzzle, best, sums_of(form))
    reasons = _Reasons(form, stated)
    return tuple(_conclude(found, read, best, rivals, reasons) for found in fields)


def _pose(form: Form, fields: Sequence[FieldReading], stated: Sequence[Stated]) -> Puzzle:
    figures: dict[str, tuple[tuple[Decimal, float], ...]] = {}
    for said in stated:
        penalty = cost_of(1 - said.trust) - cost_of(said.trust)
        figures[said.field] = (*figures.get(said.field, ()), (said.value, penalty))
    hypotheses = {field.field: field for field in weigh_fields(fields)}
    return Puzzle(
        hypotheses=hypotheses,
        rules=form.sums,
        limits=tuple((rule.smaller, rule.larger) for rule in form.at_most),
        stated=figures,
        open=frozenset(name for name, field in hypotheses.items() if not field.options),
    )


def _is_doubtful(field: Hypotheses) -> bool:
    return _doubt(field) > cost_of(_SURE)


def _is_read(option: Option) -> bool:
    return math.exp(-option.cost) >= _READ


def _doubt(field: Hypotheses) -> float:
    return field.options[0].cost if field.options else math.inf


@dataclass(frozen=True, slots=True)
class _Wish:
    """The number that sums want in a field, and their ids."""

    value: Decimal
    sums: tuple[str, ...]


class _Rivals:
    """What the best ways to fill the form cost in which a field holds something else."""

    def __init__(
        self, puzzle: Puzzle, best: Solution, rules: Mapping[str, tuple[Sum, ...]]
    ) -> None:
        self._puzzle = puzzle
        self._best = best
        self._rules = rules
        self._residues = {rule.id: residue(rule, best.values) for rule in puzzle.rules}
        kinds = kinds_of(puzzle.rules)
        self._break_costs = {kind: break_costs(rules) for kind, rules in kinds.items()}
        self._fails = {
            kind: sum(rule.id in best.broken for rule in rules) for kind, rules in kinds.items()
        }
        self._settled = _settle(puzzle, best, self._residues)
        self._searched = self._entangled()

    def odds(self, name: str) -> dict[Option | None, float]:
        """Of each other option, and of another number (None), against the best."""
        field = self._puzzle.hypotheses[name]
        chosen = self._best.options[name]
        odds: dict[Option | None, float] = {
            option: self._odds(name, option.cost, option.value)
            for option in (*field.options, *field.faint)
            if option != chosen
        }
        if chosen is None:
            # Where its sums hold it is the number that they give, else any.
            odds[None] = self._odds(name, field.other, Decimal("NaN"))
            return odds
        # No sum of the field holds with a number that is just anything.
        odds[None] = UNSEEN_NUMBERS * self._odds(name, field.other, Decimal("NaN"))
        wish = self.wanted(name)
        if wish is not None:
            odds[None] += self._odds(name, field.other, wish.value)
        if name in self._searched:
            rival = solve(self._puzzle, self._best, without=(name, chosen))
            if rival is not None:
                instead = rival.options[name]
                searched = math.exp(min(self._best.cost - rival.cost, 0.0))
                odds[instead] = max(odds.get(instead, 0.0), searched)
        return odds

    def _entangled(self) -> frozenset[str]:
        """Doubtful fields that share a sum with an open one: two may be wrong together.

        The most doubtful first, and no more of them than the time allows for.
        """
        fields = self._puzzle.hypotheses
        shared = [
            name
            for name in self._puzzle.open
            if _is_doubtful(fields[name])
            and any(
                other != name and other in self._puzzle.open
                for rule in self._rules[name]
                for other in (*rule.left, *rule.right)
            )
        ]
        shared.sort(key=lambda name: -_doubt(fields[name]))
        return frozenset(shared[:_MOST_SEARCHES])

    def wanted(self, name: str) -> _Wish | None:
        """The value that mends broken sums of a field and breaks none, and those sums."""
        wishes: dict[Decimal, list[str]] = {}
        for rule in self._rules[name]:
            if self._residues[rule.id] != 0:
                wishes.setdefault(self._mending(rule, name), []).append(rule.id)
        held = [rule for rule in self._rules[name] if self._residues[rule.id] == 0]
        if held or len(wishes) != 1:
            return None
        ((value, mended),) = wishes.items()
        return _Wish(value, tuple(mended)) if value >= 0 else None

    def given(self, name: str) -> _Wish | None:
        """What the sums that hold make of a field that takes no option, if they settle it."""
        if name not in self._settled:
            return None
        return _Wish(self._best.values[name], self.rules_of(name))

    def rules_of(self, name: str) -> tuple[str, ...]:
        """Ids of the sums that a field stands in and that hold in the best solution."""
        return tuple(rule.id for rule in self._rules[name] if self._residues[rule.id] == 0)

    def mended(self, name: str, first: Option) -> tuple[str, ...]:
        """Ids of the sums that hold in the best solution and would not with this option."""
        same = first.value == self._best.values[name]
        return () if same else self.rules_of(name)

    def _odds(self, name: str, cost: float, value: Decimal) -> float:
        """Against the best solution, all other fields staying as they are there."""
        chosen = self._best.options[name]
        rise = cost - (chosen.cost if chosen else self._puzzle.hypotheses[name].other)
        if value != self._best.values[name]:
            rise += self._rise_of_breaks(name, value)
        for figure, penalty in self._puzzle.stated.get(name, ()):
            rise += penalty * ((value != figure) - (self._best.values[name] != figure))
        return math.exp(min(-rise, 0.0))

    def _rise_of_breaks(self, name: str, value: Decimal) -> float:
        fails = dict(self._fails)
        for rule in self._rules[name]:
            fails[rule.kind] -= rule.id in self._best.broken
            fails[rule.kind] += value != self._mending(rule, name)
        return sum(
            self._break_costs[kind][count] - self._break_costs[kind][self._fails[kind]]
            for kind, count in fails.items()
        )

    def _mending(self, rule: Sum, name: str) -> Decimal:
        off, value = self._residues[rule.id], self._best.values[name]
        return value - off if name in rule.left else value + off


def _settle(puzzle: Puzzle, best: Solution, residues: Mapping[str, Decimal]) -> frozenset[str]:
    """Fields that could not be read and that the sums that hold give, one after the other.

    What is hardly read itself gives nothing.
    """
    unread = {name for name, one in best.options.items() if one is None or not _is_read(one)}
    holding = [{*rule.left, *rule.right} for rule in puzzle.rules if residues[rule.id] == 0]
    unknown = set(unread)
    while alone := {
        name for fields in holding if len(missing := fields & unknown) == 1 for name in missing
    }:
        unknown -= alone
    return frozenset(unread - unknown)


def _conclude(
    found: FieldReading, read: Solution, best: Solution, rivals: _Rivals, reasons: "_Reasons"
) -> Posterior:
    """The posterior of one field; its text is a string that the image supports, if any is."""
    name = found.field
    odds = rivals.odds(name)
    chosen, first = best.options[name], read.options[name]
    weights = {option.text: share for option, share in odds.items() if option is not None}
    if chosen is not None:
        weights[chosen.text] = 1.0
    total = sum(odds.values()) + 1.0
    ranked = sorted(
        (Candidate(text, weight / total) for text, weight in weights.items()),
        key=lambda candidate: -candidate.probability,
    )
    wish = rivals.wanted(name) if chosen else rivals.given(name)
    unseen = (1.0 if chosen is None else odds[None]) / total
    if first is None:
        return _infer(found, wish, unseen, reasons)
    # Sums cannot tell an empty cell from a 0.
    if chosen is None and wish is not None and wish.value != 0 and not _is_read(first):
        text = str(plain_number(wish.value))
        guess = f"“{first.text}” was read, less likely than not ({math.exp(-first.cost):.2f})"
        why = f"{guess}; with {text} {reasons.name_sums(wish.sums)} would hold."
        return Posterior(found, text, unseen, "inferred", tuple(ranked), None, why)
    kept = chosen or first
    reconciled = None if wish is None else Reconciled(plain_number(wish.value), unseen, wish.sums)
    return Posterior(
        found=found,
        text=kept.text,
        probability=weights[kept.text] / total,
        source="repaired" if kept != first else _source_of(found),
        alternatives=tuple(other for other in ranked if other.text != kept.text),
        reconciled=reconciled,
        why=reasons.tell(name, (kept, first), rivals.mended(name, first), reconciled),
    )


def _infer(
    found: FieldReading,
    wish: _Wish | None,
    probability: float,
    reasons: "_Reasons",
) -> Posterior:
    """A field without a cell or with an illegible one: what the sums say, if they say it."""
    if found.reading is None and (wish is None or found.mapping >= _NOWHERE):
        return _leave_out(found, wish, probability, reasons)
    if wish is not None:
        text = str(plain_number(wish.value))
        why = f"Nothing could be read; with {text} {reasons.name_sums(wish.sums)} would hold."
        return Posterior(found, text, probability, "inferred", (), None, why)
    printed = found.reading.candidates[0].text if found.reading is not None else ""
    why = "Nothing in this cell could be read."
    return Posterior(found, normalise_text(printed), 0.0, _source_of(found), (), None, why)


def _leave_out(
    found: FieldReading, wish: _Wish | None, probability: float, reasons: "_Reasons"
) -> Posterior:
    """A field without a place: nothing is printed, whatever the sums want there."""
    if wish is None or wish.value == 0:
        return Posterior(found, "", found.mapping, "read", (), None, "No cell was found.")
    value = plain_number(wish.value)
    why = f"No cell was found; with {value} {reasons.name_sums(wish.sums)} would hold."
    overlooked = (1.0 - found.mapping) * probability
    return Posterior(
        found, "", found.mapping, "read", (), Reconciled(value, overlooked, wish.sums), why
    )


class _Reasons:
    """Says what decided, in the form's words."""

    def __init__(self, form: Form, stated: Sequence[Stated]) -> None:
        self._rules = {rule.id: rule for rule in form.sums}
        self._labels = labels_of(form)
        self._stated = stated

    def tell(
        self,
        field: str,
        taken: tuple[Option, Option],
        mended: Sequence[str],
        reconciled: Reconciled | None,
    ) -> str | None:
        """One sentence on a field that was not simply read.

        Args:
            field: Its id.
            taken: The option that is kept, and the one that was read first.
            mended: Ids of the sums that would not hold with the first.
            reconciled: What the sums want instead of the one that is kept.
        """
        kept, first = taken
        if kept != first:
            return (
                f"“{first.text}” was read first ({math.exp(-first.cost):.2f}), "
                f"“{kept.text}” is in the image too ({math.exp(-kept.cost):.2f}), "
                f"and {self._decided(field, kept, mended)}."
            )
        if reconciled is not None and reconciled.sums:
            wanted = self.name_sums(reconciled.sums)
            return f"With {reconciled.value} {wanted} would hold; the print differs."
        return None

    def name_sums(self, sums: Sequence[str]) -> str:
        """The first of some sums as it stands on the form, and how many more there are."""
        if not sums:
            return "the form's sums"
        first = f"“{describe_rule(self._rules[sums[0]], self._labels)}”"
        return first if len(sums) == 1 else f"{first} and {len(sums) - 1} more"

    def _decided(self, field: str, kept: Option, mended: Sequence[str]) -> str:
        agreeing = [one for one in self._stated if (one.field, one.value) == (field, kept.value)]
        told = f"{agreeing[0].source} states it" if agreeing else ""
        summed = f"with it {self.name_sums(mended)} would hold" if mended or not told else ""
        return " and ".join(filter(None, (summed, told)))


def _source_of(found: FieldReading) -> Source:
    return found.reading.source if found.reading is not None else "read"
