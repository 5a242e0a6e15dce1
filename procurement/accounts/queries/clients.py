"""Reads of API clients: frozen values out, never rows, never a secret's hash."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from procurement.accounts.models.clients import ApiClient, ApiKey, ApiMandate, ApiToken
from procurement.accounts.rules.clients import ClientState, KeyKind, mandate_holds, same_return_url
from procurement.core.security import Identity


@dataclass(frozen=True, kw_only=True)
class Client:
    """A program of a vendor; ``public_id`` is the ``client_id`` of OAuth."""

    id: uuid.UUID
    public_id: str
    name: str
    organisation_id: uuid.UUID | None
    email: str
    state: ClientState
    scopes: tuple[str, ...]
    return_urls: tuple[str, ...]
    platform: dict[str, Any] | None
    pinned_version: str | None
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Key:
    """What a client proves itself with, without what it proves."""

    id: uuid.UUID
    kind: KeyKind
    label: str
    created_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Mandate:
    """A buyer's agreement that a client acts for it."""

    id: uuid.UUID
    siret: str
    signatory: str
    signed_on: date
    ends_on: date | None
    scopes: tuple[str, ...]
    withdrawn_at: datetime | None


def client_of_row(row: ApiClient) -> Client:
    """Return what a row says."""
    plain = {
        name: getattr(row, name)
        for name in Client.__dataclass_fields__
        if name not in {"scopes", "return_urls"}
    }
    return Client(**plain, scopes=tuple(row.scopes), return_urls=tuple(row.return_urls))


def client(session: Session, client_id: uuid.UUID) -> Client | None:
    """Return a client by its id."""
    row = session.get(ApiClient, client_id)
    return client_of_row(row) if row else None


def client_by_public_id(session: Session, public_id: str) -> Client | None:
    """Return a client by its ``client_id`` of OAuth."""
    row = session.scalars(select(ApiClient).where(ApiClient.public_id == public_id)).one_or_none()
    return client_of_row(row) if row else None


def clients_of(session: Session, organisation_id: uuid.UUID) -> list[Client]:
    """Return an organisation's clients, oldest first, revoked ones included."""
    query = select(ApiClient).where(ApiClient.organisation_id == organisation_id).order_by(ApiClient.id)
    return [client_of_row(row) for row in session.scalars(query)]


def all_clients(session: Session) -> list[Client]:
    """Return every client, oldest first, revoked ones included: for the operator."""
    return [client_of_row(row) for row in session.scalars(select(ApiClient).order_by(ApiClient.id))]


def keys_of(session: Session, client_id: uuid.UUID) -> list[Key]:
    """Return a client's keys, oldest first, revoked ones included."""
    rows = session.scalars(select(ApiKey).where(ApiKey.client_id == client_id).order_by(ApiKey.id))
    return [Key(**{name: getattr(row, name) for name in Key.__dataclass_fields__}) for row in rows]


def mandates_of(session: Session, client_id: uuid.UUID) -> list[Mandate]:
    """Return the mandates recorded for a client, oldest first, withdrawn ones included."""
    rows = session.scalars(
        select(ApiMandate).where(ApiMandate.client_id == client_id).order_by(ApiMandate.id)
    )
    return [_mandate(row) for row in rows]


def mandates_by(session: Session, siret: str) -> list[tuple[Client, Mandate]]:
    """Return the mandates that a buyer gave, with the client of each, oldest first, withdrawn ones included."""
    query = (
        select(ApiClient, ApiMandate)
        .join(ApiMandate, ApiMandate.client_id == ApiClient.id)
        .where(ApiMandate.siret == siret)
        .order_by(ApiMandate.id)
    )
    return [(client_of_row(client), _mandate(row)) for client, row in session.execute(query)]


def _mandate(row: ApiMandate) -> Mandate:
    plain = {name: getattr(row, name) for name in Mandate.__dataclass_fields__ if name != "scopes"}
    return Mandate(**plain, scopes=tuple(row.scopes))


def mandated(session: Session, client_id: uuid.UUID, siret: str, scope: str, day: date) -> bool:
    """Tell whether a buyer's mandate covers a scope on a day."""
    return any(
        item.siret == siret and scope in item.scopes and mandate_holds(item.signed_on, item.ends_on, day)
        for item in mandates_of(session, client_id)
        if item.withdrawn_at is None
    )


def return_url_registered(found: Client, url: str) -> bool:
    """Tell whether a client registered an address of return; the query may differ."""
    return any(same_return_url(known, url) for known in found.return_urls)


@dataclass(frozen=True)
class Known:
    """The client behind a token, and until when the token works."""

    identity: Identity
    expires_at: datetime


def find_token(session: Session, token_hash: str) -> Known | None:
    """Return the client behind a token that is not revoked; its scopes are those that the client still has."""
    query = (
        select(ApiToken.scopes, ApiClient, ApiToken.expires_at)
        .join(ApiClient, ApiClient.id == ApiToken.client_id)
        .join(ApiKey, ApiKey.id == ApiToken.key_id)
        .where(ApiToken.token_hash == token_hash, ApiKey.revoked_at.is_(None), ApiClient.revoked_at.is_(None))
    )
    found = session.execute(query).one_or_none()
    if found is None:
        return None
    scopes, row, expires_at = found
    identity = Identity(
        person_id=row.id,
        name=row.name,
        email=row.email,
        organisation_id=row.organisation_id,
        client_id=row.id,
        scopes=frozenset(scopes) & frozenset(row.scopes),
        client_state=str(row.state),
        api_version=row.pinned_version or "",
    )
    return Known(identity, expires_at)
