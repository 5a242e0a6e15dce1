"""Verify a receipt offline: what is there must hold, what is absent is said to be absent."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path

from signing import timestamp
from signing.errors import SealedError
from signing.receipt import archive as archives
from signing.receipt import model
from signing.receipt import private as privates
from signing.receipt import seal as seals
from signing.receipt.archive import Archive
from signing.receipt.model import Receipt
from signing.receipt.private import PrivatePart
from signing.sealed.keys import plaintext_commitment
from signing.sealed.stream import PLI, PlainHash, hash_plaintext
from signing.strict import instant_text

NOT_PRESENT = "not_present"
NOT_SUPPORTED = "not_supported"
NOT_COVERED = "not_covered"
"""The PDF is a reading copy of the body; no proof in the archive covers its bytes."""
VALID = "present and valid"
NOT_TRUSTED = "present, issuer not checked"
"""The seal is over the document; nobody said whose seals to trust."""
_SIGNED = b"/ByteRange"

CLOCK_TOLERANCE = timedelta(seconds=60)
"""A token cannot be older than the deposit it proves, except by the clocks' disagreement."""

READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Check:
    """One result: True, False, or None when there was nothing to check; ``detail`` is a code or a figure."""

    name: str
    ok: bool | None
    detail: str


def verify(
    data: bytes,
    *,
    tsa_ca: Sequence[bytes] = (),
    seal_ca: Sequence[bytes] = (),
    files_dir: Path | None = None,
    log_key: str | None = None,
) -> list[Check]:
    """Check an archive with the time-stamping authority's trusted DER certificates, and those above the seal's.

    Without ``seal_ca`` a seal that is over the receipt has no verdict: anybody could have put it.
    ``files_dir`` compares the bidder's own files, which needs the archive's private part. The receipt holds
    when no check is False. Never raises for a bad archive: that is what the checks say.
    """
    try:
        archive = Archive(data)
        receipt = model.parse(archive.body)
    except SealedError as error:
        return [Check("receipt", ok=False, detail=error.code)]
    checks = [Check("receipt", ok=True, detail=receipt.evidence.pli_sha256.hex())]
    checks.append(_guarded("timestamp", lambda: _timestamp(archive, receipt, tsa_ca)))
    trust = _Trust(tuple(seal_ca), tuple(tsa_ca))
    checks.append(_guarded("pdf", lambda: _pdf(archive, trust)))
    checks.append(_guarded("seal", lambda: _seal(archive, trust)))
    checks.append(_log(archive, log_key))
    checks.append(_guarded("commitments", lambda: _commitments(archive, receipt)))
    if files_dir is not None:
        folder = files_dir
        checks.append(_guarded("files", lambda: _files(archive, receipt, folder)))
    return checks


def _guarded(name: str, check: Callable[[], Check]) -> Check:
    try:
        return check()
    except SealedError as error:
        return Check(name, ok=False, detail=error.code)


@dataclass(frozen=True, slots=True)
class _Trust:
    """Whom seals and their time-stamps are believed on."""

    seal_ca: tuple[bytes, ...]
    tsa_ca: tuple[bytes, ...]


def _seal(archive: Archive, trust: _Trust) -> Check:
    part = archive.part(archives.SEAL)
    if part is None:
        return Check("seal", ok=None, detail=NOT_PRESENT)
    return _sealed("seal", seals.beside(part, archive.body), trust)


def _pdf(archive: Archive, trust: _Trust) -> Check:
    """Check the seal of the PDF, and that the receipt attached to it is this one."""
    part = archive.part(archives.PDF)
    if part is None or _SIGNED not in part:
        return Check("pdf", ok=None, detail=NOT_PRESENT if part is None else NOT_COVERED)
    from signing._pyhanko_receipt import attachment

    check = _sealed("pdf", seals.inside(part), trust)
    if attachment(part, archives.BODY) != archive.body:
        raise SealedError("receipt.pdf_mismatch", "the PDF is not of this receipt")
    return check


