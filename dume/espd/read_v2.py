"""Read version 2.1.1 (UBL 2.2, basic and extended) into the 4.1.0 model.

Source: ESPD-EDM v2.1.1. Answers stand apart from the questions (``cac:TenderingCriterionResponse``) and name them by an
identifier that is unique in the document.
"""

from lxml import etree

from dume.espd.migrate import LotNames, Placed, Placer
from dume.espd.migrate.answers import attach
from dume.espd.migrate.base import BaseReader
from dume.espd.migrate.closing import close
from dume.espd.migrate.finish import finish
from dume.espd.migrate.old import child, children
from dume.espd.migrate.old import read as read_criteria
from dume.espd.migrate.proofs import ISSUER, LISTED, listed
from dume.espd.model import Document, Evidence, Kind, Lot
from dume.espd.report import Item, Ledger


def read(root: etree._Element) -> tuple[Document, list[Item]]:
    """Read a document and say what became of each of its values."""
    ledger, lots = Ledger(root), LotNames()
    base = BaseReader(root, ledger, lots)
    kind = Kind.RESPONSE if "Response" in etree.QName(root).localname else Kind.REQUEST
    found = base.lot_list()
    placed = criteria(root, "2.1.1", ledger, lots)
    document = Document(
        kind=kind,
        header=base.header(),
        buyer=base.buyer(),
        procedure=base.procedure(),
        lots=tendered(found, placed),
        criteria=placed.criteria,
        economic_operator=base.operator(),
        answers=placed.answers,
        evidences=evidences(root, ledger),
    )
    document = finish(document, ledger)
    return document, close(root, ledger)


def criteria(root: etree._Element, version: str, ledger: Ledger, lots: LotNames) -> Placed:
    """Carry the criteria and answers of a UBL document (2.1.1, 3.3.0 or 4.0.0) into the 4.1.0 taxonomy."""
    placer = Placer(version, ledger, lots)
    found = read_criteria(root)
    attach(root, found, ledger)
    for criterion in found:
        placer.place(criterion)
    return placer.finish()


def evidences(root: etree._Element, ledger: Ledger) -> tuple[Evidence, ...]:
    """Read the proofs listed at the end of a UBL document."""
    found = []
    for number, element in enumerate(children(root, "Evidence"), 1):
        found.append(listed(element))
        ledger.kept_parts(element, f"evidences/{number}", *LISTED)
        if child(element, "DocumentReference", "IssuerParty") is None:
            ledger.kept_parts(element, f"evidences/{number}", ISSUER)
    return tuple(found)


def tendered(lots: tuple[Lot, ...], placed: Placed) -> tuple[Lot, ...]:
    """Keep the lots the operator says it tenders for, all of them when it does not say."""
    chosen = tuple(lot for lot in lots if lot.id in placed.tendered)
    return chosen or lots
