"""Reviews in a real browser, on the running service, of a real extraction of a damaged scan."""

import re
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect

from eval.corpus import ROOT
from pipeline.types import NotReported
from pipeline.values import parse_value
from tests.web.conftest import Station, worn_scan
from tests.web.windows import Visit, go_everywhere, open_report, selected

TOTAL = "t3.granted.total"
BLANK_ROW = ("t3.other.business", "t3.other.legal")
"""Empty on this report; the sums make the reader believe in zeros."""


def cell(page: Page, field: str) -> Any:
    return page.locator(f'td[data-field="{field}"]')


def sign_in(field: dict[str, Any]) -> str:
    """The sign for "not reported" that the reader saw in a field, else a slash."""
    seen = [other["text"] for other in field["alternatives"]]
    return next((text for text in seen if isinstance(parse_value(text)[0], NotReported)), "/")


def doubts(page: Page) -> int:
    return int(page.inner_text(".report-head .tally").split()[0])


def test_every_doubt_is_cleared_by_keyboard_alone(
    station: Station, browser: Browser, report_id: str
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    page = context.new_page()
    page.goto(f"{station.address}/review")
    page.wait_for_selector("#key")
    page.keyboard.type(station.keys["review"])
    page.keyboard.press("Enter")
    page.wait_for_selector(".reports")
    page.keyboard.press("Enter")
    page.wait_for_selector("td[aria-selected=true]")
    expect(page.locator(".paper:not(.coming)")).to_be_visible()
    corrected: dict[str, str] = {}
    while doubts(page):
        field = selected(page)
        if len(corrected) < 2:
            corrected[field] = f"{len(corrected) + 61}"
            page.keyboard.type(corrected[field])
        page.keyboard.press("b" if field in BLANK_ROW and field not in corrected else "Enter")
        # An answer may settle other doubts, or raise one.
        expect(page.locator(".report-head")).not_to_contain_text("sending")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".queue")
    context.close()
    answer = station.report(report_id)
    assert (answer["status"], answer["to_review"]) == ("reviewed", 0)
    fields = answer["report"]["fields"]
    assert len(corrected) == 2
    assert {name: fields[name]["text"] for name in corrected} == corrected
    assert {fields[name]["text"] for name in BLANK_ROW if name not in corrected} <= {""}
    history = station.client.get(f"/v1/reports/{report_id}/history").json()["entries"]
    people = {entry["who"].split()[0] for entry in history if entry["action"] == "corrected"}
    assert (people, history[-1]["action"]) == ({"review"}, "approved")


def test_sums_speak_while_a_value_is_typed(station: Station, visit: Visit, report_id: str) -> None:
    page = open_report(visit, report_id)
    before = station.report(report_id)["version"]
    cell(page, TOTAL).click()
    printed = int(station.report(report_id)["report"]["fields"][TOTAL]["text"])
    page.keyboard.type(str(printed + 2))
    expect(page.locator('.sum[data-state="broken"] .off').first).to_have_text("off by −2")
    expect(cell(page, TOTAL)).to_have_attribute("data-broken", "true")
    page.keyboard.press("Escape")
    expect(page.locator('.sum[data-state="broken"]')).to_have_count(0)
    assert station.report(report_id)["version"] == before


def test_key_shows_its_effect_within_50_milliseconds(visit: Visit, report_id: str) -> None:
    """The quickest of three: the machine may be at work for others in between."""
    page = open_report(visit, report_id)
    took = [
        page.evaluate(
            """() => {
              const cell = document.querySelector('td[aria-selected=true]');
              const key = new KeyboardEvent('keydown', {key: 'Enter', bubbles: true});
              const began = performance.now();
              cell.dispatchEvent(key);
              document.body.getBoundingClientRect();
              const took = performance.now() - began;
              return [took, cell.dataset.mark, cell.ariaSelected];
            }"""
        )
        for _ in range(3)
    ]
    assert [shown[1:] for shown in took] == [["confirmed", "false"]] * 3
    assert min(shown[0] for shown in took) < 50


def test_undo_takes_a_correction_back_and_redo_says_it_again(
    station: Station, visit: Visit, report_id: str
) -> None:
    page = open_report(visit, report_id)
    field = selected(page)
    before = station.report(report_id)["report"]["fields"][field]
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    expect(cell(page, field)).to_have_attribute("data-mark", "corrected")
    page.keyboard.press("Control+z")
    expect(cell(page, field)).to_have_attribute("data-mark", "doubtful")
    expect(page.locator(".report-head")).not_to_contain_text("sending")
    assert station.report(report_id)["report"]["fields"][field] == before
    page.keyboard.press("Control+y")
    expect(page.locator(".report-head")).not_to_contain_text("sending")
    after = station.report(report_id)["report"]["fields"][field]
    assert (after["text"], after["source"]) == ("7", "reviewed")


