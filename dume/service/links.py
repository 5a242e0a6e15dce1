"""Drafts without an account: held by a secret link for 24 hours, encrypted under a key of their own, then destroyed."""

import secrets
from datetime import UTC, datetime

from sqlalchemy import delete as remove
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from dume.models import ConsortiumMember, Dume, DumeRevision, DumeSource, Handover
from dume.queries.rows import by_secret
from dume.rules import Owner, OwnerKind
from dume.service.terms import Linked
from procurement.accounts.rules import digest
from procurement.core import jobs
from procurement.core.vault import KeyVault

__all__ = ["PURGE", "link_owner", "linked", "new_token", "next_purge", "purge", "resume"]

PURGE = "dume.purge"
_TOKEN_BYTES = 32
#: The purges of drafts keep to this step, in seconds: one job for many drafts.
_EVERY = 600


def link_owner(siret: str = "") -> tuple[Owner, str]:
    """Return the owner of a draft without an account, and the secret of its resume link, shown once."""
    secret, stored = new_token()
    return Owner(kind=OwnerKind.LINK, siret=siret, secret_hash=stored), secret


def linked(session: Session, row: Dume, secret: str, *, now: datetime) -> Linked:
    """Return a draft with its secret, and see to it that it is destroyed in time."""
    next_purge(session, now=now)
    return Linked(dume=row, secret=secret)


def resume(session: Session, secret: str, *, now: datetime) -> Dume:
    """Return the draft behind a resume link; raise ``dume.link_not_found``."""
    return by_secret(session, digest(secret), now=now)


def next_purge(session: Session, *, now: datetime) -> None:
    """Have the drafts destroyed once the first of them is due, at the next full ten minutes."""
    due = session.scalar(select(func.min(Dume.expires_at)).where(Dume.expires_at.is_not(None)))
    if due is not None:
        turn = -(-int(max(due, now).timestamp()) // _EVERY) * _EVERY
        at = datetime.fromtimestamp(turn, UTC)
        # A key for each turn: the purge that runs now must not be taken for the next one.
        jobs.enqueue(session, PURGE, {}, now=now, run_at=at, priority=200, key=f"{PURGE}:{turn}")


def purge(session: Session, vault: KeyVault, *, now: datetime) -> tuple[int, tuple[str, ...]]:
    """Destroy the drafts whose time is over, with their keys; return how many, and the objects to take from the store.

    Backups of the rows are unreadable from then on: the key is gone.
    """
    over = list(session.scalars(select(Dume.id).where(Dume.expires_at <= now)))
    keys = tuple(
        key
        for key in session.scalars(select(DumeSource.document_key).where(DumeSource.dume_id.in_(over)))
        if key is not None
    )
    for table in (DumeSource, DumeRevision, Handover):
        session.execute(remove(table).where(table.dume_id.in_(over)))
    session.execute(update(ConsortiumMember).where(ConsortiumMember.dume_id.in_(over)).values(dume_id=None))
    session.execute(update(Dume).where(Dume.request_id.in_(over)).values(request_id=None))
    for dume_id in over:
        vault.destroy(session, dume_id)
    session.execute(remove(Dume).where(Dume.id.in_(over)))
    return len(over), keys


def new_token() -> tuple[str, str]:
    """Return a secret for a link, and what is stored of it."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    return token, digest(token)
