"""The bidder's own part of a receipt: plaintext hashes and their salts, which the platform never sees."""

from dataclasses import dataclass, field
from uuid import UUID

from signing import jcs
from signing.sealed.descriptor import MAX_FILES, read_json
from signing.sealed.keys import KEY_BYTES
from signing.sealed.packets import VERSION
from signing.sealed.stream import FLAT, TREE, PlainHash
from signing.strict import Fields, b64encode

CODE = "receipt.private_invalid"
MAX_PRIVATE_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class PrivateFile:
    """The true hash of one file, and the salt that ties it to the receipt's ``pt_commit``."""

    envelope: UUID
    n: int
    pt: PlainHash
    salt: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class PrivatePart:
    """The content of ``receipt-private.json``."""

    deposit: UUID
    files: tuple[PrivateFile, ...]

    def to_bytes(self) -> bytes:
        """Return the JCS bytes."""
        files: list[jcs.Json] = [
            {
                "envelope": str(file.envelope),
                "n": file.n,
                "pt": {"alg": file.pt.algorithm, "value": file.pt.value.hex()},
                "salt": b64encode(file.salt),
            }
            for file in self.files
        ]
        return jcs.dumps({"v": VERSION, "deposit": str(self.deposit), "files": files})


def parse(data: bytes) -> PrivatePart:
    """Read ``receipt-private.json``, strictly (``receipt.private_invalid``)."""
    fields = Fields(read_json(data, CODE, MAX_PRIVATE_BYTES), code=CODE, where="receipt-private.json")
    fields.one_of("v", [VERSION])
    deposit = fields.uuid("deposit")
    files = tuple(_file(item) for item in fields.objects("files", least=1, most=MAX_FILES))
    fields.done()
    return PrivatePart(deposit, files)


def _file(fields: Fields) -> PrivateFile:
    pt = fields.object("pt")
    file = PrivateFile(
        envelope=fields.uuid("envelope"),
        n=fields.integer("n", least=1),
        pt=PlainHash(pt.one_of("alg", [FLAT, TREE]), pt.sha256("value")),
        salt=fields.binary("salt", size=KEY_BYTES),
    )
    pt.done()
    fields.done()
    return file
