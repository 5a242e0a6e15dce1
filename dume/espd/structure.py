"""Check a document against the schema of its version: names, order, cardinalities, attributes and simple types.

The facts stand in ``structure-<version>.json``; from them a schema is put together once per process and given to libxml2,
so that the verdict is that of the official schema, simple types included. What stands inside ``ext:UBLExtensions`` is
somebody else's and is not checked.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from threading import Lock
from typing import Any
from xml.sax.saxutils import quoteattr

from lxml import etree

from dume.espd.findings import Finding, Severity, path_of, short_name
from dume.espd.model import Kind, Version

XS = "http://www.w3.org/2001/XMLSchema"
#: What is never checked, and the finding that says so.
UNCHECKED = "{urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2}UBLExtensions"
#: 3.3.0 and 4.0.0 were published with the schema of 4.1.0 (UBL 2.3).
SAME_AS = {Version.V3_3_0: Version.V4_1_0, Version.V4_0_0: Version.V4_1_0}
#: How many errors are shown with our path; finding a place takes time, and a file may have a hundred thousand errors.
MOST_PLACED = 500
_ADDRESS = "pli:"
Facts = dict[str, Any]
_LOG = Lock()
_NAMED = r"^Element '(?P<name>[^']*)'"
#: What libxml2 says, in the order it is tried, and the sentence of ``findings.toml`` for it.
_MESSAGES = tuple(
    (re.compile(_NAMED + rest, re.DOTALL), sentence)
    for rest, sentence in (
        (
            r": This element is not expected\. Expected is (?:one of )?\( (?P<expected>.*?) \)\.",
            "XSD-UNEXPECTED",
        ),
        (r": This element is not expected\.", "XSD-TOO-MANY"),
        (r": Missing child element\(s\)\. Expected is (?:one of )?\( (?P<expected>.*?) \)\.", "XSD-MISSING"),
        (r", attribute '(?P<attribute>[^']*)': The attribute '[^']*' is not allowed", "XSD-ATTRIBUTE"),
        (r": The attribute '(?P<attribute>[^']*)' is required but missing", "XSD-ATTRIBUTE-MISSING"),
        (
            r".*?: '(?P<value>.*)' is not a valid value of the atomic type '(?:xs:)?(?P<expected>[^']*)'",
            "XSD-VALUE",
        ),
        (r": Character content other than whitespace is not allowed", "XSD-TEXT"),
        (r": Element content is not allowed", "XSD-CHILD"),
    )
)
_CLARK = re.compile(r"\{[^}]*\}[\w.-]+")


def check(root: etree._Element, version: Version, kind: Kind) -> Iterator[Finding]:
    """Yield a finding of rule ``XSD`` for each error that libxml2 finds with the official schema."""
    yield from judge(_schema(SAME_AS.get(version, version), kind), root)
    for content in root.iter(UNCHECKED):
        yield Finding("PLI-EXT-UNCHECKED", Severity.INFO, path_of(content))


def judge(schema: etree.XMLSchema, root: etree._Element) -> list[Finding]:
    """Return what libxml2 finds with a schema, as findings of rule ``XSD``."""
    # The log belongs to the schema, which all threads share.
    with _LOG:
        if schema.validate(root):
            return []
        errors = list(schema.error_log)  # type: ignore[call-overload]  # The stub does not know that a log is a list.
    return [_finding(error, root if number < MOST_PLACED else None) for number, error in enumerate(errors)]


def _finding(error: Any, root: etree._Element | None) -> Finding:
    detail = _CLARK.sub(lambda found: short_name(found.group()), str(error.message))
    params = {"detail": detail, "line": str(error.line)} | _said(detail)
    return Finding("XSD", Severity.FATAL, _path(error, root), params)


def _said(detail: str) -> dict[str, str]:
    """Read a message of libxml2, so that the finding can say in French what to do."""
    for pattern, sentence in _MESSAGES:
        if found := pattern.search(detail):
            return {"sentence": sentence, **found.groupdict("")}
    return {}


def _path(error: Any, root: etree._Element | None) -> str:
    """Return our path of the element an error is about; libxml2 writes it with the document's own prefixes."""
    path = str(error.path or "/")
    if root is None:
        return path
    try:
        found = root.xpath(path, namespaces={key: uri for key, uri in root.nsmap.items() if key})
    except etree.XPathEvalError:
        # The prefix is declared further down only.
        return path
    nodes = [node for node in found if isinstance(node, etree._Element)] if isinstance(found, list) else []  # noqa: SLF001  # lxml names the class no other way.
    return path_of(nodes[0]) if len(nodes) == 1 else path


