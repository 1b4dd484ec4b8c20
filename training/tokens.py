"""Reports as the pipeline sees them after reading, without a pixel: cells with truth.

Form → varied form (`varied_forms`) → grids (`sheet_grid`) → parts on pages → cells that
a table finder might give and texts that a reader might (`token_damage`) → `SeenReport`.
Thousands come in the time that drawing and reading one page takes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from forms.form import Form
from pipeline.types import Box, Candidate, Cell, Reading, Table
from training.sheet_grid import Grid, GridCell, Wording, build_grid, cut_grid, plain_grid
from training.token_damage import Damage, Part, damage_part, junk_part, read_wrongly, tear_part
from training.token_layout import NONE, Look, mark, place_grid, print_unruled, unmark
from training.varied_forms import (
    FOREIGN_ROWS,
    FOREIGN_ROWS_HELD,
    Departures,
    vary_form,
)


@dataclass(frozen=True, slots=True)
class SeenReport:
    """The tables of one report with what each cell is.

    Attributes:
        tables: Of all pages, in reading order.
        readings: For each table its cells' readings.
        form: Id of its form, `NONE` when it is of no known one.
        fields: For each table and cell the field's id, `NONE` or `IGNORED`.
        rows: The same with the row that a value or label belongs to: "t3.granted".
        columns: The same with the column that a value or header belongs to: "t3.total".
    """

    tables: tuple[Table, ...]
    readings: tuple[tuple[Reading, ...], ...]
    form: str
    fields: tuple[tuple[str, ...], ...]
    rows: tuple[tuple[str, ...], ...]
    columns: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Recipe:
    """Which reports to make.

    Attributes:
        damage: How badly they were found and read.
        departures: How far they depart from the form.
        unknown: Share of reports of no known form.
        held: Whether wordings and layouts are those kept for measuring.
    """

    damage: Damage
    departures: Departures
    unknown: float = 0.1
    held: bool = False


def make_report(forms: Sequence[Form], recipe: Recipe, rng: np.random.Generator) -> SeenReport:
    """Make one report.

    Args:
        forms: The known forms; the older one is drawn less often.
        recipe: What kind of report.
        rng: The same generator state gives the same report.
    """
    known = rng.random() >= recipe.unknown
    if known:
        odds = np.array([1.0 if len(form.tables) == 1 else 1.7 for form in forms])
        form = forms[int(rng.choice(len(forms), p=odds / odds.sum()))]
        grids = list(_grids_of(form, recipe, rng))
        if rng.random() < _EXTRA_TABLE:
            grids.insert(int(rng.integers(len(grids) + 1)), _foreign_grid(recipe, rng))
        if rng.random() < _FALSE_TABLE:
            grids.insert(0, _false_grid(rng))
    else:
        form = None
        grids = [_foreign_grid(recipe, rng) for _ in range(int(rng.integers(1, 4)))]
    parts = [part for grid in grids for part in _cut(grid, rng)]
    if len(parts) > 2 and rng.random() < recipe.damage.lost_table:
        parts.pop(int(rng.integers(len(parts))))
    look = Look.choose(rng, held=recipe.held)
    damaged = [damage_part(place_grid(part, look, rng), recipe.damage, rng) for part in parts]
    damaged = [
        piece
        for part in damaged
        for piece in (tear_part(part, rng) if rng.random() < recipe.damage.torn else (part,))
    ]
    while rng.random() < recipe.damage.junk:
        damaged.insert(int(rng.integers(len(damaged) + 1)), junk_part(look.page[0], rng))
    return _as_seen(damaged, form.id if form else NONE, look, recipe.damage, rng)


_EXTRA_TABLE: Final = 0.15
_FALSE_TABLE: Final = 0.05
_CUT: Final = 0.4
_SPECKS: Final = 200.0
"""Where there are no rules, specks for each part against stray cells for each row."""


def _grids_of(form: Form, recipe: Recipe, rng: np.random.Generator) -> Iterator[Grid]:
    varied = vary_form(form, recipe.departures, rng, held=recipe.held)
    profile = rng.choice(("zeros", "some", "many", "blanks", "mixed"), p=(0.3, 0.3, 0.2, 0.1, 0.1))
    for table in varied.tables:
        values = {
            field.id: mark(
                f"{table.id}.{field.row}", f"{table.id}.{field.column}", field.id,
                print_value(str(profile), field.kind, rng),
            )
            for band in table.bands
            for row in band.rows
            for field in row.fields
        }  # fmt: skip
        headings = [band.heading.text for band in table.bands[1:] if band.heading]
        headless = frozenset(text for text in headings if rng.random() < 0.03)
        yield _mark_labels(build_grid(table, values, Wording(headless=headless)))


def print_value(profile: str, kind: str, rng: np.random.Generator) -> str:
    """What a value cell shows, by how the body fills in: mostly zeros, some, many, blanks."""
    if kind == "decimal" and rng.random() < 0.5:
        amount = f"{10 ** rng.uniform(-1, 7):.{rng.integers(0, 5)}f}"
        return amount + str(rng.choice(("", "", "万元", "元")))
    share = {"zeros": 0.02, "some": 0.15, "many": 0.6, "blanks": 0.15, "mixed": 0.3}[profile]
    if rng.random() >= share:
        if profile == "blanks":
            return "" if rng.random() < 0.97 else "/"
        if profile == "mixed":
            return str(
                rng.choice(("0", "", "/", "—", "-", "无"), p=(0.6, 0.2, 0.05, 0.05, 0.05, 0.05))
            )
        return "0"
    number = int(10 ** rng.uniform(0, rng.choice((1.5, 3.0, 6.0))))
    sign = str(rng.choice(("-", "+", ""))) if kind == "signed" else ""
    printed = f"{number:,}" if rng.random() < 0.1 else str(number)
    return sign + printed + (str(rng.choice(("件", "条", "个"))) if rng.random() < 0.01 else "")


def _mark_labels(grid: Grid) -> Grid:
    """Say of each label whose row it names, of each header whose column."""
    by_row: dict[int, list[tuple[GridCell, str, str]]] = {}
    for cell in grid.cells:
        if cell.role == "value":
            row, column, _, _ = unmark(cell.text)
            by_row.setdefault(cell.row, []).append((cell, row, column))

    def named(cell: GridCell) -> GridCell:
        if cell.role == "label":
            names = {row for _, row, _ in by_row.get(cell.row, ())} if cell.row_span == 1 else set()
            row = names.pop() if len(names) == 1 else NONE
            return replace(cell, text=mark(row, NONE, NONE, cell.text))
        if cell.role == "header":
            below = by_row.get(cell.row + cell.row_span, ())
            place = (cell.column, cell.column_span)
            own = [name for value, _, name in below if (value.column, value.column_span) == place]
            column = own[0] if own else NONE
            return replace(cell, text=mark(NONE, column, NONE, cell.text))
        return cell

    return replace(grid, cells=tuple(named(cell) for cell in grid.cells))


def _foreign_grid(recipe: Recipe, rng: np.random.Generator) -> Grid:
    """A table of no form: a local annex, charges for copies, a list."""
    kind = rng.random()
    if kind < 0.25:
        charges = ("信息处理费收取件数", "信息处理费收取金额（元）", "减免件数", "备注")
        columns = int(rng.integers(2, 5))
        return plain_grid(charges[:columns], [("0",) * columns])
    pool = FOREIGN_ROWS_HELD if recipe.held else FOREIGN_ROWS
    size = int(rng.integers(2, min(len(pool), 30)))
    named = [pool[i] for i in sorted(rng.choice(len(pool), size, replace=False))]
    if kind < 0.75:
        annex = ("指标名称", "计量单位", "本年度", "历年累计")
        units = rng.choice(("条", "件", "人次", "个"), len(named))
        lines = [(name, str(u), *_numbers(2, rng)) for name, u in zip(named, units, strict=True)]
        return plain_grid(annex, lines)
    width = int(rng.integers(2, 8))
    header = ("序号", "项目", "名称", "类别", "数量", "金额", "时间", "备注")[:width]
    rows = [(str(i), name, *_numbers(width - 2, rng)) for i, name in enumerate(named, 1)]
    return plain_grid(header, rows)


def _false_grid(rng: np.random.Generator) -> Grid:
    """What a table finder takes for a table: a banner, a frame with a line of text."""
    lines = (
        "首页 政务公开 政务服务 互动交流",
        "信息名称 索引号 发布机构 发布日期 主题分类",
        "政府信息公开",
    )
    texts = str(rng.choice(lines)).split()
    return plain_grid(texts, [tuple("" for _ in texts)] * int(rng.integers(1, 3)))


def _numbers(count: int, rng: np.random.Generator) -> tuple[str, ...]:
    return tuple(print_value("many", "integer", rng) for _ in range(count))


def _cut(grid: Grid, rng: np.random.Generator) -> Iterator[Grid]:
    """A table over one, two or three pages, cut anywhere."""
    first = max(grid.header_rows, 1)
    if grid.rows - first < 1 or rng.random() >= _CUT:
        yield grid
        return
    top, bottom = cut_grid(
        grid,
        int(rng.integers(first, grid.rows)),
        repeat_header=bool(rng.random() < 0.3),
        repeat_labels=bool(rng.random() < 0.4),
    )
    yield top
    yield from _cut(bottom, rng) if bottom.rows > 6 else (bottom,)


def _as_seen(
    parts: Sequence[Part], form: str, look: Look, damage: Damage, rng: np.random.Generator
) -> SeenReport:
    tables: list[Table] = []
    readings: list[tuple[Reading, ...]] = []
    names: list[list[tuple[str, str, str]]] = []
    specks = _SPECKS * damage.stray
    seen = [part if look.ruled else print_unruled(part, look, specks, rng) for part in parts]
    for part in seen:
        read = read_wrongly(part, damage, rng)
        if not look.ruled:
            # Print that is not read leaves as little trace as none.
            read = tuple(one for one in read if one.text)
        if not read:
            continue
        number = len(tables)
        cells = tuple(
            Cell(one.row, one.column, one.row_span, one.column_span, one.box, (), touched=False)
            for one in read
        )
        around = Box(
            min(cell.box.left for cell in cells), min(cell.box.top for cell in cells),
            max(cell.box.right for cell in cells), max(cell.box.bottom for cell in cells),
        )  # fmt: skip
        tables.append(Table(number + 1, around, look.ruled, part.rows, part.columns, cells))
        readings.append(
            tuple(
                Reading(cell, number + 1, one.text, (Candidate(one.text, 0.9),), "read")
                for cell, one in zip(cells, read, strict=True)
            )
        )
        names.append([(one.field_name, one.row_name, one.column_name) for one in read])
    fields, rows, columns = (
        tuple(tuple(one[kind] for one in cells) for cells in names) for kind in range(3)
    )
    return SeenReport(tuple(tables), tuple(readings), form, fields, rows, columns)
