"""Scan a drawn page badly, by level, and know where each of its points went.

page pixels → `ScannedPage`. One warp does all that moves print; `effects` does the rest.
Whatever trains on scans or measures with them takes levels and scans from here.
The same generator state gives the same pixels.
"""

from dataclasses import dataclass, replace
from typing import Final, Literal

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from models.types import Image
from training import effects
from training.pens import scribble
from training.rasters import to_bilevel, to_grey

Level = Literal["clean", "light", "medium", "heavy"]
Points = NDArray[np.float64]
Span = tuple[float, float]

# The warp is worked out at every so many pixels; between them it is straight to 0.01 px.
_STEP: Final = 16
# Scanner lids: white, grey, black.
_LIDS: Final = ((250, 250, 250), (150, 150, 150), (205, 205, 205), (12, 12, 12))
_PAPERS: Final = (
    *((255, 255, 255), (250, 250, 250), (246, 243, 233), (243, 238, 214), (232, 232, 230)),
    *((226, 224, 219), (240, 232, 200)),
)


@dataclass(frozen=True, slots=True, eq=False)
class Warp:
    """Where points of a page lie in its scan.

    Attributes:
        matrix: float64 (3, 3), perspective: flattened page pixels → scan pixels.
        bow: Pixels that the middle of a line of print is lifted by.
        width: Of the page before, pixels.
    """

    matrix: NDArray[np.float64]
    bow: float
    width: int

    def points(self, xy: Points) -> Points:
        """Page pixels, float64 (n, 2), → pixels of the scan, alike.

        Pixel centres lie at whole numbers.
        """
        lifted = xy - np.stack((np.zeros(len(xy)), self._lift(xy[:, 0])), axis=1)
        return _projected(self.matrix, np.asarray(lifted, np.float64))

    def boxes(self, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Boxes (n, 4) in page pixels → the upright boxes around where they went, (n, 4)."""
        corners = [self.points(boxes[:, pair]) for pair in ((0, 1), (2, 1), (2, 3), (0, 3))]
        stacked = np.stack(corners, axis=1)
        return np.concatenate([stacked.min(axis=1), stacked.max(axis=1)], axis=1)

    def sources(self, xy: Points) -> Points:
        """Pixels of the scan → page pixels: the inverse of `points`."""
        flat = _projected(np.linalg.inv(self.matrix).astype(np.float64), xy)
        return flat + np.stack((np.zeros(len(xy)), self._lift(flat[:, 0])), axis=1)

    def _lift(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        return self.bow * np.sin(x / self.width * np.pi)


@dataclass(frozen=True, slots=True, eq=False)
class ScannedPage:
    """A damaged page, and where its points went."""

    image: Image
    warp: Warp


@dataclass(frozen=True, slots=True)
class Harm:
    """From how little to how much of each effect a level draws; chances are 0 to 1.

    Attributes:
        dpi: Of the scanner; the scan is enlarged to the resolution asked for.
        skew: Degrees, either way.
        tilt: Shift of corners, share of the page's size.
        bow: Of a line of print, share of the page's height.
        blur: Standard deviation, pixels at 150 dpi.
        noise: Standard deviation, grey levels.
        dark: Light lost in the darkest place, share.
        faint_rules: Share of stretches of rules that nearly vanish.
        pale: Darkness lost by the palest print, share.
        pepper: Share of pixels that are dark specks; half as many are white ones.
        bleed: Darkness of the back showing through, share.
        quality: Of JPEG.
        objects: Chance of each of: fold, holes, stain, seal, handwriting.
        bilevel: Chance of a black and white scan.
        turned: Chance of a quarter turn or two.
        twice: Chance of scaling twice.
    """

    dpi: Span
    skew: float
    tilt: float
    bow: float
    blur: Span
    noise: Span
    dark: Span
    faint_rules: Span
    pale: Span
    pepper: Span
    bleed: Span
    quality: Span
    objects: float
    bilevel: float
    turned: float
    twice: float


# Set by eye beside real scans and beside scans of reports at four levels of damage.
HARM: Final[dict[Level, Harm]] = {
    "clean": Harm(
        *((200, 300), 0.3, 0.0, 0.0, (0.2, 0.5), (0, 2), (0, 0.02), (0, 0), (0, 0.1)),
        *((0, 0), (0, 0), (80, 95), 0.03, 0.0, 0.0, 0.0),
    ),
    "light": Harm(
        *((150, 300), 0.9, 0.002, 0.001, (0.3, 0.7), (1, 5), (0, 0.1), (0, 0.05), (0, 0.3)),
        *((0, 1e-4), (0, 0.03), (60, 90), 0.12, 0.03, 0.05, 0.1),
    ),
    "medium": Harm(
        *((130, 200), 1.8, 0.006, 0.003, (0.5, 0.9), (3, 9), (0.05, 0.25), (0.1, 0.55)),
        *((0.1, 0.5), (0, 6e-4), (0, 0.09), (45, 75), 0.3, 0.06, 0.12, 0.2),
    ),
    "heavy": Harm(
        *((90, 160), 2.5, 0.010, 0.005, (0.6, 1.1), (6, 14), (0.15, 0.4), (0.45, 0.98)),
        *((0.25, 0.65), (5e-4, 4e-3), (0, 0.15), (30, 65), 0.45, 0.06, 0.12, 0.3),
    ),
}


def scan_sheet(
    page: Image,
    level: Level,
    rng: Generator,
    dpi: int,
    bend: float = 1.0,
    back: Image | None = None,
) -> ScannedPage:
    """Scan a page at a level of damage.

    Args:
        page: As printed, RGB.
        level: How worn sheet and scanner are.
        rng: All choices come from it.
        dpi: Of the page and of the scan.
        bend: Share of the level's skew, tilt, bow and quarter turns that is left: what
            reads straightened pages is trained on pages that are nearly straight.
        back: What is printed on the other side, as large as the page; None for the same.
    """
    harm = HARM[level]
    printed = _soil_sheet((page, page if back is None else back), harm, rng, dpi)
    harm = _unbent(harm, bend)
    warp, (width, height) = _draw_warp(page, harm, rng)
    lid = _LIDS[int(rng.integers(len(_LIDS)))]
    image = _warp(printed, warp, (width, height), lid)
    return ScannedPage(_expose(image, harm, rng, dpi), warp)


def cover(page: Image, seals: int, marks: int, dpi: float, rng: Generator) -> Image:
    """Fewer than so many seals and pen marks, each number as likely, anywhere on a page."""
    for _ in range(int(rng.integers(seals))):
        page = effects.press_seal(page, dpi, rng)
    return scribble(page, int(rng.integers(marks)), dpi, rng)


def _soil_sheet(sides: tuple[Image, Image], harm: Harm, rng: Generator, dpi: int) -> Image:
    """What happens to the sheet, front and back, before it lies on the glass."""
    page, back = sides
    sheet = effects.break_rules(page, _draw(harm.faint_rules, rng), rng.uniform(0, 0.2), dpi, rng)
    pale = _draw(harm.pale, rng)
    sheet = effects.fade_print(sheet, pale, pale * rng.uniform(0, 0.8), rng)
    fold, holes, stain, seal, notes = rng.random(5) < harm.objects
    if seal:
        sheet = effects.press_seal(sheet, dpi, rng)
    if notes:
        sheet = scribble(sheet, int(rng.integers(1, 8)), dpi, rng)
    sheet = effects.bleed_through(sheet, back, _draw(harm.bleed, rng), rng)
    sheet = effects.stain(sheet, rng.uniform(0.2, 0.7) * stain, rng)
    sheet = effects.fold(sheet, rng.uniform(0.05, 0.3) * fold, rng)
    sheet = effects.punch(sheet, int(rng.integers(2, 5)) * int(holes), dpi, rng)
    paper = _PAPERS[int(rng.integers(len(_PAPERS)))]
    return effects.light_unevenly(sheet, _draw(harm.dark, rng), paper, rng)


def _expose(image: Image, harm: Harm, rng: Generator, dpi: int) -> Image:
    """What the scanner and its driver do."""
    factor = min(_draw(harm.dpi, rng) / dpi, 1.0)
    sigma = _draw(harm.blur, rng) * dpi / 150
    image = np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.uint8)
    if factor < 1 or rng.random() < harm.twice:
        image = effects.rescale_twice(image, min(factor, rng.uniform(0.75, 1.0)))
    image = effects.add_noise(image, _draw(harm.noise, rng), rng)
    pepper = _draw(harm.pepper, rng)
    image = effects.sprinkle(image, pepper, pepper / 2, rng)
    kind = rng.random()
    if kind < harm.bilevel:
        # Office scanners set it by the page: below the paper, above most of the print.
        paper = float(np.percentile(image[::8, ::8, 1], 60))
        return to_bilevel(image, int(paper * rng.uniform(0.72, 0.88)))
    if kind < harm.bilevel + 0.45:
        image = to_grey(image)
    return effects.store(image, int(_draw(harm.quality, rng)))


def _draw_warp(page: Image, harm: Harm, rng: Generator) -> tuple[Warp, tuple[int, int]]:
    """Skew, perspective, uneven scale and quarter turns as one matrix, curl as a bow."""
    height, width = page.shape[:2]
    rare = 2.0 if rng.random() < 0.03 else 1.0
    angle = np.deg2rad(harm.skew * rare * rng.uniform(-1, 1))
    stretch = 1 + rng.uniform(-2, 1, 2) * harm.tilt
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float64)
    middle = corners.mean(axis=0)
    turn = np.array([(np.cos(angle), -np.sin(angle)), (np.sin(angle), np.cos(angle))])
    moved = (corners - middle) * stretch @ turn.T + middle
    moved += rng.uniform(-harm.tilt, harm.tilt, (4, 2)) * (width, height)
    size = (width, height)
    for _ in range(int(rng.choice((1, 2, 3), p=(0.3, 0.4, 0.3))) if _hit(harm.turned, rng) else 0):
        moved = np.stack((size[1] - 1 - moved[:, 1], moved[:, 0]), axis=1)
        size = (size[1], size[0])
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), moved.astype(np.float32))
    return Warp(np.asarray(matrix, np.float64), harm.bow * height * rng.uniform(-1, 1), width), size


def _warp(page: Image, warp: Warp, size: tuple[int, int], lid: tuple[int, int, int]) -> Image:
    width, height = size
    # One more step all round, as resizing repeats what lies outside its outermost samples.
    across = (np.arange(-1, width // _STEP + 2) + 0.5) * _STEP - 0.5
    down = (np.arange(-1, height // _STEP + 2) + 0.5) * _STEP - 0.5
    grid = np.stack(np.meshgrid(across, down), axis=-1).reshape(-1, 2)
    coarse = warp.sources(grid).reshape(len(down), len(across), 2).astype(np.float32)
    fine = cv2.resize(coarse, None, fx=_STEP, fy=_STEP, interpolation=cv2.INTER_LINEAR)
    inside = np.ascontiguousarray(fine[_STEP : _STEP + height, _STEP : _STEP + width])
    from_x, from_y = (np.ascontiguousarray(inside[..., axis]) for axis in (0, 1))
    moved = cv2.remap(page, from_x, from_y, cv2.INTER_LINEAR, borderValue=lid)
    return np.asarray(moved, np.uint8)


def _projected(matrix: NDArray[np.float64], xy: Points) -> Points:
    out = np.concatenate((xy, np.ones((len(xy), 1))), axis=1) @ matrix.T
    return np.asarray(out[:, :2] / out[:, 2:], np.float64)


def _unbent(harm: Harm, bend: float) -> Harm:
    return replace(
        harm,
        skew=harm.skew * bend,
        tilt=harm.tilt * bend,
        bow=harm.bow * bend,
        turned=harm.turned if bend == 1.0 else 0.0,
    )


def _draw(span: Span, rng: Generator) -> float:
    return float(rng.uniform(*span))


def _hit(chance: float, rng: Generator) -> bool:
    return bool(rng.random() < chance)
