"""Make XAdES signatures: build the element, and put the value in (EN 319 132-1, 6)."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC
from hashlib import sha256
from html import escape
from typing import Any
from urllib.parse import quote

from signing.cades import ber
from signing.produce import keys
from signing.produce.documents import bytes_of, digest_of, media_type
from signing.produce.markup import (
    DIGEST_URIS,
    DS,
    EXCLUSIVE,
    FILTER2,
    SIGNATURE_URIS,
    SIGNED_PROPERTIES,
    XADES,
    canonical,
    canonical_document,
    child,
    insert_last,
    parse,
    write,
)
from signing.produce.params import Mechanism, SignParams
from signing.produce.refusals import ProductionRefused
from signing.types import Content

_SIGNATURE = f"{{{DS}}}Signature"
#: With plain enveloped-signature a second signature breaks the first; this takes all of them out.
_ENVELOPED = (
    f'<ds:Transforms><ds:Transform Algorithm="{FILTER2}"><XPath xmlns="{FILTER2}" Filter="subtract">'
    f'/descendant::ds:Signature</XPath></ds:Transform><ds:Transform Algorithm="{EXCLUSIVE}"/></ds:Transforms>'
)


@dataclass(frozen=True, slots=True)
class Reference:
    """One signed document as a ``ds:Reference`` names it."""

    uri: str
    digest: bytes
    media_type: str
    transforms: str = ""


def reference(document: Content, params: SignParams, mechanism: Mechanism) -> Reference:
    """Return the reference to a document beside the signature, by its percent-encoded name."""
    digest = digest_of(document, mechanism.digest)
    return Reference(quote(document.name), digest, media_type(document.name, params))


def enveloped(
    document: Content, chain: Sequence[bytes], params: SignParams, mechanism: Mechanism
) -> tuple[bytes, bytes]:
    """Return the document with a signature whose value is empty, and the bytes to sign."""
    root = parse(bytes_of(document))
    if root.tag == _SIGNATURE:
        raise ProductionRefused("produce.xml_refused", "the document is a signature")
    digest = keys.digest(mechanism.digest, canonical_document(root))
    kind = params.media_types.get(document.name, "application/xml")
    one = Reference("", digest, kind, _ENVELOPED)
    seed = sha256(bytes_of(document)).digest()
    fragment, identifier = signature([one], chain, params, mechanism, seed=seed)
    unsigned = insert_last(root, fragment)
    return unsigned, to_sign(unsigned, identifier)


def detached(
    references: Sequence[Reference],
    chain: Sequence[bytes],
    params: SignParams,
    mechanism: Mechanism,
    *,
    wrap: Callable[[bytes], bytes] = lambda fragment: fragment,
) -> tuple[bytes, bytes]:
    """Return a signature file whose value is empty, and the bytes to sign."""
    fragment, identifier = signature(references, chain, params, mechanism)
    unsigned = write(parse(wrap(fragment)))
    return unsigned, to_sign(unsigned, identifier)


def signature(
    references: Sequence[Reference],
    chain: Sequence[bytes],
    params: SignParams,
    mechanism: Mechanism,
    *,
    seed: bytes = b"",
) -> tuple[bytes, str]:
    """Return the text of a ``ds:Signature`` with an empty value, and its identifier."""
    identifier = _identifier(references, chain[0], params, seed)
    properties = _signed_properties(identifier, references, chain[0], params, mechanism)
    # Digested as it will stand: parsed within the signature's own namespaces.
    draft = parse(_assembled(identifier, "", chain, properties).encode())
    signed = child(
        draft, f"{{{DS}}}Object", f"{{{XADES}}}QualifyingProperties", f"{{{XADES}}}SignedProperties"
    )
    digest = keys.digest(mechanism.digest, canonical(signed))
    info = _signed_info(identifier, references, digest, mechanism)
    return _assembled(identifier, info, chain, properties).encode(), identifier


def _identifier(references: Sequence[Reference], leaf: bytes, params: SignParams, seed: bytes) -> str:
    """Return an identifier that no other signature of the document has: it depends on all that is signed."""
    seen = sha256(seed + leaf + params.signing_time.isoformat().encode())
    for one in references:
        seen.update(one.digest + one.uri.encode())
    return f"id-{seen.hexdigest()[:32]}"


def _assembled(identifier: str, info: str, chain: Sequence[bytes], properties: str) -> str:
    certificates = "".join(
        f"<ds:X509Certificate>{_base64(certificate)}</ds:X509Certificate>"
        for certificate in dict.fromkeys(chain)
    )
    return (
        f'<ds:Signature xmlns:ds="{DS}" Id="{identifier}">{info}'
        f'<ds:SignatureValue Id="{identifier}-value"></ds:SignatureValue>'
        f"<ds:KeyInfo><ds:X509Data>{certificates}</ds:X509Data></ds:KeyInfo><ds:Object>"
        f'<xades:QualifyingProperties xmlns:xades="{XADES}" Target="#{identifier}">{properties}'
        f"</xades:QualifyingProperties></ds:Object></ds:Signature>"
    )


def _signed_info(
    identifier: str, references: Sequence[Reference], properties: bytes, mechanism: Mechanism
) -> str:
    method = f'<ds:DigestMethod Algorithm="{DIGEST_URIS[mechanism.digest]}"/>'
    parts = [
        f'<ds:Reference Id="{identifier}-ref-{number}" URI="{escape(one.uri)}">{one.transforms}{method}'
        f"<ds:DigestValue>{_base64(one.digest)}</ds:DigestValue></ds:Reference>"
        for number, one in enumerate(references, 1)
    ]
    return (
        f'<ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"/>'
        f'<ds:SignatureMethod Algorithm="{SIGNATURE_URIS[mechanism.name]}"/>{"".join(parts)}'
        f'<ds:Reference URI="#{identifier}-signed" Type="{SIGNED_PROPERTIES}">'
        f'<ds:Transforms><ds:Transform Algorithm="{EXCLUSIVE}"/></ds:Transforms>{method}'
        f"<ds:DigestValue>{_base64(properties)}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
    )


def _signed_properties(
    identifier: str,
    references: Sequence[Reference],
    leaf: bytes,
    params: SignParams,
    mechanism: Mechanism,
) -> str:
    moment = params.signing_time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    formats = "".join(
        f'<xades:DataObjectFormat ObjectReference="#{identifier}-ref-{number}">'
        f"<xades:MimeType>{escape(one.media_type)}</xades:MimeType></xades:DataObjectFormat>"
        for number, one in enumerate(references, 1)
    )
    return (
        f'<xades:SignedProperties Id="{identifier}-signed"><xades:SignedSignatureProperties>'
        f"<xades:SigningTime>{moment}</xades:SigningTime>"
        f"<xades:SigningCertificateV2><xades:Cert><xades:CertDigest>"
        f'<ds:DigestMethod Algorithm="{DIGEST_URIS[mechanism.digest]}"/>'
        f"<ds:DigestValue>{_base64(keys.digest(mechanism.digest, leaf))}</ds:DigestValue>"
        f"</xades:CertDigest><xades:IssuerSerialV2>{_base64(_issuer_serial(leaf))}</xades:IssuerSerialV2>"
        f"</xades:Cert></xades:SigningCertificateV2></xades:SignedSignatureProperties>"
        f"<xades:SignedDataObjectProperties>{formats}</xades:SignedDataObjectProperties>"
        f"</xades:SignedProperties>"
    )


def _issuer_serial(leaf: bytes) -> bytes:
    """Return the DER IssuerSerial of RFC 5035: the issuer as a directory name, and the serial number."""
    from signing import der

    # The certificate was parsed strictly before; here its bytes are only taken out as they stand.
    fields = ber.parse(leaf).child(0, ber.SEQUENCE).children
    serial, _, issuer = fields[1:4] if fields[0].tag == der.VERSION_TAG else fields[:3]
    return der.sequence(der.sequence(der.explicit(4, issuer.raw)), serial.raw)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def find(root: Any, identifier: str | None) -> Any:
    """Return the signature with an identifier; raises ``produce.prepared_damaged``."""
    for found in root.iter(_SIGNATURE):
        if found.get("Id") == identifier:
            return found
    raise ProductionRefused("produce.prepared_damaged", "the signature is not in the document")


def to_sign(unsigned: bytes, identifier: str) -> bytes:
    """Return the canonical SignedInfo of a signature, which is what a key signs."""
    return canonical(child(find(parse(unsigned), identifier), f"{{{DS}}}SignedInfo"))


def with_value(unsigned: bytes, wanted: bytes, raw: bytes) -> tuple[Any, Any]:
    """Put a value into the one empty signature whose SignedInfo is ``wanted``; return root and signature."""
    root = parse(unsigned)
    for found in root.iter(_SIGNATURE):
        place = child(found, f"{{{DS}}}SignatureValue")
        if not place.text and canonical(child(found, f"{{{DS}}}SignedInfo")) == wanted:
            place.text = _base64(raw)
            return root, found
    raise ProductionRefused("produce.prepared_damaged", "no empty signature over these bytes")
