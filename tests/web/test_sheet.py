"""The page as it was scanned, in a real browser, when its picture is not to be had at first."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.web.conftest import Station
from tests.web.windows import Visit

PICTURES = "**/pages/*.png?*"
SHOWN = ".paper:not(.coming)"


def fail_first(page: Page, pictures: str, status: int | None) -> list[str]:
    """Let the first request of pictures fail, with a status or for want of a connection.

    Returns:
        The addresses of all that are asked for from now on.
    """
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) > 1:
            route.continue_()
        elif status is None:
            route.abort()
        else:
            route.fulfill(status=status, body="<html>", content_type="text/html")

    page.route(pictures, answer)
    return asked


@pytest.mark.parametrize("status", [429, 503, None])
def test_picture_that_failed_in_passing_is_shown_a_little_later(
    station: Station, visit: Visit, report_id: str, status: int | None
) -> None:
    page = visit("review", "queue")
    page.wait_for_selector(".reports")
    asked = fail_first(page, PICTURES, status)
    page.goto(f"{station.address}/review#/report/{report_id}")
    expect(page.locator(SHOWN)).to_be_visible()
    assert asked[0] == asked[1]


def test_picture_that_failed_is_asked_for_again_with_the_next_field(
    station: Station, visit: Visit, report_id: str
) -> None:
    page = visit("review", "queue")
    page.wait_for_selector(".reports")
    fail_first(page, PICTURES, 500)
    with page.expect_response(lambda answer: answer.status == 500):
        page.goto(f"{station.address}/review#/report/{report_id}")
    expect(page.locator(".paper.coming")).to_be_attached()
    page.locator("td[aria-selected=true]").click()
    expect(page.locator(SHOWN)).to_be_visible()


def test_small_picture_that_failed_in_passing_keeps_none_away(
    station: Station, visit: Visit, report_id: str
) -> None:
    page = visit("review", "queue")
    page.wait_for_selector(".reports")
    fail_first(page, "**/pages/*.png?dpi=36", 429)
    page.goto(f"{station.address}/review#/report/{report_id}")
    page.wait_for_selector(SHOWN)
    expect(page.locator(".thumb img:not([src])")).to_have_count(0, timeout=15_000)
