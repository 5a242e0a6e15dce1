"""Compute what each kind of time-stamp attribute is over, byte for byte (EN 319 122-1 and -2, TS 101 733).

Where the norms or their editions leave two readings, both are tried; each of them covers the signature value.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from signing.cades import algorithms, oids
from signing.cades.ber import OID, SEQUENCE, SET, BadBer, Node, parse, to_der
from signing.cades.content import Subject
from signing.cades.signed_data import Attribute, SignedData, SignerInfo
from signing.cades.value import signed_form
from signing.der import tlv

_ARCHIVE = {oids.ARCHIVE_TIMESTAMP_V1, oids.ARCHIVE_TIMESTAMP_V2, oids.ARCHIVE_TIMESTAMP_V3}
_REFERENCE_KINDS = (oids.CERTIFICATE_REFS, oids.REVOCATION_REFS)
_SIGNED, _UNSIGNED = 0xA0, 0xA1
#: A long content is digested once for every way of writing what precedes it.
_MAX_FORMS = 6


@dataclass(frozen=True, slots=True)
class Place:
    """Where a time-stamp stands: which signature of which CMS, over which document."""

    signed: SignedData = field(repr=False)
    signer: SignerInfo = field(repr=False)
    #: None when the signed document is not at hand.
    subject: Subject | None = None


def references_only(place: Place) -> list[bytes]:
    """Return what time-stamped-certs-crls-references is over (EN 319 122-2, A.1.5.1): the attributes of references.

    Of each attribute the type and the set of values count, not the SEQUENCE around them; in DER, or as transmitted.
    """
    return [_inside(place, _REFERENCE_KINDS, write) for write in (to_der, _raw)]


def signature_and_references(place: Place) -> list[bytes]:
    """Return what CAdES-C-time-stamp is over (EN 319 122-2, A.1.5.2): value, its time-stamps, the references."""
    kinds = (oids.SIGNATURE_TIMESTAMP, *_REFERENCE_KINDS)
    return [place.signer.signature + _inside(place, kinds, write) for write in (to_der, _raw)]


def _inside(place: Place, kinds: Sequence[str], write: Callable[[Node], bytes]) -> bytes:
    return b"".join(
        write(part)
        for oid in kinds
        for attribute in place.signer.unsigned_attributes
        if attribute.oid == oid
        for part in attribute.node.children
    )


#: What the first archive time-stamp is over, besides content, signed attributes and value, in this order.
_ARCHIVED_V1 = (
    oids.SIGNATURE_TIMESTAMP,
    oids.CERTIFICATE_REFS,
    oids.REVOCATION_REFS,
    oids.CERTIFICATE_VALUES,
    oids.REVOCATION_VALUES,
    oids.ESC_TIMESTAMP,
    oids.CERT_CRL_TIMESTAMP,
)


def archive_v1(
    place: Place, own: Attribute, algorithm: str, expected: bytes, spend: Callable[[int], bool]
) -> "Archived":
    """Return the digest that the withdrawn archive-time-stamp should hold (RFC 3126, 4.2.1), and what it is then over.

    It is over values "without type and length", and the text does not say how deep that goes in an attribute: down to its
    type and values, to its values, or not at all.
    """
    content = place.signed.content if place.subject is None else place.subject.data
    if content is None or place.signer.signed is None or not spend(len(content)):
        return Archived(None)
    unsigned = place.signer.unsigned_attributes
    kept = [item for oid in _ARCHIVED_V1 for item in unsigned if item.oid == oid]
    kept += [item for item in unsigned[: _rank(unsigned, own)] if item.oid == oids.ARCHIVE_TIMESTAMP_V1]
    state = algorithms.hasher(algorithm)
    state.update(content)
    found = Archived(None)
    for signed in _signed_forms(place.signer.signed):
        for write in _V1_WRITINGS:
            attempt = state.copy()
            attempt.update(signed + place.signer.signature + b"".join(map(write, kept)))
            found = Archived(attempt.digest(), tuple(kept))
            if found.digest == expected:
                return found
    return found


_V1_WRITINGS: tuple[Callable[[Attribute], bytes], ...] = (
    lambda item: item.node.content,
    lambda item: b"".join(value.raw for value in item.values),
    lambda item: item.node.raw,
)


def _signed_forms(signed: Node) -> list[bytes]:
    return [signed.content, tlv(SET, signed.content)]


def _rank(attributes: Sequence[Attribute], own: Attribute) -> int:
    return next(number for number, item in enumerate(attributes) if item is own)


def archive_v2(
    place: Place, own: Attribute, algorithm: str, expected: bytes, spend: Callable[[int], bool]
) -> "Archived":
    """Return the digest that an archive-time-stamp-v2 should hold (TS 101 733, 6.4.1), and what it is then over.

    Editions differ on whether tag and length of the unsigned attributes count (annex K, note 3), and files on
    whether BER is stamped as transmitted or in DER: the form that gives ``expected`` is returned when there is one.
    ``spend`` counts the bytes digested, and says when enough is enough.
    """
    external = place.signed.content_node is None
    if external and (place.subject is None or place.subject.data is None):
        return Archived(None)
    document = (place.subject.data or b"") if external and place.subject else b""
    found = Archived(None)
    for head in _writings([place.signed.encapsulated]):
        if not spend(len(head) + len(document)):
            return Archived(None)
        state = algorithms.hasher(algorithm)
        state.update(head)
        state.update(document)
        for tail, kept in _tails(place, own):
            if not spend(len(tail)):
                return Archived(None)
            attempt = state.copy()
            attempt.update(tail)
            found = Archived(attempt.digest(), kept)
            if found.digest == expected:
                return found
    return found


@dataclass(frozen=True, slots=True)
class Archived:
    """A digest, None when the data is not at hand, and the unsigned attributes that it is over."""

    digest: bytes | None
    kept: tuple[Attribute, ...] = field(default=(), repr=False)


def _tails(place: Place, own: Attribute) -> Iterator[tuple[bytes, tuple[Attribute, ...]]]:
    """Yield the ways of writing certificates, CRLs and the SignerInfo, with the unsigned attributes that count."""
    sets = [item for item in (place.signed.certificate_set, place.signed.crl_set) if item is not None]
    for middle in _writings(sets):
        for signer in _signer_forms(place.signer):
            for kept in _kept(place.signer, own):
                for attributes in _writings([item.node for item in kept]):
                    yield middle + signer + tlv(_UNSIGNED, attributes), kept
                    yield middle + signer + attributes, kept


def _kept(signer: SignerInfo, own: Attribute) -> Iterator[tuple[Attribute, ...]]:
    """Yield the unsigned attributes that were there: all but the archive time-stamps that are no older, or all before it."""
    own_time = stamp_time(own)
    yield tuple(
        item
        for item in signer.unsigned_attributes
        if item.oid not in _ARCHIVE or (item is not own and stamp_time(item) < own_time)
    )
    yield signer.unsigned_attributes[: _rank(signer.unsigned_attributes, own)]


def stamp_time(attribute: Attribute) -> str:
    """Return the time of the token in an attribute in sortable form, the empty text when it cannot be read."""
    from signing.cades import signed_data

    try:
        content = signed_data.from_node(attribute.values[0]).content
        return parse(content or b"").child(4).time().isoformat()
    except (BadBer, IndexError):
        return ""


def archive_v3(place: Place, index: Node, algorithm: str, expected: bytes) -> bytes | None:
    """Return the digest that an archive-time-stamp-v3 should hold (EN 319 122-1, 5.5.3), None without the document."""
    hashed = place.subject.digest(algorithm) if place.subject else None
    if hashed is None:
        return None
    head = place.signed.encapsulated.child(0, OID).raw + hashed
    computed = b""
    for signer in _signer_forms(place.signer):
        for last in _writings([index]):
            computed = algorithms.digest(algorithm, head + signer + last)
            if computed == expected:
                return computed
    return computed


def _signer_forms(signer: SignerInfo) -> list[bytes]:
    """Return the ways of writing a SignerInfo's fields up to the value: as transmitted, in DER, attributes sorted."""
    attributes: list[bytes] = [b""]
    if signer.signed is not None:
        attributes = [signer.signed.raw, tlv(_SIGNED, signer.signed.content)]
        try:
            attributes.append(bytes([_SIGNED]) + signed_form(signer.signed)[1:])
        except BadBer:
            attributes = attributes[:1]
    before = _writings([signer.node.child(0), signer.sid, signer.digest_algorithm])
    after = _writings([signer.signature_algorithm, signer.signature_node])
    return _distinct(first + middle + last for first in before for middle in attributes for last in after)


