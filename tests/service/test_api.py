"""The API over a real database; reports are as the real models read them."""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from sqlalchemy import Engine, create_engine, make_url, text

from eval.corpus import ROOT
from service.api.answers import ReportAnswer
from service.app import make_app
from service.blobs import delete_blob, open_blobs
from service.choices import Role
from service.keys import ROLES, create_key, revoke_key
from service.messages import Read
from service.settings import Settings
from service.store import begin_reading, finish_reading
from service.worker import pin_corrections

REPORT = ROOT / "tests" / "reports" / "kuancheng_2020" / "scan_medium.pdf"
FIELD = "t3.granted.total"


def send(client: TestClient, content: bytes) -> str:
    answer = client.post("/v1/reports", files={"file": ("a.pdf", content)})
    assert answer.status_code == 202
    return str(answer.json()["id"])


def etag(client: TestClient, report_id: str) -> str:
    return str(client.get(f"/v1/reports/{report_id}").headers["etag"])


def correct(client: TestClient, report_id: str, said: str, field: str = FIELD) -> dict[str, Any]:
    answer = client.patch(
        f"/v1/reports/{report_id}/fields/{field}",
        json={"text": said},
        headers={"If-Match": etag(client, report_id)},
    )
    assert answer.status_code == 200
    return dict(answer.json())


def holding(report: dict[str, Any]) -> list[bool | None]:
    return [check["holds"] for check in report["checks"]]


def test_same_bytes_are_the_same_report_and_are_queued_once(
    admin: TestClient, engine: Engine
) -> None:
    sent = send(admin, b"%PDF-1.4 one")
    again = admin.post("/v1/reports", files={"file": ("b.pdf", b"%PDF-1.4 one")})
    assert (again.status_code, again.json()) == (200, {"id": sent, "status": "queued"})
    assert again.headers["location"] == f"/v1/reports/{sent}"
    with engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM procrastinate_jobs")).scalar() == 1


def test_idempotency_key_stands_for_one_request(admin: TestClient) -> None:
    once = {"Idempotency-Key": "k"}
    files = {"file": ("a.pdf", b"%PDF-1.4 one")}
    first = admin.post("/v1/reports", files=files, headers=once)
    again = admin.post("/v1/reports", files=files, headers=once)
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    files = {"file": ("a.pdf", b"%PDF-1.4 two")}
    other = admin.post("/v1/reports", files=files, headers=once)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_what_cannot_be_a_report_is_refused_at_the_door(
    settings: Settings, engine: Engine, key: Callable[[Role], dict[str, str]]
) -> None:
    small = make_app(settings.model_copy(update={"most_bytes": 100_000}), engine)
    with TestClient(small, headers=key("upload")) as client:
        wrong = client.post("/v1/reports", files={"file": ("a.pdf", b"GIF89a")})
        large = client.post("/v1/reports", files={"file": ("a.pdf", b"%PDF-" + b"0" * 99_999)})
        huge = client.post("/v1/reports", files={"file": ("a.pdf", b"%PDF-" + b"0" * 999_999)})
        nameless = client.post("/v1/reports", data={"file": "text"})
        odd = client.post(
            "/v1/reports", files={"file": ("a.pdf", b"%PDF-")}, data={"review_risk": "7"}
        )
    answers = (wrong, large, huge, nameless, odd)
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
        (415, "unsupported_type"),
        (413, "too_large"),
        (413, "too_large"),
        (422, "invalid_request"),
        (422, "invalid_request"),
    ]
    assert all(answer.headers["content-type"] == "application/problem+json" for answer in answers)


def test_streamed_upload_is_cut_off_at_the_limit(
    settings: Settings, engine: Engine, key: Callable[[Role], dict[str, str]]
) -> None:
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n%PDF-'
        while taken < 400:
            taken += 1
            yield b"0" * 10_000

    small = make_app(settings.model_copy(update={"most_bytes": 100_000}), engine)
    header = {**key("upload"), "Content-Type": "multipart/form-data; boundary=b"}
    with TestClient(small, headers=header) as client:
        answer = client.post("/v1/reports", content=endless())
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("role", ROLES)
def test_roles_may_do_what_those_below_them_may(
    client: TestClient, key: Callable[[Role], dict[str, str]], role: Role
) -> None:
    client.headers.update(key(role))
    unknown = "0" * 64
    answers = (
        client.get(f"/v1/reports/{unknown}"),
        client.post(f"/v1/reports/{unknown}/approve"),
        client.delete(f"/v1/reports/{unknown}"),
    )
    allowed = [answer.status_code != 403 for answer in answers]
    assert allowed == [ROLES.index(role) >= needed for needed in range(3)]


