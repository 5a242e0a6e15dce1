"""Build the tables that place the criteria of older ESPD versions in the 4.1.0 taxonomy.

Usage: python tools/build_espd_older.py --kits DIR [--out dume/espd/migrate] [--print]

Facts only are carried: identifiers, codes, conditions, value types, order, and for each old property the path of the
4.1.0 property that asks the same. The English descriptions of the kits are read to pair the properties and are not
kept. What cannot be paired has no target: the conversion report then says that its value is lost.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path

from lxml import etree

GROUPS = ("TenderingCriterionPropertyGroup", "SubsidiaryTenderingCriterionPropertyGroup", "RequirementGroup")
PROPERTIES = ("TenderingCriterionProperty", "Requirement")
# Below this score two properties are strangers.
STRANGERS = 1.2
SOURCES = {
    "1.0.2": "1.0.2/samples/espd-request-2018.03.xml",
    "2.1.1": "2.1.1/ESPDResponse/ESPD-CriteriaTaxonomy-Extended.V2.1.1.xml",
    "2.1.1-basic": "2.1.1/ESPDResponse/ESPD-CriteriaTaxonomy-Basic.V2.1.1.xml",
    "3.3.0": "3.3.0/ESPDRequest/ESPD-criterion.xml",
    "4.0.0": "4.0.0/ESPDRequest/ESPD-criterion.xml",
}
TARGET = "4.1.0/ESPDRequest/ESPD-criterion.xml"
# Criteria without a shared identifier: the old code, then the 4.1.0 code (none: nothing asks the same).
CRITERIA = {
    "SHELTERED_WORKSHOP": "shelt-worksh",
    "REGISTERED_IN_OFFICIAL_LIST": "registered",
    "TOGETHER_WITH_OTHERS": "eo-group",
    "RELIES_ON_OTHER_CAPACITIES": "relied",
    "SUBCONTRACTS_WITH_THIRD_PARTIES": "subco-ent",
    "REDUCTION_OF_CANDIDATES": "staff-red",
    "MEETS_THE_OBJECTIVE": "staff-red",
    "EO_SME": "sme",
    "SET_UP": "gen-year-to",
}
ONLINE = re.compile(r"available (electronically|online)", re.IGNORECASE)
# What old versions call differently: the old words (lower case), then those of 4.1.0.
SAME = {
    "your answer?": "your answer",
    "threshold": "minimum amount threshold",
    "start date": "start date; end date",
    "end date": "start date; end date",
    "average turnover": "average for the required period",
    "number of years": "number of fiscal years",
    "minimum requirement": "minimum amount requirement",
    "minum number of years": "minimum number of years",
    "description": "reference description",
    "recipients": "recipient name",
    "date of conviction": "date of conviction",
    "ratio": "please provide your ratio",
    "rating scheme": "rating scheme description",
    "lot id": "lot identifier",
    "url": "evidence supplied",
    "is this information available online?": "is this information available electronically?",
    "lot ids": "lot identifier",
}


# (last word of the old code, text or identifier of the property) to the path in the 4.1.0 criterion; empty: lost.
EXCEPTIONS: dict[tuple[str, str], str] = {
    **{(code, "please describe them"): "RG1/RSG1/QSG2/QSG1/Q1" for code in ("AUTHORISATION", "MEMBERSHIP")},
    **{
        (code, "if yes, please describe them"): "RG1/RSG1/QSG2/QSG1/Q1"
        for code in ("AUTHORISATION", "MEMBERSHIP")
    },
    ("AVERAGE_YEARLY", "number of years"): "RG1/RSG1/QSG2/Q2",
    ("SPECIFIC_AVERAGE", "average turnover"): "RG1/RSG1/QSG2/Q2",
    ("SET_UP", "please specify"): "RG1/RSG1/QSG3/Q1",
    ("SET_UP", "is this information available electronically?"): "RG1/RSG1/QSG3/QSG1/Q1",
    ("SET_UP", "evidence supplied"): "RG1/RSG1/QSG3/QSG1/QSG1/Q1",
    ("OTHER_REQUIREMENTS", "9dae5670-cb75-4c97-901b-96ddac5a633a"): "RG1/RSG1/RSG1/RSG3/QSG1/QSG1/Q1",
    ("OTHER_REQUIREMENTS", "03bb1954-13ae-47d8-8ef8-b7fe0f22d700"): "RG1/RSG1/RSG1/RSG3/QSG1/QSG1/QSG1/Q1",
    ("PROFESSIONAL_QUALIFICATIONS", "please describe them"): "RG1/RSG1/RSG1/QSG2/QSG1/Q3",
    ("FINANCIAL_RATIO", "ratio"): "RG1/RSG1/QSG2/Q1",
    **{(f"{code}_PERFORMANCE", "recipients"): "RG1/RSG1/QSG2/QSG1/QSG1/Q1" for code in ("WORKS",)},
    **{
        (f"{code}_DELIVERY_PERFORMANCE", "recipients"): "RG1/RSG1/QSG2/QSG1/QSG1/Q1"
        for code in ("SUPPLIES", "SERVICES")
    },
    **{
        (f"TECHNICIANS_FOR_{code}", "please describe them"): path
        for code, path in (
            ("QUALITY_CONTROL", "RG1/RSG1/RSG1/QSG2/QSG1/Q5"),
            ("CARRYING_WORKS", "RG1/RSG1/RSG1/QSG2/QSG1/Q5"),
        )
    },
    ("REGISTERED_IN_OFFICIAL_LIST", "30064ad3-fc11-4579-8528-fdd0b9a5ba75"): "QG1/QSG1/QSG1/Q1",
    ("REGISTERED_IN_OFFICIAL_LIST", "b3403349-cbc0-4d84-879e-fc0f2d90ecbd"): "QG1/QSG1/QSG1/Q2",
    ("REGISTERED_IN_OFFICIAL_LIST", "792ff522-6f3f-4a62-ab6e-a8b272bc290e"): "QG1/QSG1/QSG1/Q3",
    ("SUBCONTRACTS_WITH_THIRD_PARTIES", "999c7fe2-61cd-4e86-b76f-e280304dc8c9"): "QG1/QSG1/Q1",
    (
        "SUBCONTRACTS_WITH_THIRD_PARTIES",
        "if yes and in so far as known, please list the proposed subcontractors",
    ): ("QG1/QSG1/Q1"),
    # Version 4.0.0 repeats the lot of these criteria inside; 4.1.0 says it once.
    ("prof-regist", "lot identifier"): "RG1/RQ1/R1/R1",
    ("spec-year-to", "lot identifier"): "RG1/RQ1/R1/R1",
}


@dataclass
class Node:
    """A property with what stands around it."""

    id: str
    kind: str
    type: str
    text: str
    groups: tuple[tuple[str, str], ...]
    above: str
    to: str = ""


@dataclass
class Tree:
    """A criterion: its identifiers and its groups as they stand."""

    id: str
    code: str
    groups: list[dict[str, object]] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)


def local(element: etree._Element) -> str:
    """Give the name of an element without its namespace."""
    return str(etree.QName(element).localname)


def text(element: etree._Element, *names: str) -> str:
    """Give the text of the first child of one of these names."""
    for child in element.iterchildren(etree.Element):
        if local(child) in names:
            return " ".join((child.text or "").split())
    return ""


def trees(path: Path) -> Iterator[Tree]:
    """Read the criteria of a taxonomy or of a complete request."""
    for element in etree.parse(str(path)).getroot().iter(etree.Element):
        if local(element) in ("TenderingCriterion", "Criterion"):
            tree = Tree(text(element, "ID"), text(element, "CriterionTypeCode", "TypeCode"))
            tree.groups = list(read_groups(element, tree, (), ""))
            yield tree


def read_groups(
    parent: etree._Element, tree: Tree, chain: tuple[tuple[str, str], ...], above: str
) -> Iterator[dict[str, object]]:
    """Read the groups right under an element, and note each property in the tree."""
    for element in parent.iterchildren(etree.Element):
        if local(element) not in GROUPS:
            continue
        condition = text(element, "PropertyGroupTypeCode") or element.get("pi", "")
        here = (*chain, (text(element, "ID"), condition))
        properties = [read_property(child, here, above) for child in element if is_property(child)]
        tree.nodes.extend(properties)
        asked = next((node.text for node in properties if node.type == "INDICATOR"), above)
        yield {
            "id": here[-1][0],
            "if": condition,
            "properties": properties,
            "groups": list(read_groups(element, tree, here, asked)),
        }


def is_property(element: etree._Element) -> bool:
    """Tell whether an element is a property (comments are not)."""
    return isinstance(element.tag, str) and local(element) in PROPERTIES


def read_property(element: etree._Element, chain: tuple[tuple[str, str], ...], above: str) -> Node:
    """Read one property; version 1.0.2 has questions only."""
    return Node(
        text(element, "ID"),
        (text(element, "TypeCode") or "QUESTION")[0],
        text(element, "ValueDataTypeCode") or element.get("responseDataType", ""),
        text(element, "Description").lower().rstrip(": "),
        chain,
        above.lower(),
    )


def alike(one: str, other: str) -> float:
    """Measure how alike two texts are, from 0 to 1."""
    one, other = re.sub(r"^[a-z]\) ", "", one), re.sub(r"^[a-z]\) ", "", other)
    one, other = SAME.get(one, one), SAME.get(other, other)
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def family(value_type: str) -> str:
    """Give the family of a value type: types of one family can take each other's values."""
    plain = value_type.replace("MINIMUM_", "").replace("MAXIMUM_", "")
    if plain.startswith("QUANTITY"):
        return "QUANTITY"
    return {"EVIDENCE_URL": "EVIDENCE_IDENTIFIER", "WEIGHT_INDICATOR": "INDICATOR"}.get(plain, plain)


