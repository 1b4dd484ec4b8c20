"""Lines of running text → the numbered sections of the report.

Only headings of the first level (一、 二、 …) begin a section, in rising order, so that
numbered rows of a table or a list inside a section do not. Lines that belong to the
page and not to the report (page numbers, headers, addresses) are left out.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.types import Section, TextLine

_HEADING: Final = re.compile(r"[一二三四五六七八九十]{1,2}[、.,:][^。;]{2,40}")
_RUN_IN: Final = re.compile(
    r"(?P<heading>[一二三四五六七八九十]{1,2}[、.,:][^。:;]{2,40})[。:](?P<rest>.*)"
)
"""A heading with its text on the same line: 六、其他需要报告的事项:无。"""

_TABLE_ROW: Final = re.compile(r"本年新收|上年结转|办理结果|结转下年度|\d$")
"""First-level numbering inside table 3; headings do not end in a digit either."""

_NUMERALS: Final = "一二三四五六七八九"
_LARGEST_JUMP: Final = 3
"""A heading may be misread or left out; more than two in a row are not."""

_MARGINALIA: Final = re.compile(
    r"[-—–―·.\s]*(?:第?\d{1,3}页?)(?:[/共]\d{1,3}页?)?[-—–―·.\s]*"
    r"|https?://.*|\d{1,2}/\d{1,2}/\d{2,4},.*|\d{4}/\d{1,2}/\d{1,2} .*"
    r"|相关链接.*|主办单位:.*|附件下载.*|.*打印.*关闭.*|.*扫一扫.*|.*备案号.*|分享到:?.*"
)
_SENTENCE_END: Final = re.compile(r"[。;:!?”)】]$")
_REPEATED_FROM: Final = 2
"""Pages on which the same line stands first or last before it is a running header."""
_EDGE_LINES: Final = 2
"""Lines at the top and the bottom of a page among which running headers are looked for."""


@dataclass(frozen=True, slots=True)
class Measure:
    """Left and right edge of a page's running text and the height of its lines, pixels."""

    left: float
    right: float
    height: float


def split_sections(lines: Sequence[TextLine]) -> tuple[Section, ...]:
    """Split running text at its first-level headings.

    Args:
        lines: In reading order, without those of tables as far as these are known.

    Returns:
        The sections in reading order; paragraphs of a text are separated by line
        breaks. What stands before the first heading belongs to no section.
    """
    kept = _without_marginalia(lines)
    measures = {page: _measure(kept, page) for page in {line.page for line in kept}}
    sections: list[Section] = []
    body: list[TextLine] = []
    last, index = 0, 0
    while index < len(kept):
        line = kept[index]
        number = _heading_number(line.text, last)
        if number is None:
            body.append(line)
            index += 1
            continue
        _finish(sections, body, measures)
        heading, rest, used = _read_heading(kept, index, measures)
        sections.append(Section(heading=heading, text=rest, page=line.page))
        body, last, index = [], number, index + used
    _finish(sections, body, measures)
    return tuple(sections)


def _finish(
    sections: list[Section], body: Sequence[TextLine], measures: dict[int, Measure]
) -> None:
    """Give the section that is open the lines collected for it."""
    if not sections or not body:
        return
    opened = sections[-1]
    text = "\n".join(part for part in (opened.text, _join_paragraphs(body, measures)) if part)
    sections[-1] = Section(heading=opened.heading, text=text, page=opened.page)


def _heading_number(text: str, last: int) -> int | None:
    """The number of a heading that may follow the one numbered `last`, 0: the first."""
    plain = _plain(text)
    found = _HEADING.fullmatch(plain) or _RUN_IN.fullmatch(plain)
    if found is None or _TABLE_ROW.search(plain) is not None:
        return None
    numeral = re.split(r"[、.,:]", plain, maxsplit=1)[0]
    number = _count(numeral)
    follows = last < number <= last + _LARGEST_JUMP
    return number if follows or not last else None


def _count(numeral: str) -> int:
    """十一 → 11."""
    tens, ten, ones = numeral.rpartition("十")
    whole = (_NUMERALS.index(tens) + 1 if tens else 1) * 10 if ten else 0
    return whole + (_NUMERALS.index(ones[-1]) + 1 if ones else 0)


def _read_heading(
    lines: Sequence[TextLine], index: int, measures: dict[int, Measure]
) -> tuple[str, str, int]:
    """The heading that begins here, text on its own line, and how many lines it takes."""
    line = lines[index]
    text = _plain(line.text)
    run_in = _RUN_IN.fullmatch(text)
    if run_in is not None:
        return run_in["heading"], run_in["rest"], 1
    measure = measures[line.page]
    below = lines[index + 1] if index + 1 < len(lines) else None
    if (
        below is not None
        and below.page == line.page
        and line.box.right > measure.right - 1.5 * measure.height
        and len(_plain(below.text)) <= 10
        and _SENTENCE_END.search(_plain(below.text)) is None
        and below.box.right < measure.right - 4 * measure.height
    ):
        return text + _plain(below.text), "", 2
    return text, "", 1


def _join_paragraphs(lines: Sequence[TextLine], measures: dict[int, Measure]) -> str:
    """Join lines; a line break stands where one is indented or the one before fell short."""
    text, before = "", None
    for line in lines:
        if before is not None and _begins_paragraph(before, line, measures):
            text += "\n"
        text += _plain(line.text)
        before = line
    return text


def _begins_paragraph(before: TextLine, line: TextLine, measures: dict[int, Measure]) -> bool:
    here, there = measures[line.page], measures[before.page]
    indented = line.box.left > here.left + here.height
    short = before.box.right < there.right - 2 * there.height
    return indented or short


def _measure(lines: Sequence[TextLine], page: int) -> Measure:
    """Edges that one line in ten may pass, so that a stray line does not set them."""
    boxes = [line.box for line in lines if line.page == page]
    lefts, rights = sorted(box.left for box in boxes), sorted(box.right for box in boxes)
    heights = sorted(box.height for box in boxes)
    tenth = len(boxes) // 10
    return Measure(lefts[tenth], rights[-1 - tenth], heights[len(boxes) // 2])


def _without_marginalia(lines: Sequence[TextLine]) -> list[TextLine]:
    repeated = _running_headers(lines)
    return [
        line
        for line in lines
        if _MARGINALIA.fullmatch(unicodedata.normalize("NFKC", line.text).strip()) is None
        and _without_digits(line.text) not in repeated
    ]


def _running_headers(lines: Sequence[TextLine]) -> set[str]:
    """Lines, digits aside, that stand at the edge of several pages."""
    pages: dict[str, set[int]] = {}
    for line in _edge_lines(lines):
        pages.setdefault(_without_digits(line.text), set()).add(line.page)
    return {text for text, seen in pages.items() if len(seen) >= _REPEATED_FROM}


def _edge_lines(lines: Sequence[TextLine]) -> Iterator[TextLine]:
    by_page: dict[int, list[TextLine]] = {}
    for line in lines:
        by_page.setdefault(line.page, []).append(line)
    for own in by_page.values():
        by_height = sorted(own, key=lambda line: line.box.top)
        yield from {*by_height[:_EDGE_LINES], *by_height[-_EDGE_LINES:]}


def _without_digits(text: str) -> str:
    return re.sub(r"\d", "", _plain(text))


def _plain(text: str) -> str:
    """NFKC; white space goes only where a Chinese character or punctuation touches it."""
    plain = unicodedata.normalize("NFKC", text).strip()
    return re.sub(r"(?<=[^\x21-\x7e])\s+|\s+(?=[^\x21-\x7e])", "", plain)