class _Memory(etree.Resolver):
    """Hand libxml2 the schemas that are made here instead of files."""

    def __init__(self, schemas: dict[str, str]) -> None:
        super().__init__()
        self.schemas = schemas

    def resolve(self, system_url: str, public_id: str, *context: Any) -> Any:
        """Return the schema of an address, if it is one of ours."""
        del public_id
        if not system_url.startswith(_ADDRESS):
            return None
        return self.resolve_string(
            self.schemas[system_url.removeprefix(_ADDRESS)], *context, base_url=system_url
        )


@cache
def _schema(version: Version, kind: Kind) -> etree.XMLSchema:
    """Put together the schema of a document from the tables of its version."""
    name = f"structure-{version.value}.json"
    facts: Facts = json.loads(files("dume.espd.data").joinpath(name).read_text("utf-8"))
    elements = dict(facts["roots"])
    for described in facts["types"].values():
        elements.update((child[0], child[1]) for child in described.get("children", ()))
    roots = {root.partition(":")[0]: root.endswith(kind.value.capitalize()) for root in facts["roots"]}
    (main,) = (prefix for prefix, wanted in roots.items() if wanted)
    facts["namespaces"] = {key: uri for key, uri in facts["namespaces"].items() if roots.get(key, True)}
    schemas = {prefix: _document(facts, elements, prefix) for prefix in facts["namespaces"]}
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_Memory(schemas))
    return etree.XMLSchema(etree.fromstring(schemas[main].encode(), parser, base_url=f"{_ADDRESS}{main}"))


def _document(facts: Facts, elements: dict[str, str], prefix: str) -> str:
    """Write the schema of one namespace: its elements and their types, the other namespaces imported."""
    spaces = facts["namespaces"]
    declared = " ".join(f"xmlns:{key}={quoteattr(uri)}" for key, uri in spaces.items())
    imported = "".join(
        f'<xs:import namespace={quoteattr(uri)} schemaLocation="{_ADDRESS}{key}"/>'
        for key, uri in spaces.items()
        if key != prefix
    )
    own = {name.partition(":")[2]: kind for name, kind in elements.items() if name.startswith(f"{prefix}:")}
    body = "".join(
        f'<xs:element name="{name}" type="{prefix}:{_local(kind)}"/>' for name, kind in own.items()
    )
    body += "".join(_definition(kind, facts["types"][kind]) for kind in sorted(set(own.values())))
    return (
        f'<xs:schema xmlns:xs="{XS}" {declared} targetNamespace={quoteattr(spaces[prefix])}'
        f' elementFormDefault="qualified">{imported}{body}</xs:schema>'
    )


def _local(kind: str) -> str:
    """Return the name of a type inside one schema: each namespace writes the types of its elements itself."""
    return kind.replace(":", ".")


def _definition(kind: str, described: Facts) -> str:
    attributes = "".join(
        f'<xs:attribute name="{name}" type="xs:{base}" use="{"required" if required else "optional"}"/>'
        for name, (required, base) in described.get("attributes", {}).items()
    )
    if "base" in described:
        extension = f'<xs:extension base="xs:{described["base"]}">{attributes}</xs:extension>'
        content = f"<xs:simpleContent>{extension}</xs:simpleContent>"
    else:
        content = f"<xs:sequence>{_children(described)}</xs:sequence>{attributes}"
    return f'<xs:complexType name="{_local(kind)}">{content}</xs:complexType>'


def _children(described: Facts) -> str:
    if described.get("opaque"):
        return '<xs:any processContents="skip" minOccurs="0" maxOccurs="unbounded"/>'
    return "".join(
        f'<xs:element ref="{name}" minOccurs="{low}" maxOccurs="{"unbounded" if high is None else high}"/>'
        for name, _kind, low, high in described["children"]
    )
