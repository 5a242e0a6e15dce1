"""The export file ``.pli``: a ZIP64 archive without compression, which holds one whole deposit."""

import zipfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import IO, NoReturn, Self
from uuid import UUID

from signing.errors import SealedError
from signing.sealed import descriptor as descriptors
from signing.sealed import inventory as inventories
from signing.sealed.descriptor import Descriptor
from signing.sealed.inventory import Inventory
from signing.sealed.sealing import SealedDeposit, Sealing

CODE = "bid.container_invalid"
DESCRIPTOR, INVENTORY = "pli.json", "inventory.json"
CHUNK = 1 << 20
# One fixed date: the archive must not tell when the bidder worked.
_DATE = (1980, 1, 1, 0, 0, 0)
_LOCAL_HEADER_BYTES = 30
MAX_PACKET_BYTES = 1 << 20
MAX_ENTRIES = 100_000


def packet_name(envelope: UUID, x: int) -> str:
    """Return the entry that holds key packet ``x``."""
    return f"packets/{envelope}-{x}.cms"


def half_name(envelope: UUID) -> str:
    """Return the entry that holds the custodian's packet."""
    return f"half/{envelope}.cms"


def stream_name(envelope: UUID, n: int) -> str:
    """Return the entry that holds stream ``n`` (0 is the manifest)."""
    return f"data/{envelope}/{n}.bin"


def write(target: IO[bytes], sealing: Sealing) -> SealedDeposit:
    """Seal everything into an export file; the descriptor comes last, when all hashes are known."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        _write_streams(archive, sealing)
        deposit = sealing.finish()
        _write_objects(archive, deposit)
    return deposit


def write_again(target: IO[bytes], sealing: Sealing, deposit: SealedDeposit) -> None:
    """Write the export file of a deposit already made: the same streams, the same small objects."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        _write_streams(archive, sealing)
        _write_objects(archive, deposit)


def _write_streams(archive: zipfile.ZipFile, sealing: Sealing) -> None:
    for stream in sealing.streams():
        with archive.open(_entry(stream_name(stream.envelope, stream.n)), "w", force_zip64=True) as out:
            for segment in stream.segments():
                out.write(segment)


def _write_objects(archive: zipfile.ZipFile, deposit: SealedDeposit) -> None:
    for (envelope, x), packet in deposit.packets.items():
        archive.writestr(_entry(packet_name(envelope, x)), packet)
    for envelope, packet in deposit.halves.items():
        archive.writestr(_entry(half_name(envelope)), packet)
    archive.writestr(_entry(INVENTORY), deposit.inventory)
    archive.writestr(_entry(DESCRIPTOR), deposit.pli)


class Container:
    """An export file open for reading. Its list of entries must be exactly what its descriptor calls for."""

    def __init__(self, path: Path) -> None:
        try:
            self._archive = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
            raise SealedError(CODE, str(error), reason="archive") from error
        try:
            self._sizes = _check_entries(self._archive, path.stat().st_size)
            self.pli = self._small(DESCRIPTOR, descriptors.MAX_DESCRIPTOR_BYTES)
            self.descriptor = descriptors.parse(self.pli)
            self._check_names()
            self.inventory = self._inventory()
        except BaseException:
            self._archive.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._archive.close()

    def packet(self, envelope: UUID, x: int) -> bytes:
        """Return one CMS key packet."""
        return self._small(packet_name(envelope, x), MAX_PACKET_BYTES)

    def half_packet(self, envelope: UUID) -> bytes:
        """Return the custodian's CMS packet."""
        return self._small(half_name(envelope), MAX_PACKET_BYTES)

    def stream(self, envelope: UUID, n: int) -> Generator[bytes, None, None]:
        """Yield the stored bytes of one stream; close the generator when leaving it early."""
        with _reading(), self._archive.open(stream_name(envelope, n)) as entry:
            while chunk := entry.read(CHUNK):
                yield chunk

    def _small(self, name: str, most: int) -> bytes:
        size = self._sizes.get(name)
        if size is None or size > most:
            _refuse("entries", f"{name} is missing or too large")
        with _reading():
            return self._archive.read(name)

    def _check_names(self) -> None:
        expected = set(expected_names(self.descriptor))
        if set(self._sizes) != expected:
            odd = min(expected ^ set(self._sizes))
            _refuse("entries", f"{odd} is missing or has no place here")

    def _inventory(self) -> Inventory:
        data = self._small(INVENTORY, inventories.MAX_INVENTORY_BYTES)
        if sha256(data).digest() != self.descriptor.inventory_sha256:
            _refuse("inventory", "the inventory is not the one of the descriptor")
        return inventories.parse(data)


def expected_names(descriptor: Descriptor) -> Iterator[str]:
    """Yield the name of every entry that a deposit has."""
    yield from (DESCRIPTOR, INVENTORY)
    for envelope in descriptor.envelopes:
        for x in range(1, envelope.policy.packets + 1):
            yield packet_name(envelope.envelope, x)
        if envelope.policy.custodian:
            yield half_name(envelope.envelope)
        for n in (0, *(file.n for file in envelope.files)):
            yield stream_name(envelope.envelope, n)


def _entry(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _DATE)
    info.external_attr = 0o600 << 16
    return info


def _check_entries(archive: zipfile.ZipFile, size: int) -> dict[str, int]:
    """Refuse compression, encryption, repeated names and entries that share bytes (overlap bombs)."""
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        _refuse("entries", f"{len(entries)} entries")
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        plain = entry.compress_type == zipfile.ZIP_STORED and entry.file_size == entry.compress_size
        if not plain or entry.flag_bits & 1 or entry.header_offset < end:
            _refuse("entries", f"{entry.filename!r} is compressed, encrypted or overlaps another")
        end = entry.header_offset + _LOCAL_HEADER_BYTES + len(entry.filename) + entry.file_size
    names = {entry.filename: entry.file_size for entry in entries}
    if len(names) != len(entries) or end > size:
        _refuse("entries", "an entry is repeated, or larger than the file")
    return names


@contextmanager
def _reading() -> Iterator[None]:
    """Turn what zipfile reports of a damaged archive into our one error."""
    try:
        yield
    except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError) as error:
        raise SealedError("bid.damaged", str(error), reason="archive") from error


def _refuse(reason: str, detail: str) -> NoReturn:
    raise SealedError(CODE, detail, reason=reason)