def _sealed(name: str, sealed: seals.Sealed, trust: _Trust) -> Check:
    if not trust.seal_ca:
        return Check(name, ok=None, detail=f"{NOT_TRUSTED}: {seals.read(sealed).holder}")
    seal, at = seals.verify(sealed, authorities=trust.seal_ca, tsa_ca=trust.tsa_ca)
    return Check(name, ok=True, detail=f"{VALID}: {seal.level} {instant_text(at)} {seal.holder}")


def _unchecked(name: str, part: bytes | None) -> Check:
    """Report a part that this version reads past; only its presence and its checksum were looked at."""
    return Check(name, ok=None, detail=NOT_PRESENT if part is None else NOT_SUPPORTED)


def _log(archive: Archive, log_key: str | None) -> Check:
    check = _unchecked("log", archive.part(archives.LOG_PROOF))
    # Who names a log key expects the proof to be checked: passing it over in silence would mislead.
    return (
        check
        if log_key is None or check.detail == NOT_PRESENT
        else Check("log", ok=False, detail=NOT_SUPPORTED)
    )


def _timestamp(archive: Archive, receipt: Receipt, tsa_ca: Sequence[bytes]) -> Check:
    response = archive.part(archives.TIMESTAMP)
    if response is None:
        return Check("timestamp", ok=None, detail=NOT_PRESENT)
    token = timestamp.verify(response, sha256(archive.body).digest(), authorities=tsa_ca)
    if token.gen_time < receipt.received_at - CLOCK_TOLERANCE:
        return Check("timestamp", ok=False, detail="timestamp.before_receipt")
    return Check("timestamp", ok=True, detail=f"{instant_text(token.gen_time)} {token.authority}")


def _private(archive: Archive) -> PrivatePart | None:
    data = archive.part(archives.PRIVATE)
    return None if data is None else privates.parse(data)


def _commitments(archive: Archive, receipt: Receipt) -> Check:
    private = _private(archive)
    if private is None:
        return Check("commitments", ok=None, detail=NOT_PRESENT)
    stated = {(file.envelope, file.n): file for file in private.files}
    received = {(file.envelope, file.sealed.n): file.sealed for file in receipt.evidence.files}
    if private.deposit != receipt.evidence.deposit or set(stated) != set(received):
        return Check("commitments", ok=False, detail="receipt.private_mismatch")
    for key, file in stated.items():
        commitment = plaintext_commitment(file.salt, file.pt.algorithm, file.pt.value)
        if not compare_digest(commitment, received[key].pt_commit):
            return Check("commitments", ok=False, detail="bid.commitment_mismatch")
    return Check("commitments", ok=True, detail=str(len(stated)))


def _files(archive: Archive, receipt: Receipt, folder: Path) -> Check:
    """Look for every document of the receipt among the files of a folder, by content."""
    private = _private(archive)
    if private is None:
        return Check("files", ok=False, detail="receipt.private_needed")
    wanted = {file.pt for file in private.files}
    sizes = {PLI.plain_size_of(file.sealed.ct_size) for file in receipt.evidence.files}
    missing = wanted - set(_hashes(folder, sizes))
    if missing:
        names = {
            (file.envelope, file.sealed.n): document.name
            for file, document in zip(receipt.evidence.files, receipt.documents, strict=True)
        }
        lost = sorted(names.get((file.envelope, file.n), "?") for file in private.files if file.pt in missing)
        return Check("files", ok=False, detail=f"receipt.file_differs: {', '.join(lost)}")
    return Check("files", ok=True, detail=str(len(private.files)))


def _hashes(folder: Path, sizes: set[int]) -> Iterator[PlainHash]:
    """Yield the hashes of the folder's files; those of a size that no document has are not read."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.stat().st_size in sizes:
            yield hash_plaintext(_chunks(path), path.stat().st_size)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(READ_BYTES):
            yield chunk
