"""Posteriors → values with confidences, and whether a person should look."""

from pipeline.types import Box, Candidate, FieldValue, Missing, Posterior
from pipeline.values import normalise_text, parse_value

# Uncalibrated: the posterior as it is. A field under this is doubtful.
REVIEW_BELOW = 0.98


def value_field(posterior: Posterior, box: Box | None) -> FieldValue:
    """Turn what was concluded about a field into the field's value.

    Args:
        posterior: What speaks for its text.
        box: The cell in points of the stored page; None when none was found.

    Returns:
        The value. What was inferred, or lies under a seal, is always reviewed; so is a
        field without a cell, which is `Missing` unless the sums give it a value.
    """
    found = posterior.found
    reading = found.reading
    missing = reading is None and posterior.source != "inferred"
    value, unit = (Missing(), None) if missing else parse_value(posterior.text)
    first = reading.candidates[0] if reading is not None and reading.candidates else None
    changed = first is not None and normalise_text(first.text) != posterior.text
    touched = reading is not None and reading.cell.touched
    doubtful = posterior.probability < REVIEW_BELOW or posterior.source == "inferred"
    return FieldValue(
        field=found.field,
        text=posterior.text,
        value=value,
        unit=unit or found.unit,
        confidence=posterior.probability,
        reading_confidence=_reading_confidence(posterior),
        mapping_confidence=found.mapping,
        review=doubtful or touched or missing,
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
