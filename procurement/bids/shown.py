"""What pages and endpoints show of bids, in the reader's language."""

from datetime import datetime
from typing import Any

from procurement.bids import wording
from procurement.bids.queries.envelopes import EnvelopeView
from procurement.bids.queries.openings import Bidder
from procurement.bids.rules import EnvelopeState, Kind
from procurement.core.text import _
from procurement.core.web.filters import instant_in


def place(request: Any, kind: Kind, lot: int) -> str:
    """Return ``Offre, lot 2``."""
    word = request.translate(wording.KINDS[kind])
    return str(request.translate(_("%(kind)s, lot %(lot)s"), kind=word, lot=lot) if lot else word)


def envelope_title(request: Any, who: Bidder, view: EnvelopeView) -> str:
    """Return the candidate's name, the kind and the lot."""
    return f"{who.name} – {place(request, view.kind, view.lot)}"


def state_word(request: Any, view: EnvelopeView, *, opening: bool = False) -> str:
    """Return the state in a word or two."""
    return str(request.translate(_("Déchiffrement en cours") if opening else wording.ENVELOPES[view.state]))


def failure_text(request: Any, view: EnvelopeView, reported: str | None = None) -> str | None:
    """Return why an envelope could not be opened, None when nothing failed."""
    code = view.failure or reported
    if code is None or view.state is EnvelopeState.OPENED:
        return None
    return str(request.translate(wording.failure(code)))


def instant_words(request: Any, value: datetime) -> str:
    """Return an instant in full with milliseconds."""
    return instant_in(value, request.lang, millis=True)
