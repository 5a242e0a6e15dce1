"""Account for every value of a source document while it is converted: the conversion report.

A leaf is the text of an element or the value of an attribute. The ledger knows them all from the start; a reader says
what became of each one, and what nobody claimed is reported as lost, so that nothing disappears in silence.
"""

from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from lxml import etree

from dume.espd.paths import walk, xpath_step

XSI = "http://www.w3.org/2001/XMLSchema-instance"
_HINTS = f"{{{XSI}}}"
#: Where a value that the document lacks as a whole is said to be missing; with a default namespace, also its root.
WHOLE = "/*"
UNCLAIMED = "Le modèle 4.1.0 n’a pas de place pour cette valeur."


class Change(StrEnum):
    """What became of a value."""

    KEPT = "kept"
    RENAMED = "renamed"
    MOVED = "moved"
    RETYPED = "retyped"
    DEFAULTED = "defaulted"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the report: where the value stood, where it went (nowhere when lost) and why."""

    kind: Change
    source: str
    target: str | None
    value: str
    why: str = ""

    def as_json(self) -> dict[str, str | None]:
        """Give the line in the form of the public report."""
        return {
            "kind": self.kind.value,
            "from": self.source,
            "to": self.target,
            "value": self.value,
            "why": self.why,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """All that happened to the values of one document."""

    items: tuple[Item, ...]
    version: str = ""
    kind: str = ""
    sha256: str = ""
    valid: bool | None = None
    target: str = "4.1.0"

    @property
    def summary(self) -> dict[str, int]:
        """Count the items kept, changed and lost."""
        kept = sum(1 for item in self.items if item.kind is Change.KEPT)
        lost = sum(1 for item in self.items if item.kind is Change.LOST)
        return {"kept": kept, "changed": len(self.items) - kept - lost, "lost": lost}

    def as_json(self) -> dict[str, object]:
        """Give the report in its public form (JSON types only)."""
        return {
            "source": {
                "version": self.version,
                "kind": self.kind,
                "sha256": self.sha256,
                "valid": self.valid,
            },
            "target": self.target,
            "summary": self.summary,
            "items": [item.as_json() for item in self.items],
        }


def leaves(root: etree._Element, start: str = "", but: Container[str] = ()) -> Iterator[tuple[str, str]]:
    """Yield (XPath, value) of every non-blank text and every attribute, in document order; `start` is the root's path.

    Elements of the Clark names in `but` are left out. Attributes of the XML Schema instance namespace say how to check the file, not what it says: they are left out.
    """
    for element, path in walk(root, start or root.getroottree().getpath(root), xpath_step, but):
        yield from _own(element, path)


def _own(element: etree._Element, path: str) -> Iterator[tuple[str, str]]:
    """Yield the text of one element, then its attributes."""
    text = own_text(element)
    if text:
        yield path, text
    for name, value in element.items():
        if not str(name).startswith(_HINTS):
            yield f"{path}/@{_attribute(element, str(name))}", str(value)


def own_text(element: etree._Element) -> str:
    """Gather the text of the element itself: around its comments and children, not inside them."""
    if not len(element):
        return " ".join((element.text or "").split())
    pieces = [element.text or "", *(child.tail or "" for child in element)]
    return " ".join(" ".join(pieces).split())


def _attribute(element: etree._Element, name: str) -> str:
    """Write an attribute's name with the document's own prefix, as XPath wants it."""
    if not name.startswith("{"):
        return name
    qname = etree.QName(name)
    if qname.namespace == "http://www.w3.org/XML/1998/namespace":
        return f"xml:{qname.localname}"
    prefixes = {uri: prefix for prefix, uri in element.nsmap.items() if prefix}
    return f"{prefixes.get(qname.namespace, 'ns')}:{qname.localname}"


@dataclass(slots=True)
class Ledger:
    """Know every leaf of a document and what has been said of each."""

    root: etree._Element
    _leaves: dict[str, str] = field(init=False)
    _paths: dict[etree._Element, str] = field(init=False)
    _said: dict[str, Item] = field(init=False, default_factory=dict)
    _added: list[Item] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        """Walk the document once."""
        self._paths = dict(walk(self.root, self.root.getroottree().getpath(self.root), xpath_step))
        self._leaves = dict(leaf for element, path in self._paths.items() for leaf in _own(element, path))

    def at(self, element: etree._Element, attribute: str = "") -> str:
        """Give the XPath of an element's text or of one of its attributes."""
        path = self._paths.get(element) or self.root.getroottree().getpath(element)
        return f"{path}/@{attribute}" if attribute else path

    def kept(self, xpath: str, to: str, why: str = "") -> None:
        """Say that a value is in the target as it was."""
        self._say(Change.KEPT, xpath, to, why)

    def renamed(self, xpath: str, to: str, why: str) -> None:
        """Say that a value is in the target under another name or code."""
        self._say(Change.RENAMED, xpath, to, why)

    def moved(self, xpath: str, to: str, why: str) -> None:
        """Say that a value is in the target at another place."""
        self._say(Change.MOVED, xpath, to, why)

    def retyped(self, xpath: str, to: str, why: str) -> None:
        """Say that a value is in the target in another type."""
        self._say(Change.RETYPED, xpath, to, why)

    def defaulted(self, xpath: str, to: str, why: str, value: str = "") -> None:
        """Say that the target holds a value the source did not give (`xpath`: where it was missing or unusable)."""
        if xpath in self._leaves and xpath != WHOLE:
            self._say(Change.DEFAULTED, xpath, to, why)
        else:
            self._added.append(Item(Change.DEFAULTED, xpath, to, value, why))

    def lost(self, xpath: str, why: str) -> None:
        """Say that a value is not in the target."""
        self._say(Change.LOST, xpath, None, why)

    def kept_parts(self, element: etree._Element, to: str, *paths: str) -> None:
        """Say that the texts at these paths of names, first children each, are in the target as they were."""
        for path in paths:
            found: etree._Element | None = element
            for name in path.split("/"):
                found = None if found is None else found.find(f"{{*}}{name}")
            if found is not None:
                self.kept(self.at(found), to)

    def kept_whole(self, element: etree._Element, to: str, why: str = "") -> None:
        """Say that every leaf in and under an element, not yet spoken of, is in the target as it was."""
        for path in self._under(element):
            self._said.setdefault(path, Item(Change.KEPT, path, to, self._leaves[path], why))

    def lost_whole(self, element: etree._Element, why: str) -> None:
        """Say that every leaf in and under an element, not yet spoken of, is lost for one reason."""
        for path in self._under(element):
            self._said.setdefault(path, Item(Change.LOST, path, None, self._leaves[path], why))

    def paths(self) -> tuple[str, ...]:
        """List the leaves, in document order."""
        return tuple(self._leaves)

    def silent(self, xpath: str) -> bool:
        """Tell whether this is a leaf nobody has spoken of yet."""
        return xpath in self._leaves and xpath not in self._said

    def unclaimed(self) -> tuple[str, ...]:
        """List the leaves nobody has spoken of yet, in document order."""
        return tuple(path for path in self._leaves if path not in self._said)

    def close(self) -> Report:
        """Give the report: each leaf once, in document order, then what the target needed and the source lacked."""
        rest = {
            path: Item(Change.LOST, path, None, value, UNCLAIMED)
            for path, value in self._leaves.items()
            if path not in self._said
        }
        said = self._said | rest
        return Report((*(said[path] for path in self._leaves), *self._added))

    def _under(self, element: etree._Element) -> list[str]:
        return [path for path, _ in leaves(element, self.at(element)) if path in self._leaves]

    def _say(self, kind: Change, xpath: str, to: str | None, why: str) -> None:
        """Record what is said of a leaf; the last word holds, and a place without a value has nothing to say."""
        if xpath in self._leaves:
            self._said[xpath] = Item(kind, xpath, to, self._leaves[xpath], why)
