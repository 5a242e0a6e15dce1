from datetime import timedelta
from pathlib import Path
from urllib.request import urlopen

import pytest
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from webtest import TestApp

from procurement.core import health, jobs, metrics, services
from procurement.core.clock import Clock, SandboxClock
from procurement.core.db import Database
from procurement.core.runtime import Runtime
from procurement.core.settings import Settings
from procurement.core.storage import S3Storage, Storage, build
from tests.peers.shared import free_ports


def test_healthz(app: TestApp) -> None:
    assert app.get("/healthz").json == {"status": "ok"}


def test_readyz_when_all_is_well(app: TestApp) -> None:
    report = app.get("/readyz").json
    assert report["status"] == "ok"
    assert set(report["checks"]) == {"database", "store", "clock", "jobs", "schema"}
    assert all(check["ok"] for check in report["checks"].values())
    assert report["checks"]["schema"]["head"] == report["checks"]["schema"]["current"]


def test_readyz_degraded_when_jobs_wait(app: TestApp, database: Database, clock: SandboxClock) -> None:
    with database.write() as session:
        jobs.enqueue(session, "core.mail", {}, now=clock.now())
    clock.advance(seconds=health.JOB_PATIENCE + 1)
    report = app.get("/readyz").json
    assert report["status"] == "degraded"
    assert report["checks"]["jobs"] == {"ok": False, "oldest_s": 301.0}


def test_readyz_down_without_store(app: TestApp, runtime: Runtime) -> None:
    kept = services.find(runtime.registry, Storage)
    away = build(
        Settings(storage="s3", s3_endpoint="http://127.0.0.1:9", s3_access_key="k", s3_secret_key="s")
    )
    assert isinstance(away, S3Storage)
    services.register(runtime.registry, Storage, away)
    try:
        report = app.get("/readyz", status=503).json
    finally:
        services.register(runtime.registry, Storage, kept)
    assert report["status"] == "down"
    assert report["checks"]["store"] == {"ok": False, "error": "StorageError"}
    assert report["checks"]["database"]["ok"] is True


def test_readyz_down_on_an_empty_database(runtime: Runtime, tmp_path: Path) -> None:
    kept = services.find(runtime.registry, Database)
    empty = Database(f"sqlite:///{tmp_path}/empty.sqlite")
    services.register(runtime.registry, Database, empty)
    try:
        report = health.check(runtime.registry)
    finally:
        services.register(runtime.registry, Database, kept)
        empty.dispose()
    assert report["status"] == "down"
    assert report["checks"]["schema"]["current"] is None
    assert report["checks"]["jobs"] == {"ok": False, "error": "OperationalError"}


class Jumped(SandboxClock):
    def drift(self) -> float:
        return -3.5


def test_readyz_degraded_when_the_clock_jumped(app: TestApp, runtime: Runtime) -> None:
    kept = services.find(runtime.registry, Clock)
    services.register(runtime.registry, Clock, Jumped(kept.now()))
    try:
        report = app.get("/readyz").json
    finally:
        services.register(runtime.registry, Clock, kept)
    assert report["status"] == "degraded"
    assert report["checks"]["clock"] == {"ok": False, "offset_s": -3.5}


def samples(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_metrics_count_requests_by_route(app: TestApp) -> None:
    key = (
        "pli_http_request_seconds_count",
        (("method", "GET"), ("route", "core.healthz"), ("status", "200")),
    )
    before = samples(app.get("/metrics").text).get(key, 0)
    app.get("/healthz")
    assert samples(app.get("/metrics").text)[key] == before + 1


def test_metrics_of_jobs_and_clock(app: TestApp, database: Database, clock: SandboxClock) -> None:
    with database.write() as session:
        for _ in range(3):
            jobs.enqueue(session, "core.mail", {}, now=clock.now())
        jobs.enqueue(session, "bids.open", {}, now=clock.now(), run_at=clock.now() + timedelta(hours=1))
    clock.advance(seconds=30)
    found = samples(app.get("/metrics").text)
    assert found["pli_jobs_pending", (("kind", "core.mail"),)] == 3
    assert found["pli_jobs_pending", (("kind", "bids.open"),)] == 1
    assert found["pli_job_oldest_seconds", ()] == 30
    assert found["pli_clock_offset_seconds", ()] == 0


def test_number_of_deposits_is_coarse(runtime: Runtime) -> None:
    before = metrics.DEPOSITS.labels("ok")._value.get()
    metrics.DEPOSITS.labels("ok").inc(27 - before % 10)
    text = generate_latest(metrics.exposition(runtime.registry)).decode()
    assert samples(text)["pli_deposit_total", (("result", "ok"),)] % metrics.DEPOSIT_STEP == 0
    assert "pli_deposit_created" not in text


def test_metrics_without_a_database_still_show_the_rest(runtime: Runtime, tmp_path: Path) -> None:
    kept = services.find(runtime.registry, Database)
    empty = Database(f"sqlite:///{tmp_path}/empty.sqlite")
    services.register(runtime.registry, Database, empty)
    try:
        text = generate_latest(metrics.exposition(runtime.registry)).decode()
    finally:
        services.register(runtime.registry, Database, kept)
        empty.dispose()
    assert "pli_clock_offset_seconds" in text
    assert "pli_jobs_pending" not in text


def test_metrics_on_a_port_of_their_own(runtime: Runtime) -> None:
    (port,) = free_ports(1)
    kept = services.find(runtime.registry, Settings)
    services.register(runtime.registry, Settings, Settings(metrics_port=port))
    try:
        started = metrics.start_server(runtime.registry)
    finally:
        services.register(runtime.registry, Settings, kept)
    assert started is not None
    server, thread = started
    with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        assert b"pli_job_oldest_seconds 0.0" in answer.read()
    server.shutdown()
    thread.join()
    server.server_close()


def test_metrics_port_zero_starts_nothing(runtime: Runtime) -> None:
    assert metrics.start_server(runtime.registry) is None


@pytest.mark.parametrize(
    ("observe", "name"),
    [
        (lambda: metrics.observe_writer_wait(0.5), "pli_writer_wait_seconds_sum"),
        (metrics.STORE_ERRORS.inc, "pli_store_errors_total"),
    ],
)
def test_counters_move(runtime: Runtime, observe: object, name: str) -> None:
    before = samples(generate_latest(metrics.exposition(runtime.registry)).decode())[name, ()]
    observe()
    after = samples(generate_latest(metrics.exposition(runtime.registry)).decode())[name, ()]
    assert after > before
