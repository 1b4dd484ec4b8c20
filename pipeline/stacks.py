"""What the parts of one table, on several pages, say of each other's columns.

A header is read on every page that has it and speaks for all; a page without one has its
columns where the others have them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

SAME_COLUMN: Final = 0.4
"""Cells nearer than this share of the usual step between columns stand in one."""

# Of a page that lies farther off than that, so many columns more must stand alike.
_FAR_COST = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Stacks:
    """Columns of cells and what speaks for each being each of the form's.

    Attributes:
        band: The id of the band's first field.
        middles: float64 (columns,): x, pixels.
        width: How far apart they are, pixels.
        fullness: float64 (columns, 1): rows that have it, as a share of the most.
        filled: float64 (columns, 1): cells of it in which a value was read, as a share of its own.
        headed: Whether labels tell them apart: a running header stands over several alike.
        headers: float64 (columns, form's columns): what labels say of them, nats.
        opinions: The same of the classifier; zeros without one.
        named: bool, same shape: whether the header is the form's to the letter.
        places: int64 (columns,): which each is in the part whose headers it stands under, from
            the left; beyond all for one that stands under none. None where that part is its own.
    """

    band: str
    middles: NDArray[np.float64]
    width: float
    fullness: NDArray[np.float64]
    filled: NDArray[np.float64]
    headed: bool
    headers: NDArray[np.float64]
    opinions: NDArray[np.float64]
    named: NDArray[np.bool_]
    places: NDArray[np.int64] | None = None


def hear(stacks: Stacks, others: Sequence[Stacks]) -> Stacks:
    """Columns with what the other parts of their table say of them.

    Headers are read anew on every page and add up. What the classifier says it says of all
    pages alike, so that they count as one; of columns that are displaced it is wrong.
    """
    alike = [other for other in others if _stand_alike(stacks, other)]
    lent = (_lend_headers(other, stacks) for other in others)
    heard = replace(
        stacks,
        headers=sum(lent, stacks.headers),
        opinions=np.mean([stacks.opinions, *(other.opinions for other in alike)], axis=0),
        named=np.logical_or.reduce([stacks.named, *(other.named for other in alike)]),
    )
    headed = next((other for other in others if _is_displaced(stacks, other)), None)
    if headed is None:
        return heard
    same, nearest = _find_same(stacks, headed)
    return replace(
        heard,
        opinions=np.where(same[:, None], headed.opinions[nearest], 0.0),
        places=np.where(same, nearest, len(headed.middles)),
    )


def _stand_alike(stacks: Stacks, other: Stacks) -> bool:
    """Whether two parts are of one band and have the same columns: all, or in the same places."""
    if stacks.band != other.band or len(other.middles) != len(stacks.middles):
        return False
    if len(stacks.middles) == stacks.headers.shape[1] > 1:
        return not _is_displaced(stacks, other) and not _is_displaced(other, stacks)
    # A page may lie askew on the glass.
    steps = other.middles - stacks.middles
    return bool(np.abs(steps - np.median(steps)).max() < SAME_COLUMN * stacks.width)


def _is_displaced(stacks: Stacks, headed: Stacks) -> bool:
    """Whether most columns stand under another part's headers, and some between or beside them.

    Where one lost its rule and a stroke beside the table makes another, they are as many.
    """
    count, wanted = stacks.headers.shape
    same = stacks.band == headed.band and len(headed.middles) == count == wanted
    if not same or stacks.headed or not headed.headed:
        return False
    return bool(_apart(stacks, headed).min(axis=1).max() >= SAME_COLUMN)


def _lend_headers(lender: Stacks, stacks: Stacks) -> NDArray[np.float64]:
    """What another part's headers say of the columns that stand alike there; 0 where none do."""
    if _stand_alike(stacks, lender):
        return lender.headers
    headers = np.zeros_like(stacks.headers)
    elsewhere = len(lender.middles) != len(stacks.middles) or _is_displaced(stacks, lender)
    if stacks.band == lender.band and elsewhere and lender.headed and not stacks.headed:
        same, nearest = _find_same(stacks, lender)
        headers[same] = lender.headers[nearest[same]]
    return headers


def _find_same(stacks: Stacks, other: Stacks) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Whether each column stands where one of another part does, and which is nearest to it."""
    off = _apart(stacks, other)
    return off.min(axis=1) < SAME_COLUMN / 2, off.argmin(axis=1)


def _apart(stacks: Stacks, other: Stacks) -> NDArray[np.float64]:
    """How far each column is from each of another part, however that page lies, in widths."""
    apart = other.middles[None, :] - stacks.middles[:, None]
    return np.abs(apart - _find_shift(apart, stacks.width)) / stacks.width


def _find_shift(apart: NDArray[np.float64], width: float) -> float:
    """How far a page lies beside another: as most columns of both then stand alike.

    Args:
        apart: float64 (columns, the other's): from each to each, pixels.
        width: How far apart columns are, pixels.

    Returns:
        Pixels; one farther than columns can be told apart by only where it is clearly the best, as
        columns equally far apart stand alike again one farther on. Not a number where fewer
        than half of them stand alike.
    """
    steps = apart[np.abs(apart) < width]
    off = np.abs(apart[None] - steps[:, None, None]).min(axis=2)
    alike = np.maximum(1.0 - off / (SAME_COLUMN / 2 * width), 0.0).sum(axis=1)
    alike -= _FAR_COST * (np.abs(steps) >= SAME_COLUMN * width)
    best = max(range(len(steps)), key=lambda at: (alike[at], -abs(steps[at])), default=None)
    if best is None or 2 * alike[best] < len(apart):
        return np.nan
    return float(steps[best])
