"""Sentences about signatures that were not made, by code."""

from signing.wording import _

SENTENCES: dict[str, str] = {
    "produce.broken": _(
        "La signature « %(name)s » de ce fichier n’est plus intacte : elle n’est pas prolongée."
    ),
    "produce.certificate_dates": _(
        "Ce certificat n’est pas valable à la date de signature (fin de validité : %(until)s)."
    ),
    "produce.certificate_revoked": _("Le certificat « %(name)s » a été révoqué le %(day)s."),
    "produce.certificate_unreadable": _("Un certificat de la chaîne est illisible."),
    "produce.certificate_usage": _("Ce certificat n’est pas fait pour signer."),
    "produce.container_mixed": _(
        "Ce conteneur ASiC est signé en CAdES : une signature XAdES ne peut pas s’y ajouter."
    ),
    "produce.csc_refused": _("Le service de signature à distance a refusé la demande (%(reason)s)."),
    "produce.csc_unreadable": _("La réponse du service de signature à distance est illisible."),
    "produce.digest_missing": _("L’empreinte %(algorithm)s du fichier « %(name)s » n’a pas été fournie."),
    "produce.digest_refused": _("L’algorithme d’empreinte %(algorithm)s n’est pas admis pour signer."),
    "produce.document_missing": _("Le fichier « %(name)s » est nécessaire pour cette signature."),
    "produce.document_name": _("Le nom « %(name)s » ne peut pas entrer dans un conteneur ASiC."),
    "produce.documents": _("Il faut au moins un fichier à signer, et des noms tous différents."),
    "produce.foreign_reference": _(
        "Cette signature a été faite par un autre outil d’une manière que Pli ne sait pas prolonger."
    ),
    "produce.issuer_missing": _(
        "Le certificat de l’autorité « %(name)s » manque : il est nécessaire pour une signature à long terme."
    ),
    "produce.key_refused": _(
        "Cette clé ne peut pas signer ici (%(kind)s) : il faut RSA d’au moins 3072 bits, ou une courbe P-256, P-384 ou P-521."
    ),
    "produce.level_unavailable": _("Le niveau %(level)s n’est pas produit au format %(format)s."),
    "produce.no_certificate": _("Aucun certificat de signataire n’a été fourni."),
    "produce.not_signed": _("Ce fichier ne porte pas de signature que Pli sache prolonger."),
    "produce.one_document": _("Ce format signe un seul fichier à la fois."),
    "produce.other_bytes": _(
        "Le serveur demande de signer autre chose que le document présenté : rien n’a été signé."
    ),
    "produce.p12_passphrase": _("Le fichier PKCS#12 ne s’ouvre pas avec cette phrase secrète."),
    "produce.p12_refused": _("Le fichier PKCS#12 ne contient pas de clé de signature avec son certificat."),
    "produce.pdf_encrypted": _("Ce PDF est protégé par mot de passe ou chiffré : il ne peut pas être signé."),
    "produce.pdf_field": _("Le champ de signature « %(field)s » de ce PDF ne peut pas être rempli."),
    "produce.pdf_locked": _(
        "Ce PDF a été certifié sans aucune modification permise (%(field)s) : une signature de plus invaliderait la première. "
        "Demandez à son auteur une version certifiée qui admet les signatures, ou signez-le dans un fichier à part (CAdES ou XAdES)."
    ),
    "produce.pdf_room": _("La place gardée dans le PDF ne suffit pas pour cette signature."),
    "produce.pdf_unreadable": _(
        "Ce PDF est endommagé : ouvrez-le et enregistrez-le à nouveau avant de le signer."
    ),
    "produce.pkcs11_missing": _("Le module PKCS#11 ne peut pas être chargé (%(reason)s)."),
    "produce.prepared_damaged": _("La signature préparée a été modifiée ou ne correspond plus au document."),
    "produce.revocation_missing": _(
        "Aucune liste de révocation ni réponse OCSP n’est disponible pour « %(name)s » : une signature à long terme en a besoin."
    ),
    "produce.timestamp_failed": _("Aucune autorité d’horodatage n’a donné de jeton valable (%(reason)s)."),
    "produce.timestamper_missing": _("Ce niveau de signature demande une autorité d’horodatage."),
    "produce.token_absent": _("La carte ou la clé « %(label)s » n’est pas branchée."),
    "produce.token_key": _(
        "La carte ou la clé « %(label)s » ne contient pas de clé de signature avec son certificat."
    ),
    "produce.token_pin": _("Le code PIN est faux ou bloqué."),
    "produce.token_refused": _(
        "L’autorité d’horodatage a donné un jeton qui ne porte pas sur cette signature."
    ),
    "produce.token_signing": _("La carte ou la clé a refusé de signer (%(reason)s)."),
    "produce.value_mismatch": _(
        "La valeur de signature reçue ne correspond pas au certificat et au document : rien n’a été modifié."
    ),
    "produce.xml_refused": _("Ce document XML ne peut pas être signé : il est mal formé ou déclare une DTD."),
}
