"""Check the codes of a document: the attributes that name the list, then the value."""

import re
from collections.abc import Iterator

from lxml import etree

from dume.espd.findings import Severity
from dume.espd.rules_41.facts import clark, lower
from dume.espd.rules_41.tree import GROUP, ID, PROPERTY, Broken, Tree, above
from dume.espd.scan import text_of

#: The list of each coded element, as its ``listName`` or, where the rules ask for none, its ``listID`` calls it.
LISTS = {
    "ConfidentialityLevelCode": "AccessRight",
    "IdentificationCode": "country",
    "TypeCode": "CriterionElementType",
    "ValueCurrencyCode": "Currency",
    "DocumentTypeCode": "DocrefcontentType",
    "IndustryClassificationCode": "economic-operator-size",
    "RoleCode": "EoRoleType",
    "ProfileExecutionID": "ProfileExecutionID",
    "PropertyGroupTypeCode": "PropertyGroupType",
    "ValueDataTypeCode": "ResponseDataType",
    "ExpectedCode": "Occupation",
}
EXPECTED_CODE = clark("cbc:ExpectedCode")
_STEP = re.compile(r"local-name\(\)='([^']+)'")


def unnamed_rule(sheet: str, context: str, test: str) -> str:
    """Return our id for an assertion that has none in its sheet: ``BR-OTH-03`` (attributes) or ``CL-<list>`` (value).

    `context` is the place of the element, each step with ``local-name()``.
    """
    del test
    if "attributes" in sheet.lower():
        return "BR-OTH-03"
    return f"CL-{LISTS[_STEP.findall(context)[-1]]}"


def attributes(tree: Tree) -> Iterator[Broken]:
    """Yield each attribute that names another list, version or agency than the rules ask for; none need be there."""
    for context, required in tree.facts.attributes:
        seen: dict[tuple[object, ...], list[tuple[str, str]]] = {}
        for element in tree.all(context.tag):
            items = tuple(element.items())
            wrong = seen.get(items)
            if wrong is None:
                wrong = seen[items] = [
                    (str(name), str(value))
                    for name, value in items
                    if required.get(str(name), value) != value
                ]
            if wrong and above(element, context.above):
                for name, value in wrong:
                    params = {"attribute": name, "value": value, "expected": required[name]}
                    yield Broken("BR-OTH-03", Severity.FATAL, element, params)


def values(tree: Tree) -> Iterator[Broken]:
    """Yield each code that is not in its list, whatever the case of its letters."""
    for context, codes in tree.facts.values:
        known = set(codes)
        for element in tree.all(context.tag):
            text = text_of(element)
            if text in known:
                continue
            if lower(text) in codes:
                known.add(text)
            elif above(element, context.above):
                yield _unknown(element, text)
    if tree.facts.occupations is not None:
        group, codes = tree.facts.occupations
        for element in tree.all(EXPECTED_CODE):
            if lower(text_of(element)) not in codes and _asks_occupation(tree, element, group):
                yield _unknown(element, text_of(element))


def _unknown(element: etree._Element, text: str) -> Broken:
    name = LISTS[etree.QName(element).localname]
    return Broken(f"CL-{name}", Severity.FATAL, element, {"value": text, "list": name})


def _asks_occupation(tree: Tree, element: etree._Element, group: str) -> bool:
    if not above(element, (PROPERTY, GROUP)):
        return False
    asking = next(element.iterancestors(GROUP))
    return group in tree.texts(asking, ID)
