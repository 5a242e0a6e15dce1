"""API clients: who may call, in which state, with which scopes, for which buyers. Every move is journaled."""

import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from procurement.accounts.models.clients import ApiClient, ApiMandate
from procurement.accounts.queries.clients import Client, client_of_row, mandated
from procurement.accounts.rules import check_email, clients
from procurement.accounts.rules.clients import ClientState
from procurement.accounts.service.api_keys import PEPPER
from procurement.accounts.service.api_rows import locked, note
from procurement.core import ids
from procurement.core.errors import Conflict, Forbidden, Invalid, NotFound
from procurement.core.permissions import scopes as known_scopes
from procurement.core.security import Identity
from procurement.core.text import _, line
from procurement.core.vault import KeyVault
from procurement.core.webhooks import service as webhooks


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a new client is to be; without ``organisation_id`` it belongs to an address, in the sandbox."""

    name: str
    email: str
    organisation_id: uuid.UUID | None = None
    scopes: tuple[str, ...] = ()
    return_urls: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Signed:
    """A mandate as it was signed; ``scopes`` are what the buyer agrees to."""

    siret: str
    signatory: str
    signed_on: date
    scopes: tuple[str, ...]
    ends_on: date | None = None


def create(
    session: Session,
    vault: KeyVault,
    asked: Asked,
    *,
    local: bool = False,
    by: Identity | None,
    now: datetime,
) -> Client:
    """Register a client in the sandbox state; ``local`` lets return addresses on a developer's machine in."""
    client_id = ids.uuid7()
    row = ApiClient(
        id=client_id,
        public_id="pli-" + secrets.token_hex(10),
        name=line(asked.name, field="name")[:120],
        organisation_id=asked.organisation_id,
        email=check_email(asked.email),
        state=ClientState.SANDBOX,
        scopes=list(clients.check_scopes(asked.scopes, known_scopes())),
        return_urls=[clients.check_return_url(url, local=local) for url in asked.return_urls],
        platform=None,
        pinned_version=None,
        pepper_sealed=vault.seal(session, client_id, PEPPER, secrets.token_bytes(32)),
        created_at=now,
    )
    session.add(row)
    session.flush()
    note(session, row, "accounts:client:created", {"scopes": row.scopes}, by=by, now=now)
    return client_of_row(row)


def move(
    session: Session, client_id: uuid.UUID, wanted: ClientState, *, by: Identity | None, now: datetime
) -> Client:
    """Take a client to another state; raise Conflict for a move that the table does not hold."""
    row = locked(session, client_id)
    before = row.state
    clients.check_move(before, wanted, owned=row.organisation_id is not None)
    row.state = wanted
    note(session, row, "accounts:client:moved", {"from": before, "to": wanted}, by=by, now=now)
    return client_of_row(row)


def give_owner(
    session: Session, client_id: uuid.UUID, organisation_id: uuid.UUID, *, by: Identity | None, now: datetime
) -> Client:
    """Attach a client made by an address alone to the organisation that answers for it."""
    row = locked(session, client_id)
    if row.organisation_id is not None:
        raise Conflict("client.owned", _("Ce client appartient déjà à une organisation."))
    row.organisation_id = organisation_id
    webhooks.adopt(session, row.id, organisation_id)
    note(session, row, "accounts:client:owner_given", {}, by=by, now=now)
    return client_of_row(row)


def change_scopes(
    session: Session, client_id: uuid.UUID, wanted: Iterable[str], *, by: Identity | None, now: datetime
) -> Client:
    """Set what a client may ask for; tokens already given lose at once what is taken away."""
    row = locked(session, client_id)
    row.scopes = list(clients.check_scopes(wanted, known_scopes()))
    note(session, row, "accounts:client:scopes_changed", {"scopes": row.scopes}, by=by, now=now)
    return client_of_row(row)


def change_return_urls(
    session: Session,
    client_id: uuid.UUID,
    urls: Iterable[str],
    *,
    local: bool = False,
    by: Identity | None,
    now: datetime,
) -> Client:
    """Set the addresses to which people may be sent back."""
    row = locked(session, client_id)
    given = list(dict.fromkeys(clients.check_return_url(url, local=local) for url in urls))
    if len(given) > clients.RETURN_URLS:
        raise Invalid(
            "client.return_urls",
            _("Un client a au plus %(most)s adresses de retour."),
            most=clients.RETURN_URLS,
        )
    row.return_urls = given
    note(session, row, "accounts:client:return_urls_changed", {"return_urls": given}, by=by, now=now)
    return client_of_row(row)


def name_platform(
    session: Session, client_id: uuid.UUID, kind: int, identifier: str, technical_id: str, *, by: Identity | None, now: datetime
) -> Client:  # fmt: skip
    """Record the pair by which the façade knows a client (idPlateforme, idTechniquePlateforme)."""
    row = locked(session, client_id)
    row.platform = {
        "kind": kind,
        "id": ids.platform_id(kind, identifier),
        "technical_id": line(technical_id, field="technical_id"),
    }
    note(session, row, "accounts:client:platform_named", dict(row.platform), by=by, now=now)
    return client_of_row(row)


def revoke(session: Session, client_id: uuid.UUID, *, by: Identity | None, now: datetime) -> Client:
    """Shut a client out, its tokens included, for good."""
    row = locked(session, client_id)
    if row.revoked_at is None:
        row.revoked_at = now
        note(session, row, "accounts:client:revoked", {}, by=by, now=now)
    return client_of_row(row)


def record_mandate(
    session: Session, client_id: uuid.UUID, signed: Signed, *, by: Identity | None, now: datetime
) -> uuid.UUID:
    """Record a buyer's mandate: without it a client in production does not act for that buyer."""
    row = locked(session, client_id)
    made = ApiMandate(
        client_id=row.id,
        siret=ids.siret(signed.siret),
        signatory=line(signed.signatory, field="signatory")[:200],
        signed_on=signed.signed_on,
        ends_on=signed.ends_on,
        scopes=list(clients.check_scopes(signed.scopes, known_scopes())),
        recorded_at=now,
    )
    session.add(made)
    session.flush()
    data = {"mandate": str(made.id), "siret": made.siret, "scopes": made.scopes}
    note(session, row, "accounts:client:mandate_recorded", data, by=by, now=now)
    return made.id


def withdraw_mandate(
    session: Session, client_id: uuid.UUID, mandate_id: uuid.UUID, *, by: Identity | None, now: datetime
) -> None:
    """End a mandate today."""
    row = locked(session, client_id)
    made = session.get(ApiMandate, mandate_id)
    if made is None or made.client_id != row.id:
        raise NotFound("client.mandate_not_found", _("Ce mandat n’existe pas pour ce client."))
    if made.withdrawn_at is None:
        made.withdrawn_at = now
        note(session, row, "accounts:client:mandate_withdrawn", {"mandate": str(made.id)}, by=by, now=now)


def require_mandate(
    session: Session, who: Identity, siret: str, scope: str, *, now: datetime, always: bool = False
) -> None:
    """Refuse a client in production that acts for a buyer without that buyer's mandate (dume.md, section 8).

    ``always`` refuses one of the sandbox as well: what it would read is a buyer's own.
    """
    if who.client_id is None or (who.client_state != ClientState.PRODUCTION and not always):
        return
    if not mandated(session, who.client_id, siret, scope, now.date()):
        raise Forbidden(
            "client.mandate_missing",
            _("Aucun mandat de cet acheteur (%(siret)s) n’est enregistré pour ce client et ce droit."),
            siret=siret,
        )
