"""What the page makes of a text that is typed: the same as the service does."""

from decimal import Decimal
from typing import Final

from playwright.sync_api import Page, expect

from pipeline.types import Blank, Illegible, NotReported, Number, Value
from pipeline.values import normalise_text, parse_value
from tests.web.conftest import Station
from tests.web.windows import Visit, open_report, selected

TEXTS: Final = (
    *("", "  ", "\u3000", "\x85", "\x1f5\x1f", "\ufeff5"),
    *("/", "／", "\\", "无", " 无 ", "-", "——", "－－", "─", "-----"),
    *("0", " 29 ", "-18", "+1", "−3", "－3", "１２３", "٣", "007", "-0", "3\x1c件"),
    *("3,985,758", "3 985 758", "3,\u3000985", "3,\x85985", "1,23", "1 23", "1,234 567"),
    *("3个", "1,234 件", "75394432.52元", "2059.2090万元", "0.5亿元", "7.0", "12.", ".5", "2g"),
    *("5①", "12 ②", "１２⑶", "12²", "5 ①②", "5①件", "①", "5❶", "5 ① ②", "-5⁹", "5½", "①5"),
    *("0(含撤回1件)", "0（含撤回1件）", "0(含撤回1件", "0（含", "3(4)", "1(2", "3()", "3(", "(见"),
    *("12件(见 1)", "3(〇)", "3(_)", "3(❶)", "3(a", "3(٣)", "3(见)4", "3((见))", "3(一)(二)"),
    *("⼀", "⽆", "⻄⻨⻮⻙⻤⻣⻗⻰⺠", "3(⻅", "3⼀", "㆒", "３⼈"),
    *("9" * 15, "9" * 16, "-" + "9" * 15, "0." + "1" * 15, "9" * 400 + ".5", "9" * 5_000 + "元"),
)

KINDS: Final = {Blank: "blank", NotReported: "not_reported", Illegible: "illegible"}


def told(value: Value) -> str | Decimal:
    return Decimal(str(value.value)) if isinstance(value, Number) else KINDS[type(value)]


def test_page_and_service_make_the_same_of_every_text(visit: Visit) -> None:
    page = visit("upload", "upload")
    read = """async (texts) => {
      const { normalise, parse } = await import('/review/values.js');
      return texts.map((text) => [normalise(text), parse(text)]);
    }"""
    here = {
        text: (plain, Decimal(one["digits"]) if one["kind"] == "value" else one["kind"])
        for text, (plain, one) in zip(TEXTS, page.evaluate(read, list(TEXTS)), strict=True)
    }
    there = {text: (normalise_text(text), told(parse_value(text)[0])) for text in TEXTS}
    assert here == there


def typed(page: Page, text: str) -> str:
    """Say a text of the field that is selected; what the service is sent."""
    page.keyboard.press("F2")
    page.locator(".form-pane input").fill(text)
    with page.expect_request(lambda request: request.method == "PATCH") as sent:
        page.keyboard.press("Enter")
    expect(page.locator(".report-head")).not_to_contain_text("sending")
    body = sent.value.post_data_json
    assert body is not None
    return str(body["text"])


def test_mark_of_a_note_that_is_typed_is_no_digit(
    station: Station, visit: Visit, report_id: str
) -> None:
    page = open_report(visit, report_id)
    field = selected(page)
    # As it is typed: what is kept of it is the service's to say.
    assert typed(page, " 5①\t") == "5①"
    expect(page.locator(f'td[data-field="{field}"]')).to_have_text("5")
    pinned = station.report(report_id)["report"]["fields"][field]
    assert (pinned["text"], pinned["source"], pinned["confidence"]) == ("5", "reviewed", 1)
