"""Derive every key and commitment of an envelope from its one secret K."""

import hmac
from dataclasses import dataclass, field
from hashlib import sha256
from struct import pack
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
MANIFEST = 0
"""The stream number of the manifest; files are numbered from 1."""


@dataclass(frozen=True, slots=True)
class KeySchedule:
    """The keys of one envelope. K must never serve two envelopes: the envelope's UUID is the salt."""

    key: bytes = field(repr=False)
    envelope: UUID

    def stream_key(self, n: int) -> bytes:
        """Return the key of stream ``n``: the manifest (0) or a file (from 1)."""
        return (
            self._derive(b"pli/1 manifest") if n == MANIFEST else self._derive(b"pli/1 file" + pack(">I", n))
        )

    def key_commitment(self) -> bytes:
        """Return what binds the envelope to K; GCM alone lets one ciphertext open under two keys."""
        return self._derive(b"pli/1 commit")

    def plaintext_salt(self, n: int) -> bytes:
        """Return the secret salt without which ``pt_commit`` of file ``n`` cannot be guessed at."""
        return self._derive(b"pli/1 pt-salt" + pack(">I", n))

    def plaintext_commitment(self, n: int, algorithm: str, value: bytes) -> bytes:
        """Return ``pt_commit`` of file ``n`` for its plaintext hash."""
        return plaintext_commitment(self.plaintext_salt(n), algorithm, value)

    def _derive(self, info: bytes) -> bytes:
        return HKDF(SHA256(), KEY_BYTES, self.envelope.bytes, info).derive(self.key)


def plaintext_commitment(salt: bytes, algorithm: str, value: bytes) -> bytes:
    """Return HMAC-SHA256 over the algorithm's name, a zero byte and the plaintext hash."""
    return hmac.digest(salt, algorithm.encode("ascii") + b"\0" + value, "sha256")


def half_commitment(envelope: UUID, half: bytes) -> bytes:
    """Return the public commitment to the custodian's half B."""
    return sha256(b"pli/1 half" + envelope.bytes + half).digest()


def share_commitment(envelope: UUID, share: bytes) -> bytes:
    """Return the public commitment to what one buyer's packet carries: A itself, or one share of it."""
    return sha256(b"pli/1 share" + envelope.bytes + share).digest()


def xor(left: bytes, right: bytes) -> bytes:
    """Combine or split K, A and B: each is the exclusive or of the two others."""
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


@dataclass(frozen=True, slots=True)
class Place:
    """Where an envelope belongs; bound into every stream so that none can be moved elsewhere."""

    consultation: UUID
    lot: int
    kind: str
    envelope: UUID

    def aad(self, n: int) -> bytes:
        """Return the associated data of stream ``n``."""
        return f"pli/1|{self.consultation}|{self.lot}|{self.kind}|{self.envelope}|{n}".encode("ascii")
