"""Make WordprocessingML elements: ``w("p", w("r", t("Bonjour")))``."""

from lxml import etree

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
NS = {"w": W}


def q(name: str) -> str:
    """Return the qualified name of a WordprocessingML element or attribute."""
    return f"{{{W}}}{name}"


def w(name: str, /, *children: etree._Element | None, **attributes: str | int) -> etree._Element:
    """Return an element with its attributes and children; a child that is None is left out."""
    element = etree.Element(q(name), nsmap=NS)
    for key, value in attributes.items():
        element.set(q(key), str(value))
    element.extend(child for child in children if child is not None)
    return element


def t(text: str, name: str = "t") -> etree._Element:
    """Return a text element whose spaces count."""
    element = w(name)
    element.text = text
    element.set(XML_SPACE, "preserve")
    return element
