"""Take from the schemas what a document may hold: children in order, bounds, attributes and built-in types.

The UBL schemas use plain sequences, aliases and attributes only, so that a table of types says the same. What stands
inside ``ext:UBLExtensions`` is not described: it is marked opaque.
"""

from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from espd.kit import JsonObject, xml

XSD = "http://www.w3.org/2001/XMLSchema"
UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
# The short names of the namespaces, as the tables write them; the built-in types have none.
PREFIXES = {
    f"{UBL}CommonAggregateComponents-2": "cac",
    f"{UBL}CommonBasicComponents-2": "cbc",
    f"{UBL}CommonExtensionComponents-2": "ext",
    f"{UBL}QualificationApplicationRequest-2": "qar",
    f"{UBL}QualificationApplicationResponse-2": "qas",
    f"{UBL}UnqualifiedDataTypes-2": "udt",
    "urn:oasis:names:specification:bdndr:schema:xsd:UnqualifiedDataTypes-1": "udt",
    f"{UBL}QualifiedDataTypes-2": "qdt",
    "urn:un:unece:uncefact:data:specification:CoreComponentTypeSchemaModule:2": "cct",
    "urn:grow:names:specification:ubl:schema:xsd:ESPDRequest-1": "espd-req",
    "urn:grow:names:specification:ubl:schema:xsd:ESPDResponse-1": "espd-resp",
    "urn:grow:names:specification:ubl:schema:xsd:ESPD-CommonAggregateComponents-1": "espd-cac",
    "urn:grow:names:specification:ubl:schema:xsd:ESPD-CommonBasicComponents-1": "espd-cbc",
    "urn:isa:names:specification:ubl:schema:xsd:CCV-CommonAggregateComponents-1": "ccv",
    "urn:isa:names:specification:ubl:schema:xsd:CCV-CommonBasicComponents-1": "ccv-cbc",
    "urn:isa:names:specification:ubl:schema:xsd:CEV-CommonAggregateComponents-1": "cev",
    "urn:isa:names:specification:ubl:schema:xsd:CEV-CommonBasicComponents-1": "cev-cbc",
}
OPAQUE = frozenset(("ext:UBLExtensionsType",))


@dataclass
class _Schemas:
    """The global elements and types of all schemas that a root reaches."""

    elements: dict[str, str] = field(default_factory=dict)
    types: dict[str, etree._Element] = field(default_factory=dict)
    seen: set[Path] = field(default_factory=set)

    def read(self, path: Path) -> None:
        """Read a schema and those it imports or includes."""
        path = path.resolve()
        if path in self.seen:
            return
        self.seen.add(path)
        root = xml(path)
        target = str(root.get("targetNamespace"))
        for child in root:
            name = str(child.get("name"))
            if child.tag == f"{{{XSD}}}element":
                self.elements[_short(target, name)] = _reference(child, "type")
            elif child.tag in (f"{{{XSD}}}complexType", f"{{{XSD}}}simpleType"):
                self.types[_short(target, name)] = child
            elif location := child.get("schemaLocation"):
                self.read(path.parent / location)


def build(folder: Path) -> JsonObject:
    """Return the tables of a version: namespaces, roots and every type that a root reaches."""
    schemas = _Schemas()
    roots = {}
    for path in sorted((folder / "maindoc").glob("*.xsd")):
        schemas.read(path)
        root = xml(path)
        (main,) = root.findall(f"{{{XSD}}}element")
        roots[_short(str(root.get("targetNamespace")), str(main.get("name")))] = _reference(main, "type")
    types: dict[str, JsonObject] = {}
    waiting = list(roots.values())
    while waiting:
        name = waiting.pop()
        if name not in types:
            types[name] = _type(schemas, name)
            waiting += [child[1] for child in types[name].get("children", ())]
    used = {name.partition(":")[0] for name in _names(roots, types)}
    namespaces = {prefix: uri for uri, prefix in PREFIXES.items() if prefix in used}
    return {"namespaces": namespaces, "roots": roots, "types": dict(sorted(types.items()))}


def _names(roots: dict[str, str], types: dict[str, JsonObject]) -> list[str]:
    children = [child[0] for entry in types.values() for child in entry.get("children", ())]
    return [*roots, *children]


def _short(uri: str, name: str) -> str:
    if uri == XSD:
        return name
    return f"{PREFIXES.get(uri, uri)}:{name}"


def _reference(element: etree._Element, attribute: str) -> str:
    prefix, _, name = str(element.get(attribute)).rpartition(":")
    return _short(str(element.nsmap[prefix or None]), name)


def _type(schemas: _Schemas, name: str) -> JsonObject:
    if name in OPAQUE:
        return {"opaque": True}
    element = schemas.types.get(name)
    sequence = None if element is None else element.find(f"{{{XSD}}}sequence")
    if element is not None and sequence is not None:
        declared = {
            str(child.get("name")): [
                child.get("use") == "required",
                _built_in(schemas, _reference(child, "type")),
            ]
            for child in element.findall(f"{{{XSD}}}attribute")
        }
        children: JsonObject = {"children": [_child(schemas, child) for child in sequence]}
        return children | ({"attributes": declared} if declared else {})
    return _simple(schemas, name)


def _child(schemas: _Schemas, element: etree._Element) -> list[object]:
    if element.tag != f"{{{XSD}}}element":
        raise SystemExit(f"A plain sequence of elements was expected, not {element.tag}.")
    if element.get("ref"):
        name = _reference(element, "ref")
        type_ = schemas.elements[name]
    else:
        target = str(element.getroottree().getroot().get("targetNamespace"))
        name, type_ = _short(target, str(element.get("name"))), _reference(element, "type")
    most = element.get("maxOccurs", "1")
    bounds = [int(element.get("minOccurs", "1")), None if most == "unbounded" else int(most)]
    return [name, _canonical(schemas, type_), *bounds]


def _canonical(schemas: _Schemas, name: str) -> str:
    """Return the type that an alias stands for: UBL gives each basic element an own name for one of a few types."""
    if name not in schemas.types:
        return name
    derivation = _derivation(schemas.types[name])
    if derivation is None or len(derivation):
        return name
    return _canonical(schemas, _reference(derivation, "base"))


def _derivation(element: etree._Element) -> etree._Element | None:
    return element.find(f"./{{{XSD}}}simpleContent/*")


def _simple(schemas: _Schemas, name: str) -> JsonObject:
    if name not in schemas.types:
        return {"base": name, "attributes": {}}
    derivation = _derivation(schemas.types[name])
    if derivation is None:
        derivation = schemas.types[name].find(f"./{{{XSD}}}restriction")
    if derivation is None:
        raise SystemExit(f"The type {name} is neither a sequence nor simple content.")
    above = _simple(schemas, _reference(derivation, "base"))
    attributes = dict(above["attributes"])
    for child in derivation:
        if child.tag == f"{{{XSD}}}annotation":
            continue
        if child.tag != f"{{{XSD}}}attribute" or child.get("fixed") or child.get("default"):
            raise SystemExit(f"The type {name} holds {child.tag}, which the tables cannot say.")
        required = child.get("use") == "required"
        attributes[str(child.get("name"))] = [required, _built_in(schemas, _reference(child, "type"))]
    return {"base": above["base"], "attributes": attributes}


def _built_in(schemas: _Schemas, name: str) -> str:
    return str(_simple(schemas, name)["base"])
