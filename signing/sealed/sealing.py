"""Seal files on disk into a deposit: streams to store or send, then descriptor, inventory and packets.

One ``Sealing`` serves both the export file and an upload: the caller takes each stream's segments in
turn, as often as a broken connection demands, then asks for the small objects.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from itertools import count
from pathlib import Path
from uuid import UUID, uuid4

from signing.certificates import Recipient
from signing.sealed import shamir
from signing.sealed.descriptor import (
    Candidate,
    Descriptor,
    Envelope,
    Kind,
    Relation,
    SealedFile,
    StoredObject,
)
from signing.sealed.inventory import Inventory, InventoryFile, SignatureNote
from signing.sealed.keys import (
    KEY_BYTES,
    MANIFEST,
    KeySchedule,
    Place,
    half_commitment,
    share_commitment,
    xor,
)
from signing.sealed.keyset import KeySet
from signing.sealed.manifest import Manifest, ManifestFile
from signing.sealed.packets import KeyPacket, Role, Scheme
from signing.sealed.sending import SealingStream

READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to seal, and what the inventory and the manifest say of it."""

    path: Path
    name: str
    media_type: str
    piece: str | None = None
    dume: str | None = None
    signature: SignatureNote = field(default_factory=SignatureNote)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EnvelopePlan:
    """The files of one envelope and where it goes."""

    lot: int
    kind: Kind
    files: Sequence[SourceFile]
    relation: Relation = Relation.PREMIER
    refers_to: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Client:
    """The program that seals, as the descriptor names it."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class SealedDeposit:
    """The small objects of a deposit, made once every stream has been read to its end."""

    descriptor: Descriptor
    pli: bytes
    inventory: bytes
    packets: Mapping[tuple[UUID, int], bytes] = field(repr=False)
    halves: Mapping[UUID, bytes] = field(repr=False)


class Sealing:
    """A deposit in the making. Take ``streams()`` one after the other, read each to its end, then finish.

    ``deposit`` is the number that the platform gave to an upload; an export file takes a new one.
    """

    def __init__(
        self,
        key_set: KeySet,
        candidate: Candidate,
        client: Client,
        plans: Sequence[EnvelopePlan],
        *,
        at: datetime,
        deposit: UUID | None = None,
    ) -> None:
        self.deposit = deposit or uuid4()
        self._key_set = key_set
        self._candidate = candidate
        self._client = client
        self._envelopes = [_SealingEnvelope(self.deposit, key_set, plan, at=at) for plan in plans]

    def streams(self) -> Iterator[SealingStream]:
        """Yield the streams; an envelope's manifest comes after its files, whose hashes it holds."""
        for envelope in self._envelopes:
            yield from envelope.files
            yield envelope.seal_manifest()

    def finish(self) -> SealedDeposit:
        """Return descriptor, inventory and packets (``bid.incomplete`` while a stream is unread)."""
        inventory = Inventory(
            self.deposit, tuple(file for envelope in self._envelopes for file in envelope.inventory())
        ).to_bytes()
        packets: dict[tuple[UUID, int], bytes] = {}
        halves: dict[UUID, bytes] = {}
        described = []
        for envelope in self._envelopes:
            dealt = envelope.deal()
            packets |= {(envelope.place.envelope, x): packet for x, packet in zip(count(1), dealt.packets)}
            if dealt.half_packet is not None:
                halves[envelope.place.envelope] = dealt.half_packet
            described.append(envelope.describe(dealt))
        descriptor = Descriptor(
            deposit=self.deposit,
            consultation=self._key_set.consultation,
            candidate=self._candidate,
            client_name=self._client.name,
            client_version=self._client.version,
            key_set_version=self._key_set.version,
            key_set_sha256=self._key_set.sha256(),
            inventory_sha256=sha256(inventory).digest(),
            envelopes=tuple(described),
        )
        return SealedDeposit(descriptor, descriptor.to_bytes(), inventory, packets, halves)


@dataclass(frozen=True, slots=True)
class _Dealt:
    """The key of one envelope as handed out."""

    packets: Sequence[bytes]
    share_commitments: tuple[bytes, ...]
    half_packet: bytes | None
    half_commitment: bytes | None


