"""What a table finder and a text reader do to the cells of a damaged page.

`Part` → `Part` with cells lost, joined, parted and made up, and texts misread.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

import numpy as np

from pipeline.types import Box
from training.garble import garble

IGNORED: Final = "?"
"""Stands for "nothing can be asked of this cell" in place of a name."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A cell with what it is; boxes are pixels of its page."""

    row: int
    column: int
    row_span: int
    column_span: int
    box: Box
    text: str
    row_name: str
    column_name: str
    field_name: str


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a table on one page."""

    rows: int
    columns: int
    cells: tuple[Marked, ...]


@dataclass(frozen=True, slots=True)
class Damage:
    """How badly a report was found and read; chances per cell where nothing else is said.

    Attributes:
        garble: Least and largest share of a label's characters that are misread;
            drawn for each label.
        lost_text: That a label is not read at all.
        misread: That a value is misread.
        lost_cell: That a cell is not found.
        joined: That a cell is found as one with its right neighbour.
        parted: That a cell is found as two.
        stray: That a part gets a cell that is not there, per row.
        lost_row: That all cells of a row are lost, per row.
        lost_header: That the header's cells are lost, per part.
        lost_table: That a part of a table is lost, per report.
        lost_rule: That cells above and below a rule are found as one, per rule.
        torn: That a part is found as two tables side by side.
        junk: That a table is found where there is none, per report.
        false_rule: That an upright rule is seen through several rows where there is
            none, per part.
        cut_text: That only a piece of a label is read.
    """

    garble: tuple[float, float]
    lost_text: float
    misread: float
    lost_cell: float
    joined: float
    parted: float
    stray: float
    lost_row: float
    lost_header: float
    lost_table: float
    lost_rule: float
    torn: float
    junk: float
    false_rule: float
    cut_text: float


LEVELS: Final[Mapping[str, Damage]] = MappingProxyType(
    {
        "clean": Damage((0.0, 0.0), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
        "light": Damage(
            garble=(0.0, 0.05), lost_text=0.002, misread=0.01, lost_cell=0.0003, joined=0.0003,
            parted=0.0003, stray=0.001, lost_row=0.0, lost_header=0.01, lost_table=0.01,
            lost_rule=0.0003, torn=0.0, junk=0.02, false_rule=0.002, cut_text=0.002,
        ),
        "medium": Damage(
            garble=(0.0, 0.15), lost_text=0.01, misread=0.03, lost_cell=0.001, joined=0.001,
            parted=0.001, stray=0.003, lost_row=0.001, lost_header=0.03, lost_table=0.02,
            lost_rule=0.001, torn=0.0, junk=0.05, false_rule=0.01, cut_text=0.01,
        ),
        "heavy": Damage(
            garble=(0.2, 0.5), lost_text=0.05, misread=0.1, lost_cell=0.01, joined=0.005,
            parted=0.004, stray=0.01, lost_row=0.005, lost_header=0.1, lost_table=0.05,
            lost_rule=0.004, torn=0.005, junk=0.1, false_rule=0.03, cut_text=0.05,
        ),
    }
)  # fmt: skip
"""Named after the levels of `training.damage`; heavy misreads half of a label's characters."""

WRECKED: Final = Damage(
    garble=(0.1, 0.9), lost_text=0.15, misread=0.2, lost_cell=0.02, joined=0.02,
    parted=0.01, stray=0.05, lost_row=0.01, lost_header=0.2, lost_table=0.1,
    lost_rule=0.05, torn=0.1, junk=0.5, false_rule=0.3, cut_text=0.15,
)  # fmt: skip
"""Worse than any level: what a table finder made of the worst real scans. For training."""


def damage_part(part: Part, damage: Damage, rng: np.random.Generator) -> Part:
    """Lose, join, part and make up cells.

    A value cell that was joined to another is marked as ignored: it holds both.
    """
    header = {cell.row for cell in part.cells if cell.column_name and not cell.field_name}
    headless = rng.random() < damage.lost_header
    lost_rows = {row for row in range(part.rows) if rng.random() < damage.lost_row}
    kept = [
        cell
        for cell, chance in zip(part.cells, rng.random(len(part.cells)), strict=True)
        if chance >= damage.lost_cell
        and cell.row not in lost_rows
        and not (headless and cell.row in header)
    ]
    cells = list(_part_cells(_join_cells(kept, damage.joined, rng), damage.parted, rng))
    for edge in range(1, part.rows):
        if rng.random() < damage.lost_rule:
            cells = _lose_rule(cells, edge, part.columns, rng)
    if cells and rng.random() < damage.false_rule:
        cells = _add_rule(cells, part, rng)
    for row in range(part.rows):
        if rng.random() < damage.stray:
            cells.append(_stray_cell(part, row, rng))
    return replace(part, cells=tuple(sorted(cells, key=lambda cell: (cell.row, cell.column))))


