"""The verdict on a signature: every sub-indication, what to do about it, and the five legal checks."""

from signing.wording import _

SENTENCES: dict[str, str] = {
    "verdict.FORMAT_FAILURE": _(
        "La signature est mal formée, ou le fichier a été modifié après la signature d’une façon "
        "qu’elle ne permet pas."
    ),
    "verdict.FORMAT_FAILURE.advice": _(
        "Demandez au signataire le fichier tel qu’il est sorti de son outil de signature, sans "
        "l’ouvrir ni le réenregistrer."
    ),
    "verdict.HASH_FAILURE": _("Le document a été modifié après la signature."),
    "verdict.HASH_FAILURE.advice": _(
        "Demandez le document d’origine, ou une nouvelle signature du document modifié."
    ),
    "verdict.SIG_CRYPTO_FAILURE": _(
        "La signature ne correspond pas à la clé du certificat : elle a été altérée, ou vient d’un "
        "autre signataire."
    ),
    "verdict.SIG_CRYPTO_FAILURE.advice": _("Demandez une nouvelle signature."),
    "verdict.REVOKED": _("Le certificat était déjà révoqué quand le document a été signé."),
    "verdict.REVOKED.advice": _("Demandez une nouvelle signature, avec un certificat en cours de validité."),
    "verdict.EXPIRED": _("Le certificat avait déjà expiré quand le document a été signé."),
    "verdict.EXPIRED.advice": _("Demandez une nouvelle signature, avec un certificat en cours de validité."),
    "verdict.NOT_YET_VALID": _("La signature existait avant le début de validité du certificat."),
    "verdict.NOT_YET_VALID.advice": _(
        "Demandez une nouvelle signature, et vérifiez l’heure du poste qui signe."
    ),
    "verdict.SIG_CONSTRAINTS_FAILURE": _(
        "La signature ne remplit pas les conditions demandées à une signature électronique avancée."
    ),
    "verdict.SIG_CONSTRAINTS_FAILURE.advice": _(
        "Demandez une signature XAdES, CAdES ou PAdES faite avec un outil courant."
    ),
    "verdict.CHAIN_CONSTRAINTS_FAILURE": _(
        "Le certificat, ou l’une des autorités au-dessus de lui, ne permet pas cet usage."
    ),
    "verdict.CHAIN_CONSTRAINTS_FAILURE.advice": _(
        "Demandez une signature faite avec un certificat de signature."
    ),
    "verdict.CERTIFICATE_CHAIN_GENERAL_FAILURE": _(
        "La chaîne du certificat ne peut pas être vérifiée : le certificat n’est pas celui qu’il "
        "prétend être, ou il est illisible."
    ),
    "verdict.CERTIFICATE_CHAIN_GENERAL_FAILURE.advice": _(
        "Ne vous fiez pas à cette signature ; demandez au signataire quel prestataire a délivré son "
        "certificat."
    ),
    "verdict.CRYPTO_CONSTRAINTS_FAILURE": _("La signature emploie un algorithme qui ne prouve plus rien."),
    "verdict.CRYPTO_CONSTRAINTS_FAILURE.advice": _(
        "Demandez une nouvelle signature, avec SHA-256 et une clé RSA d’au moins 2048 bits ou une "
        "courbe P-256."
    ),
    "verdict.CRYPTO_CONSTRAINTS_FAILURE_NO_POE": _(
        "La signature emploie un algorithme trop faible aujourd’hui, et rien ne prouve qu’elle ait été "
        "faite quand il était encore sûr."
    ),
    "verdict.CRYPTO_CONSTRAINTS_FAILURE_NO_POE.advice": _(
        "Demandez une nouvelle signature, ou une preuve de date antérieure (horodatage, journal de dépôt)."
    ),
    "verdict.POLICY_PROCESSING_ERROR": _("La politique de signature annoncée ne peut pas être lue."),
    "verdict.POLICY_PROCESSING_ERROR.advice": _(
        "Demandez au signataire une signature sans politique particulière."
    ),
    "verdict.SIGNATURE_POLICY_NOT_AVAILABLE": _("La politique de signature annoncée n’est pas disponible."),
    "verdict.SIGNATURE_POLICY_NOT_AVAILABLE.advice": _(
        "Demandez au signataire une signature sans politique particulière, ou le texte de cette politique."
    ),
    "verdict.TIMESTAMP_ORDER_FAILURE": _(
        "Les horodatages de la signature se contredisent : leurs dates ne se suivent pas dans l’ordre "
        "attendu."
    ),
    "verdict.TIMESTAMP_ORDER_FAILURE.advice": _("Demandez le fichier d’origine, ou une nouvelle signature."),
    "verdict.NO_SIGNING_CERTIFICATE_FOUND": _(
        "Le certificat du signataire n’est pas dans le fichier, ou n’est pas celui que la signature désigne."
    ),
    "verdict.NO_SIGNING_CERTIFICATE_FOUND.advice": _(
        "Demandez au signataire son certificat, ou une signature qui le contient."
    ),
    "verdict.NO_CERTIFICATE_CHAIN_FOUND": _(
        "Aucune liste de confiance n’est chargée : l’autorité qui a délivré ce certificat ne peut pas "
        "être reconnue. Le document n’a pas été modifié."
    ),
    "verdict.NO_CERTIFICATE_CHAIN_FOUND.advice": _(
        "Chargez les listes de confiance, ou déclarez cette autorité de confiance si elle est "
        "équivalente, puis vérifiez à nouveau."
    ),
    "verdict.REVOKED_NO_POE": _(
        "Le certificat est révoqué, et rien ne prouve que la signature soit antérieure à la révocation."
    ),
    "verdict.REVOKED_NO_POE.advice": _(
        "Demandez une nouvelle signature, ou une preuve de date antérieure à la révocation "
        "(horodatage, journal de dépôt)."
    ),
    "verdict.REVOKED_CA_NO_POE": _(
        "Le certificat d’une autorité est révoqué, et rien ne prouve que la signature soit antérieure "
        "à la révocation."
    ),
    "verdict.REVOKED_CA_NO_POE.advice": _(
        "Demandez une nouvelle signature, avec le certificat d’une autre autorité."
    ),
    "verdict.OUT_OF_BOUNDS_NO_POE": _(
        "Le certificat n’est pas en cours de validité, et rien ne prouve que la signature ait été "
        "faite pendant sa validité."
    ),
    "verdict.OUT_OF_BOUNDS_NO_POE.advice": _(
        "Demandez une nouvelle signature, ou une preuve de date (horodatage, journal de dépôt)."
    ),
    "verdict.OUT_OF_BOUNDS_NOT_REVOKED": _(
        "Le certificat a expiré sans avoir été révoqué, et rien ne prouve que la signature ait été "
        "faite pendant sa validité."
    ),
    "verdict.OUT_OF_BOUNDS_NOT_REVOKED.advice": _(
        "Demandez une nouvelle signature, ou une preuve de date (horodatage, journal de dépôt)."
    ),
    "verdict.NO_POE": _("Il manque une preuve que la signature, ou ce qui la vérifie, existait assez tôt."),
    "verdict.NO_POE.advice": _(
        "Cherchez une preuve de date : horodatage d’archivage, journal de dépôt, preuves conservées."
    ),
    "verdict.TRY_LATER": _("Rien ne dit encore si le certificat était révoqué quand il a servi."),
    "verdict.TRY_LATER.advice": _(
        "Recommencez plus tard, ou fournissez la liste de révocation de l’autorité."
    ),
    "verdict.SIGNED_DATA_NOT_FOUND": _(
        "Le document signé n’est pas là : la signature en désigne un autre, ou il a été modifié ou "
        "déplacé après la signature."
    ),
    "verdict.SIGNED_DATA_NOT_FOUND.advice": _(
        "Fournissez le document exactement tel qu’il a été signé, sous le même nom."
    ),
    "verdict.NO_CERTIFICATE_CHAIN_FOUND.lists": _(
        "L’autorité qui a délivré ce certificat n’est pas dans les listes chargées (liste "
        "%(territory)s n° %(number)s, âgée de %(days)s jours). Le document n’a pas été modifié."
    ),
    "verdict.NO_CERTIFICATE_CHAIN_FOUND.anchors": _(
        "L’autorité qui a délivré ce certificat n’est pas parmi les autorités déclarées de confiance, "
        "et aucune liste n’est chargée. Le document n’a pas été modifié."
    ),
    "verdict.signer_mismatch": _("La signature désigne un autre certificat que celui qui l’accompagne."),
    "verdict.missing_data": _(
        "Le document « %(name)s », qui est signé, manque ou n’est pas celui qui a été signé."
    ),
    "verdict.altered": _("« %(name)s » a été modifié après la signature."),
    "verdict.not_advanced": _(
        "Ce n’est pas une signature avancée : aucun attribut signé ne désigne le certificat du signataire."
    ),
    "verdict.time_declared": _(
        "La date de signature est seulement déclarée par le signataire : aucune preuve de date ne la "
        "confirme."
    ),
    "verdict.time_unknown": _("Rien ne dit quand le document a été signé."),
    "verdict.time_contradicted": _(
        "La date de signature déclarée est postérieure à la date prouvée : l’horloge du signataire "
        "était fausse."
    ),
    "verdict.stamp.useless": _("L’horodatage %(id)s ne prouve rien."),
    "verdict.stamp.broken": _(
        "Le jeton d’horodatage %(id)s est altéré, ou n’est pas signé par une unité d’horodatage."
    ),
    "verdict.stamp.data_missing": _("Les données que l’horodatage %(id)s devrait couvrir manquent."),
    "verdict.stamp.other_data": _(
        "L’horodatage %(id)s porte sur d’autres données : il a été copié d’ailleurs, ou les données "
        "ont changé."
    ),
    "verdict.stamp.unsigned": _("L’horodatage %(id)s ne dit pas qui l’a délivré, ou quand."),
    "verdict.stamp.from_the_future": _(
        "L’horodatage %(id)s porte une date postérieure à celle où il existait déjà."
    ),
    "verdict.stamp.before_authority": _(
        "L’horodatage %(id)s porte une date antérieure au certificat de son autorité."
    ),
    "verdict.identity.human": _(
        "Le certificat dit qui a signé : comparez ce nom à celui de la personne habilitée."
    ),
    "verdict.identity.unknown": _(
        "Le certificat du signataire n’est pas connu : rien ne dit sûrement qui a signé."
    ),
    "verdict.category.passed": _("Le certificat est un certificat qualifié de signature électronique."),
    "verdict.category.failed": _(
        "D’après la liste de confiance, le certificat n’était pas qualifié à la date de la signature."
    ),
    "verdict.category.human": _(
        "Le certificat est qualifié, mais c’est celui d’un cachet : il engage une personne morale et "
        "n’est pas la signature d’une personne. À vous de dire s’il convient."
    ),
    "verdict.category.unknown": _(
        "Aucune liste de confiance chargée ne connaît l’autorité qui a délivré ce certificat."
    ),
    "verdict.category.unknown.stale": _(
        "La liste de confiance chargée est trop ancienne pour dire si ce certificat est qualifié."
    ),
    "verdict.format.passed": _("La signature est au format %(format)s."),
    "verdict.format.failed": _("La signature est mal formée."),
    "verdict.format.failed.not_advanced": _(
        "La signature est au format %(format)s, qui n’est ni XAdES, ni CAdES, ni PAdES."
    ),
    "verdict.validity.passed": _("Le certificat n’est ni expiré ni révoqué à la date de la vérification."),
    "verdict.validity.passed.proved": _(
        "Le certificat n’était ni expiré ni révoqué à la date prouvée de la signature."
    ),
    "verdict.validity.failed": _(
        "Le certificat était expiré, révoqué ou pas encore valable, ou rien ne prouve que la signature "
        "soit antérieure."
    ),
    "verdict.validity.unknown": _(
        "Rien ne permet de dire si le certificat était valable à la date de la signature."
    ),
    "verdict.integrity.passed": _("Le document n’a pas été modifié depuis la signature."),
    "verdict.integrity.failed": _("Le document, ou la signature, a été modifié."),
    "verdict.integrity.unknown": _(
        "Il manque le document, le certificat ou un moyen sûr de lire la signature : rien ne dit si le "
        "document a été modifié."
    ),
}
