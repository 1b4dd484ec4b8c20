"""Posteriors → values with calibrated confidences, and whether a person should look."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from forms.form import Form
from models.calibration import (
    Calibration,
    Feature,
    Kind,
    Wear,
    confidence_of,
    threshold_of,
)
from pipeline.assessed import AssessedSum, assess_sums
from pipeline.cutting import lines_of
from pipeline.types import (
    Blank,
    Box,
    Candidate,
    FieldValue,
    Illegible,
    Missing,
    Posterior,
    Reading,
    Source,
)
from pipeline.values import NUMBER, count_of, has_leading_zero, normalise_text, parse_value

_FAINTEST: Final = 1e-7
"""Nothing is surer than this is unlikely: as in `pipeline.hypotheses`."""

_SURE: Final = math.log(0.98 / 0.02)
"""A reading less sure than this, log-odds, needs a sum that speaks for it."""

_PLACED: Final = 0.88
"""A cell less surely the field's is reviewed, whatever it holds: cells come to stand in the
wrong fields by rows and columns, and a sum of zeros does not notice."""

_SLIVER: Final = 0.75
"""Of the usual height of a row: print is half as high at most, and a cell leaves it some air."""

_ALIKE: Final = 2
"""A body of which one part is all of a total prints the same figure twice."""

_COUNTS_ALIKE: Final = 0.01
"""The reader may give so much to other signs for nothing, where a sum agrees with one."""

_SHARP: Final = 4.5
"""Mean best reading of a sharp page, log-odds: 98.9 %. Half of the lightly worn scans have it."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What a caller bears.

    Attributes:
        risk: Share of wrong fields among those that nobody reviews.
        review_below: Review fields less sure than this, whatever `risk` says; None to
            leave it to `risk`.
    """

    risk: float
    review_below: float | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for what was read in one field.

    Attributes:
        kind: What it was read as.
        wear: What its page looks like.
        passable: Whether it may go unseen when it is sure. These never do: what was read
            doubtfully and no sum can tell; what every sum of its field speaks against, as
            a single misread cell would look (but for a text layer, which is not misread, and
            an empty cell that two witnesses found empty); what was read where no print was
            found, or is said to be empty where some was; a number in several lines, or with a
            note; a figure that a seal touches, unless it is read surely and a sum agrees; a cell
            that may be another field's, or is taken for this one's by its order alone; an empty
            one that no digit would fit into, the margin of a column that was lost; what has no
            cell.
        features: odds: log-odds of the posterior. reading: of the reader's probability of
            the text. inked: 1 where the search for print, which knows nothing of the reader,
            found some, or none in an empty cell. mapping: of the cell being the field's;
            without one, of there being none, or one for what sums give. clear: log-odds of the
            mean reading on its page, without a cell in its report. placed: of the mean mapping.
            plain: 1 for a text as bodies write it. habit: of an empty cell and of a zero,
            log-odds of its like among both in its table; 0 for a figure. upheld: 1 for a field
            in a sum that holds and is not all zeros. unbroken: 1 for a field in no sum that
            fails.
    """

    kind: Kind
    wear: Wear
    passable: bool
    features: Mapping[Feature, float]


@dataclass(frozen=True, slots=True)
class Judgement:
    """How sure a field is, and whether it may pass unseen."""

    confidence: float
    accepted: bool


@dataclass(frozen=True, slots=True)
class _Look:
    """How well a page was read, or a report.

    Attributes:
        clear: Log-odds of the mean best reading.
        placed: Log-odds of the mean mapping.
        source: `text_layer` where all of it comes from one.
    """

    clear: float
    placed: float
    source: Source


def judge(
    form: Form, posteriors: Sequence[Posterior], calibration: Calibration, policy: Policy
) -> tuple[Judgement, ...]:
    """Calibrate the posteriors of a report and say which fields may pass."""
    judgements = []
    for evidence in weigh_evidence(form, posteriors):
        confidence = confidence_of(calibration, evidence.kind, evidence.wear, evidence.features)
        least = policy.review_below
        if least is None:
            least = threshold_of(calibration, evidence.kind, evidence.wear, policy.risk)
        judgements.append(Judgement(confidence, evidence.passable and confidence >= least))
    return tuple(judgements)


