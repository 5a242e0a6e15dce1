"""Read version 1.0.2 (``urn:grow`` ESPDRequest-1 and ESPDResponse-1) into the 4.1.0 model.

Source: ESPD-EDM v1.0.2 and the files its services wrote. A question is a requirement with a fixed identifier, an answer
stands inside it, and a proof is spread over three answers. Every part may be missing, and unknown identifiers are met.
"""

from dataclasses import replace

from lxml import etree

from dume.espd.migrate import LotNames, Placer
from dume.espd.migrate.base import BaseReader
from dume.espd.migrate.closing import close
from dume.espd.migrate.finish import finish
from dume.espd.migrate.old import child, text
from dume.espd.migrate.old import read as read_criteria
from dume.espd.model import Document, EconomicOperator, Kind
from dume.espd.report import Item, Ledger


def read(root: etree._Element) -> tuple[Document, list[Item]]:
    """Read a document and say what became of each of its values."""
    ledger, lots = Ledger(root), LotNames()
    base = BaseReader(root, ledger, lots)
    kind = Kind.RESPONSE if "Response" in etree.QName(root).localname else Kind.REQUEST
    found = base.lot_list()
    placer = Placer("1.0.2", ledger, lots)
    for criterion in read_criteria(root):
        placer.place(criterion)
    placed = placer.finish()
    document = Document(
        kind=kind,
        header=base.header(),
        buyer=base.buyer(),
        procedure=base.procedure(),
        lots=found,
        criteria=placed.criteria,
        economic_operator=_small(root, base.operator(), ledger),
        answers=placed.answers,
        evidences=placed.evidences,
    )
    document = finish(_titled(document), ledger)
    return document, close(root, ledger)


def _small(
    root: etree._Element, operator: EconomicOperator | None, ledger: Ledger
) -> EconomicOperator | None:
    """Read the size: 1.0.2 only says whether the company is small or medium."""
    said = child(root, "EconomicOperatorParty", "SMEIndicator")
    if operator is None or said is None:
        return operator
    size = "sme" if text(said).lower() in ("true", "1") else "large"
    ledger.retyped(ledger.at(said), "economic_operator.size", f"L’indication devient la taille : {size}.")
    return replace(operator, size=size)


def _titled(document: Document) -> Document:
    """Name the procedure after the notice it refers to: 1.0.2 has no project of its own."""
    notice = next((each for each in document.header.references if each.title), None)
    if notice is None or document.procedure.title:
        return document
    description = notice.descriptions[0] if notice.descriptions else ""
    procedure = replace(document.procedure, title=notice.title, description=description)
    return replace(document, procedure=procedure)
