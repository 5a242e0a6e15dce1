"""The bearer token of an API client, and the identity it stands for.

What was read is remembered for half a minute: a revocation takes effect at once in the process that makes it, and within
that time in the others (the contract promises 60 s).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from procurement.accounts.queries.clients import Known, find_token
from procurement.accounts.rules import digest
from procurement.accounts.rules.clients import ClientState
from procurement.accounts.service.api_rows import changes_seen
from procurement.core import services
from procurement.core.db import Database
from procurement.core.security import Identity
from procurement.core.settings import Settings

#: Seconds for which a token that worked is not looked up again.
REMEMBERED = 30.0
#: Tokens remembered at once; then all are looked up anew.
_MOST = 10_000
#: Longer ones are none of ours.
_LONGEST = 200


@dataclass(frozen=True)
class _Remembered:
    known: Known
    until: float
    changes: int


class TokenClients:
    """Find the client behind a token."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._remembered: dict[str, _Remembered] = {}

    def client(self, request: Any, token: str) -> Identity | None:
        """Return the client whose token this is, or None when it expired, was revoked or never was."""
        if len(token) > _LONGEST:
            return None
        hashed = digest(token)
        known = self._recall(hashed) or self._read(request, hashed)
        if known is None or request.now >= known.expires_at or not _admitted(request, known.identity):
            return None
        return known.identity

    def _recall(self, hashed: str) -> Known | None:
        kept = self._remembered.get(hashed)
        if kept is None or kept.until <= self._monotonic() or kept.changes != changes_seen():
            return None
        return kept.known

    def _read(self, request: Any, hashed: str) -> Known | None:
        """Read it in a short session of its own: the request's may be waiting for the one writer."""
        changes = changes_seen()  # Before the read: a change made meanwhile is not missed.
        database: Database = services.get(request, Database)
        with database.read() as session:
            known = find_token(session, hashed)
        if known is None:
            self._remembered.pop(hashed, None)
            return None
        if len(self._remembered) >= _MOST:
            self._remembered.clear()
        self._remembered[hashed] = _Remembered(known, self._monotonic() + REMEMBERED, changes)
        return known


def _admitted(request: Any, client: Identity) -> bool:
    """Tell whether a client in this state is let in: one taken back out of production loses its tokens with it."""
    settings: Settings = services.get(request, Settings)
    return settings.environment != "production" or client.client_state == ClientState.PRODUCTION
