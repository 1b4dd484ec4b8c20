"""What a correction starts from: a report's readings, kept to be weighed again.

Nets read a report once. When a person corrects a field, the sums speak again over all
readings, with the corrected ones certain.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from pydantic import TypeAdapter, ValidationError

from forms.form import Form
from models.calibration import Calibration
from pipeline.checks import check_at_most, check_sums
from pipeline.conclusions import conclude_fields
from pipeline.report import ReportJson, from_json
from pipeline.review import Policy, judge, value_field
from pipeline.types import (
    Box,
    Candidate,
    Cell,
    FieldReading,
    FieldValue,
    Posterior,
    Reading,
    Report,
)
from pipeline.values import normalise_text, parse_value

_NOWHERE: Final = Cell(0, 0, 1, 1, Box(0, 0, 0, 0), runs=(), touched=False)
_NO_PAGE: Final = 0


class OutdatedDraft(Exception):
    """A report or its draft, of another version of this program or of the forms."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A report, but for its fields.

    Attributes:
        report: Without fields: these are made anew.
        readings: What was read, one for each field of the form.
        boxes: Where, in points of the stored page.
        risk: Share of wrong fields that is borne among those that nobody reviews.
    """

    report: Report
    readings: tuple[FieldReading, ...]
    boxes: Mapping[str, Box]
    risk: float


_DRAFT: Final = TypeAdapter(Draft)


def draft_of(report: Report, readings: Iterable[FieldReading], risk: float) -> Draft:
    """Keep what weighing the readings again takes, and no more."""
    boxes = {value.field: value.box for value in report.fields if value.box is not None}
    return Draft(replace(report, fields=()), tuple(map(_slim, readings)), boxes, risk)


def dump_draft(draft: Draft) -> str:
    """As JSON text."""
    return _DRAFT.dump_json(draft).decode()


def load_draft(text: str) -> Draft:
    """From JSON text.

    Raises:
        OutdatedDraft: It is none of this version.
    """
    try:
        return _DRAFT.validate_json(text)
    except ValidationError as error:
        raise OutdatedDraft from error


def load_report(text: str) -> ReportJson:
    """What was made of a draft, from its JSON text.

    Raises:
        OutdatedDraft: It is none of this version.
    """
    try:
        return from_json(text)
    except ValidationError as error:
        raise OutdatedDraft from error


def form_of(draft: Draft, forms: Mapping[str, Form]) -> Form:
    """The form of a draft, to weigh its readings with.

    Raises:
        OutdatedDraft: It is gone, or has other fields by now.
    """
    form = forms.get(draft.report.form)
    read = {found.field for found in draft.readings}
    if form is None or read != {field.id for field in form.fields}:
        raise OutdatedDraft
    return form


def conclude_again(
    draft: Draft, texts: Mapping[str, str], form: Form, calibration: Calibration
) -> Report:
    """Weigh a report's readings again, around what a person has said.

    Args:
        draft: The report.
        texts: What is printed, by field, where a person has said it; other fields than the
            form's count for nothing.
        form: The report's form.
        calibration: That of the models that read it.
    """
    said = {field: normalise_text(text) for field, text in texts.items()}
    certain = tuple(_settle(found, said.get(found.field)) for found in draft.readings)
    policy = Policy(draft.risk, None)
    concluded = conclude_fields(form, certain, draft.report.sections, calibration, policy)
    posteriors = tuple(
        _as_seen(posterior, found)
        for (posterior, _), found in zip(concluded, draft.readings, strict=True)
    )
    judgements = judge(form, posteriors, calibration, policy)
    fields = tuple(
        _pin(value_field(posterior, judgement, draft.boxes.get(posterior.found.field)), said)
        for posterior, judgement in zip(posteriors, judgements, strict=True)
    )
    values = {value.field: value for value in fields}
    others = (one for one in draft.report.warnings if one.code != "at_most")
    return replace(
        draft.report,
        fields=fields,
        checks=check_sums(form, values),
        warnings=(*others, *check_at_most(form, values)),
    )


def _slim(found: FieldReading) -> FieldReading:
    """Without what only laying cells on fields needed."""
    if found.reading is None:
        return found
    return replace(found, reading=replace(found.reading, label=""))


def _settle(found: FieldReading, text: str | None) -> FieldReading:
    """A field as a person saw it: one candidate, surely in its place."""
    if text is None:
        return found
    candidates = (Candidate(text, 1.0),)
    reading = (
        Reading(_NOWHERE, _NO_PAGE, "", candidates, "read")
        if found.reading is None
        else replace(found.reading, candidates=candidates)
    )
    return replace(found, reading=reading, mapping=1.0)


def _as_seen(posterior: Posterior, found: FieldReading) -> Posterior:
    """Give a posterior its reading back: a correction does not make the page any clearer."""
    return posterior if found.reading is None else replace(posterior, found=found)


def _pin(value: FieldValue, said: Mapping[str, str]) -> FieldValue:
    if value.field not in said:
        return value
    printed, _ = parse_value(said[value.field])
    return replace(
        value,
        text=said[value.field],
        # What is illegible to a person stays so, whatever the sums would put there.
        value=printed,
        confidence=1.0,
        review=False,
        source="reviewed",
        alternatives=(),
        why=None if value.read is None else f"A person corrected “{value.read.text}”.",
        page=value.page or None,
    )
