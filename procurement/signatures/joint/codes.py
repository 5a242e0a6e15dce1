"""One-time codes and job tokens: drawn here, kept as keyed digests, compared in constant time.

A code is 60 random bits in Crockford's base 32, which has no letter that reads as a figure. The database holds a MAC of it under
a key of the service, so that a stolen copy gives no code; the first 64 bits of the MAC find the row, all 256 prove the code.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta

#: How long a code may be claimed.
CODE_LIFE = timedelta(minutes=10)
#: How long a claimed job may be worked on: somebody may have to look for a card.
TOKEN_LIFE = timedelta(hours=1)
_BITS = 60
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = _BITS // 5
_GROUP = 4
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "-": "", " ": ""})
_MARK = 16
_TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a secret: the mark that finds it, and the MAC that proves it."""

    mark: str
    mac: str


def new_code() -> str:
    """Return a fresh code as people copy it: three groups of four."""
    number = secrets.randbits(_BITS)
    letters = "".join(_ALPHABET[number >> 5 * place & 31] for place in range(_LENGTH))
    return "-".join(letters[start : start + _GROUP] for start in range(0, _LENGTH, _GROUP))


def new_token() -> str:
    """Return a fresh token for a claimed job."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def kept_code(code: str, secret: str) -> Kept:
    """Return what is kept of a code, however it was typed: small letters, spaces and look-alikes are forgiven."""
    return _kept(b"code", code.upper().translate(_READ_AS), secret)


def kept_token(token: str, secret: str) -> Kept:
    """Return what is kept of a token."""
    return _kept(b"token", token, secret)


def proves(given: Kept, held: str | None) -> bool:
    """Tell in constant time whether what was given is what is held."""
    return hmac.compare_digest(given.mac, held or "")


def _kept(purpose: bytes, text: str, secret: str) -> Kept:
    key = hmac.digest(secret.encode(), b"pli signing job 1 " + purpose, hashlib.sha256)
    mac = hmac.new(key, text.encode(errors="replace"), hashlib.sha256).hexdigest()
    return Kept(mac[:_MARK], mac)