class _SealingEnvelope:
    """One envelope in the making: its key, its streams, its packets."""

    def __init__(self, deposit: UUID, key_set: KeySet, plan: EnvelopePlan, *, at: datetime) -> None:
        self.place = Place(key_set.consultation, plan.lot, plan.kind.value, uuid4())
        self._deposit = deposit
        self._plan = plan
        self._policy = key_set.policy(plan.kind)
        self._recipients = key_set.recipients(plan.kind, at)
        self._custodian = key_set.custodian_recipient(at)
        self._schedule = KeySchedule(os.urandom(KEY_BYTES), self.place.envelope)
        self.files = [self._stream(n, source) for n, source in enumerate(plan.files, 1)]
        self._manifest: SealingStream | None = None

    def seal_manifest(self) -> SealingStream:
        """Return the manifest's stream; the same one each time."""
        if self._manifest is None:
            content = self._manifest_bytes()
            key = self._schedule.stream_key(MANIFEST)
            self._manifest = SealingStream(self.place, MANIFEST, key, len(content), lambda: [content])
        return self._manifest

    def inventory(self) -> Iterator[InventoryFile]:
        """Yield the inventory's entries."""
        for stream, source in zip(self.files, self._plan.files, strict=True):
            yield InventoryFile(
                envelope=self.place.envelope,
                n=stream.n,
                name=source.name,
                size=stream.size,
                media_type=source.media_type,
                piece=source.piece,
                dume=source.dume,
                signature=source.signature,
            )

    def deal(self) -> _Dealt:
        """Wrap the key for the holders and, with a custodian, half of it for him."""
        policy, envelope = self._policy, self.place.envelope
        half = os.urandom(KEY_BYTES) if self._custodian is not None else None
        buyers = self._schedule.key if half is None else xor(self._schedule.key, half)
        shares = [buyers] if policy.m == 1 else shamir.split(buyers, policy.m, policy.n)
        return _Dealt(
            packets=[self._packet(x, share) for x, share in enumerate(shares, 1)],
            share_commitments=tuple(share_commitment(envelope, share) for share in shares),
            half_packet=None if half is None else self._half_packet(half),
            half_commitment=None if half is None else half_commitment(envelope, half),
        )

    def describe(self, dealt: _Dealt) -> Envelope:
        """Return this envelope's part of the descriptor."""
        return Envelope(
            envelope=self.place.envelope,
            kind=self._plan.kind,
            lot=self._plan.lot,
            relation=self._plan.relation,
            refers_to=self._plan.refers_to,
            policy=self._policy,
            recipients=tuple(recipient.sha256 for recipient in self._recipients),
            key_commitment=self._schedule.key_commitment(),
            share_commitments=dealt.share_commitments,
            half_commitment=dealt.half_commitment,
            packets=tuple(StoredObject(sha256(p).digest(), len(p)) for p in dealt.packets),
            half_packet_sha256=None if dealt.half_packet is None else sha256(dealt.half_packet).digest(),
            manifest=self.seal_manifest().stored(),
            files=tuple(self._describe_file(stream) for stream in self.files),
        )

    def _describe_file(self, stream: SealingStream) -> SealedFile:
        plain, stored = stream.plain_hash(), stream.stored()
        commitment = self._schedule.plaintext_commitment(stream.n, plain.algorithm, plain.value)
        return SealedFile(stream.n, stored.ct_size, stored.ct_root, commitment)

    def _packet(self, x: int, value: bytes) -> bytes:
        policy = self._policy
        scheme = Scheme.WHOLE if policy.m == 1 else Scheme.SHARE
        to = self._recipients if policy.m == 1 else [self._recipients[x - 1]]
        return KeyPacket(self.place.envelope, Role.BUYER, scheme, x, policy.m, policy.n, value).seal(to)

    def _half_packet(self, half: bytes) -> bytes:
        policy = self._policy
        packet = KeyPacket(self.place.envelope, Role.CUSTODIAN, Scheme.WHOLE, 0, policy.m, policy.n, half)
        to: list[Recipient] = [] if self._custodian is None else [self._custodian]
        return packet.seal(to)

    def _stream(self, n: int, source: SourceFile) -> SealingStream:
        key = self._schedule.stream_key(n)
        return SealingStream(self.place, n, key, source.path.stat().st_size, lambda: _read(source.path))

    def _manifest_bytes(self) -> bytes:
        files = tuple(
            ManifestFile(
                n=stream.n,
                name=source.name,
                media_type=source.media_type,
                size=stream.size,
                piece=source.piece,
                pt=stream.plain_hash(),
                warnings=source.warnings,
            )
            for stream, source in zip(self.files, self._plan.files, strict=True)
        )
        return Manifest(self._deposit, self.place, files).to_bytes()


def _read(path: Path) -> Iterable[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(READ_BYTES):
            yield chunk
