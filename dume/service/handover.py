"""Hosted hand-over: an API client sends a person to our pages, by a link that is begun once and dead after use."""

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from dume import errors, rules
from dume.models import Dume, Handover
from dume.queries.groups import handover_by_session, handover_by_token
from dume.queries.rows import status_of
from dume.rules import Status, Verb
from dume.service.links import new_token
from dume.service.news import tell
from dume.service.terms import Begun, HandedOver
from dume.service.writing import check, note
from procurement.accounts.queries import clients
from procurement.accounts.rules import digest
from procurement.core.security import Identity

__all__ = ["begin_handover", "check_return_url", "complete_handover", "hand_over", "resume_handover"]


def hand_over(
    session: Session,
    row: Dume,
    *,
    return_url: str,
    by: Identity | None,
    now: datetime,
) -> HandedOver:
    """Make a link by which somebody completes a client's DUME on our pages without an account.

    A return address that the client has not registered is refused (``dume.return_url_not_registered``): a link of ours must
    not send people anywhere.
    """
    check(row, Verb.EDIT)
    check_return_url(session, row.client_id, return_url)
    token, stored = new_token()
    made = Handover(
        dume_id=row.id, client_id=row.client_id, token_hash=stored, return_url=return_url, created_at=now,
        expires_at=now + rules.HANDOVER_LIFE,
    )  # fmt: skip
    session.add(made)
    session.flush()
    note(session, row, "handed_over", by=by, now=now, data={"handover": str(made.id)})
    return HandedOver(handover=made, token=token)


def check_return_url(session: Session, client_id: uuid.UUID | None, return_url: str) -> None:
    """Refuse a return address that the client has not registered (``dume.return_url_not_registered``)."""
    client = clients.client(session, client_id) if client_id is not None else None
    if client is None or not clients.return_url_registered(client, return_url):
        raise errors.return_url_not_registered()


def begin_handover(session: Session, token: str, *, now: datetime) -> Begun:
    """Take a link up, by a deed of the person's and not by the mere opening of it: a mail scanner must not burn it.

    The browser keeps the secret; the link alone is dead from now on. Raise ``dume.link_not_found``, ``dume.link_used``.
    """
    row = handover_by_token(session, digest(token), now=now)
    session.refresh(row, with_for_update={"of": Handover})
    if row.begun_at is not None:
        raise errors.link_used()
    secret, stored = new_token()
    row.begun_at, row.session_hash = now, stored
    session.flush()
    note(session, row.dume, "handover_begun", by=None, now=now, data={"handover": str(row.id)})
    return Begun(handover=row, secret=secret)


def resume_handover(session: Session, token: str, secret: str, *, now: datetime) -> Handover:
    """Return the hand-over that this browser began; raise ``dume.link_used`` for any other."""
    return handover_by_session(session, digest(token), digest(secret), now=now)


def complete_handover(session: Session, row: Handover, *, now: datetime) -> str:
    """End a hand-over whose DUME is validated and return where the person goes back to; the link is dead.

    Raise ``dume.not_validated`` while something is missing.
    """
    status = status_of(row.dume)
    if status not in {Status.VALID, Status.PUBLISHED}:
        raise errors.not_validated(str(status))
    if row.completed_at is None:
        row.completed_at = now
        session.flush()
        data = {"handover": str(row.id)}
        note(session, row.dume, "handover_completed", by=None, now=now, data=data)
        tell(session, row.dume, "parcours.completed", now=now, more={"parcours": str(row.id)})
    return row.return_url
