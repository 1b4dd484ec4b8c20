"""Forms as bodies really print them: rows and columns left out, swapped, added; reworded.

Form → Form with other tables and labels. Field ids stay; what is added has ids that
begin with `ADDED`, which no form uses.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from forms.form import Band, Column, Field, Form, Label, Row, TableForm

ADDED: Final = "+"
"""First character of the field ids of rows and columns that no form has."""

FOREIGN_ROWS: Final = (
    "主动公开文件数", "全文电子化的主动公开文件数", "依申请公开受理数", "同意公开数",
    "不予公开数", "接待来访人次", "咨询电话接听数", "网上咨询数", "信访接待人次",
    "政府网站访问量", "政务新媒体数量", "公开目录条数", "培训班次", "行政复议数", "行政诉讼数",
    "被申诉数", "收费总额", "公开栏更新次数", "新闻发布次数", "发布信息总数", "政策文件解读数",
    "领导信箱来信数", "建议提案办理数", "重点领域信息公开数", "财政预决算公开数",
    "公共资源配置信息数", "社会救助信息数", "环境保护信息数", "食品药品安全信息数",
    "安全生产信息数", "机构职能类信息数", "政策法规类信息数", "规划计划类信息数", "业务类信息数",
    "其他信息数", "人事任免信息数", "财政资金信息数", "应急管理信息数", "办公经费",
    "专职工作人员数", "兼职工作人员数", "场所数量", "设备数量", "投诉受理数",
)  # fmt: skip
"""Indicators of local annexes and extra tables, seen in older reports."""

FOREIGN_ROWS_HELD: Final = (
    "当面咨询人次", "制发公文总量", "公文类信息数", "督查通报数", "便民服务信息数", "电话咨询数",
    "政府公报发行份数", "社会保障信息数", "征地拆迁信息数", "价格收费信息数", "教育信息数",
    "就业信息数", "网站栏目数", "年度投入经费",
)  # fmt: skip
"""Those that only measuring uses."""

_ADDED_ROWS: Final = ("其他行政权力", "备注", "小计", "行政检查", "行政征收", "公共服务事项")
_ADDED_COLUMNS: Final = ("备注", "序号", "上年数", "说明", "同比")


@dataclass(frozen=True, slots=True)
class Departures:
    """Chances of what a body prints otherwise; each for one table, band or label.

    Attributes:
        reword: That a label is worded otherwise.
        drop_rows: That a table lacks rows.
        swap_rows: That two rows of a table changed places.
        add_row: That a table has a row that the form does not know.
        drop_column: That a band lacks a column.
        swap_columns: That two columns of a band changed places.
        add_column: That a band has a column that the form does not know.
        drop_table: That a table is not there.
    """

    reword: float = 0.25
    drop_rows: float = 0.12
    swap_rows: float = 0.04
    add_row: float = 0.05
    drop_column: float = 0.02
    swap_columns: float = 0.02
    add_column: float = 0.02
    drop_table: float = 0.03


def vary_form(form: Form, departures: Departures, rng: np.random.Generator, *, held: bool) -> Form:
    """A form as one body might print it.

    Args:
        form: As prescribed.
        departures: How often it prints otherwise.
        rng: All choices come from it.
        held: Whether labels are reworded in the ways kept for measuring.
    """
    reworded = _Rewording(float(rng.choice((0.0, 1.0, 2.0))) * departures.reword, held=held)
    tables = [
        _vary_table(table, departures, rng)
        for table in form.tables
        if len(form.tables) == 1 or rng.random() >= departures.drop_table
    ]
    kept = tuple(tables) or form.tables
    return replace(form, tables=tuple(reworded.of_table(table, rng) for table in kept))


def _vary_table(table: TableForm, chance: Departures, rng: np.random.Generator) -> TableForm:
    bands = table.bands
    if rng.random() < chance.drop_rows:
        bands = _drop_rows(bands, rng)
    if rng.random() < chance.swap_rows:
        bands = _at_one(bands, _swap_rows, rng)
    if rng.random() < chance.add_row:
        bands = _at_one(bands, _add_row, rng)
    for odds, change in (
        (chance.drop_column, _drop_column),
        (chance.swap_columns, _swap_columns),
        (chance.add_column, _add_column),
    ):
        if rng.random() < odds:
            bands = _at_one(bands, change, rng)
    return replace(table, bands=bands)


def _at_one(
    bands: Sequence[Band],
    change: Callable[[Band, np.random.Generator], Band],
    rng: np.random.Generator,
) -> tuple[Band, ...]:
    chosen = int(rng.integers(len(bands)))
    return tuple(change(band, rng) if i == chosen else band for i, band in enumerate(bands))


def _drop_rows(bands: Sequence[Band], rng: np.random.Generator) -> tuple[Band, ...]:
    """One to three rows, or now and then a third of them; a band may go with its rows."""
    total = sum(len(band.rows) for band in bands)
    share = 0.35 if rng.random() < 0.1 else float(rng.integers(1, 4)) / total
    thinned = [
        replace(band, rows=tuple(row for row in band.rows if rng.random() >= share))
        for band in bands
    ]
    return tuple(band for band in thinned if band.rows) or tuple(bands)


def _swap_rows(band: Band, rng: np.random.Generator) -> Band:
    """Two neighbours below the same heading."""
    pairs = [i for i in range(len(band.rows) - 1) if band.rows[i].under == band.rows[i + 1].under]
    if not pairs:
        return band
    at = pairs[int(rng.integers(len(pairs)))]
    rows = list(band.rows)
    rows[at], rows[at + 1] = rows[at + 1], rows[at]
    return replace(band, rows=tuple(rows))


def _add_row(band: Band, rng: np.random.Generator) -> Band:
    at = int(rng.integers(len(band.rows)))
    beside = band.rows[at]
    if not beside.label.text:
        return band
    name = str(rng.choice(_ADDED_ROWS))
    fields = tuple(replace(field, id=f"{ADDED}{field.id}", row=ADDED) for field in beside.fields)
    row = Row(ADDED, Label(name), beside.under, fields)
    return replace(band, rows=(*band.rows[: at + 1], row, *band.rows[at + 1 :]))


def _drop_column(band: Band, rng: np.random.Generator) -> Band:
    if len(band.columns) < 2:
        return band
    gone = int(rng.integers(len(band.columns)))
    return _with_columns(band, [i for i in range(len(band.columns)) if i != gone])


def _swap_columns(band: Band, rng: np.random.Generator) -> Band:
    """Two neighbours below the same header."""
    columns = band.columns
    pairs = [i for i in range(len(columns) - 1) if columns[i].under == columns[i + 1].under]
    if not pairs:
        return band
    at = pairs[int(rng.integers(len(pairs)))]
    order = list(range(len(columns)))
    order[at], order[at + 1] = at + 1, at
    return _with_columns(band, order)


def _with_columns(band: Band, order: Sequence[int]) -> Band:
    return replace(
        band,
        columns=tuple(band.columns[i] for i in order),
        rows=tuple(replace(row, fields=tuple(row.fields[i] for i in order)) for row in band.rows),
    )


def _add_column(band: Band, rng: np.random.Generator) -> Band:
    if len(band.columns) < 2:
        return band
    at = int(rng.choice((0, len(band.columns))))
    column = Column(ADDED, Label(str(rng.choice(_ADDED_COLUMNS))), ())

    def widen(row: Row) -> Row:
        extra = Field(f"{ADDED}{row.id}", row.id, ADDED, "integer", None)
        return replace(row, fields=(*row.fields[:at], extra, *row.fields[at:]))

    columns = (*band.columns[:at], column, *band.columns[at:])
    return replace(band, columns=columns, rows=tuple(widen(row) for row in band.rows))


@dataclass(frozen=True, slots=True)
class _Rewording:
    """Rewords labels; what measuring may use and what training may is told by `held`."""

    chance: float
    held: bool

    def of_table(self, table: TableForm, rng: np.random.Generator) -> TableForm:
        """The table with other labels; equal labels stay equal."""
        known: dict[str, Label] = {}

        def word(label: Label) -> Label:
            if label.text not in known:
                known[label.text] = Label(self._word(label, rng))
            return known[label.text]

        def band_of(band: Band) -> Band:
            columns = tuple(
                replace(one, label=word(one.label), under=tuple(map(word, one.under)))
                for one in band.columns
            )
            rows = tuple(
                replace(one, label=word(one.label), under=tuple(map(word, one.under)))
                for one in band.rows
            )
            heading = None if band.heading is None else word(band.heading)
            corner = None if band.corner is None else word(band.corner)
            return replace(band, heading=heading, corner=corner, columns=columns, rows=rows)

        return replace(table, bands=tuple(band_of(band) for band in table.bands))

    def _word(self, label: Label, rng: np.random.Generator) -> str:
        if not label.text or rng.random() >= self.chance:
            return label.text
        variants = list(self._variants(label))
        text = str(rng.choice(variants)) if variants and rng.random() < 0.6 else label.text
        if rng.random() < 0.6:
            edits = list(_edits(text, held=self.held))
            if edits:
                text = edits[int(rng.integers(len(edits)))]
        return text or label.text

    def _variants(self, label: Label) -> Iterator[str]:
        """Every fourth variant, from the third on, is kept for measuring."""
        for index, text in enumerate(label.variants):
            if (index % 4 == 2) == self.held:
                yield text


_EDITS: Final = (
    (r"数量$", "数"), (r"数$", "数量"), (r"本年", "本年度"), (r"其他", "其它"), (r"其它", "其他"),
    (r"^(\d)[.、]", r"\1）"), (r"^(\d)[.、]", r"（\1）"), (r"^(\d)[.、]", r"\1"), (r"^\d[.、]", ""),
    (r"^（(.)）", r"\1、"), (r"^（.）", ""), (r"^[一二三四五六七八九]、", ""), (r"（[^）]*）$", ""),
    (r"行政机关", "机关"), (r"政府信息公开", "信息公开"), (r"[“”\"]", ""), (r"[、，]", ""),
    (r"项目数量", "项目数"), (r"件数$", "数量"), (r"规范性文件", "行政规范性文件"),
    (r"情况$", ""), (r"^(.{6,})$", r"\1数"), (r"^其中[：:]", ""),
    (r"(数|量|额)$", r"\1（件）"), (r"(数|量|额)$", r"\1（单位：件）"), (r"现行", "先行"),
    (r"申请", "申清"), (r"复议", "复仪"), (r"不予", "不于"),
)  # fmt: skip
_EDITS_HELD: Final = (
    (r"^(\d)[.、]", r"\1."), (r"^(\d)[.、]", r"\1 "), (r"本年度?", "今年"), (r"数量?$", "件数"),
    (r"其他", "其余"), (r"的", ""), (r"总计", "合计数"), (r"^(.{8,})..$", r"\1"), (r"机构", "组织"),
    (r"信息", "政府信息"), (r"申请", "申请件"), (r"^（(.)）", r"(\1)"), (r"项", "款"),
    (r"(数|量|额)$", r"\1（单位：个）"), (r"(数|量|额)$", r"\1/件"), (r"部分", "部份"),
    (r"处理", "处埋"), (r"结果", "结裹"),
)  # fmt: skip


def _edits(text: str, *, held: bool) -> Iterator[str]:
    """Systematic rewordings of a label, units and misspellings among them, and misprints."""
    for pattern, other in _EDITS_HELD if held else _EDITS:
        edited = re.sub(pattern, other, text, count=1)
        if edited not in ("", text):
            yield edited
    if len(text) > 4:
        middle = len(text) // 2
        yield text[:middle] + text[middle + 1 :]
        yield text[: middle - 1] + text[middle] + text[middle - 1] + text[middle + 1 :]
