"""The log of each client's own requests, kept for 30 days; values are never in it.

Entries are gathered in memory and written together: one durable write per request would double the cost of a read. A
crash may lose the last second of it, which is no evidence: that is the journal's part.
"""

import logging
import threading
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pyramid.response import Response
from sqlalchemy import insert, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from procurement.core import services
from procurement.core.api.models import LoggedRequest
from procurement.core.api.redaction import outline
from procurement.core.db import Database
from procurement.core.db.fair import WriterBusy
from procurement.core.ids import uuid7
from procurement.core.settings import Settings

KEPT = timedelta(days=30)
#: Entries that are written at once, and the longest time that one waits, in seconds.
BATCH = 100
DELAY = 1.0
_log = logging.getLogger(__name__)


class Buffer:
    """Entries that wait to be written; ``delay`` None leaves the writing to the next reader (tests)."""

    def __init__(self, database: Database, *, delay: float | None = DELAY) -> None:
        self._database = database
        self._delay = delay
        self._lock = threading.Lock()
        self._waiting: list[dict[str, Any]] = []
        self._timer: threading.Timer | None = None

    def add(self, entry: dict[str, Any]) -> None:
        """Take an entry; it is written within ``delay`` seconds."""
        with self._lock:
            self._waiting.append(entry)
            full = len(self._waiting) >= BATCH
            if self._delay is not None and self._timer is None:
                self._timer = threading.Timer(self._delay, self.flush)
                self._timer.daemon = True
                self._timer.start()
        if full:
            self.flush()

    def flush(self) -> None:
        """Write what waits; a database that is away loses these entries, and the log says so."""
        with self._lock:
            entries, self._waiting = self._waiting, []
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        if not entries:
            return
        try:
            with self._database.write() as session:
                session.execute(insert(LoggedRequest), entries)
        except (SQLAlchemyError, WriterBusy) as error:
            _log.warning("%s entries of the request log lost: %s", len(entries), error.__class__.__name__)

    def forget(self) -> None:
        """Drop what waits."""
        with self._lock:
            self._waiting.clear()


def note(request: Any, response: Response) -> None:
    """Note a client's request and its answer."""
    client = _client(request)
    if client is None:
        return
    buffer: Buffer = services.get(request, Buffer)
    route = getattr(request, "matched_route", None)
    answered = {"type": response.content_type or "", "bytes": response.content_length or 0}
    problem = response.json_body if (response.content_type or "").endswith("problem+json") else {}
    buffer.add(
        {
            "id": uuid7(),
            "client_id": client,
            "at": request.now,
            "method": request.method[:10],
            "path": request.path[:500],
            "route": route.name if route else "",
            "status": response.status_int,
            "code": problem.get("code") or getattr(request, "api_code", None),
            "milliseconds": round((time.perf_counter() - request.api_started) * 1000),
            "request_id": str(getattr(request, "request_id", ""))[:64],
            "version": request.api_version,
            "user_agent": (request.user_agent or "")[:200],
            "request": {**_asked(request), "query": sorted(request.GET)},
            "response": answered,
        }
    )


def _client(request: Any) -> uuid.UUID | None:
    """Return the client that asked; the token's endpoint names the one it recognised."""
    who = request.__dict__.get("identified")
    found: uuid.UUID | None = who.client_id if who else getattr(request, "api_client", None)
    return found


def _asked(request: Any) -> dict[str, Any]:
    size = request.content_length or 0
    if not size or not request.is_body_seekable:
        return {"type": request.content_type or "", "bytes": size}
    return outline(request.body, request.content_type or "")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which entries of a log are asked for."""

    since: datetime | None = None
    until: datetime | None = None
    status: int | None = None
    path: str | None = None


def read(
    session: Session, client_id: uuid.UUID, wanted: Wanted, *, before: uuid.UUID | None, limit: int
) -> Sequence[LoggedRequest]:
    """Return a client's entries, newest first."""
    row = LoggedRequest
    query = select(row).where(row.client_id == client_id).order_by(row.id.desc()).limit(limit)
    if before is not None:
        query = query.where(row.id < before)
    if wanted.since is not None:
        query = query.where(row.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(row.at <= wanted.until)
    if wanted.status is not None:
        query = query.where(row.status == wanted.status)
    if wanted.path is not None:
        query = query.where(row.path == wanted.path)
    return session.scalars(query).all()


def includeme(config: Any) -> None:
    """Register the buffer."""
    settings: Settings = services.find(config.registry, Settings)
    database: Database = services.find(config.registry, Database)
    delay = None if settings.environment == "test" else DELAY
    services.register(config.registry, Buffer, Buffer(database, delay=delay))
