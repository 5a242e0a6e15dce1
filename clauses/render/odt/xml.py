"""Make OpenDocument elements: ``e("text:p", "Bonjour", style_name="Standard")``, spaces kept as they are."""

import re

from lxml import etree

NS = {
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0",
    "fo": "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0",
    "draw": "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0",
    "svg": "urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0",
    "xlink": "http://www.w3.org/1999/xlink",
}
_SPACES = re.compile(r"( {2,}|^ +| +$)")


def q(name: str) -> str:
    """Return the qualified name of ``prefix:local``."""
    prefix, _colon, local = name.partition(":")
    return f"{{{NS[prefix]}}}{local}"


def e(name: str, /, *content: etree._Element | str, **attributes: str) -> etree._Element:
    """Return an element; an attribute ``style_name`` is in the element's own namespace, ``fo__margin`` in another."""
    element = etree.Element(q(name), nsmap=NS)
    own = name.partition(":")[0]
    for key, value in attributes.items():
        prefix, two, local = key.partition("__")
        qualified = f"{prefix}:{local}" if two else f"{own}:{key}"
        element.set(q(qualified.replace("_", "-")), value)
    for one in content:
        append(element, one)
    return element


def append(element: etree._Element, content: etree._Element | str) -> None:
    """Append an element, or text whose spaces count where OpenDocument would fold them."""
    if not isinstance(content, str):
        element.append(content)
        return
    for part in _SPACES.split(content):
        if part and not part.strip(" "):
            element.append(e("text:s", c=str(len(part))))
        elif part:
            _append_text(element, part)


def _append_text(element: etree._Element, text: str) -> None:
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text
