"""The words of a verification: what goes in, what comes out. Plain values, no logic, no I/O.

Indications and sub-indications are those of ETSI EN 319 102-1, section 5.1.3; the five checks are those of
article 5 of the French order of 22 March 2019 on electronic signatures in public procurement.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Indication(StrEnum):
    """The main answer on one signature."""

    TOTAL_PASSED = "TOTAL-PASSED"
    TOTAL_FAILED = "TOTAL-FAILED"
    INDETERMINATE = "INDETERMINATE"


class SubIndication(StrEnum):
    """Why a signature did not pass."""

    FORMAT_FAILURE = "FORMAT_FAILURE"
    HASH_FAILURE = "HASH_FAILURE"
    SIG_CRYPTO_FAILURE = "SIG_CRYPTO_FAILURE"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"
    NOT_YET_VALID = "NOT_YET_VALID"
    SIG_CONSTRAINTS_FAILURE = "SIG_CONSTRAINTS_FAILURE"
    CHAIN_CONSTRAINTS_FAILURE = "CHAIN_CONSTRAINTS_FAILURE"
    CERTIFICATE_CHAIN_GENERAL_FAILURE = "CERTIFICATE_CHAIN_GENERAL_FAILURE"
    CRYPTO_CONSTRAINTS_FAILURE = "CRYPTO_CONSTRAINTS_FAILURE"
    CRYPTO_CONSTRAINTS_FAILURE_NO_POE = "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
    POLICY_PROCESSING_ERROR = "POLICY_PROCESSING_ERROR"
    SIGNATURE_POLICY_NOT_AVAILABLE = "SIGNATURE_POLICY_NOT_AVAILABLE"
    TIMESTAMP_ORDER_FAILURE = "TIMESTAMP_ORDER_FAILURE"
    NO_SIGNING_CERTIFICATE_FOUND = "NO_SIGNING_CERTIFICATE_FOUND"
    NO_CERTIFICATE_CHAIN_FOUND = "NO_CERTIFICATE_CHAIN_FOUND"
    REVOKED_NO_POE = "REVOKED_NO_POE"
    REVOKED_CA_NO_POE = "REVOKED_CA_NO_POE"
    OUT_OF_BOUNDS_NO_POE = "OUT_OF_BOUNDS_NO_POE"
    OUT_OF_BOUNDS_NOT_REVOKED = "OUT_OF_BOUNDS_NOT_REVOKED"
    NO_POE = "NO_POE"
    TRY_LATER = "TRY_LATER"
    SIGNED_DATA_NOT_FOUND = "SIGNED_DATA_NOT_FOUND"


class Format(StrEnum):
    """What kind of signature the bytes are; the last three have no AdES attributes."""

    XADES = "XAdES"
    CADES = "CAdES"
    PADES = "PAdES"
    XMLDSIG = "XMLDSig"
    CMS = "CMS"
    PDF = "PDF"


class Container(StrEnum):
    """What kind of file was looked at."""

    XML = "xml"
    CMS = "cms"
    PDF = "pdf"
    ASIC_S = "asic-s"
    ASIC_E = "asic-e"
    ZIP = "zip"
    TIMESTAMP = "timestamp"


class ScopeKind(StrEnum):
    """What kind of thing a signature covers."""

    DOCUMENT = "document"
    XML_ELEMENT = "xml-element"
    XML_ROOT = "xml-root"
    PDF_REVISION = "pdf-revision"
    ASIC_ENTRY = "asic-entry"
    MANIFEST_ENTRY = "manifest-entry"
    CMS_CONTENT = "cms-content"


class Coverage(StrEnum):
    """How much of it."""

    FULL = "FULL"
    PARTIAL = "PARTIAL"
    NONE = "NONE"


class CheckStatus(StrEnum):
    """The answer to one of the five legal checks."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    HUMAN = "human"


class Qualification(StrEnum):
    """What the signature is in the words of eIDAS (TS 119 615)."""

    QESIG = "QESig"
    ADESIG_QC = "AdESig-QC"
    ADESIG = "AdESig"
    QESEAL = "QESeal"
    ADESEAL_QC = "AdESeal-QC"
    ADESEAL = "AdESeal"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to say: a code of ``signing.summary_fr.SENTENCES`` and the figures of its sentence."""

    code: str
    params: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bytes:
    """A document given with a detached signature."""

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Digests:
    """The digests (algorithm name of hashlib to lower-case hex) of a document that stays where it is."""

    name: str
    values: Mapping[str, str]


Content = Bytes | Digests


@dataclass(frozen=True, slots=True)
class Poe:
    """A proof that an object, named by the SHA-256 of its bytes, existed at an instant."""

    sha256: bytes
    at: datetime
    origin: str = "given"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Certificates, CRLs and OCSP responses (DER) that are at hand beside the file."""

    certificates: tuple[bytes, ...] = field(default=(), repr=False)
    crls: tuple[bytes, ...] = field(default=(), repr=False)
    ocsps: tuple[bytes, ...] = field(default=(), repr=False)


class Fetcher(Protocol):
    """Get what a certificate points to; the caller decides whether the network may be used."""

    def crl(self, url: str) -> bytes | None:
        """Return a CRL in DER, or None when it could not be had."""
        ...

    def ocsp(self, url: str, request: bytes) -> bytes | None:
        """Return an OCSP response in DER, or None when it could not be had."""
        ...

    def certificates(self, url: str) -> Sequence[bytes]:
        """Return the certificates (DER) of an issuer, none when they could not be had."""
        ...


class Stamper(Protocol):
    """Ask a time-stamp authority for a token over a digest."""

    def stamp(self, digest: bytes, algorithm: str) -> bytes:
        """Return the DER TimeStampToken (a CMS ContentInfo)."""
        ...


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed, as the certificate says; ``serial`` is 0x and lower-case hex."""

    common_name: str | None
    organization: str | None
    organization_id: str | None
    subject: str
    issuer: str
    serial: str
    not_before: datetime
    not_after: datetime
    sha256: str


@dataclass(frozen=True, slots=True)
class Scope:
    """One thing a signature covers, or does not: ``digest`` is the pair of algorithm and lower-case hex."""

    name: str
    kind: ScopeKind
    coverage: Coverage
    digest: tuple[str, str] | None = None
    note: Finding | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """The answer to one legal check."""

    status: CheckStatus
    finding: Finding


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a file could not be verified at all. ``code`` is UNREADABLE, UNSUPPORTED, TOO_LARGE, REFUSED_DTD..."""

    code: str
    finding: Finding
    offset: int | None = None


#: Names of the five checks, in the order of article 5.
CHECKS: Sequence[str] = (
    "identity",
    "certificate_category",
    "format",
    "validity_at_signing",
    "integrity",
)
