"""Load a holder's private key (PKCS#8 or PKCS#12) and export one in the single form of pli/1."""

import os
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
    load_pem_private_key,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12

from signing import der
from signing.certificates import PrivateKey, key_type_of
from signing.errors import SealedError

PBKDF2_ROUNDS = 600_000
"""OWASP's floor for PBKDF2-HMAC-SHA-256."""

_SALT_BYTES = 16
_BLOCK_BITS = 128
_PBES2 = der.oid("1.2.840.113549.1.5.13")
_PBKDF2 = der.oid("1.2.840.113549.1.5.12")
_HMAC_SHA256 = der.oid("1.2.840.113549.2.9")
_AES256_CBC = der.oid("2.16.840.1.101.3.4.1.42")


@dataclass(frozen=True, slots=True)
class LoadedKey:
    """A private key and, from a PKCS#12 file, its certificate."""

    private_key: PrivateKey = field(repr=False)
    certificate: bytes | None = None


def load(data: bytes, passphrase: bytes | None = None) -> LoadedKey:
    """Read a private key file: PKCS#8 in DER or PEM, encrypted or not, or PKCS#12.

    Raises ``bid.passphrase_needed``, ``bid.wrong_passphrase`` or ``bid.key_refused``.
    """
    if data.lstrip().startswith(b"-----BEGIN"):
        return _checked(_pkcs8(load_pem_private_key, data, passphrase))
    if _is_pkcs12(data):
        return _pkcs12(data, passphrase)
    return _checked(_pkcs8(load_der_private_key, data, passphrase))


def export(private_key: PrivateKey, passphrase: bytes, rounds: int = PBKDF2_ROUNDS) -> bytes:
    """Return an EncryptedPrivateKeyInfo: PBES2, PBKDF2-HMAC-SHA-256, AES-256-CBC (RFC 8018)."""
    plain = private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    salt, iv = os.urandom(_SALT_BYTES), os.urandom(_SALT_BYTES)
    key = PBKDF2HMAC(SHA256(), 32, salt, rounds).derive(passphrase)
    padder = padding.PKCS7(_BLOCK_BITS).padder()
    encryptor = Cipher(AES(key), CBC(iv)).encryptor()
    sealed = encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()
    prf = der.sequence(_HMAC_SHA256, der.null())
    derivation = der.sequence(_PBKDF2, der.sequence(der.octets(salt), der.integer(rounds), prf))
    cipher = der.sequence(_AES256_CBC, der.octets(iv))
    return der.sequence(der.sequence(_PBES2, der.sequence(derivation, cipher)), der.octets(sealed))


def _is_pkcs12(data: bytes) -> bool:
    """Tell a PFX, whose first field is the version 3, from a PKCS#8 key (version 0, or an algorithm)."""
    return b"\x02\x01\x03" in data[:10]


def _pkcs8(loader: object, data: bytes, passphrase: bytes | None) -> object:
    assert callable(loader)
    try:
        return loader(data, passphrase)
    except TypeError as error:
        # The one loader raises TypeError both for a missing and for a superfluous passphrase.
        if passphrase is None:
            raise SealedError("bid.passphrase_needed", str(error)) from error
        return _pkcs8(loader, data, None)
    except ValueError as error:
        code = "bid.key_refused" if passphrase is None else "bid.wrong_passphrase"
        raise SealedError(code, str(error), reason="unreadable") from error


def _pkcs12(data: bytes, passphrase: bytes | None) -> LoadedKey:
    try:
        bag = load_pkcs12(data, passphrase)
    except ValueError as error:
        code = "bid.passphrase_needed" if passphrase is None else "bid.wrong_passphrase"
        raise SealedError(code, str(error)) from error
    certificate = None if bag.cert is None else bag.cert.certificate.public_bytes(Encoding.DER)
    return _checked(bag.key, certificate)


def _checked(key: object, certificate: bytes | None = None) -> LoadedKey:
    if not isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey):
        raise SealedError("bid.key_refused", f"{type(key).__name__} opens no bid", reason="key_type")
    try:
        key_type_of(key)
    except SealedError as error:
        raise SealedError("bid.key_refused", error.detail, reason=error.params["reason"]) from error
    return LoadedKey(key, certificate)
