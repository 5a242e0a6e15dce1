"""Read the signed attributes of CMS and CAdES, and say which contradict the structure they stand in."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from signing.cades import algorithms, oids
from signing.cades.algorithms import UnknownAlgorithm
from signing.cades.ber import NULL, SEQUENCE, SET, BadBer, Node, parse
from signing.cades.signed_data import SignerInfo
from signing.types import Finding

#: At most one instance, of exactly one value (RFC 5652, 11; RFC 5035, 5; RFC 6211; EN 319 122-1, 5).
SINGLE = {
    oids.CONTENT_TYPE,
    oids.MESSAGE_DIGEST,
    oids.SIGNING_TIME,
    oids.ALGORITHM_PROTECTION,
    oids.SIGNING_CERTIFICATE,
    oids.SIGNING_CERTIFICATE_V2,
    oids.SIGNATURE_POLICY,
}
#: EN 319 122-1, 5.2.8: a signature may hold several, made by several authorities.
_REPEATABLE = {oids.CONTENT_TIMESTAMP}
_TEXTS = {0x0C: "utf-8", 0x13: "ascii", 0x16: "ascii", 0x1E: "utf-16-be"}
_TEXT_CHARACTERS = 2_000
_SIGNATURE_ALGORITHM = 0xA1


@dataclass(slots=True)
class Stated:
    """What the signed attributes say; ``extra`` holds JSON values."""

    message_digest: bytes | None = None
    signing_time: datetime | None = None
    errors: list[Finding] = field(default_factory=list)
    #: Attributes that are signed and well placed, and say nothing that can be read: no fault of the format.
    constraints: list[Finding] = field(default_factory=list)
    extra: dict[str, object] = field(default_factory=dict)


def read(signer: SignerInfo, content_type: str, *, counter: bool = False) -> Stated:
    """Read the signed attributes of a signer over content of a type; raises BadBer when they are not attributes."""
    stated = Stated()
    _check_single(signer, stated)
    if signer.signed is not None:
        _read_mandatory(signer, content_type, stated, counter=counter)
        _read_optional(signer, stated)
    elif content_type != oids.DATA and not counter:
        # RFC 5652, 5.3: the type would not be signed.
        stated.errors.append(Finding("cms.attributes_missing"))
    return stated


def looks_like_attributes(content: bytes | None) -> bool:
    """Tell whether content is itself a set of signed attributes.

    Such content under a signature without attributes is how a signature over attributes is passed off as one over
    chosen content.
    """
    if not content or content[0] != SET:
        return False
    try:
        found = {item.expect(SEQUENCE).child(0).oid() for item in parse(content).children}
    except BadBer:
        return False
    return oids.MESSAGE_DIGEST in found


def _check_single(signer: SignerInfo, stated: Stated) -> None:
    counts = Counter(item.oid for item in signer.signed_attributes)
    for oid, count in counts.items():
        if count > 1 and oid not in _REPEATABLE:
            stated.errors.append(Finding("cms.attribute_repeated", {"attribute": oid}))
    for item in signer.signed_attributes:
        if item.oid in SINGLE and len(item.values) != 1:
            stated.errors.append(Finding("cms.attribute_values", {"attribute": item.oid}))


def _read_mandatory(signer: SignerInfo, content_type: str, stated: Stated, *, counter: bool) -> None:
    kind = signer.signed_value(oids.CONTENT_TYPE)
    if kind is None:
        # RFC 5652, 11.4: a counter-signature has no content type.
        stated.errors.extend([] if counter else [Finding("cms.content_type_missing")])
    elif kind.oid() != content_type and not counter:
        stated.errors.append(Finding("cms.content_type_differs"))
    digest = signer.signed_value(oids.MESSAGE_DIGEST)
    if digest is None:
        stated.errors.append(Finding("cms.message_digest_missing"))
    else:
        stated.message_digest = digest.octets()
    protection = signer.signed_value(oids.ALGORITHM_PROTECTION)
    if protection is not None and not _protects(protection, signer):
        stated.errors.append(Finding("cms.algorithm_protection"))


def _protects(protection: Node, signer: SignerInfo) -> bool:
    """Tell whether CMSAlgorithmProtection repeats the signer's algorithms (RFC 6211, 2)."""
    signature = protection.tagged(_SIGNATURE_ALGORITHM)
    if signature is None:
        return False
    return _same_algorithm(protection.child(0), signer.digest_algorithm) and _same_algorithm(
        signature, signer.signature_algorithm
    )


def _same_algorithm(first: Node, second: Node) -> bool:
    """Compare two AlgorithmIdentifiers; NULL parameters and none are the same (RFC 5754, 2)."""
    return [_part(item) for item in first.children if item.tag != NULL] == [
        _part(item) for item in second.children if item.tag != NULL
    ]


def _part(node: Node) -> bytes:
    return node.raw


def _read_optional(signer: SignerInfo, stated: Stated) -> None:
    time = signer.signed_value(oids.SIGNING_TIME)
    if time is not None:
        try:
            stated.signing_time = time.time()
        except BadBer:
            stated.constraints.append(Finding("cms.signing_time_unreadable"))
    readers = {
        oids.MIME_TYPE: ("mime_type", text),
        oids.CONTENT_HINTS: ("content_hints", _hints),
        oids.SIGNATURE_POLICY: ("policy", _policy),
        oids.COMMITMENT_TYPE: ("commitment", lambda node: node.child(0).oid()),
    }
    for oid, (name, reader) in readers.items():
        value = signer.signed_value(oid)
        if value is None:
            continue
        try:
            stated.extra[name] = reader(value)
        except BadBer:
            stated.constraints.append(Finding("cms.attribute_unreadable", {"attribute": oid}))


def text(node: Node) -> str:
    """Return a character string, cut at a sensible length; raises BadBer when it is not one."""
    if node.tag not in _TEXTS:
        raise BadBer("not a text", node.start)
    return node.content.decode(_TEXTS[node.tag], errors="replace")[:_TEXT_CHARACTERS]


def _hints(node: Node) -> Mapping[str, str | None]:
    """Read ContentHints (RFC 2634, 2.9)."""
    described = node.children[0].tag in _TEXTS if node.children else False
    return {
        "description": text(node.child(0)) if described else None,
        "type": node.child(1 if described else 0).oid(),
    }


def _policy(node: Node) -> Mapping[str, str | None]:
    """Read SignaturePolicyIdentifier (EN 319 122-1, 5.2.9.1); NULL means a policy implied by the context."""
    if node.tag == NULL:
        return {"id": None, "algorithm": None, "digest": None}
    if len(node.expect(SEQUENCE).children) == 1:
        return {"id": node.child(0).oid(), "algorithm": None, "digest": None}
    hashed = node.child(1, SEQUENCE)
    try:
        algorithm = algorithms.digest_name(hashed.child(0, SEQUENCE))
    except UnknownAlgorithm as error:
        algorithm = str(error)
    return {"id": node.child(0).oid(), "algorithm": algorithm, "digest": hashed.child(1).octets().hex()}
