"""Make confidences mean what they say: `python -m training.calibrate [--reports 900]`.

Draws and scans reports that no net was trained on, reads them (once for every set of nets;
they are kept in build/calibration), fits curves to them, tests thresholds on what curves of
the other reports say of each, and writes models/weights/calibration.json. With `--samples`
real reports are read too, and what the calibration makes of them is printed; it is not
fitted to them.

Source: docs/decisions/0007-confidence.md
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from forms.form import load_forms
from models.calibration import EVERYTHING, SHAPE, Calibration, Guarantee, uncalibrated
from models.load import load_models
from models.weights import OWN_FOLDER
from training.export import list_weights
from training.fit_confidence import (
    Example,
    Floats,
    calibrate,
    confidences,
    cross_fit,
    judge_report,
    state_guarantees,
)
from training.held_apart import QUALITIES
from training.outcomes import ReadReport, read_drawn, read_samples

_FOLDS: Final = 5

_BINS: Final = 15
"""As is usual for the expected calibration error."""


def write_calibration(calibration: Calibration, folder: Path = OWN_FOLDER) -> Path:
    """Write the file, and its line in the SHA256SUMS beside it."""
    path = folder / "calibration.json"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_bytes(SHAPE.dump_json(calibration, indent=1) + b"\n")
    list_weights(path)
    return path


def split_examples(reports: Sequence[ReadReport], folds: int) -> list[list[Example]]:
    """Folds of whole reports; forms and qualities take turns in all of them alike."""
    forms = {form.id: form for form in load_forms()}
    size = len(forms) * len(QUALITIES)
    parts: list[list[Example]] = [[] for _ in range(folds)]
    for number, report in enumerate(reports):
        parts[number // size % folds].extend(judge_report(report, forms))
    return [part for part in parts if part]


def describe(guarantees: Sequence[Guarantee]) -> str:
    """A table of what was accepted, and how much of it was wrong."""
    head = ("form", "quality", "kind", "fields", "accepted", "wrong", "bound")
    rows = [head, ("---",) * len(head)]
    rows += [
        (
            *(one.form, one.quality, one.kind, str(one.fields)),
            *(str(one.accepted), str(one.wrong), f"{one.bound:.3%}"),
        )
        for one in guarantees
    ]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def expected_error(sure: Floats, examples: Sequence[Example]) -> float:
    """Expected calibration error: mean gap of confidence and accuracy in equally full bins."""
    right = np.array([one.right for one in examples], float)
    bins = np.array_split(np.argsort(sure, kind="stable"), _BINS)
    gaps = [abs(float(sure[one].mean() - right[one].mean())) * len(one) for one in bins]
    return sum(gaps) / len(examples)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m training.calibrate", description=__doc__)
    parser.add_argument("--reports", type=int, default=900, help="drawn reports in all")
    parser.add_argument("--jobs", type=int, default=2, help="processes to read with")
    parser.add_argument("--outcomes", type=Path, default=Path("build/calibration"))
    parser.add_argument("--samples", type=Path, help="folder of real reports with truth.json")
    parser.add_argument("--into", type=Path, default=OWN_FOLDER, help="default: models/weights")
    chosen = parser.parse_args(arguments)
    models = load_models(1, uncalibrated())
    reports = read_drawn(chosen.outcomes, chosen.reports, chosen.jobs)
    folds = split_examples(reports, _FOLDS)
    nets = {name: net for name, net in models.versions.items() if name != "calibration"}
    calibration = calibrate(folds, nets)
    path = write_calibration(calibration, chosen.into)
    sys.stdout.write(describe(calibration.guarantees))
    error = expected_error(cross_fit(folds), [one for fold in folds for one in fold])
    proven = min(step.bound for step in calibration.steps[EVERYTHING])
    sys.stdout.write(f"\nleast risk that is proven over all fields: {proven:.3%}")
    sys.stdout.write(f"\nexpected calibration error by cross-fitting: {error:.3%}\n{path}\n")
    if chosen.samples is not None:
        forms = {form.id: form for form in load_forms()}
        read = read_samples(chosen.samples, models)
        real = [one for report in read for one in judge_report(report, forms)]
        stated = tuple(state_guarantees(calibration, real, confidences(calibration, real)))
        sys.stdout.write(f"\nOf real reports:\n\n{describe(stated)}")


if __name__ == "__main__":
    main()
