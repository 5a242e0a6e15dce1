"""Wrap a content key for one certificate and unwrap it: RSA-OAEP, or ephemeral-static ECDH."""

import os
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    SECP384R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from signing import der
from signing.certificates import KeyType, PrivateKey, Recipient

_SHA256 = der.oid("2.16.840.1.101.3.4.2.1")
_MGF1 = der.oid("1.2.840.113549.1.1.8")
_OAEP = der.oid("1.2.840.113549.1.1.7")
_EC_PUBLIC_KEY = der.oid("1.2.840.10045.2.1")
_AES256_WRAP = der.sequence(der.oid("2.16.840.1.101.3.4.1.45"))

_KEY_BYTES = 32
_UKM_BYTES = 32
_KARI_TAG = 0xA1
_ORIGINATOR_TAG = 0xA0
_ORIGINATOR_KEY_TAG = 0xA1
_UKM_TAG = 0xA1
_SUPP_PUB_INFO = (_KEY_BYTES * 8).to_bytes(4, "big")

_CURVE_OIDS = {KeyType.P256: der.oid("1.2.840.10045.3.1.7"), KeyType.P384: der.oid("1.3.132.0.34")}
_CURVES = {KeyType.P256: SECP256R1(), KeyType.P384: SECP384R1()}
_KDF_OIDS = {KeyType.P256: der.oid("1.3.132.1.11.1"), KeyType.P384: der.oid("1.3.132.1.11.2")}
_KEY_TYPES = {oid: key_type for key_type, oid in _KDF_OIDS.items()}
_KDF_HASHES = {KeyType.P256: SHA256(), KeyType.P384: SHA384()}


def _oaep_algorithm(hash_algorithm: bytes) -> bytes:
    parameters = der.sequence(
        der.explicit(0, hash_algorithm), der.explicit(1, der.sequence(_MGF1, hash_algorithm))
    )
    return der.sequence(_OAEP, parameters)


# RFC 4055, 2.1: both ways of writing "SHA-256 without parameters" must be accepted; NULL is written.
_OAEP_WRITTEN = _oaep_algorithm(der.sequence(_SHA256, der.null()))
_OAEP_ACCEPTED = (_OAEP_WRITTEN, _oaep_algorithm(der.sequence(_SHA256)))


@dataclass(frozen=True, slots=True)
class RecipientInfo:
    """One entry of a message: to whom, and the wrapped key (with the ephemeral point for ECDH)."""

    key_type: KeyType
    identity: tuple[bytes, int]
    wrapped: bytes
    point: bytes = b""
    ukm: bytes | None = None


def wrap(key: bytes, recipient: Recipient) -> bytes:
    """Return the DER RecipientInfo that carries ``key`` to a recipient."""
    identity = der.sequence(recipient.issuer, der.integer(recipient.serial))
    if isinstance(recipient.public_key, RSAPublicKey):
        wrapped = recipient.public_key.encrypt(key, _oaep())
        return der.sequence(der.integer(0), identity, _OAEP_WRITTEN, der.octets(wrapped))
    return _wrap_ecdh(key, recipient.public_key, recipient.key_type, identity)


def unwrap(info: RecipientInfo, private_key: PrivateKey) -> bytes | None:
    """Return the content key of an entry of this key's kind, or None when it is not addressed to it."""
    try:
        if isinstance(private_key, RSAPrivateKey):
            key = private_key.decrypt(info.wrapped, _oaep())
        else:
            key = _unwrap_ecdh(info, private_key)
    except (ValueError, InvalidUnwrap):
        return None
    return key if len(key) == _KEY_BYTES else None


def parse(value: der.Value, *, code: str) -> RecipientInfo:
    """Read one RecipientInfo of the profile."""
    reader = der.Reader(value.content, code=code)
    if value.tag == der.SEQUENCE:
        return _parse_rsa(reader)
    if value.tag != _KARI_TAG:
        reader.refuse("recipient_type", f"a recipient of kind {value.tag:#04x}")
    return _parse_ecdh(reader)


def _oaep() -> OAEP:
    return OAEP(MGF1(SHA256()), SHA256(), None)


