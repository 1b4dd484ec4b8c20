"""Files sent from a real browser, past proxies that answer in their own words."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.web.conftest import REPORT
from tests.web.windows import Visit

PAGE = "<html><h1>nginx</h1></html>"


def open_uploads(visit: Visit, answers: list[int]) -> Page:
    """The upload page behind a proxy that answers so itself at first, and takes each answer out."""

    def answer(route: Route) -> None:
        if answers:
            route.fulfill(status=answers.pop(), body=PAGE, content_type="text/html")
        else:
            route.continue_()

    page = visit("upload", "upload")
    page.route("**/v1/reports", answer)
    return page


@pytest.mark.usefixtures("report_id")
def test_refusal_that_is_a_page_of_html_holds_up_no_other_file(visit: Visit) -> None:
    page = open_uploads(visit, [413])
    page.set_input_files("#files", [REPORT, REPORT])
    expect(page.locator('.files li[data-ended="badly"]')).to_contain_text("too large")
    expect(page.locator('.files li[data-ended="well"]')).to_have_count(1, timeout=60_000)


@pytest.mark.usefixtures("report_id")
@pytest.mark.parametrize("status", [429, 502, 503])
def test_file_is_sent_again_when_nobody_could_answer(visit: Visit, status: int) -> None:
    answers = [status, status]
    page = open_uploads(visit, answers)
    page.set_input_files("#files", REPORT)
    expect(page.locator('.files li[data-ended="well"]')).to_have_count(1, timeout=60_000)
    assert answers == []
