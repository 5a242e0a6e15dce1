"""What to tell a person for each code of this package, in French; the code itself goes to programs."""

from signing.errors import SealedError


def _(message: str) -> str:
    """Mark a French sentence for the catalogue and return it unchanged."""
    return message


SENTENCES = {
    "bid.bad_share": _("Une part de clé n’est pas celle que le soumissionnaire a déposée."),
    "bid.certificate_refused": _("Ce certificat ne peut pas recevoir de plis (%(reason)s)."),
    "bid.cms_refused": _("Un paquet de clé n’a pas la forme prévue par le format pli/1 (%(reason)s)."),
    "bid.commitment_mismatch": _(
        "Le contenu ne correspond pas à l’engagement pris au dépôt (%(what)s) : le pli a été mal scellé."
    ),
    "bid.container_invalid": _("Ce fichier n’est pas un pli exporté intact (%(reason)s)."),
    "bid.damaged": _("Le pli est endommagé : son contenu chiffré a été modifié, coupé ou complété."),
    "bid.descriptor_invalid": _("La description du pli est invalide (%(where)s)."),
    "bid.half_invalid": _("Le fichier %(path)s n’est pas une moitié de clé remise par le dépositaire."),
    "bid.half_missing": _(
        "Le dépositaire n’a pas encore remis sa moitié de clé : le pli ne peut pas être ouvert."
    ),
    "bid.incomplete": _("Tous les fichiers n’ont pas été scellés jusqu’au bout."),
    "bid.inventory_invalid": _("L’inventaire du pli est invalide (%(where)s)."),
    "bid.key_refused": _("Ce fichier n’est pas une clé privée utilisable pour ouvrir des plis (%(reason)s)."),
    "bid.keyset_incomplete": _("Le jeu de clés n’a pas assez de certificats pour les plis « %(kind)s »."),
    "bid.keyset_invalid": _("Les données de scellement de la consultation sont invalides (%(where)s)."),
    "bid.manifest_invalid": _("Le bordereau scellé du pli est invalide (%(where)s)."),
    "bid.output_exists": _("Le dossier de sortie contient déjà %(path)s."),
    "bid.packet_invalid": _("Le contenu d’un paquet de clé est invalide (%(where)s)."),
    "bid.packet_mismatch": _("Le paquet de clé n° %(x)s n’est pas celui de cette enveloppe."),
    "bid.passphrase_needed": _("Cette clé est protégée : sa phrase de passe est nécessaire."),
    "bid.quorum_missing": _(
        "Il faut %(need)s porteurs de clé pour ouvrir ce pli ; clés présentées : %(have)s."
    ),
    "bid.rehearsal_invalid": _("Ce message n’est pas une épreuve d’ouverture : il n’a pas été ouvert."),
    "bid.source_changed": _("Un fichier a changé pendant le scellement : recommencez."),
    "bid.wrong_key": _("Cette clé n’est pas destinataire de ce pli."),
    "bid.wrong_passphrase": _("La phrase de passe est fausse, ou la clé est illisible."),
    "json.refused": _("Le document JSON est invalide (%(reason)s)."),
    "receipt.archive_invalid": _("L’archive du reçu est endommagée ou contient autre chose (%(reason)s)."),
    "receipt.file_differs": _("Un document du reçu ne se trouve pas, à l’identique, dans le dossier."),
    "receipt.invalid": _("Le reçu ne suit pas sa forme (%(where)s)."),
    "receipt.pdf_mismatch": _("La copie PDF n’est pas celle de ce reçu."),
    "receipt.private_invalid": _("La partie privée du reçu ne suit pas sa forme (%(where)s)."),
    "receipt.private_mismatch": _("La partie privée n’est pas celle de ce reçu."),
    "receipt.private_needed": _(
        "Comparer des fichiers demande la partie privée du reçu (receipt-private.json)."
    ),
    "receipt.seal_invalid": _(
        "Le cachet de la plateforme ne vaut rien : le document ou le cachet a été modifié."
    ),
    "receipt.seal_untrusted": _("Le cachet n’est pas celui d’une plateforme reconnue."),
    "timestamp.bad_request": _("La demande d’horodatage est invalide (%(reason)s)."),
    "timestamp.before_archive": _("Le jeton d’horodatage est antérieur à la date que le dossier se donne."),
    "timestamp.before_receipt": _("Le jeton d’horodatage est antérieur à la réception."),
    "timestamp.imprint_mismatch": _("Le jeton d’horodatage porte sur un autre document."),
    "timestamp.nonce_mismatch": _("Le jeton d’horodatage répond à une autre demande."),
    "timestamp.policy_mismatch": _("Le jeton d’horodatage suit une autre politique que celle attendue."),
    "timestamp.refused": _("L’autorité d’horodatage a refusé la demande (%(status)s)."),
    "timestamp.unreadable": _("Le jeton d’horodatage est illisible."),
    "timestamp.untrusted": _("Le jeton d’horodatage n’est pas signé par une autorité reconnue."),
}


def sentence(error: SealedError) -> str:
    """Return the French sentence for an error, its figures filled in."""
    return SENTENCES[error.code] % error.params
