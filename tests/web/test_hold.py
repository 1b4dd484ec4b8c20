"""A report that is held while it is open, and what is typed into it, in a real browser."""

import time

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import LEASE_SECONDS, Station
from tests.web.windows import Visit, open_report


@pytest.fixture
def page(visit: Visit, report_id: str) -> Page:
    return open_report(visit, report_id)


def test_report_is_held_as_long_as_it_is_open(station: Station, page: Page, report_id: str) -> None:
    time.sleep(LEASE_SECONDS + 1)
    assert station.hold(report_id, "admin") == 409
    expect(page.locator("#banner")).to_be_hidden()


def test_hold_that_is_lost_leaves_the_report_to_look_at(
    station: Station, page: Page, report_id: str
) -> None:
    page.context.set_offline(True)
    time.sleep(LEASE_SECONDS + 1)
    assert station.hold(report_id, "admin") == 200
    page.context.set_offline(False)
    expect(page.locator("#banner")).to_contain_text("Somebody else", timeout=10_000)
    expect(page.locator(".report-head .primary")).to_be_disabled()
    before = station.report(report_id)["version"]
    page.keyboard.press("b")
    page.keyboard.type("7")
    expect(page.locator(".form-pane input")).to_have_count(0)
    expect(page.locator(".marks button").first).to_be_disabled()
    assert station.report(report_id)["version"] == before


def test_value_is_not_said_when_the_window_is_left_in_the_middle_of_it(
    station: Station, page: Page, report_id: str
) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setFocusEmulationEnabled", {"enabled": False})
    before = station.report(report_id)["version"]
    page.keyboard.type("1")
    typed = page.locator(".form-pane input")
    expect(typed).to_have_value("1")
    page.evaluate("addEventListener('blur', () => { document.title = 'left'; })")
    other = page.context.new_page()
    other.bring_to_front()
    expect(page).to_have_title("left")
    expect(typed).to_have_value("1")
    assert station.report(report_id)["version"] == before
    other.close()
    page.bring_to_front()
    page.keyboard.type("53")
    expect(typed).to_have_value("153")
    page.keyboard.press("Tab")
    expect(page.locator(".report-head")).not_to_contain_text("sending")
    said = station.report(report_id)["report"]["fields"].values()
    assert [one["text"] for one in said if one["source"] == "reviewed"] == ["153"]
