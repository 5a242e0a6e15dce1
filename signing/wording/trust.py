"""Sentences on trusted lists and the trust store, by code."""

from signing.wording import _

SENTENCES: dict[str, str] = {
    "trust.unreadable": _("Ce fichier ne peut pas être lu."),
    "trust.not_a_list": _("Ce fichier n’est pas une liste de confiance (ETSI TS 119 612)."),
    "trust.version": _(
        "La version %(version)s du format des listes de confiance n’est pas lue : versions 5 et 6."
    ),
    "trust.misstated": _(
        "Cette liste de confiance ne peut pas être lue : l’élément %(what)s manque ou est faux."
    ),
    "trust.service": _(
        "Le service « %(service)s » de %(provider)s est laissé de côté : l’élément %(what)s manque, est faux ou n’est pas connu."
    ),
    "trust.pointer": _(
        "Le renvoi vers la liste %(territory)s est laissé de côté : l’élément %(what)s est faux."
    ),
    "trust.unsigned": _("Cette liste n’est pas signée."),
    "trust.several_signatures": _("Cette liste porte plusieurs signatures : elle doit en porter une seule."),
    "trust.not_enveloped": _("La signature de cette liste ne couvre pas toute la liste."),
    "trust.broken": _("La signature de cette liste est fausse : la liste a été modifiée."),
    "trust.structure": _("La signature de cette liste est mal formée."),
    "trust.weak": _("La signature de cette liste emploie un algorithme trop faible : %(algorithm)s."),
    "trust.wrong_signer": _("Cette liste n’est pas signée par un des certificats attendus."),
    "trust.no_signers": _(
        "Rien ne dit qui peut signer la liste %(territory)s : chargez d’abord la liste des listes européenne, ou "
        "donnez le certificat du signataire."
    ),
    "trust.pivot": _(
        "La liste pivot %(name)s ne tient pas : elle n’est pas une liste des listes signée comme attendu."
    ),
    "trust.older": _(
        "La liste %(territory)s n° %(sequence)s est plus ancienne que celle qui est chargée (n° %(stored)s)."
    ),
    "trust.twice": _("La liste %(territory)s est donnée deux fois."),
    "trust.nothing": _("Il n’y a aucune liste de confiance à cet endroit."),
    "trust.fetch": _("L’adresse %(url)s ne répond pas comme attendu (%(why)s)."),
    "trust.no_list": _(
        "Aucune liste de confiance n’est chargée : aucun certificat ne peut être dit qualifié. Lancez : pli trust update"
    ),
    "trust.age": _("Liste %(territory)s n° %(sequence)s, âgée de %(days)s jours."),
    "trust.overdue": _(
        "La liste %(territory)s n° %(sequence)s devait être remplacée le %(day)s : chargez la suivante."
    ),
    "trust.too_old": _(
        "La liste %(territory)s n° %(sequence)s est âgée de %(days)s jours : elle ne permet plus de dire si un "
        "certificat est qualifié."
    ),
    "trust.store_damaged": _("Le dossier des listes de confiance est abîmé (%(why)s). Rechargez les listes."),
    "trust.evidence": _("Ce fichier n’est pas un dossier de preuves entier (%(why)s)."),
    "trust.evidence_unvouched": _(
        "Ce verdict repose sur un dossier de preuves dont rien ici ne répond : ni empreinte (--evidence-sha256), ni "
        "horodatage d’une autorité reconnue (--tsa-ca). Qui l’a fait y a écrit à qui il fait confiance et de quand il est."
    ),
    "trust.anchor_known": _("Ce certificat est déjà un point de confiance."),
    "trust.anchor_unknown": _("Ce certificat n’est pas un point de confiance de ce dossier."),
    "trust.certificate": _("Ce fichier ne contient pas de certificat lisible."),
    "trust.no_reason": _("Dites pourquoi, en quelques mots : le motif est gardé."),
}
