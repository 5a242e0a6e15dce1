"""What the company's dashboard says of bids: the doors to its own work."""

from typing import Any

from procurement.accounts.dashboard import Section, Tile
from procurement.core.text import _


class DepositsSection:
    """The doors of somebody who answers."""

    def build(self, request: Any) -> Section | None:
        """Return the section for a company, nothing for a buyer."""
        identity = request.identity
        if identity is None or identity.organisation_kind != "company":
            return None
        doors = (
            (
                "consultations.search",
                _("Chercher une consultation"),
                _("Par métier, lieu, acheteur ou code CPV."),
            ),
            ("bids.deposits", _("Mes dépôts"), _("Plis en préparation, plis déposés et leurs reçus.")),
            (
                "bids.workstation",
                _("Tester mon poste"),
                _("Navigateur, débit, horloge : deux minutes avant le jour J."),
            ),
        )
        tiles = [
            Tile(request.translate(title), request.route_path(route), request.translate(text))
            for route, title, text in doors
        ]
        return Section(order=10, title=request.translate(_("Répondre")), tiles=tiles)
