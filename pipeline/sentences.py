"""Prose of the report → figures that its sentences state for fields of the form.

A sentence is evidence and no more: one in six counts something else than the table does.
"""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from forms.form import Form
from forms.statements import CLAUSES, FIGURE, WORDS, Statement
from pipeline.stated import Stated
from pipeline.types import Section
from pipeline.values import UNITS, normalise_text

TRUST: Final = 5 / 6
"""Share of the figures in sentences that are the table's, in 47 real reports.

Source: docs/decisions/0006-repair.md
"""

_SENTENCE: Final = re.compile(r"[^。;!?\n]+")
_CLAUSE_START: Final = re.compile(r"[,:()](?!\d{3})")
_MEASURES: Final = "|".join(unit for unit in UNITS if "元" not in unit)
"""What is counted stands behind every figure: a year, a share or 余 does not."""

_BEFORE_FIGURE: Final = r"(?:的|数|数量|总数|共|共计|计|为|:)*"
"""What may stand between what is counted and the figure."""

_WILD: Final = {
    FIGURE: rf"{_BEFORE_FIGURE}(?<![\d.])(?P<figure>\d{{1,3}}(?:,\d{{3}})+|\d+)(?:{_MEASURES})",
    WORDS: r"[^\d,、:()]{0,24}?",
    CLAUSES: r".*?",
}
"""What stands for something else in a phrase, as regular expressions."""


def find_stated(sections: Sequence[Section], form: Form) -> tuple[Stated, ...]:
    """Find the figures that sentences state.

    Args:
        sections: The report's prose.
        form: Says by which phrases its figures are stated.

    Returns:
        At most one figure for each field, in the order of the form's statements. A field
        for which sentences state different figures has none: they count different things.
    """
    stated = []
    for statement in form.stated:
        found = [
            one
            for section in sections
            for sentence in _SENTENCE.findall(normalise_text(section.text))
            for one in _read_statement(sentence, statement, section)
        ]
        if len({one.value for one in found}) == 1:
            stated.append(found[0])
    return tuple(stated)


def fields_in_sentences(form: Form) -> frozenset[str]:
    """The fields whose figures a sentence may state."""
    return frozenset(statement.field for statement in form.stated)


def fields_in_reach(form: Form, stated: frozenset[str]) -> frozenset[str]:
    """Fields whose figures something may state, and those that stand in a sum with one."""
    sums = [{*rule.left, *rule.right} for rule in form.sums]
    return frozenset(stated.union(*(fields for fields in sums if fields & stated)))


def _read_statement(sentence: str, statement: Statement, section: Section) -> Iterator[Stated]:
    for phrase in statement.phrases:
        for found in re.finditer(_pattern_of(phrase), sentence):
            if any(word in sentence[: found.end()] for word in statement.unless):
                continue
            figure = found.groupdict().get("figure", "0").replace(",", "")
            said = _CLAUSE_START.split(sentence[: found.end()])[-1]
            source = f"“{said}” in {section.heading} (page {section.page})"
            yield Stated(statement.field, Decimal(figure), TRUST, source)


def _pattern_of(phrase: str) -> str:
    parts = re.split(f"({'|'.join(map(re.escape, (FIGURE, CLAUSES, WORDS)))})", phrase)
    return "".join(_WILD.get(part) or re.escape(normalise_text(part)) for part in parts)
