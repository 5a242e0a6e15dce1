"""Registries for tests: a clock that stands, time that passes only when somebody waits, scripted services."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime

import httpx

from dume.registry import Options, Registry, SourceResult, open_registry
from dume.registry.cache import Cache
from dume.registry.client import ApiEntreprise
from dume.registry.limits import Ticks
from dume.registry.opening import build
from dume.registry.token import Token

NOW = datetime(2027, 1, 11, 9, 0, tzinfo=UTC)
BUYER = "21990410900010"
OTHER_BUYER = "26990822400018"
SIRET = "90000101700012"
ORIGIN = "https://entreprise.api.gouv.fr"
PDF = b"%PDF-1.4 an essay"


class Time:
    """Seconds that pass only in ``sleep``; safe between threads."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.slept: list[float] = []
        self._lock = threading.Lock()

    def monotonic(self) -> float:
        with self._lock:
            return self.seconds

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.seconds += seconds
            self.slept.append(seconds)

    @property
    def ticks(self) -> Ticks:
        return Ticks(monotonic=self.monotonic, sleep=self.sleep)


Handler = Callable[[httpx.Request], httpx.Response]


class Script(httpx.BaseTransport):
    """A service that answers by a function, and remembers what it was asked."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.handler(request)

    @property
    def paths(self) -> list[str]:
        return [request.url.path for request in self.requests]


def client(
    script: httpx.BaseTransport,
    time: Time | None = None,
    *,
    token: Token | None = None,
    workers: int = 1,
    clock: Callable[[], datetime] = lambda: NOW,
) -> ApiEntreprise:
    """Return the real client in front of a scripted service."""
    ticks = (time or Time()).ticks
    options = Options(ticks=ticks, clock=clock, workers=workers)
    http = httpx.Client(transport=script)
    return build(options, http, ORIGIN, token or Token(value="secret-token"), Cache(ticks.monotonic))


def simulator(
    time: Time | None = None, *, clock: Callable[[], datetime] = lambda: NOW, workers: int = 6
) -> Registry:
    """Return the simulator behind the client."""
    return open_registry(Options(ticks=(time or Time()).ticks, clock=clock, workers=workers))


def ask(
    registry: Registry, *sources: str, siret: str = SIRET, recipient: str = BUYER, now: datetime = NOW
) -> dict[str, SourceResult]:
    """Look sources up for the usual buyer and procedure, by source."""
    results = registry.lookup(
        siret, sources, recipient=recipient, context="Marchés publics", object="2027-000001", now=now
    )
    return {result.source: result for result in results}


def answer(data: object, status: int = 200, **headers: str) -> httpx.Response:
    """Return an answer of the service."""
    return httpx.Response(status, json={"data": data, "links": {}, "meta": {}}, headers=headers)


def error(status: int, **headers: str) -> httpx.Response:
    """Return a refusal of the service, whose body could be mistaken for data."""
    body = {
        "errors": [{"code": "04003", "title": "Entité non trouvée"}],
        "data": {"tva_number": "FR00000000000"},
    }
    return httpx.Response(status, json=body, headers=headers)
