"""Readings of fields → values with confidences, and whether a person should look."""

from pipeline.types import Box, FieldReading, FieldValue, Missing
from pipeline.values import normalise_text, parse_value

# Uncalibrated: the readers' own probabilities multiplied. A field under this is doubtful.
REVIEW_BELOW = 0.98


def value_field(found: FieldReading, box: Box | None) -> FieldValue:
    """Turn what was read in a field's cell into the field's value.

    Args:
        found: The field and its cell, if one was found.
        box: The cell in points of the stored page; None when none was found.

    Returns:
        The value; a field without a cell is `Missing` and always reviewed.
    """
    if found.reading is None:
        return _missing_field(found)
    reading = found.reading
    best, *others = reading.candidates
    text = normalise_text(best.text)
    value, unit = parse_value(text)
    confidence = best.probability * found.mapping
    return FieldValue(
        field=found.field,
        text=text,
        value=value,
        unit=unit or found.unit,
        confidence=confidence,
        reading_confidence=best.probability,
        mapping_confidence=found.mapping,
        review=confidence < REVIEW_BELOW or reading.cell.touched,
        source=reading.source,
        alternatives=tuple(others),
        why=None,
        page=reading.page,
        box=box,
    )


def _missing_field(found: FieldReading) -> FieldValue:
    return FieldValue(
        field=found.field,
        text="",
        value=Missing(),
        unit=None,
        confidence=found.mapping,
        reading_confidence=1.0,
        mapping_confidence=found.mapping,
        review=True,
        source="read",
        alternatives=(),
        why="No cell was found for this field.",
        page=None,
        box=None,
    )
