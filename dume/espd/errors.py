"""What makes a file unreadable, each with a stable code, a French sentence and, where known, the place. Pure.

A file that can be read but breaks rules is not an error: it is imported with findings.
"""

from typing import Any

from procurement.core.text import _


class ESPDError(Exception):
    """The bytes cannot be taken as a DUME; ``line`` and ``column`` count from 1 and are 0 when unknown."""

    def __init__(self, code: str, message: str, *, line: int = 0, column: int = 0, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.template = message
        self.params = params
        self.line = line
        self.column = column

    @property
    def message(self) -> str:
        """Return the French sentence with its values filled in."""
        return self.template % self.params if self.params else self.template

    def __str__(self) -> str:
        """Return the code and the sentence."""
        return f"{self.code}: {self.message}"


class NotWellFormed(ESPDError):
    """The bytes are not XML."""

    def __init__(self, line: int, column: int, detail: str) -> None:
        super().__init__(
            "dume.not_well_formed",
            _("Ce fichier n’est pas un XML bien formé : ligne %(line)s, colonne %(column)s (%(detail)s)."),
            line=line,
            column=column,
            detail=detail,
        )
        self.params = {"line": line, "column": column, "detail": detail}


class XMLRefused(ESPDError):
    """The XML could harm the reader: document type, too big, too deep, an encoding nobody uses."""


class UnsupportedVersion(ESPDError):
    """It is a DUME of a version that cannot be read."""

    def __init__(self, version: str) -> None:
        said = (
            _(
                "Ce DUME est de la version %(version)s. Les versions acceptées sont 1.0.2, 2.1.1, 3.3.0, 4.0.0 et "
                "4.1.0."
            )
            if version
            else _(
                "Ce DUME ne dit pas sa version. Les versions acceptées sont 1.0.2, 2.1.1, 3.3.0, 4.0.0 et 4.1.0."
            )
        )
        super().__init__("dume.version_unsupported", said, version=version)
        self.version = version


#: A whole sentence for each other document, beside its code: each is translated, and listed, as a whole.
_OTHERS = {
    "ted": ("dume.not_an_espd", _("Ce fichier n’est pas un DUME : c’est un avis TED.")),
    "eforms": ("dume.not_an_espd", _("Ce fichier n’est pas un DUME : c’est un avis eForms.")),
    "ubl-invoice": ("dume.not_an_espd", _("Ce fichier n’est pas un DUME : c’est une facture UBL.")),
    "cii-invoice": (
        "dume.not_an_espd",
        _("Ce fichier n’est pas un DUME : c’est une facture CII (Factur-X)."),
    ),
    "ubl": (
        "dume.not_an_espd",
        _("Ce fichier n’est pas un DUME : c’est un autre document UBL (%(element)s)."),
    ),
    "xml": (
        "dume.not_an_espd",
        _("Ce fichier n’est pas un DUME : c’est un autre document XML (%(element)s)."),
    ),
}


class NotAnESPD(ESPDError):
    """It is some other document; ``what`` names it in French, ``name`` is that of its sentence in the findings."""

    def __init__(self, what: str, name: str = "xml", element: str = "") -> None:
        _code, said = _OTHERS.get(name, _OTHERS["xml"])
        super().__init__("dume.not_an_espd", said, what=what, element=element)
        self.what = what
        self.name = name
        self.element = element
