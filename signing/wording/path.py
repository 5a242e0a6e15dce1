"""What is found on a certificate and its chain, by code."""

from signing.wording import _

SENTENCES: dict[str, str] = {
    "path.valid": _("La chaîne du certificat est valable jusqu’à une autorité de confiance."),
    "path.anchor": _("Ce certificat est lui-même déclaré de confiance."),
    "path.listed": _("Ce certificat figure lui-même dans une liste de confiance."),
    "path.unreadable": _("Le certificat est illisible."),
    "path.no_chain": _(
        "Aucune chaîne ne relie ce certificat, délivré par « %(issuer)s », à une autorité de confiance."
    ),
    "path.revoked": _("Le certificat de « %(name)s » est révoqué depuis le %(on)s."),
    "path.authority_revoked": _("Le certificat de l’autorité « %(name)s » est révoqué depuis le %(on)s."),
    "path.authority_expired": _(
        "Le certificat de l’autorité « %(name)s » a expiré le %(on)s, et rien ne prouve que ce qu’elle a signé existait avant."
    ),
    "path.expired": _("Le certificat de « %(name)s » a expiré le %(on)s."),
    "path.not_yet_valid": _("Le certificat de « %(name)s » n’est valable qu’à partir du %(on)s."),
    "path.stale": _(
        "Les informations de révocation sur « %(name)s » datent du %(on)s : elles ne disent rien de l’instant de la signature."
    ),
    "path.no_answer": _(
        "Aucune liste de révocation ni réponse OCSP ne dit si le certificat de « %(name)s » est révoqué."
    ),
    "path.algorithm_ended": _(
        "L’algorithme %(algorithm)s ne prouve plus rien depuis le %(on)s, et rien ne prouve qu’il ait servi avant."
    ),
    "path.algorithm_refused": _("L’algorithme %(algorithm)s n’est pas accepté."),
    "path.unfit_signature": _("Le certificat de « %(name)s » n’est pas fait pour signer des documents."),
    "path.unfit_timestamp": _("Le certificat de « %(name)s » n’est pas fait pour horodater."),
    "path.never_valid": _("Les certificats de la chaîne n’ont jamais été valables en même temps."),
    "path.forged": _(
        "Un certificat de la chaîne ne porte pas la signature de l’autorité dont il se réclame."
    ),
    "path.constraints": _(
        "La chaîne du certificat de « %(name)s » ne respecte pas les contraintes posées par ses autorités "
        "(noms permis, longueur, politiques, droit de délivrer des certificats)."
    ),
}
