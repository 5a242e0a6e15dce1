"""Sentences of this area, by code."""

from signing.wording import _

SENTENCES: dict[str, str] = {
    "cms.too_large": _("Ce fichier est trop gros pour être vérifié."),
    "cms.not_a_stamp": _("Ce fichier n’est pas un jeton d’horodatage lisible."),
    "cms.stamp_refused": _("L’autorité d’horodatage a refusé d’horodater (code %(status)s)."),
    "cms.stamp_unreadable": _("Un jeton d’horodatage est illisible (%(detail)s)."),
    "cms.stamp_attributes": _("Le jeton d’horodatage n’a pas les attributs signés qu’il doit avoir."),
    "cms.stamp_altered": _("Le contenu du jeton d’horodatage a été modifié."),
    "cms.stamp_value": _("La signature du jeton d’horodatage est fausse."),
    "cms.stamp_no_certificate": _("Le certificat de l’autorité d’horodatage n’est pas dans le jeton."),
    "cms.stamp_certificate_reference": _("Le jeton d’horodatage ne désigne pas le certificat qui l’a signé."),
    "cms.stamp_certificate_use": _("Le certificat qui a signé le jeton n’est pas réservé à l’horodatage."),
    "cms.ess_issuer_differs": _(
        "L’émetteur ou le numéro de série inscrit dans la référence signée n’est pas celui du certificat."
    ),
    "cms.signer_identifier_differs": _(
        "L’identifiant du signataire ne désigne pas le certificat ; la référence signée, elle, le désigne."
    ),
    "cms.unknown_algorithm": _(
        "L’algorithme %(algorithm)s n’est pas connu : rien ne peut être vérifié avec lui."
    ),
    "cms.digests_differ": _(
        "L’algorithme de condensat annoncé (%(stated)s) n’est pas celui de la signature (%(used)s)."
    ),
    "cms.attributes_not_der": _(
        "Les attributs signés ne sont pas encodés comme la norme le demande (DER) ; la signature est juste sur leur "
        "forme transmise."
    ),
}
