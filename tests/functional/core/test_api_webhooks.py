"""Webhooks from subscription to delivery: the endpoints, the signature, the attempts."""

import json
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from sqlalchemy import inspect, text
from standardwebhooks import Webhook as Reference
from standardwebhooks import WebhookVerificationError
from webtest import TestApp

from procurement.accounts.service import api_clients
from procurement.core import journal, services, webhooks
from procurement.core.clock import SandboxClock
from procurement.core.runtime import Runtime
from procurement.core.webhooks import models
from procurement.core.webhooks.addresses import Guard
from procurement.core.webhooks.jobs import KEPT, PAUSES, sweep
from procurement.core.webhooks.sending import Sender
from procurement.core.worker import Worker
from tests.factories.accounts import create_organisation_of
from tests.factories.clients import Vendor, bearer, create_vendor

PATH = "/api/v1/webhooks"
HOOK = {"url": "https://hooks.example.org/pli"}


@pytest.fixture(autouse=True)
def _events() -> None:
    webhooks.declare("essai.happened", "essai.ended")


class Receiver:
    """A vendor's server: keeps what it is sent and answers as told."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/pli"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver(runtime: Runtime) -> Iterator[Receiver]:
    """Let webhooks reach this machine, as ``pli.webhooks_private`` does, and listen there."""
    before = runtime.find(Sender)
    services.register(runtime.registry, Sender, Sender(Guard(private=True)))
    made = Receiver()
    yield made
    made.close()
    services.register(runtime.registry, Sender, before)


@pytest.fixture
def vendor(runtime: Runtime) -> Vendor:
    return create_vendor(runtime)


@pytest.fixture
def headers(app: TestApp, vendor: Vendor) -> dict[str, str]:
    return bearer(app, vendor, "webhooks:manage")


def emit(runtime: Runtime, vendor: Vendor, event: str = "essai.happened", **data: Any) -> int:
    with runtime.database.write() as session:
        return webhooks.emit(session, event, data=data, client_id=vendor.id, now=runtime.clock.now())


def subscribe(app: TestApp, headers: dict[str, str], receiver: Receiver, *events: str) -> dict[str, Any]:
    answer = app.post_json(PATH, {"url": receiver.url, "events": list(events)}, headers=headers)
    return dict(answer.json)


def delivered(app: TestApp, headers: dict[str, str], hook: str, query: str = "") -> list[dict[str, Any]]:
    return list(app.get(f"{PATH}/{hook}/deliveries{query}", headers=headers).json["items"])


def test_subscribe_read_change_delete(app: TestApp, headers: dict[str, str], runtime: Runtime) -> None:
    made = app.post_json(PATH, {**HOOK, "events": ["essai.happened"]}, headers=headers, status=201)
    assert made.json["secret"].startswith("whsec_")
    assert made.headers["Location"] == f"http://localhost{PATH}/{made.json['id']}"
    path = f"{PATH}/{made.json['id']}"
    read = app.get(path, headers=headers)
    assert "secret" not in read.json and read.headers["ETag"] == made.headers["ETag"]
    app.get(path, headers=headers | {"If-None-Match": read.headers["ETag"]}, status=304)
    app.patch_json(path, {"enabled": False}, headers=headers, status=428)
    match = headers | {"If-Match": read.headers["ETag"]}
    changed = app.patch_json(path, {"enabled": False, "description": "essai"}, headers=match)
    assert (changed.json["enabled"], changed.json["events"]) == (False, ["essai.happened"])
    app.patch_json(path, {"enabled": True}, headers=match, status=412)
    app.delete(path, headers=match, status=412)
    app.delete(path, headers=headers | {"If-Match": changed.headers["ETag"]}, status=204)
    app.get(path, headers=headers, status=404)
    assert app.get(PATH, headers=headers).json["items"] == []
    with runtime.database.read() as session:
        actions = [entry.action for entry in journal.history(session, made.json["id"])]
    assert actions == ["core:webhook:created", "core:webhook:changed", "core:webhook:deleted"]


@pytest.mark.parametrize(
    "url",
    ["http://hooks.example.org/", "https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/", "https://10.0.0.1/", "https://localhost/", "nonsense"],
)  # fmt: skip
def test_a_private_address_is_refused(app: TestApp, headers: dict[str, str], url: str) -> None:
    answer = app.post_json(PATH, {"url": url}, headers=headers, status=422)
    assert (answer.json["code"], answer.json["errors"][0]["pointer"]) == ("webhook.url_refused", "/url")
    hook = app.post_json(PATH, HOOK, headers=headers)
    match = headers | {"If-Match": hook.headers["ETag"]}
    app.patch_json(f"{PATH}/{hook.json['id']}", {"url": url}, headers=match, status=422)


def test_an_unknown_event_and_an_unknown_member_are_refused(app: TestApp, headers: dict[str, str]) -> None:
    answer = app.post_json(PATH, {**HOOK, "events": ["no.such"]}, headers=headers, status=422)
    assert answer.json["code"] == "webhook.event_unknown" and "essai.happened" in answer.json["detail"]
    assert app.post_json(PATH, {**HOOK, "secret": "mine"}, headers=headers, status=422).json["code"] == (
        "api.body_invalid"
    )


def test_another_clients_webhook_is_not_found(
    app: TestApp, headers: dict[str, str], runtime: Runtime
) -> None:
    made = app.post_json(PATH, HOOK, headers=headers)
    other = bearer(app, create_vendor(runtime))
    path = f"{PATH}/{made.json['id']}"
    match = other | {"If-Match": made.headers["ETag"]}
    statuses = [
        app.get(path, headers=other, status="*").status_int,
        app.patch_json(path, {}, headers=match, status="*").status_int,
        app.delete(path, headers=match, status="*").status_int,
        app.post_json(f"{path}/rotate", {}, headers=other, status="*").status_int,
        app.post_json(f"{path}/test", {}, headers=other, status="*").status_int,
        app.get(f"{path}/deliveries", headers=other, status="*").status_int,
    ]
    assert statuses == [404] * 6
    assert app.get(PATH, headers=other).json["items"] == []
    app.get(f"{PATH}/no-uuid", headers=other, status=404)


def test_a_message_is_signed_as_the_reference_library_wants(
    app: TestApp,
    headers: dict[str, str],
    receiver: Receiver,
    runtime: Runtime,
    vendor: Vendor,
    worker: Worker,
) -> None:
    hook = subscribe(app, headers, receiver, "essai.happened")
    assert emit(runtime, vendor, id="abc", status="publie") == 1
    assert emit(runtime, vendor, "essai.ended") == 0
    worker.run_all()
    [(got, body)] = receiver.heard
    told = Reference(hook["secret"]).verify(body, got)
    assert (told["type"], told["data"]) == ("essai.happened", {"id": "abc", "status": "publie"})
    assert (got["content-type"], got["user-agent"]) == ("application/json", "Pli-Webhooks/1")
    for changed in (body + b" ", body.replace(b"abc", b"abd")):
        with pytest.raises(WebhookVerificationError):
            Reference(hook["secret"]).verify(changed, got)
    [sent] = delivered(app, headers, hook["id"])
    assert (sent["state"], sent["message_id"]) == ("delivered", got["webhook-id"])
    assert [(item["number"], item["status"]) for item in sent["attempts"]] == [(1, 200)]


def test_the_sandbox_clock_does_not_date_a_signature(
    app: TestApp, headers: dict[str, str], receiver: Receiver, clock: SandboxClock, worker: Worker
) -> None:
    hook = subscribe(app, headers, receiver)
    clock.advance(minutes=30)
    app.post_json(f"{PATH}/{hook['id']}/test", {}, headers=headers, status=202)
    worker.run_all()
    got, body = receiver.heard[0]
    assert abs(int(got["webhook-timestamp"]) - time.time()) < 30
    assert Reference(hook["secret"]).verify(body, got)["type"] == "webhook.test"


def test_after_a_rotation_both_secrets_work_for_a_day(
    app: TestApp,
    headers: dict[str, str],
    receiver: Receiver,
    runtime: Runtime,
    vendor: Vendor,
    clock: SandboxClock,
    worker: Worker,
) -> None:
    hook = subscribe(app, headers, receiver)
    renewed = app.post_json(f"{PATH}/{hook['id']}/rotate", {}, headers=headers).json
    emit(runtime, vendor)
    worker.run_all()
    got, body = receiver.heard[0]
    for secret in (hook["secret"], renewed["secret"]):
        assert Reference(secret).verify(body, got)["type"] == "essai.happened"
    clock.advance(hours=24)
    emit(runtime, vendor)
    worker.run_all()
    got, body = receiver.heard[1]
    assert Reference(renewed["secret"]).verify(body, got)["type"] == "essai.happened"
    with pytest.raises(WebhookVerificationError):
        Reference(hook["secret"]).verify(body, got)


def test_ten_attempts_in_about_75_hours(
    app: TestApp,
    headers: dict[str, str],
    receiver: Receiver,
    runtime: Runtime,
    vendor: Vendor,
    clock: SandboxClock,
    worker: Worker,
) -> None:
    hook = subscribe(app, headers, receiver)
    receiver.statuses = [500, 503, 302, 404, 500, 500, 500, 500, 500, 500, 200]
    emit(runtime, vendor)
    begun = clock.now()
    worker.run_all()
    for pause in PAUSES:
        worker.run_all()
        clock.advance(seconds=pause.total_seconds())
        worker.run_all()
    assert len(receiver.heard) == 10
    assert len({got["webhook-id"] for got, _body in receiver.heard}) == 1
    assert timedelta(hours=75) <= clock.now() - begun < timedelta(hours=76)
    headers = bearer(app, vendor)
    [failed] = delivered(app, headers, hook["id"], "?state=failed")
    assert (len(failed["attempts"]), failed["next_at"]) == (10, None)
    clock.advance(days=7)
    worker.run_all()
    assert len(receiver.heard) == 10
    headers = bearer(app, vendor)
    app.post_json(f"{PATH}/{hook['id']}/deliveries/{failed['id']}/resend", {}, headers=headers, status=202)
    worker.run_all()
    [sent] = delivered(app, headers, hook["id"])
    assert (sent["state"], sent["attempts"][-1]["number"]) == ("delivered", 11)
    assert receiver.heard[10][0]["webhook-id"] == receiver.heard[0][0]["webhook-id"]


def test_an_address_that_is_gone_is_left_alone(
    app: TestApp,
    headers: dict[str, str],
    receiver: Receiver,
    runtime: Runtime,
    vendor: Vendor,
    worker: Worker,
) -> None:
    hook = subscribe(app, headers, receiver)
    receiver.statuses = [410]
    emit(runtime, vendor)
    emit(runtime, vendor)
    worker.run_all()
    shown = app.get(f"{PATH}/{hook['id']}", headers=headers)
    assert (shown.json["enabled"], shown.json["disabled_reason"], len(receiver.heard)) == (False, "gone", 1)
    assert sorted(item["state"] for item in delivered(app, headers, hook["id"])) == ["cancelled", "failed"]
    assert emit(runtime, vendor) == 0
    app.post_json(f"{PATH}/{hook['id']}/test", {}, headers=headers, status=409)
    with runtime.database.read() as session:
        assert journal.history(session, hook["id"])[-1].action == "core:webhook:disabled"
    match = headers | {"If-Match": shown.headers["ETag"]}
    app.patch_json(f"{PATH}/{hook['id']}", {"enabled": True}, headers=match)
    assert emit(runtime, vendor) == 1


def test_nothing_is_sent_when_the_deed_is_undone(
    app: TestApp,
    headers: dict[str, str],
    receiver: Receiver,
    runtime: Runtime,
    vendor: Vendor,
    worker: Worker,
) -> None:
    subscribe(app, headers, receiver)
    with runtime.database.write_sessions() as session:
        session.begin()
        told = webhooks.emit(session, "essai.ended", data={}, client_id=vendor.id, now=runtime.clock.now())
        session.rollback()
    worker.run_all()
    assert (told, receiver.heard) == (1, [])


def test_emitting_refuses_what_the_caller_got_wrong(
    app: TestApp, headers: dict[str, str], receiver: Receiver, runtime: Runtime, vendor: Vendor
) -> None:
    subscribe(app, headers, receiver)
    with pytest.raises(LookupError, match=r"no\.such"):
        emit(runtime, vendor, "no.such")
    with pytest.raises(ValueError, match="longer than 20000 bytes"):
        emit(runtime, vendor, text="é" * 10_000)
    with runtime.database.write() as session:
        assert webhooks.emit(session, "essai.ended", data={}, now=runtime.clock.now()) == 0
    with pytest.raises(ValueError, match="no name of an event"):
        webhooks.declare("Essai")


def test_secrets_are_not_in_the_database(
    app: TestApp, headers: dict[str, str], receiver: Receiver, runtime: Runtime
) -> None:
    key = {"Idempotency-Key": "once"}
    made = app.post_json(PATH, {"url": receiver.url}, headers=headers | key).json
    again = app.post_json(PATH, {"url": receiver.url}, headers=headers | key)
    assert (again.json, again.headers["Idempotency-Replayed"]) == (made, "true")
    app.get("/api/v1/request-log", headers=headers, status=403)
    with runtime.database.read() as session:
        for table in inspect(session.get_bind()).get_table_names():
            rows = [str(tuple(row)) for row in session.execute(text(f'SELECT * FROM "{table}"'))]
            assert [row for row in rows if made["secret"] in row] == []


def test_a_client_has_twenty_webhooks_at_most(app: TestApp, headers: dict[str, str]) -> None:
    for number in range(20):
        app.post_json(PATH, {"url": f"https://hooks.example.org/{number}"}, headers=headers, status=201)
    assert app.post_json(PATH, HOOK, headers=headers, status=409).json["code"] == "webhook.too_many"


def test_old_deliveries_are_forgotten(
    app: TestApp,
    headers: dict[str, str],
    receiver: Receiver,
    runtime: Runtime,
    vendor: Vendor,
    worker: Worker,
) -> None:
    hook = subscribe(app, headers, receiver)
    emit(runtime, vendor)
    worker.run_one()
    with runtime.database.write() as session:
        sweep(session, runtime.clock.now() + KEPT)
        assert session.query(models.Attempt).count() == 1
        sweep(session, runtime.clock.now() + KEPT + timedelta(seconds=1))
        assert (session.query(models.Attempt).count(), session.query(models.Delivery).count()) == (0, 0)
    assert json.loads(receiver.heard[0][1])["type"] == "essai.happened"
    assert delivered(app, headers, hook["id"]) == []


def test_an_organisations_clients_hear_of_what_is_its_own(
    app: TestApp,
    headers: dict[str, str],
    receiver: Receiver,
    runtime: Runtime,
    vendor: Vendor,
    worker: Worker,
) -> None:
    now = runtime.clock.now()
    subscribe(app, headers, receiver)
    with runtime.database.write() as session:
        owner, other = (create_organisation_of(session, "company", now) for _ in range(2))
        api_clients.give_owner(session, vendor.id, owner.id, by=None, now=now)
        told = [
            webhooks.emit(session, "essai.ended", data={}, organisation_id=one.id, now=now)
            for one in (owner, other)
        ]
        both = webhooks.emit(
            session, "essai.ended", data={}, client_id=vendor.id, organisation_id=owner.id, now=now
        )
    worker.run_all()
    assert (told, both, len(receiver.heard)) == ([1, 0], 1, 2)
