"""Break DUME documents at random, from a seed: the same seed gives the same documents.

`bases` makes one request and one response of a version from the official taxonomy; `mutants` breaks a document by one
operator, or two. An operator changes the tree in place and returns whether it found something to break.
"""

import copy
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from lxml import etree

CAC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"
CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
REQUEST = "urn:oasis:names:specification:ubl:schema:xsd:QualificationApplicationRequest-2"
RESPONSE = "urn:oasis:names:specification:ubl:schema:xsd:QualificationApplicationResponse-2"
ROLES = ("sole-tenderer", "group-lead", "group-mem", "oeron", "subcont", "GROUP-LEAD")
WORDS = (
    "", " ", "FR", "fra", "FRA", "X", "ON*", "ONTRUE", "ONFALSE", "QUESTION", "REQUIREMENT", "CAPTION", "INDICATOR",
    "DESCRIPTION", "AMOUNT", "PERIOD", "EVIDENCE_IDENTIFIER", "CODE_BOOLEAN", "true", "false", "1", "0", "maybe",
    "group-lead", "subcont", "TED_CN", "2.3", "authorisation", "autorisation", "crime-org", "misinterpr", "gen-year-to",
    "eo-group", "relied", "4.1.0", "2026-13-45", "12,5",
)  # fmt: skip
#: What an answer of each value type holds: an element of the answer, its text and its attributes.
VALUES: dict[str, tuple[str, str, dict[str, str]]] = {
    "INDICATOR": ("ResponseIndicator", "true", {}),
    "AMOUNT": ("ResponseAmount", "1000.50", {"currencyID": "EUR"}),
    "MINIMUM_AMOUNT": ("ResponseAmount", "10", {"currencyID": "EUR"}),
    "MAXIMUM_AMOUNT": ("ResponseAmount", "10", {"currencyID": "EUR"}),
    "DATE": ("ResponseDate", "2026-01-31", {}),
    "TIME": ("ResponseTime", "12:00:00", {}),
    "CODE": ("ResponseCode", "A", {}),
    "CODE_BOOLEAN": ("ResponseCode", "CHECKBOX_TRUE", {}),
    "CODE_COUNTRY": ("ResponseCode", "FRA", {}),
    "PERCENTAGE": ("ResponseNumeric", "12.5", {"format": "PERCENTAGE"}),
    "QUANTITY": ("ResponseQuantity", "3", {"unitCode": "C62"}),
    "QUANTITY_INTEGER": ("ResponseQuantity", "3", {"unitCode": "C62"}),
    "QUANTITY_YEAR": ("ResponseQuantity", "3", {"unitCode": "YEAR"}),
    "URL": ("ResponseURI", "https://example.org", {}),
    "IDENTIFIER": ("ResponseID", "12", {"schemeAgencyID": "OP"}),
    "QUAL_IDENTIFIER": ("ResponseID", "12", {"schemeAgencyID": "OP"}),
    "ECONOMIC_OPERATOR_IDENTIFIER": ("ResponseID", "12", {"schemeAgencyID": "OP"}),
    "LOT_IDENTIFIER": ("ResponseID", "LOT-0000", {"schemeAgencyID": "OP"}),
}
Operator = Callable[[random.Random, etree._Element], bool]


def bases(kits: Path, version: str, *, criteria: int = 0, mandatory: bool = True) -> dict[str, bytes]:
    """Return a request and a response of a version, of all criteria or of some: the usual ones and `criteria` others.

    Without the `mandatory` exclusion grounds they are short, and break the one rule that wants these.
    """
    root = etree.parse(kits / version / "ESPDRequest" / "ESPD-criterion.xml").getroot()
    if criteria:
        found = root.findall(f"{CAC}TenderingCriterion")
        codes = [element.findtext(f"{CBC}CriterionTypeCode") for element in found]
        kept = {codes.index(code) for code in ("crime-org", "gen-year-to", "eo-group")}
        kept |= {*range(8), codes.index("prof-regist")} if mandatory else set()
        kept |= set(random.Random(criteria).sample(range(len(found)), criteria))
        for number, element in enumerate(found):
            if number not in kept:
                root.remove(element)
    return {"request": etree.tostring(root), "response": etree.tostring(response_to(root))}


