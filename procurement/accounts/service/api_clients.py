"""API clients: who may call, with which keys, in which state, for which buyers. Every move is journaled."""

import hashlib
import hmac
import itertools
import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from procurement.accounts.models.clients import ApiClient, ApiKey, ApiMandate
from procurement.accounts.queries.clients import Client, client_of_row, mandated
from procurement.accounts.rules import check_email, clients
from procurement.accounts.rules.clients import ClientState, KeyKind
from procurement.core import ids, journal
from procurement.core.errors import Conflict, Forbidden, Invalid, NotFound
from procurement.core.permissions import scopes as known_scopes
from procurement.core.security import Identity
from procurement.core.text import _, line
from procurement.core.vault import KeyVault

SECRET_PREFIX = "plis_"  # noqa: S105  # how a secret begins, so that scanners of leaks know it
_PEPPER = "api-client-pepper"
_RSA_BITS = 2048
_CURVES = frozenset({"P-256", "P-384", "Ed25519"})


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a new client is to be; without ``organisation_id`` it belongs to an address, in the sandbox."""

    name: str
    email: str
    organisation_id: uuid.UUID | None = None
    scopes: tuple[str, ...] = ()
    return_urls: tuple[str, ...] = ()


@dataclass(frozen=True)
class NewSecret:
    """A secret as it is shown, once."""

    key_id: uuid.UUID
    secret: str


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
        pepper_sealed=vault.seal(session, client_id, _PEPPER, secrets.token_bytes(32)),
        created_at=now,
    )
    session.add(row)
    session.flush()
    _note(session, row, "accounts:client:created", {"scopes": row.scopes}, by=by, now=now)
    return client_of_row(row)


def move(
    session: Session, client_id: uuid.UUID, wanted: ClientState, *, by: Identity | None, now: datetime
) -> Client:
    """Take a client to another state; raise Conflict for a move that the table does not hold."""
    row = locked(session, client_id)
    before = row.state
    clients.check_move(before, wanted, owned=row.organisation_id is not None)
    row.state = wanted
    _note(session, row, "accounts:client:moved", {"from": before, "to": wanted}, by=by, now=now)
    return client_of_row(row)


def give_owner(
    session: Session, client_id: uuid.UUID, organisation_id: uuid.UUID, *, by: Identity | None, now: datetime
) -> Client:
    """Attach a client made by an address alone to the organisation that answers for it."""
    row = locked(session, client_id)
    if row.organisation_id is not None:
        raise Conflict("client.owned", _("Ce client appartient déjà à une organisation."))
    row.organisation_id = organisation_id
    _note(session, row, "accounts:client:owner_given", {}, by=by, now=now)
    return client_of_row(row)


def change_scopes(
    session: Session, client_id: uuid.UUID, wanted: Iterable[str], *, by: Identity | None, now: datetime
) -> Client:
    """Set what a client may ask for; tokens already given lose at once what is taken away."""
    row = locked(session, client_id)
    row.scopes = list(clients.check_scopes(wanted, known_scopes()))
    _note(session, row, "accounts:client:scopes_changed", {"scopes": row.scopes}, by=by, now=now)
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
    _note(session, row, "accounts:client:return_urls_changed", {"return_urls": given}, by=by, now=now)
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
    _note(session, row, "accounts:client:platform_named", dict(row.platform), by=by, now=now)
    return client_of_row(row)


def add_secret(
    session: Session, vault: KeyVault, client_id: uuid.UUID, *, label: str = "", by: Identity | None, now: datetime
) -> NewSecret:  # fmt: skip
    """Make a secret; it is shown here and never again."""
    row = locked(session, client_id)
    secret = SECRET_PREFIX + secrets.token_urlsafe(32)
    digest = keyed_hash(pepper(session, vault, row), secret)
    key = _add_key(session, row, KeyKind.SECRET, label, now=now, secret_hash=digest)
    _note(session, row, "accounts:client:key_added", {"key": str(key.id), "kind": key.kind}, by=by, now=now)
    return NewSecret(key.id, secret)


def add_public_key(
    session: Session, client_id: uuid.UUID, jwk: dict[str, Any], *, label: str = "", by: Identity | None, now: datetime
) -> uuid.UUID:  # fmt: skip
    """Register a public key (JWK, RFC 7517) for ``private_key_jwt``; its ``kid``, or its thumbprint, names it."""
    row = locked(session, client_id)
    public = _public_jwk(jwk)
    key = _add_key(session, row, KeyKind.PUBLIC, label, now=now, jwk=public)
    data = {"key": str(key.id), "kind": key.kind, "kid": public["kid"]}
    _note(session, row, "accounts:client:key_added", data, by=by, now=now)
    return key.id


def revoke_key(
    session: Session, client_id: uuid.UUID, key_id: uuid.UUID, *, by: Identity | None, now: datetime
) -> None:
    """Make a key useless, and every token given for it at once."""
    row = locked(session, client_id)
    key = session.get(ApiKey, key_id)
    if key is None or key.client_id != row.id:
        raise NotFound("client.key_not_found", _("Cette clé n’existe pas pour ce client."))
    if key.revoked_at is None:
        key.revoked_at = now
        _note(session, row, "accounts:client:key_revoked", {"key": str(key.id)}, by=by, now=now)


def revoke(session: Session, client_id: uuid.UUID, *, by: Identity | None, now: datetime) -> Client:
    """Shut a client out, its tokens included, for good."""
    row = locked(session, client_id)
    if row.revoked_at is None:
        row.revoked_at = now
        _note(session, row, "accounts:client:revoked", {}, by=by, now=now)
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
    _note(session, row, "accounts:client:mandate_recorded", data, by=by, now=now)
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
        _note(session, row, "accounts:client:mandate_withdrawn", {"mandate": str(made.id)}, by=by, now=now)


def require_mandate(session: Session, who: Identity, siret: str, scope: str, *, now: datetime) -> None:
    """Refuse a client in production that acts for a buyer without that buyer's mandate (dume.md, section 8)."""
    if who.client_id is None or who.client_state != ClientState.PRODUCTION:
        return
    if not mandated(session, who.client_id, siret, scope, now.date()):
        raise Forbidden(
            "client.mandate_missing",
            _("Aucun mandat de cet acheteur (%(siret)s) n’est enregistré pour ce client et ce droit."),
            siret=siret,
        )


