"""A time-stamping authority for development and tests: RFC 3161 answers from a key in memory.

It is not qualified (eIDAS, article 42); receipts say so. Production asks a qualified authority instead.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from signing import der
from signing.certificates import issuer_and_serial
from signing.errors import SealedError

CODE = "timestamp.bad_request"
DIGEST_SIZES = {
    der.oid("2.16.840.1.101.3.4.2.1"): 32,
    der.oid("2.16.840.1.101.3.4.2.2"): 48,
    der.oid("2.16.840.1.101.3.4.2.3"): 64,
}

_SHA256 = der.sequence(der.oid("2.16.840.1.101.3.4.2.1"), der.null())
_ECDSA_SHA256 = der.sequence(der.oid("1.2.840.10045.4.3.2"))
_SIGNED_DATA = der.oid("1.2.840.113549.1.7.2")
_TST_INFO = der.oid("1.2.840.113549.1.9.16.1.4")
_CONTENT_TYPE = der.oid("1.2.840.113549.1.9.3")
_MESSAGE_DIGEST = der.oid("1.2.840.113549.1.9.4")
_SIGNING_CERTIFICATE_V2 = der.oid("1.2.840.113549.1.9.16.2.47")
_IMPLICIT_SET = 0xA0
_MAX_REQUEST_BYTES = 4096
_REJECTED = 2
_FAILURES = {"bad_algorithm": 0, "bad_request": 2, "unaccepted_policy": 15, "unaccepted_extension": 16}


@dataclass(frozen=True, slots=True)
class Request:
    """A time-stamp request taken apart (RFC 3161, 2.4.1)."""

    imprint: bytes
    policy: bytes | None
    nonce: bytes | None
    wants_certificate: bool


@dataclass(frozen=True, slots=True)
class Unit:
    """The authority's key, its certificate and the policy it states."""

    key: EllipticCurvePrivateKey = field(repr=False)
    certificate: bytes = field(repr=False)
    policy: str

    def issue(self, request: bytes, *, at: datetime, serial: int) -> bytes:
        """Answer a DER TimeStampReq with a granted, or a reasoned rejecting, DER TimeStampResp."""
        try:
            asked = parse_request(request)
        except SealedError as error:
            return reject(str(error.params["reason"]))
        if asked.policy not in (None, der.oid(self.policy)):
            return reject("unaccepted_policy")
        status = der.sequence(der.integer(0))
        return der.sequence(status, self._token(asked, self._info(asked, at, serial)))

    def _info(self, asked: Request, at: datetime, serial: int) -> bytes:
        accuracy = der.sequence(der.integer(1))
        return der.sequence(
            der.integer(1),
            der.oid(self.policy),
            asked.imprint,
            der.integer(serial),
            der.tlv(der.GENERALIZED_TIME, _generalized(at)),
            accuracy,
            asked.nonce or b"",
        )

    def _token(self, asked: Request, info: bytes) -> bytes:
        certificates = der.tlv(_IMPLICIT_SET, self.certificate) if asked.wants_certificate else b""
        content = der.sequence(_TST_INFO, der.explicit(0, der.octets(info)))
        signed = der.sequence(
            der.integer(3), der.set_of(_SHA256), content, certificates, der.set_of(self._signer(info))
        )
        return der.sequence(_SIGNED_DATA, der.explicit(0, signed))

    def _signer(self, info: bytes) -> bytes:
        issuer, serial = issuer_and_serial(self.certificate)
        ess = der.sequence(der.sequence(der.sequence(der.octets(sha256(self.certificate).digest()))))
        attributes = der.set_of(
            der.sequence(_CONTENT_TYPE, der.set_of(_TST_INFO)),
            der.sequence(_MESSAGE_DIGEST, der.set_of(der.octets(sha256(info).digest()))),
            der.sequence(_SIGNING_CERTIFICATE_V2, der.set_of(ess)),
        )
        # RFC 5652, 5.4: signed as a SET OF, stored under the implicit tag [0].
        signature = self.key.sign(attributes, ECDSA(SHA256()))
        return der.sequence(
            der.integer(1),
            der.sequence(issuer, der.integer(serial)),
            _SHA256,
            bytes([_IMPLICIT_SET]) + attributes[1:],
            _ECDSA_SHA256,
            der.octets(signature),
        )


def parse_request(data: bytes) -> Request:
    """Read a request, or refuse it with a ``reason`` that RFC 3161 has a failure code for."""
    outer = der.Reader(data[:_MAX_REQUEST_BYTES], code=CODE)
    try:
        return _request(outer)
    except SealedError as error:
        reason = error.params["reason"]
        raise SealedError(
            CODE, error.detail, reason=reason if reason in _FAILURES else "bad_request"
        ) from error


def reject(reason: str) -> bytes:
    """Return the DER TimeStampResp that refuses a request."""
    bit = _FAILURES[reason]
    size, unused = bit // 8 + 1, 7 - bit % 8
    flags = (1 << (8 * size - 1 - bit)).to_bytes(size, "big")
    failure = der.tlv(der.BIT_STRING, bytes([unused]) + flags)
    return der.sequence(der.sequence(der.integer(_REJECTED), failure))


def _request(outer: der.Reader) -> Request:
    reader = outer.inside(der.SEQUENCE)
    outer.done()
    reader.exactly(der.integer(1), "bad_request")
    imprint = reader.next(der.SEQUENCE)
    _check_imprint(der.Reader(imprint.content, code=CODE))
    policy = reader.next(der.OID).encoded if reader.peek() == der.OID else None
    nonce = reader.next(der.INTEGER).encoded if reader.peek() == der.INTEGER else None
    wants = reader.peek() == der.BOOLEAN
    if wants:
        reader.exactly(der.boolean(value=True), "bad_request")
    if reader.more():
        reader.refuse("unaccepted_extension", "extensions are not supported")
    return Request(imprint.encoded, policy, nonce, wants)


def _check_imprint(reader: der.Reader) -> None:
    algorithm = reader.inside(der.SEQUENCE)
    oid = algorithm.next(der.OID).encoded
    if algorithm.more():
        algorithm.exactly(der.null(), "bad_algorithm")
    algorithm.done()
    digest = reader.octets()
    reader.done()
    if DIGEST_SIZES.get(oid) != len(digest):
        reader.refuse("bad_algorithm", "an unknown digest, or one of the wrong size")


def _generalized(at: datetime) -> bytes:
    """Write an instant as DER GeneralizedTime: UTC, milliseconds, no trailing zero (X.690, 11.7)."""
    moment = at.astimezone(UTC)
    fraction = f".{moment.microsecond // 1000:03d}".rstrip("0").rstrip(".")
    return (moment.strftime("%Y%m%d%H%M%S") + fraction + "Z").encode("ascii")
