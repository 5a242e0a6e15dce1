"""Say whether the service lives and whether it can work, and show the operator's figures.

``/healthz`` looks at the process alone; ``/readyz`` asks what a deposit needs. ``down`` means that deposits
would fail; ``degraded`` that they are taken while something needs attention.
"""

import time
from collections.abc import Callable
from functools import cache
from typing import Any

from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from pyramid.response import Response

from procurement.core import jobs, metrics, services
from procurement.core.clock import GUARD_TOLERANCE, Clock
from procurement.core.db import Database, schema
from procurement.core.permissions import Permission
from procurement.core.settings import Settings
from procurement.core.storage import Storage
from procurement.core.web import endpoint

#: A job that waits longer than this says that no worker runs.
JOB_PATIENCE = 300.0
#: A key that is asked for and never written.
_PROBE = "health/probe"


@endpoint(route="core.healthz", permission=Permission.PUBLIC, methods=("GET",))
def healthz(request: Any) -> dict[str, Any]:
    """Answer that the process lives."""
    del request
    return {"status": "ok"}


@endpoint(route="core.readyz", permission=Permission.PUBLIC, methods=("GET",))
def readyz(request: Any) -> dict[str, Any]:
    """Answer whether deposits would work: 200 for ok and degraded, 503 for down."""
    report = check(request.registry)
    if report["status"] == "down":
        request.response.status_int = 503
    request.response.cache_control = "no-store"
    return report


@endpoint(route="core.metrics", permission=Permission.PUBLIC, methods=("GET",))
def show_metrics(request: Any) -> Response:
    """Show the figures on the main port; the route exists in development alone."""
    body = generate_latest(metrics.exposition(request.registry))
    return Response(body, headers={"Content-Type": CONTENT_TYPE_LATEST})


def check(registry: Any) -> dict[str, Any]:
    """Return the state of everything that a deposit needs."""
    database: Database = services.find(registry, Database)
    storage: Storage = services.find(registry, Storage)
    clock: Clock = services.find(registry, Clock)
    checks = {
        "database": _timed(database.ping),
        "store": _timed(lambda: storage.exists(_PROBE)),
        "clock": _clock(clock),
        "jobs": _guarded(lambda: _jobs(database, clock)),
        "schema": _guarded(lambda: _schema(database)),
    }
    needed = ("database", "store", "schema")
    if not all(checks[name]["ok"] for name in needed):
        status = "down"
    else:
        status = "ok" if all(result["ok"] for result in checks.values()) else "degraded"
    return {"status": status, "checks": checks}


def _timed(ask: Callable[[], object]) -> dict[str, Any]:
    start = time.perf_counter()

    def answer() -> dict[str, Any]:
        ask()
        return {"ok": True, "ms": round((time.perf_counter() - start) * 1000, 1)}

    return _guarded(answer)


def _guarded(ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Turn any failure into ``ok: false``: a health page that fails tells nothing. Details go to the log only."""
    try:
        return ask()
    except Exception as error:  # noqa: BLE001  # drivers and stores raise what they like
        return {"ok": False, "error": type(error).__name__}


def _clock(clock: Clock) -> dict[str, Any]:
    offset = clock.drift()
    return {"ok": abs(offset) <= GUARD_TOLERANCE, "offset_s": round(offset, 3)}


def _jobs(database: Database, clock: Clock) -> dict[str, Any]:
    now = clock.now()
    with database.read() as session:
        since = jobs.oldest_due(session, now=now)
    oldest = (now - since).total_seconds() if since else 0.0
    return {"ok": oldest <= JOB_PATIENCE, "oldest_s": round(oldest, 1)}


def _schema(database: Database) -> dict[str, Any]:
    head, current = _head(), schema.current(database)
    return {"ok": head == current, "head": head, "current": current}


@cache
def _head() -> str:
    """Read the migrations once: they do not change while the process lives."""
    return schema.head()


def includeme(config: Any) -> None:
    """Add the routes; figures stand on the main port only in development and without a port of their own."""
    settings: Settings = services.find(config.registry, Settings)
    config.add_route("core.healthz", "/healthz")
    config.add_route("core.readyz", "/readyz")
    shown = settings.development and settings.metrics_port == 0
    if shown:
        config.add_route("core.metrics", "/metrics")
    config.scan("procurement.core.health", ignore=None if shown else [_is_metrics])


def _is_metrics(name: str) -> bool:
    return name.endswith(".show_metrics")
