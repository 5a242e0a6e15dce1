"""This room's word in the life of a consultation: no publication without keys, and a line in its task list."""

from datetime import datetime

from sqlalchemy.orm import Session

from procurement.bids import wording
from procurement.bids.queries import keysets
from procurement.bids.rules import Kind
from procurement.consultations.errors import Refusal
from procurement.consultations.rules import ConsultationView, SectionState
from procurement.core.text import _

_NO_KEYS = _(
    "Aucune clé n’est choisie : personne ne pourrait ouvrir les plis. Choisissez au moins deux clés, dont une de secours."
)


class KeySetGuard:
    """Refuse a publication whose bids could not be sealed, or not be opened once a key is lost."""

    def check(self, session: Session, consultation: ConsultationView, now: datetime) -> list[Refusal]:
        """Return what the key set lacks for each kind of envelope."""
        current = keysets.latest(session, consultation.id)
        if current is None:
            return [Refusal("bid.keyset_incomplete", _NO_KEYS, {}, "bids.keyset")]
        lacking = keysets.gaps(keysets.set_members(current, now), consultation.envelopes)
        return [
            Refusal(
                "bid.keyset_incomplete", wording.GAPS[gap], {"kind": wording.KINDS[Kind(kind)]}, "bids.keyset"
            )
            for kind, gaps in lacking.items()
            for gap in gaps
        ]


class KeysSection:
    """The keys in the task list of a draft."""

    key = "keys"
    title = _("Clés d’ouverture des plis")
    route = "bids.keyset"

    def state(self, session: Session, consultation: ConsultationView, now: datetime) -> SectionState:
        """Return done once the chosen keys suffice."""
        current = keysets.latest(session, consultation.id)
        if current is None:
            return SectionState.TODO
        lacking = keysets.gaps(keysets.set_members(current, now), consultation.envelopes)
        return SectionState.STARTED if lacking else SectionState.DONE
