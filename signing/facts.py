"""What the bytes of a signature say, before any judgement: the first of the three layers of a report.

Every format's reader (``signing.xades``, ``signing.cades``, ``signing.pades``) fills the same ``SignatureFacts``;
``signing.rules`` alone draws conclusions from them. Nothing here depends on trust, on time or on policy.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from signing.types import Coverage, Finding, Format, Scope


class SignerStatus(StrEnum):
    """Whether the certificate that signed is known for sure."""

    IDENTIFIED = "identified"
    #: No certificate of the file or of the caller is the one that signed.
    MISSING = "missing"
    #: The signed reference to the certificate names another certificate than the one that fits.
    MISMATCH = "mismatch"
    #: A certificate fits, and no signed attribute names it (plain CMS or XMLDSig).
    UNREFERENCED = "unreferenced"


class StampKind(StrEnum):
    """What a time-stamp inside a signature is over."""

    CONTENT = "content"
    SIGNATURE = "signature"
    REFERENCES = "references"
    ARCHIVE = "archive"
    DOCUMENT = "document"
    STANDALONE = "standalone"


@dataclass(frozen=True, slots=True)
class Reference:
    """One signed piece of data. ``found`` is false when the data was not at hand; ``intact`` then says nothing."""

    name: str
    found: bool
    intact: bool
    algorithm: str
    #: False for what the format signs of itself (SignedProperties, signed attributes), true for documents.
    document: bool = True
    #: False when a transform that is never run (XSLT, foreign XPath) stands in the way: the data is there, ``intact`` is
    #: false and says nothing, the integrity is unknown, and ``constraint_errors`` names the transform.
    checked: bool = True


@dataclass(frozen=True, slots=True)
class AlgorithmUse:
    """One use of cryptography: ``digest`` is a hashlib name, ``key`` is rsa, ec, dsa, ed25519..., None for a bare digest."""

    use: str
    digest: str | None
    key: str | None = None
    bits: int | None = None


@dataclass(frozen=True, slots=True)
class StampFacts:
    """One time-stamp token (RFC 3161) and what it says of itself."""

    id: str
    kind: StampKind
    #: The DER of the TimeStampToken (CMS ContentInfo); empty when it could not be read.
    token: bytes = field(repr=False)
    gen_time: datetime | None
    #: The authority's certificate, from the token or from the material beside it.
    certificate: bytes | None = field(repr=False)
    #: The token is a sound CMS over its TSTInfo, signed by ``certificate``, whose sole use is time-stamping.
    signature_intact: bool
    #: The data that should have been stamped is at hand.
    data_found: bool
    #: The imprint is the digest of that data.
    imprint_intact: bool
    imprint_algorithm: str | None
    policy: str | None = None
    serial: int | None = None
    certificates: tuple[bytes, ...] = field(default=(), repr=False)
    crls: tuple[bytes, ...] = field(default=(), repr=False)
    ocsps: tuple[bytes, ...] = field(default=(), repr=False)
    #: SHA-256 of every object whose existence the token proves: the signature's value (its raw bytes), certificates,
    #: CRLs, OCSP responses, earlier tokens (all in DER).
    covers: frozenset[bytes] = field(default=frozenset(), repr=False)
    algorithms: tuple[AlgorithmUse, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def sound(self) -> bool:
        """Tell whether the token is intact and is over the right data, whoever issued it."""
        return self.signature_intact and self.data_found and self.imprint_intact


@dataclass(frozen=True, slots=True)
class SignatureFacts:
    """One signature as it stands in the file; a counter-signature is one of its own, named ``<parent>/counter-N``."""

    id: str
    format: Format
    #: As claimed by structure: B-B, B-T, B-LT, B-LTA, the extended forms BES, EPES, T, C, X, XL, A, or NOT-ETSI.
    level: str
    #: Format checking (EN 319 102-1, 5.2.2): why the structure is unsound, empty when it is sound.
    structure_errors: tuple[Finding, ...]
    signer_status: SignerStatus
    #: The certificate that signed, DER; with MISMATCH the one whose key verifies, else None.
    certificate: bytes | None = field(repr=False)
    signing_certificate_reference_present: bool
    #: None when there is no reference or no certificate to compare it with.
    signing_certificate_digest_match: bool | None
    references: tuple[Reference, ...]
    #: The signature value is right for the signed form and the key; None when there is no key to ask.
    value_intact: bool | None
    #: The raw signature value.
    value: bytes = field(repr=False)
    #: Reasons for SIG_CONSTRAINTS_FAILURE at signature acceptance (unknown transform, policy demanded and absent...).
    constraint_errors: tuple[Finding, ...] = ()
    algorithms: tuple[AlgorithmUse, ...] = ()
    signing_time: datetime | None = None
    stamps: tuple[StampFacts, ...] = ()
    #: Material beside the signature, DER, the file's own and nobody else's.
    certificates: tuple[bytes, ...] = field(default=(), repr=False)
    crls: tuple[bytes, ...] = field(default=(), repr=False)
    ocsps: tuple[bytes, ...] = field(default=(), repr=False)
    scope: tuple[Scope, ...] = ()
    warnings: tuple[Finding, ...] = ()
    counter_of: str | None = None
    #: Number of counter-signatures on this one.
    counter_signatures: int = 0
    #: What one format alone knows: changed_pages, annotation_changes, undefined_changes, change, byte_range_valid,
    #: broken_manifest_entries, original_documents... Values are JSON.
    extra: Mapping[str, object] = field(default_factory=dict)

    @property
    def data_found(self) -> bool:
        """Tell whether at least one document is signed, and every signed one is at hand."""
        documents = [reference for reference in self.references if reference.document]
        return bool(documents) and all(reference.found for reference in documents)

    @property
    def digests_intact(self) -> bool:
        """Tell whether every reference that was found, and could be digested, has the digest that was signed."""
        return all(reference.intact for reference in self.references if reference.found and reference.checked)

    @property
    def intact(self) -> bool:
        """Tell whether the value and all references verify."""
        checked = all(reference.checked for reference in self.references)
        return bool(self.value_intact) and self.data_found and self.digests_intact and checked

    @property
    def seals_whole(self) -> bool:
        """An identified signer, named in what he signed, over every document whole, in a sound structure; nothing of trust."""
        return (
            self.intact
            and self.signer_status is SignerStatus.IDENTIFIED
            and self.signing_certificate_digest_match is True
            and not self.structure_errors
            and not self.constraint_errors
            and all(entry.coverage is Coverage.FULL for entry in self.scope)
        )