def test_keys_that_are_wrong_or_revoked_open_nothing(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        made = create_key(connection, "one", "admin")
    headers = [{}, {"Authorization": f"Bearer {made}x"}, {"Authorization": "Bearer gouji_a_b"}]
    assert [client.get("/v1/forms", headers=header).status_code for header in headers] == [401] * 3
    opened = {"Authorization": f"Bearer {made}"}
    assert client.get("/v1/forms", headers=opened).status_code == 200
    with engine.begin() as connection:
        assert revoke_key(connection, made.split("_")[1])
    assert client.get("/v1/forms", headers=opened).status_code == 401
    with engine.begin() as connection:
        kept = connection.execute(text("SELECT api_keys::text FROM api_keys")).scalar_one()
    assert made.split("_", 2)[2] not in kept


def test_eager_key_is_told_when_to_come_back(
    settings: Settings, engine: Engine, key: Callable[[Role], dict[str, str]]
) -> None:
    app = make_app(settings.model_copy(update={"requests_per_minute": 2}), engine)
    with TestClient(app, headers=key("upload")) as client:
        answers = [client.get("/v1/reports") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 0 < int(answers[2].headers["retry-after"]) <= 30


def test_report_is_given_as_it_was_read(
    admin: TestClient, report_id: str, read: tuple[str, str]
) -> None:
    answer = admin.get(f"/v1/reports/{report_id}?wait=5")
    assert answer.json()["status"] == "extracted"
    assert json.dumps(answer.json()["report"]) == json.dumps(json.loads(read[0]))
    unchanged = admin.get(
        f"/v1/reports/{report_id}", headers={"If-None-Match": answer.headers["etag"]}
    )
    assert (unchanged.status_code, unchanged.content) == (304, b"")


def test_list_is_paged_and_filtered(admin: TestClient, report_id: str) -> None:
    others = [send(admin, b"%%PDF-1.4 %d" % number) for number in range(3)]
    listed, cursor = [], ""
    while cursor is not None:
        page = admin.get(f"/v1/reports?limit=2{cursor and f'&cursor={cursor}'}").json()
        listed += [one["id"] for one in page["reports"]]
        cursor = page["next"]
    assert listed == [*reversed(others), report_id]
    for asked in ("status=extracted", "year=2020", "form=2019", "needs_review=true"):
        found = admin.get(f"/v1/reports?{asked}").json()["reports"]
        assert [one["id"] for one in found] == [report_id]
    assert admin.get("/v1/reports?cursor=x").status_code == 422


def test_correction_is_pinned_and_the_sums_speak_again(admin: TestClient, report_id: str) -> None:
    before = admin.get(f"/v1/reports/{report_id}").json()["report"]
    after = correct(admin, report_id, "31")["report"]
    field = after["fields"][FIELD]
    assert (field["text"], field["value"], field["source"]) == ("31", 31, "reviewed")
    again = correct(admin, report_id, before["fields"][FIELD]["text"])["report"]
    assert holding(again) == holding(before) != holding(after)
    entries = admin.get(f"/v1/reports/{report_id}/history").json()["entries"]
    changes = [(one["action"], one["old"], one["new"]) for one in entries[-2:]]
    assert changes == [("corrected", "29", "31"), ("corrected", "31", "29")]
    assert all(one["who"].startswith("admin") for one in entries[-2:])


def test_report_of_another_version_is_to_be_read_again_before_it_is_worked_on(
    admin: TestClient, engine: Engine, report_id: str
) -> None:
    with engine.begin() as connection:
        connection.execute(text('UPDATE reports SET report = \'{"schema": "gouji.report/0"}\''))
    path = f"/v1/reports/{report_id}"
    answers = (
        admin.patch(f"{path}/fields/{FIELD}", json={"text": "31"}, headers={"If-Match": "*"}),
        admin.post(f"{path}/approve"),
        admin.get(f"{path}/fields/{FIELD}/crop.png"),
    )
    told = [(one.status_code, one.json()["code"]) for one in answers]
    assert told == [(409, "outdated_reading")] * 3
    with engine.begin() as connection:
        assert connection.execute(text("SELECT status FROM reports")).scalar() == "extracted"


def test_page_of_a_file_that_is_gone_from_the_storage_is_not_found(
    admin: TestClient, settings: Settings, report_id: str
) -> None:
    delete_blob(open_blobs(settings), report_id)
    for place in ("pages/1.png", f"fields/{FIELD}/crop.png"):
        answer = admin.get(f"/v1/reports/{report_id}/{place}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_stale_or_missing_version_changes_nothing(admin: TestClient, report_id: str) -> None:
    stale = etag(admin, report_id)
    correct(admin, report_id, "31")
    place = f"/v1/reports/{report_id}/fields/{FIELD}"
    late = admin.patch(place, json={"text": "32"}, headers={"If-Match": stale})
    assert (late.status_code, late.json()["code"]) == (412, "stale_version")
    blind = admin.patch(place, json={"text": "32"})
    assert (blind.status_code, blind.json()["code"]) == (428, "precondition_required")
    now = admin.get(f"/v1/reports/{report_id}").json()["report"]
    assert now["fields"][FIELD]["text"] == "31"


def test_reading_again_leaves_what_a_person_decided(
    admin: TestClient, engine: Engine, report_id: str, read: tuple[str, str]
) -> None:
    correct(admin, report_id, "31")
    with engine.begin() as connection:
        connection.execute(text("UPDATE reports SET status = 'queued'"))
        begun = begin_reading(connection, report_id)
        assert begun is not None
        report, draft = read
        pinned = pin_corrections(Read(report, 1.0, draft), begun)
        finish_reading(connection, begun, pinned, draft)
    now = admin.get(f"/v1/reports/{report_id}").json()["report"]["fields"][FIELD]
    assert (now["text"], now["source"]) == ("31", "reviewed")
    last = admin.get(f"/v1/reports/{report_id}/history").json()["entries"][-1]
    assert (last["action"], last["old"], last["new"]) == ("differs", "31", "29")


def test_signing_off_ends_a_review_and_a_correction_reopens_it(
    admin: TestClient, report_id: str
) -> None:
    assert admin.post(f"/v1/reports/{report_id}/approve").json()["status"] == "reviewed"
    assert admin.get("/v1/reviews/next").status_code == 204
    assert correct(admin, report_id, "31")["status"] == "extracted"


def test_lease_keeps_others_off_until_it_lapses(
    admin: TestClient, engine: Engine, key: Callable[[Role], dict[str, str]], report_id: str
) -> None:
    other = key("review")
    assert admin.get("/v1/reviews/next", headers=other).json()["id"] == report_id
    assert admin.post(f"/v1/reviews/{report_id}/lease").status_code == 200
    assert admin.post(f"/v1/reviews/{report_id}/lease").status_code == 200
    assert admin.get("/v1/reviews/next", headers=other).status_code == 204
    place = f"/v1/reports/{report_id}/fields/{FIELD}"
    match = {**other, "If-Match": etag(admin, report_id)}
    held = admin.patch(place, json={"text": "1"}, headers=match)
    assert (held.status_code, held.json()["code"]) == (409, "leased")
    with engine.begin() as connection:
        connection.execute(text("UPDATE reports SET leased_until = now()"))
    assert admin.post(f"/v1/reviews/{report_id}/lease", headers=other).status_code == 200
    assert admin.post(f"/v1/reviews/{report_id}/release", headers=other).status_code == 200
    assert admin.post(f"/v1/reviews/{report_id}/postpone").status_code == 200
    assert admin.get("/v1/reviews/next").status_code == 204


def test_reviewer_sees_page_and_cell(admin: TestClient, report_id: str) -> None:
    page = admin.get(f"/v1/reports/{report_id}/pages/1.png?dpi=72")
    width, height = Image.open(io.BytesIO(page.content)).size
    stored = admin.get(f"/v1/reports/{report_id}").json()["report"]["pages"][0]
    assert (width, height) == pytest.approx((stored["width"], stored["height"]), abs=1)
    crop = admin.get(f"/v1/reports/{report_id}/fields/{FIELD}/crop.png")
    cell = Image.open(io.BytesIO(crop.content))
    assert cell.width < width
    assert np.asarray(cell.convert("L")).min() < 128
    assert admin.get(f"/v1/reports/{report_id}/pages/9.png").json()["code"] == "no_such_page"


def test_deleted_report_is_gone_with_its_file(
    admin: TestClient, settings: Settings, report_id: str
) -> None:
    assert [path for path in (settings.home / "files").rglob("*") if path.is_file()]
    assert admin.delete(f"/v1/reports/{report_id}").status_code == 204
    assert admin.delete(f"/v1/reports/{report_id}").status_code == 204
    assert admin.get(f"/v1/reports/{report_id}").status_code == 404
    assert not [path for path in (settings.home / "files").rglob("*") if path.is_file()]
    assert send(admin, REPORT.read_bytes()) == report_id


def test_service_tells_of_itself(admin: TestClient, report_id: str) -> None:
    assert report_id
    assert {form["id"] for form in admin.get("/v1/forms").json()["forms"]} == {
        "2014",
        "2019",
        "2021",
    }
    assert admin.get("/v1/models").json()["reports"] > 0
    assert admin.get("/readyz").json() == {"status": "ok"}
    metrics = admin.get("/metrics").text
    assert 'gouji_reports{status="extracted"} 1.0' in metrics
    assert 'gouji_jobs{status="todo"} 1.0' in metrics
    assert 'gouji_reading_seconds_total{stage="total"}' in metrics


def test_address_that_is_called_wrongly_says_how_to_call_it(admin: TestClient) -> None:
    answer = admin.put("/v1/reports")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


def test_what_no_database_can_keep_is_refused(admin: TestClient, report_id: str) -> None:
    place = f"/v1/reports/{report_id}/fields/{FIELD}"
    answer = admin.patch(place, json={"text": "1\0"}, headers={"If-Match": "*"})
    assert answer.status_code == 422
    assert admin.get("/v1/reports?body=%00").status_code == 422
    assert admin.get("/v1/reviews/look-alikes?text=%00").status_code == 422
    gone = admin.delete(f"/v1/reports/{report_id}/fields/%00", headers={"If-Match": "*"})
    assert gone.status_code == 422
    name = 'form-data; name="file"; filename="../a\0\x1b.pdf"'
    form = f"--b\r\nContent-Disposition: {name}\r\n\r\n%PDF-x\r\n--b--\r\n"
    header = {"Content-Type": "multipart/form-data; boundary=b"}
    sent = admin.post("/v1/reports", content=form.encode(), headers=header)
    stored = admin.get(sent.headers["location"]).json()
    assert stored["filename"] == "a.pdf"


def test_no_error_tells_of_paths_or_code(admin: TestClient, engine: Engine, report_id: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE reports SET report = 'torn'"))
    answer = admin.get(f"/v1/reports/{report_id}")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert set(answer.json()) == {"type", "title", "status", "detail", "code"}
    assert "/" not in answer.json()["detail"]
    assert answer.headers["x-request-id"]
    counted = 'route="/v1/reports/{report_id}",status="500"} 1.0'
    assert counted in admin.get("/metrics").text


def test_every_call_finds_a_connection_and_is_put_off_where_there_is_none(
    settings: Settings, engine: Engine, url: str, key: Callable[[Role], dict[str, str]]
) -> None:
    with ExitStack() as held:
        for _ in range(40):
            held.enter_context(engine.connect())
    place = make_url(url).set(drivername="postgresql+psycopg")
    narrow = create_engine(place, pool_size=1, max_overflow=0, pool_timeout=0.1)
    headers = key("upload")
    with narrow.connect(), TestClient(make_app(settings, narrow), headers=headers) as client:
        answer = client.get("/v1/forms")
    narrow.dispose()
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["retry-after"]


def test_every_call_under_v1_documents_its_problems_and_examples_hold(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    calls = [
        (path, call)
        for path, methods in document["paths"].items()
        for call in methods.values()
        if path.startswith("/v1")
    ]
    assert len(calls) >= 15
    assert [path for path, call in calls if not {"401", "403"} <= set(call["responses"])] == []
    assert document["components"]["schemas"]["ReportAnswer"]["examples"]
    # The document's own lack what is null, which FastAPI leaves out.
    (example,) = ReportAnswer.model_json_schema()["examples"]
    assert ReportAnswer.model_validate(example).report is not None


@pytest.mark.parametrize(
    "receiver",
    ["http://127.0.0.1/x", "http://[::1]/", "http://10.1.2.3:80/", "ftp://example.org/x"],
)
def test_receivers_that_are_never_called_are_refused_at_the_door(
    admin: TestClient, receiver: str
) -> None:
    answer = admin.post(
        "/v1/reports", files={"file": ("a.pdf", b"%PDF-1.4 c")}, data={"callback_url": receiver}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
