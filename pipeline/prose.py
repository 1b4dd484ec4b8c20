"""Lines of running text → the numbered sections of the report.

Only headings of the first level (一、 二、 …) begin a section, in rising order, so that
numbered rows of a table or a list inside a section do not. Lines that belong to the
page and not to the report (page numbers, headers, addresses) are left out.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Final

from pipeline.types import Box, FieldReading, Section, Table, TextLine

_NUMERALS: Final = "一二三四五六七八九"
_NUMBER: Final = rf"(?:十?[{_NUMERALS}]|[{_NUMERALS}]?十)"
_HEADING: Final = re.compile(rf"{_NUMBER}[、.,:][^。;]{{2,40}}")
_RUN_IN: Final = re.compile(rf"(?P<heading>{_NUMBER}[、.,:][^。:;]{{2,40}})[。:](?P<rest>.*)")
"""A heading with its text on the same line: 六、其他需要报告的事项:无。"""

_TABLE_ROW: Final = re.compile(r"本年新收|上年结转|办理结果|结转下年度|[\d—]$")
"""First-level numbering inside tables; headings do not end in a digit or a dash either."""

_FORM_LINE: Final = re.compile(
    r"政府信息公开(?:工作)?情况统计报?表|\(20\d\d年度?\)|填报单位.*|单位负责人:.*|.*填报日期:.*"
)
"""What the statistics form prints over and under its table."""

_COLUMN_HEADS: Final = re.compile(r"统计指标")
"""First of the statistics form's headings of columns: below it all is table."""

_LARGEST_JUMP: Final = 3
"""A heading may be misread or left out; more than two in a row are not."""

