"""The manifest: the sealed list of what an envelope holds, with the true names and plaintext hashes."""

from dataclasses import dataclass
from uuid import UUID

from signing import jcs
from signing.sealed.descriptor import MAX_FILES, MAX_LOT, Kind, read_json
from signing.sealed.keys import Place
from signing.sealed.packets import VERSION
from signing.sealed.stream import FLAT, FLAT_HASH_LIMIT, TREE, PlainHash
from signing.strict import Fields

CODE = "bid.manifest_invalid"
MAX_MANIFEST_BYTES = 16 << 20
MAX_NAME = 1000
MAX_FILE_BYTES = 1 << 46
MEDIA_TYPE = r"[a-z0-9!#$&^_.+-]{1,60}/[a-z0-9!#$&^_.+-]{1,100}"
WARNING = r"[a-z][a-z_]{0,39}"


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """One file as the bidder sealed it; ``warnings`` are the preflight findings he chose to override."""

    n: int
    name: str
    media_type: str
    size: int
    piece: str | None
    pt: PlainHash
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    """The content of one envelope and the place it was sealed for."""

    deposit: UUID
    place: Place
    files: tuple[ManifestFile, ...]

    def to_bytes(self) -> bytes:
        """Return the JCS bytes that are encrypted as stream 0."""
        return jcs.dumps(
            {
                "v": VERSION,
                "deposit": str(self.deposit),
                "consultation": str(self.place.consultation),
                "lot": self.place.lot,
                "kind": self.place.kind,
                "envelope": str(self.place.envelope),
                "files": [_file_json(file) for file in self.files],
            }
        )


def parse(data: bytes) -> Manifest:
    """Read a decrypted manifest, strictly (``bid.manifest_invalid``)."""
    fields = Fields(read_json(data, CODE, MAX_MANIFEST_BYTES), code=CODE, where="manifest")
    fields.one_of("v", [VERSION])
    deposit = fields.uuid("deposit")
    place = Place(
        fields.uuid("consultation"),
        fields.integer("lot", most=MAX_LOT),
        fields.one_of("kind", list(Kind)),
        fields.uuid("envelope"),
    )
    files = tuple(_file(item) for item in fields.objects("files", least=1, most=MAX_FILES))
    fields.done()
    return Manifest(deposit, place, files)


def _file(fields: Fields) -> ManifestFile:
    size = fields.integer("size", most=MAX_FILE_BYTES)
    file = ManifestFile(
        n=fields.integer("n", least=1),
        name=fields.text("name", most=MAX_NAME),
        media_type=fields.matching("media_type", MEDIA_TYPE),
        size=size,
        piece=None if fields.is_null("piece") else fields.text("piece", most=100),
        pt=_hash(fields.object("pt"), size),
        warnings=fields.texts("warnings", WARNING, most=100),
    )
    fields.done()
    return file


def _hash(fields: Fields, size: int) -> PlainHash:
    algorithm = fields.one_of("alg", [FLAT if size <= FLAT_HASH_LIMIT else TREE])
    value = fields.sha256("value")
    fields.done()
    return PlainHash(algorithm, value)


def _file_json(file: ManifestFile) -> jcs.Json:
    return {
        "n": file.n,
        "name": file.name,
        "media_type": file.media_type,
        "size": file.size,
        "piece": file.piece,
        "pt": {"alg": file.pt.algorithm, "value": file.pt.value.hex()},
        "warnings": file.warnings,
    }
