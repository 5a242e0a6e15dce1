"""Sentences on XML signatures: what is refused, what is wrong, what is covered, by code."""

from signing.wording import _

SENTENCES: dict[str, str] = {
    # The file cannot be read at all.
    "xml.too_large": _("Le fichier XML dépasse %(most)s Mio : il n’est pas examiné."),
    "xml.too_complex": _(
        "Le fichier XML est trop profond, ou contient un élément trop gros : il n’est pas examiné."
    ),
    "xml.dtd": _(
        "Le fichier XML contient une déclaration DOCTYPE : elle permet de faire lire autre chose que ce qui a été "
        "signé, et le fichier est refusé."
    ),
    "xml.encoding": _("Le codage de caractères « %(encoding)s » de ce fichier XML n’est pas pris en charge."),
    "xml.unreadable": _("Ce fichier n’est pas un document XML bien formé."),
    "xml.not_base64": _("Une partie du fichier devrait être codée en base64 et ne l’est pas."),
    "xml.not_canonical": _(
        "Une partie du fichier n’a pas de forme canonique (espace de noms relatif) : elle ne peut être comparée à ce "
        "qui a été signé."
    ),
    "xml.nothing_left": _("Les transformations demandées ne laissent rien à signer."),
    "xml.too_much_work": _("Vérifier ce fichier demanderait trop de calculs : il n’est pas examiné."),
    "xml.too_many_signatures": _("Le fichier contient plus de %(most)s signatures : il n’est pas examiné."),
    "xml.not_one_signature": _("Le document devrait contenir une signature et une seule."),
    # The structure is unsound.
    "xml.element_count": _(
        "La signature est mal formée : l’élément %(name)s s’y trouve %(count)s fois au lieu d’une."
    ),
    "xml.value_not_base64": _("La valeur de la signature est illisible : elle n’est pas codée en base64."),
    "xml.digest_not_base64": _("L’empreinte signée de « %(name)s » est illisible."),
    "xml.too_many_references": _("La signature compte plus de %(most)s références."),
    "xml.too_many_stamps": _("La signature compte plus de %(most)s horodatages."),
    "xml.duplicate_id": _(
        "Deux éléments du fichier portent l’identifiant « %(id)s » que la signature désigne : on ne peut pas savoir "
        "lequel a été signé."
    ),
    "xml.hmac": _(
        "La signature repose sur un secret partagé (HMAC) et non sur un certificat : ce n’est pas une signature "
        "électronique."
    ),
    "xml.engines_disagree": _(
        "Deux moteurs de vérification donnent des réponses différentes sur cette signature : elle est refusée."
    ),
    # Something is not acceptable, or cannot be checked.
    "xml.transform_refused": _(
        "La signature transforme « %(name)s » par un procédé qui n’est jamais exécuté (%(transform)s) : on ne peut "
        "pas dire si le contenu est celui qui a été signé."
    ),
    "xml.unknown_c14n": _("La signature emploie une mise en forme inconnue (%(algorithm)s)."),
    "xml.unknown_signature_method": _("L’algorithme de signature n’est pas pris en charge (%(algorithm)s)."),
    "xml.unknown_digest": _(
        "L’algorithme d’empreinte de « %(name)s » n’est pas pris en charge (%(algorithm)s)."
    ),
    "xml.signed_properties_not_signed": _(
        "Les propriétés de la signature (certificat, date) ne sont pas elles-mêmes signées."
    ),
    "xml.target_elsewhere": _(
        "Les propriétés jointes à la signature en désignent une autre (%(target)s) : elles ne sont pas retenues."
    ),
    "xml.policy_changed": _(
        "La politique de signature jointe n’est pas celle que le signataire a désignée (%(policy)s)."
    ),
    # Worth knowing.
    "xml.misplaced": _(
        "La référence « %(name)s » désigne un élément déplacé (%(path)s) : il n’est pas tenu pour le document signé."
    ),
    "xml.target_dangling": _("L’attribut Target des propriétés ne désigne pas la signature (%(target)s)."),
    "xml.digest_not_given": _(
        "L’empreinte fournie de « %(name)s » ne suffit pas (%(what)s) : donnez le document lui-même."
    ),
    "xml.signer_by_key_info": _(
        "Le certificat du signataire est désigné par les informations de clé signées, et non par une propriété "
        "XAdES."
    ),
    "xml.issuer_differs": _(
        "L’émetteur ou le numéro de série signés ne sont pas ceux du certificat, dont l’empreinte est pourtant la "
        "bonne."
    ),
    "xml.certificate_unreadable": _("Un certificat joint à la signature est illisible : il est ignoré."),
    "xml.stamp_of_another_kind": _(
        "Un horodatage (%(name)s) n’est pas au format RFC 3161 : il n’est pas examiné."
    ),
    "xml.time_without_zone": _(
        "L’heure de signature déclarée n’a pas de fuseau horaire : elle est lue en temps universel."
    ),
    "xml.time_unreadable": _("L’heure de signature déclarée est illisible (%(time)s)."),
    "xml.policy_not_at_hand": _(
        "La signature suit une politique (%(policy)s) dont le texte n’est pas joint : il n’est pas vérifié."
    ),
    # Scope.
    "xml.scope_not_found": _("Cet élément signé n’a pas été trouvé à sa place."),
    "xml.scope_not_checked": _("Cet élément signé n’a pas pu être contrôlé."),
    "xml.scope_changed": _("Cet élément n’est pas celui qui a été signé."),
    "xml.scope_part": _("Seule cette partie du document est signée : le reste ne l’est pas."),
    "xml.scope_unsigned": _("Ce contenu n’est pas couvert par la signature."),
    "xml.scope_countersigned": _("Contreseing : c’est une autre signature qui est signée, non un document."),
}
