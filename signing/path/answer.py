"""What a verified CRL or OCSP response says of one certificate."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from signing.facts import AlgorithmUse
from signing.path.cache import Cert
from signing.policy import Policy


class Standing(StrEnum):
    """What an answer says of a certificate."""

    GOOD = "good"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Answer:
    """A verified answer on one certificate; ``source`` is the DER of the CRL or of the OCSP response."""

    source: bytes = field(repr=False)
    sha256: bytes
    standing: Standing
    this_update: datetime
    next_update: datetime | None
    revoked_at: datetime | None
    on_hold: bool
    #: By which the answer was signed, and its signer delegated.
    algorithms: tuple[AlgorithmUse, ...]
    #: The issuer goes on answering for certificates that expired after this instant.
    keeps_expired_since: datetime | None
    #: What the answer rests on besides its source, DER: the complete CRL under a delta, the certificate of a delegate.
    beside: tuple[bytes, ...] = field(default=(), repr=False)

    @property
    def sources(self) -> tuple[bytes, ...]:
        """Return the lists and responses that the answer was made of."""
        return (self.source, *self.beside)

    def speaks_of(self, subject: Cert) -> bool:
        """Tell whether the answer was given while the issuer still had to list this certificate."""
        if self.this_update <= subject.not_after:
            return True
        return self.keeps_expired_since is not None and self.keeps_expired_since <= subject.not_after

    def covers(self, moment: datetime, policy: Policy) -> bool:
        """Tell whether the answer is fresh enough to say what the standing was at an instant (EN 319 102-1, 5.2.5)."""
        if self.this_update >= moment:
            return True
        if policy.freshness is not None:
            return moment - self.this_update <= policy.freshness + policy.tolerance
        until = self.next_update or self.this_update + policy.freshness_without_next_update
        # A list that is good for ever says year 9999: nothing can be added to that.
        return moment - until <= policy.tolerance


def vouching(said: Sequence[Answer], delegate: Cert, at: datetime) -> Answer | None:
    """Return the newest answer by which a delegate was good when it signed ``at``.

    None when one answer says otherwise, when the certificate was not valid then, and when no answer reached until then.
    """
    if not delegate.not_before <= at <= delegate.not_after:
        return None
    if any(answer.standing is not Standing.GOOD for answer in said):
        return None
    fresh = [one for one in said if one.speaks_of(delegate) and at <= (one.next_update or one.this_update)]
    return max(fresh, key=lambda one: one.this_update, default=None)


def use_of(signer: Cert, digest: str | None) -> AlgorithmUse:
    """Return the algorithms by which an answer was signed."""
    return AlgorithmUse("revocation", digest.replace("-", "") if digest else None, *signer.key)


def issued_with(subject: Cert, issuer: Cert) -> AlgorithmUse:
    """Return the algorithms by which a certificate was issued."""
    return AlgorithmUse("certificate", subject.digest, *issuer.key)
