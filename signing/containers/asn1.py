"""Tell what a piece of ASN.1 is: a CMS signature, a time-stamp, or one of the files people take for a signature."""

import base64
import binascii
import re

from signing.errors import Unverifiable
from signing.types import Container

_DATA_TYPES = "1.2.840.113549.1.7."
_SIGNED = _DATA_TYPES + "2"
_ENCRYPTED = {_DATA_TYPES + "3", _DATA_TYPES + "4", _DATA_TYPES + "6", "1.2.840.113549.1.9.16.1.23"}
_TSTINFO = "1.2.840.113549.1.9.16.1.4"
_INTEGER, _OCTETS, _OID, _ENUMERATED, _SEQUENCE, _EXPLICIT = 0x02, 0x04, 0x06, 0x0A, 0x30, 0xA0
_PEM = re.compile(rb"-----BEGIN ([A-Z0-9 #.-]{1,64})-----\r?\n(.*?)-----END ", re.DOTALL)
_PEM_KEYS = re.compile(rb"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----")
_BARE = re.compile(rb"\s*MI[A-Za-z0-9+/\s]{100,}")


def unarmoured(data: bytes) -> bytes:
    """Return the BER of a file that may be in PEM, or in bare base64; other bytes come back as they are."""
    block = _PEM.search(data)
    if block:
        # Headers such as Proc-Type end with an empty line.
        body = block[2].rpartition(b"\n\n")[2] if b": " in block[2] else block[2]
    elif _BARE.match(data):
        body = data
    else:
        return data
    try:
        return base64.b64decode(b"".join(body.split()), validate=True)
    except binascii.Error as error:
        raise Unverifiable("UNREADABLE", "containers.pem_damaged", str(error)) from error


def armoured(head: bytes) -> bool:
    """Tell whether bytes begin a PEM or bare base64 file of the kinds that are looked at; keys are refused by name."""
    if _PEM_KEYS.search(head):
        raise Unverifiable("UNSUPPORTED", "containers.is_key", "private key")
    if b"-----BEGIN PGP " in head:
        raise Unverifiable("UNSUPPORTED", "containers.is_openpgp", "OpenPGP")
    return b"-----BEGIN " in head or _BARE.match(head) is not None


def kind(data: bytes) -> Container:
    """Return CMS or TIMESTAMP for BER bytes; raise Unverifiable, by name when it is something else."""
    from signing.cades.ber import BadBer, parse

    try:
        outer = parse(data).expect(_SEQUENCE)
        first = outer.child(0)
    except BadBer as error:
        raise Unverifiable(
            "UNREADABLE", "containers.asn1_damaged", error.detail, offset=error.offset
        ) from error
    try:
        if first.tag == _OID:
            return _content_info(data)
        if _is_response(data):
            return Container.TIMESTAMP
        reason = _other(data)
    except BadBer as error:
        raise Unverifiable(
            "UNREADABLE", "containers.asn1_damaged", error.detail, offset=error.offset
        ) from error
    raise Unverifiable("UNSUPPORTED", f"containers.{reason}", "other ASN.1")


def holds_content(data: bytes) -> bool:
    """Tell whether a CMS signature holds the document it signs; raises BadBer when it is no SignedData."""
    from signing.cades.ber import parse

    signed = parse(unarmoured(data)).child(1, _EXPLICIT).child(0, _SEQUENCE)
    return len(signed.child(2, _SEQUENCE).children) > 1


def _content_info(data: bytes) -> Container:
    from signing.cades.ber import BadBer, parse

    outer = parse(data)
    found = outer.child(0).oid()
    if found in _ENCRYPTED:
        raise Unverifiable("UNSUPPORTED", "containers.is_encrypted_cms", found)
    if found != _SIGNED:
        raise Unverifiable("UNSUPPORTED", "containers.is_other_cms", found, type=found)
    try:
        signed = outer.child(1, _EXPLICIT).child(0, _SEQUENCE)
        content = signed.child(2, _SEQUENCE).child(0, _OID).oid()
    except BadBer:
        # The reader of signatures says what is wrong with it.
        return Container.CMS
    return Container.TIMESTAMP if content == _TSTINFO else Container.CMS


def _is_response(data: bytes) -> bool:
    """Recognise TimeStampResp: a status (an INTEGER first) and, when granted, a signed ContentInfo."""
    from signing.cades.ber import parse

    parts = parse(data).children
    if parts[0].tag != _SEQUENCE or not parts[0].children or parts[0].child(0).tag != _INTEGER:
        return False
    if len(parts) == 1:
        return True
    if parts[1].tag != _SEQUENCE or not parts[1].children:
        return False
    return parts[1].child(0).tag == _OID and parts[1].child(0).oid() == _SIGNED


def _other(data: bytes) -> str:
    from signing.cades.ber import parse

    parts = parse(data).children
    first, second = parts[0], parts[1] if len(parts) > 1 else None
    if first.tag == _ENUMERATED:
        return "is_ocsp"
    if second is None:
        return "is_other_asn1"
    if first.tag == _INTEGER:
        return _numbered(
            first.integer(), second.tag, second.child(0).tag if second.constructed and second.children else 0
        )
    if first.tag == _SEQUENCE and second.tag == _SEQUENCE and first.children:
        return _signed_structure(
            first.child(0).tag, len(first.children), [part.tag for part in first.children]
        )
    return "is_other_asn1"


def _numbered(version: int, tag: int, inner: int) -> str:
    """Name a structure that begins with a version: key, key store, request of a time-stamp."""
    if version == 3 and tag == _SEQUENCE and inner == _OID:  # noqa: PLR2004 - the version of PKCS#12
        return "is_pkcs12"
    if version == 1 and tag == _SEQUENCE and inner == _SEQUENCE:
        return "is_timestamp_request"
    return "is_key" if tag in {_INTEGER, _OCTETS, _SEQUENCE} else "is_other_asn1"


def _signed_structure(first: int, count: int, tags: list[int]) -> str:
    """Name what an authority signs, by the shape of its signed part: certificate, list of revoked ones, request."""
    if first == _EXPLICIT:
        return "is_certificate"
    if first == _INTEGER and tags[1:4] == [_SEQUENCE, _SEQUENCE, _EXPLICIT]:
        return "is_certificate_request"
    if first == _INTEGER and count > 3 and tags[3] in {0x17, 0x18}:  # noqa: PLR2004 - version, algorithm, issuer, time
        return "is_crl"
    return "is_other_asn1"
