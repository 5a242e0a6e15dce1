"""Where a PDF begins and where its revisions end, from the bytes alone (ISO 32000-1, 7.5)."""

import re
from collections.abc import Iterable

from signing.containers.sniff import PDF_HEADER_WITHIN

#: White space of PDF (ISO 32000-1, 7.2.2).
BLANKS = b"\x00\t\n\x0c\r "
_END = re.compile(rb"startxref[\x00\t\n\x0c\r ]{0,64}(\d{1,12})[\x00\t\n\x0c\r ]{0,64}%%EOF")
#: A revision ends within these last bytes of it.
_TAIL = 1024


def has_header(data: bytes) -> bool:
    """Tell whether bytes claim to be a PDF: the header stands within the first 1,024 bytes."""
    return b"%PDF-" in data[:PDF_HEADER_WITHIN]


def last_startxref(data: bytes, end: int) -> int | None:
    """Return the offset that the end of a revision gives for its cross-reference, None when it is no such end."""
    tail = data[max(0, end - _TAIL) : end].rstrip(BLANKS)
    found = list(_END.finditer(tail))
    return int(found[-1][1]) if found and found[-1].end() == len(tail) else None


def revision_ends(data: bytes, startxrefs: Iterable[int]) -> list[int]:
    """Return where each revision ends whose cross-reference belongs to the document, in file order."""
    known = set(startxrefs)
    ends = []
    for found in _END.finditer(data):
        if int(found[1]) in known:
            known.discard(int(found[1]))
            ends.append(found.end())
    return ends
