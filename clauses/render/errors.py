"""What a writer says when it cannot write."""

from procurement.core.errors import DomainError, Unavailable
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


class PdfFailed(Unavailable):
    """Say that a PDF could not be laid out, and what there is instead; ``detail`` is for the log and for who operates."""

    def __init__(self, detail: str) -> None:
        message = _(
            "Le PDF de ce document n’a pas pu être produit ; le document est intact. Formats possibles : docx, odt, html. "
            "Demandez le PDF de nouveau pour relancer sa mise en page, et prévenez l’exploitant si l’échec se répète."
        )
        super().__init__("clauses.pdf_failed", message, available=list(FORMATS))
        self.detail = detail

    def __str__(self) -> str:
        return self.detail
