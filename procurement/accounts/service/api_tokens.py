"""Tokens of API clients: prove who asks (RFC 6749, RFC 7523), give an opaque token, forget old ones."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import import_key
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from procurement.accounts.models.clients import ApiAssertion, ApiClient, ApiKey, ApiToken
from procurement.accounts.rules import digest
from procurement.accounts.rules.clients import (
    ASSERTION_LIFE,
    ASSERTION_SKEW,
    TOKEN_LIFE,
    ClientState,
    KeyKind,
)
from procurement.accounts.service.api_keys import keyed_hash, pepper
from procurement.core.api import sweep, versions
from procurement.core.errors import DomainError
from procurement.core.text import _
from procurement.core.vault import KeyVault

TOKEN_PREFIX = "plit_"  # noqa: S105  # how a token begins, so that scanners of leaks know it
ALGORITHMS = ("ES256", "ES384", "Ed25519", "EdDSA", "PS256", "RS256")
_JTI_MAX = 255


class TokenRefused(DomainError):
    """A token is not given; the code after the dot is the ``error`` of RFC 6749, section 5.2."""

    status = 400

    @property
    def error(self) -> str:
        """Return the code that RFC 6749 knows."""
        return self.code.partition(".")[2]


class ClientRefused(TokenRefused):
    """Nobody knows who asks."""

    status = 401


@dataclass(frozen=True)
class Proven:
    """A client that proved itself, and the key it did so with."""

    client: ApiClient
    key: ApiKey


@dataclass(frozen=True)
class Issued:
    """A token as it is given, once."""

    token: str
    scopes: tuple[str, ...]
    seconds: int


def by_secret(session: Session, vault: KeyVault, public_id: str, secret: str) -> Proven:
    """Return the client whose secret this is; raise ClientRefused, in the same words for every cause."""
    row = _client(session, public_id)
    tried = keyed_hash(pepper(session, vault, row) if row else b"nobody", secret)
    for key in _keys(session, row, KeyKind.SECRET):
        if key.secret_hash is not None and hmac.compare_digest(key.secret_hash, tried):
            assert row is not None
            return Proven(row, key)
    raise _nobody()


def by_assertion(session: Session, assertion: str, *, audiences: Iterable[str], at: datetime) -> Proven:
    """Return the client that signed an assertion (RFC 7523, section 3); ``at`` is the machine's own time."""
    claims, header = _peek(assertion)
    row = _client(session, str(claims.get("sub", "")))
    for key in _keys(session, row, KeyKind.PUBLIC):
        assert row is not None
        assert key.jwk is not None
        if header.get("kid", key.jwk["kid"]) == key.jwk["kid"] and _signed(assertion, key.jwk):
            _check_claims(claims, row.public_id, audiences, at)
            _use(session, row, claims, at)
            return Proven(row, key)
    raise _nobody()


def issue(session: Session, proven: Proven, asked: str | None, *, production: bool, now: datetime) -> Issued:
    """Give a token for the scopes asked, or for all that the client has; pin its version at first use."""
    client = proven.client
    if production and client.state is not ClientState.PRODUCTION:
        raise TokenRefused(
            "oauth.unauthorized_client",
            _("Ce client n’est pas encore admis en production. Utilisez le bac à sable."),
        )
    scopes = tuple(sorted(set(asked.split()))) if asked else tuple(client.scopes)
    if not scopes or not set(scopes) <= set(client.scopes):
        raise TokenRefused("oauth.invalid_scope", _("Ce client n’a pas tous les droits demandés (scope)."))
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    session.add(
        ApiToken(
            token_hash=digest(token),
            client_id=client.id,
            key_id=proven.key.id,
            scopes=list(scopes),
            issued_at=now,
            expires_at=now + TOKEN_LIFE,
        )
    )
    proven.key.used_at = now
    client.pinned_version = client.pinned_version or versions.latest()
    sweep.arrange(session, now=now)
    session.flush()
    return Issued(token, scopes, int(TOKEN_LIFE.total_seconds()))


def forget(session: Session, now: datetime) -> None:
    """Delete tokens and assertions that expired; a sweep."""
    session.execute(delete(ApiToken).where(ApiToken.expires_at < now))
    session.execute(delete(ApiAssertion).where(ApiAssertion.expires_at < now))


def _client(session: Session, public_id: str) -> ApiClient | None:
    query = select(ApiClient).where(ApiClient.public_id == public_id, ApiClient.revoked_at.is_(None))
    return session.scalars(query).one_or_none()


def _keys(session: Session, row: ApiClient | None, kind: KeyKind) -> list[ApiKey]:
    if row is None:
        return []
    query = select(ApiKey).where(ApiKey.client_id == row.id, ApiKey.kind == kind, ApiKey.revoked_at.is_(None))
    return list(session.scalars(query))


def _nobody() -> ClientRefused:
    return ClientRefused(
        "oauth.invalid_client", _("Le client est inconnu, ou la preuve de son identité n’est pas valable.")
    )


def _peek(assertion: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read an assertion without believing it: who says to have signed it, with which key."""
    try:
        content = jws.extract_compact(assertion.encode())
        return dict(json.loads(content.payload)), dict(content.headers())
    except (JoseError, ValueError, TypeError, RecursionError):
        raise _nobody() from None


def _signed(assertion: str, jwk: dict[str, Any]) -> bool:
    try:
        jwt.decode(assertion, import_key(jwk), algorithms=list(ALGORITHMS))
    except (JoseError, ValueError, TypeError):
        return False
    return True


def _check_claims(claims: dict[str, Any], public_id: str, audiences: Iterable[str], at: datetime) -> None:
    moment, skew = at.timestamp(), ASSERTION_SKEW.total_seconds()
    audience = claims.get("aud")
    named = {audience} if isinstance(audience, str) else set(map(str, audience or ()))
    good = (
        claims.get("iss") == public_id
        and bool(named & set(audiences))
        and _number(claims.get("exp"))
        and moment - skew < claims["exp"] <= moment + ASSERTION_LIFE.total_seconds() + skew
        and moment + skew >= (claims["nbf"] if _number(claims.get("nbf")) else 0)
        and isinstance(claims.get("jti"), str)
        and 0 < len(claims["jti"]) <= _JTI_MAX
    )
    if not good:
        raise _nobody()


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _use(session: Session, row: ApiClient, claims: dict[str, Any], at: datetime) -> None:
    """Note an assertion as used; one that was is refused."""
    hashed = hashlib.sha256(claims["jti"].encode()).hexdigest()
    # The row of the client is the lock under which two copies of one assertion meet.
    session.get(ApiClient, row.id, with_for_update=True, populate_existing=True)
    if session.get(ApiAssertion, (row.id, hashed)) is not None:
        raise _nobody()
    # By the machine's clock, like the assertion itself; kept long enough for both clocks' differences.
    kept_until = at + 2 * (ASSERTION_LIFE + ASSERTION_SKEW)
    session.add(ApiAssertion(client_id=row.id, jti_hash=hashed, expires_at=kept_until))
    session.flush()
