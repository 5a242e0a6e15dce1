"""Tell what an XML file is by its root, so that a refusal can name it."""

from procurement.core.errors import Invalid
from procurement.core.text import _

__all__ = ["CALLS", "check_root"]

_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"

CALLS = {
    f"{_UBL}ContractNotice-2": "ContractNotice",
    f"{_UBL}PriorInformationNotice-2": "PriorInformationNotice",
}

_RESULT = _("Ce fichier est un avis d’attribution ou de résultat : importez l’avis qui a lancé la procédure.")
_INVOICE = _("Ce fichier est une facture, pas un avis de marché.")
_ESPD = _("Ce fichier est un DUME (ESPD), pas un avis de marché.")
_TED = _("Ce fichier est un avis à l’ancien format de TED (R2.0.8 ou R2.0.9) : seul le format eForms est lu.")
_OTHER = _("Ce fichier est du XML, mais pas un avis eForms : sa racine est « %(root)s ».")

_BY_NAMESPACE = {
    f"{_UBL}ContractAwardNotice-2": _RESULT,
    f"{_UBL}Invoice-2": _INVOICE,
    f"{_UBL}CreditNote-2": _INVOICE,
    "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100": _INVOICE,
    f"{_UBL}QualificationApplicationRequest-2": _ESPD,
    f"{_UBL}QualificationApplicationResponse-2": _ESPD,
    "urn:grow:names:specification:ubl:schema:xsd:ESPDRequest-1": _ESPD,
    "urn:grow:names:specification:ubl:schema:xsd:ESPDResponse-1": _ESPD,
    "http://data.europa.eu/p27/eforms-business-registration-information-notice/1": _(
        "Ce fichier est un avis d’immatriculation d’entreprise, pas un avis de marché."
    ),
    "http://www.w3.org/1999/xhtml": _("Ce fichier est une page web, pas un avis de marché."),
    "http://www.w3.org/2005/Atom": _("Ce fichier est un flux Atom, pas un avis de marché."),
}
_BY_NAME = {
    "TED_EXPORT": _TED,
    "TED_ESENDERS": _TED,
    "html": _("Ce fichier est une page web, pas un avis de marché."),
    "marches": _("Ce fichier contient des données essentielles (DECP), pas un avis de marché."),
}


def check_root(namespace: str, name: str) -> None:
    """Refuse with ``notice.not_a_notice`` and the name of what was sent, unless it is a notice that calls or plans."""
    if CALLS.get(namespace) == name:
        return
    sentence = _BY_NAMESPACE.get(namespace) or _BY_NAME.get(name) or _OTHER
    raise Invalid("notice.not_a_notice", sentence, root=name)
