"""The inventory: the list of documents the platform needs for the receipt (annexe 7, article 2).

Only the bidder and the operator can read it; with masked names it holds the piece's label and a number.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from signing import jcs
from signing.sealed.descriptor import MAX_FILES, read_json
from signing.sealed.manifest import MAX_FILE_BYTES, MAX_NAME, MEDIA_TYPE
from signing.sealed.packets import VERSION
from signing.strict import Fields

CODE = "bid.inventory_invalid"
MAX_INVENTORY_BYTES = 16 << 20


class SignatureStatus(StrEnum):
    """What was known of a file's signature at the moment of the deposit."""

    SIGNED_VALID = "signed-valid"
    SIGNED_INVALID = "signed-invalid"
    SIGNED_UNDETERMINED = "signed-undetermined"
    NOT_SIGNED = "not-signed"
    ORPHAN_TOKEN = "orphan-token"  # noqa: S105 - a detached signature, not a password
    PRESENT_NOT_CHECKED = "present-not-checked"


@dataclass(frozen=True, slots=True)
class SignatureNote:
    """Status, how it was obtained (``digests``, ``content`` or not at all), and the server's ticket."""

    status: SignatureStatus = SignatureStatus.NOT_SIGNED
    basis: str | None = None
    ticket: str | None = None

    def to_json(self) -> jcs.Json:
        """Return the JSON object."""
        return {"status": self.status.value, "basis": self.basis, "ticket": self.ticket}


@dataclass(frozen=True, slots=True)
class InventoryFile:
    """One document of the deposit."""

    envelope: UUID
    n: int
    name: str
    size: int
    media_type: str
    piece: str | None = None
    dume: str | None = None
    signature: SignatureNote = field(default_factory=SignatureNote)


@dataclass(frozen=True, slots=True)
class Inventory:
    """All documents of a deposit; ``masked`` tells that the names are not the true ones."""

    deposit: UUID
    files: tuple[InventoryFile, ...]
    masked: bool = False

    def to_bytes(self) -> bytes:
        """Return the JCS bytes of ``inventory.json``."""
        return jcs.dumps(
            {
                "v": VERSION,
                "deposit": str(self.deposit),
                "names": "masked" if self.masked else "clear",
                "files": [_file_json(file) for file in self.files],
            }
        )


def parse(data: bytes) -> Inventory:
    """Read ``inventory.json``, strictly (``bid.inventory_invalid``)."""
    fields = Fields(read_json(data, CODE, MAX_INVENTORY_BYTES), code=CODE, where="inventory.json")
    fields.one_of("v", [VERSION])
    inventory = Inventory(
        deposit=fields.uuid("deposit"),
        masked=fields.one_of("names", ["clear", "masked"]) == "masked",
        files=tuple(_file(item) for item in fields.objects("files", least=1, most=MAX_FILES)),
    )
    fields.done()
    if len({(file.envelope, file.n) for file in inventory.files}) != len(inventory.files):
        fields.refuse("files", "holds the same file twice")
    return inventory


def parse_signature(fields: Fields) -> SignatureNote:
    """Read one ``signature`` object, in the inventory or in a receipt."""
    note = SignatureNote(
        SignatureStatus(fields.one_of("status", list(SignatureStatus))),
        None if fields.is_null("basis") else fields.one_of("basis", ["digests", "content"]),
        None if fields.is_null("ticket") else fields.text("ticket", most=4000),
    )
    fields.done()
    return note


def _file(fields: Fields) -> InventoryFile:
    file = InventoryFile(
        envelope=fields.uuid("envelope"),
        n=fields.integer("n", least=1),
        name=fields.text("name", most=MAX_NAME),
        size=fields.integer("size", most=MAX_FILE_BYTES),
        media_type=fields.matching("media_type", MEDIA_TYPE),
        piece=None if fields.is_null("piece") else fields.text("piece", most=100),
        dume=None if fields.is_null("dume") else fields.text("dume", most=100),
        signature=parse_signature(fields.object("signature")),
    )
    fields.done()
    return file


def _file_json(file: InventoryFile) -> jcs.Json:
    return {
        "envelope": str(file.envelope),
        "n": file.n,
        "name": file.name,
        "size": file.size,
        "media_type": file.media_type,
        "piece": file.piece,
        "dume": file.dume,
        "signature": file.signature.to_json(),
    }
