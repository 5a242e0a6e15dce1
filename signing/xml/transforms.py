"""Transform and canonicalise what a reference points to (XML Signature 1.1, sections 4.4.3 and 6.5 to 6.6).

Only an allow-list of transforms is known. The XPath expressions that signing tools use to leave signatures out, all of
them or the one at hand, are recognised by their text and done here in code: no XPath or XSLT of a file is ever run.
"""

import base64
import binascii
import re
from dataclasses import dataclass, replace
from urllib.parse import urljoin

from lxml import etree

from signing.errors import Unverifiable
from signing.xml.parse import Document, at_path, elements, local, namespace, parse, path_of

DS = "http://www.w3.org/2000/09/xmldsig#"
SIGNATURE = f"{{{DS}}}Signature"
C14N_10 = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
C14N_11 = "http://www.w3.org/2006/12/xml-c14n11"
C14N_EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = DS + "enveloped-signature"
BASE64 = DS + "base64"
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
FILTER_2 = "http://www.w3.org/2002/06/xmldsig-filter2"
#: No signing tool chains more than four.
_MOST = 10
_XML = "{http://www.w3.org/XML/1998/namespace}"
_NOT_SIGNATURES = re.compile(r"not\s*\(\s*ancestor-or-self::([\w.\-]+):Signature\s*\)")
_SUBTRACT_SIGNATURES = re.compile(r"/descendant::([\w.\-]+):Signature")
#: The same as the enveloped-signature transform (XML Signature 1.1, 6.6.4; XPath Filter 2.0, 4).
_NOT_THIS_SIGNATURE = re.compile(
    r"count\s*\(\s*ancestor-or-self::([\w.\-]+):Signature\s*\|\s*here\s*\(\s*\)\s*/\s*ancestor::\1:Signature\s*\[\s*1\s*\]\s*\)"
    r"\s*>\s*count\s*\(\s*ancestor-or-self::\1:Signature\s*\)"
)
_SUBTRACT_THIS_SIGNATURE = re.compile(r"here\s*\(\s*\)\s*/\s*ancestor::([\w.\-]+):Signature\s*\[\s*1\s*\]")
STRING = etree.XPath("string()", smart_strings=False)
#: Whether an ancestor bears an attribute of XML itself, which few documents have.
_XML_ABOVE = etree.XPath("boolean(ancestor::*/@xml:*)")


class RefusedTransform(ValueError):
    """Say that a transform is never run; the text is its identifier, followed by what it asks when that is short."""


@dataclass(frozen=True, slots=True)
class Method:
    """A canonicalisation: its version, whether comments stay, and prefixes to treat as inclusive."""

    uri: str
    exclusive: bool
    comments: bool
    inherits: frozenset[str] | None = frozenset()
    prefixes: tuple[str, ...] = ()


def _methods() -> dict[str, Method]:
    # None: every xml:* attribute of the ancestors is inherited (C14N 1.0, 2.4).
    kinds: tuple[tuple[str, bool, frozenset[str] | None], ...] = (
        (C14N_10, False, None),
        (C14N_11, False, frozenset({"lang", "space", "base"})),
        (C14N_EXCLUSIVE, True, frozenset()),
    )
    found = {}
    for uri, exclusive, inherits in kinds:
        commented = uri + ("WithComments" if uri.endswith("#") else "#WithComments")
        found[uri] = Method(uri, exclusive, comments=False, inherits=inherits)
        found[commented] = Method(commented, exclusive, comments=True, inherits=inherits)
    return found


METHODS = _methods()
DEFAULT = METHODS[C14N_10]


