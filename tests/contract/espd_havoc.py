"""Maul DUME files at random, from a seed, as vendors, editors and bad luck do: the same seed gives the same files.

Unlike ``espd_mutants``, which breaks rules one by one, these operators break shapes: whole parts moved or gone, odd
texts, foreign elements, other prefixes, other encodings. A tree operator changes the tree in place; a byte operator
returns the file it makes of it.
"""

import codecs
import copy
import random
import re
from collections.abc import Callable, Iterator

from lxml import etree

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
CAC = f"{{{UBL}CommonAggregateComponents-2}}"
CBC = f"{{{UBL}CommonBasicComponents-2}}"
EXT = f"{{{UBL}CommonExtensionComponents-2}}"
#: Texts nobody expects where they stand.
TEXTS = (
    "", " ", "\n\t ", "\u00a0", "x", "true", "TRUE", "1", "-1", "0", "9" * 400, "1e308", "NaN", "-INF", "1,5", "1 000", "٣",
    "0.000000000000000000000000000000001", "2026-11-23+01:00", "2026-11-23Z", "2026-11-23T10:00:00", "0000-00-00",
    "99999-01-01", "-0044-03-15", "2026-02-30", "24:00:00", "09:30:00.123456789Z", "25:61:61", "EUR", "FRA", "FR",
    "LOT-0001", "LOT-0000", "0", "é" * 3000, "<b>&amp;</b>", "]]>", "%s %(x)s {0}", "../../etc/passwd", "ON*", "ONTRUE",
    "QUESTION", "CAPTION", "REQUIREMENT", "INDICATOR", "PERIOD", "EVIDENCE_IDENTIFIER", "AMOUNT", "group-lead", "\U0001f600",
    "\u202e", "/R1/R2", "C1_EG_crime-org/RG1/RSG1/RQ3/R1", "a'b\"c", "javascript:alert(1)",
)  # fmt: skip
#: Aggregates and values of UBL that a DUME does not use, and things of other worlds.
FOREIGN = (
    f'<cac:Signature xmlns:cac="{CAC[1:-1]}" xmlns:cbc="{CBC[1:-1]}"><cbc:ID>S</cbc:ID></cac:Signature>',
    f'<cac:Tax xmlns:cac="{CAC[1:-1]}" xmlns:cbc="{CBC[1:-1]}"><cbc:TaxAmount currencyID="EUR">1</cbc:TaxAmount></cac:Tax>',
    f'<cac:Party xmlns:cac="{CAC[1:-1]}" xmlns:cbc="{CBC[1:-1]}"><cac:Language><cbc:ID>fr</cbc:ID></cac:Language></cac:Party>',
    f'<cbc:Note xmlns:cbc="{CBC[1:-1]}" languageID="fr">Une note</cbc:Note>',
    f'<e:UBLExtensions xmlns:e="{EXT[1:-1]}"><e:UBLExtension><v:x xmlns:v="urn:v" v:a="1"/></e:UBLExtension></e:UBLExtensions>',
    '<ns0:Odd xmlns:ns0="urn:vendor:example" ns0:at="v" at="w">text<ns0:in/>tail</ns0:Odd>',
    "<Bare>sans espace de noms</Bare>",
    '<x xml:lang="fr" xml:space="preserve"> y </x>',
)
Operator = Callable[[random.Random, etree._Element], None]


def havoc(data: bytes, count: int, seed: object) -> Iterator[tuple[str, bytes]]:
    """Yield `count` mauled files with what was done to each."""
    chance = random.Random(str(seed))
    for _ in range(count):
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False))
        names = [chance.choice(list(TREE)) for _ in range(chance.choice((1, 1, 2, 3, 8)))]
        for name in names:
            TREE[name](chance, root)
        writer = chance.choice(list(WRITERS)) if chance.random() < 0.5 else "plain"
        names.append(writer)
        yield ", ".join(names), WRITERS[writer](chance, root)


def _any(chance: random.Random, root: etree._Element) -> etree._Element | None:
    """Return one element but the root; near the root as often as far from it."""
    if chance.random() < 0.3 and len(root):
        found = [each for each in root if isinstance(each.tag, str)]
    else:
        found = list(root.iter(etree.Element))[1:]
    return chance.choice(found) if found else None


