"""Do a repeated POST once: the first answer is kept for a day and given again.

The answer is kept in the transaction of the deed, so that neither exists without the other; a refusal is not kept, since
it changed nothing. Two requests with one key at once: PostgreSQL holds a lock that ends with the transaction, SQLite
has one process and one writer.
"""

import contextlib
import hashlib
import json
import re
import threading
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from pyramid.response import Response
from sqlalchemy import text
from sqlalchemy.orm import Session

from procurement.core import services
from procurement.core.api.models import IdempotentAnswer
from procurement.core.api.resources import client_of
from procurement.core.errors import Conflict, FieldError, Invalid
from procurement.core.text import _
from procurement.core.vault import KeyVault

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEPT = timedelta(hours=24)
#: Visible ASCII, at most 255 characters.
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_HEADERS = ("Content-Type", "Location", "ETag", "Link", "Retry-After", "Content-Disposition", "Cache-Control")
_guard = threading.Lock()
_in_flight: set[tuple[uuid.UUID, str]] = set()


class InFlight(Conflict):
    """The first request with this key is still at work."""

    retry_after = 1


def once(request: Any, run: Callable[[], Response]) -> Response:
    """Return the kept answer to this key, or that of ``run``, which is kept from now on."""
    key = request.headers.get(HEADER)
    if key is None:
        return run()
    if not _KEY.fullmatch(key):
        message = _("« Idempotency-Key » prend de 1 à 255 caractères visibles, sans espace ni accent.")
        error = FieldError(HEADER, "api.idempotency_key", message)
        raise Invalid("api.idempotency_key", message, errors=(error,))
    client = client_of(request)
    with _alone(request.db, client, key):
        kept = request.db.get(IdempotentAnswer, (client, key), populate_existing=True)
        if kept is not None and kept.at > request.now - KEPT:
            return _again(request, kept)
        response = run()
        if response.status_int < 400:  # noqa: PLR2004  # HTTP's own number
            _keep(request, (client, key), response)
        return response


@contextlib.contextmanager
def _alone(session: Session, client: uuid.UUID, key: str) -> Iterator[None]:
    """Hold a key against other requests at work; refuse when one holds it."""
    if session.get_bind().dialect.name == "postgresql":
        number = int.from_bytes(hashlib.sha256(client.bytes + key.encode()).digest()[:8], signed=True)
        if not session.scalar(text("SELECT pg_try_advisory_xact_lock(:number)"), {"number": number}):
            raise _busy()
        yield
        return
    with _guard:
        if (client, key) in _in_flight:
            raise _busy()
        _in_flight.add((client, key))
    try:
        yield
    finally:
        # Before the commit: whoever comes now waits for the one writer, and finds the answer.
        with _guard:
            _in_flight.discard((client, key))


def _busy() -> InFlight:
    return InFlight(
        "api.idempotency_in_flight",
        _("Une demande avec la même clé est en cours. Réessayez dans un instant : vous recevrez sa réponse."),
    )


def _fingerprint(request: Any) -> str:
    content = [request.method, request.path_qs, request.content_type or ""]
    return hashlib.sha256(json.dumps(content).encode() + b"\0" + request.body).hexdigest()


def _purpose(key: str) -> str:
    return f"api-answer:{key}"


def _keep(request: Any, place: tuple[uuid.UUID, str], response: Response) -> None:
    vault: KeyVault = services.get(request, KeyVault)
    client, key = place
    headers = {name: response.headers[name] for name in _HEADERS if name in response.headers}
    row = IdempotentAnswer(
        client_id=client,
        key=key,
        fingerprint=_fingerprint(request),
        status=response.status_int,
        headers=headers,
        body_sealed=vault.seal(request.db, client, _purpose(key), response.body),
        at=request.now,
    )
    request.db.merge(row)
    request.db.flush()


def _again(request: Any, kept: IdempotentAnswer) -> Response:
    if kept.fingerprint != _fingerprint(request):
        raise Invalid(
            "api.idempotency_mismatch",
            _("Cette clé a déjà servi pour une autre demande. Rien n’a été fait : prenez une clé nouvelle."),
        )
    vault: KeyVault = services.get(request, KeyVault)
    body = vault.open(request.db, kept.client_id, _purpose(kept.key), kept.body_sealed)
    response = Response(status=kept.status, body=body)
    del response.content_type
    response.headers.update(kept.headers)
    response.headers[REPLAYED] = "true"
    return response
