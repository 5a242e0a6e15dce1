"""The deposit receipt: its body, the archive that carries its proofs, and their verification offline."""

from signing.receipt.archive import Archive, ReceiptParts
from signing.receipt.model import Document, Evidence, EvidenceFile, Party, Receipt, parse
from signing.receipt.private import PrivateFile, PrivatePart
from signing.receipt.verification import Check, verify

__all__ = [
    "Archive",
    "Check",
    "Document",
    "Evidence",
    "EvidenceFile",
    "Party",
    "PrivateFile",
    "PrivatePart",
    "Receipt",
    "ReceiptParts",
    "parse",
    "verify",
]
