"""A form laid over the rows of a report: how well they agree, and what that says of the form."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forms.form import Form
from pipeline.alignment import Weights, log_evidence
from pipeline.opinions import OPINION_LEAST, Opinions
from pipeline.row_scores import score_opinions, score_rows, skip_costs, swap_costs
from pipeline.rows import ExpectedRow, SeenRow, expect_rows

# Reports on a form in a year in which it was not in use.
_OUT_OF_USE = 0.02
# What rows say of the form is far from independent too: where one is misread, many are.
_ROWS_WEIGHT = 0.1
# What all cells say of the form is far from independent: it counts like so many cells.
_FORM_WEIGHT = 6.0


@dataclass(frozen=True, slots=True, eq=False)
class LaidForm:
    """A form laid over the rows of a report.

    Attributes:
        form: The form.
        rows: Its rows.
        weights: Nats, for labels over MOST_LINES lines at most.
        wordings: float64 (MOST_LINES, seen, expected): how alike labels are, 0 to 1.
        evidence: Natural logarithm, comparable between forms.
    """

    form: Form
    rows: tuple[ExpectedRow, ...]
    weights: Weights
    wordings: NDArray[np.float64]
    evidence: float


def lay_form(
    form: Form,
    seen: Sequence[SeenRow],
    opinions: Opinions | None,
    fiscal_year: tuple[int, float] | None,
) -> LaidForm:
    """Lay a form over the rows of a report.

    Args:
        form: The form.
        seen: The report's rows, in reading order.
        opinions: The classifier's; None to go by labels and places alone.
        fiscal_year: That the document names, and how probably; None where it names none.
    """
    rows = expect_rows(form)
    scores, wordings = score_rows(seen, rows)
    of_seen, of_expected = skip_costs(seen, rows)
    prior = 0.0
    if opinions is not None:
        more, skips = score_opinions(opinions, form, seen, rows)
        scores, of_seen = scores + more, of_seen + skips
        logs = np.maximum(opinions.posteriors.forms, OPINION_LEAST).mean(axis=0)
        prior = _FORM_WEIGHT * float(logs[opinions.forms.get(form.id, 0)])
    weights = Weights(scores, of_seen, of_expected, swap_costs(rows))
    evidence = _ROWS_WEIGHT * (prior + log_evidence(weights))
    if fiscal_year is not None:
        year, probability = fiscal_year
        used = 1.0 if form.in_use(year) else _OUT_OF_USE
        evidence += math.log(probability * used + 1.0 - probability)
    return LaidForm(form, rows, weights, wordings, evidence)
