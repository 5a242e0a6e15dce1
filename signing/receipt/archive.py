"""The archive ``receipt-<deposit>.zip``: the receipt's body and whatever proves it."""

import io
import zipfile
import zlib
from dataclasses import dataclass, field

from signing.errors import SealedError

CODE = "receipt.archive_invalid"
BODY, PDF, SEAL = "receipt.json", "receipt.pdf", "receipt.p7s"
TIMESTAMP, LOG_PROOF, PRIVATE = "receipt.tsr", "receipt.tlog-proof", "receipt-private.json"
NAMES = (BODY, PDF, SEAL, TIMESTAMP, LOG_PROOF, PRIVATE)
MAX_ARCHIVE_BYTES = 64 << 20
MAX_PART_BYTES = 32 << 20
_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class ReceiptParts:
    """The parts to put into an archive; what is not there yet is left out."""

    body: bytes
    pdf: bytes | None = None
    seal: bytes | None = None
    timestamp: bytes | None = None
    log_proof: bytes | None = None
    private: bytes | None = field(default=None, repr=False)

    def to_bytes(self) -> bytes:
        """Return the archive; the same parts always give the same bytes."""
        parts = (self.body, self.pdf, self.seal, self.timestamp, self.log_proof, self.private)
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
            for name, part in zip(NAMES, parts, strict=True):
                if part is not None:
                    archive.writestr(zipfile.ZipInfo(name, _DATE), part)
        return out.getvalue()


class Archive:
    """An archive taken apart. Hostile ones are refused before anything large is unpacked."""

    def __init__(self, data: bytes) -> None:
        if len(data) > MAX_ARCHIVE_BYTES:
            raise SealedError(CODE, f"{len(data)} bytes", reason="size")
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                self._parts = _read_all(archive)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
            if isinstance(error, SealedError):
                raise
            raise SealedError(CODE, str(error), reason="damaged") from error
        if BODY not in self._parts:
            raise SealedError(CODE, f"{BODY} is missing", reason="entries")

    @property
    def body(self) -> bytes:
        """Return the bytes of ``receipt.json``."""
        return self._parts[BODY]

    def part(self, name: str) -> bytes | None:
        """Return a part, if the archive has it."""
        return self._parts.get(name)


def _read_all(archive: zipfile.ZipFile) -> dict[str, bytes]:
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    if not set(names) <= set(NAMES) or len(set(names)) != len(names):
        raise SealedError(CODE, "an unknown or repeated entry", reason="entries")
    parts = {}
    for entry in entries:
        allowed = entry.compress_type in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
        if not allowed or entry.flag_bits & 1 or entry.file_size > MAX_PART_BYTES:
            raise SealedError(CODE, f"{entry.filename} is encrypted or too large", reason="entries")
        # The declared size cannot be trusted alone: read at most one byte more than it.
        with archive.open(entry) as source:
            part = source.read(entry.file_size + 1)
        if len(part) != entry.file_size:
            raise SealedError(CODE, f"{entry.filename} has another size than declared", reason="entries")
        parts[entry.filename] = part
    return parts