def test_signs_have_keys_of_their_own(station: Station, visit: Visit, report_id: str) -> None:
    page = open_report(visit, report_id)
    said = {}
    fields = station.report(report_id)["report"]["fields"]
    for key, text in (("/", None), ("x", "□"), ("b", ""), ("/", None)):
        field = selected(page)
        said[field] = sign_in(fields[field]) if text is None else text
        page.keyboard.press(key)
    # One of the cells has a sign for "not reported" among its readings, the other has none.
    assert {"-", "/"} <= set(said.values())
    fields = station.report(report_id)["report"]["fields"]
    field = next(
        name
        for name, one in fields.items()
        if one["review"] and one["alternatives"] and name not in said
    )
    said[field] = fields[field]["alternatives"][0]["text"]
    cell(page, field).click()
    page.keyboard.press("Alt+2")
    expect(page.locator(".report-head")).not_to_contain_text("sending")
    fields = station.report(report_id)["report"]["fields"]
    assert {name: fields[name]["text"] for name in said} == said


def test_report_is_one_reviewers_while_it_is_open(
    station: Station, visit: Visit, report_id: str
) -> None:
    first = open_report(visit, report_id)
    second = open_report(visit, report_id, "admin")
    expect(second.locator("#banner")).to_contain_text("review")
    second.keyboard.press("b")
    expect(second.locator(".report-head .primary")).to_be_disabled()

    def slowly(route: Route) -> None:
        time.sleep(0.5)
        route.continue_()

    first.route("**/release", slowly)
    first.keyboard.press("Escape")
    first.wait_for_selector(".queue")
    expect(first.locator(".reports tbody tr td:last-child")).to_have_text("")
    second.reload()
    second.wait_for_selector("td[aria-selected=true]")
    expect(second.locator("#banner")).to_be_hidden()
    assert station.report(report_id)["to_review"] == doubts(second)


@pytest.mark.parametrize(("button", "kept"), [("Keep what is there", "5"), ("Use mine", "7")])
def test_change_elsewhere_is_shown_before_it_is_overwritten(
    station: Station, visit: Visit, report_id: str, button: str, kept: str
) -> None:
    page = open_report(visit, report_id)
    field = selected(page)
    assert station.say(report_id, field, "5", "review").status_code == 200
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    dialog = page.locator("dialog")
    expect(dialog.locator("tbody tr").first).to_contain_text("5")
    dialog.get_by_text(button).click()
    expect(cell(page, field)).to_have_text(kept)
    expect(page.locator(".report-head")).not_to_contain_text("sending")
    assert station.report(report_id)["report"]["fields"][field]["text"] == kept


def test_lost_connection_loses_no_keystroke(station: Station, visit: Visit, report_id: str) -> None:
    page = open_report(visit, report_id)
    page.context.set_offline(True)
    said = []
    for _ in range(3):
        said.append(selected(page))
        page.keyboard.press("Enter")
    expect(page.locator("#banner")).to_contain_text("3 answers are kept")
    assert station.report(report_id)["report"]["fields"][said[0]]["source"] != "reviewed"
    page.context.set_offline(False)
    expect(page.locator(".report-head")).not_to_contain_text("sending", timeout=20_000)
    expect(page.locator("#banner")).to_be_hidden()
    fields = station.report(report_id)["report"]["fields"]
    assert {fields[name]["source"] for name in said} == {"reviewed"}


def test_answers_that_wait_outlive_the_window(
    station: Station, visit: Visit, report_id: str
) -> None:
    page = open_report(visit, report_id)
    field, context = selected(page), page.context
    context.set_offline(True)
    page.keyboard.press("Enter")
    expect(page.locator("#banner")).to_contain_text("1 answers are kept")
    page.close()
    context.set_offline(False)
    again = context.new_page()
    again.goto(f"{station.address}/review#/report/{report_id}")
    again.wait_for_selector("td[aria-selected=true]")
    expect(cell(again, field)).to_have_attribute("data-mark", "confirmed")
    expect(again.locator(".report-head")).not_to_contain_text("sending")
    assert station.report(report_id)["report"]["fields"][field]["source"] == "reviewed"


