"""What a writer says when it cannot write."""

from procurement.core.errors import DomainError
from procurement.core.text import _

FORMATS = ("docx", "odt", "html")


class PdfUnavailable(DomainError):
    """Say that the extra ``pdf`` is not installed, and what can be made instead."""

    status = 501

    def __init__(self) -> None:
        message = _(
            "Le PDF demande le paquet typst : pip install pli[pdf]. Formats possibles : docx, odt, html."
        )
        super().__init__("clauses.pdf_unavailable", message, available=list(FORMATS))
