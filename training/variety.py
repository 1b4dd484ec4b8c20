"""Whole random reports, as different from one another as real ones are.

form, seed, split → `Sheet`. What measuring uses (fonts, looks, wordings, seeds) never
occurs in training.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from numpy.random import Generator

from forms.form import Form
from training.figures import draw_figures
from training.sheet_grid import NO_NUMBER, Wording, build_grid
from training.sheet_markup import Part, Ruling, SheetStyle
from training.sheet_widths import vary_widths
from training.sheets import SheetVariant, compose_parts, draw_parts
from training.varied_forms import Departures, vary_form

Split = Literal["train", "measure"]

# Debian's fonts-noto-cjk, -arphic-*, -wqy-*, -lxgw-wenkai, -liberation, -dejavu-core,
# -freefont-ttf, -crosextra-*, -texgyre, -roboto, -open-sans and -noto-core.
_CHINESE: Final[dict[Split, tuple[str, ...]]] = {
    "train": (
        *("Noto Serif CJK SC", "Noto Serif CJK SC", "Noto Sans CJK SC", "AR PL UMing CN"),
        *("AR PL KaitiM GB", "WenQuanYi Zen Hei", "LXGW WenKai"),
    ),
    "measure": ("AR PL SungtiL GB", "AR PL UKai CN", "WenQuanYi Micro Hei"),
}
_LATIN: Final[dict[Split, tuple[str, ...]]] = {
    "train": (
        *("", "", "Liberation Serif", "Liberation Serif", "Liberation Sans", "DejaVu Sans"),
        *("FreeSerif", "FreeSans", "Caladea", "Open Sans", "Noto Sans", "TeX Gyre Schola"),
        *("Liberation Sans Narrow", "Liberation Mono", "TeX Gyre Termes"),
    ),
    "measure": ("", "Carlito", "TeX Gyre Pagella", "Roboto", "TeX Gyre Heros", "Noto Serif"),
}
# Every glyph that the families above lack.
_LAST_RESORT: Final = ("Noto Serif CJK SC",)
_RULINGS: Final[dict[Split, tuple[Ruling, ...]]] = {
    "train": (*("full",) * 9, "thick", "open_sides", "double", "three_line", "none"),
    "measure": (*("full",) * 6, "thick", "open_sides", "three_line", "none"),
}
_FILLS: Final[dict[Split, tuple[str, ...]]] = {
    "train": ("#dce6f1", "#e7e6e6", "#fde9d9", "#d9d9d9"),
    "measure": ("#e2efda", "#cfe2f3", "#efefef"),
}
_PLACES: Final = (
    *("青山", "云溪", "河湾", "松岭", "白鹭", "临江", "南浦"),
    *("平湖", "三江", "石桥", "金城", "东林", "北川", "长宁"),
)
_ENDS: Final = (
    *("区人民政府", "县教育局", "市水利局", "镇人民政府"),
    *("县财政局", "区卫生健康局", "街道办事处"),
)
# Share of reports that explain some of their figures in the cells themselves, and how many
# figures at most; in training more than in life, as nets learn nothing from a few.
_NOTED: Final[dict[Split, float]] = {"train": 0.4, "measure": 0.12}
_MOST_NOTED: Final[dict[Split, int]] = {"train": 8, "measure": 3}
NOTES: Final[dict[Split, tuple[str, ...]]] = {
    "train": (
        *("（含上年结转1件）", "（其中网上申请2件）", "（详见附件）", "（见备注）", "（转办3件）"),
        *("（信函）", "(较上年减少)", "（含依职权）", "（注1）", "(注)", "①", "③", "④", "⑤", "*"),
    ),
    "measure": ("（含撤回1件）", "（均已办结）", "②", "（见说明）"),
}
"""What stands behind a figure to explain it."""
_CUT: Final = 0.2
"""Chance that a table goes on on the next page before its page is full."""
_TABLE_SIZES: Final = (5.7, 7.0, 8.0, 9.0, 9.0, 10.0, 10.5, 12.0)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A random report.

    Attributes:
        pdf: With a text layer.
        parts: What it was drawn from.
        style: How it looks.
        form: Id of its form.
        values: Printed text by field id, of the fields that are printed at all.
    """

    pdf: bytes
    parts: tuple[Part, ...]
    style: SheetStyle
    form: str
    values: dict[str, str]


