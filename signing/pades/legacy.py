"""Read adbe.x509.rsa_sha1 (ISO 32000-1, 12.8.3.2): a bare PKCS #1 value, the certificate beside it; withdrawn by PDF 2.0."""

from collections.abc import Callable

from signing.facts import AlgorithmUse, Reference, SignatureFacts, SignerStatus
from signing.pades.objects import Pdf, Value, items, resolve
from signing.types import Finding, Format


def read_rsa_sha1(
    pdf: Pdf,
    entries: dict[str, Value],
    contents: bytes,
    *,
    label: str,
    name: str,
    digest_of: Callable[[str], bytes | None],
) -> SignatureFacts:
    """Return the facts of a signature whose value is an OCTET STRING and whose chain stands in /Cert."""
    from signing.cades.algorithms import key_of
    from signing.cades.certificate import read

    chain = _chain(pdf, entries.get("/Cert"))
    signer = read(chain[0]) if chain else None
    digest = digest_of("sha1")
    value, errors = _value(contents)
    kind, bits = key_of(signer.spki) if signer else (None, None)
    return SignatureFacts(
        id=label,
        format=Format.PDF,
        level="NOT-ETSI",
        structure_errors=errors,
        signer_status=SignerStatus.UNREFERENCED if signer else SignerStatus.MISSING,
        certificate=chain[0] if signer else None,
        signing_certificate_reference_present=False,
        signing_certificate_digest_match=None,
        # The digest is inside the value: when the value is wrong, nothing tells which of the two was altered.
        references=(Reference(name, found=digest is not None, intact=digest is not None, algorithm="sha1"),),
        value_intact=_verified(signer.spki, value, digest) if signer and digest is not None else None,
        value=value,
        algorithms=(AlgorithmUse("signature", "sha1", kind, bits), AlgorithmUse("message-digest", "sha1")),
        certificates=tuple(chain),
    )


def _value(contents: bytes) -> tuple[bytes, tuple[Finding, ...]]:
    from signing.cades.ber import OCTET_STRING, BadBer, parse

    try:
        return parse(contents).expect(OCTET_STRING).octets(), ()
    except BadBer as error:
        return b"", (Finding("pdf.cms_unreadable", {"detail": error.detail}),)


def _verified(spki: bytes, value: bytes, digest: bytes) -> bool:
    from signing.cades.algorithms import Algorithm, UnknownAlgorithm, verify

    try:
        return verify(spki, Algorithm("rsa", "sha1"), value, data=None, hashed=digest)
    except UnknownAlgorithm:
        return False


def _chain(pdf: Pdf, value: Value) -> list[bytes]:
    """Return the certificates of /Cert, one string or an array, the signer's first."""
    found = resolve(pdf, value)
    values = items(pdf, found) if isinstance(found, list) else [found]
    return [item for item in (resolve(pdf, value) for value in values[:20]) if isinstance(item, bytes)]
