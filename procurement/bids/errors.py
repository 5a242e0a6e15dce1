"""What this room refuses, and how: a code each, and a sentence saying what happened, what was kept, what to do. Pure."""

from typing import Any

from procurement.core.errors import Conflict, DomainError, Forbidden, Gone, Invalid, NotFound, TooLarge
from procurement.core.text import _, for_count


class LengthRequired(DomainError):
    """A part must say how long it is."""

    status = 411


class WrongVersion(DomainError):
    """The client speaks another version of the upload protocol."""

    status = 412


class WrongMediaType(DomainError):
    """The body is not what this address takes."""

    status = 415


class Locked(DomainError):
    """Another writer is at work on the same upload."""

    status = 423


class ChecksumMismatch(DomainError):
    """The bytes are not those announced (tus 1.0.0, checksum extension)."""

    status = 460


class BadRequest(DomainError):
    """The request cannot be understood."""

    status = 400


def no_draft() -> NotFound:
    """Return the refusal for a deposit that does not exist for this company."""
    return NotFound("bid.not_found", _("Ce dépôt n’existe pas, ou n’appartient pas à votre entreprise."))


def no_upload() -> NotFound:
    """Return the refusal for an upload that does not exist for this company."""
    return NotFound(
        "bid.upload_not_found", _("Cet envoi n’existe pas ou a été retiré. Envoyez de nouveau ce fichier.")
    )


def no_opening() -> NotFound:
    """Return the refusal for an opening that does not exist for this buyer."""
    return NotFound(
        "bid.opening_not_found", _("Cette ouverture n’existe pas, ou n’appartient pas à votre organisation.")
    )


def no_key() -> NotFound:
    """Return the refusal for a key holder that does not exist for this buyer."""
    return NotFound(
        "bid.key_not_found", _("Cette clé n’existe pas, ou n’appartient pas à votre organisation.")
    )


def not_published() -> Conflict:
    """Return the refusal for a deposit on a consultation that takes none."""
    return Conflict(
        "bid.not_published",
        _("Cette consultation ne reçoit pas de plis : elle n’est pas publiée, ou n’a pas de clés."),
    )


def idempotency_mismatch() -> Invalid:
    """Return the refusal for an Idempotency-Key that served for another request already."""
    return Invalid(
        "api.idempotency_mismatch",
        _(
            "Cette clé d’idempotence a déjà servi pour une autre demande. Rien n’a été modifié ; "
            "choisissez une nouvelle clé pour cette demande."
        ),
    )


def too_large(limit: str, value: int) -> TooLarge:
    """Return the refusal for more than the announced limits, before the first byte is sent."""
    return TooLarge(
        "bid.too_large",
        _(
            "Ce fichier ou ce pli dépasse les limites annoncées de la consultation. "
            "Rien de cet envoi n’a été gardé ; vos autres fichiers sont conservés."
        ),
        limit=limit,
        value=value,
    )


def already_committed() -> Conflict:
    """Return the refusal for changing a deposit that is made."""
    return Conflict(
        "bid.already_committed",
        _(
            "Ce pli est déjà déposé : il ne peut plus être modifié. Pour le remplacer, faites un nouveau dépôt."
        ),
    )


def expired() -> Gone:
    """Return the refusal for a draft or an upload whose time is over."""
    return Gone(
        "bid.upload_expired",
        _("Ce dépôt en préparation a expiré et n’accepte plus d’envoi. Commencez un nouveau dépôt."),
    )


def incomplete(missing: list[dict[str, Any]]) -> Conflict:
    """Return the refusal for a final act that comes before all bytes; ``missing`` names what lacks."""
    one = _(
        "Le pli n’est pas complet : %(count)s élément manque ou diffère. "
        "Ce qui est déjà reçu est conservé ; terminez l’envoi puis déposez."
    )
    many = _(
        "Le pli n’est pas complet : %(count)s éléments manquent ou diffèrent. "
        "Ce qui est déjà reçu est conservé ; terminez l’envoi puis déposez."
    )
    message = for_count(len(missing), one, many)
    return Conflict("bid.incomplete", message, count=len(missing), missing=missing)


def dume_unknown(id_dume: str) -> Invalid:
    """Return the refusal for a DUME that is not one of this company's for this consultation."""
    return Invalid(
        "bid.dume_unknown",
        _(
            "Le DUME « %(id_dume)s » joint à ce pli n’est pas une réponse de votre entreprise à cette consultation. "
            "Rien n’a été déposé ; vos fichiers envoyés sont conservés. Retirez ce DUME, ou joignez le bon."
        ),
        id_dume=id_dume,
    )


def dume_not_validated() -> Conflict:
    """Return the refusal for a DUME that its company has not validated: a bid carries no unsworn statement."""
    return Conflict(
        "bid.dume_not_validated",
        _(
            "Ce DUME n’est pas validé : il ne peut pas être joint à un pli. Rien n’a été modifié ; "
            "terminez-le et validez-le, puis joignez-le."
        ),
    )


