"""The criteria of an old document as they stand in it, whatever its dialect, each with its element."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

GROUPS = frozenset(
    ("TenderingCriterionPropertyGroup", "SubsidiaryTenderingCriterionPropertyGroup", "RequirementGroup")
)
PROPERTIES = frozenset(("TenderingCriterionProperty", "Requirement"))
CRITERIA = frozenset(("TenderingCriterion", "Criterion"))


@dataclass(frozen=True, slots=True)
class Response:
    """What the operator answered: the element that holds it and the element of the value itself (none: empty).

    `index` is the occurrence the document gives, 0 when it gives none.
    """

    element: etree._Element
    values: tuple[etree._Element, ...]
    index: int = 0


@dataclass(slots=True)
class OldProperty:
    """A property of an old document."""

    element: etree._Element
    id: str
    kind: str
    type: str
    description: str
    responses: list[Response] = field(default_factory=list)


@dataclass(slots=True)
class OldGroup:
    """A group of an old document; `ordinal` counts groups of the same identifier under one parent from 1."""

    element: etree._Element
    id: str
    condition: str
    ordinal: int
    properties: list[OldProperty]
    groups: list["OldGroup"]

    def all_groups(self) -> Iterator["OldGroup"]:
        """Yield this group and those below, in document order."""
        yield self
        for group in self.groups:
            yield from group.all_groups()

    def all_properties(self) -> Iterator[OldProperty]:
        """Yield the properties in and under this group, in document order."""
        yield from self.properties
        for group in self.groups:
            yield from group.all_properties()


@dataclass(slots=True)
class OldCriterion:
    """A criterion of an old document."""

    element: etree._Element
    id: str
    code: str
    name: str
    description: str
    groups: list[OldGroup]


def local(element: etree._Element) -> str:
    """Give the name of an element without its namespace, empty for comments and instructions."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def children(element: etree._Element, *names: str) -> list[etree._Element]:
    """List the child elements of these names."""
    return [child for child in element if local(child) in names]


def child(element: etree._Element | None, *path: str) -> etree._Element | None:
    """Follow first children by name; give nothing when one is missing."""
    for name in path:
        if element is None:
            return None
        element = next(iter(children(element, name)), None)
    return element


def text(element: etree._Element | None, *path: str) -> str:
    """Give the trimmed text at the end of a path, empty when there is none."""
    found = child(element, *path)
    if found is None:
        return ""
    return "".join(piece for piece in (found.text or "", *(each.tail or "" for each in found))).strip()


def read(root: etree._Element) -> list[OldCriterion]:
    """Read every criterion that stands right under the root, in document order."""
    return [
        OldCriterion(
            element,
            text(element, "ID"),
            text(element, "CriterionTypeCode") or text(element, "TypeCode"),
            text(element, "Name"),
            text(element, "Description"),
            _groups(element),
        )
        for element in children(root, *CRITERIA)
    ]


def _groups(parent: etree._Element) -> list[OldGroup]:
    seen: dict[str, int] = {}
    groups = []
    for element in children(parent, *GROUPS):
        identifier = text(element, "ID")
        seen[identifier] = seen.get(identifier, 0) + 1
        condition = text(element, "PropertyGroupTypeCode") or element.get("pi", "")
        properties = [_property(each) for each in children(element, *PROPERTIES)]
        groups.append(
            OldGroup(element, identifier, condition, seen[identifier], properties, _groups(element))
        )
    return groups


def _property(element: etree._Element) -> OldProperty:
    """Read a property; in version 1.0.2 the answers stand inside it."""
    inside = [Response(each, _values(each)) for each in children(element, "Response")]
    return OldProperty(
        element,
        text(element, "ID"),
        (text(element, "TypeCode") or "QUESTION")[0].upper(),
        (text(element, "ValueDataTypeCode") or element.get("responseDataType", "")).strip(),
        text(element, "Description"),
        inside,
    )


def _values(response: etree._Element) -> tuple[etree._Element, ...]:
    return tuple(each for each in response if local(each) not in ("", "ID"))
