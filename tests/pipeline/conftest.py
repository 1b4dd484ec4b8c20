"""Pages and grids made by hand, for stages that are tested without a document."""

from collections.abc import Callable, Mapping

import numpy as np
import pytest

from eval.corpus import REPORTS
from forms.form import Form
from models.load import Models
from models.types import Image
from pipeline.extract import Gathered, Options, gather
from pipeline.grid import Grid
from pipeline.stopwatch import Stopwatch
from pipeline.stray_rules import Runs
from pipeline.types import Mesh, Page, Rule, Word
from tests.pipeline.grids import draw_whole

DPI = 150


@pytest.fixture(scope="session")
def scan_of() -> Callable[[Image], Page]:
    """An upright RGB raster of 150 dpi as the scanned page it could be."""

    def make(image: Image) -> Page:
        height, width = image.shape[:2]
        return Page(
            number=1,
            width=width * 72 / DPI,
            height=height * 72 / DPI,
            kind="scanned",
            image=image,
            dpi=DPI,
            rotation=0,
            skew_degrees=0.0,
            words=(),
            rules=(),
            mesh=Mesh(np.zeros((2, 2, 2)), width, height),
        )

    return make


@pytest.fixture(scope="session")
def layer_of() -> Callable[[tuple[Word, ...], tuple[Rule, ...]], Page]:
    """A blank digital page of 150 dpi, 900 by 1200 pixels, with these words and rules."""

    def make(words: tuple[Word, ...], rules: tuple[Rule, ...]) -> Page:
        return Page(
            number=1,
            width=900 * 72 / DPI,
            height=1200 * 72 / DPI,
            kind="digital",
            image=np.full((1200, 900, 3), 255, np.uint8),
            dpi=DPI,
            rotation=0,
            skew_degrees=0.0,
            words=words,
            rules=rules,
            mesh=Mesh(np.zeros((2, 2, 2)), 900, 1200),
        )

    return make


@pytest.fixture
def whole() -> tuple[Grid, Runs]:
    """A grid that lost no rule, with print in each of its cells."""
    return draw_whole()


@pytest.fixture(scope="session")
def gathered(models: Models, forms: Mapping[str, Form]) -> Gathered:
    """What the nets make of a light scan whose sums hold."""
    source = (REPORTS / "kuancheng_2020" / "scan_light.pdf").read_bytes()
    return gather(source, models, tuple(forms.values()), Options(), Stopwatch())
