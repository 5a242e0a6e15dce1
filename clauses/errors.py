"""What this room refuses, and how: a code each, and a sentence saying what happened, what was kept, what to do. Pure."""

import uuid
from collections.abc import Sequence

from clauses.rules.model import Finding
from clauses.rules.readiness import Refusal
from procurement.core.errors import (
    Conflict,
    DomainError,
    FieldError,
    Forbidden,
    Invalid,
    NotFound,
    TooLarge,
)
from procurement.core.text import _, for_count

#: How many findings a refusal names; ``count`` says how many there are.
MOST_TOLD = 1000


class NotReady(Conflict):
    """Something is missing before a draft goes on; ``refusals`` says what."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        message = for_count(
            len(refusals),
            _("Le document n’est pas transmis : il reste %(count)s point à régler. Rien n’est perdu."),
            _("Le document n’est pas transmis : il reste %(count)s points à régler. Rien n’est perdu."),
        )
        super().__init__("clauses.not_ready", message, count=len(refusals))
        self.refusals = tuple(refusals)


class Stale(DomainError):
    """Somebody saved the same field meanwhile: both texts are given, and the losing one is kept in the history."""

    status = 412

    def __init__(self, *, current: str, given: str, revision: int, event_id: uuid.UUID) -> None:
        message = _(
            "Quelqu’un a modifié ce passage entre-temps. Votre texte est gardé dans l’historique : comparez les deux, "
            "puis choisissez."
        )
        super().__init__("clauses.stale", message)
        self.current = current
        self.given = given
        self.revision = revision
        self.event_id = event_id


class Changed(DomainError):
    """The draft is no longer what somebody looked at before he decided: nothing is done, what he wrote is his still."""

    status = 412

    def __init__(self) -> None:
        message = _(
            "Le document a changé depuis que vous l’avez lu. Rien n’a été modifié et ce que vous avez saisi est gardé : "
            "relisez, puis recommencez."
        )
        super().__init__("clauses.changed", message)


class CoverChanged(DomainError):
    """A cover page is no longer the one that was shown: nothing is written over it, what was typed is still there."""

    status = 412

    def __init__(self) -> None:
        message = _(
            "Quelqu’un a modifié cette page de garde depuis que vous l’avez ouverte. La sienne est gardée, dans l’aperçu ; "
            "votre saisie est dans cette page : enregistrez de nouveau pour la remplacer."
        )
        super().__init__("clauses.cover_changed", message)


class ReleaseRefused(Invalid):
    """The library is not clean; ``findings`` says what is wrong, and where."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        message = for_count(
            len(findings),
            _("La bibliothèque n’est pas publiée : l’analyse relève %(count)s constat. Rien n’a été écrit."),
            _("La bibliothèque n’est pas publiée : l’analyse relève %(count)s constats. Rien n’a été écrit."),
        )
        told = tuple(
            FieldError(f"{one.file}:{one.line}:{one.column}", one.code, one.message, dict(one.params))
            for one in findings[:MOST_TOLD]
        )
        super().__init__("clauses.release_refused", message, errors=told, count=len(findings))
        self.findings = tuple(findings)


def draft_not_found() -> NotFound:
    """Return the refusal for a draft that does not exist, or not for who asks."""
    return NotFound("clauses.draft_not_found", _("Ce document n’existe pas, ou n’est pas accessible."))


def release_not_found() -> NotFound:
    """Return the refusal for a release that does not exist."""
    return NotFound("clauses.release_not_found", _("Cette version de la bibliothèque n’existe pas."))


def layer_not_found() -> NotFound:
    """Return the refusal for a layer that does not exist, or not for who asks."""
    message = _("Cette organisation n’a pas encore de couche d’adaptations. Rien n’a été modifié.")
    return NotFound("clauses.layer_not_found", message)


def layer_place(title: str) -> Conflict:
    """Return the refusal to put a layer under another that may not carry it."""
    message = _(
        "Une couche s’appuie sur la bibliothèque interministérielle, ou celle d’une entité sur un ministère : "
        "« %(title)s » ne convient pas. Rien n’a été modifié."
    )
    return Conflict("clauses.layer_place", message, title=title)


