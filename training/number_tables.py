"""Tables crowded with what number cells may hold, for the net that reads number cells.

A report has few signs, decimals and long numbers, and takes as long to scan as a page
full of them.
"""

from collections.abc import Sequence
from typing import Final

from numpy.random import Generator

from models.digits import ALPHABET
from training.sheet_grid import Grid, GridCell, Role
from training.sheet_markup import SheetStyle, Table

_TABLES: Final = 2
_SEALED: Final = 0.3
_SEAL: Final = "青山区人民政府"
# An A4 page without its margins, points.
_UPRIGHT_WIDTH, _LYING_WIDTH = 470.0, 717.0
# A digit is half as wide as its font is high; a little more for wide fonts.
_DIGIT_WIDTH: Final = 0.62

# Shares of what a cell holds.
_KINDS: Final[dict[str, float]] = {
    "blank": 0.10,
    "label": 0.11,
    "zero": 0.06,
    "integer": 0.37,
    "sign": 0.13,
    "signed": 0.05,
    "grouped": 0.05,
    "decimal": 0.06,
    "unit": 0.04,
    "wide": 0.03,
}
_SIGNS: Final = (
    *("/", "/", "—", "——", "-", "-", "--", "无", "／", "－", "0%"),
    # In some fonts two dashes do not touch.
    *("—\u2009—", "—\u200a—"),
)
_UNITS: Final = ("元", "万元", "%", "个", "件", "条", "次", "人")
_LENGTHS: Final = (0.26, 0.22, 0.18, 0.13, 0.09, 0.06, 0.04, 0.02)
"""Shares of integers of one digit, two digits and so on."""
_TO_WIDE: Final = str.maketrans("0123456789-+.%", "０１２３４５６７８９－＋．％")
_LONGEST_LABEL: Final = 12
_NOTED: Final = 0.1
"""Share of the whole numbers that have a note behind them, where there are notes at all."""


def draw_number_tables(
    rng: Generator, style: SheetStyle, labels: Sequence[str], notes: Sequence[str] = ()
) -> tuple[Table, ...]:
    """Two tables that fill a page or two.

    Args:
        rng: All choices come from it.
        style: How they will look; says how much fits into a cell.
        labels: Texts that some cells hold a piece of; may be empty.
        notes: What may stand behind a number; may be empty.
    """
    return tuple(
        Table(_draw_grid(rng, style, labels, notes), _SEAL if rng.random() < _SEALED else None)
        for _ in range(_TABLES)
    )


def draw_number(rng: Generator, kind: str) -> str:
    """A text of a kind: zero, integer, sign, signed, grouped, decimal, unit, wide."""
    match kind:
        case "zero":
            text = "0"
        case "sign":
            text = str(rng.choice(_SIGNS))
        case "signed":
            tail = str(rng.choice(("", "", "", "%")))
            text = f"{rng.choice(('-', '-', '+', '—'))}{_draw_integer(rng)}{tail}"
        case "grouped":
            text = f"{int(10 ** rng.uniform(3, 9)):,}"
        case "decimal":
            amount = 10 ** rng.uniform(-1, 7)
            places = int(rng.choice((1, 2, 3, 4, 6), p=(0.2, 0.45, 0.1, 0.15, 0.1)))
            text = f"{amount:,.{places}f}" if rng.random() < 0.25 else f"{amount:.{places}f}"
        case "unit":
            inner = str(rng.choice(("integer", "zero", "decimal", "grouped")))
            text = draw_number(rng, inner) + str(rng.choice(_UNITS))
        case "wide":
            inner = str(rng.choice(("integer", "zero", "signed")))
            text = draw_number(rng, inner).translate(_TO_WIDE)
        case _:
            text = _draw_integer(rng)
    return text


def _draw_integer(rng: Generator) -> str:
    length = int(rng.choice(len(_LENGTHS), p=_LENGTHS)) + 1
    return str(int(rng.integers(10 ** (length - 1), 10**length)))


def _draw_grid(
    rng: Generator, style: SheetStyle, labels: Sequence[str], notes: Sequence[str]
) -> Grid:
    columns = int(rng.integers(4, 12))
    widths = tuple(float(width) for width in rng.uniform(0.6, 1.6, columns))
    rows = int(rng.integers(18, 40))
    page = _LYING_WIDTH if style.landscape else _UPRIGHT_WIDTH
    room = [
        int(page * width / sum(widths) / (_DIGIT_WIDTH * style.table_size)) - 1 for width in widths
    ]
    cells = tuple(
        _draw_cell(rng, row, column, max(room[column], 1), labels, notes)
        for row in range(rows)
        for column in range(columns)
    )
    return Grid(widths, rows, cells, header_rows=0)


def _draw_cell(
    rng: Generator, row: int, column: int, room: int, labels: Sequence[str], notes: Sequence[str]
) -> GridCell:
    kind = str(rng.choice(list(_KINDS), p=list(_KINDS.values())))
    role: Role = "value"
    text = ""
    if kind == "label" and labels:
        text, role = _draw_label(rng, labels), "header" if rng.random() < 0.5 else "label"
    elif kind not in ("label", "blank"):
        text = draw_number(rng, kind)
        if _room_for(text) > room:
            text = str(int(rng.integers(0, 10 ** min(room, 3))))
        if notes and text.isdigit() and rng.random() < _NOTED:
            text += str(rng.choice(notes))
    return GridCell(row, column, 1, 1, text, role)


def _draw_label(rng: Generator, labels: Sequence[str]) -> str:
    """A piece of a label that nobody could take for a number."""
    label = labels[int(rng.integers(len(labels)))]
    start = int(rng.integers(max(len(label) - 1, 1)))
    text = label[start : start + int(rng.integers(2, _LONGEST_LABEL))].strip()
    # Alone, 一 looks like a dash.
    return text if len(text) > 1 and any(one not in ALPHABET for one in text) else "申请"


def _room_for(text: str) -> int:
    """In digits; Chinese characters are as wide as two."""
    return sum(1 if one.isascii() else 2 for one in text)
