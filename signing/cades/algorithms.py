"""Name the algorithms of CMS and check signature values with them (RFC 5754, 4056, 8419, 8692 and TS 119 312)."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from signing.cades.ber import INTEGER, OID, SEQUENCE, BadBer, Node, parse
from signing.der import tlv

_SHA2 = "2.16.840.1.101.3.4.2."
DIGESTS = {
    "1.2.840.113549.2.5": "md5",
    "1.3.14.3.2.26": "sha1",
    "1.3.36.3.2.1": "ripemd160",
    _SHA2 + "4": "sha224",
    _SHA2 + "1": "sha256",
    _SHA2 + "2": "sha384",
    _SHA2 + "3": "sha512",
    _SHA2 + "6": "sha512_256",
    _SHA2 + "7": "sha3_224",
    _SHA2 + "8": "sha3_256",
    _SHA2 + "9": "sha3_384",
    _SHA2 + "10": "sha3_512",
    _SHA2 + "12": "shake256",
}

_PKCS1 = "1.2.840.113549.1.1."
_SIG3 = "2.16.840.1.101.3.4.3."
_ECDSA = "1.2.840.10045.4."
_PLAIN = "0.4.0.127.0.7.1.1.4.1."
#: Signature OID to scheme and to the digest it fixes (None: the signer's digest algorithm, or the parameters).
_SIGNATURES: dict[str, tuple[str, str | None]] = {
    _PKCS1 + "1": ("rsa", None),
    _PKCS1 + "4": ("rsa", "md5"),
    _PKCS1 + "5": ("rsa", "sha1"),
    "1.3.14.3.2.29": ("rsa", "sha1"),
    "1.3.36.3.3.1.2": ("rsa", "ripemd160"),
    _PKCS1 + "14": ("rsa", "sha224"),
    _PKCS1 + "11": ("rsa", "sha256"),
    _PKCS1 + "12": ("rsa", "sha384"),
    _PKCS1 + "13": ("rsa", "sha512"),
    _PKCS1 + "16": ("rsa", "sha512_256"),
    _SIG3 + "13": ("rsa", "sha3_224"),
    _SIG3 + "14": ("rsa", "sha3_256"),
    _SIG3 + "15": ("rsa", "sha3_384"),
    _SIG3 + "16": ("rsa", "sha3_512"),
    _PKCS1 + "10": ("rsa-pss", None),
    "1.2.840.10040.4.1": ("dsa", None),
    "1.2.840.10040.4.3": ("dsa", "sha1"),
    "1.3.14.3.2.12": ("dsa", None),
    "1.3.14.3.2.27": ("dsa", "sha1"),
    _SIG3 + "1": ("dsa", "sha224"),
    _SIG3 + "2": ("dsa", "sha256"),
    _SIG3 + "3": ("dsa", "sha384"),
    _SIG3 + "4": ("dsa", "sha512"),
    "1.2.840.10045.2.1": ("ec", None),
    _ECDSA + "1": ("ec", "sha1"),
    _ECDSA + "2": ("ec", None),
    _ECDSA + "3": ("ec", None),
    _ECDSA + "3.1": ("ec", "sha224"),
    _ECDSA + "3.2": ("ec", "sha256"),
    _ECDSA + "3.3": ("ec", "sha384"),
    _ECDSA + "3.4": ("ec", "sha512"),
    _SIG3 + "9": ("ec", "sha3_224"),
    _SIG3 + "10": ("ec", "sha3_256"),
    _SIG3 + "11": ("ec", "sha3_384"),
    _SIG3 + "12": ("ec", "sha3_512"),
    _PLAIN + "1": ("ec-plain", "sha1"),
    _PLAIN + "2": ("ec-plain", "sha224"),
    _PLAIN + "3": ("ec-plain", "sha256"),
    _PLAIN + "4": ("ec-plain", "sha384"),
    _PLAIN + "5": ("ec-plain", "sha512"),
    _PLAIN + "6": ("ec-plain", "ripemd160"),
    "1.3.101.112": ("ed25519", "sha512"),
    "1.3.101.113": ("ed448", "shake256"),
}
_PSS_HASH, _PSS_MGF, _PSS_SALT = 0xA0, 0xA1, 0xA2
_MAX_RSA_BITS = 16_384
_SIGN_BIT = 0x80


class UnknownAlgorithm(ValueError):
    """Say that an algorithm is not one this package checks; the text is its identifier."""


@dataclass(frozen=True, slots=True)
class Algorithm:
    """A signature algorithm: ``scheme`` is rsa, rsa-pss, dsa, ec, ec-plain, ed25519 or ed448."""

    scheme: str
    digest: str | None
    mgf_digest: str | None = None
    salt: int | None = None


def digest_name(algorithm: Node) -> str:
    """Return the hashlib name of an AlgorithmIdentifier; raises UnknownAlgorithm, or BadBer."""
    oid = algorithm.child(0).oid()
    # Some signers put a signature algorithm where the digest is due; it fixes its digest all the same.
    found = DIGESTS.get(oid) or _SIGNATURES.get(oid, ("", None))[1]
    if found is None:
        raise UnknownAlgorithm(oid)
    return found


def hasher(name: str) -> "hashlib._Hash":
    """Return a fresh hash object; raises UnknownAlgorithm when this build has it not (RIPEMD-160, often)."""
    try:
        return hashlib.new("shake_256" if name == "shake256" else name, usedforsecurity=False)
    except ValueError as error:
        raise UnknownAlgorithm(name) from error


def digest(name: str, data: bytes) -> bytes:
    """Digest bytes by the hashlib name; SHAKE256 gives 64 bytes (RFC 8419)."""
    state = hasher(name)
    state.update(data)
    return state.digest(64) if name == "shake256" else state.digest()  # type: ignore[call-arg]  # XOFs want a size


def signature_algorithm(identifier: Node, signer_digest: str) -> Algorithm:
    """Read a SignatureAlgorithmIdentifier; ``signer_digest`` is the digest algorithm the SignerInfo states."""
    oid = identifier.child(0).oid()
    if oid not in _SIGNATURES:
        raise UnknownAlgorithm(oid)
    scheme, fixed = _SIGNATURES[oid]
    if scheme == "rsa-pss":
        return _pss(identifier)
    return Algorithm(scheme, fixed or signer_digest)


def _pss(identifier: Node) -> Algorithm:
    """Read RSASSA-PSS parameters (RFC 4055, 3.1), whose defaults are SHA-1 and a salt of 20."""
    if len(identifier.children) == 1:
        return Algorithm("rsa-pss", "sha1", "sha1", 20)
    parameters = identifier.child(1, SEQUENCE)
    hash_node, mgf_node, salt_node = (parameters.tagged(tag) for tag in (_PSS_HASH, _PSS_MGF, _PSS_SALT))
    chosen = digest_name(hash_node.child(0)) if hash_node else "sha1"
    mgf = digest_name(mgf_node.child(0).child(1)) if mgf_node else "sha1"
    return Algorithm("rsa-pss", chosen, mgf, salt_node.child(0).integer() if salt_node else 20)


def verify(
    spki: bytes, algorithm: Algorithm, signature: bytes, *, data: bytes | None, hashed: bytes | None = None
) -> bool:
    """Tell whether a signature value is right for a key and data, or for the digest of data that is elsewhere.

    ``spki`` is a SubjectPublicKeyInfo. Raises UnknownAlgorithm when the key or the scheme cannot be used here; a key
    of another kind than the algorithm's gives False (algorithm confusion).
    """
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    try:
        check = _check(_load(spki), algorithm, hashed)
        check(signature, hashed if data is None else data)
    except InvalidSignature:
        return False
    except UnsupportedAlgorithm as error:
        raise UnknownAlgorithm(f"{algorithm.scheme} {algorithm.digest}") from error
    except (ValueError, BadBer) as error:
        if isinstance(error, UnknownAlgorithm):
            raise
        return False
    return True


def key_of(spki: bytes) -> tuple[str | None, int | None]:
    """Return kind and size in bits of a public key, (None, None) when it cannot be read."""
    try:
        key = _load(spki)
    except UnknownAlgorithm:
        return None, None
    kind = {
        "RSAPublicKey": "rsa",
        "EllipticCurvePublicKey": "ec",
        "ECPublicKey": "ec",
        "DSAPublicKey": "dsa",
    }.get(type(key).__name__, type(key).__name__.removesuffix("PublicKey").lower())
    return kind, getattr(key, "key_size", {"ed25519": 256, "ed448": 456}.get(kind))


@lru_cache(maxsize=64)
def _load(spki: bytes) -> Any:
    """Return a public key, which is asked for its size and then for a check; raises UnknownAlgorithm."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        return load_der_public_key(_plain_rsa(spki))
    except (ValueError, TypeError, UnsupportedAlgorithm, BadBer) as error:
        raise UnknownAlgorithm(_key_algorithm(spki)) from error


