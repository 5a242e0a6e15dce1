"""What production refuses. Codes are those of ``signing.wording.produce``."""

from collections.abc import Iterator
from contextlib import contextmanager

from signing.errors import SealedError, Unverifiable


class ProductionRefused(SealedError):
    """Say why a signature was not made; the document stays as it was."""


class SignatureValueMismatch(ProductionRefused):
    """Say that a signature value is not that of the certificate over the prepared bytes (HTTP 422)."""

    def __init__(self, detail: str) -> None:
        super().__init__("produce.value_mismatch", detail)


@contextmanager
def refusing(code: str) -> Iterator[None]:
    """Turn what lazy parsers raise in the middle of a damaged file into a refusal; refusals pass as they are."""
    try:
        yield
    except (SealedError, Unverifiable):
        raise
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise ProductionRefused(code, f"{type(error).__name__}: {error}") from error