@dataclass(frozen=True, slots=True)
class NodeSet:
    """Part of a document: all of it (``apex`` None) or one element, less some elements, with or without comments."""

    document: Document
    apex: "etree._Element | None"
    comments: bool
    removed: "tuple[etree._Element, ...]" = ()

    def canonical(self, method: Method = DEFAULT) -> bytes:
        """Return the octets of the node-set; raises Unverifiable when nothing is left in it, or too much was asked."""
        found = canonical(self._node(), method, comments=self.comments)
        self.document.charge(len(found))
        return found

    def text(self) -> str:
        """Return the text of the node-set, which the base64 transform decodes."""
        return str(STRING(self._node()))

    def less(self, gone: "list[etree._Element]") -> "NodeSet":
        """Return the node-set without some more elements."""
        return replace(self, removed=(*self.removed, *gone))

    def _node(self) -> "etree._Element | etree._ElementTree":
        gone = _outermost(self.removed)
        apex = self.document.root if self.apex is None else self.apex
        if any(one is apex or _within(apex, one) for one in gone):
            # The digest of nothing is easily right; what it is of is no document.
            raise Unverifiable("UNREADABLE", "xml.nothing_left")
        if self.apex is None:
            return self.document.without(gone) if gone else self.document.tree
        inside = [one for one in gone if _within(one, apex)]
        return at_path(self.document.without(inside).getroot(), path_of(apex)) if inside else apex


@dataclass(frozen=True, slots=True)
class Transform:
    """One ds:Transform, recognised: ``kind`` is its URI, ``method`` set for a canonicalisation."""

    kind: str
    method: Method | None = None


Data = NodeSet | bytes


def canonical(node: "etree._Element | etree._ElementTree", method: Method, *, comments: bool = True) -> bytes:
    """Canonicalise an element where it stands, with what it inherits there, or a whole document.

    lxml canonicalises a document well, but not an element inside one: it loses a default namespace two levels down,
    and the ``xml:`` attributes of ancestors. So an element is first written out as a document of its own, with the
    namespaces in scope, and is lent those attributes. Raises Unverifiable on what has no canonical form: a relative
    namespace (C14N 1.0, 1.3).
    """
    try:
        tree = _alone(node, method) if isinstance(node, etree._Element) else node  # noqa: SLF001 - its only name
        return etree.tostring(
            tree,
            method="c14n",
            exclusive=method.exclusive,
            with_comments=method.comments and comments,
            inclusive_ns_prefixes=list(method.prefixes) if method.exclusive and method.prefixes else None,
        )
    except (etree.C14NError, etree.XMLSyntaxError) as error:
        raise Unverifiable("UNREADABLE", "xml.not_canonical", str(error)) from error


def _alone(element: "etree._Element", method: Method) -> "etree._ElementTree":
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    written = etree.tostring(element, encoding="utf-8", xml_declaration=False, with_tail=False)
    root = etree.fromstring(written, parser)
    for name, value in _inherited(element, method).items():
        root.set(name, value)
    return root.getroottree()


def read_method(element: "etree._Element") -> Method:
    """Return the canonicalisation that an element with an Algorithm attribute names; raises RefusedTransform."""
    uri = element.get("Algorithm", "")
    if uri not in METHODS:
        raise RefusedTransform(uri)
    prefixes: tuple[str, ...] = ()
    for child in elements(element):
        if local(child) == "InclusiveNamespaces" and namespace(child) == C14N_EXCLUSIVE:
            prefixes = tuple(child.get("PrefixList", "").split())
    return replace(METHODS[uri], prefixes=prefixes) if prefixes else METHODS[uri]


def read_transforms(parent: "etree._Element | None") -> tuple[Transform, ...]:
    """Read the children of a ds:Transforms; raises RefusedTransform on one that is not on the allow-list."""
    found = elements(parent)
    if len(found) > _MOST:
        # Each may parse and write the whole document again.
        raise RefusedTransform(f"{len(found)} x Transform")
    return tuple(_read_transform(element) for element in found)


def transformed(data: Data, transforms: tuple[Transform, ...], signature: "etree._Element") -> Data:
    """Apply transforms in order; raises RefusedTransform or Unverifiable when octets are not what they should be."""
    for transform in transforms:
        data = _apply(data, transform, signature)
    return data


def octets(data: Data, method: Method = DEFAULT) -> bytes:
    """Return what is digested: octets as they are, a node-set in canonical form."""
    return data.canonical(method) if isinstance(data, NodeSet) else data


