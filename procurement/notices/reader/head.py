"""Read what identifies a notice and how the purchase is run."""

import re
import uuid

from lxml import etree

from procurement.core.errors import Invalid
from procurement.core.text import _
from procurement.notices.reader.draft import NoticeHead, Procedure
from procurement.notices.reader.project import read_project
from procurement.notices.reader.report import NS, Place
from procurement.notices.reader.values import EXTENSION, Source

__all__ = ["read_head", "read_procedure"]

# Codes of eForms (BT-105) and ours; what has no entry is left for the buyer to choose.
PROCEDURES = {
    "open": "ao_ouvert",
    "restricted": "ao_restreint",
    "neg-w-call": "negociation",
    "comp-dial": "dialogue",
    "oth-single": "mapa",
    "oth-mult": "mapa",
}
# Procedures of one or several steps that have no name of their own: MAPA use them, and others too.
_UNSURE = frozenset({"oth-single", "oth-mult"})
_NATIONAL = frozenset({"E1", "E2", "E3"})
_SUBTYPES = frozenset({*map(str, range(1, 25)), "CEI"}) | _NATIONAL
# The subtypes our drafts are made for; the others come in with a remark.
_FAMILIAR = frozenset({"4", "7", "10", "16", "17", "20", "E1", "E3"})
_SDK = re.compile(r"eforms-sdk-1\.([0-9]{1,3})(?:\.[0-9]+)?")
_SDK_MINORS = range(3, 16)
_CHANGES = f"{EXTENSION}/efac:Changes"


def read_head(source: Source) -> NoticeHead:
    """Read the identifiers; raise ``notice.not_eforms`` or ``notice.subtype``."""
    root = source.root
    subtype = _subtype(source)
    identifier = _uuid(source, "cbc:ID", Place("head.identifier", _("Identifiant de l’avis")))
    folder = Place("head.procedure_id", _("Identifiant de la procédure"))
    version = source.line(root, "cbc:VersionID", Place("head.version", _("Version de l’avis")))
    dispatch = Place("head.dispatched", _("Envoi de l’avis d’origine"))
    dispatched = source.moment(root, ("cbc:IssueDate", "cbc:IssueTime"), dispatch, historic=True)
    return NoticeHead(
        identifier=identifier,
        version=version,
        procedure_id=_uuid(source, "cbc:ContractFolderID", folder),
        subtype=subtype,
        sdk=_sdk(source),
        form=_form(root),
        kind=source.line(root, "cbc:NoticeTypeCode", Place("head.kind", _("Type d’avis"))),
        legal_basis=source.line(root, "cbc:RegulatoryDomain", Place("head.legal_basis", _("Base légale"))),
        dispatched=dispatched.at if dispatched else None,
        planned=source.day(root, "cbc:PlannedDate", Place("head.planned", _("Lancement prévu"))),
        languages=_languages(source),
        changes=_changes(source),
    )


def read_procedure(source: Source, head: NoticeHead) -> Procedure:
    """Read the purchase as a whole."""
    root = source.root
    reason = "cac:TenderingProcess/cac:ProcessJustification/cbc:ProcessReasonCode"
    urgency = Place("procedure.accelerated", _("Procédure accélérée (urgence)"))
    features = Place("procedure.features", _("Caractéristiques de la procédure"))
    bids = Place("procedure.lots_per_bidder", _("Nombre de lots auxquels on peut soumissionner"))
    wins = Place("procedure.lots_per_winner", _("Nombre de lots qu’on peut remporter"))
    distribution = "cac:TenderingTerms/cac:LotDistribution"
    eforms_code, code = _procedure_code(source, head)
    return Procedure(
        code=code,
        eforms_code=eforms_code,
        accelerated=source.flag(root, f"{reason}[@listName='accelerated-procedure']", urgency),
        features=source.block(root, "cac:TenderingProcess/cbc:Description", features),
        lots_per_bidder=source.integer(root, f"{distribution}/cbc:MaximumLotsSubmittedNumeric", bids),
        lots_per_winner=source.integer(root, f"{distribution}/cbc:MaximumLotsAwardedNumeric", wins),
        **read_project(source, root, "procedure"),
    )