def _key_algorithm(spki: bytes) -> str:
    """Name the algorithm of a key that cannot be used: its identifier, and the curve's when there is one."""
    try:
        return " ".join(part.oid() for part in parse(spki).child(0).children if part.tag == OID)
    except BadBer:
        return "?"


def _plain_rsa(spki: bytes) -> bytes:
    """Name RSASSA-PSS keys as plain RSA, which is what the library loads; the scheme is checked apart."""
    node = parse(spki)
    identifier, bits = node.child(0), node.child(1)
    if identifier.child(0).oid() != _PKCS1 + "10":
        return spki
    plain = tlv(SEQUENCE, bytes.fromhex("06092a864886f70d010101") + b"\x05\0")
    return tlv(SEQUENCE, plain + bits.raw)


def _check(key: Any, algorithm: Algorithm, hashed: bytes | None) -> Callable[[bytes, Any], object]:
    """Return the library's check for a key, once the key is known to be of the algorithm's kind."""
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa

    scheme = algorithm.scheme
    kinds: dict[str, Any] = {
        "rsa": rsa.RSAPublicKey,
        "rsa-pss": rsa.RSAPublicKey,
        "dsa": dsa.DSAPublicKey,
        "ec": ec.EllipticCurvePublicKey,
        "ec-plain": ec.EllipticCurvePublicKey,
        "ed25519": ed25519.Ed25519PublicKey,
        "ed448": ed448.Ed448PublicKey,
    }
    if not isinstance(key, kinds[scheme]) or getattr(key, "key_size", 0) > _MAX_RSA_BITS:
        raise ValueError("the key is not one for this algorithm")
    if scheme.startswith("ed"):
        if hashed is not None:
            raise UnknownAlgorithm(f"{scheme} over a digest")
        check: Callable[[bytes, Any], object] = key.verify
        return check
    chosen = _hash(algorithm.digest, prehashed=hashed is not None)
    if scheme.startswith("rsa"):
        return lambda value, data: key.verify(value, data, _padding(algorithm), chosen)
    if scheme == "dsa":
        return lambda value, data: key.verify(value, data, chosen)
    plain = scheme == "ec-plain"
    return lambda value, data: key.verify(_from_plain(value) if plain else value, data, ec.ECDSA(chosen))


def _hash(name: str | None, *, prehashed: bool) -> Any:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

    kind = getattr(hashes, (name or "").upper(), None)
    if kind is None:
        raise UnknownAlgorithm(str(name))
    return Prehashed(kind()) if prehashed else kind()


def _padding(algorithm: Algorithm) -> Any:
    from cryptography.hazmat.primitives.asymmetric import padding

    if algorithm.scheme == "rsa":
        return padding.PKCS1v15()
    mgf = padding.MGF1(_hash(algorithm.mgf_digest, prehashed=False))
    return padding.PSS(mgf, algorithm.salt if algorithm.salt is not None else padding.PSS.AUTO)


def _from_plain(value: bytes) -> bytes:
    """Encode r and s side by side (BSI TR-03111) as the SEQUENCE that the library reads."""
    half = len(value) // 2
    return tlv(SEQUENCE, _positive(value[:half]) + _positive(value[half:]))


def _positive(number: bytes) -> bytes:
    digits = number.lstrip(b"\0") or b"\0"
    return tlv(INTEGER, b"\0" + digits if digits[0] & _SIGN_BIT else digits)
