"""Draw a report: a form, figures and a look → PDF with exact truth.

form, values → grids (`sheet_grid`) → parts → markup (`sheet_markup`) → PDF. The same
arguments give the same bytes as long as the installed fonts are the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import typst

from forms.form import Form, TableForm
from training.sheet_grid import Grid, Wording, build_grid, cut_grid
from training.sheet_markup import (
    Heading,
    PageBreak,
    Paragraph,
    Part,
    SheetStyle,
    Signature,
    Table,
    Title,
    write_markup,
)
from training.sheet_prose import write_opening, write_overview, write_problems, write_remainder

__all__ = ["DrawnReport", "ExtraTable", "SheetStyle", "SheetVariant", "draw_parts", "draw_report"]

NUMERALS: Final = "一二三四五六七八九十"
"""Section numbers; no report has more than ten sections."""

# U+2F00 is ⼀ and so on: what browsers write into a text layer for these characters.
_KANGXI: Final = str.maketrans(
    dict(zip("一二人入八大工文方日行食", "⼀⼆⼈⼊⼋⼤⼯⽂⽅⽇⾏⾷", strict=True))
)


@dataclass(frozen=True, slots=True)
class ExtraTable:
    """A section with a table that the form does not know, printed after its own tables."""

    title: str
    grid: Grid


@dataclass(frozen=True, slots=True)
class SheetVariant:
    """What is printed otherwise than the form prescribes.

    Attributes:
        wording: Other labels, rows left out, headings left out.
        leading_sections: Titles of sections that come before 总体情况 and shift all
            section numbers.
        extra_tables: Sections with tables of no form, after the form's own.
        title: Of the document; None for body, year and 政府信息公开工作年度报告.
        kangxi: Whether the text layer has Kangxi radicals where a browser puts them.
    """

    wording: Wording = field(default_factory=Wording)
    leading_sections: tuple[str, ...] = ()
    extra_tables: tuple[ExtraTable, ...] = ()
    title: str | None = None
    kangxi: bool = False


@dataclass(frozen=True, slots=True)
class DrawnReport:
    """A drawn document and what is printed in it.

    Attributes:
        pdf: With a text layer.
        body: As in the title.
        fiscal_year: That it reports on.
        form: Id of its form.
        values: Printed text by field id, "" for an empty cell; rows that were left out
            are not in it.
    """

    pdf: bytes
    body: str
    fiscal_year: int
    form: str
    values: Mapping[str, str]


def draw_report(
    form: Form,
    body: str,
    year: int,
    values: Mapping[str, str],
    style: SheetStyle,
    variant: SheetVariant,
) -> DrawnReport:
    """Draw a whole report.

    Args:
        form: Its tables are drawn in order.
        body: As it stands in the title.
        year: The fiscal year.
        values: Printed text by field id; fields left out are printed as empty cells.
        style: How it looks.
        variant: What it prints otherwise than prescribed.

    Raises:
        ValueError: A value's id is no field of the form.
        typst.TypstError: The markup does not compile (a fault of the drawing).
    """
    unknown = set(values) - {asked.id for asked in form.fields}
    if unknown:
        raise ValueError(f"form {form.id} has no fields {sorted(unknown)}")
    parts = compose_parts(form, body, year, values, style, variant)
    dropped = variant.wording.dropped_rows
    printed = {
        asked.id: values.get(asked.id, "")
        for asked in form.fields
        if _row_name(asked.id, asked.row) not in dropped
    }
    markup = write_markup(parts, style)
    if variant.kangxi:
        markup = "\n".join(_with_radicals(line) for line in markup.split("\n"))
    return DrawnReport(compile_markup(markup), body, year, form.id, printed)


def draw_parts(parts: Sequence[Part], style: SheetStyle) -> bytes:
    """Draw a document that is no report of a form."""
    return compile_markup(write_markup(parts, style))


def compile_markup(markup: str) -> bytes:
    """Typst markup → PDF with a text layer.

    Raises:
        typst.TypstError: The markup does not compile.
    """
    pdf = typst.compile(markup.encode(), font_paths=_fonts(), format="pdf", pdf_tags=False)
    if not isinstance(pdf, bytes):
        raise TypeError(f"typst gave {type(pdf).__name__} for a PDF")
    return pdf


@cache
def _fonts() -> typst.Fonts:
    """The installed fonts: looking for them takes ten times as long as most documents."""
    return typst.Fonts()


def _with_radicals(line: str) -> str:
    """Only text becomes radicals: font names in the preamble have none of these characters."""
    return line.translate(_KANGXI)


def _row_name(field_id: str, row: str) -> str:
    return f"{field_id.split('.')[0]}.{row}"


def compose_parts(
    form: Form,
    body: str,
    year: int,
    values: Mapping[str, str],
    style: SheetStyle,
    variant: SheetVariant,
) -> list[Part]:
    title = variant.title or f"{body}{year}年政府信息公开工作年度报告"
    seal = body if style.seal != "none" else None
    signature = Signature(body, f"{year + 1}年1月20日", seal if style.seal == "date" else None)
    over_table = seal if style.seal == "table" else None
    overview = [Paragraph(text) for text in write_overview(form, year, values)]
    sections: list[tuple[str, list[Part]]] = [
        (name, [Paragraph(write_opening(body, year))]) for name in variant.leading_sections
    ]
    sections.append(("总体情况", list(overview)))
    appended: list[Part] = []
    for table in form.tables:
        grid = build_grid(table, values, variant.wording)
        drawn = _break_table(table, grid, style, over_table)
        if table.title.text[:1] in NUMERALS:
            sections.append((table.title.text.partition("、")[2], drawn))
        else:
            appended += [PageBreak(), Title(table.title.text), *drawn]
    sections += [(extra.title, [Table(extra.grid)]) for extra in variant.extra_tables]
    sections.append(("存在的主要问题及改进情况", [Paragraph(text) for text in write_problems()]))
    sections.append(("其他需要报告的事项", [Paragraph(text) for text in write_remainder()]))
    parts: list[Part] = [Title(title)]
    if not variant.leading_sections:
        parts.append(Paragraph(write_opening(body, year)))
    for number, (name, inside) in zip(NUMERALS, sections, strict=False):
        parts += [Heading(f"{number}、{name}"), *inside]
    return [*parts, signature, *appended]


def _break_table(table: TableForm, grid: Grid, style: SheetStyle, seal: str | None) -> list[Part]:
    # The seal lies over the table of applications: it is the one full of numbers.
    over = seal if table.id in ("t3", "s") else None
    after = style.cuts.get(table.id)
    if after is None:
        return [Table(grid, over)]
    top, bottom = cut_grid(
        grid, after, repeat_header=style.repeat_header, repeat_labels=style.repeat_labels
    )
    return [Table(top), PageBreak(), Table(bottom, over)]
