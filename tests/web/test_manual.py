"""The manual, in a browser that reaches no other host."""

import pytest
from playwright.sync_api import Browser, expect

from tests.web.conftest import Station


@pytest.mark.parametrize(("place", "seen"), [("docs", "#swagger-ui"), ("redoc", ".redoc-wrap")])
def test_manual_shows_every_call_without_any_other_host(
    station: Station, browser: Browser, place: str, seen: str
) -> None:
    page = browser.new_page()
    asked: list[str] = []
    faults: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda told: faults.append(told.text) if told.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{station.address}/{place}")
    expect(page.locator(seen).first).to_contain_text(
        "Send Report", ignore_case=True, timeout=20_000
    )
    page.close()
    abroad = [url for url in asked if not url.startswith((station.address, "data:", "blob:"))]
    assert (abroad, faults) == ([], [])
