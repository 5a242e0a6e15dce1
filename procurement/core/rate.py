"""Slow down floods: so many tries per purpose and key in a moving window, then 429 with the time to wait.

Counts live in the memory of the process, which is one process in the default set-up. With several processes
each counts for itself: the effective limit is then the declared one times the number of processes.
"""

import math
import time
from dataclasses import dataclass
from typing import Any, Protocol

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from procurement.core import services
from procurement.core.errors import TooMany
from procurement.core.settings import Settings
from procurement.core.text import _

_KEY = "pli.rates"


@dataclass(frozen=True)
class Quota:
    """What is left of ``limit`` tries: ``remaining``; one comes back in ``reset`` seconds."""

    limit: int
    remaining: int
    reset: int


class Flooded(TooMany):
    """Refuse one try too many."""

    def __init__(self, quota: Quota) -> None:
        super().__init__(
            "rate.too_many",
            _("Trop de tentatives en peu de temps. Rien n’a été modifié. Réessayez dans %(seconds)s s."),
            retry_after=quota.reset,
            seconds=quota.reset,
        )
        self.quota = quota


class RateLimiter(Protocol):
    """Count tries; two implementations: one that counts, one for installations that limit at their proxy."""

    def hit(self, purpose: str, key: str) -> Quota | None:
        """Count one try of ``key`` for ``purpose``; raise Flooded (a TooMany) when the window is full."""
        ...

    def look(self, purpose: str, key: str) -> Quota | None:
        """Raise Flooded when the window of ``key`` is full, without counting a try."""
        ...

    def clear(self, purpose: str, key: str) -> None:
        """Forget the tries of ``key``, for instance after a successful sign-in."""
        ...


class MovingWindow:
    """Count in a moving window in memory. ``rates`` maps a purpose to a text such as ``10 per minute``."""

    def __init__(self, rates: dict[str, RateLimitItem]) -> None:
        self._rates = rates
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def hit(self, purpose: str, key: str) -> Quota:
        """Count one try."""
        rate = self._rates[purpose]
        return self._left(purpose, key, allowed=self._limiter.hit(rate, purpose, key))

    def look(self, purpose: str, key: str) -> Quota:
        """Say what is left without counting a try."""
        rate = self._rates[purpose]
        return self._left(purpose, key, allowed=self._limiter.test(rate, purpose, key))

    def _left(self, purpose: str, key: str, *, allowed: bool) -> Quota:
        rate = self._rates[purpose]
        window = self._limiter.get_window_stats(rate, purpose, key)
        # The window moves in real time: a sandbox clock must not let floods through.
        reset = max(0, math.ceil(window.reset_time - time.time()))
        if not allowed:
            raise Flooded(Quota(rate.amount, 0, max(1, reset)))
        return Quota(rate.amount, window.remaining, reset)

    def clear(self, purpose: str, key: str) -> None:
        """Forget the tries of ``key``."""
        self._limiter.clear(self._rates[purpose], purpose, key)


class Unlimited:
    """Count nothing (``pli.rate_limits = false``)."""

    def hit(self, purpose: str, key: str) -> None:
        """Let everything through."""
        del purpose, key

    def look(self, purpose: str, key: str) -> None:
        """Let everything through."""
        del purpose, key

    def clear(self, purpose: str, key: str) -> None:
        """Do nothing."""
        del purpose, key


def client_address(request: Any) -> str:
    """Return the client's address: what the outermost trusted proxy saw, or the peer when none is trusted.

    Each proxy appends the address it saw; only the last ``trusted_proxies`` entries were written by ours.
    """
    settings: Settings = services.get(request, Settings)
    peer = str(request.environ.get("REMOTE_ADDR", ""))
    if settings.trusted_proxies == 0:
        return peer
    seen = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    return seen[-settings.trusted_proxies] if len(seen) >= settings.trusted_proxies else peer


def check(request: Any, purpose: str, key: str | None = None) -> None:
    """Count one try of ``key`` (default: the client's address); say what is left in RateLimit-* headers."""
    limiter: RateLimiter = services.get(request, RateLimiter)
    try:
        quota = limiter.hit(purpose, key if key is not None else client_address(request))
    except Flooded as error:
        _announce(request, error.quota)
        raise
    _announce(request, quota)


def look(request: Any, purpose: str) -> None:
    """Refuse an address whose window is full; this try is not counted: whoever finds it wrong does so with ``check``."""
    limiter: RateLimiter = services.get(request, RateLimiter)
    try:
        quota = limiter.look(purpose, client_address(request))
    except Flooded as error:
        _announce(request, error.quota)
        raise
    _announce(request, quota)


def _announce(request: Any, quota: Quota | None) -> None:
    if quota is None:
        return

    def headers(_request: Any, response: Any) -> None:
        response.headers["RateLimit-Limit"] = str(quota.limit)
        response.headers["RateLimit-Remaining"] = str(quota.remaining)
        response.headers["RateLimit-Reset"] = str(quota.reset)

    request.add_response_callback(headers)


def _add_rate(config: Any, purpose: str, rate: str) -> None:
    """Declare the limit of a purpose (directive ``config.add_rate("accounts.sign_in", "10 per minute")``)."""
    config.registry.setdefault(_KEY, {})[purpose] = parse(rate)


def includeme(config: Any) -> None:
    """Register the limiter and the directive."""
    rates: dict[str, RateLimitItem] = config.registry.setdefault(_KEY, {})
    settings: Settings = services.find(config.registry, Settings)
    services.register(
        config.registry, RateLimiter, MovingWindow(rates) if settings.rate_limits else Unlimited()
    )
    config.add_directive("add_rate", _add_rate, action_wrap=False)
