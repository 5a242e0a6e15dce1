"""Hash and compare passwords: argon2id with the parameters of RFC 9106, second recommended set."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher()


def hash_password(password: str) -> str:
    """Return the hash to store; takes about a tenth of a second and 64 MiB, so never inside a transaction."""
    return _HASHER.hash(password)


@cache
def _nobody() -> str:
    return _HASHER.hash("the password of nobody, compared so that nobody's absence takes as long")


def same_password(stored: str | None, password: str) -> bool:
    """Compare in the same time whether or not there is an account (no enumeration by the clock)."""
    try:
        return _HASHER.verify(stored or _nobody(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def outdated(stored: str) -> bool:
    """Tell whether a hash was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(stored)
