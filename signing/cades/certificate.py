"""Take the few fields of a certificate that identification needs, from its bytes as they stand.

The path is judged elsewhere, with a full parser; here a certificate that a strict parser would refuse must still be
recognised as the one that signed.
"""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from signing.cades import algorithms, oids
from signing.cades.ber import OCTET_STRING, SEQUENCE, BadBer, Node, parse
from signing.path.cache import certificate as strictly

#: Larger certificates are read each time, so that the memory held stays small.
_USUAL_BYTES = 16 << 10
_VERSION, _EXTENSIONS = 0xA0, 0xA3
_PRINTABLE = {0x0C: "utf-8", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii", 0x1A: "ascii", 0x1E: "utf-16-be"}


@dataclass(frozen=True, eq=False)
class Certificate:
    """A certificate's identity: its DER, issuer and subject as encoded, serial, key and extensions."""

    der: bytes = field(repr=False)
    issuer: bytes = field(repr=False)
    serial: int
    subject: bytes = field(repr=False)
    spki: bytes = field(repr=False)
    wrapper: Node | None = field(repr=False)

    @cached_property
    def extensions(self) -> dict[str, tuple[bool, bytes]]:
        """Return the extensions by OID, critical or not, with their value; raises BadBer."""
        listed = () if self.wrapper is None else self.wrapper.child(0).children
        return dict(_extension(item) for item in listed)

    @cached_property
    def _digests(self) -> dict[str, bytes]:
        return {}

    def digest(self, algorithm: str) -> bytes:
        """Return the certificate's digest under a hashlib name; raises algorithms.UnknownAlgorithm."""
        if algorithm not in self._digests:
            self._digests[algorithm] = algorithms.digest(algorithm, self.der)
        return self._digests[algorithm]

    @cached_property
    def key_identifiers(self) -> frozenset[bytes]:
        """Return what may name the key: the extension's value, and the SHA-1 of the key (RFC 5280, 4.2.1.2)."""
        _, stated = self.extensions.get(oids.SUBJECT_KEY_IDENTIFIER, (False, b""))
        try:
            computed = hashlib.sha1(parse(self.spki).child(1).bits(), usedforsecurity=False).digest()
            return frozenset({computed, parse(stated).octets()} if stated else {computed})
        except BadBer:
            return frozenset()

    @property
    def sole_purpose_is_stamping(self) -> bool:
        """Tell whether the extended key usage is critical and names time-stamping alone (RFC 3161, 2.3)."""
        critical, value = self.extensions.get(oids.EXTENDED_KEY_USAGE, (False, b""))
        try:
            purposes = [purpose.oid() for purpose in parse(value).expect(SEQUENCE).children] if value else []
        except BadBer:
            return False
        return critical and purposes == [oids.TIME_STAMPING]

    def issued_by(self, issuer: bytes, serial: int) -> bool:
        """Tell whether an issuer's name and a serial number name this certificate."""
        return self.serial == serial and same_name(self.issuer, issuer)


def read(der: bytes) -> Certificate | None:
    """Return what identifies a certificate, None when the bytes are not one."""
    return _remembered(der) if len(der) <= _USUAL_BYTES else _attempt(der)


def _attempt(der: bytes) -> Certificate | None:
    try:
        return _read(der)
    except BadBer:
        return None


#: The same few certificates stand in every token of a file.
_remembered = lru_cache(maxsize=512)(_attempt)


def _read(der: bytes) -> Certificate:
    body = parse(der).expect(SEQUENCE).child(0, SEQUENCE)
    fields = list(body.children)
    if fields and fields[0].tag == _VERSION:
        fields.pop(0)
    if len(fields) < 6:  # noqa: PLR2004 - serial, signature, issuer, validity, subject, key (RFC 5280, 4.1)
        raise BadBer("a certificate is cut short", body.start)
    wrapper = next((item for item in fields[6:] if item.tag == _EXTENSIONS), None)
    found = Certificate(
        der=der,
        issuer=fields[2].expect(SEQUENCE).raw,
        serial=fields[0].integer(),
        subject=fields[4].expect(SEQUENCE).raw,
        spki=fields[5].expect(SEQUENCE).raw,
        wrapper=wrapper,
    )
    known = strictly(der)
    if known is None or known.strict is None:
        # No strict parser has vouched for the form of the extensions: they are read now or the certificate is none.
        found.extensions  # noqa: B018  # read for what it raises
    return found


def _extension(item: Node) -> tuple[str, tuple[bool, bytes]]:
    *middle, value = item.children[1:]
    critical = bool(middle) and middle[0].boolean()
    return item.child(0).oid(), (critical, value.expect(OCTET_STRING).octets())


def same_name(first: bytes, second: bytes) -> bool:
    """Compare two names: by bytes, then as text without case and repeated spaces (RFC 5280, 7.1, simplified)."""
    if first == second:
        return True
    try:
        return _text_of(parse(first)) == _text_of(parse(second))
    except (BadBer, UnicodeDecodeError):
        return False


def _text_of(name: Node) -> list[frozenset[tuple[str, str | bytes]]]:
    return [
        frozenset((pair.child(0).oid(), _comparable(pair.child(1))) for pair in part.children)
        for part in name.children
    ]


def _comparable(value: Node) -> str | bytes:
    encoding = _PRINTABLE.get(value.tag)
    return " ".join(value.content.decode(encoding).casefold().split()) if encoding else value.raw
