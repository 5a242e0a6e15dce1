"""What this room refuses, and how: a code each, and a sentence saying what happened, what was kept, what to do. Pure."""

from dume import wording
from dume.espd.errors import ESPDError
from dume.espd.findings import Finding
from procurement.core.errors import (
    Conflict,
    DomainError,
    FieldError,
    Forbidden,
    Gone,
    Invalid,
    NotFound,
    TooLarge,
)
from procurement.core.text import _, for_count

#: How many findings a refusal names; ``count`` says how many there are.
MOST_TOLD = 1000


class NotValid(Invalid):
    """The DUME is not valid yet; ``findings`` says what is wrong, and where."""

    def __init__(self, findings: tuple[Finding, ...], lang: str = "fr") -> None:
        message = for_count(
            len(findings),
            _("Le DUME n’est pas validé : il reste %(count)s point à régler. Rien n’est perdu."),
            _("Le DUME n’est pas validé : il reste %(count)s points à régler. Rien n’est perdu."),
        )
        told = tuple(
            FieldError(one.path, one.rule, wording.finding(one.rule, lang, **one.params) or one.rule)
            for one in findings[:MOST_TOLD]
        )
        super().__init__("dume.findings", message, errors=told, count=len(findings))
        self.findings = findings


class Unreadable(DomainError):
    """The file cannot be read as a DUME."""

    status = 400

    def __init__(self, error: ESPDError) -> None:
        super().__init__(error.code, error.template, **error.params)
        self.line, self.column = error.line, error.column


class WrongMediaType(DomainError):
    """The file is not of a kind that is taken."""

    status = 415


def not_found() -> NotFound:
    """Return the refusal for a DUME that does not exist, or not for who asks."""
    return NotFound("dume.not_found", _("Ce DUME n’existe pas, ou n’est pas accessible."))


def not_draft(status: str) -> Conflict:
    """Return the refusal of a change once a DUME is published, replaced or deleted."""
    message = _(
        "Ce DUME ne se modifie plus : il est publié, remplacé ou supprimé. Rien n’a été modifié. "
        "Créez-en une nouvelle version."
    )
    return Conflict("dume.not_draft", message, state=status)


def not_validated(status: str) -> Conflict:
    """Return the refusal to publish what is not validated."""
    message = _("Ce DUME n’est pas publié : il faut d’abord le valider. Rien n’a été modifié.")
    return Conflict("dume.not_validated", message, state=status)


def move_refused(status: str, verb: str) -> Conflict:
    """Return the refusal of a move that the status does not allow."""
    message = _("Cette action n’est plus possible : le DUME a changé d’état. Rien n’a été modifié.")
    return Conflict("dume.move_refused", message, state=status, verb=verb)


def deposited() -> Conflict:
    """Return the refusal to delete what a deposited bid refers to."""
    return Conflict(
        "dume.deposited",
        _("Ce DUME est joint à un pli déposé : il ne peut pas être supprimé. Il est conservé."),
    )


def not_opened() -> Forbidden:
    """Return the refusal to show a response to the buyer before the opening."""
    return Forbidden(
        "dume.not_opened",
        _("Les réponses restent fermées jusqu’à l’ouverture des plis. Réessayez après l’ouverture."),
    )


def too_early() -> Conflict:
    """Return the refusal of an opening before the deadline."""
    return Conflict(
        "dume.too_early",
        _("L’heure limite de la consultation n’est pas passée : l’ouverture ne peut pas avoir eu lieu."),
    )


def request_not_published() -> Conflict:
    """Return the refusal to answer a request that is not published."""
    return Conflict(
        "dume.request_not_published",
        _(
            "Le DUME de l’acheteur n’est pas publié, ou ne l’est plus. Demandez à l’acheteur le DUME en vigueur."
        ),
    )


def wrong_kind(expected: str) -> Conflict:
    """Return the refusal of a deed that is not for this kind of DUME."""
    message = _("Cette action ne s’applique pas à ce type de DUME : un DUME %(expected)s est attendu.")
    return Conflict("dume.wrong_kind", message, expected=expected)


def changed_since() -> Conflict:
    """Return the refusal to confirm what was changed since it was read."""
    return Conflict(
        "dume.changed_since",
        _("Le DUME a changé depuis que vous l’avez lu. Rien n’a été confirmé ; relisez les valeurs."),
    )


def lots_overlap(id_dume: str) -> Conflict:
    """Return the refusal to publish for some only of the lots of a DUME already published."""
    message = _(
        "Le DUME %(id_dume)s est publié pour une partie de ces lots et pour d’autres encore. "
        "Publiez pour tous ses lots, ou supprimez-le d’abord."
    )
    return Conflict("dume.lots_overlap", message, id_dume=id_dume)


def lot_unknown(lots: str) -> Invalid:
    """Return the refusal of a lot that the request does not have."""
    message = _("Ces lots n’existent pas dans le DUME de l’acheteur : %(lots)s.")
    return Invalid("dume.lot_unknown", message, lots=lots, errors=(FieldError("/lots", "dume.lot_unknown", message, {"lots": lots}),))  # fmt: skip


def no_consultation() -> Invalid:
    """Return the refusal to publish a request that is tied to no consultation."""
    message = _("Indiquez la référence de la consultation : un DUME d’acheteur se publie avec elle.")
    return Invalid(
        "dume.no_consultation",
        message,
        errors=(FieldError("/consultation", "dume.no_consultation", message),),
    )


