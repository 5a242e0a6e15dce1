"""Many requests at once on the endpoints of the DUME API: one deed, one winner."""

import threading
from collections.abc import Callable
from typing import Any

from webtest import TestApp

from dume.models import Dume
from procurement.core.clock import SandboxClock
from procurement.core.runtime import Runtime
from tests.factories.clients import bearer, create_vendor
from tests.factories.dume_api import API, COMPANY, Client, begun, published, request_body


def at_once(runtime: Runtime, count: int, ask: Callable[[TestApp, int], Any]) -> list[Any]:
    """Ask ``count`` times from as many threads; return the answers."""
    answers: list[Any] = []

    def run(number: int) -> None:
        app = TestApp(runtime.app, extra_environ={"HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1"})
        answers.append(ask(app, number))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def rows(runtime: Runtime) -> int:
    with runtime.database.read() as session:
        return session.query(Dume).count()


def test_fifty_requests_with_one_key_make_one(app: TestApp, runtime: Runtime, clock: SandboxClock) -> None:
    headers = {**bearer(app, create_vendor(runtime)), "Idempotency-Key": "one"}
    body = request_body(clock)
    answers = at_once(
        runtime, 50, lambda one, _: one.post_json(f"{API}/dume-acheteur", body, headers=headers, status="*")
    )
    assert rows(runtime) == 1
    assert {answer.status_int for answer in answers} <= {201, 409}
    assert len({answer.body for answer in answers if answer.status_int == 201}) == 1


def test_fifty_responses_with_one_key_make_one(app: TestApp, runtime: Runtime, clock: SandboxClock) -> None:
    client = Client(app, bearer(app, create_vendor(runtime)))
    body = {"id_dume_acheteur": published(client, clock), "siret": COMPANY}
    headers = {**client.headers, "Idempotency-Key": "one"}
    answers = at_once(
        runtime, 50, lambda one, _: one.post_json(f"{API}/dume-oe", body, headers=headers, status="*")
    )
    assert rows(runtime) == 2
    assert {answer.status_int for answer in answers} <= {201, 409}
    assert len({answer.body for answer in answers if answer.status_int == 201}) == 1
    assert app.post_json(f"{API}/dume-oe", body, headers=headers).headers["Idempotency-Replayed"] == "true"


def test_of_stale_changes_exactly_one_wins(app: TestApp, runtime: Runtime, clock: SandboxClock) -> None:
    client = Client(app, bearer(app, create_vendor(runtime)))
    asked = published(client, clock)
    made = client.post("/dume-acheteur", request_body(clock), status=201)
    response = begun(client, asked)
    tag = client.get(f"/dume-oe/{response}").headers["ETag"]
    races = [
        (f"/dume-acheteur/{made.json['id_dume']}", made.headers["ETag"], "procedure", {"title": "T{}"}),
        (f"/dume-oe/{response}", tag, "operator", {"group_name": "G{}"}),
    ]
    for path, etag, part, change in races:
        headers = {**client.headers, "If-Match": etag}

        def patch(one: TestApp, number: int) -> int:
            body = {part: {name: text.format(number) for name, text in change.items()}}  # noqa: B023  # joined below
            status: int = one.patch_json(API + path, body, headers=headers, status="*").status_int  # noqa: B023  # joined below
            return status

        assert sorted(at_once(runtime, 8, patch)) == [200, *[412] * 7]
