"""Edits of signed files that know their structure: parts dropped, doubled, moved and swapped, chosen by a seed."""

import copy
import io
import random
import re
import zipfile

from lxml import etree

from signing.cades.ber import BadBer, Node, parse
from tests.signing import pdfs

DS = "{http://www.w3.org/2000/09/xmldsig#}"


def flipped(data: bytes, rnd: random.Random) -> bytes:
    """Flip a bit, cut, take out, double or clear some bytes."""
    at, size = rnd.randrange(len(data)), rnd.choice((1, 2, 8, 64))
    kind = rnd.choice(("flip", "flip", "flip", "cut", "out", "twice", "clear"))
    rest = {
        "flip": bytes([data[at] ^ 1 << rnd.randrange(8)]) + data[at + 1 :],
        "cut": b"",
        "out": data[at + size :],
        "twice": data[at : at + size] + data[at:],
        "clear": bytes(len(data[at : at + size])) + data[at + size :],
    }[kind]
    return data[:at] + rest


# XML.


def xml(data: bytes, rnd: random.Random) -> bytes:
    """Edit one to three elements."""
    root = etree.fromstring(data)
    for _ in range(rnd.choice((1, 1, 2, 3))):
        elements = [one for one in root.iter() if isinstance(one.tag, str)]
        _edit(rnd, rnd.choice(elements), rnd.choice(elements), elements)
    return etree.tostring(root.getroottree())


def _edit(
    rnd: random.Random, one: etree._Element, other: etree._Element, every: list[etree._Element]
) -> None:
    kind = rnd.choice(("drop", "double", "move", "swap", "attribute", "text", "rename", "wrap"))
    parent = one.getparent()
    if kind == "attribute" and one.attrib:
        key = rnd.choice(sorted(map(str, one.attrib)))
        one.set(key, rnd.choice((one.get(key, "") + "x", "", rnd.choice(every).get("Id", "q"))))
    elif kind == "text":
        one.text = (one.text or "") + rnd.choice(("x", " ", "AAAA"))
    elif kind == "rename":
        one.tag += "x"
    elif kind == "double":
        other.insert(0, copy.deepcopy(one))
    elif parent is not None:
        _move(kind, one, other, parent)


def _move(kind: str, one: etree._Element, other: etree._Element, parent: etree._Element) -> None:
    inside = one is other or one in other.iterancestors()
    if kind == "drop":
        parent.remove(one)
    elif kind == "wrap":
        wrapper = etree.Element("enveloppe")
        parent.replace(one, wrapper)
        wrapper.append(one)
    elif kind == "move" and not inside:
        other.append(one)
    elif kind == "swap" and not inside and other not in one.iterancestors():
        first, second = copy.deepcopy(one), copy.deepcopy(other)
        above = other.getparent()
        if above is not None:
            parent.replace(one, second)
            above.replace(other, first)


def unsigned_form(data: bytes) -> bytes | None:
    """Return a document in canonical form without its signatures, None when one of them is all of it."""
    root = etree.fromstring(data)
    for signature in list(root.iter(DS + "Signature")):
        parent, before = signature.getparent(), signature.getprevious()
        if parent is None:
            return None
        if before is not None:
            before.tail = (before.tail or "") + (signature.tail or "")
        else:
            parent.text = (parent.text or "") + (signature.tail or "")
        parent.remove(signature)
    return etree.tostring(root, method="c14n")


def signed_properties(data: bytes) -> list[bytes]:
    """Return the signed properties of a document."""
    return [
        etree.tostring(one, method="c14n", exclusive=True)
        for one in etree.fromstring(data).iter("{*}SignedProperties")
    ]


# CMS.


def cms(data: bytes, rnd: random.Random) -> bytes:
    """Drop, double, replace, flip or rename one node, every length around it put right."""
    root = parse(data)
    nodes = _nodes(root, 0)
    target, other = rnd.choice(nodes[1:]), rnd.choice(nodes)
    place = rnd.randrange(len(target.raw))
    with_bit = bytearray(target.raw)
    with_bit[place] ^= 1 << rnd.randrange(8)
    changed = rnd.choice(
        (
            b"",
            2 * target.raw,
            other.raw,
            bytes(with_bit),
            bytes([target.raw[0] ^ rnd.choice((1, 2, 4, 0x20, 0x80))]) + target.raw[1:],
        )
    )
    return _rebuilt(root, target, changed)


def _nodes(node: Node, depth: int) -> list[Node]:
    found = [node]
    for child in _children(node) if depth < 14 else ():
        found += _nodes(child, depth + 1)
    return found


def _children(node: Node) -> list[Node]:
    try:
        return list(node.children) if node.constructed else []
    except BadBer:
        return []


def _rebuilt(node: Node, target: Node, changed: bytes) -> bytes:
    if (node.start, node.end) == (target.start, target.end):
        return changed
    children = _children(node)
    if not children or not node.start <= target.start <= target.end <= node.end:
        return node.raw
    body = b"".join(_rebuilt(child, target, changed) for child in children)
    size = len(body).to_bytes(4, "big").lstrip(b"\0") or b"\0"
    length = size if len(body) < 0x80 else bytes([0x80 | len(size)]) + size
    return node.raw[:1] + length + body


# Containers.


def container(data: bytes, rnd: random.Random) -> bytes:
    """Drop, double, rename, swap, change, add or reorder entries."""
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        entries = [(name, file.read(name)) for name in file.namelist()]
    place, other = rnd.randrange(len(entries)), rnd.randrange(len(entries))
    (name, body), (other_name, other_body) = entries[place], entries[other]
    kind = rnd.choice(("drop", "double", "rename", "swap", "change", "add", "reorder", "lift"))
    if kind == "drop":
        del entries[place]
    elif kind == "double":
        entries.append((name + rnd.choice(("x", "2.xml", "/x")), body))
    elif kind == "rename":
        entries[place] = (rnd.choice(("x/", "META-INF/", "a")) + name, body)
    elif kind == "swap":
        entries[place], entries[other] = (name, other_body), (other_name, body)
    elif kind == "change" and body:
        entries[place] = (name, flipped(body, rnd))
    elif kind == "add":
        entries.append(
            (rnd.choice(("neuf.txt", "META-INF/ASiCManifest9.xml", "META-INF/signatures9.xml")), body)
        )
    elif kind == "reorder":
        rnd.shuffle(entries)
    else:
        entries[place] = (name.rpartition("/")[2], body)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        for one, content in entries:
            file.writestr(one, content)
    return target.getvalue()


# PDF.


def pdf_objects(pdf: bytes, rnd: random.Random) -> dict[int, bytes]:
    """Return one or two objects to write over in an update: with another's body, other numbers or references, or less in it."""
    found: dict[int, bytes] = {}
    for _ in range(rnd.choice((1, 1, 2))):
        body = pdfs.object_of(pdf, rnd.randrange(1, 11))
        kind = rnd.choice(("copy", "numbers", "less", "references"))
        if kind == "numbers":
            body = re.sub(
                rb"\d+(?! 0 R)", lambda match: b"%d" % (int(match[0]) + rnd.choice((0, 1, 100))), body
            )
        elif kind == "less":
            body = re.sub(rb"/\w+ ?(\[[^\]]*\]|\d+ 0 R|/\w+|\([^)]*\))", b"", body, count=1)
        elif kind == "references":
            body = re.sub(rb"\d+ 0 R", lambda _: b"%d 0 R" % rnd.randrange(1, 11), body, count=2)
        found[rnd.randrange(1, 11)] = body
    return found
