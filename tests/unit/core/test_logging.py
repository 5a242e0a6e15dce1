import json
import logging
import subprocess
import sys
import uuid
from typing import Any

import pytest
import structlog
from webtest import TestApp

from procurement.core import services
from procurement.core.logging import configure, request_id
from procurement.core.runtime import Runtime
from procurement.core.security import Identity, IdentitySource
from procurement.core.settings import Settings


@pytest.fixture
def engine() -> str:
    return "sqlite"


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def access(text: str) -> dict[str, Any]:
    (line,) = [line for line in lines(text) if line["event"] == "request"]
    return line


def test_request_is_one_line_with_these_fields(app: TestApp, capsys: pytest.CaptureFixture[str]) -> None:
    response = app.get("/healthz")
    line = access(capsys.readouterr().out)
    assert set(line) == {
        "ts",
        "level",
        "event",
        "request_id",
        "route",
        "method",
        "status",
        "ms",
        "actor",
        "org",
    }
    assert (line["route"], line["method"], line["status"], line["level"]) == (
        "core.healthz",
        "GET",
        200,
        "info",
    )
    assert line["request_id"] == response.headers["X-Request-Id"]
    assert (line["actor"], line["org"]) == (None, None)
    assert line["ms"] >= 0


def test_request_line_holds_no_query_and_no_path(app: TestApp, capsys: pytest.CaptureFixture[str]) -> None:
    app.get("/healthz?token=canary-query")
    app.get("/canary-path", status=404)
    out = capsys.readouterr().out
    assert "canary" not in out
    assert [line["status"] for line in lines(out) if line["event"] == "request"] == [200, 404]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("abcd-1234_EF.9", True),
        ("short", False),
        ("x" * 65, False),
        ("a b c d e f", False),
        ('"},{"a":1', False),
    ],
)
def test_request_id_of_a_proxy_is_kept_when_it_looks_like_one(
    app: TestApp, given: str, *, kept: bool
) -> None:
    found = app.get("/healthz", headers={"X-Request-Id": given}).headers["X-Request-Id"]
    assert (found == given) is kept
    assert len(found) >= 8


def test_fresh_request_ids_differ() -> None:
    assert len({request_id({}) for _ in range(50)}) == 50


def test_library_lines_have_the_same_form(capsys: pytest.CaptureFixture[str]) -> None:
    configure(Settings(environment="test"))
    logging.getLogger("some.library").warning("disk %s", "slow")
    structlog.get_logger().info("started", jobs=3)
    library, ours = lines(capsys.readouterr().out)
    assert (library["event"], library["level"], library["logger"]) == ("disk slow", "warning", "some.library")
    assert (ours["event"], ours["jobs"]) == ("started", 3)
    assert library["ts"].endswith("Z")
    assert ours["ts"].endswith("Z")


def test_exception_is_in_the_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure(Settings(environment="test"))
    try:
        int("x")
    except ValueError:
        logging.getLogger("x").exception("failed")
    (line,) = lines(capsys.readouterr().out)
    assert line["exception"].endswith("invalid literal for int() with base 10: 'x'")


def test_configuring_twice_writes_once(capsys: pytest.CaptureFixture[str]) -> None:
    configure(Settings(environment="test"))
    configure(Settings(environment="test"))
    logging.getLogger("x").warning("once")
    assert len(lines(capsys.readouterr().out)) == 1


def test_console_format_is_for_people() -> None:
    program = (
        "from procurement.core.logging import configure; from procurement.core.settings import Settings;"
        "import logging; configure(Settings(environment='test', log_format='console'));"
        "logging.getLogger('x').warning('hello')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "hello" in done.stdout
    assert not done.stdout.startswith("{")


class Somebody:
    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    def identify(self, request: Any) -> Identity:
        return self._identity


def test_request_line_names_actor_and_organisation_by_id(
    app: TestApp, runtime: Runtime, capsys: pytest.CaptureFixture[str]
) -> None:
    person = Identity(
        person_id=uuid.UUID(int=1),
        name="Claire",
        email="canary@example.org",
        organisation_id=uuid.UUID(int=2),
    )
    kept = services.find(runtime.registry, IdentitySource)
    services.register(runtime.registry, IdentitySource, Somebody(person))
    try:
        app.get("/aide")
    finally:
        services.register(runtime.registry, IdentitySource, kept)
    out = capsys.readouterr().out
    line = access(out)
    assert (line["actor"], line["org"]) == (str(person.person_id), str(person.organisation_id))
    assert "canary" not in out
