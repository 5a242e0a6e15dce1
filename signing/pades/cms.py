"""Read the value of a signature in a PDF: one CMS of one signer, or the bare RSA value of a withdrawn form."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from signing.errors import Unverifiable
from signing.facts import Reference, SignatureFacts, SignerStatus
from signing.pades.legacy import read_rsa_sha1
from signing.pades.objects import Pdf
from signing.pades.signature import Signed
from signing.types import Finding, Format

_RSA_SHA1 = "adbe.x509.rsa_sha1"
_SUBFILTERS = frozenset({"ETSI.CAdES.detached", "adbe.pkcs7.detached", "adbe.pkcs7.sha1", _RSA_SHA1})

Digest = Callable[[str], bytes | None]


def read_value(
    signed: Signed, pdf: Pdf, data: bytes, *, name: str, extra_certs: Sequence[bytes]
) -> SignatureFacts:
    """Return what a signature's value says; one that cannot be read has a structure error."""
    digest_of: Digest = signed.byte_range.digest(data) if signed.byte_range else _no_digest
    if signed.subfilter == _RSA_SHA1:
        return read_rsa_sha1(
            pdf, signed.entries, signed.contents or b"", label=signed.name, name=name, digest_of=digest_of
        )
    found = read_contents(
        signed.contents or b"", digest_of, label=signed.name, name=name, extra_certs=extra_certs
    )
    if signed.subfilter in _SUBFILTERS:
        return found
    unknown = Finding("pdf.unknown_subfilter", {"subfilter": signed.subfilter or "-"})
    return replace(found, structure_errors=(*found.structure_errors, unknown))


def read_contents(
    contents: bytes, digest_of: Digest, *, label: str, name: str, extra_certs: Sequence[bytes]
) -> SignatureFacts:
    """Return what a CMS says of bytes known by their digests; a PDF wants exactly one signer in it."""
    from signing.cades import read_signed_data

    try:
        found = read_signed_data(contents, name=name, digest_of=digest_of, extra_certs=extra_certs, ids=label)
    except Unverifiable as error:
        return nothing(label, name, Finding("pdf.cms_unreadable", {"detail": error.detail[:200]}))
    signers = [facts for facts in found if facts.counter_of is None]
    if not signers:
        return nothing(label, name, Finding("pdf.no_signer"))
    first = replace(signers[0], id=label)
    if len(signers) == 1:
        return first
    several = Finding("pdf.several_signers", {"count": len(signers)})
    return replace(first, structure_errors=(*first.structure_errors, several))


def nothing(label: str, name: str, error: Finding) -> SignatureFacts:
    """Return the facts of a signature of which nothing can be read."""
    return SignatureFacts(
        id=label,
        format=Format.PDF,
        level="NOT-ETSI",
        structure_errors=(error,),
        signer_status=SignerStatus.MISSING,
        certificate=None,
        signing_certificate_reference_present=False,
        signing_certificate_digest_match=None,
        references=(Reference(name, found=False, intact=False, algorithm="unknown"),),
        value_intact=None,
        value=b"",
    )


def _no_digest(_algorithm: str) -> bytes | None:
    return None
