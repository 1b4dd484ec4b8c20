"""Where the cells of a grid stand on a page, with rules around them or without.

`Grid` whose texts are marked with what they are → `Part`. Boxes are pixels of an A4
page at 150 dpi.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.types import Box
from training.sheet_grid import Grid, GridCell
from training.token_damage import Marked, Part
from training.varied_forms import ADDED

NONE: Final = ""
"""What stands for "no row", "no column" and "no known form"."""

_PAGE: Final = (1240.0, 1754.0)
_SEPARATOR: Final = "\x1f"
_UNRULED: Final = 0.12
_VERTICAL: Final = 0.5


@dataclass(frozen=True, slots=True)
class Look:
    """Sizes in pixels that one report's tables share."""

    ruled: bool
    print_height: float
    padding: float
    left: float
    right: float
    waver: float
    page: tuple[float, float]

    @classmethod
    def choose(cls, rng: np.random.Generator, *, held: bool) -> "Look":
        """Print of 6 to 12 pt; sizes kept for measuring lie between those of training."""
        steps = rng.integers(0, 12) + (0.5 if held else 0.0)
        page = _PAGE if rng.random() < 0.85 else _PAGE[::-1]
        return cls(
            ruled=bool(rng.random() >= _UNRULED),
            print_height=12.5 + float(steps),
            padding=float(rng.uniform(2, 12)),
            left=float(rng.uniform(0.03, 0.2)) * page[0],
            right=float(rng.uniform(0.82, 0.97)) * page[0],
            waver=float(rng.uniform(0.05, 0.3)),
            page=page,
        )


def mark(row: str, column: str, field: str, text: str) -> str:
    """A text that carries what its cell is through the layout: row, column, field."""
    if ADDED in row or ADDED in column:
        row = column = field = NONE
    return _SEPARATOR.join((row, column, field, text))


def unmark(text: str) -> tuple[str, str, str, str]:
    """Row, column, field and the text itself; `NONE` three times for a plain text."""
    if _SEPARATOR not in text:
        return NONE, NONE, NONE, text
    row, column, field, printed = text.split(_SEPARATOR)
    return row, column, field, printed


def place_grid(grid: Grid, look: Look, rng: np.random.Generator) -> Part:
    """Give a grid its pixels: columns about as wide as prescribed, rows as high as needed."""
    widths = np.array(grid.widths) * np.exp(rng.normal(0.0, look.waver, len(grid.widths)))
    xs = (
        look.left
        + (look.right - look.left) * np.concatenate(([0.0], np.cumsum(widths))) / widths.sum()
    )
    heights = np.full(grid.rows, look.print_height + look.padding)
    vertical = rng.random() < _VERTICAL
    for cell in grid.cells:
        lines = _count_lines(cell, xs, look, vertical=vertical)
        needed = lines * 1.25 * look.print_height + look.padding
        within = slice(cell.row, cell.row + cell.row_span)
        lacking = needed - heights[within].sum()
        if lacking > 0:
            heights[within] += lacking / cell.row_span
    top = float(rng.uniform(0.05, 0.5)) * look.page[1]
    ys = top + np.concatenate(([0.0], np.cumsum(heights)))
    cells = tuple(_marked(cell, xs, ys) for cell in grid.cells)
    return Part(grid.rows, len(grid.widths), cells)


def _count_lines(cell: GridCell, xs: NDArray[np.float64], look: Look, *, vertical: bool) -> int:
    text = unmark(cell.text)[3]
    room = xs[cell.column + cell.column_span] - xs[cell.column] - look.padding
    if vertical and cell.role == "label" and cell.row_span > 2:
        return 1
    return max(1, ceil(len(text) * look.print_height / max(float(room), look.print_height)))


def _marked(cell: GridCell, xs: NDArray[np.float64], ys: NDArray[np.float64]) -> Marked:
    row, column, field, text = unmark(cell.text)
    box = Box(
        float(xs[cell.column]),
        float(ys[cell.row]),
        float(xs[cell.column + cell.column_span]),
        float(ys[cell.row + cell.row_span]),
    )
    return Marked(
        cell.row, cell.column, cell.row_span, cell.column_span, box, text, row, column, field
    )


