"""Find elements by identifier, over every attribute that some program takes for one.

XML Signature names elements by ``#identifier``. Without a DTD nothing says which attribute is the identifier, and
programs differ; so all of them share one map here, and a name that two elements bear names nothing.
"""

from typing import Any, cast

from lxml import etree

_XML = "{http://www.w3.org/XML/1998/namespace}id"
#: Attributes that count as identifiers.
NAMES = ("Id", "ID", "id", _XML)
#: Two bearers are too many already; what comes after need not be kept.
_ENOUGH = 2
_BEARERS = etree.XPath("descendant-or-self::*[@Id or @ID or @id or @xml:id]")


class Ids:
    """The elements of a document by identifier."""

    def __init__(self, root: "etree._Element") -> None:
        self._found: dict[str, list[etree._Element]] = {}
        for element in cast("list[Any]", _BEARERS(root)):
            for identifier in {element.get(name) for name in NAMES} - {None}:
                bearers = self._found.setdefault(identifier, [])
                if len(bearers) < _ENOUGH:
                    bearers.append(element)

    def get(self, identifier: str) -> "list[etree._Element]":
        """Return the elements that bear an identifier: one when all is well, two when there are more."""
        return self._found.get(identifier, [])


def id_of(element: "etree._Element | None") -> str | None:
    """Return the first identifier of an element."""
    if element is None:
        return None
    return next((str(element.get(name)) for name in NAMES if element.get(name)), None)
