"""Links sent by mail: random, good once, for a while; the database holds their hash."""

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from procurement.accounts import models
from procurement.accounts.models import TokenPurpose
from procurement.accounts.rules import digest, token_alive
from procurement.core.errors import Gone
from procurement.core.text import _

_BYTES = 32
_GONE = _("Ce lien a déjà servi ou a expiré. Rien n’a été modifié. Demandez-en un nouveau.")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a link is to carry."""

    purpose: TokenPurpose
    email: str
    life: timedelta
    person_id: uuid.UUID | None = None
    data: dict[str, Any] | None = None


def make(session: Session, wanted: Wanted, *, now: datetime) -> str:
    """Store a link's hash and return its token."""
    token = secrets.token_urlsafe(_BYTES)
    session.add(
        models.MailToken(
            purpose=wanted.purpose,
            person_id=wanted.person_id,
            email=wanted.email,
            data=wanted.data or {},
            token_hash=digest(token),
            created_at=now,
            expires_at=now + wanted.life,
        )
    )
    session.flush()
    return token


def find(
    session: Session, purpose: TokenPurpose, token: str, *, now: datetime, lock: bool = False
) -> models.MailToken:
    """Return the row of a link that still works; raise Gone."""
    query = select(models.MailToken).where(
        models.MailToken.token_hash == digest(token), models.MailToken.purpose == purpose
    )
    row = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if row is None or not token_alive(row.expires_at, row.used_at, now):
        raise Gone("link.gone", _GONE)
    return row


def use(session: Session, purpose: TokenPurpose, token: str, *, now: datetime) -> models.MailToken:
    """Return the row of a link and make it useless from now on."""
    row = find(session, purpose, token, now=now, lock=True)
    row.used_at = now
    return row


def cancel(session: Session, purpose: TokenPurpose, person_id: uuid.UUID, *, now: datetime) -> None:
    """Make a person's links of one purpose useless."""
    found = models.MailToken
    query = select(found).where(
        found.person_id == person_id, found.purpose == purpose, found.used_at.is_(None)
    )
    for row in session.scalars(query):
        row.used_at = now
