"""Files sent from a real browser, past proxies that answer in their own words."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.web.conftest import REPORT

Visit = Callable[[str, str], Page]

PAGE = "<html><h1>nginx</h1></html>"


@pytest.mark.usefixtures("report_id")
def test_refusal_that_is_a_page_of_html_holds_up_no_other_file(visit: Visit) -> None:
    answers = [413]

    def refuse_once(route: Route) -> None:
        if answers:
            route.fulfill(status=answers.pop(), body=PAGE, content_type="text/html")
        else:
            route.continue_()

    page = visit("upload", "upload")
    page.route("**/v1/reports", refuse_once)
    page.set_input_files("#files", [REPORT, REPORT])
    expect(page.locator('.files li[data-ended="badly"]')).to_contain_text("too large")
    expect(page.locator('.files li[data-ended="well"]')).to_have_count(1, timeout=60_000)


@pytest.mark.usefixtures("report_id")
@pytest.mark.parametrize("status", [429, 502, 503])
def test_file_is_sent_again_when_nobody_could_answer(visit: Visit, status: int) -> None:
    answers = [status, status]

    def fail_twice(route: Route) -> None:
        if answers:
            route.fulfill(status=answers.pop(), body=PAGE, content_type="text/html")
        else:
            route.continue_()

    page = visit("upload", "upload")
    page.route("**/v1/reports", fail_twice)
    page.set_input_files("#files", REPORT)
    expect(page.locator('.files li[data-ended="well"]')).to_have_count(1, timeout=60_000)
    assert answers == []