def _join_cells(cells: Sequence[Marked], chance: float, rng: np.random.Generator) -> list[Marked]:
    joined: list[Marked] = []
    for cell, hit in zip(cells, rng.random(len(cells)), strict=True):
        last = joined[-1] if joined else None
        beside = last is not None and (last.row, last.row_span) == (cell.row, cell.row_span)
        if last is None or not beside or hit >= chance:
            joined.append(cell)
            continue
        box = Box(last.box.left, last.box.top, cell.box.right, cell.box.bottom)
        span = cell.column + cell.column_span - last.column
        # A label joined to its value still names the row; two values are neither.
        field = IGNORED if cell.field_name or last.field_name else ""
        names = (last.row_name, last.column_name) if not field else (IGNORED, IGNORED)
        joined[-1] = Marked(
            last.row, last.column, last.row_span, span, box, last.text + cell.text, *names, field
        )
    return joined


def _part_cells(cells: Sequence[Marked], chance: float, rng: np.random.Generator) -> list[Marked]:
    """Some cells become two: their print in one of them, the other empty."""
    parted: list[Marked] = []
    for cell, hit in zip(cells, rng.random(len(cells)), strict=True):
        if hit >= chance:
            parted.append(cell)
            continue
        x = cell.box.left + float(rng.uniform(0.2, 0.8)) * cell.box.width
        left = replace(cell, box=replace(cell.box, right=x))
        right = replace(cell, box=replace(cell.box, left=x), column=cell.column + 1)
        if rng.random() < 0.5:
            parted += [left, _emptied(right)]
        else:
            parted += [_emptied(left), right]
    return parted


def _emptied(cell: Marked) -> Marked:
    return replace(cell, text="", row_name="", column_name="", field_name="")


def _lose_rule(
    cells: Sequence[Marked], edge: int, columns: int, rng: np.random.Generator
) -> list[Marked]:
    """Cells that meet at a rule become one, over the whole width or a part of it."""
    first = 0 if rng.random() < 0.6 else int(rng.integers(columns))
    last = columns if rng.random() < 0.5 else int(rng.integers(first, columns)) + 1
    below = {
        (cell.column, cell.column_span): cell
        for cell in cells
        if cell.row == edge and first <= cell.column < last
    }
    joined: list[Marked] = []
    gone: set[Marked] = set()
    for cell in cells:
        other = below.get((cell.column, cell.column_span))
        if other is None or cell.row + cell.row_span != edge or cell is other:
            joined.append(cell)
            continue
        field = IGNORED if cell.field_name or other.field_name else ""
        box = replace(cell.box, bottom=other.box.bottom)
        span = other.row + other.row_span - cell.row
        joined.append(
            Marked(cell.row, cell.column, span, cell.column_span, box,
                   cell.text + other.text, IGNORED, IGNORED, field)
        )  # fmt: skip
        gone.add(other)
    return [cell for cell in joined if cell not in gone]


def _add_rule(cells: Sequence[Marked], part: Part, rng: np.random.Generator) -> list[Marked]:
    """Part every cell that a rule seen over some rows goes through."""
    low, high = min(c.box.left for c in cells), max(c.box.right for c in cells)
    x = float(rng.uniform(low, high))
    first = int(rng.integers(part.rows))
    last = int(rng.integers(first, part.rows)) + 1
    parted: list[Marked] = []
    for cell in cells:
        margin = 0.1 * cell.box.width
        crossed = cell.box.left + margin < x < cell.box.right - margin
        if not crossed or not first <= cell.row < last:
            parted.append(cell)
            continue
        left = replace(cell, box=replace(cell.box, right=x))
        right = replace(cell, box=replace(cell.box, left=x), column=cell.column + 1)
        share = left.box.width / cell.box.width
        if not cell.field_name and len(cell.text) > 1 and rng.random() < 0.5:
            at = max(round(share * len(cell.text)), 1)
            right = replace(right, text=cell.text[at:])
            parted += [replace(left, text=cell.text[:at]), right]
        elif rng.random() < share:
            parted += [left, _emptied(right)]
        else:
            parted += [_emptied(left), right]
    return parted


