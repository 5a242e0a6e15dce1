"""Split a secret so that any m of n shares rebuild it and m - 1 say nothing: Shamir over GF(2^8).

Polynomial 0x11b; share = y bytes, then the x byte (the layout of Vault and npm shamir-secret-sharing).
"""

import os
from collections.abc import Callable, Sequence

from signing.errors import SealedError

MAX_SHARES = 255
_POLYNOMIAL = 0x11B


def _powers() -> list[int]:
    """Return the successive powers of the generator 3; they run through every non-zero element."""
    powers, value = [], 1
    for _ in range(MAX_SHARES):
        powers.append(value)
        double = value << 1
        value ^= double ^ (_POLYNOMIAL if double > MAX_SHARES else 0)
    return powers


_EXP = _powers()
_LOG = {value: exponent for exponent, value in enumerate(_EXP)}


def _multiply(a: int, b: int) -> int:
    return _EXP[(_LOG[a] + _LOG[b]) % MAX_SHARES] if a and b else 0


def _divide(a: int, b: int) -> int:
    return _EXP[(_LOG[a] - _LOG[b]) % MAX_SHARES] if a else 0


def split(secret: bytes, m: int, n: int, random: Callable[[int], bytes] = os.urandom) -> list[bytes]:
    """Return n shares, x = 1 to n, any m of which rebuild the secret."""
    if not 1 <= m <= n <= MAX_SHARES:
        raise SealedError("bid.bad_share", f"no {m}-of-{n} sharing", reason="threshold")
    coefficients = [secret, *(random(len(secret)) for _ in range(m - 1))]
    return [_evaluate(coefficients, x) + bytes([x]) for x in range(1, n + 1)]


def combine(shares: Sequence[bytes]) -> bytes:
    """Rebuild the secret from m shares; wrong or too few ones give another secret, not an error.

    The caller compares the result with a commitment. Only impossible sets are refused here.
    """
    sizes = {len(share) for share in shares}
    points = [share[-1] for share in shares if share]
    if len(sizes) != 1 or len(points) != len(shares) or len(set(points)) != len(points) or 0 in points:
        raise SealedError("bid.bad_share", "shares of different sizes, or twice the same x", reason="set")
    secret = bytearray(sizes.pop() - 1)
    for share, x in zip(shares, points, strict=True):
        weight = _weight(x, points)
        for index in range(len(secret)):
            secret[index] ^= _multiply(share[index], weight)
    return bytes(secret)


def _evaluate(coefficients: Sequence[bytes], x: int) -> bytes:
    total = bytes(len(coefficients[0]))
    for coefficient in reversed(coefficients):
        total = bytes(_multiply(value, x) ^ byte for value, byte in zip(total, coefficient, strict=True))
    return total


def _weight(x: int, points: Sequence[int]) -> int:
    """Return the Lagrange weight of a point at zero."""
    weight = 1
    for other in points:
        if other != x:
            weight = _multiply(weight, _divide(other, other ^ x))
    return weight
