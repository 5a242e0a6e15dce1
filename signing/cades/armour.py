"""Take PEM armour off (RFC 7468), and bare Base64, which some mail and web tools hand over."""

import base64
import binascii
import re

from signing.cades.ber import SEQUENCE, BadBer

_PEM = re.compile(rb"-----BEGIN ([A-Z0-9 #]{1,40})-----\s(.*?)-----END \1-----", re.DOTALL)
#: Tools write the names of the certificates before the armour.
_PREAMBLE = 4_096
_BASE64 = re.compile(rb"[A-Za-z0-9+/=\s]+")
_LABELS = {b"CMS", b"PKCS7", b"PKCS #7 SIGNED DATA", b"SIGNATURE", b"TIME STAMP TOKEN", b"TIMESTAMP TOKEN"}


def unarmoured(data: bytes) -> bytes:
    """Return the DER or BER behind PEM or Base64, or the data itself; raises BadBer on broken armour."""
    if data[:1] == bytes([SEQUENCE]):
        return data
    if b"-----BEGIN " in data[:_PREAMBLE]:
        found = _PEM.search(data)
        if found is None or found[1] not in _LABELS:
            raise BadBer("PEM of another kind, or cut short", 0)
        return _decode(found[2])
    text = data.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text[:1] == b"M" and _BASE64.fullmatch(text):
        return _decode(text)
    return data


def _decode(text: bytes) -> bytes:
    body = b"".join(line for line in text.splitlines() if b":" not in line)
    try:
        return base64.b64decode(b"".join(body.split()), validate=True)
    except binascii.Error as error:
        raise BadBer("broken Base64", 0) from error
