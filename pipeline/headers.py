"""What the labels over a band's columns say of which of the form's each is."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from forms.form import Column, Label
from pipeline.rows import fold, is_label, is_number, similarity
from pipeline.runs import hull
from pipeline.types import Box, Illegible, Reading
from pipeline.values import parse_value

# Log weights, in nats, chosen by hand. A header's wording counts by its similarity
# (0 to 1) to the form's, one that is read without fault a good deal more, and the header
# above it half as much.
_WORDED_WEIGHT = 6.0
_FAULTLESS = 0.97
_FAULTLESS_WEIGHT = 8.5
_OVER_SHARE = 0.5
# A header wider than this share of a column's width is several columns', and numbers are set
# off the middle of theirs by such shares of it, the least first.
_OWN_HEADER = 1.5
_OFFSETS = (0.0, -0.1, 0.1, -0.2, 0.2, -0.3, 0.3, -0.4, 0.4)
# Lines of one label are nearer than this, in heights of a character.
_NEXT_LINE = 2.5
# A label that spans columns is wider than so many characters of one written downwards.
_MUCH_WIDER = 4.0


def labels_above(top: float, readings: Sequence[Reading]) -> list[tuple[Box, str]]:
    """The labels between a band's first row and the numbers above: those are other rows'.

    A lone character is the end of the label above it, as are several in a stack under one that is
    not much wider; else they are a label that is written downwards.
    """
    near = _cells_above(top, readings)
    labels = [(one.cell.box, fold(one.label)) for one in near if is_label(one.label)]
    for stack in _stack([one for one in near if _is_lone(one.label)]):
        box, text = hull([one.cell.box for one in stack]), "".join(one.label for one in stack)
        over = [
            index
            for index, (label, _) in enumerate(labels)
            if _begins(label, stack[0].cell.box)
            and (len(stack) == 1 or label.width < _MUCH_WIDER * box.width)
        ]
        if over:
            nearest = max(over, key=lambda index: labels[index][0].bottom)
            labels[nearest] = labels[nearest][0], labels[nearest][1] + text
        elif len(stack) > 1:
            labels.append((box, text))
    return labels


def _stack(lone: Sequence[Reading]) -> list[list[Reading]]:
    """Characters that stand one above the other, each from top to bottom."""
    stacks: list[list[Reading]] = []
    for one in sorted(lone, key=lambda one: one.cell.box.top):
        above = (stack for stack in stacks if _begins(stack[-1].cell.box, one.cell.box))
        stack = next(above, None)
        if stack is None:
            stacks.append([one])
        else:
            stack.append(one)
    return stacks


def _cells_above(top: float, readings: Sequence[Reading]) -> list[Reading]:
    above = [one for one in readings if one.cell.box.center[1] < top]
    numbers = [one.cell.box.center[1] for one in above if is_number(one.label)]
    least = max(numbers, default=0.0)
    return [one for one in above if one.cell.box.center[1] > least]


def _is_lone(text: str) -> bool:
    """Whether a cell holds one character that is no value."""
    chinese = len(text) == 1 and "\u4e00" <= text <= "\u9fff"
    return chinese and isinstance(parse_value(text)[0], Illegible)


def _begins(label: Box, end: Box) -> bool:
    """Whether a label stands right above a place."""
    over = label.left < end.center[0] < label.right
    return over and 0 < end.center[1] - label.center[1] < _NEXT_LINE * end.height


def labels_before(
    before: Sequence[Reading], middles: NDArray[np.float64], width: float, *, corner: bool
) -> list[tuple[Box, str]]:
    """The labels that a table before another ends with, set over the other's columns.

    A page may end with the headers of what the next one begins with. The lowest of its cells
    are the columns' in turn; where they are not as many or not side by side, none is anyone's.

    Args:
        before: All cells of that table.
        middles: float64 (columns,): x, pixels of this table's page.
        width: How far apart columns are, pixels.
        corner: Whether the first header stands over the labels of rows.
    """
    boxes = [one.cell.box for one in _cells_above(np.inf, before)]
    lowest = [box for box in boxes if not any(_is_over(box, other) for other in boxes)]
    lowest.sort(key=lambda box: box.left)
    places = [box.center[0] for box in lowest[corner:]]
    # Two pieces of one header stand under one another in part, and another one is lost.
    shared = any(left.right > right.center[0] for left, right in pairwise(lowest))
    if shared or len(lowest) != len(middles) + corner:
        return []
    moved = []
    for box, text in labels_above(np.inf, before):
        under = [
            x for x, place in zip(middles, places, strict=True) if box.left < place < box.right
        ]
        if under:
            left, right = under[0] - width / 2, under[-1] + width / 2
            moved.append((Box(left, box.top, right, box.bottom), text))
    return moved


def _is_over(box: Box, other: Box) -> bool:
    """Whether another cell stands under one."""
    return other.top >= box.bottom - box.height / 2 and box.left < other.center[0] < box.right


def headers_over(
    middles: NDArray[np.float64], width: float, labels: Sequence[tuple[Box, str]]
) -> list[tuple[str, ...]]:
    """Labels over each column, nearest first.

    Without rules, numbers set to a side stand off the middle of their headers, all of them
    alike: they are moved as far as it takes for most columns to have a header of their own.
    """
    own = [box for box, _ in labels if box.width < _OWN_HEADER * width]

    def count(offset: float) -> int:
        return sum(any(box.left < x + offset < box.right for box in own) for x in middles)

    offset = max((share * width for share in _OFFSETS), key=count)
    return [_header_over(middle + offset, labels) for middle in middles]


def _header_over(place: float, labels: Sequence[tuple[Box, str]]) -> tuple[str, ...]:
    over = [(box.bottom, text) for box, text in labels if box.left < place < box.right]
    return tuple(text for _, text in sorted(over, key=lambda one: -one[0])[:2])


def agreement(headers: tuple[str, ...], column: Column) -> float:
    """How much headers speak for a column, nats; a cut header is two labels.

    The farther of two may be the header of the rows above.
    """
    whole = "".join(reversed(headers))
    own = _likeness((*headers, whole), column.label)
    over = _likeness(headers[1:], column.under[-1]) if column.under else 0.0
    faultless = _likeness((*headers[:1], whole), column.label) > _FAULTLESS
    return _WORDED_WEIGHT * (own + _OVER_SHARE * over) + _FAULTLESS_WEIGHT * faultless


def is_named(headers: tuple[str, ...], column: Column) -> bool:
    """Whether the header over a column, and the one above it, are this column's."""
    own = _likeness(headers[:1], column.label) > _FAULTLESS
    return own and (not column.under or _likeness(headers[1:], column.under[-1]) > _FAULTLESS)


def _likeness(headers: Sequence[str], label: Label) -> float:
    names = [fold(name) for name in label.all if name]
    return max((similarity(header, name) for header in headers for name in names), default=0.0)
