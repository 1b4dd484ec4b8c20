"""The drawn reports that the tests read: what each prints and how it looks.

Between them they hold every variant seen in real reports that the project has to
read; `tests/reports/README.md` lists which is where. Bodies and figures are invented,
but for 长春市宽城区 2020.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from forms.form import Form
from training.fixture_values import (
    APPLICANTS,
    KUANCHENG_2020,
    KUANCHENG_2020_APPLICATIONS,
    KUANCHENG_2020_EMPTY,
    add_up,
    fill,
)
from training.sheet_grid import Wording, plain_grid
from training.sheet_markup import Heading, Paragraph, SheetStyle, Signature, Table, Title
from training.sheets import (
    DrawnReport,
    ExtraTable,
    SheetVariant,
    draw_parts,
    draw_report,
)

SERIF: Final = ("Liberation Serif", "Noto Serif CJK SC")
SONG: Final = ("Liberation Serif", "AR PL SungtiL GB", "Noto Serif CJK SC")
KAI: Final = ("Liberation Serif", "AR PL UKai", "Noto Serif CJK SC")
ZENHEI: Final = ("WenQuanYi Zen Hei", "Noto Sans CJK SC")
BROWSER: Final = ("Noto Sans CJK SC",)

FONTS: Final = frozenset({*SERIF, *SONG, *KAI, *ZENHEI, *BROWSER, "Liberation Sans"})
"""Families that drawing needs: Debian's fonts-noto-cjk, -liberation, -arphic-gbsn00lp,
-arphic-ukai and -wqy-zenhei."""

COMPACT: Final = SheetStyle(prose_size=12.0, table_size=8.5)
"""Two pages for a report: small files."""


@dataclass(frozen=True, slots=True)
class Shipped:
    """A drawn document and the folder it goes to."""

    slug: str
    report: DrawnReport


def draw_shipped(forms: Mapping[str, Form]) -> tuple[Shipped, ...]:
    """Draw every report that ships with the tests.

    Args:
        forms: By id.
    """
    drawings = {
        "kuancheng_2020": _kuancheng(forms["2019"]),
        "template_zeros": _template_zeros(forms["2021"]),
        "blank_cells": _blank_cells(forms["2019"]),
        "money_and_signs": _money_and_signs(forms["2019"]),
        "shifted_sections": _shifted_sections(forms["2021"]),
        "unruled": _unruled(forms["2019"]),
        "browser_print": _browser_print(forms["2021"]),
        "three_line": _three_line(forms["2021"]),
        "statistics_2016": _statistics(forms["2014"], "三江县农业局", 2016, "three_line"),
        "statistics_2017": _statistics(forms["2014"], "白鹭市体育局", 2017, "full"),
    }
    return tuple(Shipped(slug, report) for slug, report in drawings.items())


def draw_local_annex() -> bytes:
    """An older local annex that is none of the forms and has to be refused."""
    rows = (
        ("主动公开文件数", "条", "64", "1207"),
        ("其中：全文电子化的主动公开文件数", "条", "64", "1180"),
        ("依申请公开受理数", "件", "3", "21"),
        ("同意公开数", "件", "2", "15"),
        ("不予公开数", "件", "1", "6"),
        ("接待来访人次", "人次", "12", "340"),
        ("行政复议数", "件", "0", "1"),
    )
    grid = plain_grid(("指标名称", "计量单位", "本年度", "历年累计"), rows)
    parts = (
        Title("石桥镇2011年政府信息公开工作年度报告"),
        Heading("一、概述"),
        Paragraph("2011年，石桥镇继续做好政府信息公开工作，本年度公开文件64条。"),
        Heading("附：指标统计表"),
        Table(grid),
        Signature("石桥镇人民政府", "2012年2月28日"),
    )
    return draw_parts(parts, COMPACT)


def _kuancheng(form: Form) -> DrawnReport:
    applications = add_up(_with_empty_rows(form, KUANCHENG_2020_APPLICATIONS))
    values = fill(form, "0", applications, KUANCHENG_2020, KUANCHENG_2020_EMPTY)
    style = replace(COMPACT, seal="date", cuts={"t3": 9})
    return draw_report(form, "长春市宽城区", 2020, values, style, SheetVariant())


def _template_zeros(form: Form) -> DrawnReport:
    """The total column still holds the template's zeros; one stray 6."""
    applications = add_up(
        _with_empty_rows(
            form,
            {
                "new": (17, 4, 0, 1, 0, 0),
                "carried_in": (2, 0, 0, 0, 0, 0),
                "granted": (9, 2, 0, 0, 0, 0),
                "partial": (3, 1, 0, 0, 0, 0),
                "denied_process": (1, 0, 0, 0, 0, 0),
                "unavailable_not_held": (4, 1, 0, 1, 0, 0),
                "carried_out": (2, 0, 0, 0, 0, 0),
            },
        )
    )
    zeros = {field: "0" for field in applications if field.endswith(".total")}
    others = {
        "t2.normative.issued": "8",
        "t2.normative.repealed": "2",
        "t2.normative.in_force": "28",
        "t2.licences.decisions": "1,599",
        "t2.penalties.decisions": "67",
        "t3.granted.total": "6",
    }
    numbered = {text: text.replace(".", "、", 1) for text in _labels(form) if text[:1].isdigit()}
    wording = Wording(
        relabel={
            "现行有效件数": "先行有效件数",
            "行政规范性文件": "规范性文件",
            "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）": (
                "（本列数据的钩稽关系为：第一项加第二项之和，等于第三项加第四项之和）"
            ),
            **numbered,
        }
    )
    values = fill(form, "0", applications, zeros, others)
    style = replace(COMPACT, fill="#c9daf0", seal="table", cuts={"t4": 3}, table_font=KAI)
    return draw_report(form, "青石县人民政府", 2023, values, style, SheetVariant(wording))