def weigh_evidence(form: Form, posteriors: Sequence[Posterior]) -> tuple[Evidence, ...]:
    """What speaks for each field of a report, one of which was found at least."""
    looks, habits, narrow = _looks(posteriors), _habits(posteriors), _narrow_widths(posteriors)
    assessed = assess_sums(form, posteriors)
    sound = all(rule.holds for rules in assessed.values() for rule in rules)
    weighed: list[Evidence] = []
    for one in posteriors:
        reading = one.found.reading
        look = looks[reading.page if reading is not None else None]
        rules = assessed[one.found.field]
        kind = "missing" if is_missing(one) else _kind_of(one.text)
        features: dict[Feature, float] = {
            "odds": _log_odds(one.probability),
            "reading": _log_odds(_reading_confidence(one)),
            "inked": float(reading is not None and bool(reading.cell.runs) != (kind == "blank")),
            "mapping": _log_odds(_mapping_of(one)),
            "clear": look.clear,
            "placed": look.placed,
            "plain": float(_is_plain(one.text)),
            "habit": habits.get((_table_of(one), kind), 0.0),
            "upheld": float(any(rule.holds and rule.figures for rule in rules)),
            "unbroken": float(all(rule.holds for rule in rules)),
        }
        source = look.source if reading is None else reading.source
        passable = (
            reading is not None
            and not (kind == "blank" and reading.cell.box.width < narrow.get(reading.page, 0.0))
            and _may_pass(one, rules, features, sound=sound)
        )
        weighed.append(Evidence(kind, _wear_of(look.clear, source), passable, features))
    return tuple(weighed)


def _mapping_of(posterior: Posterior) -> float:
    """The probability that a field has its place, or that one without a value has none."""
    inferred = posterior.found.reading is None and not is_missing(posterior)
    return 1.0 - posterior.found.mapping if inferred else posterior.found.mapping


def is_missing(posterior: Posterior) -> bool:
    """Whether a field has neither a cell nor a value that sums give it."""
    return posterior.found.reading is None and posterior.source != "inferred"


def _habits(posteriors: Sequence[Posterior]) -> Mapping[tuple[str, Kind], float]:
    """Whether the body leaves a table's cells empty where it has nothing to count, or writes zeros.

    Some do the one in a table and the other in the next.
    """
    found = [one for one in posteriors if one.found.reading is not None]
    counts = Counter((_table_of(one), _kind_of(one.text)) for one in found)
    habits: dict[tuple[str, Kind], float] = {}
    for table in {_table_of(one) for one in found}:
        empty, zeros = counts[table, "blank"] + 0.5, counts[table, "zero"] + 0.5
        leaves = math.log(empty / zeros)
        habits |= {(table, "blank"): leaves, (table, "zero"): -leaves, (table, "figure"): 0.0}
    return habits


def _table_of(posterior: Posterior) -> str:
    """The part of a field's id that names its table."""
    return posterior.found.field.partition(".")[0]


def _narrow_widths(posteriors: Sequence[Posterior]) -> Mapping[int, float]:
    """Less than this, pixels, no cell of a page is wide that holds numbers of its print.

    Only scans have rules that were taken for others.
    """
    heights: dict[int, list[float]] = {}
    for one in posteriors:
        reading = one.found.reading
        if reading is not None and reading.source != "text_layer":
            heights.setdefault(reading.page, []).append(reading.cell.box.height)
    return {page: _SLIVER * median(some) for page, some in heights.items()}


def _may_pass(
    posterior: Posterior,
    rules: Sequence[AssessedSum],
    features: Mapping[Feature, float],
    *,
    sound: bool,
) -> bool:
    value, _ = parse_value(posterior.text)
    reading = posterior.found.reading
    touched = reading is not None and reading.cell.touched
    placed = posterior.found.labelled and posterior.found.mapping >= _PLACED
    if not placed or isinstance(value, Illegible):
        return False
    if posterior.source == "text_layer":
        return True
    if features["inked"] == 0:
        # One of two witnesses is wrong, and either may be.
        return False
    if _has_note(posterior.text) or _is_in_lines(posterior):
        # Words, and lines of a cell, are read by another net, of which nothing was measured.
        return False
    disowned = bool(rules) and not any(rule.holds for rule in rules)
    kind = _kind_of(posterior.text)
    told = _is_told(posterior, rules, sound=sound)
    seen = features["reading"] >= _SURE
    if kind == "blank" and (touched or seen):
        # What a seal hides may be a 0, which is as little to a sum as nothing is.
        return not touched
    # A seal may hide digits of a figure whole, and what it leaves is then read surely.
    enough = (seen and told) if kind == "figure" and touched else (seen or told)
    return enough and not disowned and posterior.reconciled is None


