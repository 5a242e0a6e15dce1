"""Check what holds for every element of a name: identifiers, codes, the UBL version, references to notices."""

import re
from collections.abc import Iterator

from lxml import etree

from dume.espd.findings import Severity, short_name
from dume.espd.rules_41.facts import clark
from dume.espd.rules_41.tree import ID, Broken, SheetStopped, Tree, blank, nodes

REFERENCE = clark("cac:AdditionalDocumentReference")
KIND = clark("cbc:DocumentTypeCode")
UBL_VERSION = clark("cbc:UBLVersionID")
ENDPOINT = clark("cbc:EndpointID")
LINES = (clark("cac:Attachment"), clark("cac:ExternalReference"), clark("cbc:Description"))
NOTICE = "TED_CN"
NOTICE_ID = re.compile(r"[0-9]{4}/S [0-9]{3}-[0-9]{6}")
_SPACES = re.compile(r"[ \t\r\n]+")
UBL, UBL_AGENCY = "2.3", "OASIS-UBL-TC"
#: The attributes a code must have, and the last figure of the rule that asks for each.
REQUIRED = (("listID", "1"), ("listAgencyID", "2"), ("listVersionID", "3"))


def check(tree: Tree) -> Iterator[Broken]:
    """Yield the broken rules of this sheet."""
    for element in tree.all(REFERENCE):
        yield from _reference(tree, element)
    for element in tree.all(UBL_VERSION):
        yield from _ubl_version(element)
    yield from _codes(tree)
    # The rule on the UBL version comes first: its element never reaches this one.
    for element in tree.all(*sorted(tree.facts.identifiers - {UBL_VERSION})):
        if blank(element.get("schemeAgencyID") or ""):
            yield _broken("BR-OTH-02", element)
    for element in tree.all(ENDPOINT):
        if element.get("schemeID") is None:
            yield _broken("BR-OTH-08", element, Severity.ERROR)
        if blank(element.get("schemeAgencyID") or ""):
            yield _broken("BR-OTH-02.", element)


def _codes(tree: Tree) -> Iterator[Broken]:
    for element in tree.all(*sorted(tree.facts.coded)):
        yield from _coded(element, "0")
    for element in tree.all(*sorted(tree.facts.versioned)):
        yield from _coded(element, "1")
        if not (element.get("listVersionID") or "").startswith(tree.facts.list_versions):
            yield _broken("BR-OTH-01-40", element, value=element.get("listVersionID") or "")


def _broken(rule: str, element: etree._Element, severity: Severity = Severity.FATAL, **params: str) -> Broken:
    return Broken(rule, severity, element, {"name": short_name(str(element.tag))} | params)


def _reference(tree: Tree, element: etree._Element) -> Iterator[Broken]:
    children = tree.children(element)
    kinds = children.get(KIND, [])
    if any(NOTICE in nodes(kind) for kind in kinds):
        ids = children.get(ID, [])
        if ids and not _notice_number(ids):
            yield _broken("BR-COM-10-01", element, value=(ids[0].text or ""))
        if len(tree.under((element,), *LINES)) != 2:  # noqa: PLR2004  # The rule wants two lines.
            yield _broken("BR-COM-10-02", element, Severity.WARNING)
    if not kinds:
        yield _broken("BR-COM-10-03", element)


def _notice_number(ids: list[etree._Element]) -> bool:
    if len(ids) != 1:
        return False
    texts = nodes(ids[0])
    if len(texts) > 1:
        raise SheetStopped
    text = _SPACES.sub(" ", "".join(texts)).strip(" ")
    return NOTICE_ID.fullmatch(text) is not None


def _ubl_version(element: etree._Element) -> Iterator[Broken]:
    if UBL not in nodes(element):
        yield _broken("BR-OTH-05-01", element, value=(element.text or ""))
    if element.get("schemeAgencyID") != UBL_AGENCY:
        yield _broken("BR-OTH-05-02", element, value=(element.get("schemeAgencyID") or ""))


def _coded(element: etree._Element, variant: str) -> Iterator[Broken]:
    for attribute, figure in REQUIRED:
        if element.get(attribute) is None:
            yield _broken(f"BR-OTH-01-{figure}{variant}", element, attribute=attribute)
