"""The words for kinds, states and failures, marked for translation. Pure."""

from procurement.bids.rules import DraftState, EnvelopeState, HolderRole, HolderState, Kind, OpeningState
from procurement.core.text import _

KINDS = {Kind.CANDIDATURE: _("Candidature"), Kind.OFFRE: _("Offre"), Kind.ANONYMAT: _("Projet anonyme")}
ENVELOPES = {
    EnvelopeState.DESTROYED: _("Détruit"),
    EnvelopeState.OPENED: _("Ouvert"),
    EnvelopeState.UNOPENABLE: _("Impossible à ouvrir"),
    EnvelopeState.WITHDRAWN: _("Retiré"),
    EnvelopeState.LATE: _("Hors délai"),
    EnvelopeState.REPLACED: _("Remplacé"),
    EnvelopeState.OPENABLE: _("Prêt à ouvrir"),
    EnvelopeState.SEALED: _("Scellé"),
}
#: Why an envelope was not opened, for the minutes.
REASONS = {
    EnvelopeState.DESTROYED: _("détruit à la fin de sa durée de conservation"),
    EnvelopeState.WITHDRAWN: _("retiré par l’entreprise avant la date limite"),
    EnvelopeState.LATE: _("reçu après la date limite : conservé fermé"),
    EnvelopeState.REPLACED: _("remplacé par un dépôt ultérieur reçu dans le délai"),
    EnvelopeState.OPENABLE: _("pas encore ouvert"),
    EnvelopeState.SEALED: _("la date limite n’est pas passée"),
}
DRAFTS = {
    DraftState.COMMITTED: _("Déposé"),
    DraftState.EXPIRED: _("Expiré"),
    DraftState.READY: _("Prêt à déposer"),
    DraftState.SENDING: _("Envoi en cours"),
    DraftState.DRAFT: _("En préparation"),
}
HOLDERS = {
    HolderState.ELIGIBLE: _("Clé éprouvée"),
    HolderState.PROPOSED: _("À éprouver"),
    HolderState.STALE: _("Épreuve à refaire"),
    HolderState.REVOKED: _("Révoquée"),
}
ROLES = {HolderRole.HOLDER: _("Détenteur"), HolderRole.RECOVERY: _("Clé de secours")}
OPENINGS = {
    OpeningState.WAITING: _("En attente des clés"),
    OpeningState.RUNNING: _("Déchiffrement en cours"),
    OpeningState.DONE: _("Terminée"),
}
GAPS = {
    "recipients": _("%(kind)s : il faut au moins deux clés différentes."),
    "recovery": _("%(kind)s : il manque une clé de secours."),
    "rehearsal": _("%(kind)s : une clé n’a pas été éprouvée depuis 90 jours."),
}
FAILURES = {
    "bid.storage_damaged": _(
        "Le fichier chiffré est endommagé dans notre stockage : son empreinte n’est plus celle du reçu."
    ),
    "bid.storage_unreadable": _(
        "Notre stockage n’a pas rendu le fichier chiffré, malgré des essais répétés pendant plusieurs heures."
    ),
    "bid.damaged": _("Le pli a été mal scellé : le fichier chiffré est intact, mais ne se déchiffre pas."),
    "bid.commitment_mismatch": _("Le contenu ou la clé n’est pas celui auquel l’entreprise s’est engagée."),
    "bid.manifest_invalid": _("Le sommaire scellé du pli ne suit pas le format."),
    "bid.packet_damaged": _("Le paquet de clés du pli est endommagé."),
    "bid.wrong_key": _("La clé présentée n’ouvre pas ce pli."),
}
_OTHER_FAILURE = _("Le pli n’a pas pu être ouvert ; la cause technique figure au journal.")


def failure(code: str) -> str:
    """Return the sentence for a cause of failure."""
    return FAILURES.get(code, _OTHER_FAILURE)
