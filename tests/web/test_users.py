"""The page for those who work with it: their language, keys, screens and ways about."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from pipeline.errors import CODES
from service.problems import SERVICE_CODES
from tests.web.conftest import Station
from tests.web.windows import Visit, go_everywhere, open_report, selected


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_refusal_has_a_text_of_its_own(visit: Visit, language: str) -> None:
    page = visit("upload", "upload")
    read = "async (name) => (await import(`/review/${name}.js`))[name]"
    texts = page.evaluate(f"async (name) => Object.keys(await ({read})(name))", language)
    assert {f"refused.{code}" for code in {*CODES, *SERVICE_CODES}} <= set(texts)


def test_file_that_cannot_be_read_is_explained_in_chinese(
    station: Station, visit: Visit, tmp_path: Path
) -> None:
    for old in station.client.get("/v1/reports").json()["reports"]:
        station.client.delete(f"/v1/reports/{old['id']}")
    file = tmp_path / "cut.pdf"
    file.write_bytes(b"%PDF-1.4 cut off")
    page = visit("review", "upload")
    page.get_by_text("中文").click()
    expect(page.locator("h1")).to_have_text("上传")
    page.set_input_files("#files", file)
    ended = page.locator('.files li[data-ended="badly"] .state')
    expect(ended).to_have_text("文件为空、不完整或已损坏，请重新上传。", timeout=60_000)
    page.goto(f"{station.address}/review#/queue")
    page.get_by_label("范围").select_option("")
    expect(page.locator(".reports tbody td:nth-child(5)")).to_contain_text("已损坏")


@pytest.mark.usefixtures("report_id")
def test_reports_of_a_body_are_found_by_its_name(visit: Visit) -> None:
    page = visit("review", "queue")
    rows = page.locator("table.reports tbody tr")
    expect(rows).to_have_count(1)
    expect(page.locator("#bodies option")).to_have_count(1)
    field = page.get_by_label("Body")
    field.fill("长春市南关区")
    field.press("Enter")
    expect(rows).to_have_count(0)
    field.fill("长春市宽城区")
    field.press("Enter")
    expect(rows).to_have_count(1)


def test_keys_of_a_single_character_can_be_turned_off(visit: Visit, report_id: str) -> None:
    page = open_report(visit, report_id)
    field = selected(page)
    page.keyboard.press("F1")
    page.get_by_label("Keys of a single character").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    page.wait_for_selector("td[aria-selected=true]")
    for key in ("b", "7", "x", "/", "n", "Shift+N"):
        page.keyboard.press(key)
    assert selected(page) == field
    expect(page.locator(".form-pane input")).to_have_count(0)
    expect(page.locator("dialog")).to_have_count(0)
    page.keyboard.press("F2")
    expect(page.locator(".form-pane input")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    expect(page.locator(f'td[data-field="{field}"]')).to_have_attribute("data-mark", "confirmed")


@pytest.mark.usefixtures("report_id")
def test_focus_goes_along_to_another_place(visit: Visit) -> None:
    page = visit("review", "queue")
    expect(page.locator("h1")).to_be_focused()
    for name in ("Look-alikes", "Overview", "Upload", "Queue"):
        page.locator(".top nav").get_by_text(name).click()
        expect(page.locator("h1")).to_have_text(name)
        expect(page.locator("h1")).to_be_focused()


def test_language_changes_within_a_report_and_nothing_is_lost(visit: Visit, report_id: str) -> None:
    page = open_report(visit, report_id)
    first = selected(page)
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    second = selected(page)
    page.get_by_text("中文").click()
    expect(page.locator(".report-head .primary")).to_contain_text("审定")
    expect(page.locator(f'td[data-field="{second}"]')).to_be_focused()
    page.keyboard.press("Control+z")
    expect(page.locator(f'td[data-field="{first}"]')).to_have_attribute("data-mark", "doubtful")
    page.keyboard.press("Control+y")
    expect(page.locator(f'td[data-field="{first}"]')).to_have_attribute("data-mark", "corrected")


@pytest.mark.parametrize("width", [320, 900])
def test_narrow_window_scrolls_one_way_only(
    station: Station, visit: Visit, report_id: str, width: int
) -> None:
    page = visit("review", "queue")
    page.set_viewport_size({"width": width, "height": 640})
    for place in go_everywhere(page, station, report_id):
        assert page.evaluate("document.documentElement.scrollWidth") <= width, place
    page.goto(f"{station.address}/review#/report/{report_id}")
    page.wait_for_selector("td[aria-selected=true]")
    # The sheet stays in sight while the form is scrolled.
    expect(page.locator("td[aria-selected=true]")).to_be_focused()
    page.evaluate("scrollTo(0, 0)")
    boxes = [page.locator(part).bounding_box() for part in (".view", ".inspector", ".form-pane")]
    tops = [box["y"] for box in boxes if box is not None]
    assert tops == sorted(tops)
    assert all(box is not None and box["width"] > width * 0.75 for box in boxes)
