"""XAdES and plain XML signatures: bytes in, facts out. Nothing is judged here, and nothing is fetched."""

from signing.xades.reader import read, read_signature

__all__ = ["read", "read_signature"]