def _blank_cells(form: Form) -> DrawnReport:
    """Blanks for zeros, totals left out, dashes of three kinds; a broken column sum."""
    rows = {
        "new": (6, 1, 0, 0, 0, 0),
        "granted": (3, 0, 0, 0, 0, 0),
        "denied_law": (1, 0, 0, 0, 0, 0),
        "unavailable_unclear": (0, 1, 0, 0, 0, 0),
        "carried_out": (2, 0, 0, 0, 0, 0),
    }
    applications = add_up(_with_empty_rows(form, rows))
    blanks = {field: "" for field, text in applications.items() if text == "0"}
    totals = {field: "" for field in applications if field.endswith(".total")}
    others = {
        "t2.rules.made": "/",
        "t2.rules.published": "/",
        "t2.rules.total": "/",
        "t2.normative.made": "2",
        "t2.normative.published": "2",
        "t2.normative.total": "31",
        "t2.licences.prior": "14",
        "t2.licences.change": "-2",
        "t2.licences.decisions": "206",
        "t2.services.decisions": "—",
        "t2.coercive.decisions": "无",
        "t2.procurement.projects": "—",
        "t2.procurement.amount": "—",
        "t3.new.total": "7",
        "t3.results_total.total": "4",
    }
    wording = Wording(
        relabel={
            "规范性文件": "行政规范性文件",
            "本年新公开数量": "本年公开数量",
            "本年增/减": "本年增/减量",
        }
    )
    values = fill(form, "", applications, blanks, totals, others)
    style = replace(COMPACT, ruling="double", align="right", table_font=SONG)
    return draw_report(form, "云溪区教育局", 2019, values, style, SheetVariant(wording))


