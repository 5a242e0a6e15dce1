"""Read RFC 3161 time-stamp tokens: what they say, whether they are sound, whether they are over the right data.

Nothing is judged here: trust in the authority, the time and the order of several stamps are for ``signing.rules``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from signing import limits
from signing.cades import algorithms, attributes, oids, signed_data
from signing.cades.algorithms import UnknownAlgorithm
from signing.cades.ber import (
    GENERALIZED_TIME,
    INTEGER,
    OCTET_STRING,
    SEQUENCE,
    BadBer,
    Node,
    parse,
)
from signing.cades.material import of_signature
from signing.cades.signed_data import SignedData, SignerInfo
from signing.cades.value import Checked, check
from signing.errors import Unverifiable
from signing.facts import AlgorithmUse, StampFacts, StampKind
from signing.types import Finding

#: The stamped bytes, or a function that gives their digest for a hashlib name (None: not to be had).
Imprinted = bytes | Callable[[str], bytes | None] | None

_GRANTED = {0, 1}


@dataclass(frozen=True, slots=True)
class TstInfo:
    """What a token states (RFC 3161, 2.4.2); ``algorithm`` is None when it is not a known digest."""

    policy: str
    algorithm: str | None
    imprint: bytes = field(repr=False)
    serial: int
    gen_time: datetime
    nonce: int | None = None


def read(
    token: bytes,
    imprinted: Imprinted,
    *,
    id: str,  # noqa: A002 - the contract's word, the field of StampFacts
    kind: StampKind,
    extra_certs: Sequence[bytes] = (),
    covers: frozenset[bytes] = frozenset(),
) -> StampFacts:
    """Read a TimeStampToken (CMS ContentInfo in BER or DER) and compare its imprint with the stamped data.

    ``imprinted`` is the stamped data, or a function giving its digest for a hashlib name (``sha256``), or None when
    it is not at hand. ``extra_certs`` are where the authority's certificate may be when the token has it not.
    ``covers`` are SHA-256 of the objects that the data is made of. Never raises: a token that cannot be read gives
    facts that are not sound, with the finding ``cms.stamp_unreadable``.
    """
    try:
        signed = signed_data.from_node(parse(token))
        info = tst_info(signed)
        (signer,) = signed.signers
        return _facts(signed, signer, info, imprinted, _Asked(id, kind, token, tuple(extra_certs), covers))
    except (BadBer, UnknownAlgorithm, ValueError) as error:
        return _unreadable(id, kind, str(error))


def read_response(
    data: bytes,
    imprinted: Imprinted = None,
    *,
    id: str = "timestamp-1",  # noqa: A002 - the contract's word, the field of StampFacts
    extra_certs: Sequence[bytes] = (),
) -> StampFacts:
    """Read a file that is a TimeStampResp or a bare TimeStampToken, in DER, BER or PEM.

    Raises Unverifiable (UNREADABLE) when it is neither, or when the authority refused to stamp.
    """
    return read(token_of(data), imprinted, id=id, kind=StampKind.STANDALONE, extra_certs=extra_certs)


def token_of(data: bytes) -> bytes:
    """Return the token of a TimeStampResp or of a bare token file; raises Unverifiable."""
    from signing.cades.armour import unarmoured

    try:
        if len(data) > limits.TOKEN_BYTES:
            raise Unverifiable("TOO_LARGE", "cms.too_large", f"{len(data)} bytes")
        node = parse(unarmoured(data)).expect(SEQUENCE)
        token = _granted(node) if node.child(0).tag == SEQUENCE else node
        tst_info(signed_data.from_node(token))
    except BadBer as error:
        raise Unverifiable("UNREADABLE", "cms.not_a_stamp", error.detail, offset=error.offset) from error
    return token.raw


def is_stamp(data: bytes) -> bool:
    """Tell whether a file is a time-stamp response or token rather than a signature."""
    try:
        token_of(data)
    except Unverifiable:
        return False
    return True


def tst_info(signed: SignedData) -> TstInfo:
    """Read the TSTInfo that a token encapsulates; raises BadBer."""
    if signed.content_type != oids.TST_INFO or signed.content is None:
        raise BadBer("a CMS that is not a time-stamp token", signed.node.start)
    node = parse(signed.content).expect(SEQUENCE)
    imprint = node.child(2, SEQUENCE)
    try:
        algorithm: str | None = algorithms.digest_name(imprint.child(0, SEQUENCE))
    except UnknownAlgorithm:
        algorithm = None
    return TstInfo(
        policy=node.child(1).oid(),
        algorithm=algorithm,
        imprint=imprint.child(1, OCTET_STRING).octets(),
        serial=node.child(3, INTEGER).integer(),
        gen_time=node.child(4, GENERALIZED_TIME).time(),
        nonce=next((item.integer() for item in node.children[5:] if item.tag == INTEGER), None),
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    id: str
    kind: StampKind
    token: bytes
    extra_certs: tuple[bytes, ...]
    covers: frozenset[bytes]


def _granted(response: Node) -> Node:
    """Return the token of a TimeStampResp (RFC 3161, 2.4.2) that was granted."""
    status = response.child(0, SEQUENCE).child(0).integer()
    if status not in _GRANTED or len(response.children) == 1:
        raise Unverifiable("UNREADABLE", "cms.stamp_refused", f"status {status}", status=status)
    return response.child(1, SEQUENCE)


def _facts(
    signed: SignedData, signer: SignerInfo, info: TstInfo, imprinted: Imprinted, asked: _Asked
) -> StampFacts:
    material = of_signature(signed, signer)
    pool = signed_data.pool(tuple(material.certificates), asked.extra_certs)
    checked = check(signer, pool, content=signed.content, hashed=None, use="time-stamp")
    findings = [*_faults(signed, signer, checked), *checked.constraints]
    data_found, imprint_intact = _imprint(info, imprinted)
    return StampFacts(
        id=asked.id,
        kind=asked.kind,
        token=asked.token,
        gen_time=info.gen_time,
        certificate=checked.certificate.der if checked.certificate else None,
        signature_intact=bool(checked.value_intact) and not findings,
        data_found=data_found,
        imprint_intact=imprint_intact,
        imprint_algorithm=info.algorithm,
        policy=info.policy,
        serial=info.serial,
        certificates=tuple(material.certificates),
        crls=tuple(material.crls),
        ocsps=tuple(material.ocsps),
        covers=asked.covers if imprint_intact else frozenset(),
        algorithms=(
            *checked.uses,
            AlgorithmUse("message-digest", signer.digest),
            AlgorithmUse("imprint", info.algorithm),
        ),
        findings=(*findings, *checked.warnings),
    )


def _faults(signed: SignedData, signer: SignerInfo, checked: Checked) -> list[Finding]:
    """Say why a token is not a sound CMS over its TSTInfo, by a certificate for that sole use."""
    stated = attributes.read(signer, oids.TST_INFO)
    faults = list(stated.errors)
    if stated.message_digest != algorithms.digest(signer.digest, signed.content or b""):
        faults.append(Finding("cms.stamp_altered"))
    if checked.certificate is None:
        return [*faults, Finding("cms.stamp_no_certificate")]
    if not checked.value_intact:
        faults.append(Finding("cms.stamp_value"))
    if not checked.ess_match:
        faults.append(Finding("cms.stamp_certificate_reference"))
    if not checked.certificate.sole_purpose_is_stamping:
        faults.append(Finding("cms.stamp_certificate_use"))
    return faults


def _imprint(info: TstInfo, imprinted: Imprinted) -> tuple[bool, bool]:
    """Return whether the data is at hand, and whether the imprint is its digest."""
    if imprinted is None or info.algorithm is None:
        return imprinted is not None, False
    try:
        expected = (
            imprinted(info.algorithm) if callable(imprinted) else algorithms.digest(info.algorithm, imprinted)
        )
    except (UnknownAlgorithm, LookupError):
        expected = None
    return expected is not None, expected == info.imprint


def _unreadable(name: str, kind: StampKind, detail: str) -> StampFacts:
    return StampFacts(
        id=name,
        kind=kind,
        token=b"",
        gen_time=None,
        certificate=None,
        signature_intact=False,
        data_found=False,
        imprint_intact=False,
        imprint_algorithm=None,
        findings=(Finding("cms.stamp_unreadable", {"detail": detail}),),
    )
