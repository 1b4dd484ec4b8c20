"""Parts of a report → Typst markup.

A report is a sequence of parts: `Title`, `Heading`, `Paragraph`, `Table`, `Signature`,
`PageBreak`. Everything that changes the look is in `SheetStyle`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from training.sheet_grid import Grid, GridCell

Ruling = Literal["full", "three_line", "none", "open_sides", "thick", "double"]
Alignment = Literal["center", "left", "right"]
SealPlace = Literal["none", "date", "table"]


@dataclass(frozen=True, slots=True)
class SheetStyle:
    """How a report looks; lengths in points.

    Attributes:
        prose_font: Families for running text, first one that has the character wins.
        heading_font: Families for titles and section headings.
        table_font: Families inside tables.
        prose_size: Of running text.
        table_size: Of text in tables.
        landscape: Whether the pages lie on their long side.
        ruling: Which lines a table has.
        fill: Colour of heading and header rows, None for white.
        align: Where numbers stand in their cells.
        cell_padding: Above and below the text of a cell.
        cuts: Page breaks inside tables: table id → grid rows kept before the break.
        repeat_header: Whether the header stands again after a break.
        repeat_labels: Whether a row label cut by a break stands again after it.
        vertical_labels: Whether the tall row label is set one character a line.
        seal: Where the red seal lies.
        web_title: Title of the web page it was printed from, None for a plain document.
    """

    prose_font: tuple[str, ...] = ("Liberation Serif", "Noto Serif CJK SC")
    heading_font: tuple[str, ...] = ("Liberation Sans", "Noto Sans CJK SC")
    table_font: tuple[str, ...] = ("Liberation Serif", "Noto Serif CJK SC")
    prose_size: float = 14.0
    table_size: float = 9.0
    landscape: bool = False
    ruling: Ruling = "full"
    fill: str | None = None
    align: Alignment = "center"
    cell_padding: float = 1.5
    cuts: Mapping[str, int] = field(default_factory=dict)
    repeat_header: bool = False
    repeat_labels: bool = False
    vertical_labels: bool = True
    seal: SealPlace = "none"
    web_title: str | None = None


@dataclass(frozen=True, slots=True)
class Title:
    """The document's title, centred."""

    text: str


@dataclass(frozen=True, slots=True)
class Heading:
    """A section heading."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table, or the part of it on one page; `sealed` puts the seal over it."""

    grid: Grid
    sealed: str | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    """Body and date at the end; `sealed` is the seal's inscription."""

    body: str
    date: str
    sealed: str | None = None


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows begins on a new page."""


Part: TypeAlias = Title | Heading | Paragraph | Table | Signature | PageBreak

_SEAL: Final = """
#let ink = rgb(214, 32, 38, 190)
#let star = polygon(fill: ink, ..range(10).map(i => {
  let r = if calc.even(i) { 15pt } else { 5.8pt }
  (15pt + r * calc.sin(i * 36deg), 15pt - r * calc.cos(i * 36deg))
}))
#let seal(words) = box(width: 110pt, height: 110pt, {
  place(center + horizon, circle(radius: 53pt, stroke: 2.4pt + ink))
  place(center + horizon, star)
  let letters = words.clusters()
  let step = calc.min(30deg, 270deg / letters.len())
  for (i, letter) in letters.enumerate() {
    let turn = (i - (letters.len() - 1) / 2) * step
    place(center + horizon, dx: 41pt * calc.sin(turn), dy: -41pt * calc.cos(turn),
      rotate(turn, text(fill: ink, size: 13pt, weight: "bold", letter)))
  }
})
"""


def write_markup(parts: Sequence[Part], style: SheetStyle, *, marked: bool = False) -> str:
    """A whole document as Typst markup, the same for the same arguments.

    Args:
        parts: In reading order.
        style: How it looks.
        marked: Fill each table cell with the colour whose number, from 1 on, is its place
            among all cells of the parts. A fill moves nothing, so that a marked twin says
            where the cells of a document are.
    """
    blocks = [_preamble(style)]
    first = 1
    for part in parts:
        blocks.append(_write_part(part, style, first if marked else None))
        first += len(part.grid.cells) if isinstance(part, Table) else 0
    return "\n".join(blocks)


def quoted(text: str) -> str:
    """A Typst string literal; a line break in the text stays one."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _preamble(style: SheetStyle) -> str:
    width, height = ("297mm", "210mm") if style.landscape else ("210mm", "297mm")
    header, footer = "none", 'context align(center, text(9pt, counter(page).display("- 1 -")))'
    if style.web_title is not None:
        banner = f"{style.web_title}_政务公开_门户网站"
        header = f"text(7.5pt, {quoted(banner)})"
        footer = 'text(7.5pt, "https://www.example.gov.cn/zwgk/ndbg/index.html")'
    return f"""#set document(date: none)
#set page(width: {width}, height: {height}, margin: (x: 22mm, y: 21mm),
  header: {header}, footer: {footer})
#set text(lang: "zh", region: "cn", size: {style.prose_size}pt, font: {_fonts(style.prose_font)})
#set par(first-line-indent: (amount: 2em, all: true), leading: 0.75em, spacing: 0.75em)
#show table: set text(size: {style.table_size}pt, font: {_fonts(style.table_font)},
  top-edge: "ascender", bottom-edge: "descender", cjk-latin-spacing: none)
#show table: set par(first-line-indent: 0pt, leading: 0.1em, justify: false)
{_SEAL}"""


