"""Sentences of this area, by code."""

from signing.wording import _

SENTENCES: dict[str, str] = {
    "cms.too_large": _("Ce fichier est trop gros pour être vérifié."),
    "cms.not_a_stamp": _("Ce fichier n’est pas un jeton d’horodatage lisible."),
    "cms.stamp_refused": _("L’autorité d’horodatage a refusé d’horodater (code %(status)s)."),
    "cms.stamp_unreadable": _("Un jeton d’horodatage est illisible."),
    "cms.stamp_altered": _("Le contenu du jeton d’horodatage a été modifié."),
    "cms.stamp_value": _("La signature du jeton d’horodatage est fausse."),
    "cms.stamp_no_certificate": _("Le certificat de l’autorité d’horodatage n’est pas dans le jeton."),
    "cms.stamp_certificate_reference": _("Le jeton d’horodatage ne désigne pas le certificat qui l’a signé."),
    "cms.stamp_certificate_use": _("Le certificat qui a signé le jeton n’est pas réservé à l’horodatage."),
    "cms.ess_issuer_differs": _(
        "L’émetteur ou le numéro de série inscrit dans la référence signée n’est pas celui du certificat."
    ),
    "cms.signer_identifier_differs": _(
        "L’identifiant du signataire ne désigne pas le certificat ; la référence signée, elle, le désigne."
    ),
    "cms.unknown_algorithm": _(
        "L’algorithme %(algorithm)s n’est pas connu : rien ne peut être vérifié avec lui."
    ),
    "cms.digests_differ": _(
        "L’algorithme de condensat annoncé (%(stated)s) n’est pas celui de la signature (%(used)s)."
    ),
    "cms.attributes_not_der": _(
        "Les attributs signés ne sont pas encodés comme la norme le demande (DER) ; la signature est juste sur leur "
        "forme transmise."
    ),
    "cms.unreadable": _("Ce fichier n’est pas une signature CMS lisible."),
    "cms.not_signed_data": _(
        "Ce fichier est un message CMS d’une autre sorte : il ne contient pas de signature."
    ),
    "cms.is_a_stamp": _("Ce fichier est un jeton d’horodatage, pas une signature."),
    "cms.too_many": _(
        "Ce fichier contient trop de signatures, de certificats ou d’attributs pour être vérifié."
    ),
    "cms.trailing_bytes": _("Le fichier contient %(count)s octets après la signature ; rien ne les couvre."),
    "cms.unreadable_part": _("Une partie de la signature est illisible."),
    "cms.attribute_repeated": _("L’attribut signé %(attribute)s est répété, ce que la norme interdit."),
    "cms.attribute_values": _("L’attribut signé %(attribute)s n’a pas exactement une valeur."),
    "cms.attribute_unreadable": _("L’attribut signé %(attribute)s est illisible."),
    "cms.attributes_missing": _("La signature n’a pas les attributs signés que ce type de contenu demande."),
    "cms.content_type_missing": _("La signature ne dit pas le type du contenu signé."),
    "cms.content_type_differs": _("Le type de contenu signé n’est pas celui du fichier."),
    "cms.message_digest_missing": _("La signature ne contient pas le condensat du document."),
    "cms.algorithm_protection": _(
        "Les algorithmes protégés par la signature ne sont pas ceux qu’elle annonce."
    ),
    "cms.signing_time_unreadable": _("La date de signature déclarée est illisible."),
    "cms.content_is_attributes": _(
        "Le contenu est lui-même une liste d’attributs signés : une signature a été détournée de son document."
    ),
    "cms.pdf_content_enclosed": _(
        "La signature du PDF porte sur un contenu qu’elle enferme, et non sur le PDF."
    ),
    "cms.digest_not_given": _(
        "Le condensat %(algorithm)s du document n’a pas été fourni : la signature ne peut pas lui être comparée."
    ),
    "cms.content_not_matched": _(
        "Aucun des %(count)s documents fournis n’est celui qui a été signé : fichier modifié après signature ?"
    ),
    "cms.content_altered": _(
        "Le document %(name)s porte le nom du document signé, mais son contenu est autre : fichier modifié après "
        "signature ?"
    ),
    "cms.counter_scope": _(
        "Cette contre-signature porte sur la signature %(signature)s, pas sur le document."
    ),
    "cms.evidence_record_unread": _(
        "La signature contient un enregistrement de preuve (RFC 4998), que cette vérification ne lit pas."
    ),
    "cms.hash_index_missing": _("L’horodatage d’archive n’a pas l’index de ce qu’il couvre."),
    "cms.hash_index_incomplete": _(
        "Un certificat, une donnée de révocation ou un attribut que l’horodatage d’archive couvrait n’est plus dans "
        "la signature."
    ),
    "cms.too_many_stamps": _("La signature contient trop d’horodatages pour qu’ils soient tous vérifiés."),
    "cms.reference_sha1": _(
        "La référence signée au certificat est un condensat SHA-1, ce qui est admis mais vieilli."
    ),
    "cms.too_costly": _(
        "Le fichier contient trop de signatures d’un contenu si long : celle-ci n’a pas été comparée au contenu."
    ),
}
