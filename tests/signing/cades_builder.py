"""Write CMS signatures of our own, piece by piece, so that a test may bend any one of them.

Written from RFC 5652 and EN 319 122-1 with ``signing.der``, which the reader under test does not use.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import new as new_digest
from hashlib import sha256

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, padding, rsa
from cryptography.x509 import SubjectKeyIdentifier

from signing import der
from signing.certificates import issuer_and_serial
from tests.signing import pki

SIGNED_DATA, DATA, TST_INFO = "1.2.840.113549.1.7.2", "1.2.840.113549.1.7.1", "1.2.840.113549.1.9.16.1.4"
CONTENT_TYPE, MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
SIGNING_TIME, COUNTER = "1.2.840.113549.1.9.5", "1.2.840.113549.1.9.6"
PROTECTION = "1.2.840.113549.1.9.52"
ESS_V1, ESS_V2 = "1.2.840.113549.1.9.16.2.12", "1.2.840.113549.1.9.16.2.47"
SIGNATURE_STAMP, CONTENT_STAMP = "1.2.840.113549.1.9.16.2.14", "1.2.840.113549.1.9.16.2.20"
CERT_REFS, REV_REFS = "1.2.840.113549.1.9.16.2.21", "1.2.840.113549.1.9.16.2.22"
CERT_VALUES, REV_VALUES = "1.2.840.113549.1.9.16.2.23", "1.2.840.113549.1.9.16.2.24"
ESC_STAMP, REFS_STAMP = "1.2.840.113549.1.9.16.2.25", "1.2.840.113549.1.9.16.2.26"
ARCHIVE_V2, ARCHIVE_V3 = "1.2.840.113549.1.9.16.2.48", "0.4.0.1733.2.4"
INDEX_V1, INDEX_V3 = "0.4.0.1733.2.5", "0.4.0.19122.1.5"
POLICY, MIME, HINTS = "1.2.840.113549.1.9.16.2.15", "0.4.0.1733.2.1", "1.2.840.113549.1.9.16.2.4"
ADBE = "1.2.840.113583.1.1.8"
OCSP_RESPONSE, OCSP_BASIC = "1.3.6.1.5.5.7.16.2", "1.3.6.1.5.5.7.48.1.1"

DIGESTS = {
    "md5": "1.2.840.113549.2.5",
    "sha1": "1.3.14.3.2.26",
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
    "sha512": "2.16.840.1.101.3.4.2.3",
    "sha3_256": "2.16.840.1.101.3.4.2.8",
}
_RSA = {"md5": 4, "sha1": 5, "sha256": 11, "sha384": 12, "sha512": 13}


def algorithm(name: str, *, null: bool = True) -> bytes:
    return der.sequence(der.oid(DIGESTS[name]), der.null() if null else b"")


def attribute(kind: str, *values: bytes) -> bytes:
    return der.sequence(der.oid(kind), der.tlv(der.SET, b"".join(values)))


def utc_time(moment: datetime) -> bytes:
    return der.tlv(0x17, moment.strftime("%y%m%d%H%M%SZ").encode())


def ess_v2(certificate: bytes, digest: str = "sha256", *, issuer: bytes = b"") -> bytes:
    chosen = b"" if digest == "sha256" else algorithm(digest)
    entry = der.sequence(chosen, der.octets(new_digest(digest, certificate).digest()), issuer)
    return attribute(ESS_V2, der.sequence(der.sequence(entry)))


def ess_v1(certificate: bytes) -> bytes:
    entry = der.sequence(der.octets(new_digest("sha1", certificate).digest()))
    return attribute(ESS_V1, der.sequence(der.sequence(entry)))


def issuer_serial(certificate: bytes) -> bytes:
    issuer, serial = issuer_and_serial(certificate)
    return der.sequence(der.sequence(der.explicit(4, issuer)), der.integer(serial))


def other_hash(data: bytes, name: str = "sha256") -> bytes:
    return der.sequence(algorithm(name), der.octets(new_digest(name, data).digest()))


@dataclass
class Signer:
    """One SignerInfo: every field is an encoding, and ``unsigned`` holds whole attributes."""

    sid: bytes
    digest_algorithm: bytes
    signed: bytes
    signature_algorithm: bytes
    signature: bytes
    version: int = 1
    unsigned: list[bytes] = field(default_factory=list)

    @property
    def head(self) -> bytes:
        """Return the fields up to the value, as they stand in the file."""
        return (
            der.integer(self.version)
            + self.sid
            + self.digest_algorithm
            + self.signed
            + self.signature_algorithm
            + der.octets(self.signature)
        )

    def dump(self) -> bytes:
        tail = der.tlv(0xA1, b"".join(self.unsigned)) if self.unsigned else b""
        return der.sequence(self.head, tail)


@dataclass
class Cms:
    """One SignedData. ``content`` is None when it is detached; ``crls`` are whole RevocationInfoChoices."""

    signers: list[Signer]
    content: bytes | None = b"Bonjour"
    content_type: str = DATA
    certificates: list[bytes] = field(default_factory=list)
    crls: list[bytes] = field(default_factory=list)
    digests: tuple[str, ...] = ("sha256",)

    @property
    def encapsulated(self) -> bytes:
        inner = b"" if self.content is None else der.explicit(0, der.octets(self.content))
        return der.sequence(der.oid(self.content_type), inner)

    def sets(self) -> bytes:
        certificates = der.tlv(0xA0, b"".join(self.certificates)) if self.certificates else b""
        return certificates + (der.tlv(0xA1, b"".join(self.crls)) if self.crls else b"")

    def body(self) -> bytes:
        return (
            der.integer(1)
            + der.tlv(der.SET, b"".join(algorithm(name) for name in self.digests))
            + self.encapsulated
            + self.sets()
            + der.tlv(der.SET, b"".join(signer.dump() for signer in self.signers))
        )

    def dump(self) -> bytes:
        return der.sequence(der.oid(SIGNED_DATA), der.explicit(0, der.sequence(self.body())))

    def dump_ber(self, piece: int = 3) -> bytes:
        """Return BER: indefinite lengths, the content in pieces."""
        content = self.content or b""
        pieces = [der.octets(content[at : at + piece]) for at in range(0, len(content), piece)]
        wrapped = indefinite(0xA0, indefinite(0x24, *pieces)) if self.content is not None else b""
        body = (
            der.integer(1)
            + der.tlv(der.SET, b"".join(algorithm(name) for name in self.digests))
            + indefinite(0x30, der.oid(self.content_type), wrapped)
            + self.sets()
            + der.tlv(der.SET, b"".join(signer.dump() for signer in self.signers))
        )
        return indefinite(0x30, der.oid(SIGNED_DATA), indefinite(0xA0, indefinite(0x30, body)))


def indefinite(tag: int, *parts: bytes) -> bytes:
    return bytes([tag, 0x80]) + b"".join(parts) + b"\0\0"


Key = pki.Key | dsa.DSAPrivateKey | ed25519.Ed25519PrivateKey


@dataclass(frozen=True)
class Scheme:
    """How to sign: the identifier of the algorithm, and the signing itself."""

    identifier: bytes
    sign: Callable[[bytes], bytes]


def scheme(key: Key, digest: str = "sha256", *, pss: bool = False) -> Scheme:
    chosen: hashes.HashAlgorithm = getattr(hashes, digest.upper())()
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return Scheme(der.sequence(der.oid("1.3.101.112")), key.sign)
    if isinstance(key, dsa.DSAPrivateKey):
        return Scheme(der.sequence(der.oid("2.16.840.1.101.3.4.3.2")), lambda data: key.sign(data, chosen))
    if isinstance(key, ec.EllipticCurvePrivateKey):
        last = {"sha1": "1", "sha256": "3.2", "sha384": "3.3", "sha512": "3.4"}[digest]
        return Scheme(
            der.sequence(der.oid(f"1.2.840.10045.4.{last}")), lambda data: key.sign(data, ec.ECDSA(chosen))
        )
    if pss:
        return _pss(key, digest, chosen)
    identifier = der.sequence(der.oid(f"1.2.840.113549.1.1.{_RSA[digest]}"), der.null())
    return Scheme(identifier, lambda data: key.sign(data, padding.PKCS1v15(), chosen))


def _pss(key: rsa.RSAPrivateKey, digest: str, chosen: hashes.HashAlgorithm) -> Scheme:
    mask = der.sequence(der.oid("1.2.840.113549.1.1.8"), algorithm(digest))
    size = chosen.digest_size
    parameters = der.sequence(
        der.explicit(0, algorithm(digest)), der.explicit(1, mask), der.explicit(2, der.integer(size))
    )
    identifier = der.sequence(der.oid("1.2.840.113549.1.1.10"), parameters)
    return Scheme(identifier, lambda data: key.sign(data, padding.PSS(padding.MGF1(chosen), size), chosen))


def sid_of(certificate: bytes) -> bytes:
    issuer, serial = issuer_and_serial(certificate)
    return der.sequence(issuer, der.integer(serial))


def key_sid_of(holder: pki.Holder) -> bytes:
    return der.tlv(0x80, SubjectKeyIdentifier.from_public_key(holder.key.public_key()).digest)


def signed_attributes(
    certificate: bytes,
    content: bytes,
    *,
    digest: str = "sha256",
    content_type: str = DATA,
    extra: Sequence[bytes] = (),
    without: Sequence[str] = (),
) -> list[bytes]:
    """Return the attributes of a B-B signature, ``without`` some kinds and with ``extra`` ones."""
    made = {
        CONTENT_TYPE: attribute(CONTENT_TYPE, der.oid(content_type)),
        MESSAGE_DIGEST: attribute(MESSAGE_DIGEST, der.octets(new_digest(digest, content).digest())),
        SIGNING_TIME: attribute(SIGNING_TIME, utc_time(pki.NOW)),
        ESS_V2: ess_v2(certificate),
    }
    return [*(item for kind, item in made.items() if kind not in without), *extra]


def sign(
    attributes: Sequence[bytes],
    certificate: bytes,
    chosen: Scheme,
    *,
    digest: str = "sha256",
    sorted_in_file: bool = True,
    signed_as_transmitted: bool = False,
) -> Signer:
    """Sign attributes: sorted, as DER demands, or not in the file, or not even in what is signed."""
    stored = sorted(attributes) if sorted_in_file else list(attributes)
    canonical = der.tlv(der.SET, b"".join(stored if signed_as_transmitted else sorted(attributes)))
    return Signer(
        sid=sid_of(certificate),
        digest_algorithm=algorithm(digest),
        signed=der.tlv(0xA0, b"".join(stored)),
        signature_algorithm=chosen.identifier,
        signature=chosen.sign(canonical),
    )


def simple(
    holder: pki.Holder | None = None,
    content: bytes = b"Bonjour",
    *,
    detached: bool = False,
    extra: Sequence[bytes] = (),
    without: Sequence[str] = (),
) -> Cms:
    """Return a B-B signature of a signer of the test PKI."""
    maker = holder or pki.signer()
    attributes = signed_attributes(maker.der, content, extra=extra, without=without)
    signer = sign(attributes, maker.der, scheme(maker.key))
    return Cms([signer], None if detached else content, certificates=list(maker.chain))


def counter(signer: Signer, holder: pki.Holder, *, extra: Sequence[bytes] = ()) -> Signer:
    """Return a counter-signature (RFC 5652, 11.4) over a signer's value, not yet put among its attributes."""
    attributes = signed_attributes(holder.der, signer.signature, without=(CONTENT_TYPE,), extra=extra)
    return sign(attributes, holder.der, scheme(holder.key))


