"""What production refuses. Codes are those of ``signing.wording.produce``."""

from signing.errors import SealedError


class ProductionRefused(SealedError):
    """Say why a signature was not made; the document stays as it was."""


class SignatureValueMismatch(ProductionRefused):
    """Say that a signature value is not that of the certificate over the prepared bytes (HTTP 422)."""

    def __init__(self, detail: str) -> None:
        super().__init__("produce.value_mismatch", detail)
