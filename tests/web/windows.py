"""What tests of the review page do in a window, whatever they look at."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

from playwright.sync_api import Page

from tests.web.conftest import Station

Visit: TypeAlias = Callable[[str, str], Page]
"""A role and a place → the page there, signed in; see the fixture `visit`."""


def open_report(visit: Visit, report_id: str, role: str = "review") -> Page:
    page = visit(role, f"report/{report_id}")
    page.wait_for_selector("td[aria-selected=true]")
    return page


def selected(page: Page) -> str:
    """The field that the reviewer is at."""
    return str(page.get_attribute("td[aria-selected=true]", "data-field"))


def go_everywhere(page: Page, station: Station, report_id: str) -> Iterator[str]:
    """Every place of the page in turn, once it is there."""
    for place, ready in (
        ("queue", ".reports"),
        (f"report/{report_id}", ".answer"),
        ("alike/0", ".tile"),
        ("overview", ".chart"),
        ("upload", ".drop"),
    ):
        page.goto(f"{station.address}/review#/{place}")
        page.wait_for_selector(ready)
        yield place