def _money_and_signs(form: Form) -> DrawnReport:
    """Units in cells, headers and labels; thick frame; a heading row left out."""
    rows = {
        "new": (121, 38, 2, 0, 9, 1),
        "carried_in": (5, 0, 0, 0, 0, 0),
        "granted": (70, 21, 1, 0, 4, 0),
        "partial": (12, 6, 0, 0, 2, 0),
        "denied_secret": (1, 0, 0, 0, 0, 0),
        "denied_third_party": (3, 2, 0, 0, 0, 0),
        "unavailable_not_held": (22, 5, 1, 0, 3, 1),
        "unavailable_needs_creation": (6, 1, 0, 0, 0, 0),
        "rejected_petition": (4, 0, 0, 0, 0, 0),
        "rejected_duplicate": (2, 0, 0, 0, 0, 0),
        "other": (1, 1, 0, 0, 0, 0),
        "carried_out": (5, 2, 0, 0, 0, 0),
    }
    others = {
        "t2.licences.prior": "186",
        "t2.licences.change": "-18",
        "t2.licences.decisions": "12,408",
        "t2.services.change": "+1",
        "t2.penalties.prior": "402",
        "t2.penalties.change": "+7",
        "t2.penalties.decisions": "958",
        "t2.fees.prior": "3个",
        "t2.fees.change": "-1",
        "t2.procurement.projects": "3个",
        "t2.procurement.amount": "2059.209000万元",
        "t4.review.upheld": "4",
        "t4.review.other": "1",
        "t4.review.total": "5",
        "t4.litigation_after_review.pending": "1",
        "t4.litigation_after_review.total": "1",
    }
    wording = Wording(
        relabel={
            "采购总金额": "采购总金额（单位：万元）",
            "行政事业性收费": "行政事业性收费（个）",
        },
        headless=frozenset({"第二十条第（六）项"}),
    )
    values = fill(form, "0", add_up(_with_empty_rows(form, rows)), others)
    style = replace(
        COMPACT, ruling="thick", cuts={"t3": 14}, repeat_header=True, repeat_labels=True
    )
    return draw_report(form, "南浦市水利局", 2020, values, style, SheetVariant(wording))


def _shifted_sections(form: Form) -> DrawnReport:
    """Landscape; tables are sections 三 to 五, then a table that no form knows."""
    rows = {
        "new": (3, 0, 0, 0, 0, 0),
        "carried_in": (1, 0, 0, 0, 0, 0),
        "granted": (2, 0, 0, 0, 0, 0),
        "other_no_correction": (1, 0, 0, 0, 0, 0),
        "carried_out": (1, 0, 0, 0, 0, 0),
    }
    charges = plain_grid(
        ("信息处理费收取件数", "信息处理费收取金额（元）", "减免件数"), (("0", "0", "0"),)
    )
    wording = Wording(dropped_rows=frozenset({"t2.rules"}))
    variant = SheetVariant(
        wording,
        leading_sections=("概述",),
        extra_tables=(ExtraTable("信息处理费收取情况", charges),),
    )
    others = {"t2.normative.in_force": "11", "t2.fees.amount": "75394432.52元"}
    values = fill(form, "0", add_up(_with_empty_rows(form, rows)), others)
    style = replace(COMPACT, landscape=True, cell_padding=2.5, vertical_labels=False)
    return draw_report(form, "松岭县财政局", 2021, values, style, variant)


def _unruled(form: Form) -> DrawnReport:
    """Not a line in any table; one applicant counted in the wrong column."""
    rows = {
        "new": (9, 2, 0, 0, 0, 0),
        "granted": (5, 1, 0, 0, 0, 0),
        "denied_enforcement": (1, 0, 1, 0, 0, 0),
        "denied_inquiry": (1, 0, 0, 0, 0, 0),
        "rejected_reissue": (1, 0, 0, 0, 0, 0),
        "carried_out": (1, 0, 0, 0, 0, 0),
    }
    others = {
        "t2.normative.made": "1",
        "t2.normative.published": "1",
        "t2.normative.total": "19",
        "t2.penalties.prior": "55",
        "t2.penalties.decisions": "310",
        "t2.procurement.projects": "12",
        "t2.procurement.amount": "486.5",
    }
    values = fill(form, "0", add_up(_with_empty_rows(form, rows)), others)
    style = replace(COMPACT, ruling="none", cell_padding=2.2, table_font=SONG)
    return draw_report(form, "临江区民政局", 2019, values, style, SheetVariant())


