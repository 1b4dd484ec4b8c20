"""A line, or two, that may be a report's title → whose it is and of which year.

淮安市人民政府2024年政府信息公开工作年度报告 → Title("淮安市人民政府", 2024, 1.0)
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from rapidfuzz.distance import Levenshtein

LONGEST_TITLE: Final = 70
"""Characters; a longer line is prose. The longest bodies' names have about 35."""

_NUMERALS: Final = str.maketrans("〇○零OoQD一二三四五六七八九lI", "000000012345678911")
_SPELLED_YEAR: Final = re.compile(
    r"(?<![\d一二三四五六七八九〇○零])"
    r"([二2][〇○零OoQD0][\d一二三四五六七八九〇○零OoQDlI]{2})(?=年)"
)
"""A year in Chinese numerals, or one in which a reader took 0 for O and 1 for l."""

YEAR: Final = re.compile(r"(?<!\d)((?:19|20)\d{2})年(?:年?度)?")
"""A fiscal year with what belongs to it: 2020年, 2020年度, 2020年年度."""

_KIND: Final = re.compile(
    r"(?:政府信息与?政务|政府信息|政务|信息)公开(?:工作)?(?:情况)?的?(?:年度|年)*(?:工作)?(?:情况)?"
    r"(?:年度)?(?:报告?|年报)(?:\([^)]*\)|公示|公布|》)?$"
)
"""What all titles end in, years taken out; the last character may stand on the next line."""

_KINDS: Final = (
    "政府信息公开工作年度报告",
    "政府信息公开年度报告",
    "政府信息公开工作报告",
    "政府信息公开工作年报",
    "政府信息公开年报",
)
"""The usual ones, to be found in spite of misread characters."""

_MOST_MISREAD: Final = 2
"""Characters of the ending that may be misread before it is no title any more."""

_BEFORE_TITLE: Final = re.compile(r".*[>》|:_]")
"""Breadcrumbs, and the labels of a web page's table of facts."""

_NAME: Final = re.compile(r"[一-鿿A-Za-z0-9()·、\-“”]{2,40}")
_ORGAN_END: Final = re.compile(
    r"(?:政府|集团|医院|银行|[省市县区旗州盟镇乡村道局厅委办室会处署部院所站队馆联社心司学校行团])$"
)
_PLACE_END: Final = re.compile(r"[省市县区旗州盟镇乡]$")
_ONLY_KIND: Final = re.compile(
    r"(?:人民)?(?:政府)?(?:办公室|办公厅|管理局|委员会|办事处|分局|局|厅|中心)?"
)
_NOT_A_NAME: Final = re.compile(
    r"根据|按照|本报告|本年|现将|公布|发布|报告|编制|首页|位置|栏目|网站|网$|公开|[我本该]|要求|情况"
)


@dataclass(frozen=True, slots=True)
class Title:
    """What a title says; `likeness` falls below 1 with each misread character of its ending.

    `body` is "" when the title names none, `year` None likewise.
    """

    body: str
    year: int | None
    likeness: float


def plain_text(text: str) -> str:
    """NFKC without white space, years in digits: 二〇二〇 年 → 2020年."""
    packed = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
    return _SPELLED_YEAR.sub(_year_in_digits, packed)


def parse_title(text: str) -> Title | None:
    """Take a title apart.

    Args:
        text: Plain text (`plain_text`) of a line or of lines that belong together.

    Returns:
        None when it does not end as a title does.
    """
    if len(text) > LONGEST_TITLE or "。" in text:
        return None
    title = _BEFORE_TITLE.sub("", text.rstrip("》"))
    years = YEAR.findall(title)
    ending = _find_ending(YEAR.sub("", title))
    if ending is None:
        return None
    head, likeness = ending
    return Title(clean_name(head), int(years[0]) if years else None, likeness)


def clean_name(text: str) -> str:
    """A body's name without what titles put around it; 人民 at its end lost its 政府."""
    name = re.sub(r"^[^一-鿿]+|\(?(?:关于|的|度)?[《(]?$", "", text)
    name = re.sub(r"^(?:标题|名称)|(?:关于|的)$", "", name)
    return name + "政府" if name.endswith("人民") else name


def is_name(text: str) -> bool:
    """Whether this can be the whole name of a public body or of a place."""
    return (
        _NAME.fullmatch(text) is not None
        and _ORGAN_END.search(text) is not None
        and _NOT_A_NAME.search(text) is None
        and _ONLY_KIND.fullmatch(text) is None
    )


def is_place(text: str) -> bool:
    """Whether this ends like the name of a place, such as 长春市."""
    return _PLACE_END.search(text) is not None


def _find_ending(text: str) -> tuple[str, float] | None:
    """What stands before the ending, and how like an ending it is."""
    exact = _KIND.search(text)
    if exact is not None:
        return text[: exact.start()], 1.0
    trials = [
        (Levenshtein.distance(text[-length:], kind), -length)
        for kind in _KINDS
        for length in range(len(kind) - 1, len(kind) + 2)
        if length <= len(text)
    ]
    if not trials:
        return None
    misread, length = min(trials)
    return (text[:length], 1 - misread / 10) if misread <= _MOST_MISREAD else None


def _year_in_digits(found: re.Match[str]) -> str:
    return found[1].translate(_NUMERALS)