def response_to(request: etree._Element) -> etree._Element:
    """Return a response that answers each question of a request, with yes wherever it is yes or no."""
    source = etree.tostring(request).decode()
    source = source.replace(REQUEST, RESPONSE)
    source = re.sub(
        r"(</?[\w:]*)QualificationApplicationRequest\b", r"\1QualificationApplicationResponse", source
    )
    root = etree.fromstring(source)
    lots = root.findall(f"{CAC}ProcurementProjectLot")
    for lot in lots[1:]:
        root.remove(lot)
    if not lots:
        lot = _element("cac:ProcurementProjectLot")
        lot.append(_element("cbc:ID", "LOT-0000", schemeAgencyID="OP"))
        root.find(f"{CAC}TenderingCriterion").addprevious(lot)
    last = root.findall(f"{CAC}ContractingParty")[-1]
    country = next(root.iter(f"{CBC}IdentificationCode"))
    last.addnext(_operator(country))
    place = root.findall(f"{CAC}TenderingCriterion")[-1]
    evidences = []
    for element in root.iter(f"{CAC}TenderingCriterionProperty"):
        group = element.getparent()
        hidden = group is not None and group.findtext(f"{CBC}PropertyGroupTypeCode") == "ONFALSE"
        if element.findtext(f"{CBC}TypeCode") != "QUESTION" or hidden:
            continue
        answer = _answer(element, evidences)
        place.addnext(answer)
        place = answer
    root.extend(evidences)
    return root


def _element(name: str, text: str = "", **attributes: str) -> etree._Element:
    prefix, _, local = name.partition(":")
    element = etree.Element({"cac": CAC, "cbc": CBC}[prefix] + local, attributes)
    element.text = text or None
    return element


def _nested(*names: str) -> tuple[etree._Element, etree._Element]:
    """Return the first and the last of elements that hold each other."""
    first = last = _element(names[0])
    for name in names[1:]:
        last.append(_element(name))
        last = last[-1]
    return first, last


def _operator(country: etree._Element) -> etree._Element:
    """Return a company with a representative, both in the country of the buyer."""
    party, inner = _nested("cac:EconomicOperatorParty", "cac:EconomicOperatorRole")
    inner.append(_element("cbc:RoleCode", "sole-tenderer"))
    owner = _element("cac:Party")
    owner.append(_element("cbc:IndustryClassificationCode", "sme"))
    for names, text in (
        (("cac:PartyIdentification", "cbc:ID"), "00000001800010"),
        (("cac:PartyName", "cbc:Name"), "Maçonnerie Dupont"),
        (("cac:PostalAddress", "cac:Country"), ""),
        (("cac:PowerOfAttorney", "cac:AgentParty", "cac:Person", "cbc:FirstName"), "Anne"),
    ):
        first, last = _nested(*names)
        last.text = text or None
        owner.append(first)
    person = next(owner.iter(f"{CAC}Person"))
    person.append(_element("cbc:FamilyName", "Dupont"))
    person.append(_nested("cac:ResidenceAddress", "cac:Country")[0])
    for place in list(owner.iter(f"{CAC}Country")):
        place.append(copy.deepcopy(country))
    next(owner.iter(f"{CBC}ID")).set("schemeAgencyID", "INSEE")
    party.append(owner)
    return party


def _answer(asked: etree._Element, evidences: list[etree._Element]) -> etree._Element:
    identifier = asked.findtext(f"{CBC}ID") or ""
    kind = asked.findtext(f"{CBC}ValueDataTypeCode") or ""
    answer = _element("cac:TenderingCriterionResponse")
    answer.append(_element("cbc:ID", f"{identifier}/R1", schemeAgencyID="OP"))
    answer.append(_element("cbc:ValidatedCriterionPropertyID", identifier, schemeAgencyID="OP"))
    if kind == "PERIOD":
        period = _element("cac:ApplicablePeriod")
        period.append(_element("cbc:StartDate", "2025-01-01"))
        answer.append(period)
    elif kind == "EVIDENCE_IDENTIFIER":
        key = f"E-{len(evidences) + 1}"
        for parent in (supplied := _element("cac:EvidenceSupplied"), evidence := _element("cac:Evidence")):
            parent.append(_element("cbc:ID", key, schemeAgencyID="OP"))
        answer.append(supplied)
        evidences.append(evidence)
    else:
        name, text, attributes = VALUES.get(kind, ("Description", "Oui", {}))
        value = _element("cac:ResponseValue")
        value.append(_element(f"cbc:{name}", text, **attributes))
        answer.append(value)
    return answer


