"""Running text for drawn reports: short, plain, and true to the table's figures."""

from collections.abc import Mapping

from forms.form import Form


def write_opening(body: str, year: int) -> str:
    """The paragraph under the title."""
    return (
        f"按照《中华人民共和国政府信息公开条例》的要求，现将{body}{year}年度政府信息公开工作情况"
        f"报告如下。本报告所列数据的统计期限为{year}年1月1日至{year}年12月31日。"
    )


def write_overview(form: Form, year: int, values: Mapping[str, str]) -> tuple[str, ...]:
    """What section 一 says; figures are mentioned only where the table prints them."""
    first = (
        f"{year}年，我们坚持以公开为常态，及时更新栏目内容，按时办理群众申请，"
        "公开的范围和质量都有新的进步。"
    )
    figures = [
        template.format(values[field])
        for field, template in _SENTENCES
        if values.get(field, "").isdigit() and any(field == asked.id for asked in form.fields)
    ]
    return (first, "；".join(figures) + "。") if figures else (first,)


def write_problems() -> tuple[str, ...]:
    """What the section on shortcomings says."""
    return (
        "工作中还有不足：个别栏目更新不够及时，解读材料形式较为单一。",
        "下一步，将完善目录，充实解读，加强业务学习，把公开工作做得更细更实。",
    )


def write_remainder() -> tuple[str, ...]:
    """What the last section says."""
    return ("本年度没有其他需要报告的事项。",)


_SENTENCES = (
    ("t3.new.total", "全年共收到政府信息公开申请{}件"),
    ("t3.carried_in.total", "上年结转{}件"),
    ("t3.granted.total", "予以公开{}件"),
    ("t3.partial.total", "部分公开{}件"),
    ("t3.carried_out.total", "结转下年度继续办理{}件"),
    ("t4.review.total", "行政复议{}件"),
    ("t4.litigation_direct.total", "未经复议直接起诉的行政诉讼{}件"),
    ("s.disclosed", "全年主动公开政府信息{}条"),
    ("s.received", "收到政府信息公开申请{}件"),
    ("s.answered", "答复申请{}件"),
)