def unknown_place(paths: tuple[str, ...]) -> Invalid:
    """Return the refusal to confirm what has no answer."""
    message = _("Aucune réponse n’est à confirmer à cet endroit.")
    found = tuple(FieldError(path, "dume.nothing_to_confirm", message) for path in paths)
    return Invalid("dume.nothing_to_confirm", message, errors=found)


def link_not_found() -> NotFound:
    """Return the refusal of a link that is unknown, or whose time is over: both look the same."""
    return NotFound(
        "dume.link_not_found",
        _("Ce lien n’existe pas ou n’est plus valable. Demandez-en un nouveau à qui vous l’a donné."),
    )


def link_used() -> Gone:
    """Return the refusal of a link that has served."""
    return Gone("dume.link_used", _("Ce lien a déjà servi. Demandez-en un nouveau à qui vous l’a donné."))


def return_url_not_registered() -> Invalid:
    """Return the refusal of a return address that the client has not registered."""
    message = _("Cette adresse de retour n’est pas enregistrée pour ce client. Enregistrez-la d’abord.")
    error = FieldError("/return_url", "dume.return_url_not_registered", message)
    return Invalid("dume.return_url_not_registered", message, errors=(error,))


def no_member() -> NotFound:
    """Return the refusal for a member, or a consortium, that does not exist for who asks."""
    return NotFound(
        "dume.member_not_found", _("Ce groupement ou ce membre n’existe pas, ou n’est pas accessible.")
    )


def second_lead() -> Conflict:
    """Return the refusal of a second lead in a consortium."""
    return Conflict(
        "dume.second_lead", _("Ce groupement a déjà un mandataire. Choisissez un autre rôle pour ce membre.")
    )


def in_consortium() -> Conflict:
    """Return the refusal of a second consortium around one response."""
    return Conflict("dume.in_consortium", _("Ce DUME est déjà celui d’un groupement. Rien n’a été modifié."))


def role_not_in_group() -> Invalid:
    """Return the refusal of a role that no member of a consortium can have."""
    message = _("Ce rôle n’existe pas dans un groupement.")
    return Invalid(
        "dume.role_not_in_group", message, errors=(FieldError("/role", "dume.role_not_in_group", message),)
    )


def wrong_siret() -> Conflict:
    """Return the refusal of an invitation by another company than the one invited."""
    return Conflict(
        "dume.wrong_siret", _("Cette invitation est pour une autre entreprise. Rien n’a été modifié.")
    )


def wrong_company() -> Conflict:
    """Return the refusal to let a response speak for another company than its own."""
    return Conflict(
        "dume.wrong_company", _("Ce DUME est celui d’une autre entreprise : son SIRET ne change pas.")
    )


def company_only() -> Conflict:
    """Return the refusal to answer a request on behalf of a buyer."""
    message = _(
        "Seule une entreprise répond à une demande. Changez d’organisation, ou utilisez les outils sans compte."
    )
    return Conflict("dume.company_only", message)


def evidence_too_large(value: int) -> TooLarge:
    """Return the refusal of a proof beyond the limit."""
    message = _("Cette preuve dépasse %(value)s octets. Rien n’a été enregistré.")
    return TooLarge("dume.evidence_too_large", message, value=value)


def evidence_type() -> WrongMediaType:
    """Return the refusal of a proof that is no PDF and no picture."""
    message = _("Ce fichier n’est ni un PDF ni une image JPEG ou PNG. Rien n’a été enregistré.")
    return WrongMediaType("dume.evidence_type", message)


def no_evidence() -> NotFound:
    """Return the refusal for a proof that does not exist for who asks."""
    return NotFound("dume.evidence_not_found", _("Cette preuve n’existe pas, ou n’est pas accessible."))


def no_prefill() -> NotFound:
    """Return the refusal for a prefilling that does not exist for this DUME."""
    return NotFound("dume.prefill_not_found", _("Ce préremplissage n’existe pas pour ce DUME."))


def recipient_mismatch() -> Forbidden:
    """Return the refusal of protected data that are not for the buyer of this DUME."""
    return Forbidden(
        "dume.recipient_mismatch",
        _(
            "Les données protégées ne sont transmises que pour l’acheteur de la consultation. "
            "Rien n’a été demandé ; le niveau public reste possible."
        ),
    )


def no_company() -> Invalid:
    """Return the refusal to prefill a response whose company is unknown."""
    message = _("Indiquez d’abord le SIRET de l’entreprise : sans lui, aucune source ne répond.")
    return Invalid("dume.no_company", message, errors=(FieldError("/siret", "dume.no_company", message),))


def no_buyer() -> Invalid:
    """Return the refusal to prefill a response whose buyer is unknown."""
    message = _(
        "Le DUME de l’acheteur ne dit pas son SIRET : les sources ne répondent que pour un acheteur nommé."
    )
    return Invalid("dume.no_buyer", message, errors=(FieldError("/buyer", "dume.no_buyer", message),))


def no_organisation() -> Forbidden:
    """Return the refusal of a deed by somebody who acts for no organisation."""
    message = _("Choisissez d’abord l’organisation pour laquelle vous agissez.")
    return Forbidden("dume.no_organisation", message)


def needs_account() -> Conflict:
    """Return the refusal to publish a draft that a secret link holds."""
    message = _(
        "Un brouillon sans compte ne se publie pas. Téléchargez-le, ou connectez-vous pour le publier."
    )
    return Conflict("dume.needs_account", message)
