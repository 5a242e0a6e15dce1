"""Notice whether files bear signatures, without judging them: the receipt must not be silent (CE 383587)."""

from collections.abc import Sequence
from pathlib import Path

from signing.sealed.inventory import SignatureNote, SignatureStatus

READ_BYTES = 1 << 20
_DETACHED = {".p7s", ".sig", ".xades"}
_ENVELOPING = {".p7m", ".asice", ".asics"}
# A signed PDF names the bytes its signature covers; signed XML names the signature's own namespace.
_MARKS = {".pdf": b"/ByteRange", ".xml": b"http://www.w3.org/2000/09/xmldsig#"}


def notes(paths: Sequence[Path]) -> list[SignatureNote]:
    """Return what is seen of each file's signature: present but not checked, absent, or without its file."""
    return [SignatureNote(_status(path, paths)) for path in paths]


def _status(path: Path, paths: Sequence[Path]) -> SignatureStatus:
    ending = path.suffix.lower()
    if ending in _DETACHED:
        # a.pdf.p7s signs a.pdf
        found = path.with_suffix("") in paths
        return SignatureStatus.PRESENT_NOT_CHECKED if found else SignatureStatus.ORPHAN_TOKEN
    has_token = any(path.with_name(path.name + token) in paths for token in _DETACHED)
    if has_token or ending in _ENVELOPING or (ending in _MARKS and _contains(path, _MARKS[ending])):
        return SignatureStatus.PRESENT_NOT_CHECKED
    return SignatureStatus.NOT_SIGNED


def _contains(path: Path, mark: bytes) -> bool:
    """Look for a mark in a file of any size, across the edges of what is read at once."""
    kept = b""
    with path.open("rb") as file:
        while chunk := file.read(READ_BYTES):
            if mark in kept + chunk:
                return True
            kept = chunk[-len(mark) :]
    return False
