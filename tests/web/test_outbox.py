"""Answers on their way from a real browser: none is dropped without a word, none overrules."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.web.conftest import LEASE_SECONDS, Station
from tests.web.windows import Visit, open_report, selected


@pytest.fixture
def page(visit: Visit, report_id: str) -> Page:
    return open_report(visit, report_id)


@pytest.fixture
def shared(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that several people use."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    yield context
    context.close()


def said(station: Station, report_id: str) -> dict[str, str]:
    fields = station.report(report_id)["report"]["fields"]
    return {name: one["text"] for name, one in fields.items() if one["source"] == "reviewed"}


def sign_in(page: Page, station: Station, role: str, report_id: str) -> None:
    page.goto(f"{station.address}/review#/report/{report_id}")
    page.fill("#key", station.keys[role])
    page.keyboard.press("Enter")
    page.wait_for_selector("td[aria-selected=true]")


@pytest.mark.parametrize("status", [500, 502, 507])
def test_answer_is_sent_again_when_the_service_fails(
    station: Station, page: Page, report_id: str, status: int
) -> None:
    failures = [status, status]

    def fail_twice(route: Route) -> None:
        if failures:
            route.fulfill(status=failures.pop(), body="<html>", content_type="text/html")
        else:
            route.continue_()

    page.route("**/fields/*", fail_twice)
    field = selected(page)
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    expect(page.locator("#banner")).to_contain_text("kept here")
    expect(page.locator(".report-head")).not_to_contain_text("sending", timeout=15_000)
    expect(page.locator("#banner")).to_be_hidden()
    assert said(station, report_id) == {field: "7"}


def test_version_that_is_refused_again_is_not_sent_again_at_once(
    station: Station, page: Page, report_id: str
) -> None:
    sent: list[str] = []

    def refuse(route: Route) -> None:
        sent.append(str(route.request.headers["if-match"]))
        route.fulfill(status=412, json={"code": "stale_version", "detail": "not this one"})

    page.route("**/fields/*", refuse)
    field = selected(page)
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    expect(page.locator("#banner")).to_contain_text("kept here")
    page.wait_for_timeout(2500)
    # At once only after the first refusal, then a second later, and two.
    assert 2 < len(sent) < 5
    assert set(sent) == {f'"{station.report(report_id)["version"]}"'}
    page.unroute("**/fields/*")
    expect(page.locator(".report-head")).not_to_contain_text("sending", timeout=15_000)
    expect(page.locator("#banner")).to_be_hidden()
    assert said(station, report_id) == {field: "7"}


def test_answer_that_can_never_be_taken_is_named_until_it_is_seen(
    station: Station, page: Page, report_id: str
) -> None:
    station.client.delete(f"/v1/reports/{report_id}")
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    dialog = page.locator("dialog")
    expect(dialog).to_contain_text("An answer was not taken")
    expect(dialog).to_contain_text("There is no such report")
    expect(dialog).to_contain_text("7")


def test_answers_outlive_a_key_that_was_revoked(
    station: Station, visit: Visit, report_id: str
) -> None:
    station.keys["leaver"] = station.make_key("review")
    page = visit("leaver", f"report/{report_id}")
    page.wait_for_selector("td[aria-selected=true]")
    leaver = station.me("leaver")["who"].split("(")[1].rstrip(")")
    # Renewing the hold would tell of the key before anything is said.
    page.context.set_offline(offline=True)
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    station.run("key", "revoke", leaver)
    page.context.set_offline(offline=False)
    expect(page.locator("#banner")).to_contain_text("This key is not valid")
    expect(page.locator(".report-head")).to_contain_text("1 answers are kept here")
    kept = page.evaluate("Object.keys(localStorage).filter(name => name.includes('outbox'))")
    assert (len(kept), said(station, report_id)) == (1, {})


def test_answers_that_came_too_late_are_kept_and_overrule_nobody(
    station: Station, page: Page, report_id: str
) -> None:
    page.context.set_offline(True)
    fields = []
    for _ in range(2):
        fields.append(selected(page))
        page.keyboard.type("7")
        page.keyboard.press("Enter")
    expect(page.locator("#banner")).to_contain_text("2 answers are kept")
    time.sleep(LEASE_SECONDS)
    assert station.hold(report_id, "admin") == 200
    assert station.say(report_id, fields[0], "5", "admin").status_code == 200
    page.context.set_offline(False)
    expect(page.locator("#banner")).to_contain_text("Somebody else", timeout=15_000)
    expect(page.locator(".report-head")).to_contain_text("2 answers are kept here")
    assert said(station, report_id) == {fields[0]: "5"}
    station.client.post(f"/v1/reviews/{report_id}/release")
    page.reload()
    dialog = page.locator("dialog")
    expect(dialog.locator("tbody tr")).to_contain_text("5")
    dialog.get_by_text("Keep what is there").click()
    expect(page.locator(".report-head")).not_to_contain_text("sending")
    assert said(station, report_id) == dict(zip(fields, "57", strict=True))


def test_who_signs_out_has_said_everything_and_holds_nothing(
    station: Station, shared: BrowserContext, report_id: str
) -> None:
    page = shared.new_page()
    sign_in(page, station, "review", report_id)

    def slowly(route: Route) -> None:
        time.sleep(0.5)
        route.continue_()

    page.route("**/fields/*", slowly)
    field = selected(page)
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    page.get_by_text("Sign out").click()
    page.wait_for_selector("#key")
    assert said(station, report_id) == {field: "7"}
    assert station.hold(report_id, "admin") == 200


def test_nobody_sends_what_another_said_in_the_same_browser(
    station: Station, shared: BrowserContext, report_id: str
) -> None:
    page = shared.new_page()
    sign_in(page, station, "review", report_id)
    shared.set_offline(True)
    field = selected(page)
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    page.get_by_text("Sign out").click()
    page.wait_for_selector("#key", timeout=10_000)
    shared.set_offline(False)
    time.sleep(LEASE_SECONDS)
    sign_in(page, station, "admin", report_id)
    expect(page.locator("#banner")).to_be_hidden()
    page.keyboard.press("Escape")
    page.wait_for_selector(".queue")
    assert said(station, report_id) == {}
    page.get_by_text("Sign out").click()
    page.wait_for_selector("#key")
    sign_in(page, station, "review", report_id)
    expect(page.locator(".report-head")).not_to_contain_text("sending")
    assert said(station, report_id) == {field: "7"}
