"""Put a registry together: the simulator or API Entreprise, with its limits, its memory and its clock."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import httpx

from dume.registry import token as tokens
from dume.registry.breaker import Breakers
from dume.registry.cache import Cache
from dume.registry.client import WORKERS, ApiEntreprise
from dume.registry.documents import HOSTS, Fetcher
from dume.registry.exchange import Exchange
from dume.registry.limits import Limits, Ticks
from dume.registry.simulator import Simulator
from dume.registry.simulator.transport import ORIGIN, SimulatorTransport
from procurement.accounts.registry import CompanyLookup

SIMULATOR = "simulator"
API_ENTREPRISE = "api_entreprise"


class Registry(CompanyLookup, Protocol):
    """Ask sources about a company, and know how long one may still ask."""

    @property
    def token(self) -> tokens.Token:
        """Return the access token: its end, its rights."""
        ...


def _ticks() -> Ticks:
    return Ticks(monotonic=time.monotonic, sleep=time.sleep)


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the settings say, and how time passes.

    `staging` is a folder of test cases that the simulator replays beside its own companies.
    """

    registry: str = SIMULATOR
    url: str = "https://entreprise.api.gouv.fr"
    token_file: Path | None = None
    document_hosts: tuple[str, ...] = HOSTS
    staging: Path | None = None
    clock: Callable[[], datetime] = _now
    ticks: Ticks = field(default_factory=_ticks)
    workers: int = WORKERS


def open_registry(options: Options) -> Registry:
    """Return the registry that the options name; OSError when the token's file cannot be read."""
    if options.registry == SIMULATOR:
        simulator = Simulator(options.clock, options.ticks.sleep, staging=options.staging)
        http = httpx.Client(transport=SimulatorTransport(simulator), trust_env=False)
        return build(options, http, ORIGIN, tokens.parse("simulator"))
    if options.token_file is None:
        raise FileNotFoundError("API Entreprise takes a token file")
    return build(options, httpx.Client(), options.url.rstrip("/"), tokens.load(options.token_file))


def build(options: Options, http: httpx.Client, origin: str, token: tokens.Token) -> ApiEntreprise:
    """Return a client of the service at `origin`, with limits, breakers and memory of its own."""
    exchange = Exchange(
        http=http,
        origin=origin,
        token=token,
        limits=Limits(options.ticks),
        breakers=Breakers(options.ticks.monotonic),
        ticks=options.ticks,
        clock=options.clock,
    )
    fetcher = Fetcher(
        http=http, origin=origin, hosts=options.document_hosts, monotonic=options.ticks.monotonic
    )
    return ApiEntreprise(exchange, fetcher, Cache(options.ticks.monotonic), workers=options.workers)
