"""Name, type and digest of what is signed."""

import mimetypes
from collections.abc import Sequence
from hashlib import sha256

from signing.produce.keys import digest
from signing.produce.params import SignParams
from signing.produce.refusals import ProductionRefused
from signing.types import Bytes, Content

_UNKNOWN = "application/octet-stream"
#: Types that the table of a bare system may lack.
_TYPES = {
    "pdf": "application/pdf",
    "xml": "application/xml",
    "json": "application/json",
    "txt": "text/plain",
    "zip": "application/zip",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def listed(document: Content | Sequence[Content]) -> list[Content]:
    """Return one document or several as a list; names must differ, and there must be one."""
    documents = list(document) if isinstance(document, Sequence) else [document]
    names = [item.name for item in documents]
    if not documents or len(set(names)) != len(names):
        raise ProductionRefused("produce.documents", f"documents {names}")
    return documents


def digest_of(document: Content, algorithm: str) -> bytes:
    """Return a document's digest, from its bytes or from those given."""
    if isinstance(document, Bytes):
        return digest(algorithm, document.data)
    try:
        return bytes.fromhex(document.values[algorithm])
    except (LookupError, ValueError) as error:
        raise ProductionRefused(
            "produce.digest_missing", str(error), name=document.name, algorithm=algorithm
        ) from error


def bytes_of(document: Content) -> bytes:
    """Return a document's bytes, or refuse a digest where they are needed."""
    if isinstance(document, Bytes):
        return document.data
    raise ProductionRefused("produce.document_missing", "only digests are at hand", name=document.name)


def media_type(name: str, params: SignParams) -> str:
    """Return a document's media type, told or guessed."""
    extension = name.rpartition(".")[2].lower()
    found = params.media_types.get(name) or _TYPES.get(extension) or mimetypes.guess_type(name)[0]
    return found or _UNKNOWN


def names(documents: Sequence[Content]) -> dict[str, str]:
    """Return the SHA-256 of each document by name, where it is known: what the signer is shown."""
    return {
        document.name: sha256(document.data).hexdigest()
        if isinstance(document, Bytes)
        else document.values.get("sha256", "")
        for document in documents
    }
