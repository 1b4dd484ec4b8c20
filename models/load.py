"""All models of one process, loaded once by whoever starts it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from models.layout import CdlaLayoutModel
from models.ocr import LineFinder, TextReader, load_line_finder, load_text_reader
from models.orientation import load_orientation
from models.types import Image, Region
from models.weights import version_of


@dataclass(frozen=True, slots=True, eq=False)
class Models:
    """What the pipeline reads with.

    Attributes:
        find_orientation: Page → quarter turn in degrees clockwise, probability.
        find_regions: Page → layout regions.
        labels: Reads running text and labels.
        numbers: Reads number cells.
        lines: Finds lines of running text.
        versions: Names each net in a report.
    """

    find_orientation: Callable[[Image], tuple[int, float]]
    find_regions: Callable[[Image], tuple[Region, ...]]
    labels: TextReader
    numbers: TextReader
    lines: LineFinder
    versions: Mapping[str, str]


def load_models(threads: int = 2) -> Models:
    """Load every model, each running on this many threads.

    Raises:
        ModelError: Weights are missing or corrupt.
    """
    reader = load_text_reader("tiny", threads)
    return Models(
        load_orientation(threads),
        CdlaLayoutModel(threads).find_regions,
        reader,
        reader,
        load_line_finder(threads),
        {
            "orientation": version_of("orientation"),
            "layout": version_of("layout"),
            "ocr": version_of("ocr_tiny_recognition"),
            "digits": version_of("ocr_tiny_recognition"),
        },
    )
