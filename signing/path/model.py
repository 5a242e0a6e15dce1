"""What the path engine answers, and for which purposes it is asked."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from signing.types import Finding, SubIndication


class Purpose(StrEnum):
    """What a certificate was used for."""

    SIGNATURE = "signature"
    TIMESTAMP = "timestamp"


@dataclass(frozen=True, slots=True)
class ChainVerdict:
    """The verdict on a certificate and its chain at an instant (EN 319 102-1, 5.2.6 and 5.6.2)."""

    #: None when the chain holds.
    subindication: SubIndication | None
    #: DER from the certificate up to the anchor; the certificate alone when no chain was found.
    chain: tuple[bytes, ...] = field(repr=False)
    detail: Finding
    #: When the certificate, or the authority that spoils the chain, was revoked.
    revoked_at: datetime | None = None
    #: DER of the CRLs and OCSP responses that decided.
    revocation_used: tuple[bytes, ...] = field(default=(), repr=False)
    #: The last instant at which every certificate of the chain is known to be good.
    control_time: datetime | None = None

    @property
    def passed(self) -> bool:
        """Tell whether the chain holds."""
        return self.subindication is None
