"""Proofs of existence: since when is an object, named by the SHA-256 of its bytes, known to exist."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256

from signing.facts import SignatureFacts
from signing.types import Poe


class Proofs:
    """The earliest proof of each object; what has none exists since the time of validation (EN 319 102-1, 5.6.2.3)."""

    def __init__(self, at: datetime, known: Mapping[bytes, datetime] | None = None) -> None:
        self.at = at
        self._known = dict(known or {})

    @classmethod
    def given(cls, at: datetime, poes: Iterable[Poe]) -> "Proofs":
        """Return the proofs that somebody vouches for."""
        return cls(at).adding((poe.sha256, poe.at) for poe in poes)

    def adding(self, more: Iterable[tuple[bytes, datetime]]) -> "Proofs":
        """Return these proofs and more; the earliest of each object stays, one later than validation is ignored."""
        known = dict(self._known)
        for digest, moment in more:
            if moment <= self.at and (digest not in known or moment < known[digest]):
                known[digest] = moment
        return Proofs(self.at, known)

    def of(self, digest: bytes) -> datetime:
        """Return since when the object of this digest is known to exist."""
        return self._known.get(digest, self.at)

    def has(self, digest: bytes) -> bool:
        """Tell whether something proves that the object of this digest existed."""
        return digest in self._known

    @property
    def key(self) -> frozenset[tuple[bytes, datetime]]:
        """Return the content, for a cache."""
        return frozenset(self._known.items())


def within(poe: Poe, facts: SignatureFacts) -> list[Poe]:
    """Spread the proof that a whole file existed over what stands in it: value, certificates, CRLs, OCSP, tokens.

    The caller has checked that ``poe.sha256`` is the digest of the file the facts were read from.
    """
    objects = [facts.value, *facts.certificates, *facts.crls, *facts.ocsps]
    if facts.certificate is not None:
        objects.append(facts.certificate)
    for stamp in facts.stamps:
        objects += [stamp.token, *stamp.certificates, *stamp.crls, *stamp.ocsps]
    return [Poe(sha256(thing).digest(), poe.at, poe.origin) for thing in objects if thing]
