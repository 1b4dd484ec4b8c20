"""What the token classifier thinks of the cells of a report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.classifier import Classifier, Posteriors, TableCell
from pipeline.types import Reading

OPINION_EVEN: Final = -3.0
"""Log of a probability, as all below: this one speaks neither for nor against."""
OPINION_LEAST: Final = -6.0
"""What is less probable is taken for this: the net is not surer than that."""

# What the classifier says with this probability about a cell's part in its row is taken
# for true, whatever its text looks like.
_SURE_OF_PART = 0.7


@dataclass(frozen=True, slots=True, eq=False)
class Opinions:
    """What the token classifier thinks of each cell of a report.

    Attributes:
        places: Each cell's index in `posteriors`.
        posteriors: Natural logarithms.
        rows: Indices of row names, such as "t3.granted".
        columns: The same of columns.
        forms: The same of forms; a form that is not there the classifier has never seen.
    """

    places: Mapping[Reading, int]
    posteriors: Posteriors
    rows: Mapping[str, int]
    columns: Mapping[str, int]
    forms: Mapping[str, int]

    def is_value(self, reading: Reading) -> bool | None:
        """Whether a cell is a value or a label; None when the classifier is not sure."""
        place = self.places[reading]
        in_row = 1.0 - np.exp(self.posteriors.rows[place, 0])
        in_column = 1.0 - np.exp(self.posteriors.columns[place, 0])
        if min(in_row, in_column) > _SURE_OF_PART:
            return True
        return False if min(in_row, 1.0 - in_column) > _SURE_OF_PART else None


def ask_classifier(readings: Sequence[Sequence[Reading]], classifier: Classifier) -> Opinions:
    """Let the classifier look at all cells of a report at once; there is one at least."""
    cells = [reading for read in readings for reading in read]
    return Opinions(
        {reading: place for place, reading in enumerate(cells)},
        classifier.classify(list_cells(readings)),
        {name: index for index, name in enumerate(classifier.row_names)},
        {name: index for index, name in enumerate(classifier.column_names)},
        {name: index for index, name in enumerate(classifier.form_names)},
    )


def list_cells(readings: Sequence[Sequence[Reading]]) -> tuple[TableCell, ...]:
    """Every cell of a report, table by table, as the token classifier sees them."""
    return tuple(
        TableCell(
            table=table,
            row=reading.cell.row,
            column=reading.cell.column,
            row_span=reading.cell.row_span,
            column_span=reading.cell.column_span,
            box=(
                reading.cell.box.left,
                reading.cell.box.top,
                reading.cell.box.right,
                reading.cell.box.bottom,
            ),
            text=reading.label,
        )
        for table, read in enumerate(readings)
        for reading in read
    )
