"""Lay a document out once for all sheets: children by name, texts, and where the official sheets would stop."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from lxml import etree

from dume.espd.findings import Severity
from dume.espd.rules_41.facts import Facts, clark
from dume.espd.scan import SPACE, Scan, text_of

CRITERION = clark("cac:TenderingCriterion")
NATIONAL = clark("cac:SubTenderingCriterion")
GROUP = clark("cac:TenderingCriterionPropertyGroup")
SUBGROUP = clark("cac:SubsidiaryTenderingCriterionPropertyGroup")
PROPERTY = clark("cac:TenderingCriterionProperty")
RESPONSE = clark("cac:TenderingCriterionResponse")
ID = clark("cbc:ID")
NAME = clark("cbc:Name")
DESCRIPTION = clark("cbc:Description")
CODE = clark("cbc:CriterionTypeCode")
GROUP_CODE = clark("cbc:PropertyGroupTypeCode")
TYPE = clark("cbc:TypeCode")
VALUE_TYPE = clark("cbc:ValueDataTypeCode")
ANSWERED = clark("cbc:ValidatedCriterionPropertyID")
ROLE = clark("cbc:RoleCode")

Children = dict[str, list[etree._Element]]  # noqa: SLF001  # lxml names the class no other way.


class Broken(NamedTuple):
    """A broken rule before its path is worked out."""

    rule: str
    severity: Severity
    element: etree._Element
    params: Mapping[str, str]


class SheetStopped(Exception):
    """The official sheet cannot go on with this document, and so reports nothing at all.

    Its language refuses several values where one is expected, and a text that is no boolean where it compares with one.
    """


class Tree:
    """A scanned document with the children of each element by name, kept once asked for."""

    def __init__(self, scan: Scan, facts: Facts) -> None:
        self.scan = scan
        self.facts = facts
        self.root = scan.root
        self._children: dict[etree._Element, Children] = {}

    def all(self, *tags: str) -> Iterator[etree._Element]:
        """Return the elements of these Clark names."""
        return self.scan.all(*tags)

    def children(self, element: etree._Element) -> Children:
        """Return the children of an element by Clark name."""
        found = self._children.get(element)
        if found is None:
            found = self._children[element] = {}
            for child in element:
                # A comment's tag is a function; nobody asks for it.
                tag: str = child.tag
                if tag in found:
                    found[tag].append(child)
                else:
                    found[tag] = [child]
        return found

    def texts(self, element: etree._Element, tag: str) -> list[str]:
        """Return the texts of the children of this name."""
        return [
            text_of(child) if len(child) else child.text or ""
            for child in self.children(element).get(tag, ())
        ]

    def under(self, elements: Iterable[etree._Element], *tags: str) -> list[etree._Element]:
        """Return the elements found by going down from `elements` through these names."""
        found = list(elements)
        for tag in tags:
            found = [child for element in found for child in self.children(element).get(tag, ())]
        return found

    def has(self, element: etree._Element, *tags: str) -> bool:
        """Say whether something stands down there."""
        return bool(self.under((element,), *tags))


def one(texts: list[str]) -> str:
    """Return the only text, empty when there is none; the official sheet stops where there are several."""
    if len(texts) > 1:
        raise SheetStopped
    return texts[0] if texts else ""


def blank(text: str) -> bool:
    """Say whether nothing but XML white space stands here."""
    return not text.strip(SPACE)


def nodes(element: etree._Element) -> list[str]:
    """Return the texts right inside an element: comments and instructions cut one text into several."""
    return [text for text in (element.text, *(child.tail for child in element)) if text]


def above(element: etree._Element, tags: tuple[str, ...]) -> bool:
    """Say whether an element stands right under these names, nearest first."""
    at: etree._Element | None = element
    for tag in tags:
        at = at.getparent() if at is not None else None
        if at is None or at.tag != tag:
            return False
    return True
