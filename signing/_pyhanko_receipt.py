"""What receipts ask of pyHanko: the files attached to a PDF."""

from io import BytesIO
from typing import Any

from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader

_DEPTH = 20


def attachment(data: bytes, name: str) -> bytes | None:
    """Return the one file attached under a name, None when there is none, or several, or the PDF is damaged."""
    try:
        root: Any = PdfFileReader(BytesIO(data)).root
        found = [
            one.get_object()["/EF"]["/F"].get_object().data
            for key, one in _leaves(root["/Names"]["/EmbeddedFiles"], _DEPTH)
            if key == name
        ]
    except (PdfError, ValueError, TypeError, LookupError, AttributeError, AssertionError, OSError, RecursionError):  # fmt: skip
        return None
    return bytes(found[0]) if len(found) == 1 else None


def _leaves(node: Any, depth: int) -> list[tuple[str, Any]]:
    """Return the pairs of a name tree (ISO 32000-1, 7.9.6); one that is too deep is an error."""
    node = node.get_object()
    if depth == 0:
        raise ValueError("a name tree without end")
    names = list(node.get("/Names", ()))
    pairs = [(str(names[at]), names[at + 1]) for at in range(0, len(names), 2)]
    return pairs + [pair for kid in node.get("/Kids", ()) for pair in _leaves(kid, depth - 1)]
