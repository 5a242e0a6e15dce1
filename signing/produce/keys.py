"""Check a signer's certificate against the policy, choose the mechanism, verify and convert signature values."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from signing.produce.params import Encoding, Mechanism, SignatureValue, SignParams
from signing.produce.refusals import ProductionRefused, SignatureValueMismatch

HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_P256_BITS, _P384_BITS = 256, 384


@lru_cache(maxsize=256)
def load(certificate: bytes) -> x509.Certificate:
    """Parse a DER certificate or refuse it with ``produce.certificate_unreadable``."""
    try:
        return x509.load_der_x509_certificate(certificate)
    except (ValueError, x509.InvalidVersion) as error:
        raise ProductionRefused("produce.certificate_unreadable", str(error)) from error


def choose(chain: Sequence[bytes], params: SignParams) -> Mechanism:
    """Return the mechanism for the first certificate of a chain, or refuse its key or its dates.

    Raises ProductionRefused: ``produce.no_certificate``, ``produce.key_refused``, ``produce.digest_refused``,
    ``produce.certificate_dates``, ``produce.certificate_usage``.
    """
    if not chain:
        raise ProductionRefused("produce.no_certificate", "the chain is empty")
    leaf = load(chain[0])
    key = _key_kind(leaf, params)
    digest = params.digest or _digest_for(leaf)
    if digest not in params.policy.digests or digest not in HASHES:
        raise ProductionRefused("produce.digest_refused", f"digest {digest}", algorithm=digest)
    if params.policy.check_certificate:
        _check_certificate(leaf, params)
    return Mechanism(key, digest)


def _key_kind(leaf: x509.Certificate, params: SignParams) -> str:
    try:
        key = leaf.public_key()
    except (UnsupportedAlgorithm, ValueError) as error:
        raise ProductionRefused("produce.key_refused", str(error), kind="?") from error
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size < params.policy.rsa_bits:
            raise ProductionRefused("produce.key_refused", "the key is too short", kind=f"RSA {key.key_size}")
        return "rsa"
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in params.policy.curves:
        return "ec"
    raise ProductionRefused("produce.key_refused", "no key for signing here", kind=type(key).__name__)


def _digest_for(leaf: x509.Certificate) -> str:
    """Return the digest as strong as the key (TS 119 312, SEC 1): P-384 wants SHA-384, P-521 SHA-512."""
    key = leaf.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.key_size <= _P256_BITS:
        return "sha256"
    return "sha384" if key.curve.key_size <= _P384_BITS else "sha512"


def _check_certificate(leaf: x509.Certificate, params: SignParams) -> None:
    if not leaf.not_valid_before_utc <= params.signing_time <= leaf.not_valid_after_utc:
        day = leaf.not_valid_after_utc.date().isoformat()
        raise ProductionRefused("produce.certificate_dates", "outside its dates", until=day)
    try:
        usage = leaf.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return
    except ValueError as error:
        raise ProductionRefused("produce.certificate_unreadable", str(error)) from error
    if not (usage.digital_signature or usage.content_commitment):
        raise ProductionRefused("produce.certificate_usage", "its key usage does not allow signing")


def check_value(data: bytes, value: SignatureValue, certificate: bytes, mechanism: Mechanism) -> bytes:
    """Verify a value over the bytes to sign, and return it in DER for ECDSA, as it is for RSA.

    Raises SignatureValueMismatch when it is not the certificate's value over exactly these bytes.
    """
    key, algorithm = load(certificate).public_key(), HASHES[mechanism.digest]
    try:
        if mechanism.key == "rsa" and isinstance(key, rsa.RSAPublicKey):
            key.verify(value.value, data, padding.PKCS1v15(), algorithm)
            return value.value
        if mechanism.key == "ec" and isinstance(key, ec.EllipticCurvePublicKey):
            der = to_der(value, key.curve.key_size)
            key.verify(der, data, ec.ECDSA(algorithm))
            return der
    except (InvalidSignature, ValueError) as error:
        raise SignatureValueMismatch(f"{mechanism.name}: {type(error).__name__} {error}") from error
    raise SignatureValueMismatch("the certificate's key is of another kind")


def to_der(value: SignatureValue, bits: int) -> bytes:
    """Return an ECDSA value as SEQUENCE of r and s; raises ValueError when it has not the curve's length."""
    if value.encoding is Encoding.DER:
        return value.value
    size = (bits + 7) // 8
    if len(value.value) != 2 * size:
        raise ValueError(f"{len(value.value)} bytes instead of {2 * size}")
    r, s = int.from_bytes(value.value[:size]), int.from_bytes(value.value[size:])
    return encode_dss_signature(r, s)


def to_raw(der: bytes, certificate: bytes) -> bytes:
    """Return a verified value as XMLDSig wants it: r and s side by side for ECDSA (RFC 4050), else as it is."""
    key = load(certificate).public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        return der
    size = (key.curve.key_size + 7) // 8
    r, s = decode_dss_signature(der)
    return r.to_bytes(size) + s.to_bytes(size)


def digest(algorithm: str, data: bytes) -> bytes:
    """Return a digest by hashlib's name."""
    return hashlib.new(algorithm, data).digest()
