"""Whose report it is and of which year, from lines as real reports print them."""

import pytest

from forms.form import Form
from pipeline.identity import Named, find_body, find_fiscal_year
from pipeline.types import Box, TextLine

FORM = Form(
    id="2019",
    name="A form of 2019 and 2020",
    issued_by="nobody",
    first_year=2019,
    last_year=2020,
    tables=(),
    sums=(),
    at_most=(),
    carried_out={},
    carried_in={},
)
OPEN_FORM = Form(
    id="2014",
    name="A form of any year",
    issued_by="nobody",
    first_year=2008,
    last_year=None,
    tables=(),
    sums=(),
    at_most=(),
    carried_out={},
    carried_in={},
)


def lines(*texts: str, probability: float = 0.98, height: float = 20) -> list[TextLine]:
    return [
        TextLine(1, text, Box(100, 40.0 * row, 500, 40.0 * row + height), probability)
        for row, text in enumerate(texts)
    ]


@pytest.mark.parametrize(
    ("texts", "body", "year"),
    [
        (["淮安市人民政府", "2024 年政府信息公开工作年度报告"], "淮安市人民政府", 2024),
        (["宽城区2020年度政府信息公开工作年度报告"], "宽城区", 2020),
        (
            ["2019年上海市人民政府办公厅政府信息公开工作年度报告"],
            "上海市人民政府办公厅",
            2019,
        ),
        (["福州市晋安区 2016 年度政府信息公开工作年度报", "告"], "福州市晋安区", 2016),
        (
            ["东山综合实验区农业农村", "局2025年政府信息公开工作年度报告"],
            "东山综合实验区农业农村局",
            2025,
        ),
        (["某县教育局关于2020年", "政府信息公开工作年度报告"], "某县教育局", None),
        (["东山县人民政府信息公开工作二〇二〇年度报告"], "东山县人民政府", 2020),
        (["东山县水利局二○一九年政府信息公开年报"], "东山县水利局", 2019),
        (["政府信息公开", "2O19年东山县水利局政府信息公幵工作年度报吿"], "东山县水利局", 2019),
        (["东山县水利局政府信息公开2018年年度报告"], "东山县水利局", 2018),
    ],
)
def test_title_says_body_and_year(texts: list[str], body: str | None, year: int | None) -> None:
    if body is not None:
        assert find_body(lines(*texts)).value == body
    if year is not None:
        assert find_fiscal_year(lines(*texts), OPEN_FORM).value == year


def test_name_that_begins_on_the_line_above_is_whole() -> None:
    assert find_body(lines("东山县", "农业农村局2024年政府信息公开工作年度报告")).value == (
        "东山县农业农村局"
    )


def test_banner_of_another_body_above_the_title_is_not_part_of_the_name() -> None:
    found = find_body(lines("东山县人民政府", "东山县水利局2024年政府信息公开工作年度报告"))
    assert found.value == "东山县水利局"


def test_web_page_around_the_title_does_not_hide_it() -> None:
    page = lines(
        "11/23/26,12:38AM2019年东山县人民政府办公室政府信息公开工作年度报告",
        "您当前的位置:首页>政务公开>政府信息公开",
        ">政府信息公开年报",
        "索引号:2388670095/2020-00087主题分类:政府信息公开年报",
        "发布机构:东山县人民政府办公室发文日期:2020-01-27",
        "2019年东山县人民政府办公室政府信息公开工作年度报告",
        "发布时间:2020-01-27 14:42来源:东山县人民政府办公室浏览次数:381",
    )
    body = find_body(page)
    assert body.value == "东山县人民政府办公室"
    assert body.probability > 0.95
    assert body.line is not None
    year = find_fiscal_year(page, FORM)
    assert year.value == 2019
    assert year.probability > 0.95


def test_form_states_its_body_and_goes_before_the_title() -> None:
    page = lines(
        "东山县2016年政府信息公开工作年度报告",
        "政府信息公开情况统计表",
        "(2016年度)",
        "填报单位(盖章):东山县人民政府",
    )
    body = find_body(page)
    assert body.value == "东山县人民政府"
    assert body.line == page[3]
    assert find_fiscal_year(page, OPEN_FORM).value == 2016


def test_longer_form_in_the_text_completes_the_title() -> None:
    page = lines(
        "东山区2020年度政府信息公开工作年度报告",
        "根据相关工作要求,特向社会公布2020年云海市东山",
        "区政府信息公开年度报告。本报告包括六个部分。",
    )
    assert find_body(page).value == "云海市东山区"


def test_address_does_not_complete_the_title() -> None:
    page = lines(
        "东山区2020年度政府信息公开工作年度报告",
        "请与办公室联系(地址:江北省云海市东山区富城路228号,邮编:130051)。",
    )
    assert find_body(page).value == "东山区"


def test_misread_title_is_outvoted_by_what_repeats() -> None:
    page = lines("东山县水剁局2020年政府信息公开工作年度报告", probability=0.5)
    page += lines("发布机构:东山县水利局", "来源:东山县水利局")
    assert find_body(page).value == "东山县水利局"


def test_day_of_publication_is_not_the_fiscal_year() -> None:
    page = lines("政府信息公开工作年度报告", "发布日期:2020-01-27")
    year = find_fiscal_year(page, FORM)
    assert year.value == 2019
    assert year.probability < 0.6


def test_period_may_be_part_of_a_year() -> None:
    page = lines("统计期限自2019年9月1日起至2019年12月31日止。")
    assert find_fiscal_year(page, FORM).value == 2019


def test_year_in_which_the_form_was_not_in_use_needs_more_witnesses() -> None:
    page = lines("东山县水利局2028年政府信息公开工作年度报告")
    page += lines("统计期限自2020年1月1日至2020年12月31日。")
    assert find_fiscal_year(page, FORM).value == 2020


def test_doubtful_line_makes_a_doubtful_finding() -> None:
    title = "东山县水利局2020年政府信息公开工作年度报告"
    sure = find_body(lines(title, probability=0.99)).probability
    doubtful = find_body(lines(title, probability=0.5)).probability
    assert doubtful < 0.6 < sure


def test_nothing_is_found_where_nothing_stands() -> None:
    page = lines("当前位置:首页>政务公开>政府信息公开年报", "无。")
    assert find_body(page) == Named(None, 0.0, None)
    no_year: Named[int] = Named(None, 0.0, None)
    assert find_fiscal_year(page, FORM) == no_year
    assert find_body([]) == Named(None, 0.0, None)
