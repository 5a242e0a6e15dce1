"""Name the place of every element of a document in one walk: asking for them one by one takes a square of the time. Pure."""

from collections import Counter
from collections.abc import Callable, Iterator

from lxml import etree

#: A step of a namespace without a prefix: it stands for any name, and counts every element beside it.
ANY = "*"


def walk(
    root: etree._Element, start: str, step: Callable[[etree._Element], str]
) -> Iterator[tuple[etree._Element, str]]:
    """Yield each element in and under ``root``, in document order, with its path; ``start`` is the path of ``root``.

    An index stands where several steps beside each other have the same name.
    """
    waiting = [(root, start)]
    while waiting:
        element, path = waiting.pop()
        yield element, path
        children = [child for child in element if isinstance(child.tag, str)]
        names = [step(child) for child in children]
        totals = Counter(names)
        totals[ANY] = len(children)
        seen: Counter[str] = Counter()
        below = []
        for place, (child, name) in enumerate(zip(children, names, strict=True), 1):
            seen[name] += 1
            index = place if name == ANY else seen[name]
            below.append((child, f"{path}/{name}[{index}]" if totals[name] > 1 else f"{path}/{name}"))
        waiting.extend(reversed(below))


def xpath_step(element: etree._Element) -> str:
    """Return the step of an XPath with the document's own prefixes, as libxml2 writes it."""
    name = etree.QName(element)
    if name.namespace is None:
        return name.localname
    return f"{element.prefix}:{name.localname}" if element.prefix else ANY


def clark_step(element: etree._Element) -> str:
    """Return a step that does not depend on prefixes."""
    return str(element.tag)
