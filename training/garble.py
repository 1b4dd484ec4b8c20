"""What a text reader makes of damaged print: strings with look-alike characters.

str, share → str. No pixels: confusions are drawn from groups of characters that PP-OCR
and people take for one another in poor print.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Final

import numpy as np

_GROUPS: Final = (
    "未末朱宋来米木本术 已己巳巴 日曰目白自月田由甲申旧 人入八个大太犬火天夫 "
    " 土士上工干千于王主玉 公么分允 信倌伯佰 请清情晴靖谙 件什仵伴 数教敖敬 其具共且真 "
    " 他池地也她 行往衍竹付 理里埋哩狸 处外处夂 法去怯洁 规视现观 章意草竟 制刷剎利 开井升并 "
    " 数致敫 府附俯符 政敁改攻玫 性姓牲 文丈又支交 机杌肌机枷 构沟钩构购勾 结给约绐 维惟准推 "
    " 持特待诗 纠纤级约 正止五王 诉诈析拆 讼颂松 复夏夐 议仪汉 审宙宇 尚向同问 总急息 计讨汁订 "
    " 合台今含令 第弟筆 条杂务 项顶预须 二三工 一— 四西匹 六大穴 七匕 九几丸 十千卄 不下木 "
    " 予子矛 部郎都 许评讦 国固困囯 家冢豪 秘密蜜 保促 护拍扩 方万力 益盆 权杈 属厲禹 内肉丙 "
    " 务夸 事亭 过这 程桯 执扶 案宗 卷券 查杏 询洵 没设 有冇 成戌 息思 另别 需雪 要耍 补扑朴 "
    " 后石 仍乃 明朋 确碓 重童 出山 获荻 取职 申审 费贵 用角 通迪 知和 缴激 纳衲 无尤元 正证 "
    " 当挡 由田 逾愈 期朋 业亚 企全 科料 研硏 社杜 会合 组姐 织识 服股 律津 年午 度庆 新亲 "
    " 收枚 到倒 受爱 转较 办为 果杲 转传 单早 位仕 金全 额颔 万方 元无 减碱 增憎 上下 制裁 "
    " 废度 效郊 规现 范苑 强弹 罚罰 可司 采来 购构 集隼 统充 指措 标杯 况沉 网冈 站占 微徽 "
    " 博搏 众从 热执 点占 舆與 闻间 布市 访仿 谈淡 解触 读续 稿搞 场扬 面而 传转 真直 信伯 "
    " 函涵 按接 时吋 延廷 涉步 商商 业此 个介 隐稳 私秒 安女 全金 0OoDQ。 1lI丨|iL 2Z 5S 6b 8B "
    " 9g .,。、· ()（） ：: —-一 /丿"
)


def garble(text: str, share: float, rng: np.random.Generator) -> str:
    """Damage a text as a reader of poor print would.

    Args:
        text: Any.
        share: Of the characters that come out wrong, 0 to 1.
        rng: Drawn from once for each character at least.

    Returns:
        The text with about that share of its characters replaced (most of them by a
        look-alike), left out, or followed by one too many.
    """
    if share <= 0.0:
        return text
    written = []
    for character, hit, how in zip(text, rng.random(len(text)), rng.random(len(text)), strict=True):
        if hit >= share:
            written.append(character)
        elif how < _REPLACED:
            written.append(_replace(character, rng))
        elif how < _REPLACED + _ADDED:
            written.append(character + _stray(rng))
    return "".join(written)


def known_characters() -> set[str]:
    """Every character that garbling may write."""
    return set(_anything())


_REPLACED: Final = 0.62
_ADDED: Final = 0.12
"""Shares among wrong characters; the rest is left out. Judged from PP-OCR's readings of
cells scanned at 150 dpi, where most errors are substitutions."""

_LOOK_ALIKE: Final = 0.6
_LATIN: Final = 0.25
"""Readers of Chinese see Latin letters and digits in broken strokes."""
_ASCII: Final = "0123456789ABCDEFGHIJKLMNOPRSTUVWXYZabcdefhiklmnrtuvx.,:;-_[]()/|! "


def _replace(character: str, rng: np.random.Generator) -> str:
    alike = _look_alikes().get(character)
    if alike is None or rng.random() > _LOOK_ALIKE:
        return _stray(rng)
    return alike[int(rng.integers(len(alike)))]


def _stray(rng: np.random.Generator) -> str:
    anything = _anything() if rng.random() >= _LATIN else _ASCII
    return anything[int(rng.integers(len(anything)))]


@cache
def _look_alikes() -> Mapping[str, str]:
    together: dict[str, set[str]] = {}
    for group in _GROUPS.split():
        for character in group:
            together.setdefault(character, set()).update(set(group) - {character})
    return {one: "".join(sorted(others)) for one, others in together.items() if others}


@cache
def _anything() -> str:
    """Characters that turn up in a wrong reading: those of the groups, and strokes."""
    return "".join(sorted(_known(_GROUPS.split()))) + "丶丿乚亅冂囗厂匚卜刂"


def _known(groups: Iterable[str]) -> set[str]:
    return {character for group in groups for character in group}
