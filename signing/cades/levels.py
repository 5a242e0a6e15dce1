"""Name the level that a signature claims by its structure (EN 319 122-1, 6; EN 319 122-2, 4)."""

from dataclasses import dataclass, field

from signing.cades import oids
from signing.cades.material import Material
from signing.cades.signed_data import SignedData, SignerInfo
from signing.cades.value import EssReference

_REFERENCE_KINDS = (oids.CERTIFICATE_REFS, oids.REVOCATION_REFS)
_VALUE_KINDS = (oids.CERTIFICATE_VALUES, oids.REVOCATION_VALUES)
_ARCHIVES = (oids.ARCHIVE_TIMESTAMP_V1, oids.ARCHIVE_TIMESTAMP_V2, oids.ARCHIVE_TIMESTAMP_V3)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a level depends on."""

    signed: SignedData = field(repr=False)
    signer: SignerInfo = field(repr=False)
    ess: tuple[EssReference, ...]
    material: Material = field(repr=False)
    counter: bool = False
    pdf: bool = False


def level(claim: Claim) -> str:
    """Return B-B, B-T, B-LT or B-LTA, an extended form BES, EPES, T, C, X, XL or A, or NOT-ETSI.

    Raises BadBer when the content type is no identifier.
    """
    stated = {item.oid for item in claim.signer.signed_attributes}
    added = {item.oid for item in claim.signer.unsigned_attributes}
    if not _is_ades(claim, stated):
        return "NOT-ETSI"
    baseline = _is_baseline(claim, stated)
    if oids.SIGNATURE_TIMESTAMP not in added:
        return "B-B" if baseline else "EPES" if oids.SIGNATURE_POLICY in stated else "BES"
    if baseline and not added.intersection((*_REFERENCE_KINDS, *_VALUE_KINDS, oids.CERT_CRL_TIMESTAMP)):
        return _baseline_level(claim, added)
    return _extended_level(added, long_term=bool(claim.material.crls or claim.material.ocsps))


def _is_ades(claim: Claim, stated: set[str]) -> bool:
    """Tell whether the attributes that every CAdES has are there, the certificate's digest in the right one."""
    needed = {oids.MESSAGE_DIGEST} if claim.counter else {oids.MESSAGE_DIGEST, oids.CONTENT_TYPE}
    first, second = oids.SIGNING_CERTIFICATE in stated, oids.SIGNING_CERTIFICATE_V2 in stated
    if not needed <= stated or first == second:
        return False
    # EN 319 122-1, 5.2.2: the first attribute for SHA-1, the second for every other digest.
    return all((reference.algorithm == "sha1") == first for reference in claim.ess)


def _is_baseline(claim: Claim, stated: set[str]) -> bool:
    """Tell whether B-B's own demands are met: the signing time (in a PDF its dictionary states it), plain data."""
    kind = claim.signer.signed_value(oids.CONTENT_TYPE)
    plain = kind is None or kind.oid() == oids.DATA
    if claim.pdf:
        # EN 319 142-1, 6.3: the certificate stands in the CMS, the time in the PDF's dictionary.
        return plain and bool(claim.signed.certificates) and oids.SIGNING_TIME not in stated
    return plain and oids.SIGNING_TIME in stated


def _baseline_level(claim: Claim, added: set[str]) -> str:
    if not (claim.signed.crls or claim.signed.ocsps):
        return "B-T"
    return "B-LTA" if oids.ARCHIVE_TIMESTAMP_V3 in added else "B-LT"


def _extended_level(added: set[str], *, long_term: bool) -> str:
    """Name an extended form; references without the values that they name make no more than a C or an X."""
    archived = bool(added.intersection(_ARCHIVES))
    if not added.issuperset(_REFERENCE_KINDS):
        return "A" if archived else "T"
    if long_term:
        return "A" if archived else "XL"
    return "X" if added.intersection((oids.ESC_TIMESTAMP, oids.CERT_CRL_TIMESTAMP)) else "C"
