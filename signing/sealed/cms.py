"""Seal small contents to certificates and open them: one fixed profile of CMS AuthEnvelopedData.

RFC 5083 (structure), 5084 (AES-GCM), 5753 (ECDH), 4055 (RSA-OAEP), in strict DER. What stock
``openssl cms`` writes with the matching options is within the profile; everything else is refused.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from signing import der
from signing.certificates import PrivateKey, Recipient, key_type_of
from signing.errors import SealedError
from signing.sealed import recipients
from signing.sealed.recipients import RecipientInfo

CODE = "bid.cms_refused"
MAX_BYTES = 1 << 20
"""Room for hundreds of recipients; a key packet is a few kilobytes."""

_CONTENT_TYPE = der.oid("1.2.840.113549.1.9.16.1.23")
_DATA = der.oid("1.2.840.113549.1.7.1")
_AES256_GCM = der.oid("2.16.840.1.101.3.4.1.46")
_NONCE_BYTES = 12
_TAG_BYTES = 16
_KEY_BYTES = 32
_CONTENT_TAG = 0x80


@dataclass(frozen=True, slots=True)
class Message:
    """A parsed message: who it is addressed to, and the encrypted content."""

    recipients: tuple[RecipientInfo, ...]
    nonce: bytes
    sealed: bytes


def seal(content: bytes, to: Sequence[Recipient]) -> bytes:
    """Encrypt a content to recipients, each of whom can open it alone; return DER."""
    key, nonce = os.urandom(_KEY_BYTES), os.urandom(_NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, content, None)
    infos = [recipients.wrap(key, recipient) for recipient in to]
    return der.sequence(
        _CONTENT_TYPE,
        der.explicit(
            0,
            der.sequence(
                der.integer(0),
                der.set_of(*infos),
                der.sequence(_DATA, _gcm_algorithm(nonce), der.tlv(_CONTENT_TAG, sealed[:-_TAG_BYTES])),
                der.octets(sealed[-_TAG_BYTES:]),
            ),
        ),
    )


def parse(data: bytes) -> Message:
    """Read a message without any key; refuse what leaves the profile (``bid.cms_refused`` + ``reason``)."""
    if len(data) > MAX_BYTES:
        _refuse("size", f"{len(data)} bytes")
    outer = der.Reader(data, code=CODE)
    info = outer.inside(der.SEQUENCE)
    outer.done()
    info.exactly(_CONTENT_TYPE, "content_type")
    wrapper = info.inside(der.VERSION_TAG)
    info.done()
    body = wrapper.inside(der.SEQUENCE)
    wrapper.done()
    body.exactly(der.integer(0), "version")
    infos = tuple(recipients.parse(value, code=CODE) for value in body.set_of())
    nonce, ciphertext = _encrypted_content(body.inside(der.SEQUENCE))
    tag = body.octets()
    body.done()
    if not infos or len({info.identity for info in infos}) != len(infos):
        _refuse("recipients", "no recipient, or the same one twice")
    if len(tag) != _TAG_BYTES:
        _refuse("algorithm", f"a tag of {len(tag)} bytes")
    return Message(infos, nonce, ciphertext + tag)


def unseal(data: bytes, private_key: PrivateKey, recipient: Recipient | None = None) -> bytes:
    """Open a message with one private key.

    Give the ``recipient`` read from the holder's certificate to try only the entry addressed to it;
    without a certificate every entry of the key's kind is tried. Raises ``bid.wrong_key`` when none opens.
    """
    message = parse(data)
    key_type = key_type_of(private_key)
    for info in message.recipients:
        if info.key_type is not key_type or (
            recipient and info.identity != (recipient.issuer, recipient.serial)
        ):
            continue
        key = recipients.unwrap(info, private_key)
        if key is not None:
            return _decrypt(message, key)
    raise SealedError("bid.wrong_key", "this key is not a recipient of the message")


def _decrypt(message: Message, key: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(message.nonce, message.sealed, None)
    except InvalidTag as error:
        raise SealedError("bid.damaged", "the key packet fails authentication", part="packet") from error


def _gcm_algorithm(nonce: bytes) -> bytes:
    return der.sequence(_AES256_GCM, der.sequence(der.octets(nonce), der.integer(_TAG_BYTES)))


def _encrypted_content(reader: der.Reader) -> tuple[bytes, bytes]:
    reader.exactly(_DATA, "content_type")
    algorithm = reader.inside(der.SEQUENCE)
    algorithm.exactly(_AES256_GCM, "algorithm")
    parameters = algorithm.inside(der.SEQUENCE)
    algorithm.done()
    nonce = parameters.octets()
    parameters.exactly(der.integer(_TAG_BYTES), "algorithm")
    parameters.done()
    content = reader.octets(_CONTENT_TAG)
    reader.done()
    if len(nonce) != _NONCE_BYTES:
        _refuse("algorithm", f"a nonce of {len(nonce)} bytes")
    return nonce, content


def _refuse(reason: str, detail: str) -> NoReturn:
    raise SealedError(CODE, detail, reason=reason)
