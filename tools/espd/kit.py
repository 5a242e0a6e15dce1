"""Open the files of a kit: where each version keeps its taxonomy, and where that was taken from."""

import json
from pathlib import Path
from typing import Any

from lxml import etree

CAC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"
CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"

# The source of each version: repository and commit, as the kits were published.
SOURCES = {
    "4.1.0": "OP-TED/ESPD-EDM v4.1.0 72b7f800",
    "4.0.0": "ISAITB/validator-resources-espd 3578cac",
    "3.3.0": "ISAITB/validator-resources-espd 3578cac",
    "2.1.1": "OP-TED/ESPD-EDM v2.1.1 0249cd61, ISAITB/validator-resources-espd 3578cac",
    "1.0.2": "OP-TED/ESPD-EDM v1.0.2 66b18dc2, ISAITB/validator-resources-espd 3578cac",
}

JsonObject = dict[str, Any]


def xml(path: Path) -> etree._Element:
    """Return the root of a file of the kit, without touching the network."""
    parser = etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False, remove_comments=True)
    return etree.parse(path, parser).getroot()


def text(element: etree._Element, name: str) -> str:
    """Return the text of a child in the UBL basic namespace, without outer blanks; empty when absent."""
    return (element.findtext(CBC + name) or "").strip()


def elements(parent: etree._Element, *names: str) -> list[etree._Element]:
    """Return the children of a parent that have one of these UBL aggregate names, in order."""
    return [child for child in parent if child.tag in {CAC + name for name in names}]


def load_json(path: Path) -> JsonObject:
    """Return the object of a JSON file of the kit."""
    content: JsonObject = json.loads(path.read_text(encoding="utf-8"))
    return content