def stamped(cms: Cms, at: datetime = pki.NOW, *, over: bytes | None = None, unit: str = "tsa") -> Cms:
    """Add a signature time-stamp to the first signer, over its value unless told otherwise."""
    signer = cms.signers[0]
    token = pki.stamp(signer.signature if over is None else over, at, unit=unit)
    signer.unsigned.append(attribute(SIGNATURE_STAMP, token))
    return cms


def other_revocation(response: bytes, kind: str = OCSP_RESPONSE) -> bytes:
    return der.explicit(1, der.oid(kind) + response)


def archived_v2(cms: Cms, at: datetime, *, tagged: bool = True, document: bytes = b"") -> Cms:
    """Add an archive-time-stamp-v2 (TS 101 733, 6.4.1) over all that is there."""
    signer = cms.signers[0]
    attributes = b"".join(signer.unsigned)
    last = der.tlv(0xA1, attributes) if tagged else attributes
    over = cms.encapsulated + document + cms.sets() + signer.head + last
    signer.unsigned.append(attribute(ARCHIVE_V2, pki.stamp(over, at)))
    return cms


def archived_v3(
    cms: Cms,
    at: datetime,
    *,
    version: int = 3,
    digest: str = "sha256",
    document: bytes | None = None,
    index: bytes | None = None,
) -> Cms:
    """Add an archive-time-stamp-v3 (EN 319 122-1, 5.5.3) with its ats-hash-index."""
    signer = cms.signers[0]
    inside = index or hash_index(cms, version, digest)
    content = cms.content if document is None else document
    over = der.oid(cms.content_type) + sha256(content or b"").digest() + signer.head + inside
    kind = INDEX_V3 if version == 3 else INDEX_V1
    token = with_unsigned(pki.stamp(over, at), attribute(kind, inside))
    signer.unsigned.append(attribute(ARCHIVE_V3, token))
    return cms