def _fonts(families: Sequence[str]) -> str:
    return "(" + ", ".join(map(quoted, families)) + ",)"


def _write_part(part: Part, style: SheetStyle, first_mark: int | None) -> str:
    heads = _fonts(style.heading_font)
    match part:
        case Title(text):
            size = style.prose_size * 1.45
            return (
                f"#align(center, block(above: 1em, below: 1.6em, text({size}pt, font: {heads}, "
                f'weight: "bold", {quoted(text)})))'
            )
        case Heading(text):
            content = f"h(2em) + text(font: {heads}, {quoted(text)})"
            return f"#block(above: 1em, below: 0.8em, sticky: true, {content})"
        case Paragraph(text):
            return f"#par({quoted(text)})"
        case Table(grid, sealed):
            seal = _place_seal(sealed, "center", "-130pt") if sealed else ""
            return _write_grid(grid, style, first_mark) + seal
        case Signature(body, date, sealed):
            seal = _place_seal(sealed, "right", "-75pt") if sealed else ""
            lines = " + linebreak() + ".join((quoted(body), quoted(date)))
            return f"#align(right, block(above: 3em, inset: (right: 2em), {lines}))" + seal
        case PageBreak():
            return "#pagebreak(weak: true)"


def _place_seal(words: str, side: str, lift: str) -> str:
    return f"\n#place({side}, dx: -20pt, dy: {lift}, seal({quoted(words)}))"


def _write_grid(grid: Grid, style: SheetStyle, first_mark: int | None) -> str:
    columns = ", ".join(f"{width:.3f}fr" for width in grid.widths)
    gutter = "gutter: 1.6pt, " if style.ruling == "double" else ""
    lines = [
        f"#block(breakable: true, above: 0.9em, below: 0.9em, table(columns: ({columns},), {gutter}"
    ]
    lines.append(f"inset: (x: 2.5pt, y: {style.cell_padding}pt), stroke: none,")
    header: list[str] = []
    body: list[str] = []
    for index, cell in enumerate(grid.cells):
        fill = _fill(cell, grid, style) if first_mark is None else f"#{first_mark + index:06x}"
        in_header = cell.row < grid.header_rows
        (header if in_header else body).append(_write_cell(cell, grid, style, fill))
    if header:
        repeat = "true" if style.repeat_header else "false"
        lines += [f"table.header(repeat: {repeat},", *header, "),"]
    return "\n".join((*lines, *body, "))"))


def _fill(cell: GridCell, grid: Grid, style: SheetStyle) -> str | None:
    in_band = cell.role == "heading" or cell.row < grid.header_rows
    return style.fill if in_band else None


def _write_cell(cell: GridCell, grid: Grid, style: SheetStyle, fill: str | None) -> str:
    align = "center" if cell.role in ("heading", "header") else "left"
    if cell.role == "value":
        align = style.align
    text = cell.text
    if style.vertical_labels and cell.role == "label" and cell.column == 0 and cell.row_span > 1:
        text, align = "\n".join(text), "center"
    content = quoted(text)
    if cell.indent:
        content = f"h({cell.indent}em) + {content}"
    filled = f"fill: rgb({quoted(fill)}), " if fill is not None else ""
    return (
        f"table.cell(x: {cell.column}, y: {cell.row}, colspan: {cell.column_span}, "
        f"rowspan: {cell.row_span}, align: {align} + horizon, {filled}"
        f"stroke: {_stroke(cell, grid, style.ruling)}, {content}),"
    )


def _stroke(cell: GridCell, grid: Grid, ruling: Ruling) -> str:
    """The four sides of a cell; a side that two cells share is said by both."""
    first, last = cell.column == 0, cell.column + cell.column_span == len(grid.widths)
    top, bottom = cell.row == 0, cell.row + cell.row_span == grid.rows
    match ruling:
        case "none":
            return "none"
        case "full" | "double":
            return "0.5pt"
        case "open_sides":
            left, right = ("none" if first else "0.5pt"), ("none" if last else "0.5pt")
            return f"(left: {left}, right: {right}, top: 0.5pt, bottom: 0.5pt)"
        case "thick":
            sides = zip(("left", "right", "top", "bottom"), (first, last, top, bottom), strict=True)
            return "(" + ", ".join(f"{side}: {2 if edge else 0.6}pt" for side, edge in sides) + ")"
        case "three_line":
            under = "1.2pt" if bottom else "0.5pt"
            ends_header = cell.role == "header" and (
                cell.row + cell.row_span == grid.header_rows or not grid.header_rows
            )
            over = "1.2pt" if top else "none"
            below = under if bottom or ends_header else "none"
            return f"(top: {over}, bottom: {below})"
