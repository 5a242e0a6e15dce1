"""The journey: every step holds on both engines and both stores, on our own notice and on the official sample."""

import os
from pathlib import Path

import pytest

from procurement.cli.demo import commands, people, server
from procurement.cli.demo.journey import Journey
from procurement.core import journal

SAMPLE = "examples/notices/cn_24_minimal.xml"
STEPS = 20


def _stores(kind: str, request: pytest.FixtureRequest) -> dict[str, str]:
    if kind == "files":
        return {}
    found = request.getfixturevalue("s3_settings")
    return {f"pli.{name}": str(value) for name, value in found.items()}


def _notice() -> tuple[str, bytes]:
    kit = os.environ.get("PLI_TEST_EFORMS_SDK")
    sample = Path(kit) / SAMPLE if kit else None
    if sample is None or not sample.exists():
        return "avis.xml", commands._own_notice()
    return sample.name, sample.read_bytes()


@pytest.mark.parametrize(("database", "store"), [("sqlite", "files"), ("postgresql", "s3")])
def test_journey_holds(database: str, store: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    url = None if database == "sqlite" else request.getfixturevalue("fresh_postgres_url")
    ini = server.ini_for(tmp_path / "server", url) | _stores(store, request)
    notice = _notice() if database == "sqlite" else ("avis.xml", commands._own_notice())
    runtime = server.build(tmp_path / "server", ini)
    people.load(runtime, runtime.clock.now())
    with server.serving(runtime) as address:
        played = Journey(address, notice, tmp_path / "companies", tmp_path / "kept")
        played.play()
        with runtime.database.read() as session:
            report = journal.verify(session)
    assert [(step.name, step.detail) for step in played.steps if not step.ok] == []
    assert (len(played.steps), report.ok) == (STEPS, True)
    kept = {path.name for path in (tmp_path / "kept").iterdir()}
    assert kept == {"agent.key", "agent.crt", "cachet.pem", "deposit.pli", "receipt.zip", "tsa.pem", "plain"}
