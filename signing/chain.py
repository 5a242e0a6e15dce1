"""Check a time-stamp token that carries its authority's whole chain: signature, attributes, path to a trusted root.

``rfc3161-client`` refuses a SET of certificates that is not in DER order, which many authorities send. The rules are
those of RFC 3161 (2.4.2), RFC 5652 (5.4) and RFC 5280 (6), at the time that the token states.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from signing.certificates import load_certificate
from signing.errors import SealedError

UNTRUSTED = "timestamp.untrusted"
#: Longest path from the signer to a trusted certificate.
DEPTH = 6
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


def signer_certificate(signed: Any) -> x509.Certificate:
    """Return the certificate that the token's one signer names, among those it carries."""
    (signer,) = signed["signer_infos"]
    wanted = signer["sid"].chosen
    for candidate in signed["certificates"]:
        certificate = candidate.chosen
        if signer["sid"].name == "issuer_and_serial_number" and (
            certificate.issuer.dump() == wanted["issuer"].dump()
            and certificate.serial_number == wanted["serial_number"].native
        ):
            return load_certificate(candidate.dump())
    raise SealedError(UNTRUSTED, "the token does not hold its signer's certificate")


def check(signed: Any, authorities: Sequence[bytes], at: datetime) -> None:
    """Raise ``timestamp.untrusted`` unless the token is signed by a certificate that chains to ``authorities``."""
    leaf = signer_certificate(signed)
    _check_signature(signed, leaf)
    others = [load_certificate(item.dump()) for item in signed["certificates"]]
    roots = [load_certificate(authority) for authority in authorities]
    if not _reaches(leaf, others, roots, at, DEPTH):
        raise SealedError(UNTRUSTED, "the signer's certificate does not chain to a trusted one")


def _check_signature(signed: Any, leaf: x509.Certificate) -> None:
    (signer,) = signed["signer_infos"]
    content = signed["encap_content_info"]
    name = signer["digest_algorithm"]["algorithm"].native
    stated = {attribute["type"].native: attribute["values"] for attribute in signer["signed_attrs"]}
    algorithm = _HASHES.get(name)
    if algorithm is None or not {"content_type", "message_digest"} <= stated.keys():
        raise SealedError(UNTRUSTED, f"digest {name}, attributes {sorted(stated)}")
    digest = hashlib.new(name, bytes(content["content"])).digest()
    if stated["content_type"][0].native != "tst_info" or stated["message_digest"][0].native != digest:
        raise SealedError(UNTRUSTED, "the signed attributes are not those of this token")
    # Signed is the SET OF itself, not its implicit tag (RFC 5652, 5.4).
    attributes = b"\x31" + signer["signed_attrs"].dump()[1:]
    try:
        _verify(leaf, signer, attributes, algorithm)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError) as error:
        raise SealedError(UNTRUSTED, "the signature does not hold") from error


def _verify(leaf: x509.Certificate, signer: Any, data: bytes, algorithm: hashes.HashAlgorithm) -> None:
    key, signature = leaf.public_key(), signer["signature"].native
    if isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, data, ec.ECDSA(algorithm))
    elif (
        isinstance(key, rsa.RSAPublicKey)
        and signer["signature_algorithm"]["algorithm"].native != "rsassa_pss"
    ):
        key.verify(signature, data, padding.PKCS1v15(), algorithm)
    elif isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, data, padding.PSS(padding.MGF1(algorithm), padding.PSS.AUTO), algorithm)
    else:
        raise UnsupportedAlgorithm("neither RSA nor an elliptic curve")


def _reaches(
    certificate: x509.Certificate,
    others: Sequence[x509.Certificate],
    roots: Sequence[x509.Certificate],
    at: datetime,
    depth: int,
) -> bool:
    if depth == 0 or not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        return False
    if certificate in roots or any(_issued(certificate, root) and _valid(root, at) for root in roots):
        return True
    issuers = [other for other in others if other != certificate and _issued(certificate, other)]
    return any(_reaches(issuer, others, roots, at, depth - 1) for issuer in issuers)


def _valid(certificate: x509.Certificate, at: datetime) -> bool:
    return certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Tell whether ``issuer`` may issue certificates and issued this one."""
    try:
        constraints = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = issuer.extensions.get_extension_for_class(x509.KeyUsage).value
        certificate.verify_directly_issued_by(issuer)
    except (x509.ExtensionNotFound, InvalidSignature, ValueError, TypeError, UnsupportedAlgorithm):
        return False
    return constraints.ca and usage.key_cert_sign
