"""Read versions 3.3.0, 4.0.0 and 4.1.0 into the 4.1.0 model. Pure.

All three are UBL 2.3 with the same elements; the taxonomy differs. Criteria of 3.3.0 and 4.0.0 are carried into the
4.1.0 taxonomy (``dume.espd.migrate``); those of 4.1.0 are read as they stand.
"""

from lxml import etree

from dume.espd.model import Answer, Document, Extra, Header, Identifier, Kind, Lot, Procedure, Version
from dume.espd.read_v4 import older, parties
from dume.espd.read_v4.account import account
from dume.espd.read_v4.answers import Reader
from dume.espd.read_v4.criteria import criterion
from dume.espd.read_v4.nodes import Node, boolean, clock, day
from dume.espd.report import Item
from dume.espd.ubl import ROOTS
from dume.espd.write_v41 import value_types

__all__ = ["read"]


def read(root: etree._Element, version: Version) -> tuple[Document, list[Item]]:
    """Read a document and say what became of each of its values."""
    if version is Version.V4_1_0:
        document = _document(root)
        return document, account(root, document)
    return older.read(root, version, _document(root, older.CARRIED))


def _document(root: etree._Element, but: tuple[str, ...] = ()) -> Document:
    """Read a document as it stands, but the children of the root with these names."""
    namespace, name = ROOTS[Kind.REQUEST]
    kind = Kind.REQUEST if root.tag == f"{{{namespace}}}{name}" else Kind.RESPONSE
    extras: list[Extra] = []
    node = Node(root, "", extras)
    node.drop(*but)
    header = head(node)
    group_name = node.text("EconomicOperatorGroupName")
    procedure_code = node.word("ProcedureCode")
    buyer = parties.buyer(node.one("ContractingParty"))
    operator = (
        parties.operator(node.one("EconomicOperatorParty"), group_name)
        if node.has("EconomicOperatorParty")
        else None
    )
    procedure = project(node.one("ProcurementProject"), procedure_code)
    lots = node.each("ProcurementProjectLot", lot)
    criteria = node.each("TenderingCriterion", criterion)
    answers: tuple[Answer, ...] = ()
    if kind is Kind.RESPONSE:
        answers = node.each("TenderingCriterionResponse", Reader(value_types(criteria, extras)).answer)
    evidences = node.each("Evidence", parties.evidence)
    node.close()
    kept = tuple(sorted(extras, key=lambda each: (each.parent, each.position)))
    return Document(
        kind, header, Version.V4_1_0, buyer, procedure, lots, criteria, operator, answers, evidences, kept
    )


def head(node: Node) -> Header:
    """Read what identifies a document."""
    node.skip("UBLVersionID", "ProfileExecutionID", "VersionID")
    return Header(
        id=node.identifier("ID") or Identifier(""),
        uuid=node.word("UUID"),
        copy=bool(node.value("CopyIndicator", boolean)),
        folder=node.identifier("ContractFolderID") or Identifier(""),
        issue_date=node.value("IssueDate", day),
        issue_time=node.value("IssueTime", clock),
        previous_version=node.word("PreviousVersionID"),
        references=node.each("AdditionalDocumentReference", parties.reference),
    )


def project(node: Node, code: str) -> Procedure:
    """Read what is procured."""
    value = Procedure(
        code, node.text("Name"), node.text("Description"), node.each("MainCommodityClassification", _cpv)
    )
    node.close()
    return value


def _cpv(node: Node) -> str | None:
    value = node.word("ItemClassificationCode")
    node.close()
    return value or None


def lot(node: Node) -> Lot:
    """Read a lot."""
    about = project(node.one("ProcurementProject"), "")
    value = Lot(node.word("ID"), about.title, about.description, about.cpv)
    node.close()
    return value