def _browser_print(form: Form) -> DrawnReport:
    """A web page: banner, its own title, Kangxi radicals, tiny tables with open sides."""
    rows = {
        "new": (31, 6, 0, 0, 2, 0),
        "carried_in": (0, 1, 0, 0, 0, 0),
        "granted": (18, 4, 0, 0, 1, 0),
        "partial": (4, 0, 0, 0, 0, 0),
        "denied_internal": (2, 0, 0, 0, 0, 0),
        "unavailable_not_held": (5, 2, 0, 0, 1, 0),
        "other_misc": (2, 0, 0, 0, 0, 0),
        "carried_out": (0, 1, 0, 0, 0, 0),
    }
    others = {
        "t2.normative.issued": "4",
        "t2.normative.in_force": "36",
        "t2.licences.decisions": "2208",
        "t2.fees.amount": "3940.17",
        "t4.review.corrected": "1",
        "t4.review.total": "1",
    }
    variant = SheetVariant(kangxi=True, title="河湾镇人民政府2022年政府信息公开工作年度报告")
    values = fill(form, "0", add_up(_with_empty_rows(form, rows)), others)
    style = replace(
        COMPACT, ruling="open_sides", table_size=5.7, prose_font=BROWSER, heading_font=BROWSER,
        table_font=BROWSER, web_title="河湾镇2023年信息公开年报公示", fill="#eeeeee",
    )  # fmt: skip
    return draw_report(form, "河湾镇人民政府", 2022, values, style, variant)


def _three_line(form: Form) -> DrawnReport:
    """Three-line tables; the results total forgets the cases carried in."""
    rows = {
        "new": (10, 3, 0, 0, 0, 0),
        "carried_in": (2, 0, 0, 0, 0, 0),
        "granted": (8, 2, 0, 0, 0, 0),
        "denied_stability": (1, 0, 0, 0, 0, 0),
        "rejected_excessive": (2, 0, 0, 0, 0, 0),
        "other_unpaid": (1, 0, 0, 0, 0, 0),
        "carried_out": (0, 1, 0, 0, 0, 0),
    }
    wrong = {"t3.results_total.natural": "10", "t3.results_total.total": "12"}
    values = fill(form, "0", add_up(_with_empty_rows(form, rows)), wrong)
    style = replace(COMPACT, ruling="three_line", table_font=ZENHEI, cell_padding=2.0)
    return draw_report(form, "平湖区司法局", 2024, values, style, SheetVariant())


def _statistics(form: Form, body: str, year: int, ruling: str) -> DrawnReport:
    """The statistics form, once with three lines and once fully ruled with blanks."""
    given = {
        "s.disclosed": "1268", "s.disclosed_normative": "21", "s.normative_issued": "25",
        "s.via_website": "1102", "s.via_wechat": "340", "s.interpretations": "16",
        "s.received": "27", "s.received_in_person": "4", "s.received_online": "20",
        "s.received_letter": "3", "s.closed": "27", "s.closed_on_time": "25",
        "s.closed_extended": "2", "s.answered": "27", "s.answered_granted": "18",
        "s.answered_partial": "3", "s.answered_denied": "2", "s.denied_privacy": "2",
        "s.answered_not_exist": "4", "s.reviews": "1", "s.reviews_upheld": "1",
        "s.offices": "1", "s.reading_points": "3", "s.staff": "9", "s.staff_full_time": "2",
        "s.staff_part_time": "7", "s.budget": "12.6", "s.meetings": "4", "s.trainings": "2",
        "s.trainees": "135",
    }  # fmt: skip
    if ruling == "three_line":
        style = replace(COMPACT, ruling="three_line", cell_padding=1.2)
        return draw_report(form, body, year, fill(form, "0", given), style, SheetVariant())
    dashes = {"s.fees": "/", "s.lawsuits": "—", "s.complaints": "无"}
    style = replace(
        COMPACT, align="right", seal="table", table_font=SONG, cuts={"s": 40}, repeat_header=True
    )
    return draw_report(form, body, year, fill(form, "", given, dashes), style, SheetVariant())


def _with_empty_rows(form: Form, rows: Mapping[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    """The rows given, and zeros for the other rows of table 3."""
    wanted = {asked.row for asked in form.fields if asked.id.startswith("t3.")}
    zeros = (0,) * len(APPLICANTS)
    return {row: rows.get(row, zeros) for row in sorted(wanted - {"results_total"})}


def _labels(form: Form) -> list[str]:
    return [row.label.text for table in form.tables for band in table.bands for row in band.rows]