_changes = itertools.count(1)
_seen = [0]


def changes_seen() -> int:
    """Return a number that grows with every change of a client committed by this process."""
    return _seen[0]


def _told(session: Session) -> None:
    """Count a change once it is committed, so that nothing remembered of before outlives it."""
    event.listen(session, "after_commit", lambda _session: _seen.__setitem__(0, next(_changes)), once=True)


def locked(session: Session, client_id: uuid.UUID) -> ApiClient:
    """Return a client's row, held until the transaction ends; raise NotFound for one that is unknown or revoked."""
    row = session.get(ApiClient, client_id, with_for_update=True)
    if row is None or row.revoked_at is not None:
        raise NotFound("client.not_found", _("Ce client de l’API n’existe pas, ou a été révoqué."))
    return row


def pepper(session: Session, vault: KeyVault, row: ApiClient) -> bytes:
    """Return the key of a client's hashes."""
    return vault.open(session, row.id, _PEPPER, row.pepper_sealed)


def keyed_hash(key: bytes, secret: str) -> str:
    """Return what is stored of a secret of 256 random bits."""
    return hmac.new(key, secret.encode(), hashlib.sha256).hexdigest()


def _add_key(
    session: Session, row: ApiClient, kind: KeyKind, label: str, *, now: datetime, **what: Any
) -> ApiKey:
    query = select(func.count()).select_from(ApiKey)
    held = session.scalar(
        query.where(ApiKey.client_id == row.id, ApiKey.kind == kind, ApiKey.revoked_at.is_(None))
    )
    if (held or 0) >= clients.KEYS_AT_ONCE:
        raise Conflict(
            "client.too_many_keys",
            _("Deux clés de ce type sont déjà valables. Révoquez l’ancienne avant d’en créer une autre."),
        )
    key = ApiKey(client_id=row.id, kind=kind, label=line(label, field="label")[:120], created_at=now, **what)
    session.add(key)
    session.flush()
    return key


def _public_jwk(jwk: dict[str, Any]) -> dict[str, Any]:
    """Return a public key with its name; refuse a private one, a secret, a weak one."""
    try:
        # Looked at before the key is read: the library warns of a short one.
        long_enough = jwk.get("kty") != "RSA" or len(str(jwk.get("n", ""))) * 6 >= _RSA_BITS
        key = import_key(jwk) if long_enough else None
        good = (
            key is not None
            and not key.is_private
            and (
                (isinstance(key, RSAKey) and key.raw_value.key_size >= _RSA_BITS)
                or (isinstance(key, ECKey | OKPKey) and str(jwk.get("crv")) in _CURVES)
            )
        )
    except (JoseError, ValueError, TypeError, KeyError):
        key, good = None, False
    if key is None or not good:
        raise Invalid(
            "client.key_refused",
            _("Cette clé n’est pas acceptée : donnez une clé publique RSA (2048 bits ou plus), P-256, P-384 ou Ed25519."),
        )  # fmt: skip
    return {**key.as_dict(private=False), "kid": str(jwk.get("kid") or key.thumbprint())[:120]}


def _note(
    session: Session, row: ApiClient, action: str, data: dict[str, Any], *, by: Identity | None, now: datetime
) -> None:
    _told(session)
    journal.append(
        session, at=now, actor=by, action=action, subject=row.id, data=data, organisation_id=row.organisation_id
    )  # fmt: skip