def relies(node: Node) -> bool:
    """Tell whether a question is about relying on other entities (new in 3.3.0, and never to be confused)."""
    return (
        "by itself" in node.text
        or "relied upon or not" in node.above + node.text
        or "by itself" in node.above
    )


def score(old: Node, new: Node) -> float:
    """Measure how well a 4.1.0 property fits an old one; below 1.2 they are strangers."""
    if old.kind != new.kind or relies(old) != relies(new):
        return 0.0
    if family(old.type) != family(new.type) and not (
        old.type in ("DATE", "DESCRIPTION", "QUANTITY_YEAR") and new.type in ("PERIOD", "URL", "CODE", "DATE")
    ):
        return 0.0
    if bool(ONLINE.search(old.text)) != bool(ONLINE.search(new.text)):
        return 0.0
    total = alike(old.text, new.text) + 0.6 * alike(old.above, new.above) + (old.type == new.type) * 0.2
    return (
        total
        - 0.03 * abs(len(old.groups) - len(new.groups))
        + ((old.groups[-1][1] or "ON*") == new.groups[-1][1]) * 0.1
    )


def pair(old: Tree, new: Tree, *, many: bool) -> None:
    """Give each old property the 4.1.0 property that asks the same, best fits first."""
    scores = sorted(
        ((score(a, b), -i, -j) for i, a in enumerate(old.nodes) for j, b in enumerate(new.nodes)),
        reverse=True,
    )
    taken: set[int] = set()
    for value, i, j in scores:
        a, b = old.nodes[-i], new.nodes[-j]
        if value < STRANGERS or a.to or (-j in taken and not (many and b.type == "PERIOD")):
            continue
        a.to = b.id
        taken.add(-j)
    captions = [[node for node in tree.nodes if node.kind == "C"] for tree in (old, new)]
    if len(captions[0]) == len(captions[1]):
        for a, b in zip(*captions, strict=True):
            a.to = b.id
    for node in old.nodes:
        complete(node, old, new)


