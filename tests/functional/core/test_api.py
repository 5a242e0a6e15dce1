"""What every endpoint of API clients does: repeated requests, conditions, paging, versions, formats, rates, log."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pyramid.response import Response
from webtest import TestApp

from procurement.core import jobs
from procurement.core.api import versions
from procurement.core.api.contracts import Deprecated, contract
from procurement.core.api.door import announce_end
from procurement.core.api.idempotency import InFlight, _alone
from procurement.core.api.models import IdempotentAnswer, LoggedRequest
from procurement.core.api.redaction import outline
from procurement.core.clock import SandboxClock
from procurement.core.db import schema
from procurement.core.permissions import Permission
from procurement.core.runtime import Runtime, start
from procurement.core.web.views import endpoint
from procurement.core.webhooks.models import Webhook
from procurement.core.worker import Worker
from tests.conftest import settings_for
from tests.factories.clients import Vendor, bearer, create_vendor

PATH = "/api/v1/webhooks"
LOG = "/api/v1/request-log"
BODY = {"url": "https://hooks.example.org/pli"}


@pytest.fixture
def vendor(runtime: Runtime) -> Vendor:
    return create_vendor(runtime)


@pytest.fixture
def headers(app: TestApp, vendor: Vendor) -> dict[str, str]:
    return bearer(app, vendor)


def rows(runtime: Runtime, table: type) -> int:
    with runtime.database.read() as session:
        return session.query(table).count()


def test_a_repeated_post_is_done_once(app: TestApp, headers: dict[str, str], runtime: Runtime) -> None:
    key = headers | {"Idempotency-Key": "a-key"}
    first = app.post_json(PATH, BODY, headers=key, status=201)
    again = app.post_json(PATH, BODY, headers=key, status=201)
    assert again.body == first.body
    for name in ("Location", "ETag", "Content-Type"):
        assert again.headers[name] == first.headers[name]
    assert ("Idempotency-Replayed" in first.headers, again.headers["Idempotency-Replayed"]) == (False, "true")
    assert rows(runtime, Webhook) == 1


def test_the_same_key_with_another_request_is_refused(
    app: TestApp, headers: dict[str, str], runtime: Runtime
) -> None:
    key = headers | {"Idempotency-Key": "a-key"}
    made = app.post_json(PATH, BODY, headers=key, status=201).json
    other = app.post_json(PATH, {**BODY, "description": "other"}, headers=key, status=422)
    elsewhere = app.post_json(f"{PATH}/{made['id']}/rotate", {}, headers=key, status=422)
    assert {other.json["code"], elsewhere.json["code"]} == {"api.idempotency_mismatch"}
    assert rows(runtime, Webhook) == 1


def test_keys_of_two_clients_are_apart(app: TestApp, headers: dict[str, str], runtime: Runtime) -> None:
    for who in (headers, bearer(app, create_vendor(runtime))):
        app.post_json(PATH, BODY, headers=who | {"Idempotency-Key": "a-key"}, status=201)
    assert rows(runtime, Webhook) == 2


def test_a_key_is_forgotten_after_a_day(
    app: TestApp, vendor: Vendor, runtime: Runtime, clock: SandboxClock
) -> None:
    for hours, count in ((0, 1), (23.9, 1), (0.2, 2)):
        clock.advance(hours=hours)
        app.post_json(PATH, BODY, headers=bearer(app, vendor) | {"Idempotency-Key": "a-key"}, status=201)
        assert rows(runtime, Webhook) == count


def test_a_refusal_does_not_use_the_key_up(app: TestApp, headers: dict[str, str], runtime: Runtime) -> None:
    key = headers | {"Idempotency-Key": "a-key"}
    app.post_json(PATH, {"url": "http://10.0.0.1/"}, headers=key, status=422)
    assert rows(runtime, IdempotentAnswer) == 0
    app.post_json(PATH, BODY, headers=key, status=201)


@pytest.mark.parametrize("key", ["", "x" * 256, "with space", "é"])
def test_a_key_that_is_none_is_refused(app: TestApp, headers: dict[str, str], key: str) -> None:
    value = key.encode().decode("latin-1")
    answer = app.post_json(PATH, BODY, headers=headers | {"Idempotency-Key": value}, status=422)
    assert answer.json["code"] == "api.idempotency_key"
    app.post_json(PATH, BODY, headers=headers | {"Idempotency-Key": "x" * 255}, status=201)


def test_fifty_at_once_make_one(app: TestApp, headers: dict[str, str], runtime: Runtime) -> None:
    key = headers | {"Idempotency-Key": "one"}
    answers: list[Any] = []

    def post() -> None:
        client = TestApp(runtime.app, extra_environ={"HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1"})
        answers.append(client.post_json(PATH, BODY, headers=key, status="*"))

    threads = [threading.Thread(target=post) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rows(runtime, Webhook) == 1
    assert len(answers) == 50
    assert {answer.status_int for answer in answers} <= {201, 409}
    assert len({answer.body for answer in answers if answer.status_int == 201}) == 1
    refused = [answer for answer in answers if answer.status_int == 409]
    assert {(answer.json["code"], answer.headers["Retry-After"]) for answer in refused} <= {
        ("api.idempotency_in_flight", "1")
    }


def test_a_key_in_flight_is_refused(runtime: Runtime, vendor: Vendor) -> None:
    with runtime.database.write() as first, _alone(first, vendor.id, "a-key"):
        sessions = (
            runtime.database.write_sessions
            if runtime.database.dialect == "postgresql"
            else runtime.database.read_sessions
        )
        with sessions() as second, pytest.raises(InFlight), _alone(second, vendor.id, "a-key"):
            pass
    with runtime.database.write() as third, _alone(third, vendor.id, "a-key"):
        pass


def test_of_two_stale_changes_one_wins(app: TestApp, headers: dict[str, str], runtime: Runtime) -> None:
    made = app.post_json(PATH, BODY, headers=headers)
    match = headers | {"If-Match": made.headers["ETag"]}
    statuses: list[int] = []

    def patch(number: int) -> None:
        client = TestApp(runtime.app, extra_environ={"HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1"})
        answer = client.patch_json(
            f"{PATH}/{made.json['id']}", {"description": str(number)}, headers=match, status="*"
        )
        statuses.append(answer.status_int)

    threads = [threading.Thread(target=patch, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + [412] * 7


def test_conditions_of_a_change(app: TestApp, headers: dict[str, str]) -> None:
    made = app.post_json(PATH, BODY, headers=headers)
    path = f"{PATH}/{made.json['id']}"
    assert app.patch_json(path, {}, headers=headers, status=428).json["code"] == "api.precondition_required"
    assert app.delete(path, headers=headers, status=428).json["code"] == "api.precondition_required"
    stale = headers | {"If-Match": '"stale"'}
    assert app.patch_json(path, {}, headers=stale, status=412).json["code"] == "api.precondition_failed"
    app.patch_json(path, {}, headers=headers | {"If-Match": f'"stale", {made.headers["ETag"]}'}, status=200)
    app.patch_json(path, {}, headers=headers | {"If-Match": "*"}, status=200)


def test_a_list_has_an_etag_of_its_content(app: TestApp, headers: dict[str, str]) -> None:
    before = app.get(PATH, headers=headers).headers["ETag"]
    unchanged = app.get(PATH, headers=headers | {"If-None-Match": before}, status=304)
    assert (unchanged.body, unchanged.headers["ETag"], unchanged.content_length) == (b"", before, None)
    assert unchanged.headers["Pli-Version"] == versions.latest()
    app.post_json(PATH, BODY, headers=headers)
    app.get(PATH, headers=headers | {"If-None-Match": before}, status=200)


def walk(app: TestApp, headers: dict[str, str], size: int, between: Any = lambda: None) -> list[str]:
    seen: list[str] = []
    address: str | None = f"{PATH}?limit={size}"
    while address:
        answer = app.get(address, headers=headers)
        seen += [item["description"] for item in answer.json["items"]]
        links = dict(reversed(link.split("; rel=")) for link in answer.headers["Link"].split(", "))
        address = links['"next"'].strip("<>") if '"next"' in links else None
        assert (address is None) == (answer.json["next_cursor"] is None)
        between()
    return seen


def test_a_walk_neither_skips_nor_repeats(app: TestApp, headers: dict[str, str]) -> None:
    def add(name: str) -> None:
        app.post_json(PATH, {**BODY, "description": name}, headers=headers)

    for number in range(5):
        add(f"{number}")
    assert walk(app, headers, 2) == ["0", "1", "2", "3", "4"]
    assert walk(app, headers, 5) == ["0", "1", "2", "3", "4"]
    extra = iter("ab")
    seen = walk(app, headers, 2, lambda: add(next(extra)) if extra.__length_hint__() else None)
    assert seen == ["0", "1", "2", "3", "4", "a", "b"]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=x",
        "limit=-1",
        "limit=",
        "cursor=zz",
        "cursor=WzIsMV0",
        "cursor=" + "a" * 600,
    ],
)
def test_a_page_that_is_none_is_refused(app: TestApp, headers: dict[str, str], query: str) -> None:
    answer = app.get(f"{PATH}?{query}", headers=headers, status=422)
    assert answer.json["code"] == "api.page_invalid"
    assert answer.json["errors"][0]["pointer"] == query.split("=", maxsplit=1)[0]


def test_the_version_is_that_of_the_first_use(
    app: TestApp, vendor: Vendor, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = versions.latest()
    assert app.get(PATH, headers=headers).headers["Pli-Version"] == first
    later = datetime(2027, 6, 1, tzinfo=UTC).date()
    monkeypatch.setattr(versions, "VERSIONS", (*versions.VERSIONS, later))
    assert app.get(PATH, headers=headers).headers["Pli-Version"] == first
    assert app.get(PATH, headers=bearer(app, vendor)).headers["Pli-Version"] == first
    for asked, got in (("2027-06-01", "2027-06-01"), ("2030-01-01", "2027-06-01"), ("2027-05-31", first)):
        assert app.get(PATH, headers=headers | {"Pli-Version": asked}).headers["Pli-Version"] == got
    for asked in ("2020-01-01", "latest", "2027-13-01"):
        answer = app.get(PATH, headers=headers | {"Pli-Version": asked}, status=400)
        assert answer.json["code"] == "api.version_unknown"


def test_an_end_is_announced_a_year_before() -> None:
    since = datetime(2027, 1, 1, tzinfo=UTC)
    end = Deprecated(since=since, sunset=since + timedelta(days=365), link="https://x.example/doc")
    response = Response(headers={"Link": '<https://x.example/>; rel="first"'})
    announce_end(response, end)
    assert response.headers["Deprecation"] == "@1798761600"
    assert response.headers["Sunset"] == "Sat, 01 Jan 2028 00:00:00 GMT"
    assert response.headers["Link"] == (
        '<https://x.example/>; rel="first", <https://x.example/doc>; rel="deprecation"'
    )
    with pytest.raises(ValueError, match="twelve months"):
        Deprecated(since=since, sunset=since + timedelta(days=364), link="")


def test_formats_are_negotiated(app: TestApp, headers: dict[str, str]) -> None:
    assert (
        app.get(PATH, headers=headers | {"Accept": "text/csv"}, status=406).json["code"]
        == "http.not_acceptable"
    )
    app.get(PATH, headers=headers | {"Accept": "text/csv, */*;q=0.1"}, status=200)
    text = app.post(PATH, b"{}", headers=headers | {"Content-Type": "text/plain"}, status=415)
    assert text.json["code"] == "http.unsupported_media_type"
    large = b'{"url": "' + b"x" * (1 << 20) + b'"}'
    sent = app.post(PATH, large, headers=headers | {"Content-Type": "application/json"}, status=413)
    assert sent.json["code"] == "api.body_too_large"
    app.post(PATH, b"{", headers=headers | {"Content-Type": "application/json"}, status=422)
    made = app.post_json(PATH, BODY, headers=headers)
    merge = headers | {"If-Match": "*", "Content-Type": "application/merge-patch+json"}
    app.patch(f"{PATH}/{made.json['id']}", b"{}", headers=merge, status=200)


@pytest.mark.parametrize("path", [f"{PATH}?limit=%00", f"{PATH}?limit=%FF", f"{PATH}/%FF", "/oauth/%00"])
def test_what_cannot_be_read_is_a_problem_too(app: TestApp, path: str) -> None:
    answer = app.get(path, status=400)
    assert (answer.content_type, answer.json["code"]) == ("application/problem+json", "http.bad_request")
    assert answer.json["type"] == "http://localhost/aide/erreurs/http.bad_request"


def test_problems_speak_the_language_asked_for(app: TestApp, headers: dict[str, str]) -> None:
    details = {
        language: app.get(f"{PATH}?limit=0&lang=fr", headers=headers | {"Accept-Language": language}, status=422).json["detail"]
        for language in ("fr", "en", "de")
    }  # fmt: skip
    assert details["fr"] == details["de"]
    token = app.get(PATH, headers={"Accept-Language": "en"}, status=401)
    assert token.json["type"] == "http://localhost/aide/erreurs/api.token_invalid"


def test_no_answer_sets_a_cookie_or_may_be_kept(app: TestApp, headers: dict[str, str]) -> None:
    answers = [
        app.get(PATH, headers=headers),
        app.post_json(PATH, BODY, headers=headers),
        app.get(PATH, status=401),
        app.get(f"{PATH}/no", headers=headers, status=404),
    ]
    assert {"Set-Cookie" in answer.headers for answer in answers} == {False}
    assert {answer.headers["Cache-Control"] for answer in answers} == {"no-store"}
    assert {answer.headers["Pli-Version"] for answer in answers} == {versions.latest()}
    assert app.cookies == {}


def test_rates_are_announced_on_every_answer(tmp_path: Path) -> None:
    runtime = start(settings_for(f"sqlite:///{tmp_path}/pli.sqlite", tmp_path) | {"pli.rate_limits": "true"})
    schema.upgrade(runtime.database)
    app = TestApp(runtime.app, extra_environ={"HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1"})
    headers = bearer(app, create_vendor(runtime))
    left = [
        app.get(PATH, headers=headers),
        app.get(f"{PATH}?limit=0", headers=headers, status=422),
        app.get(f"{PATH}/no", headers=headers, status=404),
    ]
    assert [(answer.headers["RateLimit-Limit"], answer.headers["RateLimit-Remaining"]) for answer in left] == [
        ("600", "599"), ("600", "598"), ("600", "597"),
    ]  # fmt: skip
    assert app.get(PATH, status=401).headers["RateLimit-Limit"] == "120"
    for _ in range(118):  # One went with the token.
        app.get(PATH, status=401)
    flooded = app.get(PATH, status=429)
    assert (flooded.json["code"], int(flooded.headers["Retry-After"]) > 0) == ("rate.too_many", True)
    app.get(PATH, headers=headers, status=200)
    runtime.database.dispose()


def test_the_log_tells_what_was_asked_and_no_value(
    app: TestApp, headers: dict[str, str], runtime: Runtime
) -> None:
    canary = "canary-5c1f"
    made = app.post_json(PATH, {**BODY, "description": canary}, headers=headers)
    app.get(f"{PATH}?limit=0&name={canary}", headers=headers | {"User-Agent": "essai/1"}, status=422)
    items = app.get(LOG, headers=headers).json["items"]
    assert [(item["method"], item["path"], item["status"], item["code"]) for item in items] == [
        ("GET", PATH, 422, "api.page_invalid"),
        ("POST", PATH, 201, None),
        ("POST", "/oauth/token", 200, None),
    ]
    assert items[1]["request"]["members"] == {"url": "string(29)", "description": "string(11)"}
    assert items[1]["request_id"] == made.headers["X-Request-Id"]
    assert (items[0]["request"]["query"], items[0]["user_agent"]) == (["limit", "name"], "essai/1")
    with runtime.database.read() as session:
        told = [str(vars(row)) for row in session.query(LoggedRequest)]
    assert [row for row in told if canary in row or made.json["secret"] in row] == []


def test_the_log_is_filtered_paged_and_each_clients_own(
    app: TestApp, headers: dict[str, str], runtime: Runtime, clock: SandboxClock
) -> None:
    app.get(PATH, headers=headers)
    clock.advance(minutes=1)
    middle = clock.now().isoformat()
    app.get(f"{PATH}?limit=0", headers=headers, status=422)

    def count(**query: str) -> int:
        return len(app.get(LOG, query, headers=headers).json["items"])

    assert count(status="422") == 1
    assert count(path=PATH) == 2
    assert count(until="2027-01-11T09:00:30Z") == 2
    assert count(since=middle, path=PATH) == 1
    first = app.get(f"{LOG}?limit=1&path={PATH}", headers=headers).json
    second = app.get(f"{LOG}?limit=1&path={PATH}&cursor={first['next_cursor']}", headers=headers).json
    assert [first["items"][0]["status"], second["items"][0]["status"], second["next_cursor"]] == [
        422,
        200,
        None,
    ]
    other = bearer(app, create_vendor(runtime))
    assert [item["path"] for item in app.get(LOG, headers=other).json["items"]] == ["/oauth/token"]
    for wrong in ({"status": "4xx"}, {"since": "yesterday"}, {"until": "2027-01-11"}):
        assert app.get(LOG, wrong, headers=headers, status=422).json["code"] == "api.filter_invalid"


def test_what_is_kept_for_a_while_is_swept(
    app: TestApp,
    vendor: Vendor,
    headers: dict[str, str],
    runtime: Runtime,
    clock: SandboxClock,
    worker: Worker,
) -> None:
    app.post_json(PATH, BODY, headers=headers | {"Idempotency-Key": "a-key"})
    app.get(LOG, headers=headers)
    clock.advance(hours=1)
    worker.run_all()
    assert (rows(runtime, IdempotentAnswer), rows(runtime, LoggedRequest)) == (1, 2)
    clock.advance(days=31)
    with runtime.database.write() as session:
        jobs.enqueue(session, "api.sweep", {}, now=clock.now())
    worker.run_all()
    assert (rows(runtime, IdempotentAnswer), rows(runtime, LoggedRequest)) == (0, 0)


def test_an_outline_holds_no_value() -> None:
    body = b'{"a": "secret", "b": [1, 2.5], "c": {"d": null, "e": true}, "f": [], "g": [{"h": "x"}]}'
    assert outline(body, "application/json")["members"] == {
        "a": "string(6)", "b": ["int", "x2"], "c": {"d": "null", "e": "bool"}, "f": "array",
        "g": [{"h": "string(1)"}, "x1"],
    }  # fmt: skip
    deep = b'{"a": ' * 9 + b"1" + b"}" * 9
    assert str(outline(deep, "application/json")["members"]).count("a") == 6
    assert outline(b"<secret/>", "application/xml") == {"type": "application/xml", "bytes": 9}
    assert outline(b"{", "application/json")["members"] == "unreadable"


@pytest.mark.parametrize("own", [{"transaction": False}, {"most": None}])
def test_a_post_that_can_keep_no_answer_has_to_say_so(own: dict[str, Any]) -> None:
    register = endpoint("x", permission=Permission.API_OE_WRITE, methods=("POST",), **own)
    with pytest.raises(ValueError, match="keeps no answer"):
        register(lambda request: request)
    register(contract(idempotent=False)(lambda request: request))
