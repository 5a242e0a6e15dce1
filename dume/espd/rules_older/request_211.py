"""Check what 2.1.1 asks of a request: mandatory elements, buyer, criteria asked for, lots and weighting."""

from collections import Counter
from collections.abc import Iterator

from lxml import etree

from dume.espd.rules_older.criteria_211 import (
    CRITERION,
    GROUP,
    PROPERTY,
    codes,
    ids,
    taxonomy,
    types,
    value_types,
)
from dume.espd.rules_older.lists_211 import edition
from dume.espd.rules_older.nodes import Broken, Find, clark, finder, first, own_texts, single, teller
from dume.espd.scan import Scan

# The group that tells which lots a criterion holds for.
LOTS_GROUP = "a53561d5-6614-4dbe-987e-b96f35387f46"
TECHNICAL = "CRITERION.SELECTION.TECHNICAL_PROFESSIONAL_ABILITY.TECHNICAL."
MANDATORY = (
    ("cbc:UBLVersionID", "BR-OTH-04-01"),
    ("cbc:CustomizationID", "BR-OTH-04-02"),
    ("cbc:ID", "BR-OTH-04-03"),
    ("cbc:UUID", "BR-OTH-04-04"),
    ("cbc:QualificationApplicationTypeCode", "BR-OTH-04-05"),
    ("cac:TenderingCriterion", "BR-OTH-04-06"),
)
# The rules of an element: their ids, what must be found.
PartyRules = tuple[tuple[str, Find], ...]
PARTY = clark("cac:Party")
BUYER = clark("cac:ContractingParty")
PROVIDER = clark("cac:ServiceProviderParty")
PARTY_ID, PARTY_NAME = finder("cac:PartyIdentification/cbc:ID"), finder("cac:PartyName/cbc:Name")
PARTY_COUNTRY = finder("cac:PostalAddress/cac:Country/cbc:IdentificationCode")
PARTY_RULES: dict[str, PartyRules] = {
    BUYER: (("BR-REQ-20-02", PARTY_NAME), ("BR-REQ-20-03", PARTY_COUNTRY), ("BR-REQ-20-04", PARTY_ID)),
    PROVIDER: (("BR-REQ-20-05", PARTY_ID), ("BR-REQ-20-06", PARTY_NAME), ("BR-REQ-20-07", PARTY_COUNTRY)),
}
buyers = finder("cac:ContractingParty")
procedures = teller("cbc:ProcedureCode")
lot_ids = teller("cac:ProcurementProjectLot/cbc:ID")
lot_id_elements = finder("cac:ProcurementProjectLot/cbc:ID")
expected_ids = teller("cbc:ExpectedID")
methods = teller("cbc:EvaluationMethodTypeCode")
weights = finder("cbc:WeightNumeric")
criteria = finder("cac:TenderingCriterion")


def cardinality(scan: Scan) -> Iterator[Broken]:
    """Yield the mandatory elements that a request lacks."""
    yield from mandatory(scan.root, MANDATORY)


def procurer(scan: Scan) -> Iterator[Broken]:
    """Yield the rules broken by the buyer or its service provider."""
    if len(buyers(scan.root)) != 1:
        yield "BR-REQ-20-01", scan.root, {"count": str(len(buyers(scan.root)))}
    yield from parties(scan, PARTY_RULES)


def extended(scan: Scan) -> Iterator[Broken]:
    """Yield the broken rules of the Extended edition: procedure, lots, weighting."""
    if edition(scan) != "EXTENDED":
        return
    yield from _lots(scan)
    if any(code != "OPEN" for code in procedures(scan.root)):
        for criterion in scan.all(CRITERION):
            yield from _weighting(criterion)


def mandatory(root: etree._Element, wanted: tuple[tuple[str, str], ...]) -> Iterator[Broken]:
    """Yield the rules broken by elements that the root lacks."""
    for name, rule in wanted:
        if not finder(name)(root):
            yield rule, root, {"element": name}


def parties(scan: Scan, rules: dict[str, PartyRules]) -> Iterator[Broken]:
    """Yield the rules broken by parties; `rules` gives by parent what a party must have."""
    for party in scan.all(PARTY):
        parent = party.getparent()
        for rule, find in rules.get("" if parent is None else str(parent.tag), ()):
            if not find(party):
                yield rule, party, {}


def asked(scan: Scan) -> Iterator[Broken]:
    """Yield the rules broken by the choice of criteria."""
    chosen = [codes(criterion) for criterion in criteria(scan.root)]
    exclusion = [
        given
        for given in chosen
        if single(given).startswith("CRITERION.EXCLUSION.")
        and any(code != "CRITERION.EXCLUSION.NATIONAL.OTHER" for code in given)
    ]
    missing = taxonomy(scan)["exclusions"] - len(exclusion)
    if missing > 0:
        yield "BR-REQ-30", scan.root, {"count": str(missing), "sentence": "BR-REQ-30-OLD"}
    selection = [given for given in chosen if single(given).startswith("CRITERION.SELECTION.")]
    if not selection:
        yield "BR-REQ-40", scan.root, {}
    everything = sum("CRITERION.SELECTION.ALL" in given for given in chosen)
    if everything and not (everything == 1 and len(selection) < 2):  # noqa: PLR2004 - itself and no other
        yield "BR-REQ-41", scan.root, {}


def _lots(scan: Scan) -> Iterator[Broken]:
    if not procedures(scan.root):
        yield "BR-SC-10", scan.root, {}
    given = [text for element in lot_id_elements(scan.root) for text in own_texts(element)]
    if len(set(given)) != len(given):
        yield "BR-LOT-30-S10", scan.root, {"count": str(len(given) - len(set(given)))}
    if not lot_id_elements(scan.root):
        return
    known = Counter(lot_ids(scan.root))
    for element in scan.all(PROPERTY):
        if _names_lot(element) and expected_ids(element):
            wanted = set(expected_ids(element))
            if sum(known[lot] for lot in wanted) != 1:
                quoted = {"value": first(expected_ids(element)), "sentence": "BR-LOT-40-OLD"}
                yield "BR-LOT-40", element, quoted


def _names_lot(element: etree._Element) -> bool:
    parent = element.getparent()
    return (
        parent is not None
        and parent.tag == GROUP
        and LOTS_GROUP in ids(parent)
        and "REQUIREMENT" in types(element)
        and "LOT_IDENTIFIER" in value_types(element)
    )


def _weighting(criterion: etree._Element) -> Iterator[Broken]:
    weighted, method = "WEIGHTED" in methods(criterion), bool(methods(criterion))
    technical = single(codes(criterion)).startswith(TECHNICAL)
    quoted = {"value": first(codes(criterion))}
    if weighted and technical and not weights(criterion):
        yield "BR-2P-10-S10_01", criterion, quoted
    if weighted and not technical:
        yield "BR-2P-10-S10_02", criterion, quoted
    if method and not weighted and not technical and weights(criterion):
        yield "BR-2P-10-S20", criterion, quoted
