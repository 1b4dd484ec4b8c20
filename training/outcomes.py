"""Held-apart reports as the nets read them, kept in a file: what confidence is fitted to.

Reading takes many minutes and only changes with the nets; what sums and calibration make of the
readings takes few and is done anew from the file each time.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from pydantic import BaseModel, TypeAdapter

from forms.form import Form, load_forms
from models.calibration import uncalibrated
from models.load import Models, load_models
from pipeline.errors import ReportError
from pipeline.extract import Options, gather
from pipeline.stopwatch import Stopwatch
from pipeline.types import FieldReading
from training.held_apart import QUALITIES, HeldReport, Quality, draw_held

_STEMS: Final[dict[str, Quality]] = {
    "digital" if quality == "digital" else f"scan_{quality}": quality for quality in QUALITIES
}


@dataclass(frozen=True, slots=True)
class ReadReport:
    """A report of which it is known what is printed, as the nets read it.

    Attributes:
        name: Its own.
        form: Id of its form.
        quality: How it was scanned, if at all.
        values: What is printed, by field id, of the fields that are printed at all.
        read_as: Id of the form it was taken for; None when it was refused.
        fields: What was read; none when it was refused.
    """

    name: str
    form: str
    quality: Quality
    values: Mapping[str, str]
    read_as: str | None
    fields: tuple[FieldReading, ...]


LINE: Final = TypeAdapter(ReadReport)
"""Of the file that they are kept in."""


class _Truth(BaseModel):
    """The part of a sample's truth file that is needed here."""

    form: str
    values: dict[str, str]


def read_drawn(folder: Path, reports: int, jobs: int) -> tuple[ReadReport, ...]:
    """So many drawn reports, read where they are not in the folder yet.

    Args:
        folder: Has one file for each set of nets; written to as reports are read.
        reports: How many.
        jobs: Processes to read with.
    """
    forms = load_forms()
    path = _path_for(folder, load_models(1, uncalibrated()), forms)
    missing = sorted(set(range(reports)) - set(_load(path)))
    if missing:
        shares = [missing[start::jobs] for start in range(jobs)]
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
            list(pool.map(_read_share, shares, [path] * jobs))
    known = _load(path)
    return tuple(known[number] for number in range(reports))


def read_samples(samples: Path, models: Models) -> Iterator[ReadReport]:
    """Real reports and their scans, from folders with truth.json; none where there are none."""
    forms = load_forms()
    for written in sorted(samples.glob("*/truth.json")):
        truth = _Truth.model_validate_json(written.read_bytes())
        for path in sorted(written.parent.iterdir()):
            quality = _STEMS.get(path.stem)
            if quality is not None:
                name = f"{written.parent.name}-{quality}"
                report = HeldReport(name, truth.form, quality, path.read_bytes(), truth.values)
                yield _read(report, models, forms)


def _path_for(folder: Path, models: Models, forms: Sequence[Form]) -> Path:
    """A file of its own for every set of nets and forms; the calibration reads nothing."""
    nets = sorted((name, net) for name, net in models.versions.items() if name != "calibration")
    digest = hashlib.sha256(repr((nets, tuple(forms))).encode()).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{digest[:16]}.jsonl"


def _read_share(numbers: Iterable[int], path: Path) -> None:
    forms, models = load_forms(), load_models(1, uncalibrated())
    for number in numbers:
        read = _read(draw_held(forms, "calibrate", number), models, forms)
        # One short write to the end of a file: lines of several processes do not mix.
        with path.open("ab", buffering=0) as file:
            file.write(str(number).encode() + b"\t" + LINE.dump_json(read) + b"\n")


def _read(report: HeldReport, models: Models, forms: Sequence[Form]) -> ReadReport:
    read_as: str | None = None
    fields: tuple[FieldReading, ...] = ()
    try:
        fit = gather(report.source, models, forms, Options(), Stopwatch()).fit
    except ReportError:
        pass
    else:
        read_as, fields = fit.form.id, fit.fields
    return ReadReport(report.name, report.form, report.quality, report.values, read_as, fields)


def _load(path: Path) -> dict[int, ReadReport]:
    if not path.exists():
        return {}
    lines = (line.partition(b"\t") for line in path.read_bytes().splitlines())
    return {int(number): LINE.validate_json(record) for number, _, record in lines}
