"""Documents with known content: the samples beside the repository and drawn reports.

Some drawn reports lie in the repository; `eval.accuracy` draws others when it needs them.
"""

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from eval.metrics import canonical
from forms.form import Form, Sum

ROOT: Final = Path(__file__).parents[1]
SAMPLES: Final = ROOT.parent / "shared" / "samples"
"""Real reports; they are not part of the repository and may be absent."""
REPORTS: Final = ROOT / "tests" / "reports"
"""Reports that the project drew itself."""

_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?", re.ASCII)

_LEVELS: Final = {
    "digital": "digital",
    "source": "digital",
    "scan_clean": "clean",
    "scan_light": "light",
    "scan_medium": "medium",
    "scan_heavy": "heavy",
    "scan_turned": "turned",
    "scan": "bilevel",
}
"""What a file's stem says of how it was scanned."""


Origin = Literal["samples", "rescanned", "drawn", "held apart"]
"""Where a case comes from: the samples, as they are or scanned once more; what the project
drew, to lie in the repository or for an evaluation only."""


class Truth(BaseModel):
    """What is printed in a document; other keys of the file are notes for people."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    body: str
    fiscal_year: int
    form: str
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class Case:
    """One file to read and what is printed in it.

    Attributes:
        slug: Name of its folder.
        level: digital, clean, light, medium, heavy, turned or bilevel.
        origin: Where it comes from.
        path: The file.
        truth: Its content.
    """

    slug: str
    level: str
    origin: Origin
    path: Path
    truth: Truth


def find_cases(samples: Path = SAMPLES, reports: Path = REPORTS) -> tuple[Case, ...]:
    """Every file of the samples and the drawn reports, sorted; absent folders give none.

    Documents that are no report, whose truth is an error code, are left out.

    Raises:
        pydantic.ValidationError: A truth file has not the agreed shape.
    """
    truths: list[tuple[Path, Origin]]
    truths = [(path, "samples") for path in sorted(samples.glob("*/truth.json"))]
    truths += [(path, "drawn") for path in sorted(reports.glob("*/expected.json"))]
    cases = []
    for written, origin in truths:
        content = json.loads(written.read_text(encoding="utf-8"))
        if "error" in content:
            continue
        truth = Truth.model_validate(content)
        for path in sorted(written.parent.iterdir()):
            level = _LEVELS.get(path.stem)
            if level is not None and path != written:
                cases.append(Case(written.parent.name, level, origin, path, truth))
    return tuple(cases)


def find_contradicted(form: Form, truth: Truth) -> frozenset[str]:
    """Fields in a sum that fails on the printed values."""
    broken = find_broken(form, truth)
    return frozenset(name for rule in broken for name in (*rule.left, *rule.right))


def find_broken(form: Form, truth: Truth) -> tuple[Sum, ...]:
    """Sums that fail on the printed values.

    A sum with a field that is blank, dashed or left out cannot be assessed and is
    passed over.
    """
    broken = []
    for rule in form.sums:
        left = [_as_number(truth.values.get(name, "")) for name in rule.left]
        right = [_as_number(truth.values.get(name, "")) for name in rule.right]
        known = [number for number in (*left, *right) if number is not None]
        if len(known) < len(left) + len(right):
            continue
        if sum(known[: len(left)]) != sum(known[len(left) :]):
            broken.append(rule)
    return tuple(broken)


def _as_number(text: str) -> Decimal | None:
    plain = canonical(text)
    return Decimal(plain) if _NUMBER.fullmatch(plain) else None
