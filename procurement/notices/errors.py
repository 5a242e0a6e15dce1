"""Refusals of notices."""

from procurement.core.errors import Invalid, NotFound
from procurement.core.text import _


class NoticeNotFound(NotFound):
    """There is no such imported notice, or not for this organisation."""

    def __init__(self) -> None:
        message = _("Cet avis importé n’existe pas, ou n’est pas accessible à votre organisation.")
        super().__init__("notice.not_found", message)


class NoFile(Invalid):
    """The form came without a file."""

    def __init__(self) -> None:
        super().__init__("notice.no_file", _("Choisissez le fichier de l’avis, au format XML."))


class TooManyLots(Invalid):
    """More lots than a consultation may have."""

    def __init__(self, lots: int, most: int) -> None:
        message = _("Cet avis compte %(lots)s lots ; une consultation en compte %(most)s au plus.")
        super().__init__("notice.too_many_lots", message, lots=lots, most=most)
