"""Read 3.3.0 and 4.0.0: the same elements as 4.1.0, with criteria and answers carried into the 4.1.0 taxonomy. Pure.

National sub-criteria and the answers to them are kept as they are: no version has a taxonomy of them.
"""

from dataclasses import replace

from lxml import etree

from dume.espd.migrate import LotNames
from dume.espd.migrate.closing import close
from dume.espd.migrate.old import children, text
from dume.espd.model import Answer, Criterion, Document, Extra, Version
from dume.espd.read_v2 import criteria
from dume.espd.read_v4.account import account
from dume.espd.read_v4.answers import Reader
from dume.espd.read_v4.nodes import Node, canonical
from dume.espd.report import Item, Ledger
from dume.espd.taxonomy import taxonomy
from dume.espd.ubl import CAC, CBC, LISTS, TAXONOMY_ID
from dume.espd.write_v41 import value_types

CARRIED = ("TenderingCriterion", "TenderingCriterionResponse")
_NATIONAL = "Gardé tel quel : texte ou critère national que le modèle ne décompose pas."
_NAME = "SubTenderingCriterion"


def read(root: etree._Element, version: Version, frame: Document) -> tuple[Document, list[Item]]:
    """Read a document whose parts other than criteria and answers stand in ``frame``; say what became of its values."""
    ledger, lots = Ledger(root), LotNames()
    own = tuple(replace(each, id=lots.name(each.id)) for each in frame.lots)
    nationals = _nationals(root, ledger)
    answers = _answers(root, [extra for _code, extra in nationals], ledger)
    placed = criteria(root, version.value, ledger, lots)
    extras = _rehung(nationals, placed.criteria)
    document = replace(
        frame,
        lots=own,
        criteria=placed.criteria,
        answers=(*placed.answers, *answers),
        evidences=(*frame.evidences, *placed.evidences),
        extras=tuple(sorted((*frame.extras, *extras), key=lambda each: (each.parent, each.position))),
    )
    return document, _items(root, document, ledger)


def _nationals(root: etree._Element, ledger: Ledger) -> list[tuple[str, Extra]]:
    """Take the national sub-criteria and the texts after the first, each with the code of its criterion."""
    found = []
    for criterion in children(root, "TenderingCriterion"):
        identifier, code = text(criterion, "ID"), text(criterion, "CriterionTypeCode")
        known = taxonomy().by_id.get(identifier) or taxonomy().by_code.get(code)
        if known is None:
            continue
        for element in (*children(criterion, "Description")[1:], *children(criterion, _NAME)):
            ledger.kept_whole(element, f"extras/{known.code}", _NATIONAL)
            found.append((known.code, Extra("", 0, canonical(_renewed(element)))))
    return found


def _renewed(element: etree._Element) -> etree._Element:
    """Return a copy that names the code lists and the taxonomy of 4.1.0."""
    copy = etree.fromstring(canonical(element).encode())
    for each in copy.iter(f"{CBC}*"):
        name = etree.QName(each).localname
        if name in LISTS:
            source = LISTS[name]
            each.set("listID", source.list_id)
            each.set("listAgencyID", source.agency)
            each.set("listVersionID", source.version)
        elif name == "ID":
            for key, value in TAXONOMY_ID.items():
                each.set(key, value)
    return copy


def _answers(root: etree._Element, nationals: list[Extra], ledger: Ledger) -> list[Answer]:
    """Read the answers to national sub-criteria."""
    types = value_types((), nationals)
    reader, found = Reader(types), []
    for element in children(root, "TenderingCriterionResponse"):
        if (element.findtext(f"{CBC}ValidatedCriterionPropertyID") or "").strip() in types:
            rest: list[Extra] = []
            answer = reader.answer(Node(element, "", rest))
            if answer is not None and not rest:
                found.append(answer)
                ledger.kept_whole(element, f"answers/{answer.property}", _NATIONAL)
    return found


def _rehung(nationals: list[tuple[str, Extra]], criteria: tuple[Criterion, ...]) -> list[Extra]:
    """Give each national sub-criterion the place of its criterion in the new document."""
    places = {criterion.code: place for place, criterion in enumerate(criteria, 1)}
    seen: dict[str, int] = {}
    found = []
    for code, extra in nationals:
        if code in places:
            position = seen[code] = seen.get(code, -1) + 1
            found.append(replace(extra, parent=f"/cac:TenderingCriterion[{places[code]}]", position=position))
    return found


def _items(root: etree._Element, document: Document, ledger: Ledger) -> list[Item]:
    """Join what the migration says of criteria and answers with the comparison of everything else."""
    said = {item.source: item for item in close(root, ledger)}
    carried = {ledger.at(child) for name in CARRIED for child in root.iterchildren(f"{CAC}{name}")}
    but = frozenset(f"{CAC}{name}" for name in CARRIED)
    for item in account(root, replace(document, criteria=(), answers=()), but):
        if item.source in said and "/".join(item.source.split("/", 3)[:3]) not in carried:
            said[item.source] = item
    return list(said.values())
