"""Write a document as ESPD-EDM 4.1.0 (UBL 2.3)."""

from dume.espd.model import Document


def write(document: Document) -> bytes:
    """Return the XML (UTF-8) of a document; the same document always gives the same bytes."""
    raise NotImplementedError
