"""Say what became of each value of a 4.1.0 document, by comparing it with what would be written back. Pure."""

from collections.abc import Iterator

from lxml import etree

from dume.espd.model import Document
from dume.espd.report import XSI, Change, Item, leaves
from dume.espd.write_v41 import write

_SET = "Cet attribut est fixé par la version 4.1.0."
_REWRITTEN = "La valeur est réécrite sous sa forme exacte."
_GONE = "Le modèle 4.1.0 n'a pas de place pour cette valeur."
_ADDED = "La version 4.1.0 demande cette valeur ; elle manquait."


def account(root: etree._Element, document: Document) -> list[Item]:
    """Return one item per value of the source, then those the writer adds."""
    target = dict(_keyed(etree.fromstring(write(document))))
    items = []
    for (path, value), (key, _same) in zip(leaves(root), _keyed(root), strict=True):
        written = target.pop(key, None)
        if written is None:
            items.append(Item(Change.LOST, path, None, value, _GONE))
        elif written == value:
            items.append(Item(Change.KEPT, path, path, value))
        elif "@" in key:
            items.append(Item(Change.DEFAULTED, path, path, value, _SET))
        else:
            items.append(Item(Change.RETYPED, path, path, value, _REWRITTEN))
    items += [Item(Change.DEFAULTED, key, key, value, _ADDED) for key, value in target.items()]
    return items


def _keyed(root: etree._Element) -> Iterator[tuple[str, str]]:
    """Yield each value in the order of ``leaves`` with a place that does not depend on prefixes."""
    tree = root.getroottree()
    for element in root.iter(etree.Element):
        path = tree.getelementpath(element)
        text = " ".join(" ".join([element.text or "", *(child.tail or "" for child in element)]).split())
        if text:
            yield path, text
        for name, value in element.attrib.items():
            if not (attribute := str(name)).startswith(f"{{{XSI}}}"):
                yield f"{path}/@{attribute}", str(value)
