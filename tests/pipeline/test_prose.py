"""Sections of the running text."""

from collections.abc import Iterable
from itertools import pairwise

from pipeline.prose import running_text, split_sections
from pipeline.types import Box, Cell, FieldReading, Reading, Table, TextLine


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
    (section,) = split_sections(running_text(rows, (), ()))
    assert "example" not in section.text
    assert "门户" not in section.text
    assert "-" not in section.text
    assert section.text.startswith("公开了信息")


def test_only_at_the_edge_of_pages_is_a_line_their_header_and_a_sentence_never() -> None:
    rows = []
    for page, (one, other) in ((1, "一二"), (2, "三四")):
        rows += [
            line("某县年报", 0, left=400, right=600, page=page),
            line(f"{one}、本年工作的总体情况", 2, right=500, page=page),
            line("某县年报", 3, right=300, page=page),
            line(f"{other}、存在的主要问题", 4, right=900, page=page),
            line("无。", 5, right=200, page=page),
        ]
    sections = split_sections(running_text(rows, (), ()))
    assert [section.text for section in sections] == ["某县年报", "无。"] * 2


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


def test_what_is_misread_as_a_number_that_is_none_begins_no_section() -> None:
    sections = split_sections(
        [line("十、总体情况", 0), line("十十、其他情况", 1), line("十一、存在的问题", 2)]
    )
    assert [section.heading for section in sections] == ["十、总体情况", "十一、存在的问题"]


def test_text_without_headings_has_no_sections() -> None:
    assert split_sections([line("无标题的文字。", 0)]) == ()
    assert split_sections([]) == ()


def table(*tops: float, page: int = 1, ruled: bool = True) -> Table:
    """A table of one wide cell between each of these heights and the next."""
    cells = tuple(
        Cell(row, 0, 1, 1, Box(100, top, 900, bottom), (), touched=False)
        for row, (top, bottom) in enumerate(pairwise(tops))
    )
    box = Box(100, tops[0], 900, tops[-1])
    return Table(page, box, ruled, len(cells), 1, cells)


def texts(lines: Iterable[TextLine]) -> list[str]:
    return [one.text for one in lines]


def test_lines_of_a_ruled_table_are_no_running_text() -> None:
    lines = [
        line("二、主动公开政府信息情况", 0),
        line("信息内容本年制发件数", 2),
        line("规章13", 3),
        line("以上为全部情况。", 5),
    ]
    kept = running_text(lines, [table(75, 115, 155)], ())
    assert texts(kept) == ["二、主动公开政府信息情况", "以上为全部情况。"]


def test_heading_that_was_taken_for_the_first_row_is_kept() -> None:
    lines = [line("二、主动公开政府信息情况", 1), line("规章13", 2)]
    assert texts(running_text(lines, [table(35, 75, 115)], ())) == ["二、主动公开政府信息情况"]


def test_row_that_is_numbered_like_a_heading_is_no_running_text() -> None:
    lines = [line("统计指标", 1), line("六、举报投诉数量件", 2), line("七、收取的费用万元", 3)]
    assert running_text(lines, [table(35, 75, 115, 155)], ()) == ()


def test_end_of_a_label_below_a_table_that_the_page_cuts_is_no_running_text() -> None:
    lines = [
        line("三、收到和处理政府信息公开申请情况", 0),
        line("(五)不予", 2),
        line("处理", 3),
        line("2.重复申请", 1, page=2),
        line("四、政府信息公开行政复议、行政诉讼情况", 5, page=2),
    ]
    tables = [table(75, 112), table(35, 75, page=2)]
    kept = texts(running_text(lines, tables, ()))
    assert kept == [lines[0].text, lines[4].text]
    alone = texts(running_text(lines, tables[:1], ()))
    assert "处理" in alone


def test_unruled_table_reaches_from_its_column_heads_to_its_last_field() -> None:
    lines = [
        line("一、总体情况", 0),
        line("工作有序开展。", 1),
        line("行政许可处理决定数量", 2),
        line("行政许可599", 3),
        line("行政处罚67", 4),
        line("五、存在的主要问题", 5),
    ]
    loose = table(115, 155, 195, ruled=False)
    fields = [
        FieldReading(f"t2.row{cell.row}.n", Reading(cell, 1, "", (), "read"), 1.0, None)
        for cell in loose.cells
    ]
    kept = texts(running_text(lines, [loose], fields))
    assert kept == ["一、总体情况", "工作有序开展。", "五、存在的主要问题"]
    assert texts(running_text(lines, [loose], ())) == texts(lines)


def test_what_the_statistics_form_prints_around_its_table_is_no_running_text() -> None:
    lines = [
        line("政府信息公开情况统计表", 0),
        line("(2016年度)", 1),
        line("填报单位(盖章):东山县人民政府", 2),
        line("单位负责人:审核人:填报人:", 3),
        line("联系电话:填报日期:2017年1月16日", 4),
        line("东山县人民政府", 5),
    ]
    assert texts(running_text(lines, (), ())) == ["东山县人民政府"]
