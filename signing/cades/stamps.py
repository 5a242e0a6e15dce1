"""Read every time-stamp attribute of a signature, and say what each one proves to have existed."""

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from hashlib import sha256

from signing import limits
from signing.cades import algorithms, imprints, oids, signed_data
from signing.cades.algorithms import UnknownAlgorithm
from signing.cades.ber import BadBer, Node, to_der
from signing.cades.imprints import HashIndex, Place
from signing.cades.material import Material, marks_of, referenced
from signing.cades.signed_data import Attribute
from signing.facts import AlgorithmUse, StampFacts, StampKind
from signing.timestamps import tst
from signing.types import Finding

_KINDS = {
    oids.CONTENT_TIMESTAMP: StampKind.CONTENT,
    oids.SIGNATURE_TIMESTAMP: StampKind.SIGNATURE,
    oids.ESC_TIMESTAMP: StampKind.REFERENCES,
    oids.CERT_CRL_TIMESTAMP: StampKind.REFERENCES,
    oids.ARCHIVE_TIMESTAMP_V1: StampKind.ARCHIVE,
    oids.ARCHIVE_TIMESTAMP_V2: StampKind.ARCHIVE,
    oids.ARCHIVE_TIMESTAMP_V3: StampKind.ARCHIVE,
}
_LATE = {StampKind.REFERENCES, StampKind.ARCHIVE}
_REFERENCES = {oids.CERTIFICATE_REFS, oids.REVOCATION_REFS}


@dataclass(slots=True)
class Budget:
    """What reading one file may still cost: tokens, and bytes to digest again for each of them or each signature."""

    tokens: int = limits.TIMESTAMPS
    octets: int = 512 << 20

    def spend(self, size: int) -> bool:
        """Count bytes to digest; tell whether they may be."""
        self.octets -= size
        return self.octets >= 0


