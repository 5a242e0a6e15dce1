"""What the API gives without a key: health, the sandbox's clock, referentials, and verdicts that stay short."""

import base64
from datetime import timedelta

import pytest
from webtest import TestApp

from dume.espd.write_v41 import write
from procurement.core.clock import SandboxClock
from tests.factories.dume_api import API
from tests.vectors.dume.documents import documents


def test_health_is_told_without_a_key(app: TestApp) -> None:
    answer = app.get(f"{API}/health")
    assert answer.json["status"] in {"ok", "degraded"}
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("address", [f"{API}/sandbox/clock", "/sandbox/clock"])
def test_clock_of_the_sandbox_is_moved_by_so_much_or_to_an_instant(
    app: TestApp, clock: SandboxClock, address: str
) -> None:
    before = clock.now()
    moved = app.post_json(address, {"advance": "P11D", "frozen": True}).json
    assert clock.now() == before + timedelta(days=11)
    assert moved["now"] == clock.now().isoformat()
    app.post_json(address, {"advance": 60, "frozen": True})
    assert clock.now() == before + timedelta(days=11, minutes=1)
    app.post_json(address, {"at": before.isoformat(), "frozen": True})
    assert clock.now() == before


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"at": "2027-01-01T00:00:00Z", "advance": 5},
        {"advance": "P99999D"},
        {"advance": 86400 * 999_999_999},
        {"at": "9999-12-31T23:59:59Z"},
    ],
)
def test_clock_of_the_sandbox_stays_where_dates_can_be_written(
    app: TestApp, clock: SandboxClock, body: dict[str, object]
) -> None:
    before = clock.now()
    assert app.post_json(f"{API}/sandbox/clock", body, status=422).json["code"] == "core.clock_move"
    assert clock.now() == before


def test_labels_are_given_in_the_language_asked_for(app: TestApp) -> None:
    french = app.get(f"{API}/labels?lang=fr", headers={"Accept-Language": "en"}).json
    english = app.get(f"{API}/labels", headers={"Accept-Language": "en"}).json
    assert (french["lang"], english["lang"]) == ("fr", "en")
    assert french["criteria"] != english["criteria"]
    assert app.get(f"{API}/labels?lang=de", status=422).json["code"] == "dume.language"


def test_verdict_of_a_hostile_file_lists_a_thousand_findings_and_counts_all(app: TestApp) -> None:
    whole = write(documents()["request-everything"])
    data = whole.replace(b"<cbc:ID ", b'<cbc:ID wrong="1" ')
    found = app.post_json(f"{API}/validations", {"xml": base64.b64encode(data).decode()}).json
    assert found["valid"] is False
    assert len(found["findings"]) == 1000
    assert found["findings_count"] >= whole.count(b"<cbc:ID ") > 1000
