"""Put a registry together: the simulator or API Entreprise, with its limits, its memory and its clock."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
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
from procurement.accounts.registry import CompanyLookup, SourceResult
from procurement.core.settings import Settings, SettingsError

_log = logging.getLogger(__name__)

SIMULATOR = "simulator"
API_ENTREPRISE = "api_entreprise"
MOST_CLIENTS = 100


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


def options(settings: Settings, clock: Callable[[], datetime]) -> Options:
    """Return what the settings say of the registry."""
    return Options(
        registry=settings.dume_registry,
        url=settings.dume_api_entreprise_url,
        token_file=settings.dume_token_file,
        document_hosts=tuple(settings.dume_document_hosts.split()),
        staging=settings.dume_staging_directory,
        clock=clock,
    )


def open_registry(options: Options) -> Registry:
    """Return the registry that the options name; SettingsError when there is no token that can be read."""
    if options.registry == SIMULATOR:
        return Simulated(options)
    cache = Cache(options.ticks.monotonic)
    return build(options, httpx.Client(), options.url.rstrip("/"), _token(options), cache)


def _token(options: Options) -> tokens.Token:
    try:
        token = tokens.load(options.token_file) if options.token_file else None
    except (OSError, UnicodeDecodeError) as problem:
        raise SettingsError(f"The API Entreprise token cannot be read: {problem}.") from None
    if token is None or not token.value:
        raise SettingsError("Setting pli.dume_token_file names no file that holds an API Entreprise token.")
    if token.expires_soon(options.clock()):
        _log.warning("The API Entreprise token ends on %s: ask for another.", token.expires_at)
    return token


class Simulated:
    """The simulator behind the client, with limits and breakers apart for each company.

    At the real service one flood or one failure concerns everybody; in a sandbox, somebody who tries a magic number
    must not spoil the answers of the others. The memory follows the simulated clock.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        if options.staging and not options.staging.is_dir():
            raise SettingsError(f"Setting pli.dume_staging_directory names no folder: {options.staging}.")
        try:
            self._simulator = Simulator(options.clock, options.ticks.sleep, staging=options.staging)
        except (OSError, LookupError, ValueError) as problem:
            raise SettingsError(f"Setting pli.dume_staging_directory cannot be read: {problem}") from None
        self._http = httpx.Client(transport=SimulatorTransport(self._simulator), trust_env=False)
        self._cache = Cache(lambda: options.clock().timestamp())
        self._clients: dict[str, ApiEntreprise] = {}
        self._lock = threading.Lock()

    @property
    def token(self) -> tokens.Token:
        """Return a token that never ends."""
        return tokens.parse("simulator")

    def client(self, siret: str) -> ApiEntreprise:
        """Return the client that asks about this company."""
        with self._lock:
            if siret not in self._clients:
                if len(self._clients) >= MOST_CLIENTS:
                    self._clients.clear()
                self._clients[siret] = build(self._options, self._http, ORIGIN, self.token, self._cache)
            return self._clients[siret]

    def lookup(
        self,
        siret: str,
        sources: Sequence[str],
        *,
        recipient: str,
        context: str,
        object: str,  # noqa: A002  the word of the protocol
        now: datetime,
    ) -> Iterator[SourceResult]:
        """Yield one result per source, as API Entreprise would."""
        client = self.client(siret)
        return client.lookup(siret, sources, recipient=recipient, context=context, object=object, now=now)


def build(
    options: Options, http: httpx.Client, origin: str, token: tokens.Token, cache: Cache
) -> ApiEntreprise:
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
    return ApiEntreprise(exchange, fetcher, cache, workers=options.workers)