def _gone(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def delete(chance: random.Random, root: etree._Element) -> None:
    """Take a part away."""
    if (element := _any(chance, root)) is not None:
        _gone(element)


def delete_kind(chance: random.Random, root: etree._Element) -> None:
    """Take every part of one name away."""
    if (element := _any(chance, root)) is not None:
        for each in list(root.iter(element.tag)):
            _gone(each)


def duplicate(chance: random.Random, root: etree._Element) -> None:
    """Have a part twice, or often."""
    if (element := _any(chance, root)) is not None:
        for _ in range(chance.choice((1, 1, 1, 12))):
            element.addnext(copy.deepcopy(element))


def move(chance: random.Random, root: etree._Element) -> None:
    """Put a part elsewhere."""
    element, target = _any(chance, root), _any(chance, root)
    if element is not None and target is not None and element not in (target, *target.iterancestors()):
        target.insert(chance.randint(0, len(target)), element)


def shuffle(chance: random.Random, root: etree._Element) -> None:
    """Put the parts of one in another order."""
    element = _any(chance, root) if chance.random() < 0.7 else root
    if element is not None:
        children = list(element)
        chance.shuffle(children)
        element[:] = children


def nest(chance: random.Random, root: etree._Element) -> None:
    """Put a copy of a part inside itself."""
    if (element := _any(chance, root)) is not None:
        element.append(copy.deepcopy(element))


def retext(chance: random.Random, root: etree._Element) -> None:
    """Give a few elements another text."""
    for _ in range(chance.choice((1, 5, 40))):
        if (element := _any(chance, root)) is not None:
            element.text = chance.choice(TEXTS)


def retext_kind(chance: random.Random, root: etree._Element) -> None:
    """Give every element of one name another text, the same or one each."""
    if (element := _any(chance, root)) is not None:
        same = chance.choice(TEXTS)
        for each in root.iter(element.tag):
            if len(each) == 0:
                each.text = same if chance.random() < 0.5 else chance.choice(TEXTS)


def tails(chance: random.Random, root: etree._Element) -> None:
    """Leave text between elements."""
    for _ in range(5):
        if (element := _any(chance, root)) is not None:
            element.tail = chance.choice(TEXTS)


def spaces(chance: random.Random, root: etree._Element) -> None:
    """Put white space around every text."""
    around = chance.choice(("  ", "\n    ", "\t"))
    for each in root.iter(etree.Element):
        if len(each) == 0 and each.text:
            each.text = around + each.text + around


def comments(chance: random.Random, root: etree._Element) -> None:
    """Put comments and instructions everywhere, in the middle of texts too."""
    for each in list(root.iter(etree.Element)):
        if chance.random() < 0.2:
            node = etree.Comment(" note ") if chance.random() < 0.7 else etree.ProcessingInstruction("v", "x")
            text = each.text or ""
            half = len(text) // 2
            each.text, node.tail = text[:half], text[half:]
            each.insert(0, node)


def attributes(chance: random.Random, root: etree._Element) -> None:
    """Add, change, reorder or take away attributes."""
    names = ("schemeAgencyID", "schemeID", "listID", "languageID", "unitCode", "currencyID", "vendor", "{urn:v}a", "format",
             "responseDataType", "pi", "{http://www.w3.org/XML/1998/namespace}lang")  # fmt: skip
    for _ in range(10):
        element = _any(chance, root)
        if element is None:
            return
        found = list(element.attrib.items())
        chance.shuffle(found)
        element.attrib.clear()
        for name, value in found[chance.randint(0, 1) :]:
            element.set(name, chance.choice((value, value, chance.choice(TEXTS))))
        if chance.random() < 0.5:
            element.set(chance.choice(names), chance.choice(TEXTS))


def foreign(chance: random.Random, root: etree._Element) -> None:
    """Put parts of other kinds here and there."""
    for _ in range(chance.choice((1, 4))):
        target = _any(chance, root) if chance.random() < 0.7 else root
        if target is not None:
            target.insert(chance.randint(0, len(target)), etree.fromstring(chance.choice(FOREIGN)))


def rename(chance: random.Random, root: etree._Element) -> None:
    """Give a part the name of another."""
    one, other = _any(chance, root), _any(chance, root)
    if one is not None and other is not None:
        one.tag = other.tag


def identifiers(chance: random.Random, root: etree._Element) -> None:
    """Take identifiers away, or make many the same."""
    found = list(root.iter(f"{CBC}ID"))
    same = chance.choice((None, "SAME", "", chance.choice(found).text if found else ""))
    for each in found:
        if chance.random() < chance.choice((0.05, 0.5)):
            if same is None:
                _gone(each)
            else:
                each.text = same


def bare(chance: random.Random, root: etree._Element) -> None:
    """Keep little: the root alone, or each part of it by chance."""
    share = chance.choice((0, 0, 0.5))
    for each in list(root):
        if chance.random() >= share and not (chance.random() < 0.9 and _says_version(each)):
            root.remove(each)


def _says_version(element: etree._Element) -> bool:
    return str(element.tag).endswith(("VersionID", "ExecutionID", "ApplicationTypeCode"))


TREE: dict[str, Operator] = {
    each.__name__: each
    for each in (
        delete, delete_kind, duplicate, move, shuffle, nest, retext, retext_kind, tails, spaces, comments, attributes,
        foreign, rename, identifiers, bare,
    )
}  # fmt: skip
Writer = Callable[[random.Random, etree._Element], bytes]


def plain(_chance: random.Random, root: etree._Element) -> bytes:
    """Write UTF-8."""
    return bytes(etree.tostring(root, encoding="UTF-8", xml_declaration=True))


def _text(root: etree._Element) -> str:
    return str(etree.tostring(root, encoding="unicode"))


def marked(_chance: random.Random, root: etree._Element) -> bytes:
    """Write UTF-8 with a byte order mark."""
    return codecs.BOM_UTF8 + plain(_chance, root)


def wide(chance: random.Random, root: etree._Element) -> bytes:
    """Write UTF-16."""
    return ('<?xml version="1.0" encoding="UTF-16"?>' + _text(root)).encode(
        chance.choice(("utf-16", "utf-16"))
    )


def western(chance: random.Random, root: etree._Element) -> bytes:
    """Write a Western encoding."""
    name: str = chance.choice(("ISO-8859-1", "windows-1252", "US-ASCII"))
    head = f'<?xml version="1.0" encoding="{name}"?>'
    return (head + _text(root)).encode(name, "xmlcharrefreplace")


def prefixes(_chance: random.Random, root: etree._Element) -> bytes:
    """Rename every prefix."""
    return re.sub(
        r"(</?|xmlns:|\s)(cac|cbc|ccv|cev|espd-req|espd|ns\d*):?(?=[\w=])", _renamed, _text(root)
    ).encode()


def _renamed(found: re.Match[str]) -> str:
    start, name = found.group(1), found.group(2)
    if start == "xmlns:":
        return f"xmlns:q-{name}"
    return f"{start}q-{name}:" if found.group(0).endswith(":") else found.group(0)


def defaults(_chance: random.Random, root: etree._Element) -> bytes:
    """Write each element with its namespace as the default one."""
    return _default(root, None).encode()


def _default(element: etree._Element, above: str | None) -> str:
    if not isinstance(element.tag, str):
        return str(etree.tostring(element, encoding="unicode", with_tail=False))
    name = etree.QName(element)
    here = (
        ""
        if name.namespace == above or (above is None and not name.namespace)
        else f' xmlns="{name.namespace or ""}"'
    )
    own = "".join(_attribute(n, str(key), str(value)) for n, (key, value) in enumerate(element.items()))
    inside = _escaped(element.text) + "".join(
        _default(child, name.namespace or "") + _escaped(child.tail) for child in element
    )
    return f"<{name.localname}{here}{own}>{inside}</{name.localname}>"


def _attribute(number: int, key: str, value: str) -> str:
    name = etree.QName(key)
    quoted = _escaped(value).replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")
    if name.namespace == "http://www.w3.org/XML/1998/namespace":
        return f' xml:{name.localname}="{quoted}"'
    if name.namespace:
        return f' xmlns:a{number}="{name.namespace}" a{number}:{name.localname}="{quoted}"'
    return f' {name.localname}="{quoted}"'


def _escaped(text: str | None) -> str:
    return (text or "").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def cdata(_chance: random.Random, root: etree._Element) -> bytes:
    """Write texts as character data sections."""
    for each in root.iter(etree.Element):
        if len(each) == 0 and each.text and "]]>" not in each.text:
            each.text = etree.CDATA(each.text)
    return plain(_chance, root)


def pretty(_chance: random.Random, root: etree._Element) -> bytes:
    """Write with indentation and line ends of another system."""
    etree.indent(root, "\t")
    return plain(_chance, root).replace(b"\n", b"\r\n")


def cut(chance: random.Random, root: etree._Element) -> bytes:
    """Lose the end, or a few bytes."""
    data = plain(chance, root)
    place = chance.randrange(len(data))
    return data[:place] if chance.random() < 0.5 else data[:place] + data[place + chance.randint(1, 9) :]


WRITERS: dict[str, Writer] = {
    each.__name__: each for each in (plain, marked, wide, western, prefixes, defaults, cdata, pretty, cut)
}
