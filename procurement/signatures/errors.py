"""Refusals of the signature room."""

from procurement.core.errors import Gone, Invalid, TooLarge, Unavailable
from procurement.core.text import _


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
