"""A vendor gets a key of the sandbox without a person, and only there."""

import shlex
import time
from pathlib import Path

import pytest
from webtest import TestApp

from procurement.core.db import schema
from procurement.core.runtime import start
from procurement.core.settings import SettingsError, load
from tests.conftest import settings_for
from tests.factories.clients import Vendor, bearer

PATH = "/api/v1/sandbox/clients"


def test_an_address_gives_a_key_that_works(app: TestApp) -> None:
    begun = time.monotonic()
    made = app.post_json(PATH, {"email": "dev@places.example"}, status=201)
    vendor = Vendor(None, made.json["client_id"], made.json["client_secret"])
    app.get("/api/v1/request-log", headers=bearer(app, vendor, "log:read"), status=200)
    assert time.monotonic() - begun < 300
    assert made.headers["Cache-Control"] == "no-store"
    assert shlex.split(made.json["first_curl"]) == [
        "curl", "-u", f"{vendor.public_id}:{vendor.secret}", "-d", "grant_type=client_credentials",
        "http://localhost/oauth/token",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "status"),
    [({}, 422), ({"email": "nobody"}, 422), ({"email": "a@b.example", "role": "admin"}, 422), ([], 422)],
)
def test_what_is_no_request_is_refused(app: TestApp, body: object, status: int) -> None:
    answer = app.post_json(PATH, body, status=status)
    assert answer.content_type == "application/problem+json"


def test_a_flood_is_slowed_down(tmp_path: Path) -> None:
    runtime = start(settings_for(f"sqlite:///{tmp_path}/pli.sqlite", tmp_path) | {"pli.rate_limits": "true"})
    schema.upgrade(runtime.database)
    app = TestApp(runtime.app, extra_environ={"HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1"})
    answers = [app.post_json(PATH, {"email": "dev@places.example"}, status="*") for _ in range(11)]
    assert [answer.status_int for answer in answers] == [201] * 10 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert answers[0].headers["RateLimit-Limit"] == "10"
    runtime.database.dispose()


def test_there_is_none_of_it_outside_the_sandbox(tmp_path: Path) -> None:
    """Production refuses the sandbox's clock at the start, so that its routes cannot be there."""
    ini = settings_for(f"sqlite:///{tmp_path}/pli.sqlite", tmp_path)
    with pytest.raises(SettingsError, match="production refuses it"):
        load({**ini, "pli.environment": "production"}, {})
    runtime = start(ini | {"pli.clock": "system"})
    app = TestApp(runtime.app, extra_environ={"HTTP_HOST": "localhost"})
    assert app.post_json(PATH, {"email": "dev@places.example"}, status=404).json["code"] == "http.not_found"
    app.get("/.well-known/oauth-authorization-server", status=200)
    runtime.database.dispose()
