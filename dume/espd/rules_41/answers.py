"""Check the answers of a response: to which property, of which type, and whether they were to be given at all."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from lxml import etree

from dume.espd.findings import Severity
from dume.espd.model import Version
from dume.espd.rules_41.facts import clark
from dume.espd.rules_41.tree import (
    ANSWERED,
    GROUP_CODE,
    ID,
    PROPERTY,
    RESPONSE,
    SUBGROUP,
    VALUE_TYPE,
    Broken,
    SheetStopped,
    Tree,
    nodes,
)
from dume.espd.scan import text_of

VALUE = clark("cac:ResponseValue")
PERIOD = clark("cac:ApplicablePeriod")
SUPPLIED = clark("cac:EvidenceSupplied")
EVIDENCE = clark("cac:Evidence")
INDICATOR = clark("cbc:ResponseIndicator")
AMOUNT = clark("cbc:ResponseAmount")
RESPONSE_CODE = clark("cbc:ResponseCode")
IDENTIFIER = clark("cbc:ResponseID")
QUANTITY = clark("cbc:ResponseQuantity")
NUMERIC = clark("cbc:ResponseNumeric")
TEXT = clark("cbc:Description")
_SPACE = " \t\r\n"
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


class Expected(NamedTuple):
    """Where the answer of a value type stands, and what an attribute of it must say."""

    rule: str
    path: tuple[str, ...]
    attribute: tuple[str, str] | None = None


#: By value type; the types that are not here may be answered with anything.
EXPECTED = {
    "AMOUNT": Expected("BR-TCR-08-01", (VALUE, AMOUNT)),
    "CODE": Expected("BR-TCR-08-02", (VALUE, RESPONSE_CODE)),
    "CODE_COUNTRY": Expected("BR-TCR-08-03", (VALUE, RESPONSE_CODE)),
    "CODE_BOOLEAN": Expected("BR-TCR-08-26", (VALUE, RESPONSE_CODE)),
    "DATE": Expected("BR-TCR-08-04", (VALUE, clark("cbc:ResponseDate"))),
    "DESCRIPTION": Expected("BR-TCR-08-05", (VALUE, TEXT)),
    "EVIDENCE_IDENTIFIER": Expected("BR-TCR-08-06", (SUPPLIED, ID)),
    "INDICATOR": Expected("BR-TCR-08-07", (VALUE, INDICATOR)),
    "PERCENTAGE": Expected("BR-TCR-08-08", (VALUE, NUMERIC), ("format", "PERCENTAGE")),
    "PERIOD": Expected("BR-TCR-08-09", (PERIOD,)),
    "QUANTITY_INTEGER": Expected("BR-TCR-08-10", (VALUE, QUANTITY)),
    "QUANTITY_YEAR": Expected("BR-TCR-08-11", (VALUE, QUANTITY), ("unitCode", "YEAR")),
    "QUANTITY": Expected("BR-TCR-08-12", (VALUE, QUANTITY)),
    "IDENTIFIER": Expected("BR-TCR-08-13", (VALUE, IDENTIFIER)),
    "QUAL_IDENTIFIER": Expected("BR-TCR-08-25", (VALUE, IDENTIFIER)),
    "URL": Expected("BR-TCR-08-14", (VALUE, clark("cbc:ResponseURI"))),
    "MAXIMUM_AMOUNT": Expected("BR-TCR-08-15", (VALUE, AMOUNT)),
    "MINIMUM_AMOUNT": Expected("BR-TCR-08-16", (VALUE, AMOUNT)),
    "MAXIMUM_VALUE_NUMERIC": Expected("BR-TCR-08-17", (VALUE, NUMERIC)),
    "TRANSLATION_TYPE_CODE": Expected("BR-TCR-08-18", (VALUE, RESPONSE_CODE)),
    "CERTIFICATION_LEVEL_DESCRIPTION": Expected("BR-TCR-08-19", (VALUE, TEXT)),
    "COPY_QUALITY_TYPE_CODE": Expected("BR-TCR-08-20", (VALUE, RESPONSE_CODE)),
    "TIME": Expected("BR-TCR-08-21", (VALUE, clark("cbc:ResponseTime"))),
    "ECONOMIC_OPERATOR_IDENTIFIER": Expected("BR-TCR-08-22", (VALUE, IDENTIFIER)),
}

Index = dict[str, list[etree._Element]]  # noqa: SLF001  # lxml names the class no other way.


def check(tree: Tree) -> Iterator[Broken]:
    """Yield the broken rules of this sheet."""
    sheet = Sheet(tree)
    if sheet.once:
        yield from _answered_once(sheet)
    for element in tree.all(RESPONSE):
        yield from _answer(sheet, element)
    for element in tree.all(PROPERTY):
        yield from _conditional(sheet, element)


class Sheet:
    """The properties, answers and evidences of a document by identifier; what costs much is worked out once."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.properties = index(tree, PROPERTY, ID)
        self.answers = index(tree, RESPONSE, ANSWERED)
        self.evidences = index(tree, EVIDENCE, ID)
        #: Up to 3.3.0 an answer is to be given once; the path-like identifiers of 4.x repeat.
        self.once = tree.facts.version is Version.V3_3_0
        self._kinds: dict[tuple[str, ...], tuple[int, list[str]]] = {}
        self._decided: dict[etree._Element, dict[bool, bool]] = {}

    def asked(self, answered: list[str]) -> tuple[int, list[str]]:
        """Return how many properties have these identifiers, and their value types."""
        key = tuple(answered)
        if key not in self._kinds:
            asked = looked_up(self.properties, answered)
            kinds = self.tree.under(asked, VALUE_TYPE)
            self._kinds[key] = len(asked), list(dict.fromkeys(text for kind in kinds for text in nodes(kind)))
        return self._kinds[key]

    def decided(self, group: etree._Element) -> dict[bool, bool]:
        """Return whether a yes, and whether a no, answers one of the properties right inside a group."""
        if group not in self._decided:
            deciding = [text_of(found) for found in self.tree.under((group,), PROPERTY, ID)]
            answers = self.tree.under(looked_up(self.answers, deciding), VALUE, INDICATOR)
            texts = [text_of(found) for found in answers]
            self._decided[group] = {truth: holds(texts, truth) for truth in (True, False)}
        return self._decided[group]


