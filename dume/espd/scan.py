"""Walk a document once and keep what the rules ask for: its elements by name, in document order."""

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from dume.espd.model import Kind, Version

CAC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"
CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"

#: White space as XML and XPath mean it: not the hard space, nor any other of Unicode.
SPACE = " \t\r\n"


@dataclass(frozen=True, slots=True)
class Scan:
    """A document laid out for the rules: `by_tag` holds the elements of each Clark name in document order."""

    root: etree._Element
    version: Version
    kind: Kind
    by_tag: dict[str, list[etree._Element]]

    def all(self, *tags: str) -> Iterator[etree._Element]:
        """Return the elements of these Clark names, one name after the other."""
        for tag in tags:
            yield from self.by_tag.get(tag, ())


def scan(root: etree._Element, version: Version, kind: Kind) -> Scan:
    """Lay a parsed document out for the rules; comments and processing instructions are left aside."""
    by_tag: dict[str, list[etree._Element]] = {}
    for element in root.iter(etree.Element):
        by_tag.setdefault(str(element.tag), []).append(element)
    return Scan(root, version, kind, by_tag)


def text_of(element: etree._Element) -> str:
    """Return the string value of an element as XPath defines it: the text of all its descendants."""
    if len(element) == 0:
        return element.text or ""
    return str(element.xpath("string()"))