def hash_index(cms: Cms, version: int, digest: str) -> bytes:
    def hashed(items: Sequence[bytes]) -> bytes:
        return der.sequence(*(der.octets(new_digest(digest, item).digest()) for item in items))

    unsigned = cms.signers[0].unsigned
    if version == 3:
        unsigned = [part for item in unsigned for part in _values(item)]
    chosen = b"" if digest == "sha256" else algorithm(digest)
    return der.sequence(chosen, hashed(cms.certificates), hashed(cms.crls), hashed(unsigned))


def _values(item: bytes) -> list[bytes]:
    """Return the type joined to each value of an attribute."""
    reader = der.Reader(item, code="test").inside(der.SEQUENCE)
    kind = reader.any().encoded
    inner = reader.inside(der.SET)
    found = []
    while inner.more():
        found.append(kind + inner.any().encoded)
    return found


def with_unsigned(token: bytes, *attributes: bytes) -> bytes:
    """Add unsigned attributes to the one signer of a token."""
    outer = der.Reader(token, code="test").inside(der.SEQUENCE)
    kind = outer.any().encoded
    body = outer.inside(0xA0).inside(der.SEQUENCE)
    parts = []
    while body.more():
        parts.append(body.any())
    info = der.Reader(parts[-1].content, code="test").inside(der.SEQUENCE)
    fields = b""
    while info.more():
        fields += info.any().encoded
    signers = der.tlv(der.SET, der.sequence(fields, der.tlv(0xA1, b"".join(attributes))))
    kept = b"".join(part.encoded for part in parts[:-1])
    return der.sequence(kind, der.explicit(0, der.sequence(kept, signers)))
