"""What the command line and its reading processes say to each other."""

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from pipeline.errors import ErrorCode


@dataclass(frozen=True, slots=True)
class Setup:
    """How a reading process is to work: threads for its models, prose too or not."""

    threads: int
    text: bool


@dataclass(frozen=True, slots=True)
class Task:
    """Read this file; `indent` is that of its JSON, None for a single line."""

    path: Path
    indent: int | None


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
    """A report, as JSON text."""

    json: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Refused:
    """No report can be made of this file."""

    code: ErrorCode
    message: str
    advice: str


Outcome: TypeAlias = Read | Refused
