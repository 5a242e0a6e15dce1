"""Refusals of consultations."""

from dataclasses import dataclass, field
from typing import Any

from procurement.core.errors import Conflict, NotFound
from procurement.core.text import _, for_count


@dataclass(frozen=True)
class Refusal:
    """Why a consultation cannot be published yet, and the route of the page where that is mended."""

    code: str
    message: str
    params: dict[str, Any] = field(default_factory=dict)
    url_route: str | None = None


class ConsultationNotFound(NotFound):
    """There is no such consultation, or not for this organisation."""

    def __init__(self) -> None:
        message = _("Cette consultation n’existe pas, ou n’est pas accessible à votre organisation.")
        super().__init__("consultation.not_found", message)


class NotReady(Conflict):
    """Something is missing before publication; ``refusals`` says what."""

    def __init__(self, refusals: tuple[Refusal, ...]) -> None:
        message = for_count(
            len(refusals),
            _("La consultation n’est pas publiée : il reste %(count)s point à régler. Rien n’est perdu."),
            _("La consultation n’est pas publiée : il reste %(count)s points à régler. Rien n’est perdu."),
        )
        super().__init__("consultation.not_ready", message, count=len(refusals))
        self.refusals = refusals
