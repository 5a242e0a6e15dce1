"""Read what the access token says of itself. The signature is the service's business: we only obey the end date.

A token of API Entreprise lives 18 months; the warning comes three months before the end, the time that a renewal takes.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

WARNING = timedelta(days=90)


@dataclass(frozen=True, kw_only=True)
class Token:
    """A bearer token with its end and its rights; no end means that it does not say."""

    value: str
    expires_at: datetime | None = None
    scopes: tuple[str, ...] = ()

    def expired(self, now: datetime) -> bool:
        """Return whether the token has ended."""
        return self.expires_at is not None and now >= self.expires_at

    def expires_soon(self, now: datetime) -> bool:
        """Return whether it is time to ask for another."""
        return self.expires_at is not None and now >= self.expires_at - WARNING

    def __repr__(self) -> str:
        """Return the facts without the secret."""
        return f"Token(expires_at={self.expires_at}, scopes={self.scopes})"


def load(file: Path) -> Token:
    """Return the token that a file holds; OSError when it cannot be read."""
    return parse(file.read_text(encoding="utf-8"))


def parse(value: str) -> Token:
    """Return a token (RFC 7519, compact form); one that cannot be read keeps its value and tells nothing."""
    value = value.strip()
    claims = _claims(value)
    end, scopes = claims.get("exp"), claims.get("scopes")
    return Token(
        value=value,
        expires_at=datetime.fromtimestamp(end, UTC) if isinstance(end, int) else None,
        scopes=tuple(item for item in scopes if isinstance(item, str)) if isinstance(scopes, list) else (),
    )


def _claims(value: str) -> Mapping[str, Any]:
    try:
        payload = value.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError, binascii.Error):
        return {}
    return claims if isinstance(claims, dict) else {}
