"""Say what became of each value read as it stands, by comparing it with what would be written back. Pure."""

from collections.abc import Container, Iterator

from lxml import etree

from dume.espd.model import Document
from dume.espd.paths import clark_step, walk
from dume.espd.report import XSI, Change, Item, leaves, own_text
from dume.espd.write_v41 import write

_SET = "Cet attribut est fixé par la version 4.1.0."
_VERSION = "La version 4.1.0 écrit sa propre valeur."
_REWRITTEN = "La valeur est réécrite sous sa forme exacte."
_GONE = "Le modèle 4.1.0 n’a pas de place pour cette valeur."
_ADDED = "La version 4.1.0 demande cette valeur ; elle manquait."
_OWN = ("ProfileExecutionID", "VersionID")


def account(root: etree._Element, document: Document, but: Container[str] = ()) -> list[Item]:
    """Return one item per value of the source, in document order, then those the writer adds; see `leaves` for `but`."""
    target = dict(_keyed(etree.fromstring(write(document))))
    items = []
    for (path, value), (key, _same) in zip(leaves(root, but=but), _keyed(root, but), strict=True):
        written = target.pop(key, None)
        items.append(_item(path, value, key, written))
    items += [Item(Change.DEFAULTED, key, key, value, _ADDED) for key, value in target.items()]
    return items


def _item(path: str, value: str, key: str, written: str | None) -> Item:
    """Compare a value with the one written at its place."""
    if written is None:
        return Item(Change.LOST, path, None, value, _GONE)
    if written == value:
        return Item(Change.KEPT, path, path, value)
    if "/@" in key:
        return Item(Change.DEFAULTED, path, path, value, _SET)
    if key.endswith(_OWN):
        return Item(Change.DEFAULTED, path, path, value, _VERSION)
    return Item(Change.RETYPED, path, path, value, _REWRITTEN)


def _keyed(root: etree._Element, but: Container[str] = ()) -> Iterator[tuple[str, str]]:
    """Yield each value in the order of ``leaves`` with a place that does not depend on prefixes."""
    for element, path in walk(root, ".", clark_step, but):
        text = own_text(element)
        if text:
            yield path, text
        for name, value in element.items():
            if not (attribute := str(name)).startswith(f"{{{XSI}}}"):
                yield f"{path}/@{attribute}", str(value)
