"""Refusals of the signature room."""

from typing import Any

from procurement.core.errors import Conflict, DomainError, Gone, Invalid, NotFound, TooLarge, Unavailable
from procurement.core.text import _
from signing.errors import SealedError
from signing.wording.produce import SENTENCES


class NoFile(Invalid):
    """The form came without a file to verify."""

    def __init__(self) -> None:
        super().__init__("signature.no_file", _("Choisissez le fichier signé à vérifier."))


class Malformed(Invalid):
    """The body is no form that can be read."""

    def __init__(self) -> None:
        message = _(
            "Cet envoi n’a pas la forme attendue : rien n’a été vérifié. Rechargez la page et recommencez."
        )
        super().__init__("signature.malformed", message)


class DocumentNotAsked(Invalid):
    """A document came that is none of the files of the question."""

    def __init__(self) -> None:
        message = _(
            "Un document envoyé n’est aucun des fichiers nommés : rien n’a été vérifié, rien n’est gardé. "
            "Relisez la liste des fichiers et recommencez."
        )
        super().__init__("signature.document_not_asked", message)


class TooManyFiles(Invalid):
    """More documents beside a signature than are looked at."""

    def __init__(self, most: int) -> None:
        message = _("Donnez au plus %(most)s documents avec une signature : rien n’a été vérifié.")
        super().__init__("signature.too_many_files", message, most=most)


class TooMuch(TooLarge):
    """The files together are larger than what is verified here."""

    def __init__(self, most: int) -> None:
        message = _(
            "Ces fichiers dépassent ensemble %(most)s Mo : rien n’a été vérifié. "
            "L’outil « pli signature verify » n’a pas cette limite."
        )
        super().__init__("signature.too_large", message, most=most)


class Busy(Unavailable):
    """Other verifications take all that is set aside for them."""

    def __init__(self) -> None:
        message = _(
            "D’autres vérifications sont en cours. Rien n’est perdu : recommencez dans quelques secondes."
        )
        super().__init__("signature.busy", message)


class TrustDamaged(Unavailable):
    """The folder of what is trusted is not what was stored."""

    def __init__(self) -> None:
        message = _(
            "Les listes de confiance de ce service sont endommagées : rien n’est vérifié tant que l’exploitant ne les a "
            "pas chargées de nouveau (« pli trust update »)."
        )
        super().__init__("signature.trust_damaged", message)


class ReportRefused(Invalid):
    """What came back is not a report of this service."""

    def __init__(self) -> None:
        message = _(
            "Ce rapport ne vient pas de ce service, ou il a été modifié. Vérifiez de nouveau le fichier."
        )
        super().__init__("signature.report_refused", message)


class ReportExpired(Gone):
    """A report may be downloaded for an hour."""

    def __init__(self) -> None:
        message = _(
            "Ce rapport date de plus d’une heure et n’est pas gardé ici. Vérifiez de nouveau le fichier."
        )
        super().__init__("signature.report_expired", message)


class NoJob(NotFound):
    """There is no such job, or it is another organisation's."""

    def __init__(self) -> None:
        super().__init__("signature.job_not_found", _("Cette demande de signature n’existe pas."))


class CodeUnknown(NotFound):
    """Nobody was given this code, or a newer one replaces it."""

    def __init__(self) -> None:
        message = _("Ce code de signature n’est pas connu. Vérifiez-le, ou demandez-en un nouveau.")
        super().__init__("signature.code_unknown", message)


class CodeUsed(Gone):
    """A code serves once."""

    def __init__(self) -> None:
        message = _("Ce code de signature a déjà servi. Rien n’a été signé : demandez-en un nouveau.")
        super().__init__("signature.code_used", message)


class CodeExpired(Gone):
    """A code lives ten minutes."""

    def __init__(self) -> None:
        message = _(
            "Ce code de signature a plus de dix minutes. Rien n’a été signé : demandez-en un nouveau."
        )
        super().__init__("signature.code_expired", message)


class JobTokenRefused(DomainError):
    """The token of a job is missing, wrong, replaced or an hour old."""

    status = 401

    def __init__(self) -> None:
        message = _(
            "Le jeton de cette demande de signature manque, a été remplacé ou a plus d’une heure. Demandez un nouveau code."
        )
        super().__init__("signature.job_token", message)


class JobDone(Conflict):
    """This party has signed already."""

    def __init__(self) -> None:
        message = _("Cette signature est déjà faite : elle est gardée et n’est pas remplacée.")
        super().__init__("signature.job_done", message)


class JobMoved(Conflict):
    """Another party signed the same file in the meantime."""

    def __init__(self) -> None:
        message = _(
            "Une autre partie a signé ce fichier entre-temps : sa signature est gardée, la vôtre n’est pas posée. "
            "Demandez un nouveau code pour signer le fichier tel qu’il est maintenant."
        )
        super().__init__("signature.job_moved", message)


class NotPrepared(Conflict):
    """Values came for what was never prepared."""

    def __init__(self) -> None:
        message = _("Rien n’a été préparé pour cette valeur de signature : recommencez avec un nouveau code.")
        super().__init__("signature.job_not_prepared", message)


class ValuesMissing(Invalid):
    """One value is due for each thing to sign."""

    def __init__(self) -> None:
        message = _("Il faut une valeur de signature, et une seule, pour chaque élément à signer.")
        super().__init__("signature.values_missing", message)


class ValueMismatch(Invalid):
    """A value is not that of the certificate over what was prepared."""

    def __init__(self) -> None:
        message = _(
            "La valeur de signature reçue ne correspond pas au certificat et au document : rien n’a été modifié."
        )
        super().__init__("signature.value_mismatch", message)


class NotSignable(Invalid):
    """Production refuses the document, the certificate or the level: its code and its sentence go out as they are."""

    def __init__(self, refusal: SealedError) -> None:
        params: dict[str, Any] = dict(refusal.params)
        super().__init__(refusal.code, SENTENCES[refusal.code], **params)


class SignedBroken(Conflict):
    """What was assembled does not verify: it is not kept."""

    def __init__(self) -> None:
        message = _(
            "Le fichier signé ne se vérifie pas : il n’a pas été gardé, et le document est resté comme il était."
        )
        super().__init__("signature.signed_broken", message)


class StampMissing(Unavailable):
    """The time-stamp that the level asks for cannot be had now."""

    def __init__(self) -> None:
        message = _(
            "Le service d’horodatage ne répond pas, et ce niveau de signature en a besoin. Rien n’a été modifié : réessayez."
        )
        super().__init__("signature.stamp_missing", message)


class NotSigned(Conflict):
    """Nobody has signed yet: there is no identity to confirm."""

    def __init__(self) -> None:
        message = _("Cette partie n’a pas encore signé : il n’y a pas d’identité à confirmer.")
        super().__init__("signature.not_signed", message)


class NameMissing(Invalid):
    """The agent did not say whose identity he confirms."""

    def __init__(self) -> None:
        message = _("Écrivez le nom de la personne dont vous confirmez l’identité.")
        super().__init__("signature.name_missing", message)