def _wrap_ecdh(key: bytes, public_key: EllipticCurvePublicKey, key_type: KeyType, identity: bytes) -> bytes:
    ephemeral = generate_private_key(public_key.curve)
    point = ephemeral.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    ukm = os.urandom(_UKM_BYTES)
    wrapping_key = _wrapping_key(key_type, ephemeral.exchange(ECDH(), public_key), ukm)
    originator = der.tlv(_ORIGINATOR_KEY_TAG, der.sequence(_EC_PUBLIC_KEY) + der.bits(point))
    encrypted_key = der.sequence(identity, der.octets(aes_key_wrap(wrapping_key, key)))
    return der.tlv(
        _KARI_TAG,
        der.integer(3)
        + der.explicit(0, originator)
        + der.explicit(1, der.octets(ukm))
        + der.sequence(_KDF_OIDS[key_type], _AES256_WRAP)
        + der.sequence(encrypted_key),
    )


def _unwrap_ecdh(info: RecipientInfo, private_key: EllipticCurvePrivateKey) -> bytes:
    point = EllipticCurvePublicKey.from_encoded_point(_CURVES[info.key_type], info.point)
    shared = private_key.exchange(ECDH(), point)
    return aes_key_unwrap(_wrapping_key(info.key_type, shared, info.ukm), info.wrapped)


def _wrapping_key(key_type: KeyType, shared: bytes, ukm: bytes | None) -> bytes:
    """Derive the wrapping key from the shared secret with ECC-CMS-SharedInfo (RFC 5753, 7.2)."""
    user_info = b"" if ukm is None else der.explicit(0, der.octets(ukm))
    info = der.sequence(_AES256_WRAP, user_info, der.explicit(2, der.octets(_SUPP_PUB_INFO)))
    return X963KDF(_KDF_HASHES[key_type], _KEY_BYTES, info).derive(shared)


def _parse_rsa(reader: der.Reader) -> RecipientInfo:
    reader.exactly(der.integer(0), "recipient_id")
    identity = _identity(reader.inside(der.SEQUENCE))
    if reader.next(der.SEQUENCE).encoded not in _OAEP_ACCEPTED:
        reader.refuse("key_algorithm", "not RSA-OAEP with SHA-256")
    wrapped = reader.octets()
    reader.done()
    return RecipientInfo(KeyType.RSA, identity, wrapped)


def _parse_ecdh(reader: der.Reader) -> RecipientInfo:
    reader.exactly(der.integer(3), "version")
    originator = reader.inside(_ORIGINATOR_TAG)
    algorithm, point = _originator_key(originator.inside(_ORIGINATOR_KEY_TAG))
    originator.done()
    ukm = _user_material(reader)
    key_type = _agreement(reader.inside(der.SEQUENCE))
    if algorithm not in (der.sequence(_EC_PUBLIC_KEY), der.sequence(_EC_PUBLIC_KEY, _CURVE_OIDS[key_type])):
        reader.refuse("key_algorithm", "the ephemeral key is of another kind")
    keys = reader.inside(der.SEQUENCE)
    reader.done()
    entry = keys.inside(der.SEQUENCE)
    keys.done()
    identity = _identity(entry.inside(der.SEQUENCE))
    wrapped = entry.octets()
    entry.done()
    return RecipientInfo(key_type, identity, wrapped, point, ukm)


def _identity(reader: der.Reader) -> tuple[bytes, int]:
    issuer = reader.next(der.SEQUENCE).encoded
    serial = reader.integer()
    reader.done()
    return issuer, serial


def _originator_key(reader: der.Reader) -> tuple[bytes, bytes]:
    algorithm = reader.next(der.SEQUENCE).encoded
    point = reader.bits()
    reader.done()
    return algorithm, point


def _user_material(reader: der.Reader) -> bytes | None:
    if reader.peek() != _UKM_TAG:
        return None
    wrapper = reader.inside(_UKM_TAG)
    ukm = wrapper.octets()
    wrapper.done()
    if len(ukm) != _UKM_BYTES:
        reader.refuse("ukm", f"user keying material of {len(ukm)} bytes")
    return ukm


def _agreement(reader: der.Reader) -> KeyType:
    algorithm = reader.next(der.OID).encoded
    reader.exactly(_AES256_WRAP, "key_algorithm")
    reader.done()
    if algorithm not in _KEY_TYPES:
        reader.refuse("key_algorithm", "not an ECDH scheme of the profile")
    return _KEY_TYPES[algorithm]
