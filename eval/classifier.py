"""How many cells are laid on the right field: `python -m eval.classifier [--reports N]`.

Makes reports that training never sees (other seeds, wordings and sizes of print), finds
every field in them by labels alone, by the classifier alone and by both, and writes
`eval/results/classifier.md`. No pixel is read: what damage does to cells and texts is
drawn as `training.token_damage` says.
"""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from time import perf_counter
from typing import Final

import numpy as np

from forms.form import Form, load_forms
from models.classifier import NONE, Classifier, load_classifier
from pipeline.fields import fit_form
from pipeline.opinions import list_cells
from pipeline.types import Reading
from training.token_damage import IGNORED, LEVELS
from training.tokens import Recipe, SeenReport, make_report
from training.varied_forms import Departures

RESULTS: Final = Path(__file__).parent / "results" / "classifier.md"

_SEED: Final = 2 * 10**9
"""Training and its own checks use lower ones."""

_PLAIN: Final = Departures(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)

Decode = Callable[[SeenReport], tuple[str, Mapping[Reading, str]] | None]
"""A report → its form and the field of each cell; None when it is refused."""


@dataclass(frozen=True, slots=True)
class Count:
    """Sums over reports; cells are those that hold a field's value.

    Attributes:
        reports: Of a known form.
        cells: In them.
        right: Cells laid on their field.
        wrong: Cells laid on another field.
        doubled: Fields with a second cell.
        whole: Reports with every cell right and no other on a field.
        form: Reports whose form was found.
        unknown: Reports of no known form.
        refused: Of those, the ones that were refused.
        seconds: Taken.
    """

    reports: int = 0
    cells: int = 0
    right: int = 0
    wrong: int = 0
    doubled: int = 0
    whole: int = 0
    form: int = 0
    unknown: int = 0
    refused: int = 0
    seconds: float = 0.0

    def plus(self, other: "Count") -> "Count":
        """Both together."""
        return Count(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


def count_report(report: SeenReport, decode: Decode) -> Count:
    """Decode a report and compare with what its cells are."""
    began = perf_counter()
    found = decode(report)
    seconds = perf_counter() - began
    if report.form == NONE:
        return Count(unknown=1, refused=int(found is None), seconds=seconds)
    form, laid = found or ("", {})
    right = wrong = cells = 0
    for read, names in zip(report.readings, report.fields, strict=True):
        for reading, name in zip(read, names, strict=True):
            given = laid.get(reading)
            cells += name not in (NONE, IGNORED)
            right += given is not None and given == name
            wrong += given is not None and name not in (given, IGNORED)
    whole = right == cells and not wrong
    doubled = len(laid) - len(set(laid.values()))
    matched = int(form == report.form)
    return Count(1, cells, right, wrong, doubled, int(whole), matched, seconds=seconds)


def decode_with(forms: Sequence[Form], classifier: Classifier | None) -> Decode:
    """The pipeline's decoding, with or without the classifier."""

    def decode(report: SeenReport) -> tuple[str, Mapping[Reading, str]] | None:
        fit = fit_form(report.tables, report.readings, forms, classifier)
        if fit is None:
            return None
        laid = {one.reading: one.field for one in fit.fields if one.reading is not None}
        return fit.form.id, laid

    return decode


def decode_alone(forms: Sequence[Form], classifier: Classifier) -> Decode:
    """The most probable row and column of each cell by itself, nothing else asked."""
    known = {
        form.id: {
            (f"{table.id}.{field.row}", f"{table.id}.{field.column}"): field.id
            for table in form.tables
            for band in table.bands
            for row in band.rows
            for field in row.fields
        }
        for form in forms
    }

    def decode(report: SeenReport) -> tuple[str, Mapping[Reading, str]] | None:
        said = classifier.classify(list_cells(report.readings))
        votes = np.exp(said.forms).mean(axis=0)
        form = classifier.form_names[int(votes.argmax())]
        if form == NONE:
            return None
        cells = [reading for read in report.readings for reading in read]
        places = zip(cells, said.rows.argmax(axis=1), said.columns.argmax(axis=1), strict=True)
        named = {
            reading: known[form].get((classifier.row_names[row], classifier.column_names[column]))
            for reading, row, column in places
        }
        return form, {reading: field for reading, field in named.items() if field is not None}

    return decode


def measure(
    reports: int, decoders: Mapping[str, Decode], forms: Sequence[Form]
) -> dict[tuple[str, str, str], Count]:
    """Counts by print (as prescribed, or varied), level and decoder."""
    counts: dict[tuple[str, str, str], Count] = {}
    for print_, departures in (("as prescribed", _PLAIN), ("varied", Departures())):
        for level, damage in LEVELS.items():
            recipe = Recipe(damage, departures, unknown=0.1, held=True)
            for number in range(reports):
                report = make_report(forms, recipe, np.random.default_rng(_SEED + number))
                for name, decode in decoders.items():
                    key = (print_, level, name)
                    counts[key] = counts.get(key, Count()).plus(count_report(report, decode))
            sys.stderr.write(f"{print_} {level}\n")
    return counts


def write_table(counts: Mapping[tuple[str, str, str], Count]) -> str:
    """The counts as Markdown."""
    head = (
        "print", "level", "decoded by", "reports", "cells", "right", "on another field",
        "second cells on a field", "reports all right", "form right", "unknown refused",
        "ms a report",
    )  # fmt: skip
    lines = [head, ("---",) * len(head)]
    for (print_, level, name), count in counts.items():
        lines.append(
            (
                print_, level, name, str(count.reports), str(count.cells),
                _percent(count.right, count.cells), _percent(count.wrong, count.cells),
                str(count.doubled), _percent(count.whole, count.reports),
                _percent(count.form, count.reports), f"{count.refused} of {count.unknown}",
                f"{1000 * count.seconds / max(count.reports + count.unknown, 1):.0f}",
            )
        )  # fmt: skip
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _percent(part: int, whole: int) -> str:
    return f"{part / whole:.3%}" if whole else "–"


def main(arguments: Sequence[str]) -> int:
    """Run the evaluation; see the module's head."""
    parser = argparse.ArgumentParser(prog="python -m eval.classifier", description=__doc__)
    parser.add_argument("--reports", type=int, default=200, help="for each level")
    parser.add_argument("--weights", type=Path, help="another ONNX file than the committed one")
    parser.add_argument("--out", type=Path, default=RESULTS)
    chosen = parser.parse_args(arguments)
    forms = load_forms()
    classifier = load_classifier(2, chosen.weights)
    decoders = {
        "labels": decode_with(forms, None),
        "classifier": decode_alone(forms, classifier),
        "both": decode_with(forms, classifier),
    }
    table = write_table(measure(chosen.reports, decoders, forms))
    sys.stdout.write(table)
    chosen.out.write_text(f"# Cells on fields\n\n{table}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
