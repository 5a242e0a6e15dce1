"""What pages and endpoints show of bids, in the reader's language."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from procurement.bids import wording
from procurement.bids.queries import openings
from procurement.bids.queries.envelopes import EnvelopeView
from procurement.bids.queries.openings import Bidder
from procurement.bids.rules import EnvelopeState, Kind
from procurement.bids.service.signatures import subject
from procurement.core.text import _
from procurement.core.web.filters import instant_in
from procurement.signatures import queries as signatures
from procurement.signatures.wording import STATUSES
from signing.sealed.inventory import SignatureStatus


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


def signature_lines(
    request: Any, envelope_id: uuid.UUID, numbers: Sequence[int], **where: Any
) -> dict[int, dict[str, Any]]:
    """Return what is known of the signature of each opened file, by its number."""
    found = signatures.latest(request.db, [subject(envelope_id, n) for n in numbers])
    looked = openings.signatures_verified(request.db, envelope_id)
    lines = {}
    for n in numbers:
        verdict = found.get(subject(envelope_id, n))
        status = verdict.status if verdict is not None else SignatureStatus.NOT_SIGNED
        word, kind = STATUSES[status] if verdict or looked else (_("Vérification en attente"), "run")
        lines[n] = {
            "word": request.translate(word),
            "kind": kind,
            "signers": verdict.signers if verdict else (),
            "mismatch": verdict is not None and verdict.mismatch,
            "url": request.route_path("bids.opened_signature", n=n, **where) if verdict else None,
        }
    return lines
