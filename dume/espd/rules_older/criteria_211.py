"""Compare the criteria of a 2.1.1 document with the taxonomy of its edition, by identifiers and counts."""

from collections.abc import Iterator
from typing import Any

from lxml import etree

from dume.espd.rules_older.facts import load
from dume.espd.rules_older.lists_211 import edition
from dume.espd.rules_older.nodes import Broken, clark, finder, first, single, teller
from dume.espd.scan import SPACE, Scan

CRITERION = clark("cac:TenderingCriterion")
NATIONAL = clark("cac:SubTenderingCriterion")
GROUP = clark("cac:TenderingCriterionPropertyGroup")
SUBGROUP = clark("cac:SubsidiaryTenderingCriterionPropertyGroup")
PROPERTY = clark("cac:TenderingCriterionProperty")
LEGISLATION = clark("cac:Legislation")

ids = teller("cbc:ID")
codes = teller("cbc:CriterionTypeCode")
group_types = teller("cbc:PropertyGroupTypeCode")
types = teller("cbc:TypeCode")
value_types = teller("cbc:ValueDataTypeCode")
names = finder("cbc:Name")
descriptions = finder("cbc:Description")
titles = finder("cbc:Title")
articles = finder("cbc:Article")
groups_of = finder("cac:TenderingCriterionPropertyGroup")
subgroups_of = finder("cac:SubsidiaryTenderingCriterionPropertyGroup")
properties_of = finder("cac:TenderingCriterionProperty")


def taxonomy(scan: Scan) -> dict[str, Any]:
    """Return the facts of the taxonomy the document is compared with."""
    found: dict[str, Any] = load("2.1.1")["taxonomy"][edition(scan)]
    return found


def check(scan: Scan) -> Iterator[Broken]:
    """Yield the broken rules about criteria, their legal bases, groups and properties."""
    known = taxonomy(scan)
    for element in scan.all(CRITERION):
        yield from _criterion(element, known["criteria"])
    for element in scan.all(LEGISLATION):
        yield from _absent(element, ("BR-TC-09", titles), ("BR-TC-10", descriptions), ("BR-TC-11", articles))
    for element in scan.all(GROUP, SUBGROUP):
        yield from _group(element, known)
    for element in scan.all(PROPERTY):
        yield from _property(element, known)


def _absent(element: etree._Element, *wanted: tuple[str, Any]) -> Iterator[Broken]:
    for rule, find in wanted:
        if not find(element):
            yield rule, element, {}


def _criterion(element: etree._Element, known: dict[str, list[Any]]) -> Iterator[Broken]:
    given = single(ids(element))
    if not given.strip(SPACE):
        yield "BR-TC-02-01", element, {}
    yield from _absent(element, ("BR-TC-03", codes), ("BR-TC-05", names), ("BR-TC-06", descriptions))
    entry = known.get(given)
    if entry is None:
        if given.strip(SPACE):
            yield "BR-TC-02-02", element, {"value": given}
        return
    code, groups = entry
    missing = groups - len(groups_of(element))
    if missing > 0:
        yield "BR-TC-07", element, {"count": str(missing)}
    if code not in codes(element):
        yield "BR-TC-04", element, {"value": first(codes(element)), "expected": code}


def _group(element: etree._Element, known: dict[str, Any]) -> Iterator[Broken]:
    given = single(ids(element))
    yield from _absent(element, ("BR-TC-12", ids), ("BR-TC-14", group_types))
    parent = element.getparent()
    above = first(ids(parent)) if parent is not None and ids(parent) else None
    matched = False
    for key, suffix in (("groups", "01"), ("subgroups", "02")):
        entry = known[key].get(given, {"parents": {}})["parents"].get(above)
        if entry is not None:
            matched = True
            yield from _compared(element, entry, suffix) if given.strip(SPACE) else ()
    if given.strip(SPACE) and not matched and not any(True for _ in element.iterancestors(NATIONAL)):
        yield "BR-TC-13", element, {"value": given}


def _compared(element: etree._Element, entry: list[Any], suffix: str) -> Iterator[Broken]:
    code, properties, subgroups = entry
    if properties > len(properties_of(element)):
        yield f"BR-TC-16-{suffix}", element, {"count": str(properties - len(properties_of(element)))}
    if subgroups > len(subgroups_of(element)):
        yield f"BR-TC-17-{suffix}", element, {"count": str(subgroups - len(subgroups_of(element)))}
    if code not in group_types(element):
        yield f"BR-TC-15-{suffix}", element, {"value": first(group_types(element)), "expected": code}


def _property(element: etree._Element, known: dict[str, Any]) -> Iterator[Broken]:
    yield from _absent(
        element,
        ("BR-TC-18", ids),
        ("BR-TC-19", descriptions),
        ("BR-TC-20", types),
        ("BR-TC-21-01", value_types),
    )
    parent = element.getparent()
    above = first(ids(parent)) if parent is not None else ""
    entries = [known[key][above] for key in ("groups", "subgroups") if above in known[key]]
    entries = [entry for entry in entries if entry["types"] or entry["value_types"]]
    if not entries:
        return
    for rule, find, key in (("BR-TC-20-02", types, "types"), ("BR-TC-21-03", value_types, "value_types")):
        given = single(find(element))
        if given.strip(SPACE) and not any(given in entry[key] for entry in entries):
            yield rule, element, {"value": given}
