"""Keys of API clients: secrets, shown once, and public keys; two of a kind may overlap."""

import hashlib
import hmac
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from procurement.accounts.models.clients import ApiClient, ApiKey
from procurement.accounts.rules.clients import KEYS_AT_ONCE, KeyKind
from procurement.accounts.service.api_rows import locked, note
from procurement.core.errors import Conflict, Invalid, NotFound
from procurement.core.security import Identity
from procurement.core.text import _, line
from procurement.core.vault import KeyVault

SECRET_PREFIX = "plis_"  # noqa: S105  # how a secret begins, so that scanners of leaks know it
PEPPER = "api-client-pepper"
_RSA_BITS = 2048
_CURVES = frozenset({"P-256", "P-384", "Ed25519"})


@dataclass(frozen=True)
class NewSecret:
    """A secret as it is shown, once."""

    key_id: uuid.UUID
    secret: str


def add_secret(
    session: Session, vault: KeyVault, client_id: uuid.UUID, *, label: str = "", by: Identity | None, now: datetime
) -> NewSecret:  # fmt: skip
    """Make a secret; it is shown here and never again."""
    row = locked(session, client_id)
    secret = SECRET_PREFIX + secrets.token_urlsafe(32)
    digest = keyed_hash(pepper(session, vault, row), secret)
    key = _add_key(session, row, KeyKind.SECRET, label, now=now, secret_hash=digest)
    note(session, row, "accounts:client:key_added", {"key": str(key.id), "kind": key.kind}, by=by, now=now)
    return NewSecret(key.id, secret)


def add_public_key(
    session: Session, client_id: uuid.UUID, jwk: dict[str, Any], *, label: str = "", by: Identity | None, now: datetime
) -> uuid.UUID:  # fmt: skip
    """Register a public key (JWK, RFC 7517) for ``private_key_jwt``; its ``kid``, or its thumbprint, names it."""
    row = locked(session, client_id)
    public = _public_jwk(jwk)
    key = _add_key(session, row, KeyKind.PUBLIC, label, now=now, jwk=public)
    data = {"key": str(key.id), "kind": key.kind, "kid": public["kid"]}
    note(session, row, "accounts:client:key_added", data, by=by, now=now)
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
        note(session, row, "accounts:client:key_revoked", {"key": str(key.id)}, by=by, now=now)


def pepper(session: Session, vault: KeyVault, row: ApiClient) -> bytes:
    """Return the key of a client's hashes."""
    return vault.open(session, row.id, PEPPER, row.pepper_sealed)


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
    if (held or 0) >= KEYS_AT_ONCE:
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
