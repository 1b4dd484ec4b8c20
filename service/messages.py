"""What reading processes and those who start them say to each other."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from pipeline.errors import ErrorCode
from pipeline.stated import Stated

USUAL_RISK: Final = 0.001
"""As in `pipeline.extract.Options`, which is slow to import."""

USUAL_SECONDS: Final = 600.0
"""That a file may take: ten times what the longest report did on a busy core."""


@dataclass(frozen=True, slots=True)
class Setup:
    """How a reading process is to work.

    Attributes:
        threads: For its models.
        text: Read the prose too.
        risk: Share of wrong fields that is borne among those that nobody reviews.
        review_below: Review fields less sure than this instead; None to go by the risk.
        drafts: Give what a correction starts from along with each report.
    """

    threads: int
    text: bool
    risk: float
    review_below: float | None
    drafts: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """Read a file.

    Attributes:
        path: Where it lies.
        indent: Of its JSON; None for a single line.
        name: What the report calls it; None for the name it lies under.
        risk: Another than the usual one.
        stated: Figures that other reports give for fields of this one.
    """

    path: Path
    indent: int | None
    name: str | None = None
    risk: float | None = None
    stated: tuple[Stated, ...] = ()


@dataclass(frozen=True, slots=True)
class Ready:
    """The models are loaded; `fingerprint` names all that could change a result."""

    fingerprint: str


@dataclass(frozen=True, slots=True)
class NotReady:
    """The models or forms cannot be loaded; the operator must act."""

    message: str


@dataclass(frozen=True, slots=True)
class Read:
    """A report, as JSON text; `draft` is a `service.drafts.Draft`, as JSON, where asked for."""

    json: str
    seconds: float
    draft: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """No report can be made of this file."""

    code: ErrorCode
    message: str
    advice: str


@dataclass(frozen=True, slots=True)
class PagesRead:
    """How far a file is."""

    done: int
    total: int


Outcome: TypeAlias = Read | Refused
