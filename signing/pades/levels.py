"""Name the level that a signature in a PDF claims by its structure (EN 319 142-1, 6; EN 319 142-2, 5)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from signing.facts import SignatureFacts, StampFacts, StampKind
from signing.pades.dss import Store
from signing.pades.objects import Pdf, name, text
from signing.pades.signature import Signed
from signing.types import Format

_COMMITMENT = "1.2.840.113549.1.9.16.2.16"
_POLICY = "1.2.840.113549.1.9.16.2.15"
_ETSI = "ETSI.CAdES.detached"
#: A CMS of Adobe's own profile that has every attribute of an AdES is an AdES in its basic form.
_ADOBE = "adbe.pkcs7.detached"


@dataclass(frozen=True, slots=True)
class Claim:
    """What a level depends on."""

    facts: SignatureFacts = field(repr=False)
    signed: Signed
    pdf: Pdf = field(repr=False)
    #: Signature time-stamps and the document time-stamps over the signature.
    stamps: Sequence[StampFacts]
    store: Store
    #: Some document time-stamp is over a state whose store holds revocation data.
    store_stamped: bool


def level(claim: Claim) -> str:
    """Return B-B to B-LTA, an extended form (BES, EPES, T, XL, A), or NOT-ETSI."""
    if claim.facts.format is not Format.PADES or claim.signed.subfilter not in {_ETSI, _ADOBE}:
        return "NOT-ETSI"
    rank = _rank(claim)
    if claim.facts.level.startswith("B-") and is_baseline(claim):
        return ("B-B", "B-T", "B-LT", "B-LTA")[rank]
    plain = "EPES" if _POLICY in _attributes(claim.facts) else "BES"
    return (plain, "T", "XL", "A")[rank]


def _rank(claim: Claim) -> int:
    kinds = {StampKind.SIGNATURE, StampKind.DOCUMENT}
    if not any(stamp.kind in kinds for stamp in claim.stamps):
        return 0
    if not has_validation_data(claim.facts, claim.store):
        return 1
    return 3 if claim.store_stamped else 2


def is_baseline(claim: Claim) -> bool:
    """Tell whether the dictionary and the attributes meet the demands of B-B (EN 319 142-1, table 1)."""
    signed, attributes = claim.signed, _attributes(claim.facts)
    reason = bool(text(claim.pdf, signed.entries.get("/Reason")))
    return (
        signed.subfilter == _ETSI
        and signed.signing_time is not None
        and name(claim.pdf, signed.entries.get("/Filter")) is not None
        and "/Cert" not in signed.entries
        and claim.facts.certificate in claim.facts.certificates
        and not (reason and attributes & {_COMMITMENT, _POLICY})
    )


def has_validation_data(facts: SignatureFacts, store: Store) -> bool:
    """Tell whether the store holds revocation data that speaks of the signer's certificate, or needs to hold none."""
    from signing.cades.certificate import read

    certificate = read(facts.certificate) if facts.certificate else None
    if certificate is None or not store.present:
        return False
    if certificate.issuer == certificate.subject:
        return True
    serial = _integer(certificate.serial)
    return any(serial in ocsp for ocsp in store.ocsps) or any(certificate.issuer in crl for crl in store.crls)


def _integer(value: int) -> bytes:
    """Encode an INTEGER in DER, to be sought in the CertID of an OCSP response."""
    body = value.to_bytes((value.bit_length() // 8) + 1, "big", signed=value < 0)
    return bytes([2, len(body)]) + body


def _attributes(facts: SignatureFacts) -> set[str]:
    found = facts.extra.get("signed_attributes")
    return {str(item) for item in found} if isinstance(found, list) else set()
