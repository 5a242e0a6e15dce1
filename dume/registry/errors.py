"""What the prefill refuses before it asks anybody."""

from procurement.core.errors import Invalid
from procurement.core.text import _


class LookupIncomplete(Invalid):
    """The three facts that every question must carry are not all there."""

    def __init__(self, missing: str) -> None:
        super().__init__(
            "dume.lookup_incomplete",
            _(
                "Il manque « %(missing)s ». Une demande de données d’entreprise nomme l’acheteur, le contexte et la procédure."
            ),
            missing=missing,
        )


class UnknownSource(Invalid):
    """There is no source of that name."""

    def __init__(self, source: str) -> None:
        super().__init__("dume.unknown_source", _("La source « %(source)s » n’existe pas."), source=source)