def _subtype(source: Source) -> str:
    leaf = source.first(source.root, f"{EXTENSION}/efac:NoticeSubType/cbc:SubTypeCode")
    if leaf is None:
        message = _("Cet avis ne porte pas de type eForms (SubTypeCode) : il ne peut pas être importé.")
        raise Invalid("notice.not_eforms", message)
    subtype, place = (leaf.text or "").strip(), Place("head.subtype", _("Formulaire"))
    if subtype not in _SUBTYPES:
        message = _(
            "L’avis de type %(subtype)s n’annonce pas de procédure : il ne peut pas devenir un brouillon."
        )
        raise Invalid("notice.subtype", message, subtype=subtype)
    if subtype in _FAMILIAR:
        source.take([leaf], place)
    else:
        source.doubt([leaf], place, _("Type d’avis peu courant : relisez tout le brouillon."))
    return subtype


def _sdk(source: Source) -> str:
    leaf = source.first(source.root, "cbc:CustomizationID")
    if leaf is None:
        return ""
    value, place = (leaf.text or "").strip(), Place("head.sdk", _("Version du format eForms"))
    found = _SDK.fullmatch(value)
    if found and int(found[1]) in _SDK_MINORS:
        source.take([leaf], place)
    else:
        source.doubt([leaf], place, _("Version du format inconnue : relisez tout le brouillon."))
    return value


def _uuid(source: Source, path: str, place: Place) -> str:
    """Take an identifier that must be a UUID of version 4 (BT-701, BT-04); another is kept and doubted."""
    leaf = source.first(source.root, path)
    if leaf is None:
        return ""
    value = (leaf.text or "").strip()
    try:
        regular = uuid.UUID(value).version == 4 and str(uuid.UUID(value)) == value  # noqa: PLR2004  # version 4
    except ValueError:
        regular = False
    if regular:
        source.take([leaf], place)
    else:
        source.doubt([leaf], place, _("Identifiant irrégulier : un UUID de version 4 était attendu."))
    return value


def _form(root: etree._Element) -> str:
    """Return the family of forms (BT-03): planning, competition."""
    kind = root.find("cbc:NoticeTypeCode", NS)
    return "" if kind is None else kind.get("listName", "")


def _languages(source: Source) -> tuple[str, ...]:
    place = Place("head.languages", _("Langue de l’avis"))
    paths = ("cbc:NoticeLanguageCode", "cac:AdditionalNoticeLanguage/cbc:ID")
    return tuple(language for path in paths for language in source.lines(source.root, path, place))


def _changes(source: Source) -> str:
    """Return the notice this one changes, with a warning: there may be a draft of it already."""
    place = Place("head.changes", _("Avis modifié"))
    changed = source.first(source.root, f"{_CHANGES}/efbc:ChangedNoticeIdentifier")
    reason = source.first(source.root, f"{_CHANGES}/efac:ChangeReason/cbc:ReasonCode")
    if reason is not None and (reason.text or "").strip() in {"cancel", "cancel-intent"}:
        source.doubt([reason], place, _("Cet avis annule une procédure : faut-il vraiment l’importer ?"))
    if changed is None:
        return ""
    source.doubt([changed], place, _("Cet avis en modifie un autre : cherchez si son brouillon existe déjà."))
    return (changed.text or "").strip()


def _procedure_code(source: Source, head: NoticeHead) -> tuple[str, str]:
    """Return the code of eForms and ours."""
    leaf = source.first(source.root, "cac:TenderingProcess/cbc:ProcedureCode")
    if leaf is None:
        return "", ""
    value, place = (leaf.text or "").strip(), Place("procedure.code", _("Procédure"))
    code = PROCEDURES.get(value, "")
    if not code:
        source.doubt([leaf], place, _("Cette procédure n’a pas d’équivalent ici : choisissez-la."))
    elif value in _UNSURE:
        source.doubt([leaf], place, _("Lue comme une procédure adaptée : à vérifier."))
    elif head.subtype in _NATIONAL:
        source.doubt([leaf], place, _("Avis national : vérifiez s’il s’agit d’une procédure adaptée."))
    else:
        source.take([leaf], place)
    return value, code
