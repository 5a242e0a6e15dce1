"""Name the algorithms of XML Signature by the URIs of RFC 9231, and check signature values with them."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from signing.cades import algorithms as cms
from signing.cades.algorithms import Algorithm, UnknownAlgorithm
from signing.cades.ber import INTEGER, SEQUENCE
from signing.der import tlv
from signing.facts import AlgorithmUse

_DS = "http://www.w3.org/2000/09/xmldsig#"
_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_MORE_2007 = "http://www.w3.org/2007/05/xmldsig-more#"
_MORE_2021 = "http://www.w3.org/2021/04/xmldsig-more#"
_DSIG_11 = "http://www.w3.org/2009/xmldsig11#"
_ENC = "http://www.w3.org/2001/04/xmlenc#"

DIGESTS = {
    _MORE + "md5": "md5",
    _DS + "sha1": "sha1",
    _ENC + "ripemd160": "ripemd160",
    _MORE + "sha224": "sha224",
    _ENC + "sha256": "sha256",
    _MORE + "sha384": "sha384",
    _ENC + "sha512": "sha512",
    _MORE_2007 + "sha3-224": "sha3_224",
    _MORE_2007 + "sha3-256": "sha3_256",
    _MORE_2007 + "sha3-384": "sha3_384",
    _MORE_2007 + "sha3-512": "sha3_512",
}
_SIZES = {"sha1": 20, "ripemd160": 20, "sha224": 28, "sha256": 32, "sha384": 48, "sha512": 64}
_SIZES |= {f"sha3_{bits}": bits // 8 for bits in (224, 256, 384, 512)}
#: RSASSA-PSS with parameters of its own (RFC 9231, 2.3.9).
RSA_PSS = _MORE_2007 + "rsa-pss"


def _signatures() -> dict[str, Algorithm]:
    found = {
        _DS + "rsa-sha1": Algorithm("rsa", "sha1"),
        _DS + "dsa-sha1": Algorithm("dsa", "sha1"),
        _DSIG_11 + "dsa-sha256": Algorithm("dsa", "sha256"),
        _MORE + "rsa-md5": Algorithm("rsa", "md5"),
        _MORE + "rsa-ripemd160": Algorithm("rsa", "ripemd160"),
        _MORE + "ecdsa-sha1": Algorithm("ec-plain", "sha1"),
        _MORE_2007 + "ecdsa-ripemd160": Algorithm("ec-plain", "ripemd160"),
        _MORE_2021 + "eddsa-ed25519": Algorithm("ed25519", "sha512"),
        _MORE_2021 + "eddsa-ed448": Algorithm("ed448", "shake256"),
    }
    for bits in ("224", "256", "384", "512"):
        found[f"{_MORE}rsa-sha{bits}"] = Algorithm("rsa", f"sha{bits}")
        found[f"{_MORE}ecdsa-sha{bits}"] = Algorithm("ec-plain", f"sha{bits}")
        found[f"{_MORE_2021}ecdsa-sha3-{bits}"] = Algorithm("ec-plain", f"sha3_{bits}")
    for name, size in _SIZES.items():
        # RFC 9231, 2.3.10: the mask is made with the same digest, the salt is as long as it.
        uri = f"{_MORE_2007}{name.replace('_', '-')}-rsa-MGF1"
        found[uri] = Algorithm("rsa-pss", name, name, size)
    return found


SIGNATURES = _signatures()


@dataclass(frozen=True, slots=True)
class Key:
    """A public key as SubjectPublicKeyInfo, with its kind and size."""

    spki: bytes
    kind: str | None
    bits: int | None


def is_hmac(uri: str) -> bool:
    """Tell whether a signature method is a shared secret: no signature at all, and a key from the file would do."""
    return "hmac" in uri.lower()


@lru_cache(maxsize=256)
def key(spki: bytes) -> Key:
    """Return a key with its kind and size; both are None when it cannot be read."""
    kind, bits = cms.key_of(spki)
    return Key(spki, kind, bits)


def pss(digest_uri: str | None, mask_uri: str | None, salt: int | None) -> Algorithm:
    """Return RSASSA-PSS with parameters, whose defaults are SHA-256 and a salt of its length (RFC 9231, 2.3.9)."""
    name = DIGESTS.get(digest_uri or _ENC + "sha256")
    mask = DIGESTS.get(mask_uri, "") if mask_uri else name
    if not name or not mask or name not in _SIZES:
        raise UnknownAlgorithm(digest_uri or RSA_PSS)
    return Algorithm("rsa-pss", name, mask, _SIZES[name] if salt is None else salt)


def digest(name: str, data: bytes) -> bytes | None:
    """Digest by hashlib name; None when this build does not know it."""
    try:
        return hashlib.new(name, data, usedforsecurity=False).digest()
    except ValueError:
        return None


def verify(found: Key, algorithm: Algorithm, value: bytes, data: bytes) -> bool:
    """Tell whether a signature value is right; False as well for a key of another kind, or one that is not supported.

    ECDSA and DSA values are r and s side by side, each as long as the order of the group (XML Signature 1.1, 6.4).
    """
    if algorithm.scheme == "ec-plain" and not _plain_size(found, value):
        return False
    if algorithm.scheme == "dsa":
        if len(value) not in {40, 56, 64}:
            return False
        value = _pair(value)
    try:
        return cms.verify(found.spki, algorithm, value, data=data)
    except UnknownAlgorithm:
        return False


def use(algorithm: Algorithm, found: Key | None) -> tuple[AlgorithmUse, ...]:
    """Return how a signature value uses cryptography."""
    kind = found.kind if found and found.kind else {"ec-plain": "ec"}.get(algorithm.scheme, algorithm.scheme)
    uses = [AlgorithmUse("signature", algorithm.digest, kind.split("-")[0], found.bits if found else None)]
    if algorithm.mgf_digest and algorithm.mgf_digest != algorithm.digest:
        uses.append(AlgorithmUse("signature-mask", algorithm.mgf_digest))
    return tuple(uses)


def _plain_size(found: Key, value: bytes) -> bool:
    return found.kind == "ec" and found.bits is not None and len(value) == 2 * ((found.bits + 7) // 8)


def _pair(value: bytes) -> bytes:
    half = len(value) // 2
    return tlv(SEQUENCE, b"".join(_positive(part) for part in (value[:half], value[half:])))


def _positive(number: bytes) -> bytes:
    value = int.from_bytes(number, "big")
    return tlv(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))
