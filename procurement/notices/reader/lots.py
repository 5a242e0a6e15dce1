"""Read the lots of a notice, or the parts of a planning one."""

from dataclasses import replace
from typing import Any

from lxml import etree

from procurement.core.text import _
from procurement.notices.reader.criteria import read_criteria
from procurement.notices.reader.draft import Document, Duration, Lot, Moment
from procurement.notices.reader.project import read_project
from procurement.notices.reader.report import NS, Place
from procurement.notices.reader.values import EXTENSION, Source

__all__ = ["read_lots"]

_PROCESS = "cac:TenderingProcess"
_TERMS = "cac:TenderingTerms"
_REQUIREMENT = (
    "cac:TendererQualificationRequest/cac:SpecificTendererRequirement/cbc:TendererRequirementTypeCode"
)
_EXECUTION = "cac:ContractExecutionRequirement/cbc:ExecutionRequirementCode"
_SYSTEM = f"{_PROCESS}/cac:ContractingSystem/cbc:ContractingSystemTypeCode"

VARIANTS = frozenset({"allowed", "not-allowed", "required"})
RESERVED = frozenset({"none", "res-pub-ser", "res-ws"})
FRAMEWORKS = frozenset({"none", "fa-mix", "fa-w-rc", "fa-wo-rc"})
DYNAMIC = frozenset({"none", "dps-list", "dps-nlist"})


def read_lots(source: Source) -> tuple[Lot, ...]:
    """Return the lots in the order of the notice. Groups of lots stay in the report only."""
    nodes = [
        node
        for node in source.root.iterfind("cac:ProcurementProjectLot", NS)
        if any(leaf.get("schemeName") in {"Lot", "Part"} for leaf in source.leaves(node, "cbc:ID"))
    ]
    return tuple(_lot(source, node, f"lots[{rank}]") for rank, node in enumerate(nodes))


def _lot(source: Source, node: etree._Element, scope: str) -> Lot:
    return Lot(
        identifier=source.line(node, "cbc:ID", Place(f"{scope}.identifier", _("Numéro de lot"))),
        criteria=read_criteria(source, node, scope),
        documents=_documents(source, node, scope),
        duration=_duration(source, node, scope),
        renewals=source.integer(
            node,
            "cac:ProcurementProject/cac:ContractExtension/cbc:MaximumNumberNumeric",
            Place(f"{scope}.renewals", _("Nombre de reconductions")),
        ),
        validity=source.measure(
            node,
            f"{_TERMS}/cac:TenderValidityPeriod/cbc:DurationMeasure",
            Place(f"{scope}.validity", _("Durée de validité des offres")),
        ),
        submission_url=source.url(
            node,
            f"{_TERMS}/cac:TenderRecipientParty/cbc:EndpointID",
            Place(f"{scope}.submission_url", _("Adresse de dépôt d’origine")),
        ),
        languages=source.lines(
            node, f"{_TERMS}/cac:Language/cbc:ID", Place(f"{scope}.languages", _("Langues des offres"))
        ),
        **_moments(source, node, scope),
        **_rules(source, node, scope),
        **read_project(source, node, scope),
    )


def _moments(source: Source, node: etree._Element, scope: str) -> dict[str, Any]:
    """Read the deadlines, each a date and a time."""

    def moment(name: str, period: str, label: str, parts: str = "End") -> Moment | None:
        paths = (f"{_PROCESS}/{period}/cbc:{parts}Date", f"{_PROCESS}/{period}/cbc:{parts}Time")
        return source.moment(node, paths, Place(f"{scope}.{name}", label))

    expressions = f"{EXTENSION}/efac:InterestExpressionReceptionPeriod"
    return {
        "offers_close": moment(
            "offers_close", "cac:TenderSubmissionDeadlinePeriod", _("Date limite de remise des offres")
        ),
        "requests_close": moment(
            "requests_close", "cac:ParticipationRequestReceptionPeriod", _("Date limite des candidatures")
        )
        or moment("requests_close", expressions, _("Date limite des manifestations d’intérêt")),
        "questions_close": moment(
            "questions_close", "cac:AdditionalInformationRequestPeriod", _("Date limite des questions")
        ),
        "opens": moment("opens", "cac:OpenTenderEvent", _("Ouverture des plis"), "Occurrence"),
    }


def _rules(source: Source, node: etree._Element, scope: str) -> dict[str, Any]:
    """Read variants, reservations and techniques."""
    return {
        "variants": source.code(
            node,
            f"{_TERMS}/cbc:VariantConstraintCode",
            Place(f"{scope}.variants", _("Variantes")),
            VARIANTS,
        ),
        "reserved": source.code(
            node,
            f"{_TERMS}/{_REQUIREMENT}[@listName='reserved-procurement']",
            Place(f"{scope}.reserved", _("Lot réservé")),
            RESERVED,
        ),
        "reserved_execution": source.flag(
            node,
            f"{_TERMS}/{_EXECUTION}[@listName='reserved-execution']",
            Place(f"{scope}.reserved_execution", _("Exécution réservée à l’emploi protégé")),
            true="yes",
        ),
        "framework": source.code(
            node,
            f"{_SYSTEM}[@listName='framework-agreement']",
            Place(f"{scope}.framework", _("Accord-cadre")),
            FRAMEWORKS,
        ),
        "dynamic_purchasing": source.code(
            node,
            f"{_SYSTEM}[@listName='dps-usage']",
            Place(f"{scope}.dynamic_purchasing", _("Système d’acquisition dynamique")),
            DYNAMIC,
        ),
    }


def _duration(source: Source, node: etree._Element, scope: str) -> Duration:
    period = "cac:ProcurementProject/cac:PlannedPeriod"
    place = Place(f"{scope}.duration", _("Durée du contrat"))
    return replace(
        source.measure(node, f"{period}/cbc:DurationMeasure", place),
        starts=source.day(node, f"{period}/cbc:StartDate", place),
        ends=source.day(node, f"{period}/cbc:EndDate", place),
        other=source.line(node, f"{period}/cbc:DescriptionCode", place),
    )


def _documents(source: Source, node: etree._Element, scope: str) -> tuple[Document, ...]:
    documents: list[Document] = []
    for reference in node.iterfind(f"{_TERMS}/cac:CallForTendersDocumentReference", NS):
        place = Place(f"{scope}.documents[{len(documents)}]", _("Adresse des documents de la consultation"))
        kind = source.line(reference, "cbc:DocumentType", place)
        url = source.url(reference, "cac:Attachment/cac:ExternalReference/cbc:URI", place)
        languages = source.lines(reference, f"{EXTENSION}/efac:OfficialLanguages/cac:Language/cbc:ID", place)
        if url:
            documents.append(Document(url, kind == "restricted-document", languages))
    return tuple(documents)
