"""Open an export file into a folder, envelope by envelope; a damaged one does not stop the others."""

import shutil
import tempfile
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from uuid import UUID

from signing.certificates import PrivateKey, Recipient
from signing.errors import SealedError
from signing.sealed import opening
from signing.sealed.container import Container
from signing.sealed.descriptor import Envelope, Kind
from signing.sealed.keys import MANIFEST
from signing.sealed.manifest import ManifestFile

MAX_NAME_BYTES = 200
MAX_ENDING_BYTES = 20
# Control, format (bidirectional marks), surrogate, private, line and paragraph separators.
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_RESERVED = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))}
)


@dataclass(frozen=True, slots=True)
class HolderKey:
    """A private key, with the recipient read from its certificate when that is at hand."""

    private_key: PrivateKey
    recipient: Recipient | None = None


@dataclass(frozen=True, slots=True)
class ExtractedFile:
    """A file written out: number, true name, path below the target folder, size and hash."""

    n: int
    name: str
    path: str
    size: int
    algorithm: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Extracted:
    """What became of one envelope: its files, or the error that kept it closed."""

    envelope: UUID
    kind: Kind
    lot: int
    files: tuple[ExtractedFile, ...] = ()
    error: SealedError | None = None


def extract(
    container: Container, keys: Sequence[HolderKey], halves: Mapping[UUID, bytes], target: Path
) -> list[Extracted]:
    """Open every envelope that the keys allow into ``target/lot-<lot>/<kind>/``.

    A folder appears only when its envelope was opened and verified to the last byte.
    """
    target.mkdir(parents=True, exist_ok=True)
    envelopes = container.descriptor.envelopes
    return [_extract_one(container, envelope, keys, halves, target) for envelope in envelopes]


def collect_secrets(container: Container, envelope: Envelope, keys: Iterable[HolderKey]) -> dict[int, bytes]:
    """Return the secrets (x -> value) that these keys draw from an envelope's packets.

    A key that is no recipient of a packet is passed over; ``bid.wrong_key`` when none fits any.
    """
    found: dict[int, bytes] = {}
    for x in range(1, envelope.policy.packets + 1):
        packet = container.packet(envelope.envelope, x)
        for key in keys:
            try:
                found[x] = opening.unwrap(envelope, x, packet, key.private_key, key.recipient).value
            except SealedError as error:
                if error.code != "bid.wrong_key":
                    raise
    if not found:
        raise SealedError("bid.wrong_key", "none of the keys is a recipient of this envelope")
    return found


def output_names(names: Mapping[int, str]) -> dict[int, str]:
    """Choose a file name for each file number: the bidder's own wherever it is safe and not taken.

    Names come from the bidder: separators, control and bidirectional characters, reserved names and
    endless ones must not reach a file system. An altered or repeated name is led by the file's number.
    """
    chosen: dict[int, str] = {}
    taken: set[str] = set()
    for n, name in names.items():
        safe = _safe_name(name)
        if safe != name or safe.casefold() in taken:
            safe = f"{n:03d}-{safe}"
        taken.add(safe.casefold())
        chosen[n] = safe
    return chosen


def _safe_name(name: str) -> str:
    kept = "".join(_safe_character(character) for character in unicodedata.normalize("NFC", name))
    kept = kept.strip(" .") or "_"
    if kept.split(".")[0].lower() in _RESERVED:
        kept = "_" + kept
    if len(kept.encode()) <= MAX_NAME_BYTES:
        return kept
    ending = PurePosixPath(kept).suffix.encode()[:MAX_ENDING_BYTES]
    return (kept.encode()[: MAX_NAME_BYTES - len(ending)] + ending).decode("utf-8", "ignore")


def _safe_character(character: str) -> str:
    unsafe = character in '/\\:*?"<>|' or unicodedata.category(character) in _UNSAFE_CATEGORIES
    return "_" if unsafe else character


def _extract_one(
    container: Container,
    envelope: Envelope,
    keys: Sequence[HolderKey],
    halves: Mapping[UUID, bytes],
    target: Path,
) -> Extracted:
    final = target / f"lot-{envelope.lot}" / envelope.kind.value
    work = Path(tempfile.mkdtemp(prefix=".opening-", dir=target))
    try:
        files = _write_all(container, envelope, keys, halves, work)
        _move(work, final)
    except SealedError as error:
        shutil.rmtree(work)
        return Extracted(envelope.envelope, envelope.kind, envelope.lot, error=error)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    return Extracted(envelope.envelope, envelope.kind, envelope.lot, files)


def _move(work: Path, final: Path) -> None:
    if final.exists():
        raise SealedError("bid.output_exists", f"{final} is there already", path=str(final))
    final.parent.mkdir(exist_ok=True)
    work.rename(final)


def _write_all(
    container: Container,
    envelope: Envelope,
    keys: Sequence[HolderKey],
    halves: Mapping[UUID, bytes],
    work: Path,
) -> tuple[ExtractedFile, ...]:
    identifier = envelope.envelope
    key = opening.recover_key(envelope, collect_secrets(container, envelope, keys), halves.get(identifier))
    with closing(container.stream(identifier, MANIFEST)) as stored:
        manifest = opening.open_manifest(container.descriptor, envelope, key, stored)
    names = output_names({file.n: file.name for file in manifest.files})
    return tuple(_write(container, envelope, key, file, work / names[file.n]) for file in manifest.files)


def _write(
    container: Container, envelope: Envelope, key: bytes, file: ManifestFile, path: Path
) -> ExtractedFile:
    with path.open("xb") as out, closing(container.stream(envelope.envelope, file.n)) as stored:
        for plain in opening.decrypt_file(container.descriptor, envelope, key, file, stored):
            out.write(plain)
    place = f"lot-{envelope.lot}/{envelope.kind.value}/{path.name}"
    return ExtractedFile(file.n, file.name, place, file.size, file.pt.algorithm, file.pt.value)
