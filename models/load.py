"""All models of one process, loaded once by whoever starts it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from models.calibration import Calibration, load_calibration, name_calibration
from models.classifier import Classifier, load_classifier
from models.digits import load_digits
from models.layout import CdlaLayoutModel
from models.ocr import LineFinder, TextReader, load_line_finder, load_text_reader
from models.orientation import load_orientation
from models.segmentation import Segments, load_segmenter
from models.types import FindOrientation, Grey, Image, ReadNumbers, Region
from models.weights import version_of


@dataclass(frozen=True, slots=True, eq=False)
class Models:
    """What the pipeline reads with.

    Attributes:
        find_orientation: Page → quarter turn in degrees clockwise, probability.
        find_regions: Page → layout regions.
        labels: Reads running text and labels.
        read_numbers: Cut number cells → their best strings.
        segment: Grey page and its dpi → where print stands and cells part.
        lines: Finds lines of running text.
        classifier: Cells of a report's tables → the fields that they are.
        calibration: Says how sure is sure, and what may pass unseen.
        versions: Names each net, and the calibration, in a report.
    """

    find_orientation: FindOrientation
    find_regions: Callable[[Image], tuple[Region, ...]]
    labels: TextReader
    read_numbers: ReadNumbers
    segment: Callable[[Grey, float], Segments]
    lines: LineFinder
    classifier: Classifier
    calibration: Calibration
    versions: Mapping[str, str]


def load_models(threads: int = 2, calibration: Calibration | None = None) -> Models:
    """Load every model, each running on this many threads.

    Args:
        threads: For each net.
        calibration: None for the one that ships.

    Raises:
        ModelError: Weights or the calibration are missing or corrupt.
    """
    nets = {
        "classifier": "classifier",
        "orientation": "orientation",
        "layout": "layout",
        "ocr": "ocr_tiny_recognition",
        "lines": "ocr_tiny_detection",
        "digits": "digits",
        "segmentation": "segmentation",
    }
    return Models(
        find_orientation=load_orientation(threads),
        find_regions=CdlaLayoutModel(threads).find_regions,
        labels=load_text_reader(threads),
        read_numbers=load_digits(threads).read_numbers,
        segment=load_segmenter(threads).segment,
        lines=load_line_finder(threads),
        classifier=load_classifier(threads),
        calibration=calibration or load_calibration(),
        versions={
            **{name: version_of(weight) for name, weight in nets.items()},
            "calibration": version_of("calibration")
            if calibration is None
            else name_calibration(calibration),
        },
    )