def mutants(base: bytes, count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Give `count` broken documents and what was done to each; one in three is broken twice."""
    for number in range(count):
        chance = random.Random(f"{seed}/{number}")
        root = etree.fromstring(base)
        done = []
        for _turn in range(2 if chance.random() < 1 / 3 else 1):
            name = chance.choice(list(OPERATORS))
            while not OPERATORS[name](chance, root):
                name = chance.choice(list(OPERATORS))
            done.append(name)
        data = etree.tostring(root)
        if chance.random() < 1 / 12:
            done.append("prefix")
            data = data.replace(b"cbc:", b"b:").replace(b"xmlns:cbc=", b"xmlns:b=")
        yield f"{seed}/{number} {' + '.join(done)}", data


def pick(
    chance: random.Random, root: etree._Element, *names: str, leaf: bool | None = None
) -> etree._Element | None:
    """Return an element: of one of these names, else of a name picked first, so that rare ones get their turn."""
    by_name: dict[str, list[etree._Element]] = {}
    for element in root.iterdescendants(etree.Element):
        if leaf is None or (len(element) == 0) is leaf:
            by_name.setdefault(etree.QName(element).localname, []).append(element)
    chosen = [name for name in names if name in by_name] if names else sorted(by_name)
    return chance.choice(by_name[chance.choice(chosen)]) if chosen else None


def delete(chance: random.Random, root: etree._Element) -> bool:
    """Take an element away."""
    element = pick(chance, root)
    assert element is not None
    element.getparent().remove(element)
    return True


def delete_child_of_criterion(chance: random.Random, root: etree._Element) -> bool:
    """Take away what the taxonomy asks of a criterion, a group or a property."""
    element = pick(
        chance, root, "TenderingCriterionProperty", "TenderingCriterionPropertyGroup", "TenderingCriterion",
        "SubsidiaryTenderingCriterionPropertyGroup", "TenderingCriterionResponse",
    )  # fmt: skip
    if element is None or len(element) == 0:
        return False
    element.remove(chance.choice(list(element)))
    return True


def lose_id(chance: random.Random, root: etree._Element) -> bool:
    """Take an identifier away."""
    element = pick(chance, root, "ID", "ValidatedCriterionPropertyID", "UUID")
    if element is None:
        return False
    element.getparent().remove(element)
    return True


def duplicate(chance: random.Random, root: etree._Element) -> bool:
    """Put an element twice."""
    element = pick(chance, root)
    assert element is not None
    element.addnext(copy.deepcopy(element))
    return True


def duplicate_answer(chance: random.Random, root: etree._Element) -> bool:
    """Put an answer, a property, a group, an evidence or a criterion twice."""
    element = pick(
        chance, root, "TenderingCriterionResponse", "TenderingCriterionProperty", "Evidence", "TenderingCriterion",
        "SubsidiaryTenderingCriterionPropertyGroup", "ResponseValue", "EvidenceSupplied",
    )  # fmt: skip
    if element is None:
        return False
    element.addnext(copy.deepcopy(element))
    return True


def reorder(chance: random.Random, root: etree._Element) -> bool:
    """Put two neighbours the other way round."""
    element = pick(chance, root)
    following = None if element is None else element.getnext()
    if element is None or following is None:
        return False
    following.addnext(element)
    return True


def move(chance: random.Random, root: etree._Element) -> bool:
    """Put a group or a property elsewhere."""
    names = ("TenderingCriterionProperty", "SubsidiaryTenderingCriterionPropertyGroup")
    element, target = (
        pick(chance, root, *names),
        pick(chance, root, names[1], "TenderingCriterionPropertyGroup"),
    )
    if element is None or target is None or element is target or element in list(target.iterancestors()):
        return False
    target.append(element)
    return True


def recode(chance: random.Random, root: etree._Element) -> bool:
    """Write another text."""
    element = pick(chance, root, leaf=True)
    assert element is not None
    element.text = chance.choice(WORDS)
    return True


def recode_code(chance: random.Random, root: etree._Element) -> bool:
    """Write another text in a code."""
    element = pick(
        chance, root, "CriterionTypeCode", "TypeCode", "ValueDataTypeCode", "PropertyGroupTypeCode", "DocumentTypeCode",
        "IdentificationCode", "ProfileExecutionID", "UBLVersionID", "IndustryClassificationCode", "ExpectedCode",
    )  # fmt: skip
    if element is None or etree.QName(element).localname == "ProfileExecutionID":
        return False
    element.text = chance.choice(WORDS)
    return True


def swap_texts(chance: random.Random, root: etree._Element) -> bool:
    """Give an element the text of a namesake."""
    one = pick(chance, root, leaf=True)
    assert one is not None
    other = pick(chance, root, etree.QName(one).localname, leaf=True)
    assert other is not None
    one.text = other.text
    return one is not other


def wrong_type(chance: random.Random, root: etree._Element) -> bool:
    """Answer with another type of value."""
    element = pick(chance, root, "ResponseValue")
    if element is None or len(element) == 0:
        return False
    name, text, attributes = VALUES[chance.choice(sorted(VALUES))]
    element.replace(element[-1], _element(f"cbc:{name}", text, **attributes))
    return True


def other_shape(chance: random.Random, root: etree._Element) -> bool:
    """Answer with a period or an evidence instead of a value, or with both."""
    element = pick(chance, root, "TenderingCriterionResponse")
    if element is None:
        return False
    if len(element) and chance.random() < 1 / 2:
        element.remove(element[-1])
    element.append(
        _element(f"cac:{chance.choice(('ApplicablePeriod', 'EvidenceSupplied', 'ResponseValue'))}")
    )
    return True


def answer_other_way(chance: random.Random, root: etree._Element) -> bool:
    """Turn yes into no, or into what is neither."""
    element = pick(chance, root, "ResponseIndicator")
    if element is None:
        return False
    element.text = chance.choice(("false", "false", "0", " false ", "true", "1", "FALSE", "", "non"))
    return True


def unanswer(chance: random.Random, root: etree._Element) -> bool:
    """Take away the answers to one criterion, or all but a few."""
    answers = root.findall(f"{CAC}TenderingCriterionResponse")
    criterion = pick(chance, root, "TenderingCriterion")
    if not answers or criterion is None:
        return False
    asked = {element.findtext(f"{CBC}ID") for element in criterion.iter(f"{CAC}TenderingCriterionProperty")}
    for answer in answers:
        if answer.findtext(f"{CBC}ValidatedCriterionPropertyID") in asked:
            root.remove(answer)
    return True


def dangling(chance: random.Random, root: etree._Element) -> bool:
    """Point to an evidence, a property or a lot that is not there."""
    element = pick(chance, root, "EvidenceSupplied", "ValidatedCriterionPropertyID", "Evidence")
    if element is None:
        return False
    target = element if len(element) == 0 else element[0]
    target.text = "nowhere"
    return True


def second_lot(chance: random.Random, root: etree._Element) -> bool:
    """Add a lot, or take the lots away."""
    lots = root.findall(f"{CAC}ProcurementProjectLot")
    if not lots:
        return False
    if chance.random() < 1 / 4:
        root.remove(lots[0])
    else:
        lots[-1].addnext(copy.deepcopy(lots[-1]))
    return True


def lot_of_criterion(chance: random.Random, root: etree._Element) -> bool:
    """Give a criterion a lot, or take its lots away."""
    element = pick(chance, root, "TenderingCriterion")
    if element is None:
        return False
    lots = element.findall(f"{CAC}ProcurementProjectLotReference")
    for lot in lots:
        element.remove(lot)
    if not lots:
        lot = _element("cac:ProcurementProjectLotReference")
        lot.append(_element("cbc:ID", "LOT-0001", schemeAgencyID="OP"))
        element.append(lot)
    return True


def lose_attribute(chance: random.Random, root: etree._Element) -> bool:
    """Take an attribute away, empty it or write another."""
    element = pick(chance, root, leaf=True)
    if element is None or not element.attrib:
        return False
    name = chance.choice(sorted(element.attrib))
    match chance.randrange(4):
        case 0:
            element.set(name, " ")
        case 1:
            element.set(name, "other")
        case _:
            del element.attrib[name]
    return True


def add_attribute(chance: random.Random, root: etree._Element) -> bool:
    """Add an attribute that the rules look at, or that the schema does not know."""
    element = pick(chance, root)
    assert element is not None
    names = ("listName", "listID", "listVersionID", "listURI", "schemeID", "languageID", "currencyID", "lang")
    element.set(chance.choice(names), chance.choice(("Criterion", "country", "XX", "4.1.0", "3.9", "")))
    return True


def case(chance: random.Random, root: etree._Element) -> bool:
    """Change the case of a text."""
    element = pick(chance, root, leaf=True)
    if element is None or not element.text:
        return False
    changed = element.text.swapcase() if chance.random() < 1 / 2 else element.text.upper()
    same, element.text = changed == element.text, changed
    return not same


def role(chance: random.Random, root: etree._Element) -> bool:
    """Play another role."""
    element = pick(chance, root, "RoleCode")
    if element is None:
        return False
    element.text = chance.choice(ROLES)
    return True


def lead_says_nothing(chance: random.Random, root: etree._Element) -> bool:
    """Lead a group and say nothing of it, or be a subcontractor registered in a list."""
    element = pick(chance, root, "RoleCode")
    if element is None:
        return False
    element.text = chance.choice(("group-lead", "subcont"))
    for code in root.iter(f"{CBC}CriterionTypeCode"):
        if (code.text or "").startswith(("eo-group", "relied", "subco-ent")) and chance.random() < 1 / 2:
            asked = {found.text for found in code.getparent().iter(f"{CBC}ID")}
            for answer in root.findall(f"{CAC}TenderingCriterionResponse"):
                if answer.findtext(f"{CBC}ValidatedCriterionPropertyID") in asked:
                    root.remove(answer)
    return True


def registered(chance: random.Random, root: etree._Element) -> bool:
    """Say that the operator is registered in a prequalification system, with or without a provider."""
    element = pick(chance, root, "EconomicOperatorParty")
    if element is None:
        return False
    first, last = _nested("cac:QualifyingParty", "cac:Party", "cac:PartyIdentification", "cbc:ID")
    last.text = "PQS"
    last.set("schemeAgencyID", "OP")
    element.insert(0, first)
    provider = pick(chance, root, "ServiceProviderParty")
    if provider is not None and chance.random() < 1 / 2:
        provider.getparent().remove(provider)
    return True


def space(chance: random.Random, root: etree._Element) -> bool:
    """Put white space around a text."""
    element = pick(chance, root, leaf=True)
    if element is None:
        return False
    element.text = chance.choice((" {}", "{}\n", "\t{} ", "{}\u00a0")).format(element.text or "")
    return True


def comment(chance: random.Random, root: etree._Element) -> bool:
    """Put a comment or an instruction between elements or in the middle of a text."""
    element = pick(chance, root, leaf=chance.random() < 2 / 3)
    if element is None:
        return False
    made = etree.Comment(" note ") if chance.random() < 2 / 3 else etree.ProcessingInstruction("pli", "note")
    if len(element) == 0 and element.text:
        cut = chance.randrange(len(element.text) + 1)
        made.tail, element.text = element.text[cut:], element.text[:cut]
    element.insert(0, made)
    return True


def stray(chance: random.Random, root: etree._Element) -> bool:
    """Add an element where it is not allowed, or a text between elements."""
    element = pick(chance, root, leaf=False)
    if element is None or len(element) == 0:
        return False
    if chance.random() < 1 / 4:
        element[0].tail = "stray"
    else:
        name = chance.choice(
            ("cbc:Note", "cbc:ID", "cbc:Name", "cbc:TypeCode", "cac:Party", "cbc:EndpointID")
        )
        element.insert(chance.randrange(len(element) + 1), _element(name, "stray"))
    return True


def notice(chance: random.Random, root: etree._Element) -> bool:
    """Refer to a notice of the Official Journal, well or badly."""
    made = _element("cac:AdditionalDocumentReference")
    numbers = ("2026/S 001-000001", "2026/S 1-1", "0000/S 000-000000", " 2026/S  001-000001", "")
    made.append(_element("cbc:ID", chance.choice(numbers), schemeAgencyID="OP"))
    if chance.random() < 5 / 6:
        kind = _element("cbc:DocumentTypeCode", chance.choice(("TED_CN", "TED_CN", "ted_cn", "ESPD_REQUEST")))
        kind.attrib.update({"listID": "x", "listAgencyID": "OP", "listVersionID": "1"})
        made.append(kind)
    attachment, external = _nested("cac:Attachment", "cac:ExternalReference")
    for number in range(chance.randrange(4)):
        external.append(_element("cbc:Description", f"Ligne {number}"))
    made.append(attachment)
    after = root.find(f"{CAC}AdditionalDocumentReference")
    if after is None:
        places = root.findall(f"{CAC}TenderingCriterionResponse") or root.findall(f"{CAC}TenderingCriterion")
        if not places:
            return False
        after = places[-1]
    after.addnext(made)
    return True


def provider(chance: random.Random, root: etree._Element) -> bool:
    """Empty a party of what the rules want of it."""
    element = pick(
        chance, root, "PartyName", "PartyIdentification", "Country", "PostalAddress", "Person", "EndpointID"
    )
    if element is None or element.getparent() is None:
        return False
    for child in list(element):
        element.remove(child)
    element.attrib.clear()
    return True


OPERATORS: dict[str, Operator] = {
    found.__name__: found
    for found in (
        delete, delete_child_of_criterion, lose_id, duplicate, duplicate_answer, reorder, move, recode, recode_code,
        swap_texts, wrong_type, other_shape, answer_other_way, unanswer, dangling, second_lot, lot_of_criterion,
        lose_attribute, add_attribute, case, role, lead_says_nothing, registered, space, comment, stray, notice, provider,
    )
}  # fmt: skip
