"""The receipt's body ``receipt.json``: five mandatory items, and the evidence beside them.

The five items are those of annexe 7, article 2 of the order of 22 March 2019: the depositor, the buyer,
the consultation's title and object, the date and time of receipt, and the detailed list of documents.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from signing import jcs
from signing.sealed.descriptor import MAX_FILES, MAX_LOT, SIRET, Kind, SealedFile, read_json
from signing.sealed.inventory import SignatureNote, parse_signature
from signing.sealed.manifest import MAX_FILE_BYTES, MAX_NAME
from signing.sealed.packets import VERSION
from signing.strict import Fields, instant_text

CODE = "receipt.invalid"
MAX_RECEIPT_BYTES = 16 << 20
MAX_TEXT = 20_000
CLOCKS = ["normal", "guarded"]


@dataclass(frozen=True, slots=True)
class Party:
    """A depositor or a buyer, by name and SIRET (none for a company registered abroad)."""

    name: str
    siret: str | None

    def to_json(self) -> jcs.Json:
        """Return the JSON object."""
        return {"name": self.name, "siret": self.siret}


@dataclass(frozen=True, slots=True)
class Document:
    """One line of the detailed list."""

    lot: int
    kind: Kind
    name: str
    size: int
    piece: str | None

    def to_json(self) -> jcs.Json:
        """Return the JSON object."""
        return {
            "lot": self.lot,
            "kind": self.kind.value,
            "name": self.name,
            "size": self.size,
            "piece": self.piece,
        }


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """What was received for one document; it stands at the same place in its list as the document."""

    envelope: UUID
    sealed: SealedFile
    dume: str | None
    signature: SignatureNote

    def to_json(self) -> jcs.Json:
        """Return the JSON object."""
        return {
            "envelope": str(self.envelope),
            "n": self.sealed.n,
            "ct_size": self.sealed.ct_size,
            "ct_root": self.sealed.ct_root.hex(),
            "pt_commit": self.sealed.pt_commit.hex(),
            "dume": self.dume,
            "signature": self.signature.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Evidence:
    """What proves the deposit. ``clock`` is ``guarded`` when the machine's clock had jumped."""

    deposit: UUID
    consultation: UUID
    deadline: datetime
    late: bool
    started_at: datetime | None
    clock: str
    simulation: bool
    pli_sha256: bytes
    files: tuple[EvidenceFile, ...]
    missing_pieces: tuple[str, ...] = ()

    def to_json(self) -> jcs.Json:
        """Return the JSON object."""
        return {
            "deposit": str(self.deposit),
            "consultation": str(self.consultation),
            "deadline": instant_text(self.deadline),
            "late": self.late,
            "started_at": None if self.started_at is None else instant_text(self.started_at),
            "clock": self.clock,
            "simulation": self.simulation,
            "pli_sha256": self.pli_sha256.hex(),
            "files": [file.to_json() for file in self.files],
            "missing_pieces": self.missing_pieces,
        }


@dataclass(frozen=True, slots=True)
class Receipt:
    """The whole body. Its JCS bytes are what the time-stamp covers."""

    depositor: Party
    buyer: Party
    title: str
    object: str
    received_at: datetime
    documents: tuple[Document, ...]
    evidence: Evidence

    def to_bytes(self) -> bytes:
        """Return the JCS bytes of ``receipt.json``."""
        return jcs.dumps(
            {
                "v": VERSION,
                "mandatory": {
                    "depositor": self.depositor.to_json(),
                    "buyer": self.buyer.to_json(),
                    "consultation": {"title": self.title, "object": self.object},
                    "received_at": instant_text(self.received_at),
                    "documents": [document.to_json() for document in self.documents],
                },
                "evidence": self.evidence.to_json(),
            }
        )


def parse(data: bytes) -> Receipt:
    """Read ``receipt.json``, strictly (``receipt.invalid``)."""
    fields = Fields(read_json(data, CODE, MAX_RECEIPT_BYTES), code=CODE, where="receipt.json")
    fields.one_of("v", [VERSION])
    mandatory = fields.object("mandatory")
    consultation = mandatory.object("consultation")
    receipt = Receipt(
        depositor=_party(mandatory.object("depositor")),
        buyer=_party(mandatory.object("buyer")),
        title=consultation.text("title", most=MAX_TEXT),
        object=consultation.text("object", most=MAX_TEXT),
        received_at=mandatory.instant("received_at"),
        documents=tuple(_document(item) for item in mandatory.objects("documents", least=1, most=MAX_FILES)),
        evidence=_evidence(fields.object("evidence")),
    )
    for part in (consultation, mandatory, fields):
        part.done()
    if len(receipt.documents) != len(receipt.evidence.files):
        fields.refuse("evidence", "does not cover the documents one by one")
    return receipt


def _party(fields: Fields) -> Party:
    siret = None if fields.is_null("siret") else fields.matching("siret", SIRET)
    party = Party(fields.text("name"), siret)
    fields.done()
    return party


def _document(fields: Fields) -> Document:
    document = Document(
        lot=fields.integer("lot", most=MAX_LOT),
        kind=Kind(fields.one_of("kind", list(Kind))),
        name=fields.text("name", most=MAX_NAME),
        size=fields.integer("size", most=MAX_FILE_BYTES),
        piece=None if fields.is_null("piece") else fields.text("piece", most=100),
    )
    fields.done()
    return document


def _evidence(fields: Fields) -> Evidence:
    evidence = Evidence(
        deposit=fields.uuid("deposit"),
        consultation=fields.uuid("consultation"),
        deadline=fields.instant("deadline"),
        late=fields.flag("late"),
        started_at=None if fields.is_null("started_at") else fields.instant("started_at"),
        clock=fields.one_of("clock", CLOCKS),
        simulation=fields.flag("simulation"),
        pli_sha256=fields.sha256("pli_sha256"),
        files=tuple(_file(item) for item in fields.objects("files", least=1, most=MAX_FILES)),
        missing_pieces=fields.texts("missing_pieces", r".{1,1000}", most=1000),
    )
    fields.done()
    return evidence


def _file(fields: Fields) -> EvidenceFile:
    sealed = SealedFile(
        n=fields.integer("n", least=1),
        ct_size=fields.integer("ct_size", least=1),
        ct_root=fields.sha256("ct_root"),
        pt_commit=fields.sha256("pt_commit"),
    )
    file = EvidenceFile(
        envelope=fields.uuid("envelope"),
        sealed=sealed,
        dume=None if fields.is_null("dume") else fields.text("dume", most=100),
        signature=parse_signature(fields.object("signature")),
    )
    fields.done()
    return file
