"""How long the stages of one extraction take."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from pipeline.types import Page


class Stopwatch:
    """Adds up the seconds that each stage of one extraction takes."""

    def __init__(self) -> None:
        self._started = perf_counter()
        self._stages: dict[str, float] = {}

    @contextmanager
    def time(self, stage: str) -> Iterator[None]:
        """Count what happens inside towards a stage."""
        started = perf_counter()
        try:
            yield
        finally:
            self._stages[stage] = self._stages.get(stage, 0.0) + perf_counter() - started

    def each(self, stage: str, pages: Iterator[Page]) -> Iterator[Page]:
        """Count the making of each page towards a stage, and not its use."""
        while True:
            with self.time(stage):
                page = next(pages, None)
            if page is None:
                return
            yield page

    @property
    def seconds(self) -> dict[str, float]:
        """Seconds by stage (`tables_s` …), and `total_s` since the start."""
        stages = {f"{stage}_s": seconds for stage, seconds in self._stages.items()}
        return {"total_s": perf_counter() - self._started, **stages}
