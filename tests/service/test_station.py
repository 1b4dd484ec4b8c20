"""What the review page asks for, over a real database and what the real models read."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, insert

from forms.form import Form
from service.app import make_app
from service.choices import Role
from service.intake import find_archive
from service.settings import Settings
from service.store import begin_reading, finish_reading
from service.tables import ARCHIVE_FILES
from tests.service.conftest import read_again


@pytest.fixture
def client(
    settings: Settings, engine: Engine, key: Callable[[Role], dict[str, str]]
) -> Iterator[TestClient]:
    with TestClient(make_app(settings, engine), raise_server_exceptions=False) as opened:
        opened.headers.update(key("admin"))
        yield opened


def keep(client: TestClient, engine: Engine, read: tuple[str, str], content: bytes) -> str:
    """Send a file, and have it read as if it were the report."""
    sent = str(client.post("/v1/reports", files={"file": ("a.pdf", content)}).json()["id"])
    with engine.begin() as connection:
        begun = begin_reading(connection, sent)
        assert begun is not None
        finish_reading(connection, begun, *read)
    return sent


def get(client: TestClient, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def say(client: TestClient, report_id: str, field: str, text: str) -> dict[str, Any]:
    path = f"/v1/reports/{report_id}/fields/{field}"
    answer = client.patch(path, json={"text": text}, headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def doubtful_zero(client: TestClient, report_id: str) -> str:
    """A field of a report that was read as 0 and that a person should look at."""
    fields = get(client, f"/v1/reports/{report_id}")["report"]["fields"]
    return next(str(name) for name, one in fields.items() if one["review"] and one["text"] == "0")


def test_what_was_said_can_be_taken_back(client: TestClient, report_id: str) -> None:
    path = f"/v1/reports/{report_id}"
    before = get(client, path)["report"]
    zero = doubtful_zero(client, report_id)
    said = say(client, report_id, zero, "10")
    assert client.delete(f"{path}/fields/{zero}").status_code == 428
    stale = client.delete(f"{path}/fields/{zero}", headers={"If-Match": '"1"'})
    assert stale.json()["code"] == "stale_version"
    back = client.delete(f"{path}/fields/{zero}", headers={"If-Match": f'"{said["version"]}"'})
    assert back.json()["report"] == before
    again = client.delete(f"{path}/fields/{zero}", headers={"If-Match": "*"})
    assert again.json()["code"] == "unknown_field"
    entry = get(client, f"{path}/history")["entries"][-1]
    assert [entry[name] for name in ("action", "field", "old", "new")] == [
        "withdrawn", zero, "10", "0",
    ]  # fmt: skip


def test_illegible_is_an_answer_too(client: TestClient, report_id: str) -> None:
    zero = doubtful_zero(client, report_id)
    after = say(client, report_id, zero, "□")
    field = after["report"]["fields"][zero]
    assert (field["value"], field["review"], field["source"]) == (None, False, "reviewed")


def test_form_is_told_as_it_is_printed(client: TestClient, forms: Mapping[str, Form]) -> None:
    for form in forms.values():
        told = get(client, f"/v1/forms/{form.id}")
        rows = [row for table in told["tables"] for band in table["bands"] for row in band["rows"]]
        assert [name for row in rows for name in row["fields"]] == [one.id for one in form.fields]
        assert len(told["sums"]) == len(form.sums)
    assert client.get("/v1/forms/1999").json()["code"] == "not_found"


def test_queue_is_worst_or_oldest_first(
    client: TestClient, engine: Engine, read: tuple[str, str], report_id: str
) -> None:
    other = keep(client, engine, read, b"%PDF-1.4 another")
    say(client, report_id, doubtful_zero(client, report_id), "0")
    worst, oldest = (get(client, f"/v1/reviews?order={order}") for order in ("worst", "oldest"))
    assert [one["id"] for one in worst["reports"]] == [other, report_id]
    assert [one["id"] for one in oldest["reports"]] == [report_id, other]
    assert worst["doubts"] == sum(one["to_review"] for one in worst["reports"])
    assert (worst["total"], worst["fields_today"], worst["bodies"]) == (2, 1, ["长春市宽城区"])
    assert get(client, "/v1/reviews?year=1999")["total"] == 0


@pytest.mark.parametrize(
    "looked_for",
    [
        "SELECT DISTINCT body FROM reports WHERE body IS NOT NULL ORDER BY body",
        "SELECT FROM history WHERE who = 'me' AND at >= now()",
    ],
)
def test_queue_is_found_by_indexes(engine: Engine, looked_for: str) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        plan = connection.exec_driver_sql(f"EXPLAIN {looked_for}").scalars().all()
    assert "Seq Scan" not in "".join(plan)


def test_field_is_asked_for_first_whose_answer_settles_most(
    client: TestClient, report_id: str
) -> None:
    asked = get(client, f"/v1/reviews/{report_id}/doubts")["doubts"]
    fields = get(client, f"/v1/reports/{report_id}")["report"]["fields"]
    assert {one["field"] for one in asked} == {name for name in fields if fields[name]["review"]}
    gains = [one["settles"] for one in asked]
    assert gains == sorted(gains, reverse=True)


def test_doubtful_fields_that_look_alike_are_listed_together(
    client: TestClient, report_id: str
) -> None:
    fields = get(client, f"/v1/reports/{report_id}")["report"]["fields"]
    doubted = {name: one for name, one in fields.items() if one["review"] and one["page"]}
    counts = Counter(one["text"] for one in doubted.values())
    told = get(client, "/v1/reviews/look-alikes")
    assert {one["text"]: one["fields"] for one in told["readings"]} == counts
    assert (told["fields"], len(counts) > 1) == ([], True)
    zeros = get(client, "/v1/reviews/look-alikes?text=0")["fields"]
    assert {one["field"] for one in zeros} == {
        name for name, one in doubted.items() if one["text"] == "0"
    }
    assert [one["confidence"] for one in zeros] == sorted(one["confidence"] for one in zeros)
    version = get(client, f"/v1/reports/{report_id}")["version"]
    assert {one["version"] for one in zeros} == {version}


def test_queue_next_review_and_look_alikes_keep_to_an_archive(
    client: TestClient, engine: Engine, read: tuple[str, str], report_id: str
) -> None:
    other = keep(client, engine, read, b"%PDF-1.4 another")
    for name, mine in (("old", report_id), ("new", other)):
        archive = find_archive(engine, name, make=True)
        with engine.begin() as connection:
            place = {"archive_id": archive, "path": "a.pdf", "report_id": mine}
            connection.execute(insert(ARCHIVE_FILES).values(place))
    for name, mine in (("old", report_id), ("new", other)):
        queue = get(client, f"/v1/reviews?archive={name}")
        assert [one["id"] for one in queue["reports"]] == [mine]
        assert queue["archives"] == ["new", "old"]
        assert get(client, f"/v1/reviews/next?archive={name}")["id"] == mine
        alike = get(client, f"/v1/reviews/look-alikes?archive={name}&text=0")
        assert {one["report_id"] for one in alike["fields"]} == {mine}
    assert client.get("/v1/reviews/next?archive=none").status_code == 204
    assert get(client, "/v1/reviews/look-alikes?archive=none")["readings"] == []


def test_overview_holds_confidences_against_reviews(client: TestClient, report_id: str) -> None:
    fields = get(client, f"/v1/reports/{report_id}")["report"]["fields"]
    right = next(name for name, one in fields.items() if one["review"] and one["text"] != "0")
    wrong = doubtful_zero(client, report_id)
    for field, text in ((right, fields[right]["text"]), (wrong, "10")):
        say(client, report_id, field, text)
    told = get(client, "/v1/reviews/overview")
    assert told["reports"] == [{"fiscal_year": 2020, "status": "extracted", "reports": 1}]
    assert told["misread"] == [{"field": wrong, "reports": 1}]
    held = [(band["fields"], band["right"]) for band in told["reliability"]]
    assert [sum(counted) for counted in zip(*held, strict=True)] == [2, 1]
    assert (told["fields_read"], told["fields_to_review"] > 2) == (198, True)


def test_overview_counts_the_fields_there_are_and_not_those_ever_read(
    client: TestClient, engine: Engine, read: tuple[str, str], report_id: str
) -> None:
    gone = keep(client, engine, read, b"%PDF-1.4 another")
    assert client.delete(f"/v1/reports/{gone}").status_code == 204
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE reports SET status = 'queued'")
    read_again(engine, report_id, read)
    before = get(client, f"/v1/reports/{report_id}")

    def counted() -> tuple[int, int]:
        told = get(client, "/v1/reviews/overview")
        return told["fields_read"], told["fields_to_review"]

    assert counted() == (198, before["to_review"])
    assert client.post(f"/v1/reports/{report_id}/approve").status_code == 200
    assert counted() == (198, 0)


@pytest.mark.parametrize(
    "change",
    [
        "draft = '{}'",
        "draft = jsonb_set(draft::jsonb, '{report,form}', '\"1999\"')::text",
        "draft = (draft::jsonb #- '{readings,0}')::text",
    ],
    ids=["types", "form", "fields"],
)
def test_what_another_version_read_is_to_be_read_again_and_holds_nothing_else_up(
    client: TestClient, engine: Engine, read: tuple[str, str], report_id: str, change: str
) -> None:
    other = keep(client, engine, read, b"%PDF-1.4 another")
    zero = doubtful_zero(client, report_id)
    for one in (report_id, other):
        say(client, one, zero, "10")
    with engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE reports SET {change} WHERE id = '{other}'")  # noqa: S608
    place, match = f"/v1/reports/{other}/fields/{zero}", {"If-Match": "*"}
    answers = (
        client.patch(place, json={"text": "11"}, headers=match),
        client.delete(place, headers=match),
        client.get(f"/v1/reviews/{other}/doubts"),
    )
    assert [(one.status_code, one.json()["code"]) for one in answers] == [
        (409, "outdated_reading")
    ] * 3
    bands = get(client, "/v1/reviews/overview")["reliability"]
    assert sum(band["fields"] for band in bands) == 1


def test_page_is_served_with_a_policy_and_kept_while_it_is_the_same(client: TestClient) -> None:
    page = client.get("/", follow_redirects=True)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "script-src 'self'" in page.headers["content-security-policy"]
    script = client.get("/review/app.js")
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    again = client.get("/review/app.js", headers={"If-None-Match": script.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    for outside in ("/review/../pages.py", "/review/pages.py", "/review/nothing.js"):
        assert client.get(outside).status_code == 404


def test_station_is_for_reviewers(
    client: TestClient, key: Callable[[Role], dict[str, str]], report_id: str
) -> None:
    client.headers.update(key("upload"))
    assert get(client, "/v1/me")["role"] == "upload"
    places = ("", "/overview", "/look-alikes", f"/{report_id}/doubts")
    assert {client.get(f"/v1/reviews{place}").status_code for place in places} == {403}
    place = f"/v1/reports/{report_id}/fields/t3.new.total"
    taken = client.delete(place, headers={"If-Match": "*"})
    assert taken.status_code == 403
