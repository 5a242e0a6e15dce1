"""Check a final act against what is stored, without reading a stored byte again."""

import hashlib
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import text
from sqlalchemy.orm import Session

from procurement.bids import errors, rules
from procurement.bids.models import BidDraft, BidObject
from procurement.bids.queries import drafts as stored
from procurement.bids.queries import envelopes, keysets
from procurement.bids.queries.tender import Tender
from procurement.bids.rules import Kind, Relation
from procurement.bids.service.drafts import DESCRIPTOR, INVENTORY, INVENTORY_PURPOSE
from procurement.core.vault import KeyVault
from signing.certificates import read_recipient
from signing.errors import SealedError
from signing.sealed import cms, descriptor, inventory
from signing.sealed.descriptor import Descriptor, Envelope
from signing.sealed.inventory import Inventory
from signing.sealed.keys import MANIFEST
from signing.sealed.stream import PLI

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FinalAct:
    """What the bidder commits to, by hash, and when the request was in memory."""

    pli_sha256: str
    inventory_sha256: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Verified:
    """A deposit that may be committed as long as its draft stays at ``revision``."""

    descriptor: Descriptor
    inventory: Inventory
    durable_at: datetime
    revision: int
    sizes: Mapping[uuid.UUID, int] = field(repr=False)


class Checker:
    """Compare one draft with its descriptor; every refusal says what is kept."""

    def __init__(
        self, session: Session, vault: KeyVault, draft: BidDraft, tender: Tender, *, siret: str
    ) -> None:
        self._session = session
        self._draft = draft
        self._tender = tender
        self._vault = vault
        self._siret = siret
        self._objects = stored.object_bytes(session, draft.id)
        self._streams = stored.complete_streams(session, draft.id)
        self._missing: list[dict[str, Any]] = []

    def verify(self, act: FinalAct) -> Verified:
        """Return the verified deposit, or raise the refusal that the client can act upon."""
        revision = self._draft.revision
        pli = self._object(DESCRIPTOR, act.pli_sha256)
        listed = self._object(INVENTORY, act.inventory_sha256)
        if pli is None or listed is None:
            raise errors.incomplete(self._missing)
        parsed = self._descriptor(pli.content)
        for envelope in parsed.envelopes:
            self._streams_of(envelope)
            self._packets_of(envelope)
        if self._missing:
            raise errors.incomplete(self._missing)
        content = self._inventory(listed, parsed)
        self._key_set(parsed)
        durable = max(
            *(item.stored_at for item in self._objects.values()),
            *(item.completed_at for item in self._streams.values()),
        )
        return Verified(
            parsed, content, durable, revision, {e.envelope: _bytes_of(e) for e in parsed.envelopes}
        )

    def _object(self, name: str, sha256: str) -> BidObject | None:
        found = self._objects.get(name)
        if found is None or found.sha256 != sha256:
            self._missing.append({"object": name})
            return None
        return found

    def _descriptor(self, data: bytes) -> Descriptor:
        parsed = _parsed(descriptor.parse, data)
        expected = (self._draft.id, self._draft.consultation_id, self._siret)
        if (parsed.deposit, parsed.consultation, parsed.candidate.lead) != expected:
            raise errors.invalid_bid("bid.descriptor_mismatch", "pli.json: deposit, consultation, candidate")
        for envelope in parsed.envelopes:
            kind = Kind(envelope.kind.value)
            if kind.value not in self._tender.kinds or not rules.lot_allowed(
                kind, envelope.lot, lots=self._tender.lot_numbers
            ):
                raise errors.invalid_bid("bid.lot_unknown", f"{kind.value}, lot {envelope.lot}")
        return parsed

    def _streams_of(self, envelope: Envelope) -> None:
        wanted = [(MANIFEST, envelope.manifest.ct_size, envelope.manifest.ct_root)]
        wanted += [(file.n, file.ct_size, file.ct_root) for file in envelope.files]
        for n, size, ct_root in wanted:
            found = self._streams.get((envelope.envelope, n))
            if found is None or (found.length, found.ct_root) != (size, ct_root):
                self._missing.append({"envelope": str(envelope.envelope), "n": n})

    def _packets_of(self, envelope: Envelope) -> None:
        for x, packet in enumerate(envelope.packets, 1):
            name = f"{envelope.envelope}-{x}.cms"
            found = self._object(name, packet.sha256.hex())
            if found is not None and found.size != packet.size:
                self._missing.append({"object": name})

    def _inventory(self, item: BidObject, parsed: Descriptor) -> Inventory:
        data = self._vault.open(self._session, self._draft.company_id, INVENTORY_PURPOSE, item.content)
        if hashlib.sha256(data).digest() != parsed.inventory_sha256:
            raise errors.incomplete([{"object": INVENTORY}])
        content = _parsed(inventory.parse, data)
        listed = {(file.envelope, file.n): PLI.cipher_size(file.size) for file in content.files}
        sealed = {(one.envelope, file.n): file.ct_size for one in parsed.envelopes for file in one.files}
        if content.deposit != parsed.deposit or listed != sealed:
            raise errors.invalid_bid("bid.inventory_mismatch", INVENTORY)
        return content

    def _key_set(self, parsed: Descriptor) -> None:
        """Accept any version of the key set none of whose recipients was revoked; each packet must be for all of them."""
        used = keysets.version(self._session, parsed.consultation, parsed.key_set_version)
        if used is None or used.sha256 != parsed.key_set_sha256.hex():
            raise errors.keyset_stale()
        for envelope in parsed.envelopes:
            members = [member for member in used.members if envelope.kind.value in member.kinds]
            if any(member.revoked_at is not None for member in members):
                raise errors.keyset_stale()
            expected = (
                used.m,
                len(members),
                False,
                tuple(bytes.fromhex(member.cert_sha256) for member in members),
            )
            policy = envelope.policy
            if (policy.m, policy.n, policy.custodian, envelope.recipients) != expected:
                raise errors.keyset_stale()
            addressed = {
                (one.issuer, one.serial) for one in (read_recipient(member.cert_der) for member in members)
            }
            self._addressed(envelope, addressed)

    def _addressed(self, envelope: Envelope, expected: set[tuple[bytes, int]]) -> None:
        for x in range(1, len(envelope.packets) + 1):
            name = f"{envelope.envelope}-{x}.cms"
            message = _parsed(cms.parse, self._objects[name].content)
            if {info.identity for info in message.recipients} != expected:
                raise errors.invalid_bid("bid.packet_recipients", name)


