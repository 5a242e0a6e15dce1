"""Write a document as ESPD-EDM 4.1.0 (UBL 2.3). Pure.

The same document always gives the same bytes. What the format has no place for stays behind: the status and the origin
of an answer, and, in a response, answers to questions that are not shown (``dume.espd.complete.exported``).
"""

from collections.abc import Iterable

from lxml import etree

from dume.espd.model import Criterion, Document, Extra, Header, Kind, Lot, Procedure
from dume.espd.ubl import CAC, CBC, NAMESPACES, ROOTS
from dume.espd.write_v41 import answers, parties
from dume.espd.write_v41.criteria import criterion
from dume.espd.write_v41.fragments import (
    Extras,
    aggregate,
    children,
    code,
    day,
    hour,
    identifier,
    leaf,
    lists,
    optional,
    taxonomy_id,
)

__all__ = ["value_types", "write"]

_UUID_SCHEME = {"schemeID": "ISO/IEC 9834-8:2008 - 4UUID", "schemeAgencyID": "OP", "schemeVersionID": "4.1.0"}
_OP = {"schemeAgencyID": "OP", "schemeVersionID": "4.1.0"}
Parts = list[tuple[str, str]]


def write(document: Document) -> bytes:
    """Return the XML (UTF-8) of a document; raise XMLRefused for a character XML cannot hold."""
    namespace, name = ROOTS[document.kind]
    extras = lists(document.extras)
    inside = children("", _parts(document, extras), extras)
    declared = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<{name} xmlns="{namespace}"{declared}>'
    return f"{head}{inside}</{name}>\n".encode()


def value_types(criteria: Iterable[Criterion], extras: Iterable[Extra]) -> dict[str, str]:
    """Return the value type of each property by id, those of national sub-criteria (kept as extras) included."""
    found: dict[str, str] = {}
    waiting = [group for each in criteria for group in each.groups]
    while waiting:
        group = waiting.pop()
        found.update((each.id, each.value_type) for each in group.properties)
        waiting.extend(group.groups)
    name = "TenderingCriterionProperty"
    for extra in extras:
        if f"{name}>" in extra.xml:
            for element in etree.fromstring(extra.xml.encode()).iter(f"{CAC}{name}"):
                identifier = (element.findtext(f"{CBC}ID") or "").strip()
                found.setdefault(identifier, (element.findtext(f"{CBC}ValueDataTypeCode") or "").strip())
    return found


def _parts(document: Document, extras: Extras) -> Parts:
    """Return the children of the root, in order."""
    parts = _head(document)
    parts.append(("ContractingParty", parties.buyer(document.buyer, extras)))
    if document.economic_operator is not None:
        parts.append(("EconomicOperatorParty", parties.operator(document.economic_operator, extras)))
    parts.append(("ProcurementProject", _project(document.procedure, "/cac:ProcurementProject", extras)))
    name = "ProcurementProjectLot"
    parts += [(name, _lot(lot, f"/cac:{name}[{i}]", extras)) for i, lot in enumerate(document.lots, 1)]
    name = "TenderingCriterion"
    parts += [
        (name, criterion(each, f"/cac:{name}[{i}]", extras)) for i, each in enumerate(document.criteria, 1)
    ]
    answered = document.kind is Kind.RESPONSE
    parts += _answers(document, extras) if answered else []
    name = "AdditionalDocumentReference"
    references = enumerate(document.header.references, 1)
    parts += [(name, parties.reference(each, f"/cac:{name}[{i}]", extras)) for i, each in references]
    name = "Evidence"
    proofs = enumerate(document.evidences if answered else (), 1)
    parts += [(name, parties.evidence(each, f"/cac:{name}[{i}]", extras)) for i, each in proofs]
    return parts


def _head(document: Document) -> Parts:
    """Return the elements that identify the document."""
    header: Header = document.header
    operator = document.economic_operator
    group = operator.group_name if operator is not None and document.kind is Kind.RESPONSE else ""
    return [
        ("UBLVersionID", leaf("UBLVersionID", "2.3", {"schemeAgencyID": "OASIS-UBL-TC"})),
        ("ProfileExecutionID", leaf("ProfileExecutionID", "ESPD-EDMv4.1.0", _OP)),
        ("ID", identifier("ID", header.id)),
        ("CopyIndicator", leaf("CopyIndicator", "true" if header.copy else "false")),
        ("UUID", optional("UUID", header.uuid, _UUID_SCHEME)),
        ("ContractFolderID", identifier("ContractFolderID", header.folder)),
        ("IssueDate", day("IssueDate", header.issue_date)),
        ("IssueTime", hour("IssueTime", header.issue_time)),
        ("EconomicOperatorGroupName", optional("EconomicOperatorGroupName", group)),
        ("VersionID", leaf("VersionID", "4.1.0", _OP)),
        ("PreviousVersionID", optional("PreviousVersionID", header.previous_version, _OP)),
        ("ProcedureCode", code("ProcedureCode", document.procedure.code)),
    ]


def _project(value: Procedure | Lot, path: str, extras: Extras) -> str:
    """Write what is procured, by the procedure or by one lot."""
    parts = [
        ("Name", optional("Name", value.title)),
        ("Description", optional("Description", value.description)),
    ]
    name = "MainCommodityClassification"
    for index, cpv in enumerate(value.cpv, 1):
        inside = [("ItemClassificationCode", code("ItemClassificationCode", cpv))]
        parts.append((name, aggregate(f"{path}/cac:{name}[{index}]", inside, extras)))
    return aggregate(path, parts, extras)


def _lot(value: Lot, path: str, extras: Extras) -> str:
    project = _project(value, f"{path}/cac:ProcurementProject", extras)
    return aggregate(path, [("ID", taxonomy_id("ID", value.id)), ("ProcurementProject", project)], extras)


def _answers(document: Document, extras: Extras) -> Parts:
    """Return the responses in the order of the model."""
    types = value_types(document.criteria, document.extras)
    name = "TenderingCriterionResponse"
    return [
        (name, answers.answer(each, types.get(each.property, ""), f"/cac:{name}[{index}]", extras))
        for index, each in enumerate(document.answers, 1)
    ]
