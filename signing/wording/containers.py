"""Sentences on files and containers: what a file is, why it is refused, what a container holds, by code."""

from signing.wording import _

SENTENCES: dict[str, str] = {
    "containers.two_envelopes": _(
        "La signature et le document « %(name)s » sont dans deux enveloppes du même dépôt (%(signature)s ; %(document)s) : "
        "ils ont été rapprochés par l’empreinte."
    ),
    # What a file is, when it is not a signed file that can be read.
    "containers.empty": _("Le fichier est vide."),
    "containers.too_large": _("Le fichier dépasse %(most)s Mio : il n’est pas examiné."),
    "containers.unknown": _(
        "Ce fichier n’est ni un PDF, ni un XML, ni une signature CMS, ni un conteneur ASiC : "
        "aucune signature ne peut y être vérifiée. Si sa signature est dans un fichier à part (.p7s, .xml), "
        "vérifiez ce fichier-là et joignez celui-ci comme contenu."
    ),
    "containers.is_office_old": _(
        "Ce fichier est un ancien document Office (.doc, .xls, .msg) : sa signature éventuelle n’est pas de "
        "l’un des formats admis (XAdES, CAdES, PAdES)."
    ),
    "containers.is_office_signed": _(
        "Ce document Office porte une signature posée par Word, Excel ou PowerPoint : ce format de signature "
        "n’est pas pris en charge. Faites signer un PDF, ou joignez une signature détachée (.p7s, .xml)."
    ),
    "containers.is_jar": _("Ce fichier est une archive Java signée : ce format n’est pas pris en charge."),
    "containers.is_archive": _(
        "Ce fichier est une archive %(kind)s : seules les archives ZIP et les conteneurs ASiC sont examinés. "
        "Vérifiez les fichiers qu’elle contient."
    ),
    "containers.is_image": _(
        "Ce fichier est une image (%(kind)s) : l’image d’une signature manuscrite n’est pas une signature "
        "électronique."
    ),
    "containers.is_program": _("Ce fichier est un programme : sa signature n’est pas examinée."),
    "containers.is_openpgp": _(
        "Cette signature est au format OpenPGP, qui n’est pas admis pour les marchés publics : il faut XAdES, "
        "CAdES ou PAdES."
    ),
    "containers.is_mail": _(
        "Ce fichier est un message électronique signé (S/MIME) : enregistrez sa pièce jointe smime.p7s et le "
        "document à part pour les vérifier."
    ),
    "containers.is_html": _("Ce fichier est une page web : il ne contient pas de signature vérifiable."),
    "containers.is_certificate": _("Ce fichier est un certificat, pas une signature."),
    "containers.is_crl": _("Ce fichier est une liste de certificats révoqués, pas une signature."),
    "containers.is_ocsp": _("Ce fichier est une réponse OCSP, pas une signature."),
    "containers.is_certificate_request": _("Ce fichier est une demande de certificat, pas une signature."),
    "containers.is_key": _(
        "Ce fichier contient une clé privée : ne le transmettez à personne. Ce n’est pas une signature."
    ),
    "containers.is_pkcs12": _(
        "Ce fichier est un magasin de certificat et de clé (.p12, .pfx) : ne le transmettez à personne. "
        "Ce n’est pas une signature."
    ),
    "containers.is_encrypted_cms": _(
        "Ce fichier est chiffré (CMS) : il doit être déchiffré avant la vérification."
    ),
    "containers.is_other_cms": _("Ce fichier CMS ne contient pas de signature (type %(type)s)."),
    "containers.is_timestamp_request": _(
        "Ce fichier est une demande d’horodatage, pas un jeton d’horodatage."
    ),
    "containers.is_other_asn1": _(
        "Ce fichier est une donnée ASN.1 qui n’est ni une signature ni un horodatage."
    ),
    "containers.asn1_damaged": _("La signature est coupée ou abîmée : elle n’est pas lisible."),
    "containers.pdf_damaged": _(
        "Ce fichier n’a pas d’en-tête PDF dans ses 1 024 premiers octets : il est abîmé."
    ),
    "containers.pem_damaged": _("Le fichier PEM est abîmé : son contenu n’est pas lisible."),
    # Why an archive is refused.
    "containers.zip_damaged": _("L’archive ZIP est coupée ou abîmée : elle n’est pas lisible."),
    "containers.zip_empty": _("L’archive ZIP est vide."),
    "containers.zip_entries": _("L’archive contient %(count)s fichiers ; le maximum est %(most)s."),
    "containers.zip_bomb": _("L’archive est refusée : son contenu décompressé est démesuré."),
    "containers.zip_parts": _("L’archive est en plusieurs parties : elle n’est pas examinée."),
    "containers.zip_prefixed": _("L’archive est refusée : des données étrangères la précèdent."),
    "containers.zip_hidden": _(
        "L’archive est refusée : elle contient des données qui n’appartiennent à aucun de ses fichiers."
    ),
    "containers.zip_ambiguous": _("L’archive est refusée : deux logiciels pourraient y lire deux contenus."),
    "containers.zip_mismatch": _(
        "L’archive est refusée : les deux descriptions du fichier « %(name)s » se contredisent."
    ),
    "containers.zip_overlap": _("L’archive est refusée : des fichiers s’y chevauchent."),
    "containers.zip_encrypted": _("L’archive est chiffrée (« %(name)s ») : ôtez le mot de passe."),
    "containers.zip_method": _(
        "Le fichier « %(name)s » de l’archive est compressé par une méthode qui n’est pas prise en charge."
    ),
    "containers.zip_link": _("L’archive est refusée : « %(name)s » est un lien ou un fichier spécial."),
    "containers.zip_path": _("L’archive est refusée : le nom de fichier « %(name)s » est dangereux."),
    "containers.zip_name": _("L’archive est refusée : le nom de fichier « %(name)s » n’est pas lisible."),
    "containers.zip_duplicate": _("L’archive est refusée : elle contient deux fichiers nommés « %(name)s »."),
    "containers.entry_too_large": _("Le fichier « %(name)s » de l’archive est trop gros pour être examiné."),
    "containers.damaged": _("Le fichier est abîmé ou mal formé : il n’est pas lisible."),
    # What is said of a container that is read.
    "containers.too_many_signatures": _(
        "Le conteneur porte plus de %(most)s signatures : il n’est pas examiné."
    ),
    "containers.too_many_stamps": _(
        "Le conteneur porte plus de %(most)s horodatages : il n’est pas examiné."
    ),
    "containers.signature_unreadable": _(
        "Le fichier de signature « %(name)s » du conteneur n’est pas lisible."
    ),
    "containers.signature_file_empty": _(
        "Le fichier « %(name)s » du conteneur ne contient aucune signature."
    ),
    "containers.asic_s_files": _(
        "Un conteneur ASiC-S doit contenir un seul document à sa racine ; celui-ci en contient %(count)s."
    ),
    "containers.asic_s_signature_files": _(
        "Un conteneur ASiC-S doit contenir un seul fichier de signatures ; celui-ci en contient %(count)s."
    ),
    "containers.cms_not_detached": _(
        "La signature « %(name)s » contient son propre document : dans un conteneur, elle doit porter sur les "
        "fichiers du conteneur."
    ),
    "containers.manifest_altered": _(
        "Le bordereau « %(name)s », qui relie la signature aux fichiers du conteneur, a été modifié."
    ),
    "containers.manifest_missing": _(
        "Aucun bordereau (ASiCManifest) ne relie la signature « %(name)s » aux fichiers du conteneur."
    ),
    "containers.manifest_ambiguous": _(
        "Plusieurs bordereaux (ASiCManifest) désignent la signature « %(name)s »."
    ),
    "containers.manifest_unreadable": _("Le bordereau « %(name)s » du conteneur n’est pas lisible."),
    "containers.manifest_orphan": _(
        "Le bordereau « %(name)s » désigne le fichier « %(missing)s », qui n’est pas dans le conteneur : "
        "une signature ou un horodatage a peut-être été retiré."
    ),
    "containers.manifest_xml_differs": _(
        "La liste des fichiers du conteneur (META-INF/manifest.xml) ne correspond pas à son contenu."
    ),
    "containers.mimetype_missing": _("Le conteneur ne déclare pas son type (fichier mimetype)."),
    "containers.mimetype_place": _(
        "Le fichier mimetype du conteneur n’est pas à la place, ou sous la forme, que la norme demande."
    ),
    "containers.evidence_record": _(
        "Le conteneur porte un enregistrement de preuve (evidence record), qui n’est pas examiné."
    ),
    "containers.digest_unknown": _(
        "L’empreinte d’un fichier est calculée par un algorithme inconnu (%(algorithm)s)."
    ),
    "containers.entry_uncovered": _("Ce fichier n’est pas couvert par cette signature."),
    "containers.entry_missing": _("Le fichier signé « %(name)s » n’est pas dans le conteneur."),
    "containers.entry_changed": _("Le fichier « %(name)s » a été modifié après la signature."),
    "containers.stamped_entry_broken": _(
        "Le fichier « %(name)s » manque ou a été modifié depuis l’horodatage « %(stamp)s »."
    ),
    # Plain archives, and tokens given beside documents.
    "containers.zip_signed_whole": _("Le ZIP est signé, pas les pièces qu’il contient."),
    "containers.zip_not_listed": _(
        "Le contenu de ce ZIP n’est pas énuméré : l’archive n’est pas lisible sans danger."
    ),
    "containers.zip_nothing_signed": _("Aucun fichier de ce ZIP n’est signé."),
    "containers.zip_unsigned": _("Le ZIP contient des fichiers sans signature (%(count)s) : %(names)s."),
    "containers.zip_nested": _(
        "L’archive « %(name)s », contenue dans ce ZIP, n’est pas ouverte : vérifiez-la à part."
    ),
    "containers.zip_entry_skipped": _("Le fichier « %(name)s » de ce ZIP n’a pas pu être examiné."),
    "containers.office_unsigned": _("Ce document Office ne porte pas de signature."),
    "containers.token_paired": _("La signature « %(token)s » porte sur « %(name)s »."),
    "containers.token_orphan": _(
        "Aucun des documents fournis n’a l’empreinte que la signature « %(token)s » a signée : "
        "document manquant, ou modifié après la signature ?"
    ),
    "containers.token_orphan_named": _(
        "Le document « %(name)s » n’a pas l’empreinte que la signature « %(token)s » a signée : "
        "fichier modifié après la signature ?"
    ),
    "containers.token_by_name": _(
        "La signature « %(token)s » ne dit pas elle-même sur quel document elle porte ; d’après son nom, ce serait "
        "« %(name)s » : la vérification le dira."
    ),
}