def index(tree: Tree, tag: str, by: str) -> Index:
    """Return the elements of a name by the text of a child; two such children make two entries."""
    found: Index = {}
    for element in tree.all(tag):
        for key in dict.fromkeys(tree.texts(element, by)):
            found.setdefault(key, []).append(element)
    return found


def looked_up(found: Index, keys: list[str]) -> list[etree._Element]:
    """Return the elements of any of these keys, each once."""
    if len(keys) == 1:
        return found.get(keys[0], [])
    return list(dict.fromkeys(element for key in keys for element in found.get(key, ())))


def _broken(rule: str, element: etree._Element, **params: str) -> Broken:
    return Broken(rule, Severity.FATAL, element, params)


def _answered_once(sheet: Sheet) -> Iterator[Broken]:
    for element in sheet.tree.all(PROPERTY):
        for identifier in sheet.tree.children(element).get(ID, ()):
            count = len(sheet.answers.get(text_of(identifier), ()))
            if count > 1:
                yield _broken("BR-TCR-01-03", identifier, value=text_of(identifier), count=str(count))


def _answer(sheet: Sheet, element: etree._Element) -> Iterator[Broken]:
    tree = sheet.tree
    children = tree.children(element)
    answered = tree.texts(element, ANSWERED)
    count, kinds = sheet.asked(answered)
    value = " ".join(answered)
    if not answered:
        yield _broken("BR-TCR-01-01", element)
    elif count != 1:
        yield _broken("BR-TCR-01-02", element, value=value, count=str(count))
    values, others = (
        len(children.get(VALUE, ())),
        len(children.get(PERIOD, ())) + len(children.get(SUPPLIED, ())),
    )
    if not (others == 0 if values else others == 1):
        yield _broken("BR-TCR-03", element, value=value)
    if values > 1:
        yield _broken("BR-TCR-04", element, value=value, count=str(values))
    if SUPPLIED in children:
        given = [text_of(found) for found in tree.under((element,), SUPPLIED, ID)]
        if len(looked_up(sheet.evidences, given)) != 1:
            yield _broken("BR-TCR-09", element, value=" ".join(given))
    for kind in kinds:
        expected = EXPECTED.get(kind)
        if expected is not None and not _given(tree, element, expected):
            yield _broken(expected.rule, element, value=value, expected=kind)


def _given(tree: Tree, element: etree._Element, expected: Expected) -> bool:
    found = tree.under((element,), *expected.path)
    if expected.attribute is None:
        return bool(found)
    name, wanted = expected.attribute
    return any(value.get(name) == wanted for value in found)


def _conditional(sheet: Sheet, element: etree._Element) -> Iterator[Broken]:
    """Check a property of a group that is shown only after a yes, or only after a no."""
    group = element.getparent()
    if group is None or group.tag != SUBGROUP:
        return
    shown = sheet.tree.texts(group, GROUP_CODE)
    above = group.getparent()
    wanted = next(((word, number) for word, number in _SHOWN if word in shown), None)
    if wanted is None or above is None:
        return
    word, number = wanted
    shows = word == "ONTRUE"
    decided = sheet.decided(above)
    ids = sheet.tree.texts(element, ID)
    count = len(looked_up(sheet.answers, ids))
    enough: Callable[[int], bool] = bool if shows and not sheet.once else (1).__eq__
    if decided[shows] and not enough(count):
        yield _broken(f"BR-TCR-{number}-01", element, value=" ".join(ids))
    if decided[not shows] and count:
        yield _broken(f"BR-TCR-{number}-02", element, value=" ".join(ids))


#: What a group's type code says, in the order the rules are tried, and the number of its rule.
_SHOWN = (("ONTRUE", "06"), ("ONFALSE", "07"))


def holds(texts: list[str], truth: bool) -> bool:  # noqa: FBT001  # It is the value that is looked for.
    """Say whether one of the texts is this boolean; a text that is none stops the sheet, unless one was found before."""
    for text in texts:
        value = _BOOLEANS.get(text.strip(_SPACE))
        if value is None:
            raise SheetStopped
        if value is truth:
            return True
    return False
