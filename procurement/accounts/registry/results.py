"""What a registry answers about a company, source by source: the words shared by every implementation. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol


class SourceStatus(StrEnum):
    """How far a source got. Only `obtained` says something about the company; nothing else is a claim."""

    PENDING = "pending"
    OBTAINED = "obtained"
    #: Unknown or not up to date: the sources do not tell which (404).
    NOT_FOUND = "not_found"
    #: The platform or the buyer has no right to this source (401, 403).
    NO_RIGHT = "no_right"
    #: The law keeps it back (451).
    LEGAL_BLOCK = "legal_block"
    UNAVAILABLE = "unavailable"
    TIMEOUT = "timeout"
    BAD_PARAMETER = "bad_parameter"
    SKIPPED = "skipped"


@dataclass(frozen=True, kw_only=True)
class Proof:
    """A document as its source handed it over: the exact bytes, their kind as the bytes say it, their hash."""

    name: str
    media_type: str
    content: bytes = field(repr=False)
    sha256: str
    #: Where in the values it belongs, for instance the number of the certificate.
    about: str = ""

    @property
    def size(self) -> int:
        """Return the length in bytes."""
        return len(self.content)


@dataclass(frozen=True, kw_only=True)
class SourceResult:
    """What one source said. `values` hold JSON only; times are aware, dates are those of the source.

    `detail` is a stable word that explains the status; `notice` is for the eyes of the company alone (a certificate
    that its source does not issue): a buyer is never shown it.
    """

    source: str
    status: SourceStatus
    values: Mapping[str, Any] = field(default_factory=dict)
    documents: tuple[Proof, ...] = ()
    as_of: date | None = None
    valid_until: date | None = None
    obtained_at: datetime | None = None
    detail: str = ""
    notice: str = ""

    @property
    def document(self) -> Proof | None:
        """Return the only or first document."""
        return self.documents[0] if self.documents else None


class CompanyLookup(Protocol):
    """Ask sources about an establishment, for a buyer that has a right to know and a reason to ask."""

    def lookup(
        self,
        siret: str,
        sources: Sequence[str],
        *,
        recipient: str,
        context: str,
        object: str,  # noqa: A002  the word of the interface that is asked (API Entreprise)
        now: datetime,
    ) -> Iterator[SourceResult]:
        """Yield one result per source, in the order in which they come.

        `recipient` is the SIRET of the buyer that receives the data, `context` the frame ("Marchés publics"),
        `object` the reference of the procedure: Invalid when one is missing.
        """
        ...