def print_unruled(part: Part, look: Look, specks: float, rng: np.random.Generator) -> Part:
    """Lines of print for rows and runs of print for cells; an empty cell leaves no trace.

    The lines of prose before and after belong to the table then.

    Args:
        part: Its cells as rules would enclose them.
        look: The report's.
        specks: How many specks are taken for print, on average.
        rng: All choices come from it.
    """
    runs = [run for cell in part.cells for run in _print_cell(cell, look, rng)]
    if runs:
        low, high = min(run.box.top for run in runs), max(run.box.bottom for run in runs)
        runs += [_print_speck(low, high, look, rng) for _ in range(rng.poisson(specks))]
    if runs and rng.random() < _PROSE:
        top = min(run.box.top for run in runs)
        bottom = max(run.box.bottom for run in runs)
        runs += _print_prose(top, -1, look, rng) + _print_prose(bottom, 1, look, rng)
    runs.sort(key=lambda run: run.box.center[1])
    lines: list[list[Marked]] = []
    last = -np.inf
    for run in runs:
        if run.box.center[1] - last > 0.5 * look.print_height:
            lines.append([])
            last = run.box.center[1]
        lines[-1].append(run)
    cells = tuple(
        replace(run, row=row, column=column, row_span=1, column_span=1)
        for row, line in enumerate(lines)
        for column, run in enumerate(sorted(line, key=lambda run: run.box.left))
    )
    return Part(len(lines), max(map(len, lines), default=0), cells)


_PROSE: Final = 0.7
_SPACED: Final = 0.03
"""A label has a wide space after its numeral."""


def _print_cell(cell: Marked, look: Look, rng: np.random.Generator) -> Iterator[Marked]:
    """The lines of a cell's text, one below the other in its middle."""
    height = look.print_height
    room = max(int((cell.box.width - 4) / height), 1)
    if cell.field_name or not _is_wide(cell.text):
        room = max(len(cell.text), 1)
    lines = [cell.text[i : i + room] for i in range(0, len(cell.text), room)]
    for index, line in enumerate(lines):
        y = cell.box.center[1] + (index - (len(lines) - 1) / 2) * 1.25 * height
        width = len(line) * height * (1.0 if _is_wide(line) else 0.55)
        left = cell.box.left + max((cell.box.width - width) / 2, 1.0)
        cut = 2 if len(line) > 4 and not cell.field_name and rng.random() < _SPACED else 0
        if cut:
            box = Box(left - height, y - height / 2, left + (cut - 1) * height, y + height / 2)
            yield replace(cell, text=line[:cut], box=box)
        box = Box(left + cut * height, y - height / 2, left + width, y + height / 2)
        yield replace(cell, text=line[cut:], box=box)


def _print_speck(low: float, high: float, look: Look, rng: np.random.Generator) -> Marked:
    x, y = float(rng.uniform(0.0, look.page[0])), float(rng.uniform(low, high))
    size = float(rng.uniform(0.1, 0.8)) * look.print_height
    text = str(rng.choice(("C", "6", "2", "1", "一", "丨", "(", ")", "0", "E", "二", "3")))
    return Marked(0, 0, 1, 1, Box(x, y, x + size, y + size), text, NONE, NONE, NONE)


def _is_wide(text: str) -> bool:
    return any(one > "\u2e80" for one in text)


def _print_prose(edge: float, down: int, look: Look, rng: np.random.Generator) -> list[Marked]:
    """Up to a dozen lines of running text above (-1) or below (1) a table."""
    printed = []
    for line in range(int(rng.integers(0, 13))):
        y = edge + down * (line + 1) * 1.6 * look.print_height
        left = look.left
        for text in rng.choice(_SENTENCES, int(rng.integers(1, 4))):
            width = len(text) * look.print_height
            box = Box(left, y - look.print_height / 2, left + width, y + look.print_height / 2)
            printed.append(Marked(0, 0, 1, 1, box, str(text), NONE, NONE, NONE))
            left += width + look.print_height
    return printed


_SENTENCES: Final = (
    "政府信息公开情况统计表", "政府信息公开工作年度报告", "附件", "填报单位(盖章)", "(2016年度)",
    "统计负责人", "审核人", "填报日期", "本报告根据《中华人民共和国政府信息公开条例》",
    "要求编制", "由市人民政府办公室", "237", "2016年1月1日至2016年12月31日", "电话:",
    "0591-83926179", "一、概述", "我局严格按照《条例》和《办法》", "主动公开政府信息", "条,其中",
    "依申请公开政府信息", "件,均已按时答复", "行政复议、行政诉讼情况", "0件", "118条",
    "三、收到和处理政府信息公开申请情况", "二、主动公开政府信息情况",
    "四、政府信息公开行政复议、行政诉讼情况", "存在的主要问题及改进情况", "其他需要报告的事项",
    "全年共收到政府信息公开申请", "7件", "结转下年度继续办理", "予以公开3件", "不予公开",
    "下一步工作打算", "进一步加强", "公开栏目更新不够及时", "信息处理费", "2020年", "1", "- 3 -",
    "http://www.", "打印本页", "关闭窗口", "发布日期:2021-01-20", "来源:", "第2页",
)  # fmt: skip
"""Pieces of the prose around tables, figures among them."""