def test_intruders_are_struck_and_the_rest_accepted(
    station: Station, visit: Visit, report_id: str
) -> None:
    read = station.report(report_id)["report"]["fields"].values()
    doubted = Counter(field["text"] for field in read if field["review"] and field["text"])
    page = visit("review", f"alike/{doubted.most_common(1)[0][0]}")
    tiles = page.locator(".tile")
    expect(tiles.first).to_be_visible()
    intruder, others = tiles.first, tiles.count() - 1
    struck = intruder.get_attribute("title")
    assert others > 0
    intruder.press("Enter")
    expect(intruder).to_have_attribute("aria-pressed", "true")
    page.get_by_text(f"Accept the other {others}").click()
    expect(tiles).to_have_count(1)
    fields = station.report(report_id)["report"]["fields"]
    assert fields[struck]["source"] != "reviewed"
    assert sum(field["source"] == "reviewed" for field in fields.values()) == others


def test_archive_that_is_chosen_in_the_queue_is_kept_among_look_alikes(
    station: Station, visit: Visit, report_id: str, tmp_path: Path
) -> None:
    for name, files in (("none", 0), ("old", 1)):
        folder = tmp_path / name
        folder.mkdir()
        for number in range(files):
            (folder / f"{number}.pdf").write_bytes(worn_scan())
        station.run("archive", "submit", str(folder), "--name", name)
    page = visit("review", "queue")
    rows = page.locator("table.reports tbody tr")
    expect(rows).to_have_count(1)
    page.get_by_label("Archive").select_option("none")
    expect(rows).to_have_count(0)
    page.goto(f"{station.address}/review#/alike/0")
    expect(page.locator("main.alike")).to_be_visible()
    expect(page.get_by_label("Archive")).to_have_value("none")
    expect(page.locator(".tile")).to_have_count(0)
    page.get_by_label("Archive").select_option("old")
    expect(page.locator(".tile").first).to_be_visible()
    page.goto(f"{station.address}/review#/queue")
    page.get_by_text("Take the next").click()
    page.wait_for_url(f"**/report/{report_id}")


def test_dropped_file_is_sent_and_read(station: Station, visit: Visit, report_id: str) -> None:
    station.client.delete(f"/v1/reports/{report_id}")
    page = visit("upload", "upload")
    page.set_input_files(
        "#files", {"name": "a.pdf", "mimeType": "application/pdf", "buffer": worn_scan()}
    )
    ended = page.locator('.files li[data-ended="well"]')
    expect(ended).to_contain_text("in doubt", timeout=60_000)
    expect(page.locator(".top nav a")).to_have_count(1)
    assert station.report(report_id)["status"] == "extracted"


@pytest.mark.parametrize("language", ["English", "中文"])
def test_page_is_accessible_in_both_languages(
    station: Station, visit: Visit, report_id: str, language: str
) -> None:
    first = station.report(report_id)["report"]["fields"]
    doubtful = next(name for name, field in first.items() if field["review"])
    assert station.say(report_id, doubtful, "1", "review").status_code == 200
    page = visit("review", "queue")
    page.wait_for_selector(".reports")
    if language == "中文":
        page.get_by_text("中文").click()
    for _ in go_everywhere(page, station, report_id):
        expect(page.locator("html")).to_have_attribute("lang", re.compile("en|zh-CN"))
        found = Axe().run(page, options={"resultTypes": ["violations"]})
        assert found.violations_count == 0, found.generate_report()


def test_page_asks_no_other_host_and_runs_nothing_inline(
    station: Station, visit: Visit, report_id: str
) -> None:
    page = visit("review", f"report/{report_id}")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda told: asked.append(f"{told.type}: {told.text}"))
    page.reload()
    page.wait_for_selector(".paper:not(.coming)")
    own = (station.address, f"blob:{station.address}")
    assert len(asked) > 5
    assert [url for url in asked if not url.startswith(own)] == []
    policy = station.client.get("/review").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_every_text_is_there_in_both_languages(visit: Visit) -> None:
    page = visit("upload", "upload")
    read = "async (name) => Object.keys((await import(`/review/${name}.js`))[name])"
    texts = {name: set(page.evaluate(read, name)) for name in ("zh", "en")}
    assert texts["zh"] - texts["en"] == {"sentences"}
    assert texts["en"] <= texts["zh"]
    folder = ROOT / "service" / "web"
    source = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.js"))
    assert set(re.findall(r"\bt\('([\w.]+)'", source)) <= texts["en"]
