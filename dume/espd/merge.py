"""Start a new response from an older one: the buyer's part from the request, the answers from the response."""

from dataclasses import dataclass
from datetime import date

from dume.espd.model import Document


@dataclass(frozen=True, slots=True)
class Merged:
    """The new response, and what became of each old answer (property ids; `unmatched`: those of the old document)."""

    document: Document
    carried: tuple[str, ...] = ()
    to_review: tuple[str, ...] = ()
    unmatched: tuple[str, ...] = ()


def merge(request: Document, old: Document, *, today: date) -> Merged:
    """Merge a buyer's request and an older response into a response to that request."""
    raise NotImplementedError