def usual_not_found() -> NotFound:
    """Return the refusal to take back a usual answer that one does not have."""
    message = _("Vous n’avez pas de réponse habituelle à cette question. Rien n’a été modifié.")
    return NotFound("clauses.usual_not_found", message)


def no_usual_question(fact: str) -> NotFound:
    """Return the refusal of a usual answer to what the library does not ask people in one part."""
    message = _(
        "La bibliothèque en vigueur ne pose pas de question « %(fact)s » qui ait une réponse habituelle."
    )
    return NotFound("clauses.no_usual_question", message, fact=fact)


def usual_other_form() -> Conflict:
    """Return the refusal of a usual answer given where a question is asked in another form than in new documents."""
    message = _(
        "Cette question a changé dans la bibliothèque en vigueur : votre réponse y dirait autre chose. Rien n’a été modifié. "
        "Donnez votre réponse habituelle depuis la page « Mes réponses habituelles »."
    )
    return Conflict("clauses.usual_other_form", message)


def usual_empty() -> Invalid:
    """Return the refusal of a usual answer that says nothing."""
    message = _(
        "Répondez d’abord à la question : une réponse habituelle n’est pas vide. Rien n’a été modifié."
    )
    return Invalid("clauses.usual_empty", message)


def no_release() -> Conflict:
    """Return the refusal to begin a draft where no library is in force."""
    message = _(
        "Aucune bibliothèque de clauses n’est en vigueur : rien n’a été créé. L’exploitant en charge une avec "
        "« pli clauses import »."
    )
    return Conflict("clauses.no_release", message)


def clause_not_found(clause: str) -> NotFound:
    """Return the refusal for a clause that the library does not hold."""
    message = _("La clause « %(clause)s » n’existe pas dans cette version de la bibliothèque.")
    return NotFound("clauses.clause_not_found", message, clause=clause)


def canvas_not_found(canvas: str) -> NotFound:
    """Return the refusal for a canvas that the library does not hold."""
    message = _("Le canevas « %(canvas)s » n’existe pas dans cette version de la bibliothèque.")
    return NotFound("clauses.canvas_not_found", message, canvas=canvas)


def unknown_fact(key: str, near: str = "") -> Invalid:
    """Return the refusal of an answer to a question that is not asked."""
    message = _("Le fait « %(fact)s » n’existe pas dans la bibliothèque. Noms proches : %(near)s.")
    errors = (FieldError(key, "clauses.unknown_fact", message, {"fact": key, "near": near or "-"}),)
    return Invalid("clauses.unknown_fact", message, errors=errors, fact=key, near=near or "-")


def wrong_value(key: str, detail: str) -> Invalid:
    """Return the refusal of an answer that is not of the fact's type; ``detail`` says what is expected."""
    message = _("Cette réponse n’est pas enregistrée : %(detail)s")
    errors = (FieldError(key, "clauses.wrong_value", message, {"detail": detail}),)
    return Invalid("clauses.wrong_value", message, errors=errors, detail=detail)


def not_asked(key: str) -> Conflict:
    """Return the refusal of an answer to what the consultation or a computation says."""
    message = _("« %(fact)s » vient de la consultation ou d’un calcul : modifiez-le là où il est saisi.")
    return Conflict("clauses.not_asked", message, fact=key)


def wrong_body(detail: str) -> Invalid:
    """Return the refusal of a text that is not in the restricted language of clauses."""
    message = _("Ce texte n’est pas enregistré : %(detail)s")
    return Invalid("clauses.wrong_body", message, detail=detail)


def locked(clause: str) -> Conflict:
    """Return the refusal to change what the layer above keeps as it is."""
    message = _(
        "La clause « %(clause)s » est verrouillée par la bibliothèque au-dessus : rien n’a été modifié. Vous pouvez "
        "ajouter un texte à la suite si son verrou porte sur les mots."
    )
    return Conflict("clauses.locked", message, clause=clause)


def move_refused(state: str, move: str) -> Conflict:
    """Return the refusal of a move that the state does not allow."""
    message = _(
        "Cette action n’est pas possible dans l’état où est le document (%(state)s). Rien n’a été modifié."
    )
    return Conflict("clauses.move_refused", message, state=state, move=move)


