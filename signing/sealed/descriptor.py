"""The descriptor ``pli.json``: everything the platform may know of a deposit before it is opened."""

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from signing import jcs
from signing.errors import SealedError
from signing.sealed.keys import Place
from signing.sealed.packets import MAX_SHARES, VERSION
from signing.sealed.stream import PLI
from signing.strict import Fields

CODE = "bid.descriptor_invalid"
MAX_DESCRIPTOR_BYTES = 1 << 20
MAX_FILES = 5000
MAX_LOT = 99_999
SIRET = r"[0-9]{14}"


class Kind(StrEnum):
    """What an envelope holds; kinds are opened at different moments."""

    CANDIDATURE = "candidature"
    OFFRE = "offre"
    ANONYMAT = "anonymat"


class Relation(StrEnum):
    """How an envelope stands to earlier ones of the same candidate, lot and kind; declared, never guessed."""

    PREMIER = "premier"
    REMPLACE = "remplace"
    COMPLETE = "complete"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Who bids: the lead's SIRET and, for a group, the other members', sorted."""

    lead: str
    members: tuple[str, ...] = ()

    def to_json(self) -> jcs.Json:
        """Return the JSON object."""
        return {"lead": self.lead, "members": self.members}

    def sha256(self) -> bytes:
        """Return the identity under which envelopes of one exact group are chained."""
        return sha256(jcs.dumps(self.to_json())).digest()


@dataclass(frozen=True, slots=True)
class Policy:
    """How many of the n recipients it takes to open, and whether the custodian holds half of the key."""

    m: int
    n: int
    custodian: bool

    @property
    def packets(self) -> int:
        """Return how many key packets an envelope has: one for all, or one for each share."""
        return 1 if self.m == 1 else self.n


@dataclass(frozen=True, slots=True)
class StoredObject:
    """A small stored object by hash and size."""

    sha256: bytes
    size: int


@dataclass(frozen=True, slots=True)
class StoredStream:
    """A stored stream by size and segment root."""

    ct_size: int
    ct_root: bytes


@dataclass(frozen=True, slots=True)
class SealedFile:
    """One sealed file as the platform sees it."""

    n: int
    ct_size: int
    ct_root: bytes
    pt_commit: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """One sealed envelope as the platform sees it."""

    envelope: UUID
    kind: Kind
    lot: int
    relation: Relation
    refers_to: tuple[UUID, ...]
    policy: Policy
    recipients: tuple[bytes, ...]
    key_commitment: bytes
    share_commitments: tuple[bytes, ...]
    half_commitment: bytes | None
    packets: tuple[StoredObject, ...]
    half_packet_sha256: bytes | None
    manifest: StoredStream
    files: tuple[SealedFile, ...]

    def place(self, consultation: UUID) -> Place:
        """Return where this envelope belongs, for the associated data of its streams."""
        return Place(consultation, self.lot, self.kind.value, self.envelope)

    def file(self, n: int) -> SealedFile:
        """Return file ``n``."""
        for file in self.files:
            if file.n == n:
                return file
        raise SealedError(CODE, f"envelope {self.envelope} has no file {n}", where="files")


@dataclass(frozen=True, slots=True)
class Descriptor:
    """A whole deposit; the SHA-256 of its bytes is what the final act commits to."""

    deposit: UUID
    consultation: UUID
    candidate: Candidate
    client_name: str
    client_version: str
    key_set_version: int
    key_set_sha256: bytes
    inventory_sha256: bytes
    envelopes: tuple[Envelope, ...]

    def to_bytes(self) -> bytes:
        """Return the JCS bytes of ``pli.json``."""
        return jcs.dumps(
            {
                "v": VERSION,
                "deposit": str(self.deposit),
                "consultation": str(self.consultation),
                "candidate": self.candidate.to_json(),
                "client": {"name": self.client_name, "version": self.client_version},
                "key_set": {"version": self.key_set_version, "sha256": self.key_set_sha256.hex()},
                "inventory_sha256": self.inventory_sha256.hex(),
                "envelopes": [_envelope_json(envelope) for envelope in self.envelopes],
            }
        )

    def envelope(self, identifier: UUID) -> Envelope:
        """Return one envelope by its id."""
        for envelope in self.envelopes:
            if envelope.envelope == identifier:
                return envelope
        raise SealedError(CODE, f"no envelope {identifier}", where="envelopes")


def parse(data: bytes) -> Descriptor:
    """Read ``pli.json``, strictly (``bid.descriptor_invalid`` with the place of the fault)."""
    fields = Fields(read_json(data, CODE, MAX_DESCRIPTOR_BYTES), code=CODE, where="pli.json")
    fields.one_of("v", [VERSION])
    client, key_set = fields.object("client"), fields.object("key_set")
    descriptor = Descriptor(
        deposit=fields.uuid("deposit"),
        consultation=fields.uuid("consultation"),
        candidate=_candidate(fields.object("candidate")),
        client_name=client.text("name", most=100),
        client_version=client.text("version", most=100),
        key_set_version=key_set.integer("version", least=1),
        key_set_sha256=key_set.sha256("sha256"),
        inventory_sha256=fields.sha256("inventory_sha256"),
        envelopes=tuple(_envelope(item) for item in fields.objects("envelopes", least=1, most=1000)),
    )
    for part in (client, key_set, fields):
        part.done()
    if len({envelope.envelope for envelope in descriptor.envelopes}) != len(descriptor.envelopes):
        fields.refuse("envelopes", "holds the same envelope twice")
    if len({(envelope.lot, envelope.kind) for envelope in descriptor.envelopes}) != len(descriptor.envelopes):
        fields.refuse("envelopes", "holds two envelopes for one lot and kind")
    return descriptor


def read_json(data: bytes, code: str, most: int) -> jcs.Json:
    """Parse canonical JSON of a bounded size under the code of the document it belongs to."""
    if len(data) > most:
        raise SealedError(code, f"{len(data)} bytes, at most {most}", where="size")
    try:
        return jcs.parse(data)
    except SealedError as error:
        raise SealedError(code, error.detail, where=str(error.params["reason"])) from error


def _candidate(fields: Fields) -> Candidate:
    candidate = Candidate(fields.matching("lead", SIRET), fields.texts("members", SIRET, most=100))
    fields.done()
    if list(candidate.members) != sorted(candidate.members) or candidate.lead in candidate.members:
        fields.refuse("members", "are not sorted, or hold the lead")
    return candidate


def _envelope(fields: Fields) -> Envelope:
    policy = _policy(fields.object("policy"))
    packets = fields.objects("packets", least=policy.packets, most=policy.packets)
    envelope = Envelope(
        envelope=fields.uuid("envelope"),
        kind=Kind(fields.one_of("kind", list(Kind))),
        lot=fields.integer("lot", most=MAX_LOT),
        relation=Relation(fields.one_of("relation", list(Relation))),
        refers_to=fields.uuids("refers_to"),
        policy=policy,
        recipients=fields.hashes("recipients", least=policy.n, most=policy.n),
        key_commitment=fields.sha256("key_commitment"),
        share_commitments=fields.hashes("share_commitments", least=policy.packets, most=policy.packets),
        half_commitment=_half(fields, "half_commitment", policy),
        packets=tuple(_packet(packet) for packet in packets),
        half_packet_sha256=_half(fields, "half_packet_sha256", policy),
        manifest=_stream(fields.object("manifest")),
        files=tuple(_file(item) for item in fields.objects("files", least=1, most=MAX_FILES)),
    )
    fields.done()
    if (envelope.relation is Relation.PREMIER) != (not envelope.refers_to):
        fields.refuse("refers_to", "does not go with the relation")
    numbers = [file.n for file in envelope.files]
    if numbers != sorted(set(numbers)):
        fields.refuse("files", "are not in the order of different numbers")
    return envelope


def _policy(fields: Fields) -> Policy:
    policy = Policy(
        fields.integer("m", least=1, most=MAX_SHARES),
        fields.integer("n", least=1, most=MAX_SHARES),
        fields.flag("custodian"),
    )
    fields.done()
    if policy.m > policy.n:
        fields.refuse("m", "is above n")
    return policy


def _half(fields: Fields, key: str, policy: Policy) -> bytes | None:
    if policy.custodian:
        return fields.sha256(key)
    if not fields.is_null(key):
        fields.refuse(key, "is given without a custodian")
    return None


def _packet(fields: Fields) -> StoredObject:
    packet = StoredObject(fields.sha256("sha256"), fields.integer("size", least=1))
    fields.done()
    return packet


def _stream(fields: Fields) -> StoredStream:
    stream = StoredStream(_stream_size(fields), fields.sha256("ct_root"))
    fields.done()
    return stream


def _file(fields: Fields) -> SealedFile:
    file = SealedFile(
        fields.integer("n", least=1, most=2**32 - 1),
        _stream_size(fields),
        fields.sha256("ct_root"),
        fields.sha256("pt_commit"),
    )
    fields.done()
    return file


def _stream_size(fields: Fields) -> int:
    size = fields.integer("ct_size")
    try:
        PLI.plain_size_of(size)
    except SealedError:
        fields.refuse("ct_size", "is the size of no stream")
    return size


def _hex(value: bytes | None) -> str | None:
    return None if value is None else value.hex()


def _envelope_json(envelope: Envelope) -> jcs.Json:
    policy = envelope.policy
    return {
        "envelope": str(envelope.envelope),
        "kind": envelope.kind.value,
        "lot": envelope.lot,
        "relation": envelope.relation.value,
        "refers_to": [str(other) for other in envelope.refers_to],
        "policy": {"m": policy.m, "n": policy.n, "custodian": policy.custodian},
        "recipients": [recipient.hex() for recipient in envelope.recipients],
        "key_commitment": envelope.key_commitment.hex(),
        "share_commitments": [commitment.hex() for commitment in envelope.share_commitments],
        "half_commitment": _hex(envelope.half_commitment),
        "packets": [{"sha256": packet.sha256.hex(), "size": packet.size} for packet in envelope.packets],
        "half_packet_sha256": _hex(envelope.half_packet_sha256),
        "manifest": {"ct_size": envelope.manifest.ct_size, "ct_root": envelope.manifest.ct_root.hex()},
        "files": [
            {
                "n": file.n,
                "ct_size": file.ct_size,
                "ct_root": file.ct_root.hex(),
                "pt_commit": file.pt_commit.hex(),
            }
            for file in envelope.files
        ],
    }