def draw_sheet(form: Form, seed: int, split: Split, zeros: float | None = None) -> Sheet:
    """Draw the report of this number.

    Args:
        form: As prescribed; rows may be left out, labels reworded.
        seed: The same number gives the same report, as long as the fonts are the same.
        split: What it is for.
        zeros: As in `draw_figures`.

    Raises:
        typst.TypstError: The markup does not compile (a fault of the drawing).
    """
    rng = generator(split, seed)
    values = draw_figures(form, rng, zeros)
    printed = vary_form(form, Departures(), rng, held=split == "measure")
    style = _draw_style(rng, split)
    year = int(rng.integers(form.first_year, (form.last_year or form.first_year + 5) + 1))
    style = replace(style, cuts=_draw_cuts(printed, rng))
    if rng.random() < _NOTED[split]:
        values |= _draw_notes(values, printed, rng, split)
    body = f"{rng.choice(_PLACES)}{rng.choice(_ENDS)}"
    variant = SheetVariant(
        wording=Wording(), leading_sections=("概述",) if rng.random() < 0.1 else ()
    )
    composed = compose_parts(printed, body, year, values, style, variant)
    parts = tuple(vary_widths(composed, style, rng))
    shown = {field.id: values[field.id] for field in printed.fields if field.id in values}
    shown |= dict.fromkeys(_find_headings(form, shown), NO_NUMBER)
    return Sheet(draw_parts(parts, style), parts, style, form.id, shown)


def _find_headings(form: Form, shown: Mapping[str, str]) -> Iterator[str]:
    """Fields of rows that were left out and still head their parts, without a number."""
    for band in (band for table in form.tables for band in table.bands):
        for row in band.rows:
            path = (*row.under, row.label)
            parts = [other.fields for other in band.rows if other.under[: len(path)] == path]
            if any(field.id in shown for fields in parts for field in fields):
                yield from (field.id for field in row.fields if field.id not in shown)


def generator(split: Split, seed: int) -> Generator:
    """Random numbers that no other split and no other number has."""
    digest = hashlib.sha256(f"{split}/{seed}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))


def _draw_cuts(form: Form, rng: Generator) -> dict[str, int]:
    """Rows kept before a page break, by table: any number that leaves a row on both pages."""
    cuts = {}
    for table in form.tables:
        grid = build_grid(table, {}, Wording())
        first = max(grid.header_rows, 1)
        if first < grid.rows and rng.random() < _CUT:
            cuts[table.id] = int(rng.integers(first, grid.rows))
    return cuts


def _draw_notes(
    values: Mapping[str, str], form: Form, rng: Generator, split: Split
) -> dict[str, str]:
    """Some figures with a note behind them, by field id."""
    counted = [field.id for field in form.fields if values.get(field.id, "").isdigit()]
    chosen = rng.permutation(len(counted))[: int(rng.integers(1, _MOST_NOTED[split] + 1))]
    noted = [counted[index] for index in chosen.tolist()]
    return {name: f"{values[name]}{rng.choice(NOTES[split])}" for name in noted}


def _draw_style(rng: Generator, split: Split) -> SheetStyle:
    latin = str(rng.choice(_LATIN[split]))
    chinese = str(rng.choice(_CHINESE[split]))
    fonts = tuple(font for font in (latin, chinese) if font) + _LAST_RESORT
    heads = (str(rng.choice(_CHINESE[split])), *_LAST_RESORT)
    web = rng.random() < 0.2
    return SheetStyle(
        prose_font=fonts,
        heading_font=heads,
        table_font=fonts,
        prose_size=float(rng.uniform(10.5, 16)),
        table_size=float(rng.choice(_TABLE_SIZES)),
        landscape=bool(rng.random() < 0.1),
        ruling=_RULINGS[split][int(rng.integers(len(_RULINGS[split])))],
        fill=str(rng.choice(_FILLS[split])) if rng.random() < 0.2 else None,
        align="center" if rng.random() < 0.8 else ("left" if rng.random() < 0.4 else "right"),
        cell_padding=float(rng.uniform(1.0, 6.0)),
        repeat_header=bool(rng.random() < 0.3),
        repeat_labels=bool(rng.random() < 0.3),
        vertical_labels=bool(rng.random() < 0.7),
        seal=("none", "date", "table")[int(rng.choice(3, p=(0.5, 0.25, 0.25)))],
        web_title="政务公开" if web else None,
    )