def decoded(text: str | None) -> bytes | None:
    """Decode base64 with its white space, strictly otherwise; None when it is not base64."""
    try:
        return base64.b64decode("".join((text or "").split()).encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return None


def signatures_in(document: Document) -> "list[etree._Element]":
    """Return every ds:Signature of a document, in document order."""
    return document.signatures


def _read_transform(element: "etree._Element") -> Transform:
    kind = element.get("Algorithm", "")
    if local(element) != "Transform" or namespace(element) != DS:
        raise RefusedTransform(local(element))
    if kind in METHODS:
        return Transform(kind, read_method(element))
    if kind in {ENVELOPED, BASE64}:
        return Transform(kind)
    if kind in {XPATH, FILTER_2}:
        return _leaves_signatures_out(element, kind)
    raise RefusedTransform(kind)


def _leaves_signatures_out(element: "etree._Element", kind: str) -> Transform:
    """Read an XPath transform that is one of the literal expressions, its prefix bound to XML Signature."""
    children = elements(element)
    if len(children) != 1 or local(children[0]) != "XPath" or len(children[0]):
        raise RefusedTransform(kind)
    child = children[0]
    filtering = kind == FILTER_2
    if namespace(child) != (FILTER_2 if filtering else DS) or (
        filtering and child.get("Filter") != "subtract"
    ):
        raise RefusedTransform(kind)
    every, this = _EXPRESSIONS[kind]
    for pattern, known in ((every, kind), (this, ENVELOPED)):
        found = pattern.fullmatch((child.text or "").strip())
        if found is not None and child.nsmap.get(found[1]) == DS:
            return Transform(known)
    raise RefusedTransform(kind)


_EXPRESSIONS = {
    XPATH: (_NOT_SIGNATURES, _NOT_THIS_SIGNATURE),
    FILTER_2: (_SUBTRACT_SIGNATURES, _SUBTRACT_THIS_SIGNATURE),
}


def _apply(data: Data, transform: Transform, signature: "etree._Element") -> Data:
    if transform.method is not None:
        return _as_nodes(data).canonical(transform.method)
    if transform.kind == BASE64:
        return _from_base64(data)
    nodes = _as_nodes(data)
    if transform.kind == ENVELOPED:
        # The transform takes away the signature that holds it; octets hold no such node.
        return nodes.less([signature]) if nodes is data else nodes
    return nodes.less(signatures_in(nodes.document))


def _as_nodes(data: Data) -> NodeSet:
    return data if isinstance(data, NodeSet) else NodeSet(parse(data), None, comments=True)


def _from_base64(data: Data) -> bytes:
    text = data.text() if isinstance(data, NodeSet) else data.decode("latin-1")
    found = decoded(text)
    if found is None:
        raise Unverifiable("UNREADABLE", "xml.not_base64")
    return found


def _inherited(element: "etree._Element", method: Method) -> dict[str, str]:
    """Return the ``xml:`` attributes that an element inherits from ancestors outside what is canonicalised."""
    if (method.inherits is not None and not method.inherits) or not _XML_ABOVE(element):
        return {}
    found: dict[str, str] = {}
    bases = [element.get(_XML + "base")]
    for ancestor in element.iterancestors():
        for name, value in ancestor.attrib.items():
            key = str(name)
            if not key.startswith(_XML) or (
                method.inherits is not None and key[len(_XML) :] not in method.inherits
            ):
                continue
            if key == _XML + "base" and method.inherits is not None:
                bases.append(str(value))
            elif key not in element.attrib:
                found.setdefault(key, str(value))
    return found | _joined_base(bases)


def _joined_base(bases: list[str | None]) -> dict[str, str]:
    """Join ``xml:base`` values, outermost first (C14N 1.1, 2.4), when an ancestor has one and the element has none.

    An element with its own value would have to be changed rather than lent one: that form is not produced by any
    signing tool, and its digest will simply not match.
    """
    own, *inherited = bases
    if own is not None or not inherited:
        return {}
    joined = ""
    for base in reversed(inherited):
        joined = urljoin(joined, base or "")
    return {_XML + "base": joined}


def _outermost(removed: "tuple[etree._Element, ...]") -> "list[etree._Element]":
    """Return each element once, less those inside another: what is inside goes with it."""
    gone = dict.fromkeys(removed)
    return [one for one in gone if not any(ancestor in gone for ancestor in one.iterancestors())]


def _within(element: "etree._Element", ancestor: "etree._Element") -> bool:
    return any(one is ancestor for one in element.iterancestors())
