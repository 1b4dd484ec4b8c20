"""The most probable set of printed values, given all readings and the sums: exact search.

An integer program: each open field takes one of its options or any other number, each sum
holds or is broken, and the costs of all that add up. OR-Tools CP-SAT finds the least.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from heapq import heapify, heappop, heappush

from ortools.sat.python import cp_model

from forms.form import Sum
from pipeline.hypotheses import Hypotheses, Option, break_costs, cost_of, kinds_of, residue

# The program counts in thousandths of a nat.
_GRAIN = 1000
# CP-SAT's deterministic seconds, two to four of which pass in a real one here. What else the
# report could hold is asked up to six times: to ask more often made the worst reports slower alone.
_PATIENCE, _PATIENCE_WITH_A_RIVAL = 0.1, 0.012
# What costs so much more than the best (1 in 160,000) is no rival.
_NO_RIVAL = 12.0
# CP-SAT counts in 64 bits, over a whole sum; no field of a report comes near it.
_MOST = 2**54


@dataclass(frozen=True, slots=True)
class Puzzle:
    """One report's readings and rules.

    Attributes:
        hypotheses: By field id.
        rules: The form's sums.
        limits: Pairs (smaller, larger) of fields, of the form's at-most rules.
        stated: Field → figures stated for it and what disagreeing costs in nats.
        open: Fields whose value is in question; the others hold their best option.
    """

    hypotheses: Mapping[str, Hypotheses]
    rules: tuple[Sum, ...]
    limits: tuple[tuple[str, str], ...]
    stated: Mapping[str, tuple[tuple[Decimal, float], ...]]
    open: frozenset[str]


@dataclass(frozen=True, slots=True)
class Solution:
    """One way to fill the form.

    Attributes:
        options: Field → the option it takes; None for a number that no reader saw.
        values: Field → what it counts.
        broken: Ids of the sums that fail.
        cost: Nats in all.
    """

    options: Mapping[str, Option | None]
    values: Mapping[str, Decimal]
    broken: frozenset[str]
    cost: float


# A part that exceeds its whole: about one pair in a hundred, on paper.
_EXCESS_COST = cost_of(0.01)


def first_choice(puzzle: Puzzle) -> Solution:
    """Every field as it was read best, whatever the sums say."""
    chosen = {
        name: (field.options[0] if field.options else None)
        for name, field in puzzle.hypotheses.items()
    }
    values = {name: (option.value if option else Decimal(0)) for name, option in chosen.items()}
    return evaluate(puzzle, chosen, values)


def evaluate(
    puzzle: Puzzle, chosen: Mapping[str, Option | None], values: Mapping[str, Decimal]
) -> Solution:
    """What a way to fill the form costs."""
    broken = frozenset(rule.id for rule in puzzle.rules if residue(rule, values) != 0)
    cost = _cost_of_rules(puzzle, values, broken)
    for name, option in chosen.items():
        cost += option.cost if option else puzzle.hypotheses[name].other
    return Solution(chosen, values, broken, cost)


def _cost_of_rules(puzzle: Puzzle, values: Mapping[str, Decimal], broken: frozenset[str]) -> float:
    """What sums, limits and statements say of these values."""
    cost = sum(
        break_costs(rules)[sum(rule.id in broken for rule in rules)]
        for rules in kinds_of(puzzle.rules).values()
    )
    cost += _EXCESS_COST * sum(values[small] > values[large] for small, large in puzzle.limits)
    for name, figures in puzzle.stated.items():
        cost += sum(penalty for figure, penalty in figures if values[name] != figure)
    return cost


def in_question(puzzle: Puzzle, filled: Solution) -> frozenset[str]:
    """The read fields that hold anything but their first choice in the best solution, if any do.

    What a solution changes hangs together, through the sums, with something that `filled`
    fails in: putting back what does not would only make it cheaper. And all that it changes
    costs less together than those failures do. So a field is out of question when the way
    to it from the nearest failure costs more.

    Args:
        puzzle: The report.
        filled: The best solution in which all fields that were read hold their first choice.
    """
    bound = _cost_of_failures(puzzle, filled)
    beside = _neighbours(puzzle)
    steps = {name: _cost_of_change(field) for name, field in puzzle.hypotheses.items()}
    reached: dict[str, float] = {}
    waiting = [(steps[name], name) for name in sorted(_failing(puzzle, filled))]
    heapify(waiting)
    while waiting:
        cost, name = heappop(waiting)
        if name in reached or cost >= bound:
            continue
        reached[name] = cost
        for other in beside[name]:
            if other not in reached:
                heappush(waiting, (cost + steps[other], other))
    return frozenset(reached)


def _cost_of_change(field: Hypotheses) -> float:
    """What it costs at least that a field holds something but its first choice."""
    if not field.options:
        return 0.0
    others = (*(option.cost for option in field.options[1:]), field.other)
    return max(min(others) - field.options[0].cost, 0.0)


def _cost_of_failures(puzzle: Puzzle, filled: Solution) -> float:
    sound = sum(break_costs(rules)[0] for rules in kinds_of(puzzle.rules).values())
    return _cost_of_rules(puzzle, filled.values, filled.broken) - sound


def _failing(puzzle: Puzzle, filled: Solution) -> frozenset[str]:
    """Fields of the sums, limits and statements that do not agree with a solution."""
    values = filled.values
    summed = _touching(puzzle.rules, filled.broken)
    limited = {name for pair in puzzle.limits if values[pair[0]] > values[pair[1]] for name in pair}
    stated = {
        name
        for name, figures in puzzle.stated.items()
        if any(figure != values[name] for figure, _ in figures)
    }
    return summed | limited | stated


def _neighbours(puzzle: Puzzle) -> Mapping[str, frozenset[str]]:
    """By field, those that stand in a sum or a limit with it."""
    beside: dict[str, set[str]] = {name: set() for name in puzzle.hypotheses}
    groups = [(*rule.left, *rule.right) for rule in puzzle.rules]
    for group in (*groups, *puzzle.limits):
        for name in group:
            beside[name].update(group)
    return {name: frozenset(others) for name, others in beside.items()}


def solve(
    puzzle: Puzzle, known: Solution, without: tuple[str, Option] | None = None
) -> Solution | None:
    """The cheapest way to fill the form.

    Args:
        puzzle: The report.
        known: A solution to begin with.
        without: A field and the option that it must not take, to learn what the best
            other reading of the report costs.

    Returns:
        The best that was found in time; None when nothing was.
    """
    program = _Program(puzzle)
    program.hint(known)
    if without is None:
        return program.run(_PATIENCE)
    program.forbid(*without)
    program.bound(known.cost + _NO_RIVAL)
    return program.run(_PATIENCE_WITH_A_RIVAL)


class _Program:
    """The integer program of one puzzle."""

    def __init__(self, puzzle: Puzzle) -> None:
        self._puzzle = puzzle
        self._model = cp_model.CpModel()
        weighed = tuple(_weighed_values(puzzle))
        # What the sums can want of a field is at most what all the others hold together.
        most = sum(map(abs, weighed), Decimal(1))
        self._scale = _scale_of(weighed, most)
        self._largest = self._count(most)
        self._takes: dict[str, tuple[cp_model.IntVar, ...]] = {}
        self._numbers: dict[str, cp_model.IntVar] = {}
        self._values: dict[str, cp_model.LinearExprT] = {}
        self._costs: list[cp_model.LinearExprT] = []
        for name, field in puzzle.hypotheses.items():
            self._add_field(name, field)
        self._broken = {rule.id: self._add_sum(rule) for rule in puzzle.rules}
        self._add_break_costs()
        self._add_limits()
        self._add_stated()
        self._cost: cp_model.LinearExprT = sum(self._costs)
        self._model.minimize(self._cost)

    def forbid(self, name: str, option: Option) -> None:
        """Rule out one option of a field."""
        index = self._puzzle.hypotheses[name].options.index(option)
        self._model.add(self._takes[name][index] == 0)

    def hint(self, known: Solution) -> None:
        """Begin the search at a solution."""
        for name, takes in self._takes.items():
            taken = known.options[name]
            options = self._puzzle.hypotheses[name].options
            for option, take in zip((*options, None), takes, strict=True):
                self._model.add_hint(take, option == taken)
            value = 0 if taken is not None else self._count(known.values[name])
            self._model.add_hint(self._numbers[name], value)

    def bound(self, cost: float) -> None:
        """Rule out what costs more."""
        self._model.add(self._cost <= _grains(cost))

    def run(self, patience: float) -> Solution | None:
        """Search on one core, the same way every time; None when time ran out first.

        Relaxations and probing find nothing in sums that may all be broken: without them the
        worst reports take a quarter of the time and end nearer to the best. Restarts, each time
        with another way to branch, find what one way misses for long.
        """
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.max_deterministic_time = patience
        solver.parameters.linearization_level = 0
        solver.parameters.cp_model_probing_level = 0
        solver.parameters.symmetry_level = 0
        solver.parameters.search_branching = cp_model.PORTFOLIO_WITH_QUICK_RESTART_SEARCH
        status = solver.solve(self._model)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return None
        chosen: dict[str, Option | None] = {}
        for name, field in self._puzzle.hypotheses.items():
            taken = [solver.boolean_value(take) for take in self._takes.get(name, ())]
            chosen[name] = next(
                (option for option, is_it in zip(field.options, taken, strict=False) if is_it),
                None if taken else field.options[0],
            )
        values = {
            name: option.value
            if option is not None
            else Decimal(solver.value(self._numbers[name])) / self._scale
            for name, option in chosen.items()
        }
        return evaluate(self._puzzle, chosen, values)

    def _add_field(self, name: str, field: Hypotheses) -> None:
        if name not in self._puzzle.open:
            self._values[name] = self._count(field.options[0].value)
            self._costs.append(_grains(field.options[0].cost))
            return
        takes = [self._model.new_bool_var("") for _ in field.options]
        other = self._model.new_bool_var("")
        number = self._model.new_int_var(0, self._largest, "")
        self._model.add(number == 0).only_enforce_if(~other)
        self._model.add_exactly_one([*takes, other])
        counts = [self._count(option.value) for option in field.options]
        self._takes[name] = (*takes, other)
        self._numbers[name] = number
        self._values[name] = cp_model.LinearExpr.weighted_sum([*takes, number], [*counts, 1])
        costs = [_grains(option.cost) for option in field.options]
        self._costs.append(
            cp_model.LinearExpr.weighted_sum([*takes, other], [*costs, _grains(field.other)])
        )

    def _add_sum(self, rule: Sum) -> cp_model.LinearExprT:
        left = sum(self._values[name] for name in rule.left)
        right = sum(self._values[name] for name in rule.right)
        if isinstance(left, int) and isinstance(right, int):
            return int(left != right)
        broken = self._model.new_bool_var("")
        self._model.add(left == right).only_enforce_if(~broken)
        self._model.add(left != right).only_enforce_if(broken)
        return broken

    def _add_break_costs(self) -> None:
        for rules in kinds_of(self._puzzle.rules).values():
            costs = [_grains(cost) for cost in break_costs(rules)]
            count = self._model.new_int_var(0, len(rules), "")
            self._model.add(count == sum(self._broken[rule.id] for rule in rules))
            cost = self._model.new_int_var(min(costs), max(costs), "")
            self._model.add_element(count, costs, cost)
            self._costs.append(cost)

    def _add_limits(self) -> None:
        for small, large in self._puzzle.limits:
            part, whole = self._values[small], self._values[large]
            if isinstance(part, int) and isinstance(whole, int):
                continue
            exceeds = self._model.new_bool_var("")
            self._model.add(part <= whole).only_enforce_if(~exceeds)
            self._costs.append(_grains(_EXCESS_COST) * exceeds)

    def _add_stated(self) -> None:
        for name, figures in self._puzzle.stated.items():
            for figure, penalty in figures:
                differs = self._model.new_bool_var("")
                said = self._count(figure)
                self._model.add(self._values[name] == said).only_enforce_if(~differs)
                self._costs.append(_grains(penalty) * differs)

    def _count(self, value: Decimal) -> int:
        return max(min(int(value * self._scale), _MOST), -_MOST)


def _weighed_values(puzzle: Puzzle) -> Iterable[Decimal]:
    """What the fields of sums, limits and statements may hold, and what is stated for them."""
    groups = [(*rule.left, *rule.right) for rule in puzzle.rules]
    for name in {name for group in (*groups, *puzzle.limits, puzzle.stated) for name in group}:
        yield from (option.value for option in puzzle.hypotheses[name].options)
    for figures in puzzle.stated.values():
        yield from (figure for figure, _ in figures)


def _scale_of(values: Sequence[Decimal], most: Decimal) -> int:
    """What makes counts of these values; decimals that leave no room for `most` are lost.

    A figure with so many beside such large ones is misread.
    """
    decimals = max(map(_decimals, values), default=0)
    while decimals and most * 10**decimals > _MOST:
        decimals -= 1
    return int(10**decimals)


def _decimals(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0


def _grains(cost: float) -> int:
    return round(_GRAIN * cost)


def _touching(rules: Sequence[Sum], broken: frozenset[str]) -> frozenset[str]:
    """Fields that stand in one of the broken sums."""
    return frozenset(
        name for rule in rules if rule.id in broken for name in (*rule.left, *rule.right)
    )