class Stamps:
    """Reads the time-stamps of one signature. ``basis`` are the SHA-256 that existed once the value did."""

    def __init__(
        self,
        place: Place,
        *,
        id: str,  # noqa: A002 - the contract's word, the field of StampFacts
        material: Material,
        pool: Sequence[bytes],
        basis: frozenset[bytes],
        budget: Budget,
    ) -> None:
        self._place = place
        self._id = id
        self._material = material
        self._pool = tuple(pool)
        self._budget = budget
        self._basis = basis | {sha256(place.signer.signature).digest()}

    def read(self) -> tuple[StampFacts, ...]:
        """Return the facts of every token, signed attributes first, in file order."""
        found: list[StampFacts] = []
        for attribute, value in self._tokens():
            if self._budget.tokens == 0:
                break
            self._budget.tokens -= 1
            found.append(self._stamp(attribute, value, f"{self._id}/timestamp-{len(found) + 1}"))
        return tuple(found)

    def _tokens(self) -> Iterator[tuple[Attribute, Node]]:
        signer = self._place.signer
        for attribute in (*signer.signed_attributes, *signer.unsigned_attributes):
            if attribute.oid in _KINDS:
                yield from ((attribute, value) for value in attribute.values)

    def _stamp(self, attribute: Attribute, value: Node, name: str) -> StampFacts:
        kind = _KINDS[attribute.oid]
        if kind in _LATE and not self._budget.spend(self._weight()):
            facts = tst.read(value.raw, None, id=name, kind=kind, extra_certs=self._pool)
            return replace(facts, findings=(*facts.findings, Finding("cms.too_many_stamps")))
        if attribute.oid == oids.ARCHIVE_TIMESTAMP_V3:
            return self._archive_v3(value, name)
        imprinted, covers = self._imprinted(attribute, value)
        return tst.read(
            value.raw, imprinted, id=name, kind=kind, extra_certs=self._pool, covers=frozenset(covers)
        )

    def _weight(self) -> int:
        """Return how many bytes the objects weigh that a late time-stamp covers."""
        signed = self._place.signed
        parts = [part for part in (signed.certificate_set, signed.crl_set, self._place.signer.node) if part]
        return sum(part.end - part.start for part in parts)

    def _imprinted(self, attribute: Attribute, value: Node) -> tuple[tst.Imprinted, AbstractSet[bytes]]:
        """Return what a token of an attribute should be over, and what it then proves."""
        place = self._place
        if attribute.oid == oids.SIGNATURE_TIMESTAMP:
            return place.signer.signature, self._basis
        if attribute.oid == oids.CONTENT_TIMESTAMP:
            return self._content()
        if attribute.oid == oids.ESC_TIMESTAMP:
            stamped = {oids.SIGNATURE_TIMESTAMP} | _REFERENCES
            return self._one_of(imprints.signature_and_references, value), self._basis | self._marks(stamped)
        if attribute.oid == oids.CERT_CRL_TIMESTAMP:
            return self._one_of(imprints.references_only, value), self._marks(_REFERENCES)
        return self._archived(attribute, value)

    def _one_of(self, forms: Callable[[Place], list[bytes]], value: Node) -> Callable[[str], bytes | None]:
        """Return the digest function of the form whose digest the token holds, else of the first."""
        info = self._info(value)

        def digest(name: str) -> bytes | None:
            digests = [algorithms.digest(name, form) for form in forms(self._place)]
            return next((found for found in digests if info and found == info.imprint), digests[0])

        return self._late(digest)

    def _content(self) -> tuple[tst.Imprinted, AbstractSet[bytes]]:
        subject = self._place.subject
        if subject is None:
            return None, set()
        marked = subject.digest("sha256")
        return subject.digest, {marked} if marked else set()

    def _marks(self, kinds: set[str]) -> set[bytes]:
        found: set[bytes] = set()
        for attribute in self._place.signer.unsigned_attributes:
            if attribute.oid in kinds:
                found |= marks_of(attribute)
                found |= referenced(attribute, self._material) if attribute.oid in _REFERENCES else set()
        return found

    def _archived(self, own: Attribute, value: Node) -> tuple[tst.Imprinted, AbstractSet[bytes]]:
        """Read an archive time-stamp of the second edition, or of the first, which leaves out what is around the signer."""
        info = self._info(value)
        if info is None or info.algorithm is None:
            return None, set()
        second = own.oid == oids.ARCHIVE_TIMESTAMP_V2
        compute = imprints.archive_v2 if second else imprints.archive_v1
        found = compute(self._place, own, info.algorithm, info.imprint, self._budget.spend)
        covers = self._basis | (self._sets().marks() if second else set())
        for attribute in found.kept:
            covers |= marks_of(attribute)
        return lambda _: found.digest, covers

    def _sets(self) -> Material:
        found = Material()
        found.add(self._place.signed)
        return found

    def _late(self, compute: Callable[[str], bytes | None]) -> Callable[[str], bytes | None]:
        """Put off a computation that may meet broken BER: it then gives no digest."""

        def digest(name: str) -> bytes | None:
            try:
                return compute(name)
            except BadBer:
                return None

        return digest

    def _info(self, value: Node) -> tst.TstInfo | None:
        try:
            return tst.tst_info(signed_data.from_node(value))
        except BadBer:
            return None

    def _archive_v3(self, value: Node, name: str) -> StampFacts:
        info, index = self._info(value), self._index(value)
        if info is None or index is None:
            facts = tst.read(value.raw, None, id=name, kind=StampKind.ARCHIVE, extra_certs=self._pool)
            return replace(facts, findings=(*facts.findings, Finding("cms.hash_index_missing")))
        compute = self._late(
            lambda chosen: imprints.archive_v3(self._place, index.node, chosen, info.imprint)
        )
        covers = self._basis | self._found_again(index)
        facts = tst.read(
            value.raw,
            compute,
            id=name,
            kind=StampKind.ARCHIVE,
            extra_certs=self._pool,
            covers=frozenset(covers),
        )
        uses = (*facts.algorithms, AlgorithmUse("hash-index", index.algorithm))
        if index.whole:
            return replace(facts, algorithms=uses)
        # Something that was stamped is gone: the imprint, which is over digests, holds all the same.
        finding = Finding("cms.hash_index_incomplete")
        findings = (*facts.findings, finding)
        return replace(facts, data_found=False, covers=frozenset(), algorithms=uses, findings=findings)

    def _index(self, value: Node) -> HashIndex | None:
        try:
            (token,) = signed_data.from_node(value).signers
            return imprints.hash_index(token)
        except (BadBer, UnknownAlgorithm, ValueError):
            return None

    def _found_again(self, index: HashIndex) -> set[bytes]:
        """Cross off the index what the CMS still holds, and return the SHA-256 of what that proves."""
        found: set[bytes] = set()
        signed = self._place.signed
        for item in signed.certificate_set.children if signed.certificate_set else ():
            if self._takes(index, index.certificates, item):
                found.add(sha256(item.raw).digest())
        for item in signed.crl_set.children if signed.crl_set else ():
            if self._takes(index, index.crls, item):
                crls, ocsps = signed_data.revocations([item])
                found |= {sha256(der).digest() for der in (*crls, *ocsps)}
        for attribute in self._place.signer.unsigned_attributes:
            if self._takes_attribute(index, attribute):
                found |= marks_of(attribute)
        return found

    def _takes(self, index: HashIndex, entries: list[bytes], item: Node, before: bytes = b"") -> bool:
        """Cross a value off, as transmitted or in DER."""
        if index.takes(entries, before + item.raw):
            return True
        try:
            return index.takes(entries, before + to_der(item))
        except BadBer:
            return False

    def _takes_attribute(self, index: HashIndex, attribute: Attribute) -> bool:
        """Cross off an attribute: whole, as the first two versions of the index have it, or value by value.

        The third version has each value after its type; earlier files are met that already did so.
        """
        if self._takes(index, index.attributes, attribute.node):
            return True
        kind = attribute.node.child(0).raw
        taken = [self._takes(index, index.attributes, value, kind) for value in attribute.values]
        return bool(taken) and all(taken)