def check_relations(session: Session, parsed: Descriptor, tender: Tender) -> None:
    """Check the declared relations against the chains as they stand, in the transaction that commits.

    Two deposits of one group at once are taken one after the other, so that the second sees the first.
    """
    candidate = parsed.candidate.sha256()
    if session.get_bind().dialect.name == "postgresql":
        lock = int.from_bytes(
            hashlib.sha256(parsed.consultation.bytes + candidate).digest()[:8], "big", signed=True
        )
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": lock})
    for envelope in parsed.envelopes:
        kind = Kind(envelope.kind.value)
        links, live = envelopes.chain(session, parsed.consultation, candidate.hex(), envelope.lot, kind)
        relation = Relation(envelope.relation.value)
        rules.check_relation(relation, envelope.refers_to, chain=links, live=live, allowed=tender.relations)


def _parsed(reader: Callable[[bytes], T], data: bytes) -> T:
    """Read a bidder's object; what does not follow the format is refused with the place of the fault."""
    try:
        return reader(data)
    except SealedError as error:
        raise errors.invalid_bid(
            error.code, str(error.params.get("where", error.params.get("reason", "")))
        ) from error


def _bytes_of(envelope: Envelope) -> int:
    return envelope.manifest.ct_size + sum(file.ct_size for file in envelope.files)