def keyset_stale() -> Conflict:
    """Return the refusal for packets sealed to certificates that no longer count."""
    return Conflict(
        "bid.keyset_stale",
        _(
            "Les clés de l’acheteur ont changé depuis la préparation du pli. Vos fichiers envoyés sont conservés : "
            "seuls les petits paquets de clés sont à refaire, sans renvoyer de fichier."
        ),
    )


def stale_terms() -> Conflict:
    """Return the refusal for sealing to keys one of which was revoked."""
    return Conflict(
        "bid.keyset_stale",
        _(
            "Une clé de cette consultation est révoquée et l’acheteur n’en a pas encore choisi d’autres : aucun pli ne peut "
            "être scellé pour l’instant. Vos fichiers sont conservés ; réessayez plus tard ou prévenez l’acheteur."
        ),
    )


def key_in_use(references: list[str]) -> Conflict:
    """Return the refusal for revoking a key to which bids are being sealed."""
    return Conflict(
        "bid.key_in_use",
        _(
            "Cette clé sert à des consultations en cours : %(consultations)s. Rien n’a été modifié ; choisissez d’abord "
            "d’autres clés pour ces consultations, puis révoquez celle-ci."
        ),
        consultations=", ".join(references),
    )


def invalid_bid(code: str, where: str) -> Invalid:
    """Return the refusal for a descriptor, inventory or packet that does not follow pli/1."""
    return Invalid(
        code,
        _(
            "Le pli préparé ne suit pas le format attendu (%(where)s). Rien n’a été déposé ; "
            "vos fichiers envoyés sont conservés. Rechargez la page, ou mettez à jour l’outil de dépôt."
        ),
        where=where,
    )


def deadline_passed() -> Conflict:
    """Return the refusal for what may only be done before the deadline."""
    return Conflict(
        "bid.deadline_passed",
        _("La date limite est passée : un pli ne peut plus être retiré. Rien n’a été modifié."),
    )


def too_early() -> Conflict:
    """Return the refusal for an opening before the deadline; the attempt is journaled."""
    return Conflict(
        "bid.too_early",
        _(
            "Les plis ne peuvent pas être ouverts avant la date limite. La tentative a été inscrite au journal."
        ),
    )


def opening_finished() -> Conflict:
    """Return the refusal for secrets that come after the minutes were written."""
    return Conflict(
        "bid.opening_finished",
        _(
            "Cette ouverture est terminée et son procès-verbal établi. Rien n’a été ouvert ; "
            "commencez une nouvelle ouverture pour les plis qui restent."
        ),
    )


def opener_only() -> Forbidden:
    """Return the refusal for an opening by someone who is not an opener; the attempt is journaled."""
    return Forbidden(
        "bid.opener_required",
        _(
            "Seul un agent chargé de l’ouverture peut ouvrir les plis. La tentative a été inscrite au journal."
        ),
    )


def second_factor_required() -> Forbidden:
    """Return the refusal for an opening without a second factor; the attempt is journaled."""
    return Forbidden(
        "bid.mfa_required",
        _(
            "L’ouverture des plis demande une connexion avec un second facteur. "
            "La tentative a été inscrite au journal ; reconnectez-vous avec votre code."
        ),
    )


def certificate_refused(reason: str) -> Invalid:
    """Return the refusal for a certificate to which no bid can be sealed."""
    return Invalid("bid.certificate_refused", _REASONS.get(reason, _REASONS["unreadable"]), reason=reason)


_REASONS = {
    "unreadable": _(
        "Ce fichier n’est pas un certificat lisible. Choisissez un certificat X.509 (.crt, .cer, .pem)."
    ),
    "key_type": _(
        "La clé de ce certificat ne peut pas recevoir de plis : il faut une clé RSA, P-256 ou P-384."
    ),
    "key_size": _("La clé RSA de ce certificat n’a pas la bonne taille : il faut 3 072 bits ou plus."),
    "curve": _("La courbe de ce certificat n’est pas prise en charge : il faut P-256 ou P-384."),
    "key_usage": _(
        "Ce certificat n’est pas fait pour chiffrer : il sert à signer ou à s’authentifier. Rien n’a été gardé."
    ),
    "not_yet_valid": _(
        "Ce certificat n’est pas encore valable. Revenez à sa date de début, ou choisissez-en un autre."
    ),
    "expired": _("Ce certificat a expiré. Choisissez-en un autre."),
    "duplicate_key": _("Deux certificats portent la même clé : chaque porteur doit avoir la sienne."),
    "known": _("Ce certificat est déjà enregistré dans votre organisation."),
    "revoked": _("Ce certificat a été révoqué. Créez une nouvelle clé."),
}


def seal_pending() -> DomainError:
    """Refuse a seal that is not there yet."""
    return NotFound(
        "bid.seal_pending",
        _("Le cachet de la plateforme est en cours. Ce document vaut sans lui ; réessayez plus tard."),
    )
