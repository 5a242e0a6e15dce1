"""A form with a signed file and the documents beside it, read within its limits."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from procurement.core.text import display_name
from procurement.signatures.errors import DocumentNotAsked, Malformed, NoFile, TooMuch
from procurement.signatures.preflight import BODY_BYTES as QUESTION_BYTES
from procurement.signatures.preflight import Looked
from procurement.signatures.service import MOST_BYTES, Given
from signing.types import Bytes

#: What a form adds around its files, in bytes, at most.
MARGIN = 1 << 20
#: The largest body of a verification.
BODY_BYTES = MOST_BYTES + MARGIN
#: The largest body of a look before sealing, with documents.
DOCUMENTS_BYTES = MOST_BYTES + QUESTION_BYTES
_NAME = 200


def given(request: Any) -> Given:
    """Return the file of the form, and the documents beside it; raise NoFile or Malformed."""
    fields = _fields(request)
    sent = fields.get("file")
    if getattr(sent, "file", None) is None:
        raise NoFile
    contents = tuple(
        Bytes(_name(one.filename), one.file.read())
        for one in fields.getall("content")
        if getattr(one, "file", None) is not None
    )
    return Given(_name(sent.filename), sent.file.read(), contents).within_limits()


def question(request: Any) -> tuple[bytes, dict[str, bytes]]:
    """Return the question of a form (JSON), and the documents that the bidder sends with it, by their SHA-256."""
    fields = _fields(request)
    asked = fields.get("question")
    if not isinstance(asked, str):
        raise Malformed
    documents: dict[str, bytes] = {}
    left = MOST_BYTES
    for sent in fields.getall("document"):
        if getattr(sent, "file", None) is None:
            raise Malformed
        data = sent.file.read(left + 1)
        left -= len(data)
        if left < 0:
            raise TooMuch(MOST_BYTES >> 20)
        documents[sha256(data).hexdigest()] = data
    return asked.encode(), documents


def joined(looked: Sequence[Looked], documents: dict[str, bytes]) -> tuple[Looked, ...]:
    """Return the files with the documents that were sent; raise DocumentNotAsked for one that is none of them."""
    if not documents.keys() <= {file.digests["sha256"] for file in looked}:
        raise DocumentNotAsked
    return tuple(replace(file, document=documents.get(file.digests["sha256"])) for file in looked)


def _fields(request: Any) -> Any:
    try:
        return request.POST
    except ValueError:  # A boundary that is none, or fields that are no text.
        raise Malformed from None


def _name(sent: str | None) -> str:
    """Return how a file name is shown: its last part, hostile characters made visible."""
    last = (sent or "").replace("\\", "/").rpartition("/")[2]
    return display_name(last)[:_NAME] or "fichier"
