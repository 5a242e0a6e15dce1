"""Ask for, read and verify RFC 3161 time-stamps, offline once the answer is there."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from asn1crypto import tsp
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from rfc3161_client import VerifierBuilder, decode_timestamp_response
from rfc3161_client.errors import VerificationError

from signing import chain, der
from signing.certificates import load_certificate, subject_name
from signing.errors import SealedError

SHA256_OID = "2.16.840.1.101.3.4.2.1"
DIGEST_OIDS = {
    "sha256": SHA256_OID,
    "sha384": "2.16.840.1.101.3.4.2.2",
    "sha512": "2.16.840.1.101.3.4.2.3",
}
GRANTED = 0
UNREADABLE = "timestamp.unreadable"
_DIGESTS = {"sha1", "sha256", "sha384", "sha512"}


@dataclass(frozen=True, slots=True)
class Token:
    """What a verified time-stamp says."""

    gen_time: datetime
    imprint: bytes
    serial: int
    policy: str
    authority: str
    response: bytes = field(repr=False)


def request(digest: bytes, nonce: int, *, algorithm: str = "sha256", policy: str | None = None) -> bytes:
    """Return the DER TimeStampReq for a digest; the authority is asked for its certificate."""
    imprint = der.sequence(der.sequence(der.oid(DIGEST_OIDS[algorithm]), der.null()), der.octets(digest))
    wanted = b"" if policy is None else der.oid(policy)
    return der.sequence(der.integer(1), imprint, wanted, der.integer(nonce), der.boolean(value=True))


def verify(
    response: bytes,
    digest: bytes,
    *,
    authorities: Sequence[bytes],
    nonce: int | None = None,
    policy: str | None = None,
) -> Token:
    """Verify a DER TimeStampResp over a SHA-256 digest with trusted DER certificates; return what it says.

    The chain is checked at the time the token states. Raises ``timestamp.unreadable``,
    ``timestamp.refused`` (not granted), ``timestamp.imprint_mismatch``, ``timestamp.nonce_mismatch``,
    ``timestamp.policy_mismatch`` or ``timestamp.untrusted``.
    """
    answer, info = _over(response, digest)
    if nonce is not None and info["nonce"].native != nonce:
        raise SealedError("timestamp.nonce_mismatch", "answers another request")
    if policy is not None and info["policy"].dotted != policy:
        raise SealedError("timestamp.policy_mismatch", f"policy {info['policy'].dotted}")
    signed = answer["time_stamp_token"]["content"]
    _check_trust(response, digest, authorities, signed, info["gen_time"].native)
    return _token(info, digest, _check_signer(signed), response)


def stated(response: bytes, digest: bytes) -> Token:
    """Return what a DER TimeStampResp over a SHA-256 digest says, its signature unchecked: nobody answers for it yet.

    Raises ``timestamp.unreadable``, ``timestamp.refused``, ``timestamp.imprint_mismatch``.
    """
    answer, info = _over(response, digest)
    try:
        leaf = chain.signer_certificate(answer["time_stamp_token"]["content"])
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise SealedError(UNREADABLE, str(error)) from error
    return _token(info, digest, leaf, response)


def _over(response: bytes, digest: bytes) -> tuple[Any, Any]:
    """Read an answer, which must be over this digest."""
    answer, info = _read(response)
    imprint = info["message_imprint"]
    stamped = (imprint["hash_algorithm"]["algorithm"].native, imprint["hashed_message"].native)
    if stamped != ("sha256", digest):
        raise SealedError("timestamp.imprint_mismatch", "stamped something else")
    return answer, info


def _token(info: Any, digest: bytes, leaf: x509.Certificate, response: bytes) -> Token:
    return Token(
        gen_time=info["gen_time"].native,
        imprint=digest,
        serial=info["serial_number"].native,
        policy=info["policy"].dotted,
        authority=subject_name(leaf),
        response=response,
    )


def _read(response: bytes) -> tuple[Any, Any]:
    """Parse the whole answer at once: this parser is lazy, and a fault must not surface later."""
    status = der.Reader(response, code=UNREADABLE).inside(der.SEQUENCE).inside(der.SEQUENCE).integer()
    if status != GRANTED:
        raise SealedError("timestamp.refused", f"status {status}", status=status)
    try:
        answer = tsp.TimeStampResp.load(response, strict=True)
        info = answer["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed
        _ = (answer.native, info["message_imprint"].native, info.native)
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise SealedError(UNREADABLE, str(error)) from error
    return answer, info


def _check_trust(
    response: bytes, digest: bytes, authorities: Sequence[bytes], signed: Any, at: datetime
) -> None:
    """Check signature and chain; a token that carries several certificates goes to our own checker."""
    if len(signed["certificates"]) > 1:
        chain.check(signed, authorities, at)
        return
    try:
        roots = [load_certificate(authority) for authority in authorities]
        verifier = VerifierBuilder(roots=roots).build()
        verifier.verify(decode_timestamp_response(response), digest)
    except (VerificationError, ValueError, x509.InvalidVersion) as error:
        raise SealedError("timestamp.untrusted", str(error)) from error


def _check_signer(signed: Any) -> x509.Certificate:
    """Check what the signature does not cover, and return the certificate that signed.

    Its sole purpose must be time-stamping (RFC 3161, 2.3), and the token must sign its hash (RFC 5816):
    else another certificate of the same key could be slipped in.
    """
    (signer,) = signed["signer_infos"]
    leaf = chain.signer_certificate(signed)
    purposes = list(leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    versions = (signed["version"].native, signer["version"].native)
    if purposes != [ExtendedKeyUsageOID.TIME_STAMPING] or versions != ("v3", "v1"):
        raise SealedError("timestamp.untrusted", "not the profile of a time-stamping certificate and token")
    if signer["signature_algorithm"]["algorithm"].native not in _algorithms(leaf, signer):
        raise SealedError("timestamp.untrusted", "the signature's algorithm is not the key's")
    if not _signs_certificate(signer, leaf.public_bytes(Encoding.DER)):
        raise SealedError("timestamp.untrusted", "the token does not sign its certificate's hash")
    return leaf


def _algorithms(leaf: x509.Certificate, signer: Any) -> set[str]:
    digest = signer["digest_algorithm"]["algorithm"].native
    if isinstance(leaf.public_key(), RSAPublicKey):
        return {"rsassa_pkcs1v15", f"{digest}_rsa", "rsassa_pss"}
    return {f"{digest}_ecdsa"}


def _signs_certificate(signer: Any, certificate: bytes) -> bool:
    """Tell whether the first ESSCertID (RFC 2634, SHA-1) or ESSCertIDv2 (RFC 5816) is this certificate's."""
    stated = {attribute["type"].native: attribute["values"][0] for attribute in signer["signed_attrs"]}
    if "signing_certificate_v2" in stated:
        entry = stated["signing_certificate_v2"]["certs"][0]
        name = entry["hash_algorithm"]["algorithm"].native
    elif "signing_certificate" in stated:
        entry, name = stated["signing_certificate"]["certs"][0], "sha1"
    else:
        return False
    return name in _DIGESTS and bool(hashlib.new(name, certificate).digest() == entry["cert_hash"].native)
