"""Lines of text → whose report it is and of which fiscal year.

Every place that says it is a witness with a weight; witnesses of different kinds
are taken as independent, and those that disagree share what certainty there is:

    odds(value) = Π 1 / (1 - weight · probability of the line) - 1
    P(value)    = odds(value) / (1 + Σ odds)

The weights are judged from the real reports seen and not fitted; the confidence is
honest about agreement, and not calibrated.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, Generic, TypeVar

from rapidfuzz.distance import Levenshtein

from forms.form import Form
from pipeline.titles import (
    YEAR,
    Title,
    clean_name,
    is_name,
    is_place,
    parse_title,
    plain_text,
)
from pipeline.types import TextLine

T = TypeVar("T", str, int)

FIRST_REPORTED_YEAR: Final = 2008
"""The regulation that asks for these reports came into force on 1 May 2008."""

OTHER_FORM: Final = 0.3
"""What is left of a witness whose year the recognised form was not in use: old forms
live on for a year now and then, and the form is far better known than a digit."""

# A title names its body; one that ends as no body's name does may be cut short; a longer name
# found elsewhere may be another body's.
_TITLE_WEIGHT: Final = 0.95
_NO_ORGAN_WEIGHT: Final = 0.5
_COMPLETED_WEIGHT: Final = 0.9

_NAME_LABELS: Final = (
    ("statement", 0.97, r"填报(?:单位|机关)|报送单位|编[制报]单位|单位名称"),
    ("publisher", 0.7, r"发布(?:机构|单位|机关)|发文(?:机关|单位)|公开(?:主体|责任部门)"),
    ("origin", 0.6, r"(?:信息)?来源"),
    ("host", 0.3, r"主办(?:单位)?"),
)
"""Labels before a body's name: the form's own, those of a web page, its footer."""

_LABEL_AHEAD: Final = re.compile(
    r"浏览|阅读|点击|访问|字体|字号|发布|发文|成文|生成|日期|时间|主题|索引|名称|打印|文号|网站|备案"
    r"|信息来源|来源|责任|编辑|承办|主办|联系|审核|负责|填报|\(|【|\[|\||\d"
)
"""What ends a name where a page sets several facts on one line."""

_PROSE_TITLE: Final = re.compile(
    r"(?:现将|公布|公开|发布|编制)了?(?:20\d\d年度?)?(?P<body>[一-鿿()]{2,35}?)(?:(?:20\d\d)年度?)?"
    r"的?政府信息公开(?:工作)?(?:年度|年)?(?:工作)?(?:情况)?(?:年度)?(?:报告|年报)"
)
_PERIOD: Final = re.compile(
    r"(20\d\d)年\d{1,2}月\d{1,2}日起?[至到~—\-]{1,3}(?:(20\d\d)年)?12月31日"
)
_MENTION: Final = re.compile(
    r"(20\d\d)年(?:年?度)?[一-鿿]{0,30}信息公开(?:工作)?[一-鿿]{0,6}(?:报告|年报)"
)
_ALONE: Final = re.compile(r"\(?(20\d\d)年(?:年?度)?\)?")
_DATE: Final = re.compile(r"(20\d\d)年\d{1,2}月\d{1,2}日")
_PUBLISHED: Final = re.compile(r"(?:日期|时间):?\[?(20\d\d)[-/.年]\d{1,2}")


@dataclass(frozen=True, slots=True)
class Witness:
    """One place that says something: `weight` is how often such a place is right."""

    value: str
    kind: str
    weight: float
    line: TextLine


@dataclass(frozen=True, slots=True)
class TitlePlace:
    """A title and the line that carries its ending, of `lines[first]` and on."""

    title: Title
    first: int
    line: TextLine


@dataclass(frozen=True, slots=True)
class Named(Generic[T]):
    """What the lines of a report name.

    Attributes:
        value: The name or the year; None when no line says one.
        probability: Of it being right; 0 when no line says one.
        line: The line that says it.
    """

    value: T | None
    probability: float
    line: TextLine | None


def find_body(lines: Sequence[TextLine]) -> Named[str]:
    """Find whose report it is.

    The title's own name is completed by a longer form found elsewhere that ends in it
    (宽城区 by 长春市宽城区); the form's 填报单位 goes before both.

    Args:
        lines: In reading order; of the title area, or of the whole report.

    Returns:
        The body's name.
    """
    witnesses = [*_title_names(lines), *_labelled_names(lines)]
    witnesses += [*_prose_names(lines), *_signed_names(lines)]
    return _decide(_complete(_unite_misread(witnesses)))


def find_fiscal_year(lines: Sequence[TextLine], form: Form | None = None) -> Named[int]:
    """Find the year that a report is about.

    Args:
        lines: As for `find_body`.
        form: The recognised form; years in which it was not in use count little. None
            before it is recognised.

    Returns:
        The year.
    """
    witnesses = [
        witness
        if form is None or form.in_use(int(witness.value))
        else replace(witness, weight=witness.weight * OTHER_FORM)
        for witness in _years(lines)
        if int(witness.value) >= FIRST_REPORTED_YEAR
    ]
    found = _decide(witnesses)
    year = None if found.value is None else int(found.value)
    return Named(year, found.probability, found.line)


def _decide(witnesses: Iterable[Witness]) -> Named[str]:
    """Weigh the witnesses; of one kind only the best for each value counts."""
    best: dict[tuple[str, str], Witness] = {}
    for witness in witnesses:
        key = witness.value, witness.kind
        if key not in best or _trust(witness) > _trust(best[key]):
            best[key] = witness
    if not best:
        return Named(None, 0.0, None)
    doubt: dict[str, float] = {}
    for witness in best.values():
        doubt[witness.value] = doubt.get(witness.value, 1.0) * (1 - _trust(witness))
    odds = {value: 1 / left - 1 for value, left in doubt.items()}
    winner = max(odds, key=lambda value: odds[value])
    speaker = max((w for w in best.values() if w.value == winner), key=_trust)
    return Named(winner, odds[winner] / (1 + sum(odds.values())), speaker.line)


def _trust(witness: Witness) -> float:
    return witness.weight * min(max(witness.line.probability, 0.0), 1.0)


def _find_titles(lines: Sequence[TextLine]) -> Iterator[TitlePlace]:
    """Lines that end as titles do, alone or with the line below."""
    texts = [plain_text(line.text) for line in lines]
    for index, text in enumerate(texts):
        title = parse_title(text)
        if (
            title is None
            and index + 1 < len(lines)
            and "信息" in text
            and _of_one_size(lines[index], lines[index + 1])
        ):
            title = parse_title(text + texts[index + 1])
        if title is not None:
            yield TitlePlace(title, index, lines[index])


def _title_names(lines: Sequence[TextLine]) -> Iterator[Witness]:
    for place in _find_titles(lines):
        name = _with_lines_above(place, lines)
        if is_name(name):
            weight = _TITLE_WEIGHT
        elif len(name) >= 4 and name == place.title.body:
            weight = _NO_ORGAN_WEIGHT
        else:
            continue
        yield Witness(name, "title", weight * place.title.likeness, place.line)


def _with_lines_above(place: TitlePlace, lines: Sequence[TextLine]) -> str:
    """The name in a title, with the lines above that it began on."""
    name, below = place.title.body, lines[place.first]
    for line in reversed(lines[max(place.first - 2, 0) : place.first]):
        text = clean_name(YEAR.sub("", plain_text(line.text)))
        if is_name(name):
            wanted = is_place(text) and not name.startswith(text) and _of_one_size(line, below)
        else:
            wanted = line.page == below.page
        if not (wanted and is_name(text + name)):
            break
        name, below = text + name, line
    return name


def _of_one_size(above: TextLine, below: TextLine) -> bool:
    """Whether two lines can be parts of one title: near each other and as tall."""
    tall = max(above.box.height, below.box.height)
    return (
        above.page == below.page
        and min(above.box.height, below.box.height) > 0.7 * tall
        and below.box.top - above.box.bottom < 1.5 * tall
    )


def _labelled_names(lines: Sequence[TextLine]) -> Iterator[Witness]:
    for line in lines:
        text = plain_text(line.text)
        for kind, weight, label in _NAME_LABELS:
            for found in re.finditer(rf"(?:{label})(?:\([^)]{{1,6}}\))?:", text):
                rest = text[found.end() :]
                stop = _LABEL_AHEAD.search(rest)
                name = clean_name(rest if stop is None else rest[: stop.start()])
                if is_name(name):
                    yield Witness(name, kind, weight, line)


def _prose_names(lines: Sequence[TextLine]) -> Iterator[Witness]:
    text, starts = _join(lines)
    for found in _PROSE_TITLE.finditer(text):
        name = clean_name(found["body"])
        if is_name(name):
            line = lines[bisect_right(starts, found.start("body")) - 1]
            yield Witness(name, "prose", 0.75, line)


def _signed_names(lines: Sequence[TextLine]) -> Iterator[Witness]:
    """A name with nothing but a date under it."""
    for above, below in pairwise(lines):
        name = plain_text(above.text)
        if is_name(name) and _DATE.fullmatch(plain_text(below.text)):
            yield Witness(name, "signature", 0.6, above)


def _unite_misread(witnesses: Sequence[Witness]) -> list[Witness]:
    """Names that differ by a misread character become the one best vouched for."""
    votes: dict[str, float] = {}
    for witness in witnesses:
        votes[witness.value] = votes.get(witness.value, 0.0) + _trust(witness)
    ranked = sorted(votes, key=lambda name: -votes[name])
    return [
        replace(
            witness,
            value=next(
                name
                for name in ranked
                if Levenshtein.distance(name, witness.value) <= len(witness.value) // 6
            ),
        )
        for witness in witnesses
    ]


def _complete(witnesses: Sequence[Witness]) -> list[Witness]:
    """Let the witnesses of a short name speak for the long one that it stands for."""
    names = {witness.value for witness in witnesses}
    stated = {witness.value for witness in witnesses if witness.kind == "statement"}
    meant = {name: _long_form(name, names, stated) for name in names}
    return [_speak_for(witness, meant) for witness in witnesses]


def _speak_for(witness: Witness, meant: Mapping[str, str]) -> Witness:
    long = meant[witness.value]
    if long == witness.value:
        return witness
    return replace(witness, value=long, weight=witness.weight * _COMPLETED_WEIGHT)


def _long_form(name: str, names: set[str], stated: set[str]) -> str:
    """宽城区 → 长春市宽城区 where both occur; → 宽城区人民政府 where the form states that."""
    governments = [other for other in stated if other == f"{name}人民政府"]
    if governments:
        return governments[0]
    longer = [
        other
        for other in names
        if other != name and other.endswith(name) and is_place(other.removesuffix(name))
    ]
    return max(longer, key=len, default=name)


def _years(lines: Sequence[TextLine]) -> Iterator[Witness]:
    for place in _find_titles(lines):
        if place.title.year is not None:
            weight = _TITLE_WEIGHT * place.title.likeness
            yield Witness(str(place.title.year), "title", weight, place.line)
    for above, line in zip((None, *lines), lines, strict=False):
        yield from _years_of_line(line, above)
    text, starts = _join(lines)
    for kind, weight, pattern in (("period", 0.93, _PERIOD), ("mention", 0.6, _MENTION)):
        for found in pattern.finditer(text):
            line = lines[bisect_right(starts, found.start()) - 1]
            yield Witness(found[found.lastindex or 1], kind, weight, line)


def _years_of_line(line: TextLine, above: TextLine | None) -> Iterator[Witness]:
    """A year that stands alone; the years before a date of publication or signature."""
    text = plain_text(line.text)
    alone = _ALONE.fullmatch(text)
    if alone is not None:
        yield Witness(alone[1], "alone", 0.85, line)
    published = _PUBLISHED.search(text)
    if published is not None:
        yield Witness(str(int(published[1]) - 1), "published", 0.45, line)
    signed = _DATE.fullmatch(text)
    if signed is not None and above is not None and is_name(plain_text(above.text)):
        yield Witness(str(int(signed[1]) - 1), "signature", 0.5, line)


def _join(lines: Sequence[TextLine]) -> tuple[str, list[int]]:
    """All lines as one text, and where in it each begins."""
    text, starts = "", []
    for line in lines:
        starts.append(len(text))
        text += plain_text(line.text)
    return text, starts