def complete(node: Node, old: Tree, new: Tree) -> None:
    """Pair what the texts alone do not: the proofs of 1.0.2, repeated groups, and the table of exceptions."""
    last = old.code.rsplit(".", 1)[-1]
    for key in ((last, node.id), (last, node.text), ("", node.id)):
        if key in EXCEPTIONS:
            node.to = EXCEPTIONS[key] and f"{prefix(new)}/{EXCEPTIONS[key]}"
    if node.to and node.to not in {each.id for each in new.nodes}:
        raise SystemExit(f"No such property in 4.1.0: {node.to}")
    same = [each for each in old.nodes if each.groups[-1] == node.groups[-1]]
    proof = next((each.to for each in same if each.type == "EVIDENCE_URL" and each.to), "")
    if proof and not node.to.startswith(proof.split("#", 1)[0]):
        part = {"EVIDENCE_URL": "#uri", "CODE": "#id", "DESCRIPTION": "#issuer"}[node.type]
        node.to = proof.split("#", 1)[0] + part
    if node.type == "DATE" and node.to and not node.to.endswith(("#start", "#end")):
        period = next(each.type for each in new.nodes if each.id == node.to) == "PERIOD"
        node.to += ("#end" if "end" in node.text else "#start") if period else ""
    twin = next(
        (
            each.to
            for each in same
            if (each.kind, each.type, each.text) == (node.kind, node.type, node.text) and each.to
        ),
        "",
    )
    node.to = node.to or twin