def _is_told(posterior: Posterior, rules: Sequence[AssessedSum], *, sound: bool) -> bool:
    """Whether its sums, with the reader, tell a text from all others.

    `sound` says that no sum of the report fails.
    """
    if count_of(parse_value(posterior.text)[0]) != 0:
        # Two figures that are all of a sum are the same, and misread alike.
        return any(rule.holds and rule.figures > _ALIKE for rule in rules)
    # In a report that breaks its sums, a 0 in place of a figure that nothing adds up to makes these
    # hold. To a sum an empty cell and a dash are a 0: the reader must tell these from one another.
    telling = any(rule.figures for rule in rules) or (sound and bool(rules))
    alone = _other_nothings(posterior) < _COUNTS_ALIKE
    return telling and alone and all(rule.holds for rule in rules)


def _other_nothings(posterior: Posterior) -> float:
    """What the reader gives all other texts that count as 0."""
    reading = posterior.found.reading
    others = [
        one
        for one in (reading.candidates if reading is not None else ())
        if normalise_text(one.text) != posterior.text
    ]
    return sum(one.probability for one in others if count_of(parse_value(one.text)[0]) == 0)


def _is_in_lines(posterior: Posterior) -> bool:
    """Whether what a cell holds was read line by line; among a seal's strokes it is not."""
    reading = posterior.found.reading
    return reading is not None and not reading.cell.touched and len(lines_of(reading.cell)) > 1


def _has_note(text: str) -> bool:
    number = NUMBER.fullmatch(text)
    return number is not None and number["note"] is not None


def value_field(posterior: Posterior, judgement: Judgement, box: Box | None) -> FieldValue:
    """Turn what was concluded about a field into the field's value.

    Args:
        posterior: What speaks for its text.
        judgement: How sure that is.
        box: The cell in points of the stored page; None when none was found.

    Returns:
        The value. What was inferred is always reviewed; so is a field without a cell, which
        is `Missing` unless the sums give it a value.
    """
    found = posterior.found
    reading = found.reading
    missing = is_missing(posterior)
    value, unit = (Missing(), None) if missing else parse_value(posterior.text)
    first = reading.candidates[0] if reading is not None and reading.candidates else None
    changed = first is not None and normalise_text(first.text) != posterior.text
    doubtful = not judgement.accepted or posterior.source == "inferred"
    return FieldValue(
        field=found.field,
        text=posterior.text,
        value=value,
        unit=unit or found.unit,
        confidence=judgement.confidence,
        reading_confidence=_reading_confidence(posterior),
        mapping_confidence=found.mapping,
        review=doubtful or missing,
        source=posterior.source,
        read=Candidate(first.text, first.probability) if first and changed else None,
        alternatives=posterior.alternatives,
        reconciled=posterior.reconciled,
        why=posterior.why,
        page=reading.page if reading is not None else None,
        box=box,
    )


def _reading_confidence(posterior: Posterior) -> float:
    """What the reader alone gives the text; 0 for one that it never saw."""
    reading = posterior.found.reading
    if reading is None:
        return 0.0
    return next(
        (
            candidate.probability
            for candidate in reading.candidates
            if normalise_text(candidate.text) == posterior.text
        ),
        0.0,
    )


def _looks(posteriors: Sequence[Posterior]) -> Mapping[int | None, _Look]:
    """How each page was read; by None the whole report, for fields that were found nowhere."""
    pages: dict[int | None, list[tuple[Reading, float]]] = {}
    for one in posteriors:
        if one.found.reading is not None:
            for page in (one.found.reading.page, None):
                pages.setdefault(page, []).append((one.found.reading, one.found.mapping))
    return {page: _look(found) for page, found in pages.items()}


def _look(found: Sequence[tuple[Reading, float]]) -> _Look:
    best = [one.candidates[0].probability if one.candidates else 0.0 for one, _ in found]
    scanned = any(one.source == "read" for one, _ in found)
    return _Look(
        clear=_log_odds(sum(best) / len(found)),
        placed=_log_odds(sum(mapping for _, mapping in found) / len(found)),
        source="read" if scanned else "text_layer",
    )


def _kind_of(text: str) -> Kind:
    value, _ = parse_value(text)
    if isinstance(value, Blank):
        return "blank"
    return "zero" if text == "0" else "figure"


def _wear_of(clear: float, source: Source) -> Wear:
    if source == "text_layer":
        return "digital"
    return "sharp" if clear >= _SHARP else "worn"


def _is_plain(text: str) -> bool:
    """Whether a text is empty, a sign for nothing, or a number without needless zeros."""
    value, _ = parse_value(text)
    return not isinstance(value, Illegible) and not has_leading_zero(text)


def _log_odds(probability: float) -> float:
    bounded = min(max(probability, _FAINTEST), 1 - _FAINTEST)
    return math.log(bounded / (1 - bounded))
