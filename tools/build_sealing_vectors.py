"""Build tests/vectors/sealing/*.json from the definitions of docs/reference/sealed-bid-format.md.

Written from the format's page with hashlib, hmac and AES-GCM alone, without the package under test, so that
the two can disagree. Deterministic: ``python tools/build_sealing_vectors.py [--check]``.
"""

import hmac
import json
import sys
from hashlib import sha256
from pathlib import Path
from struct import pack
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

FOLDER = Path(__file__).parent.parent / "tests" / "vectors" / "sealing"
MIB = 1 << 20
KEY, HALF = bytes(range(32)), bytes(range(32, 64))
SALT, PREFIX = bytes(range(64, 96)), bytes(range(96, 103))
CONSULTATION = UUID("11111111-1111-4111-8111-111111111111")
ENVELOPE = UUID("22222222-2222-4222-8222-222222222222")
LOT, KIND = 3, "offre"


def hkdf(key: bytes, salt: bytes, info: bytes) -> bytes:
    """Return 32 bytes of HKDF-SHA256 (RFC 5869): one block of the expansion is enough."""
    return hmac.digest(hmac.digest(salt, key, "sha256"), info + b"\x01", "sha256")


def tree(leaves: list[bytes]) -> bytes:
    """Return the RFC 6962 root, by its recursive definition."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\0" + leaves[0]).digest()
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\1" + tree(leaves[:split]) + tree(leaves[split:])).digest()


def pieces(data: bytes, first: int, rest: int) -> list[bytes]:
    """Cut data into a first piece and equal further ones; empty data is one empty piece."""
    return [data[:first], *(data[at : at + rest] for at in range(first, len(data), rest))]


def seal(key: bytes, aad: bytes, plain: bytes, segment: int) -> bytes:
    """Encrypt a stream as Tink's AES-GCM-HKDF with the given segment size."""
    gcm = AESGCM(hkdf(key, SALT, aad))
    parts = pieces(plain, segment - 56, segment - 16)
    sealed = [
        gcm.encrypt(PREFIX + pack(">IB", j, j == len(parts) - 1), part, None) for j, part in enumerate(parts)
    ]
    return b"\x28" + SALT + PREFIX + b"".join(sealed)


def stream_row(segment: int, size: int) -> dict[str, object]:
    """Return the expected figures for one plaintext size and one segment size."""
    plain = bytes((7 * i + size) % 256 for i in range(size))
    file_key, salt = (
        hkdf(KEY, ENVELOPE.bytes, label + pack(">I", 1)) for label in (b"pli/1 file", b"pli/1 pt-salt")
    )
    aad = f"pli/1|{CONSULTATION}|{LOT}|{KIND}|{ENVELOPE}|1".encode()
    sealed = seal(file_key, aad, plain, segment)
    flat = sha256(plain).digest()
    return {
        "segment": segment,
        "size": size,
        "ct_size": len(sealed),
        "ct_sha256": sha256(sealed).hexdigest(),
        "ct_root": tree([sha256(part).digest() for part in pieces(sealed, segment, segment)]).hex(),
        "pt_sha256": flat.hex(),
        "pt_tree": tree([sha256(p).digest() for p in pieces(plain, segment - 56, segment - 16)]).hex(),
        "pt_commit_sha256": hmac.new(salt, b"sha256\0" + flat, "sha256").hexdigest(),
    }


def keys() -> dict[str, object]:
    """Return the key schedule, the commitments and the associated data."""
    whole = bytes(a ^ b for a, b in zip(KEY, HALF, strict=True))
    derive = {
        "file_key_1": b"pli/1 file" + pack(">I", 1),
        "file_key_2": b"pli/1 file" + pack(">I", 2),
        "manifest_key": b"pli/1 manifest",
        "key_commitment": b"pli/1 commit",
        "pt_salt_1": b"pli/1 pt-salt" + pack(">I", 1),
    }
    return {
        "K": KEY.hex(),
        "A": whole.hex(),
        "B": HALF.hex(),
        "consultation": str(CONSULTATION),
        "envelope": str(ENVELOPE),
        "lot": LOT,
        "kind": KIND,
        "salt": SALT.hex(),
        "prefix": PREFIX.hex(),
        **{name: hkdf(KEY, ENVELOPE.bytes, info).hex() for name, info in derive.items()},
        "half_commitment": sha256(b"pli/1 half" + ENVELOPE.bytes + HALF).hexdigest(),
        "share_commitment_of_A": sha256(b"pli/1 share" + ENVELOPE.bytes + whole).hexdigest(),
        "aad_1": f"pli/1|{CONSULTATION}|{LOT}|{KIND}|{ENVELOPE}|1",
    }


def multiply(a: int, b: int) -> int:
    """Multiply in GF(2^8) modulo 0x11b, bit by bit."""
    product = 0
    while b:
        product ^= a if b & 1 else 0
        a = (a << 1) ^ (0x11B if a & 0x80 else 0)
        b >>= 1
    return product


def shares(m: int, n: int) -> dict[str, object]:
    """Return the shares of KEY under the polynomial whose coefficient k is the byte 16k + 5 repeated."""
    coefficients = [KEY, *(bytes([16 * k + 5]) * 32 for k in range(1, m))]
    rows = []
    for x in range(1, n + 1):
        values = bytearray(32)
        for coefficient in reversed(coefficients):
            values = bytearray(multiply(v, x) ^ c for v, c in zip(values, coefficient, strict=True))
        rows.append((bytes(values) + bytes([x])).hex())
    return {"m": m, "n": n, "shares": rows}


def build() -> dict[str, object]:
    """Return every file's content by name."""
    sizes = {s: (0, 1, s - 56, s - 55, 2 * s - 72, 2 * s - 71, 3 * s + 5) for s in (4096, MIB, 4 * MIB)}
    trees = {str(n): tree([bytes([i % 256]) for i in range(n)]).hex() for n in (*range(10), 700, 1000)}
    return {
        "keys.json": keys(),
        "streams.json": [stream_row(segment, size) for segment, row in sizes.items() for size in row],
        "trees.json": {"leaves": "leaf i is the one byte i mod 256", "roots": trees},
        "shamir.json": {"secret": KEY.hex(), "sharings": [shares(2, 3), shares(3, 5)]},
    }


def main() -> int:
    """Write the files, or with ``--check`` compare them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    stale = []
    for name, content in build().items():
        text = json.dumps(content, indent=1) + "\n"
        path = FOLDER / name
        if "--check" not in sys.argv:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            stale.append(name)
    if stale:
        print("not what this script builds:", *stale)
    return bool(stale)


if __name__ == "__main__":
    sys.exit(main())
