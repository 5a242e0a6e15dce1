"""Sentences of this area, by code."""

from signing.wording import _

#: What later revisions did, by the kinds of ``signing.pades.later``.
KINDS: dict[str, str] = {
    "page": _("pages ajoutées, retirées ou modifiées"),
    "annotation": _("annotations"),
    "form": _("champs de formulaire"),
    "signature": _("autre signature"),
    "timestamp": _("horodatage du document"),
    "validation-data": _("données de vérification"),
    "metadata": _("métadonnées"),
    "undefined": _("modification non expliquée"),
    "none": _("aucune modification visible"),
}

#: What happened to one entry of the document, by the actions of ``signing.pades.comparison``.
ACTIONS: dict[str, str] = {
    "CREATION": _("ajout de"),
    "DELETION": _("suppression de"),
    "MODIFICATION": _("modification de"),
}

SENTENCES: dict[str, str] = {
    "pdf.too_large": _("Ce PDF est trop volumineux pour être vérifié."),
    "pdf.too_many_signatures": _("Ce PDF contient trop de signatures (%(count)s) pour être vérifié."),
    "pdf.encrypted": _(
        "Ce PDF est protégé par un mot de passe ou une clé : enlevez la protection de lecture, ou demandez un exemplaire non protégé."
    ),
    "pdf.unreadable": _("Ce fichier n’est pas un PDF lisible."),
    "pdf.document_unreadable": _(
        "La structure de ce PDF est abîmée : le document a été modifié ou raccourci après la signature."
    ),
    "pdf.signed_revision_unreadable": _(
        "La version du document qui a été signée n’est pas lisible à elle seule : la signature ne peut pas être rattachée à ce qu’elle signe."
    ),
    "pdf.not_in_signed_revision": _(
        "La signature affichée n’est pas celle de la version signée : elle a été ajoutée ou remplacée ensuite."
    ),
    "pdf.contents_elsewhere": _(
        "La valeur de la signature ne se trouve pas à l’endroit que la signature laisse libre dans le fichier."
    ),
    "pdf.contents_differ": _(
        "La valeur de la signature n’est pas celle qui se trouve à l’endroit laissé libre dans le fichier."
    ),
    "pdf.contents_missing": _("Le champ de signature ne contient aucune valeur de signature."),
    "pdf.byte_range_missing": _(
        "La signature ne dit pas correctement quelles parties du fichier elle couvre."
    ),
    "pdf.byte_range_start": _(
        "La signature ne couvre pas le début du fichier (elle commence à l’octet %(start)s)."
    ),
    "pdf.byte_range_overlap": _(
        "Les parties du fichier que la signature couvre se chevauchent ou sont vides."
    ),
    "pdf.byte_range_past_end": _(
        "La signature couvre %(end)s octets, et le fichier n’en a que %(size)s : il a été raccourci."
    ),
    "pdf.byte_range_gap": _(
        "La signature laisse de côté autre chose que sa propre valeur : une partie du document n’est pas couverte."
    ),
    "pdf.byte_range_not_a_revision": _(
        "La partie signée ne s’arrête pas à la fin d’une version du document (octet %(end)s)."
    ),
    "pdf.cms_unreadable": _(
        "La valeur de la signature n’est pas lisible : elle est abîmée, ou n’est pas une signature."
    ),
    "pdf.no_signer": _("La valeur de la signature ne nomme aucun signataire."),
    "pdf.several_signers": _(
        "Une même signature porte %(count)s signataires, alors qu’un PDF n’en admet qu’un par signature."
    ),
    "pdf.unknown_subfilter": _("Cette forme de signature (%(subfilter)s) n’est pas connue."),
    "pdf.pages_changed": _(
        "Après la signature, des pages ont été ajoutées, retirées ou modifiées : %(pages)s."
    ),
    "pdf.undefined_changes": _(
        "Après la signature, le document a reçu des modifications que rien n’explique (%(count)s, dont %(change)s)."
    ),
    "pdf.bytes_after_end": _(
        "Après la fin du document, %(count)s octets ne font partie d’aucune version : ils ont été ajoutés."
    ),
    "pdf.too_complex": _(
        "Les modifications faites après la signature sont trop nombreuses ou trop complexes pour être comparées."
    ),
    "pdf.docmdp_exceeded": _(
        "Le document a été modifié au-delà de ce que sa certification permet (niveau %(level)s)."
    ),
    "pdf.field_locked": _("Des champs que la signature verrouille ont été remplis ensuite : %(field)s."),
    "pdf.annotations_changed": _(
        "Des annotations ont été ajoutées, modifiées ou retirées après la signature : elles ne sont pas signées."
    ),
    "pdf.form_changed": _("Des champs de formulaire ont été remplis ou préparés après la signature."),
    "pdf.counter_signatures": _(
        "La valeur de la signature porte des contreseings (%(count)s) : un PDF n’en admet pas, ils ne sont pas vérifiés."
    ),
    "pdf.adobe_subfilter": _(
        "Cette signature suit l’ancien profil d’Adobe (adbe.pkcs7.detached), et non celui de la norme PAdES."
    ),
    "pdf.revision": _("Version %(number)s sur %(total)s du document."),
    "pdf.revision_unknown": _("La partie du document qui est signée n’est pas établie."),
    "pdf.later": _("Versions ajoutées après la signature, non signées par elle : %(what)s."),
}