def prefix(tree: Tree) -> str:
    """Give the name all paths of a 4.1.0 criterion start with."""
    return tree.nodes[0].id.split("/", 1)[0]


def cut(node: Node) -> str:
    """Write a target without the name of its criterion."""
    return node.to.split("/", 1)[1] if "/" in node.to else ""


def as_json(tree: Tree, target: str) -> dict[str, object]:
    """Give a criterion as it stands in the table."""

    def group(value: dict[str, object]) -> dict[str, object]:
        properties = [
            [node.id, node.kind, node.type, cut(node)]
            for node in value["properties"]  # type: ignore[attr-defined]  # Nodes, by construction.
        ]
        return {**value, "properties": properties, "groups": [group(child) for child in value["groups"]]}  # type: ignore[attr-defined]  # Groups, by construction.

    return {"id": tree.id, "code": tree.code, "to": target, "groups": [group(value) for value in tree.groups]}


def target_of(tree: Tree, new: dict[str, Tree]) -> Tree | None:
    """Find the 4.1.0 criterion of an old one: the same identifier, the same code, or the list above."""
    by_code = {each.code: each for each in new.values()}
    if tree.id in new:
        return new[tree.id]
    return by_code.get(tree.code) or by_code.get(CRITERIA.get(tree.code.rsplit(".", 1)[-1], ""))


def main() -> int:
    """Write the tables, or print the pairs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kits", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("dume/espd/migrate"))
    parser.add_argument("--print", action="store_true", dest="show")
    given = parser.parse_args()
    new = {tree.id: tree for tree in trees(given.kits / TARGET)}
    for version, source in SOURCES.items():
        rows = []
        for tree in trees(given.kits / source):
            target = target_of(tree, new)
            if target is not None:
                pair(tree, target, many=version == "1.0.2")
            if given.show:
                show(version, tree, target)
            rows.append(as_json(tree, target.code if target else ""))
        table = json.dumps({"version": version, "criteria": rows}, ensure_ascii=False, separators=(",", ":"))
        (given.out / f"{version}.json").write_text(
            table.replace('{"id":', '\n{"id":') + "\n", encoding="utf-8"
        )
    return 0


def show(version: str, tree: Tree, target: Tree | None) -> None:
    """Print the pairs of a criterion, for a person to read."""
    sys.stdout.write(f"# {version} {tree.code} -> {target.code if target else None}\n")
    for node in tree.nodes:
        sys.stdout.write(f"  {node.kind} {node.type:22.22} {node.text[:40]:40} -> {cut(node) or '-'}\n")
    if target is not None:
        missing = {node.id for node in target.nodes} - {node.to for node in tree.nodes}
        rest = [node.id.split("/", 1)[1] for node in target.nodes if node.id in missing]
        sys.stdout.write(f"    unused: {' '.join(rest)}\n")


if __name__ == "__main__":
    sys.exit(main())
