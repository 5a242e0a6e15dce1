"""Write small XML trees in the words of the rules: ``cbc:ID``, a text, attributes, children."""

from collections.abc import Sequence

from lxml import etree

NAMESPACES = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
    "ext": "urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2",
    "ccv": "urn:isa:names:specification:ubl:schema:xsd:CCV-CommonAggregateComponents-1",
    "ccv-cbc": "urn:isa:names:specification:ubl:schema:xsd:CCV-CommonBasicComponents-1",
    "espd-cac": "urn:grow:names:specification:ubl:schema:xsd:ESPD-CommonAggregateComponents-1",
    "espd-cbc": "urn:grow:names:specification:ubl:schema:xsd:ESPD-CommonBasicComponents-1",
}
Node = etree._Element  # noqa: SLF001 - lxml has no public name for the class of its elements


def qualified(name: str) -> str:
    """Return a prefixed name in Clark notation."""
    prefix, _, local = name.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"


def node(name: str, content: str | Sequence[Node] = "", **attributes: str) -> Node:
    """Return an element with a text or with children."""
    made = etree.Element(qualified(name), dict(attributes))
    if isinstance(content, str):
        made.text = content or None
    else:
        made.extend(content)
    return made


def root_of(namespace: str, local: str, children: Sequence[Node]) -> Node:
    """Return the root element of a document."""
    made = etree.Element(f"{{{namespace}}}{local}", nsmap={"doc": namespace, **NAMESPACES})
    made.extend(children)
    return made


def found(root: Node, path: str) -> list[Node]:
    """Return the elements at an XPath; raise LookupError when there is none, since a change must change something."""
    elements = root.xpath(path, namespaces=NAMESPACES)
    if not isinstance(elements, list) or not elements:
        raise LookupError(path)
    return [element for element in elements if isinstance(element, etree._Element)]  # noqa: SLF001 - see Node