def moving() -> Conflict:
    """Return the refusal to make a file of a draft that somebody goes on changing while it is laid out."""
    message = _(
        "Quelqu’un modifie ce document pendant sa mise en page : aucun fichier n’a été produit, rien n’est perdu. "
        "Recommencez dans un instant."
    )
    return Conflict("clauses.moving", message)


def four_eyes() -> Forbidden:
    """Return the refusal to validate one's own words."""
    message = _(
        "Vous avez écrit dans ce document : une autre personne doit le valider. Rien n’a été modifié."
    )
    return Forbidden("clauses.four_eyes", message)


def reason_missing() -> Invalid:
    """Return the refusal of a return or a withdrawal that does not say why."""
    message = _("Dites pourquoi en une phrase : ce motif reste dans l’historique.")
    errors = (FieldError("reason", "clauses.reason_missing", message),)
    return Invalid("clauses.reason_missing", message, errors=errors)


def version_taken(version: str) -> Conflict:
    """Return the refusal to publish a version twice with other contents."""
    message = _(
        "La version %(version)s existe déjà avec un autre contenu : une version publiée ne se modifie pas. "
        "Donnez un autre numéro."
    )
    return Conflict("clauses.version_taken", message, version=version)


def archive_refused(detail: str) -> Invalid:
    """Return the refusal of a library whose signature or hashes do not hold."""
    message = _("Cette bibliothèque n’est pas chargée : %(detail)s Rien n’a été écrit.")
    return Invalid("clauses.archive_refused", message, detail=detail)


def too_large(most: int) -> TooLarge:
    """Return the refusal of more than what is read at once."""
    message = _("Ce contenu dépasse %(most)s Mo : rien n’a été lu.")
    return TooLarge("clauses.too_large", message, most=most)


def no_drift() -> Conflict:
    """Return the refusal to acknowledge a drift that is not there."""
    return Conflict("clauses.no_drift", _("Cette adaptation suit déjà la version en vigueur."))


def override_not_found() -> NotFound:
    """Return the refusal for an override that does not exist in this layer."""
    return NotFound("clauses.override_not_found", _("Cette adaptation n’existe pas, ou a été retirée."))


def nothing_to_undo() -> Conflict:
    """Return the refusal to undo an upgrade that did not take place, or since when the draft was changed."""
    message = _(
        "Il n’y a pas de mise à niveau à annuler, ou le document a changé depuis. Rien n’a été modifié."
    )
    return Conflict("clauses.nothing_to_undo", message)


def decision_missing(clauses: Sequence[str]) -> Invalid:
    """Return the refusal of an upgrade in which somebody has to choose first."""
    message = _("Choisissez pour chaque clause modifiée des deux côtés ce qui est gardé : %(clauses)s.")
    errors = tuple(FieldError(clause, "clauses.decision_missing", message) for clause in clauses)
    return Invalid("clauses.decision_missing", message, errors=errors, clauses=", ".join(clauses))


def conflict_not_found() -> NotFound:
    """Return the refusal for a conflict that this draft does not have, or that is settled."""
    return NotFound("clauses.conflict_not_found", _("Ce conflit n’existe pas, ou il est déjà réglé."))


def walkthrough_not_found() -> NotFound:
    """Return the refusal for a walk-through that the library does not hold."""
    return NotFound("clauses.walkthrough_not_found", _("Ce parcours n’existe pas dans la bibliothèque."))


def walkthrough_step() -> Invalid:
    """Return the refusal of a step that a walk-through does not have."""
    return Invalid("clauses.walkthrough_step", _("Ce parcours n’a pas cette étape. Rien n’a été noté."))


def cover_document(document: str) -> NotFound:
    """Return the refusal to give a cover page to a document that the library above does not have."""
    message = _("La bibliothèque au-dessus n’a pas de document « %(document)s » : rien n’a été modifié.")
    return NotFound("clauses.cover_document", message, document=document)


def cover_not_found() -> NotFound:
    """Return the refusal for a cover page that this layer does not have, or not any more."""
    return NotFound("clauses.cover_not_found", _("Cette page de garde n’existe pas, ou a été retirée."))


def beside(refusal: Invalid, field: str) -> Invalid:
    """Return a refusal as that of one field of a form."""
    errors = (FieldError(field, refusal.code, refusal.message, dict(refusal.params)),)
    return Invalid(refusal.code, refusal.message, errors=errors, **refusal.params)