def tear_part(part: Part, rng: np.random.Generator) -> tuple[Part, ...]:
    """Two tables of one, left and right of a rule that both keep to themselves."""
    if part.columns < 2:
        return (part,)
    edge = int(rng.integers(1, part.columns))
    left = tuple(cell for cell in part.cells if cell.column < edge)
    right = tuple(
        replace(cell, column=cell.column - edge) for cell in part.cells if cell.column >= edge
    )
    torn = (Part(part.rows, edge, left), Part(part.rows, part.columns - edge, right))
    ordered = torn if rng.random() < 0.5 else torn[::-1]
    return tuple(one for one in ordered if one.cells)


def junk_part(width: float, rng: np.random.Generator) -> Part:
    """A table where there is none: empty cells, strokes, now and then a heading's words."""
    rows, columns = int(rng.integers(1, 9)), int(rng.integers(1, 14))
    xs = np.sort(rng.uniform(0.0, width, columns + 1))
    ys = float(rng.uniform(0, 1000)) + np.cumsum(rng.uniform(8, 60, rows + 1))
    cells = []
    for row in range(rows):
        for column in range(columns):
            if rng.random() < 0.5:
                box = Box(
                    float(xs[column]), float(ys[row]), float(xs[column + 1]), float(ys[row + 1])
                )
                text = str(rng.choice(_JUNK)) if rng.random() < 0.5 else ""
                cells.append(Marked(row, column, 1, 1, box, text, "", "", ""))
    return Part(rows, columns, tuple(cells))


_JUNK: Final = (
    "1", "C", "6", "0", "二", "5", "一", "G", "7", "丨", "R", "2", "J", "印", "家", "问", "B",
    "I", "二、主动公开政府信息情况", "三、收到和处理政府信", "息公开申请情况",
    "四、政府信息公开行政复议、行", "政诉讼情况", "存在的主要问题及改进情况",
    "其他需要报告的事项", "五、存在问题", "总体情况",
)  # fmt: skip
"""Read by PP-OCR in false tables of real scans, or like it."""


def _stray_cell(part: Part, row: int, rng: np.random.Generator) -> Marked:
    """A cell beside the table or on top of its cells, empty or with a stroke in it."""
    beside = [cell for cell in part.cells if cell.row == row] or list(part.cells)
    like = beside[int(rng.integers(len(beside)))]
    text = str(rng.choice(("", "", "1", "一", "丨", "印", "·")))
    shift = float(rng.uniform(-0.5, 0.5)) * like.box.width
    box = replace(like.box, left=like.box.left + shift, right=like.box.right + shift)
    column = like.column + int(rng.integers(0, 2))
    return Marked(row, column, 1, 1, box, text, "", "", "")


def read_wrongly(part: Part, damage: Damage, rng: np.random.Generator) -> tuple[Marked, ...]:
    """The cells of a part with texts as a reader gives them."""
    return tuple(replace(cell, text=_read(cell, damage, rng)) for cell in part.cells)


def _read(cell: Marked, damage: Damage, rng: np.random.Generator) -> str:
    if not _is_label(cell):
        return _misread(cell.text, rng) if rng.random() < damage.misread else cell.text
    if rng.random() < damage.lost_text:
        return ""
    text = cell.text
    if len(text) > 3 and rng.random() < damage.cut_text:
        start = int(rng.integers(0, len(text) // 2))
        text = text[start : start + max(2, len(text) // 2)]
    least, largest = damage.garble
    return garble(text, float(rng.uniform(least, largest)), rng)


def _is_label(cell: Marked) -> bool:
    return not cell.field_name and any("\u4e00" <= one <= "\u9fff" for one in cell.text)


_BLANK_MISREAD: Final = ("", "一", ".", "丨", "1", "、", "—", "'")
_ZERO_MISREAD: Final = ("O", "o", "D", "", "。", "U", "6", "8", "()", "口", "C", "00")


def _misread(text: str, rng: np.random.Generator) -> str:
    if text == "":
        return str(rng.choice(_BLANK_MISREAD))
    if text == "0":
        return str(rng.choice(_ZERO_MISREAD))
    return garble(text, 0.4, rng)
