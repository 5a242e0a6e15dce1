"""Bring the answers of a UBL document to the properties they answer."""

import re

from lxml import etree

from dume.espd.migrate.old import OldCriterion, OldProperty, Response, children, local, text
from dume.espd.report import Ledger

NO_QUESTION = "Cette réponse désigne une question qui n’est pas dans le document."
NATIONAL = (
    "Cette réponse porte sur un critère national imbriqué, qui n’est pas repris d’une version à l’autre."
)
_INDEXES = re.compile(r"(?:/R\d+)+$")


def attach(root: etree._Element, criteria: list[OldCriterion], ledger: Ledger) -> None:
    """Add each answer to its property; one whose question is missing is said to be lost."""
    properties: dict[str, OldProperty] = {}
    for criterion in criteria:
        for group in criterion.groups:
            for each in group.all_properties():
                properties.setdefault(each.id, each)
    national = {
        text(each, "ID")
        for criterion in criteria
        for part in children(criterion.element, "SubTenderingCriterion")
        for each in part.iter("{*}TenderingCriterionProperty")
    }
    for element in children(root, "TenderingCriterionResponse"):
        asked = text(element, "ValidatedCriterionPropertyID")
        question = properties.get(asked)
        if question is None:
            ledger.lost_whole(element, NATIONAL if asked in national else NO_QUESTION)
            continue
        question.responses.append(Response(element, _values(element), _index(text(element, "ID"), asked)))


def _values(element: etree._Element) -> tuple[etree._Element, ...]:
    """List the elements that hold the values of an answer: inside its response values, its period, its proofs."""
    inside = [
        each
        for value in children(element, "ResponseValue")
        for each in value
        if local(each).startswith("Response") or local(each) in ("Description", "ResponseMeasure")
    ]
    return (*inside, *children(element, "ApplicablePeriod", "EvidenceSupplied"))


def _index(identifier: str, asked: str) -> int:
    """Give the occurrence an identifier such as ``C29.../Q2/R1/R1/R3`` carries, 0 when it carries none."""
    found = _INDEXES.search(identifier)
    if found is None or not identifier.startswith(asked):
        return 0
    return max(int(part) for part in found.group().split("/R")[1:])
