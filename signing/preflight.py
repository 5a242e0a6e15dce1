"""Look at files before they are sealed: after that nobody can help until the opening."""

import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from signing.sealed.keyset import Limits

MAX_NAME_BYTES = 200
HEAD_BYTES = 1024
TAIL_BYTES = 4096
READ_BYTES = 1 << 20
_ZIP_ENDINGS = (".zip", ".docx", ".xlsx", ".pptx", ".odt", ".ods")


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: its code, the file it is about (none: the whole), and whether sealing must stop."""

    code: str
    path: Path | None
    blocking: bool


def check(paths: Sequence[Path], limits: Limits) -> list[Finding]:
    """Return what is wrong with files that are about to be sealed, without changing anything."""
    findings = [finding for path in paths for finding in _check_file(path, limits)]
    if len(paths) > limits.files:
        findings.append(Finding("too_many", None, blocking=True))
    if sum(path.stat().st_size for path in paths if path.is_file()) > limits.total_bytes:
        findings.append(Finding("total_too_large", None, blocking=True))
    if not any(finding.blocking for finding in findings):
        findings += _duplicates(paths)
    return findings


def _check_file(path: Path, limits: Limits) -> Iterator[Finding]:
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
            file.seek(max(0, size - TAIL_BYTES))
            tail = file.read(TAIL_BYTES)
    except OSError:
        yield Finding("unreadable", path, blocking=True)
        return
    if size == 0:
        yield Finding("empty", path, blocking=True)
    if size > limits.file_bytes:
        yield Finding("too_large", path, blocking=True)
    ending = path.suffix.lower()
    if limits.types and ending.removeprefix(".") not in limits.types:
        yield Finding("type_forbidden", path, blocking=True)
    for code in (*_name_codes(path.name), *_content_codes(path, ending, head, tail)):
        yield Finding(code, path, blocking=False)


def _name_codes(name: str) -> Iterator[str]:
    odd = any(unicodedata.category(character) in {"Cc", "Cf", "Cs"} for character in name)
    if odd or len(name.encode("utf-8", "surrogateescape")) > MAX_NAME_BYTES:
        yield "name_odd"


def _content_codes(path: Path, ending: str, head: bytes, tail: bytes) -> Iterator[str]:
    if ending == ".pdf":
        if b"%PDF-" not in head or b"startxref" not in tail:
            yield "pdf_corrupt"
        elif b"/Encrypt" in tail:
            yield "pdf_locked"
    elif ending in _ZIP_ENDINGS:
        yield from _archive_codes(path)


def _archive_codes(path: Path) -> Iterator[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        yield "zip_unreadable"
        return
    if any(entry.flag_bits & 1 for entry in entries):
        yield "zip_encrypted"
    if any(entry.filename.endswith("vbaProject.bin") for entry in entries):
        yield "macro"


def _duplicates(paths: Sequence[Path]) -> Iterator[Finding]:
    by_size: dict[int, list[Path]] = {}
    for path in paths:
        by_size.setdefault(path.stat().st_size, []).append(path)
    for alike in by_size.values():
        seen: set[bytes] = set()
        for path in alike if len(alike) > 1 else ():
            digest = _digest(path)
            if digest in seen:
                yield Finding("duplicate", path, blocking=False)
            seen.add(digest)


def _digest(path: Path) -> bytes:
    digest = sha256()
    with path.open("rb") as file:
        while chunk := file.read(READ_BYTES):
            digest.update(chunk)
    return digest.digest()
