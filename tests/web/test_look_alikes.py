"""Cells that look alike in a real browser: only what was seen is accepted, and nobody overruled."""

from collections import Counter

from playwright.sync_api import Route, expect

from tests.web.conftest import Station, read_anew
from tests.web.windows import Visit


def most_doubted(station: Station, report_id: str) -> str:
    read = station.report(report_id)["report"]["fields"].values()
    doubted = Counter(field["text"] for field in read if field["review"] and field["text"])
    return str(doubted.most_common(1)[0][0])


def test_cell_that_nobody_saw_is_not_accepted(
    station: Station, visit: Visit, report_id: str
) -> None:
    text = most_doubted(station, report_id)
    told = station.client.get(f"/v1/reviews/look-alikes?text={text}").json()["fields"]
    lost, cut_off = told[0]["field"], told[1]["field"]
    page = visit("review", "queue")
    page.wait_for_selector(".reports")
    page.route(f"**/{lost}/crop.png", lambda route: route.fulfill(status=500, body="no"))
    page.route(f"**/{cut_off}/crop.png", lambda route: route.abort())
    page.goto(f"{station.address}/review#/alike/{text}")
    seen = len(told) - 2
    expect(page.locator(f'.tile[title="{lost}"]')).to_contain_text("no picture")
    expect(page.locator("main.alike")).to_contain_text("2 more without a picture")
    page.get_by_text(f"Accept the other {seen}").click()
    expect(page.locator(".tile")).to_have_count(2)
    fields = station.report(report_id)["report"]["fields"]
    assert {name for name, one in fields.items() if one["source"] == "reviewed"} == {
        one["field"] for one in told[2:]
    }


def test_crop_comes_again_when_too_much_was_asked(
    station: Station, visit: Visit, report_id: str
) -> None:
    text = most_doubted(station, report_id)
    refused: set[str] = set()

    def refuse_once(route: Route) -> None:
        if route.request.url in refused:
            route.continue_()
        else:
            refused.add(route.request.url)
            route.fulfill(status=429, body="")

    page = visit("review", "queue")
    page.wait_for_selector(".reports")
    page.route("**/crop.png", refuse_once)
    page.goto(f"{station.address}/review#/alike/{text}")
    expect(page.locator(".tile").first).to_be_visible()
    count = page.locator(".tile").count()
    expect(page.get_by_text(f"Accept the other {count}")).to_be_enabled(timeout=30_000)


def test_every_tile_gets_its_picture_however_many_there_are(station: Station, visit: Visit) -> None:
    report_id = str(read_anew(station, "0")["id"])
    page = visit("review", f"alike/{most_doubted(station, report_id)}")
    expect(page.locator(".tile").first).to_be_visible()
    count = page.locator(".tile").count()
    assert count > 60
    expect(page.get_by_text(f"Accept the other {count}")).to_be_enabled(timeout=60_000)
    shown = "images => images.filter(image => image.complete && image.naturalWidth > 0).length"
    assert page.locator(".tile img").evaluate_all(shown) == count


def test_what_somebody_else_said_meanwhile_is_listed_and_stands(
    station: Station, visit: Visit, report_id: str
) -> None:
    text = most_doubted(station, report_id)
    page = visit("review", f"alike/{text}")
    expect(page.locator(".tile").first).to_be_visible()
    count = page.locator(".tile").count()
    expect(page.get_by_text(f"Accept the other {count}")).to_be_enabled()
    field = str(page.locator(".tile").last.get_attribute("title"))
    assert station.say(report_id, field, "5", "admin").status_code == 200
    page.get_by_text(f"Accept the other {count}").click()
    dialog = page.locator("dialog")
    expect(dialog.locator("li")).to_have_count(count)
    expect(dialog).to_contain_text("Somebody else has changed this report")
    dialog.get_by_text("Close").click()
    expect(dialog).to_have_count(0)
    fields = station.report(report_id)["report"]["fields"]
    said = {name: one["text"] for name, one in fields.items() if one["source"] == "reviewed"}
    assert said == {field: "5"}
