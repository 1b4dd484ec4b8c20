"""Sections of the running text."""

from pipeline.prose import split_sections
from pipeline.types import Box, TextLine


def line(text: str, row: int, *, left: float = 100, right: float = 900, page: int = 1) -> TextLine:
    return TextLine(page, text, Box(left, 40.0 * row, right, 40.0 * row + 25), 0.99)


def test_headings_split_the_text_and_wrapped_lines_are_joined() -> None:
    sections = split_sections(
        [
            line("某县2020年政府信息公开工作年度报告", 0, left=250, right=750),
            line("一、总体情况", 1, left=150, right=400),
            line("2020年,我县坚持公开为常态,及时更新栏", 2, left=150),
            line("目内容。", 3, right=250),
            line("全年收到申请3件。", 4, left=150, right=500),
            line("二、主动公开政府信息情况", 5, left=150, right=600),
            line("五、存在的主要问题及改进情况", 6, left=150, right=650),
            line("无。", 7, left=150, right=250),
        ]
    )
    assert [section.heading for section in sections] == [
        "一、总体情况",
        "二、主动公开政府信息情况",
        "五、存在的主要问题及改进情况",
    ]
    assert sections[0].text == ("2020年,我县坚持公开为常态,及时更新栏目内容。\n全年收到申请3件。")
    assert sections[1].text == ""
    assert sections[2].text == "无。"


def test_page_numbers_headers_and_addresses_are_left_out() -> None:
    rows = []
    for page in (1, 2):
        rows += [
            line("11/23/26, 12:38 AM 某县政府信息公开工作年度报告", 0, page=page),
            line("某县门户网站", 1, right=300, page=page),
            line("一、总体情况" if page == 1 else "继续公开信息。", 3, page=page),
            line("公开了信息" if page == 1 else "到此为止。", 4, page=page),
            line("公开得更多" if page == 1 else "真的。", 5, page=page),
            line("http://www.example.gov.cn/zwgk/t8138141.html 1/3", 29, page=page),
            line(f"- {page} -", 30, left=480, right=520, page=page),
        ]
    (section,) = split_sections(rows)
    assert "example" not in section.text
    assert "门户" not in section.text
    assert "-" not in section.text
    assert section.text.startswith("公开了信息")


def test_rows_of_the_table_are_no_headings() -> None:
    sections = split_sections(
        [
            line("三、收到和处理政府信息公开申请情况", 0, right=500),
            line("一、本年新收政府信息公开申请数量", 1, right=400),
            line("四、结转下年度继续办理", 2, right=400),
            line("四、政府信息公开行政复议、行政诉讼情况", 3, right=600),
        ]
    )
    assert [section.heading[0] for section in sections] == ["三", "四"]


def test_heading_with_its_text_on_the_same_line_is_split() -> None:
    (section,) = split_sections([line("六、其他需要报告的事项：无。", 0, right=500)])
    assert (section.heading, section.text) == ("六、其他需要报告的事项", "无。")


def test_heading_wrapped_over_two_lines_is_joined() -> None:
    sections = split_sections(
        [
            line("四、因政府信息公开工作被申请行政复议、提起行政诉讼", 0),
            line("情况", 1, right=150),
            line("五、存在的主要问题", 2, left=150, right=400),
        ]
    )
    assert sections[0].heading == "四、因政府信息公开工作被申请行政复议、提起行政诉讼情况"


def test_text_without_headings_has_no_sections() -> None:
    assert split_sections([line("无标题的文字。", 0)]) == ()
    assert split_sections([]) == ()
