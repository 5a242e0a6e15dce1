"""Read an element child by child and keep what nobody asked for. Pure.

Every aggregate is read through a `Node`: what is taken from it is part of the model, what is left becomes an extra with
its place. A value that does not fit its type is left, so that it is neither changed nor lost.
"""

from collections.abc import Callable
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from lxml import etree

from dume.espd.model import Extra, Identifier
from dume.espd.ubl import CAC, CBC, LAST, NO_AGENCY, RANKS
from dume.espd.write_v41.fragments import kind

T = TypeVar("T")
_DATE_LENGTH = 10
_CLOCK_ZONE = "+-"
# No amount, number or percentage of a DUME has more digits; a longer one would only tire the reader.
_DIGITS = 40
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


class Node:
    """An element of the document and its path in the model; `extras` is shared by the whole document."""

    __slots__ = ("_children", "_taken", "element", "extras", "path")

    def __init__(self, element: etree._Element, path: str, extras: list[Extra]) -> None:
        self.element = element
        self.path = path
        self.extras = extras
        self._children: dict[str, list[etree._Element]] = {}
        self._taken: set[str] = set()
        for child in element:
            if isinstance(child.tag, str):
                self._children.setdefault(child.tag, []).append(child)

    def texts(self, name: str) -> tuple[str, ...]:
        """Take the texts of every cbc child of a name."""
        return tuple(each.text or "" for each in self._children.pop(f"{CBC}{name}", ()))

    def text(self, name: str) -> str:
        """Take the text of the first cbc child of a name, empty when there is none."""
        found = self.first(name)
        return (found.text or "") if found is not None else ""

    def filled(self, name: str) -> str:
        """Take the text of the first cbc child of a name, but leave an empty one: that it is there may matter to a rule."""
        found = self.peek(name)
        return self.text(name) if found is not None and found.text else ""

    def word(self, name: str) -> str:
        """Take the text of a code or an identifier: without the spaces around it."""
        return self.text(name).strip()

    def first(self, name: str) -> etree._Element | None:
        """Take the first cbc child of a name."""
        return self._take(f"{CBC}{name}")

    def _take(self, tag: str) -> etree._Element | None:
        """Take the first child of a Clark name."""
        found = self._front(tag)
        self._taken.add(tag)
        return found.pop(0) if found else None

    def _front(self, tag: str) -> list[etree._Element]:
        """Return the children of a Clark name; of several, those that say something come first."""
        found = self._children.get(tag, [])
        if len(found) > 1:
            found.sort(key=hollow)
        return found

    def peek(self, name: str) -> etree._Element | None:
        """Return the first cbc child of a name and leave it."""
        found = self._front(f"{CBC}{name}")
        return found[0] if found else None

    def value(self, name: str, convert: Callable[[str], T | None]) -> T | None:
        """Take the first cbc child of a name when its text converts; else leave it."""
        found = self.peek(name)
        converted = None if found is None else convert((found.text or "").strip())
        if converted is not None:
            self.first(name)
        return converted

    def identifier(self, name: str) -> Identifier | None:
        """Take the first cbc child of a name with its agency and scheme."""
        found = self.first(name)
        return None if found is None else identifier(found)

    def one(self, name: str) -> "Node":
        """Take the first cac child of a name; an empty node when there is none."""
        taken = self._take(f"{CAC}{name}")
        element = etree.Element(f"{CAC}{name}") if taken is None else taken
        return Node(element, f"{self.path}/cac:{name}", self.extras)

    def has(self, name: str) -> bool:
        """Tell whether there is still a cac or cbc child of a name."""
        return bool(self._children.get(f"{CAC}{name}") or self._children.get(f"{CBC}{name}"))

    def each(self, name: str, read: Callable[["Node"], T | None]) -> tuple[T, ...]:
        """Take every cac child of a name that can be read, counted from 1; leave the others."""
        kept: list[T] = []
        left: list[etree._Element] = []
        for element in self._children.pop(f"{CAC}{name}", ()):
            mark = len(self.extras)
            result = read(Node(element, f"{self.path}/cac:{name}[{len(kept) + 1}]", self.extras))
            if result is None:
                del self.extras[mark:]
                left.append(element)
            else:
                kept.append(result)
        if kept:
            self._taken.add(f"{CAC}{name}")
        if left:
            self._children[f"{CAC}{name}"] = left
        return tuple(kept)

    def skip(self, *names: str) -> None:
        """Take the first cbc child of each name, whose value the writer sets itself."""
        for name in names:
            self.first(name)

    def drop(self, *names: str) -> None:
        """Leave aside every cac child of these names: another reader takes them."""
        for name in names:
            self._children.pop(f"{CAC}{name}", None)

    def close(self) -> None:
        """Keep what was not taken, in the order of the schema, then of the document.

        What says nothing is not kept beside a namesake that was taken: the writer has one place for both.
        """
        left = [
            child
            for tag, children in self._children.items()
            for child in children
            if not (tag in self._taken and hollow(child))
        ]
        if len(left) > 1:
            order = {child: place for place, child in enumerate(self.element)}
            ranks = RANKS.get(kind(self.path), {})
            left.sort(key=lambda child: (ranks.get(etree.QName(child).localname, LAST), order[child]))
        self.extras.extend(Extra(self.path, place, canonical(child)) for place, child in enumerate(left))
        self._children.clear()


def hollow(element: etree._Element) -> bool:
    """Tell whether an element holds no text at any depth."""
    return not any(str(text).strip() for text in element.itertext())


def canonical(element: etree._Element) -> str:
    """Return an element as exclusive canonical XML: the same text wherever it stands."""
    tail, element.tail = element.tail, None
    try:
        return bytes(etree.tostring(element, method="c14n", exclusive=True, with_comments=False)).decode()
    finally:
        element.tail = tail


def identifier(element: etree._Element) -> Identifier:
    """Read an identifier with its agency and scheme."""
    agency, scheme = (element.get("schemeAgencyID", "").strip(), element.get("schemeID", "").strip())
    value = (element.text or "").strip()
    return Identifier(value, "" if agency == NO_AGENCY else agency, "" if scheme == NO_AGENCY else scheme)


def boolean(text: str) -> bool | None:
    """Read an xsd:boolean."""
    return _BOOLEANS.get(text)


def day(text: str) -> date | None:
    """Read an xsd:date; a day needs no time zone."""
    try:
        return date.fromisoformat(text[:_DATE_LENGTH]) if _zone(text[_DATE_LENGTH:]) else None
    except ValueError:
        return None


def _zone(text: str) -> bool:
    """Tell whether a text is empty or a time zone such as ``Z`` or ``+01:00``."""
    return text in ("", "Z") or (text[0] in _CLOCK_ZONE and len(text) == len("+01:00"))


def clock(text: str) -> time | None:
    """Read an xsd:time."""
    try:
        return time.fromisoformat(text)
    except ValueError:
        return None


def decimal(text: str) -> Decimal | None:
    """Read an xsd:decimal of a sensible length."""
    if len(text) > _DIGITS or not text.lstrip("+-").replace(".", "", 1).isdecimal():
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None
