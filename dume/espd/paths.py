"""Name the place of every element of a document in one walk: asking for them one by one takes a square of the time. Pure."""

from collections import Counter
from collections.abc import Callable, Container, Iterator

from lxml import etree

#: A step of a namespace without a prefix: it stands for any name, and counts every element beside it.
ANY = "*"


def walk(
    root: etree._Element, start: str, step: Callable[[etree._Element], str], but: Container[str] = ()
) -> Iterator[tuple[etree._Element, str]]:
    """Yield each element in and under ``root``, in document order, with its path; ``start`` is the path of ``root``.

    An index stands where several steps beside each other have the same name. Elements of the Clark names in ``but`` are
    left out with all that is in them.
    """
    waiting = [(root, start)]
    while waiting:
        element, path = waiting.pop()
        if element.tag in but:
            continue
        yield element, path
        if len(element):
            below = [(child, f"{path}/{own}") for child, own in positions(element, step)]
            below.reverse()
            waiting += below


def positions(
    parent: etree._Element, step: Callable[[etree._Element], str]
) -> list[tuple[etree._Element, str]]:
    """Return the children of an element, each with its step and, among several steps of one name, its index."""
    children = [child for child in parent if isinstance(child.tag, str)]
    names = [step(child) for child in children]
    several = len(set(names)) < len(names) or (ANY in names and len(names) > 1)
    if not several:
        return list(zip(children, names, strict=True))
    totals = Counter(names)
    totals[ANY] = len(children)
    seen = dict.fromkeys(totals, 0)
    found = []
    for place, (child, name) in enumerate(zip(children, names, strict=True), 1):
        seen[name] += 1
        index = place if name == ANY else seen[name]
        found.append((child, f"{name}[{index}]" if totals[name] > 1 else name))
    return found


def xpath_step(element: etree._Element) -> str:
    """Return the step of an XPath with the document's own prefixes, as libxml2 writes it."""
    namespace, _, name = str(element.tag).rpartition("}")
    if not namespace:
        return name
    return f"{element.prefix}:{name}" if element.prefix else ANY


def clark_step(element: etree._Element) -> str:
    """Return a step that does not depend on prefixes."""
    return str(element.tag)
