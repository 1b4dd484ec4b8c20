"""What a cell's text means: text → Number | Blank | NotReported | Illegible.

`Missing` is never made here: it says that there is no cell.
"""

import re
import unicodedata
from decimal import Decimal
from typing import Final

from pipeline.types import Blank, Illegible, NotReported, Number, Value

UNITS: Final = (
    *("亿元", "万元", "元", "人次", "人", "件", "个", "条", "次", "项", "篇", "份"),
    *("期", "场", "家", "部", "起", "宗", "类"),
)
"""Units seen behind numbers in real reports and prescribed by the 2014 form."""

NOTHING_REPORTED: Final = re.compile(r"[/\\]|无|[-‐-―−─━]{1,4}")
"""The signs that stand for "nothing reported": a slash, 无, or a dash of any width.

Printed dashes are one or two characters wide; four leaves room for a dash drawn
with several hyphens. The range is U+2010 to U+2015; minus and box-drawing dashes
come from text layers of older word processors.
"""

NUMBER: Final = re.compile(
    r"(?P<sign>[-+‐-―−]?)\s*"
    r"(?P<whole>[0-9]{1,3}(?:,\s?[0-9]{3})+|[0-9]{1,3}(?: [0-9]{3})+|[0-9]+)"
    r"(?P<decimals>\.[0-9]+)?"
    rf"\s*(?P<unit>{'|'.join(UNITS)})?"
    r"\s*(?P<note>\([^()]*[^()\d\W][^()]*\)?)?",
)
"""A number, its unit, and a note in brackets behind it, such as 0(含撤回1件).

What stands in brackets without a word may be a number too: that is no note. The last bracket
is thin, and readers miss it.
"""

NOTE_MARKS: Final = re.compile(r"(?<=[0-9\uff10-\uff19])\s*[①-⑳⑴-⒇❶-❿⁰¹²³⁴-⁹]+$")
"""Marks behind a number that refer to a note; NFKC would make digits of them."""

_LEADING_ZERO: Final = re.compile(r"[-+]?0\d")

_RADICALS: Final = str.maketrans(
    "⺠⻄⻅⻆⻉⻋⻓⻔⻗⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻨⻩⻬⻮⻰",
    "民西见角贝车长门雨青韦页风飞食马骨鬼鱼鸟麦黄齐齿龙",
)
"""Radicals that stand for characters in the text layer of browser prints and that NFKC
leaves alone; the Kangxi radicals it maps itself."""

MOST_DIGITS: Final = 15
"""More are no number that a report counts or that a float holds exactly (IEEE 754, binary64);
of thousands Python makes no integer at all."""


def normalise_text(text: str) -> str:
    """Trim and apply NFKC: full-width digits become ASCII; radicals characters, all of them.

    A mark that refers to a note is left out.
    """
    plain = unicodedata.normalize("NFKC", NOTE_MARKS.sub("", text.strip()))
    return plain.translate(_RADICALS).strip()


def parse_value(text: str) -> tuple[Value, str | None]:
    """Say what the text of a value cell means.

    Args:
        text: As printed; it need not be trimmed or NFKC.

    Returns:
        The value and the unit printed behind it. An integer where no decimal point is
        printed, else a float. Never `Missing`; `Illegible` for anything that is no
        number, dash or blank, or for a number of too many digits.
    """
    printed = normalise_text(text)
    if not printed:
        return Blank(), None
    if NOTHING_REPORTED.fullmatch(printed):
        return NotReported(), None
    found = NUMBER.fullmatch(printed)
    if found is None or _count_digits(found) > MOST_DIGITS:
        return Illegible(), None
    sign = "" if found["sign"] in ("", "+") else "-"
    digits = sign + re.sub(r"[,\s]", "", found["whole"])
    if found["decimals"] is None:
        return Number(int(digits)), found["unit"]
    return Number(float(digits + found["decimals"])), found["unit"]


def count_of(value: Value) -> Decimal | None:
    """What a value counts in a sum, where empty cells and dashes are 0; None if illegible."""
    if isinstance(value, Illegible):
        return None
    return value.exact if isinstance(value, Number) else Decimal(0)


def plain_number(value: Decimal) -> int | float:
    """The same number as plain numbers go: an integer where it is one, else a float."""
    return int(value) if value == value.to_integral_value() else float(value)


def has_leading_zero(text: str) -> bool:
    """Whether a number begins with a needless 0: the print of two cells, mostly."""
    return _LEADING_ZERO.match(text) is not None


def _count_digits(found: re.Match[str]) -> int:
    return sum(map(str.isdigit, found["whole"] + (found["decimals"] or "")))