_MARGINALIA: Final = re.compile(
    r"[-—–―−·.\s]*(?:第?\d{1,3}页?)(?:[/共]\d{1,3}页?)?[-—–―−·.\s]*"
    r"|h[a-z]{1,4}:?/.*|[!-~]+/[!-~]+\.(?:s?html?|jsp|aspx?)\b.*"
    r"|\d{1,2}/\d{1,2}/\d{2,4}[,.].*|\d{4}/\d{1,2}/\d{1,2} .*"
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


def running_text(
    lines: Sequence[TextLine], tables: Sequence[Table], fields: Sequence[FieldReading]
) -> tuple[TextLine, ...]:
    """The lines that are those of the report, and not of a table.

    What is unruled counts as a table where fields were found in it, and as far up as the
    headings of its columns can reach: to the next heading of a section, or to a sentence.

    Args:
        lines: In reading order.
        tables: Of the same pages; pixels, as the lines are.
        fields: What was found in these tables.
    """
    areas = [(table.page, _table_area(table, lines)) for table in tables if table.ruled]
    areas += [
        (page, _with_column_heads(page, box, lines)) for page, box in _unruled(tables, fields)
    ]
    kept = [
        line
        for line in _without_marginalia(lines)
        if not any(page == line.page and _holds(area, line.box) for page, area in areas)
        and _FORM_LINE.fullmatch(_plain(line.text)) is None
    ]
    return tuple(_without_remnants(kept, areas))


def _without_remnants(
    lines: Sequence[TextLine], areas: Sequence[tuple[int, Box]]
) -> Iterator[TextLine]:
    """Leave out what stands between the parts of a table that the end of a page cut.

    The last row of a page often has no rule below it, so that its label's last lines are
    under the table.
    """
    ends = {page: max(box.bottom for own, box in areas if own == page) for page, _ in areas}
    starts = {page: min(box.top for own, box in areas if own == page) for page, _ in areas}
    cut = {
        page
        for page in ends
        if page + 1 in starts
        and not any(
            (line.page == page + 1 and line.box.bottom < starts[page + 1])
            or (line.page == page and line.box.top > ends[page] and _is_heading(line))
            for line in lines
        )
    }
    for line in lines:
        if line.page not in cut or line.box.top < ends[line.page] - line.box.height:
            yield line


def _unruled(tables: Sequence[Table], fields: Sequence[FieldReading]) -> Iterator[tuple[int, Box]]:
    """Page and box of the fields of each table of the form that were found without rules."""
    loose = {(table.page, cell.box) for table in tables if not table.ruled for cell in table.cells}
    groups: dict[tuple[int, str], list[Box]] = {}
    for found in fields:
        reading = found.reading
        if reading is not None and (reading.page, reading.cell.box) in loose:
            key = reading.page, found.field.partition(".")[0]
            groups.setdefault(key, []).append(reading.cell.box)
    for (page, _), boxes in groups.items():
        top, bottom = min(box.top for box in boxes), max(box.bottom for box in boxes)
        yield page, Box(-inf, top, inf, bottom)


def _table_area(table: Table, lines: Sequence[TextLine]) -> Box:
    """A ruled table's box; a heading close above it may have been taken for its first row."""
    over = [
        line.box.bottom
        for line in lines
        if line.page == table.page
        and table.box.top <= line.box.center[1] < table.second_row_top
        and _is_heading(line)
    ]
    return replace(table.box, top=max([table.box.top, *over]))


def _with_column_heads(page: int, box: Box, lines: Sequence[TextLine]) -> Box:
    heads = [
        line.box.top
        for line in lines
        if line.page == page and _COLUMN_HEADS.match(_plain(line.text)) is not None
    ]
    if heads:
        return replace(box, top=min(heads))
    stops = [
        line.box.bottom
        for line in lines
        if line.page == page
        and line.box.bottom <= box.top
        and (_is_heading(line) or _SENTENCE_END.search(_plain(line.text)) is not None)
    ]
    return replace(box, top=max(stops, default=-inf))


def _is_heading(line: TextLine) -> bool:
    text = _plain(line.text)
    return _HEADING.fullmatch(text) is not None and _TABLE_ROW.search(text) is None


def _holds(area: Box, box: Box) -> bool:
    x, y = box.center
    return area.left <= x <= area.right and area.top <= y <= area.bottom


def split_sections(lines: Sequence[TextLine]) -> tuple[Section, ...]:
    """Split running text at its first-level headings.

    Args:
        lines: In reading order, as `running_text` leaves them.

    Returns:
        The sections in reading order; paragraphs of a text are separated by line
        breaks. What stands before the first heading belongs to no section.
    """
    measures = {page: _measure(lines, page) for page in {line.page for line in lines}}
    sections: list[Section] = []
    body: list[TextLine] = []
    last, index = 0, 0
    while index < len(lines):
        line = lines[index]
        number = _heading_number(line.text, last)
        if number is None:
            body.append(line)
            index += 1
            continue
        _finish(sections, body, measures)
        heading, rest, used = _read_heading(lines, index, measures)
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
    return whole + (_NUMERALS.index(ones) + 1 if ones else 0)


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
    edges = _edge_lines(lines)
    repeated = _running_headers(edges)
    return [
        line
        for line in lines
        if _MARGINALIA.fullmatch(unicodedata.normalize("NFKC", line.text).strip()) is None
        and not (line in edges and _without_digits(line.text) in repeated)
    ]


def _running_headers(edges: Collection[TextLine]) -> set[str]:
    """Lines, digits aside, that stand at the edge of several pages; none is a sentence."""
    pages: dict[str, set[int]] = {}
    for line in edges:
        pages.setdefault(_without_digits(line.text), set()).add(line.page)
    return {
        text
        for text, seen in pages.items()
        if len(seen) >= _REPEATED_FROM and not text.endswith("。")
    }


def _edge_lines(lines: Sequence[TextLine]) -> frozenset[TextLine]:
    by_page: dict[int, list[TextLine]] = {}
    for line in lines:
        by_page.setdefault(line.page, []).append(line)
    by_height = [sorted(own, key=lambda line: line.box.top) for own in by_page.values()]
    return frozenset(
        line for own in by_height for line in (*own[:_EDGE_LINES], *own[-_EDGE_LINES:])
    )


def _without_digits(text: str) -> str:
    return re.sub(r"\d", "", _plain(text))


def _plain(text: str) -> str:
    """NFKC; white space goes only where a Chinese character or punctuation touches it."""
    plain = unicodedata.normalize("NFKC", text).strip()
    return re.sub(r"(?<=[^\x21-\x7e])\s+|\s+(?=[^\x21-\x7e])", "", plain)
