"""What the buyer's dashboard says of consultations."""

from typing import Any

from procurement.accounts.dashboard import Section, Tile
from procurement.consultations import queries
from procurement.consultations.rules import State
from procurement.core.text import _


class ConsultationsSection:
    """The doors to consultations, with what is due next."""

    def build(self, request: Any) -> Section | None:
        """Return the section for a buyer, nothing for a company."""
        identity = request.identity
        if identity is None or identity.organisation_kind != "buyer":
            return None
        counts = queries.state_counts(request.db, identity.organisation_id, request.now)
        doors = (
            (State.DRAFT, _("Brouillons"), _("À compléter et à publier : %(count)s")),
            (State.OPEN, _("Ouvertes"), _("Qui reçoivent des plis : %(count)s")),
            (State.CLOSED, _("Closes"), _("Dont les plis peuvent être ouverts : %(count)s")),
        )
        tiles = [
            Tile(
                request.translate(title),
                request.route_path("consultations.buyer_list", _query={"etat": str(state)}),
                request.translate(text, count=counts.get(state, 0)),
            )
            for state, title, text in doors
        ]
        return Section(
            order=10,
            title=request.translate(_("Consultations")),
            tiles=tiles,
            template="consultations/_dashboard.html",
            values={"due": self._due(request)},
        )

    def _due(self, request: Any) -> list[queries.Listed]:
        """Return the consultations whose deadline comes next."""
        _total, rows = queries.buyer_list(
            request.db,
            request.identity.organisation_id,
            request.now,
            states=(State.OPEN,),
            sort="deadline",
            limit=5,
        )
        return rows