def _raw(node: Node) -> bytes:
    return node.raw


def _writings(nodes: Sequence[Node]) -> list[bytes]:
    """Return values one after the other, as transmitted, then in DER when that is another writing."""
    transmitted = b"".join(node.raw for node in nodes)
    try:
        return _distinct((transmitted, b"".join(to_der(node) for node in nodes)))
    except BadBer:
        return [transmitted]


def _distinct(items: Iterable[bytes]) -> list[bytes]:
    return list(dict.fromkeys(items))[:_MAX_FORMS]


@dataclass(slots=True)
class HashIndex:
    """An ats-hash-index taken apart, and what of it was found again."""

    node: Node = field(repr=False)
    algorithm: str
    certificates: list[bytes] = field(repr=False)
    crls: list[bytes] = field(repr=False)
    attributes: list[bytes] = field(repr=False)

    @property
    def whole(self) -> bool:
        """Tell whether every entry was found again."""
        return not (self.certificates or self.crls or self.attributes)

    def takes(self, entries: list[bytes], encoded: bytes) -> bool:
        """Cross an entry off when it is the digest of an object; tell whether it was there."""
        hashed = algorithms.digest(self.algorithm, encoded)
        if hashed not in entries:
            return False
        entries.remove(hashed)
        return True


_INDEXES = {oids.HASH_INDEX_V1, oids.HASH_INDEX_V2, oids.HASH_INDEX_V3}


def hash_index(token: SignerInfo) -> HashIndex | None:
    """Read the ats-hash-index among a token's unsigned attributes (EN 319 122-1, 5.5.2); None without one."""
    for attribute in token.unsigned_attributes:
        if attribute.oid in _INDEXES and len(attribute.values) == 1:
            return _hash_index(attribute.values[0].expect(SEQUENCE))
    return None


def _hash_index(node: Node) -> HashIndex:
    lists = list(node.children)
    algorithm = "sha256"
    if len(lists) > 3:  # noqa: PLR2004 - the algorithm, when it is not the default, then three lists
        algorithm = algorithms.digest_name(lists.pop(0))
    certificates, crls, attributes = ([item.octets() for item in entries.children] for entries in lists)
    return HashIndex(node, algorithm, certificates, crls, attributes)
