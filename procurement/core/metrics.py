"""Figures for the operator: counted in memory, read by Prometheus on a port of their own.

Requests are labelled by route name, never by path, so that neither references nor file names leak. The number
of deposits is coarse and for the operator only: before the deadline even he must not learn how many bids came
in.
"""

import threading
from collections.abc import Iterator
from typing import Any
from wsgiref.simple_server import WSGIServer

from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import start_http_server
from sqlalchemy.exc import SQLAlchemyError

from procurement.core import jobs, services
from procurement.core.clock import Clock
from procurement.core.db import Database
from procurement.core.settings import Settings

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

REQUEST_SECONDS = Histogram(
    "pli_http_request_seconds",
    "Time to answer a request.",
    ("route", "method", "status"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=REGISTRY,
)
DEPOSITS = Counter(
    "pli_deposit_total", "Deposits of all consultations together.", ("result",), registry=REGISTRY
)
WRITER_WAIT = Histogram(
    "pli_writer_wait_seconds",
    "Time a transaction waited for SQLite's one writer.",
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30),
    registry=REGISTRY,
)
STORE_ERRORS = Counter("pli_store_errors_total", "Failures of the object store.", registry=REGISTRY)

#: Counts of deposits are shown in steps of this size, so that a single deposit does not show.
DEPOSIT_STEP = 10


class StateCollector:
    """Ask the database and the clock at each reading: what they know is not counted in memory."""

    def __init__(self, registry: Any) -> None:
        self._registry = registry

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges of jobs and clock; those of jobs are absent while the database is away."""
        clock: Clock = services.find(self._registry, Clock)
        offset = GaugeMetricFamily("pli_clock_offset_seconds", "Wall clock minus guarded clock.")
        offset.add_metric([], clock.drift())
        yield offset
        try:
            yield from self._jobs(clock)
        except SQLAlchemyError:
            return

    def _jobs(self, clock: Clock) -> Iterator[Metric]:
        database: Database = services.find(self._registry, Database)
        now = clock.now()
        with database.read() as session:
            waiting, since = jobs.pending(session), jobs.oldest_due(session, now=now)
        pending = GaugeMetricFamily("pli_jobs_pending", "Jobs that wait or run.", labels=["kind"])
        for kind, count in sorted(waiting.items()):
            pending.add_metric([kind], count)
        oldest = GaugeMetricFamily("pli_job_oldest_seconds", "How long the oldest due job waits.")
        oldest.add_metric([], (now - since).total_seconds() if since else 0.0)
        yield from (pending, oldest)


class _Coarse:
    """Show the counter of deposits rounded down to DEPOSIT_STEP and leave every other metric as it is."""

    def __init__(self, registry: Any) -> None:
        self._state = StateCollector(registry)

    def collect(self) -> Iterator[Metric]:
        for metric in REGISTRY.collect():
            if metric.name == "pli_deposit":
                yield _rounded(metric)
            else:
                yield metric
        yield from self._state.collect()


def _rounded(metric: Metric) -> Metric:
    coarse = Metric(metric.name, metric.documentation, metric.type)
    for sample in metric.samples:
        if sample.name.endswith("_total"):  # The moment of the first deposit (_created) stays unsaid.
            coarse.add_sample(sample.name, sample.labels, sample.value // DEPOSIT_STEP * DEPOSIT_STEP)
    return coarse


def exposition(registry: Any) -> CollectorRegistry:
    """Return the collector that ``/metrics`` shows for one application."""
    shown = CollectorRegistry(auto_describe=False)
    shown.register(_Coarse(registry))
    return shown


def start_server(registry: Any) -> tuple[WSGIServer, threading.Thread] | None:
    """Serve ``/metrics`` on 127.0.0.1 at ``metrics_port``; return server and thread, or None for port 0."""
    settings: Settings = services.find(registry, Settings)
    if settings.metrics_port == 0:
        return None
    return start_http_server(settings.metrics_port, addr="127.0.0.1", registry=exposition(registry))


def observe_request(route: str, method: str, status: int, seconds: float) -> None:
    """Count one answered request."""
    REQUEST_SECONDS.labels(route, method, status).observe(seconds)


def observe_writer_wait(seconds: float) -> None:
    """Count one wait for the writer of SQLite."""
    WRITER_WAIT.observe(seconds)
