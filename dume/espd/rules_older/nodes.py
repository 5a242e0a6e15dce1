"""Ask an element short questions in the words of the official rules: ``cac:Party/cbc:Name`` for a path of children."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

from lxml.etree import _Element as Element

from dume.espd.findings import PREFIXES, Finding, Severity, path_of, short_name
from dume.espd.scan import text_of

# The prefix of a root element stands for two namespaces; the rules name roots by their Clark name only.
NAMESPACES = {prefix: uri for uri, prefix in PREFIXES.items() if prefix not in {"espd-req", "espd-resp"}}
# What a rule answers with: its id, the element (and attribute) it broke on, what its sentence quotes.
Broken: TypeAlias = "tuple[str, Element, dict[str, str]]"
Find: TypeAlias = "Callable[[Element], list[Element]]"


def clark(path: str) -> str:
    """Return a path of prefixed names in Clark notation, as lxml wants it."""
    steps = (step.partition(":") for step in path.split("/"))
    return "/".join(f"{{{NAMESPACES[prefix]}}}{local}" for prefix, _, local in steps)


def finder(path: str) -> Find:
    """Return the function that gives the elements at `path` below an element."""
    translated = clark(path)
    if "/" not in path:
        return lambda element: list(element.iterchildren(translated))
    return lambda element: element.findall(translated)


def teller(path: str) -> Callable[[Element], list[str]]:
    """Return the function that gives the string values of the elements at `path` below an element."""
    if "/" not in path:
        tag = clark(path)
        return lambda element: [text_of(found) for found in element.iterchildren(tag)]
    find = finder(path)
    return lambda element: [text_of(found) for found in find(element)]


def first(values: list[str]) -> str:
    """Return the first value; the empty string when there is none, as XPath does when it wants a string."""
    return values[0] if values else ""


class Unfinished(Exception):
    """A sheet took several elements where it can take one only: the official engine stops and the sheet says nothing."""


def single(values: list[str]) -> str:
    """Return the only value, the empty string without any; raise Unfinished for several, where XPath 2.0 stops."""
    if len(values) > 1:
        raise Unfinished
    return values[0] if values else ""


def own_texts(element: Element) -> Iterator[str]:
    """Yield the text nodes of an element, those of its children left aside."""
    if element.text:
        yield element.text
    for child in element:
        if child.tail:
            yield child.tail


def under(element: Element, *parents: str) -> bool:
    """Tell whether the nearest ancestors of an element are `parents` (Clark names, the farthest first)."""
    at = element.getparent()
    for parent in reversed(parents):
        if at is None or at.tag != parent:
            return False
        at = at.getparent()
    return True


def findings(broken: list[tuple[Broken, Severity]]) -> Iterator[Finding]:
    """Yield the findings of broken rules with their weights; a quoted ``attribute`` belongs to the path."""
    for (rule, element, params), severity in broken:
        path = path_of(element, params.get("attribute", ""))
        yield Finding(rule, severity, path, {"name": short_name(str(element.tag)), **params})
