"""Take the criteria, groups and properties of 4.1.0, with the cardinalities that stand in another file."""

import re
from pathlib import Path
from typing import Any

from lxml import etree

from espd.kit import JsonObject, elements, load_json, text, xml

GROUPS = ("TenderingCriterionPropertyGroup", "SubsidiaryTenderingCriterionPropertyGroup")
KINDS = {"EG": "exclusion", "SC": "selection", "OT": "other"}
OCCURRENCES = re.compile(r"(/R[0-9]+)+$")
# The code list of a coded answer: by the name that the JSON gives it, else by the value type.
CODE_LISTS = {
    "BooleanGUIControlType": "boolean-gui-control-type",
    "CODE_COUNTRY": "country",
    "EoRoleType": "eo-role-type",
    "FinancialRatioType": "financial-ratio-type",
    "Occupation": "occupation",
}
CONDITIONS = frozenset(("ON*", "ONTRUE", "ONFALSE"))


def plain(root: etree._Element) -> list[JsonObject]:
    """Return the criteria of the authoritative file: ids, codes, types and order."""
    return [_criterion(element) for element in elements(root, "TenderingCriterion")]


def _criterion(element: etree._Element) -> JsonObject:
    facts: JsonObject = {"id": text(element, "ID"), "code": text(element, "CriterionTypeCode")}
    return facts | {"groups": [_group(child) for child in elements(element, *GROUPS)]}


def _group(element: etree._Element) -> JsonObject:
    properties = [
        [text(child, "ID"), text(child, "TypeCode"), text(child, "ValueDataTypeCode")]
        for child in elements(element, "TenderingCriterionProperty")
    ]
    facts: JsonObject = {"id": text(element, "ID"), "code": text(element, "PropertyGroupTypeCode")}
    return facts | {
        "properties": properties,
        "groups": [_group(child) for child in elements(element, *GROUPS)],
    }


def current(folder: Path) -> list[JsonObject]:
    """Return the 4.1.0 criteria with cardinalities, response patterns, French names and label keys."""
    root = xml(folder / "ESPDRequest" / "ESPD-criterion.xml")
    cardinalities = load_json(folder / "criterion" / "espd_edm_v4.1.0.json")
    names = french_names(xml(folder / "codelists" / "Criterion.gc"))
    by_code = {str(entry["elementcode"]): entry for entry in cardinalities.values()}
    builder = _Builder(descriptions(root))
    criteria = [builder.criterion(facts, by_code[facts["code"]], names) for facts in plain(root)]
    builder.finish()
    return criteria


def descriptions(root: etree._Element) -> dict[str, str]:
    """Return the sentence of each property id: only to tell which properties share one, never written."""
    found = root.iter("{*}TenderingCriterionProperty")
    return {text(element, "ID"): " ".join(text(element, "Description").split()) for element in found}


def french_names(root: etree._Element) -> dict[str, str]:
    """Return the official French name of each criterion code."""
    rows = {}
    for row in root.iter("Row"):
        values = {
            str(value.get("ColumnRef")): (value.findtext("SimpleValue") or "").strip()
            for value in row.iter("Value")
        }
        rows[values["code"]] = values.get("fra_label", "")
    return rows


def strip(path: str) -> str:
    """Return a path without the occurrence indexes at its end."""
    return OCCURRENCES.sub("", path)


class _Builder:
    """Match the two official files; what stays without a cardinality stops the build."""

    def __init__(self, sentences: dict[str, str]) -> None:
        self.sentences = sentences
        self.keys: dict[str, str] = {}
        self.unmatched: list[str] = []
        # The shape of a group -> its JSON node, from the criteria where both files agree.
        self.shapes: dict[Any, JsonObject] = {}

    def criterion(self, facts: JsonObject, node: JsonObject, names: dict[str, str]) -> JsonObject:
        """Return one criterion of the built taxonomy."""
        tag, _, letters = str(node["tag"]).partition(" - ")
        pairs = self._pairs(facts["groups"], node)
        return {
            "id": facts["id"],
            "code": facts["code"],
            "tag": tag,
            "kind": KINDS[letters],
            "path": node["requestpath"],
            "name_fr": names[facts["code"]],
            "groups": [self._group(group, found, 0) for group, found in pairs],
        }

    def finish(self) -> None:
        """Stop with the list of ids that have no cardinality, if there is one."""
        if self.unmatched:
            raise SystemExit("No cardinality found for: " + ", ".join(self.unmatched))

    def _pairs(
        self, groups: list[JsonObject], node: JsonObject
    ) -> list[tuple[JsonObject, JsonObject | None]]:
        left = [child for child in node["components"].values() if "components" in child]
        pairs = []
        for group in groups:
            shape = _shape(group)
            found = next((child for child in left if _shape_of_node(child) == shape), None)
            if found is None:
                # A block is missing deeper inside: the group itself has the same path and members.
                found = next((child for child in left if _same_place(group, child)), None)
            if found is None:
                # Three criteria lack this block in the JSON: the same block of the others tells.
                found = self.shapes.get((shape, "QSG1"))
            else:
                left.remove(found)
                self.shapes.setdefault((shape, group["id"].rpartition("/")[2]), found)
            pairs.append((group, found))
        return pairs

    def _group(self, facts: JsonObject, node: JsonObject | None, above: int) -> JsonObject:
        if node is None:
            self.unmatched.append(facts["id"])
            return facts
        least, most = _bounds(node["cardinality"])
        levels = above + (most is None)
        members = [child for child in node["components"].values() if "components" not in child]
        pairs = zip(facts["properties"], members, strict=True)
        return {
            "path": facts["id"],
            "kind": re.sub(r"[0-9]+$", "", facts["id"].rpartition("/")[2]),
            "code": facts["code"],
            "min": least,
            "max": most,
            "properties": [self._property(one, child, levels) for one, child in pairs],
            "groups": [self._group(*pair, levels) for pair in self._pairs(facts["groups"], node)],
        }

    def _property(self, entry: list[str], node: JsonObject, levels: int) -> JsonObject:
        id_, type_, value_type = entry
        least, most = _bounds(node["cardinality"])
        path = strip(id_)
        return {
            "path": path,
            "id": id_,
            "type": type_,
            "value_type": value_type,
            "min": least,
            "max": most,
            "pattern": _pattern(id_, type_, node, levels),
            "codes": CODE_LISTS.get(node.get("codelist") or value_type, "") if "CODE" in value_type else "",
            "label": self.keys.setdefault(self.sentences[id_], path),
        }


def _pattern(id_: str, type_: str, node: JsonObject, levels: int) -> str:
    """Return the id of the first answer: one index per repeatable group above, and one of the question itself.

    The JSON says so for each question that it has at the same path; a contradiction stops the build.
    """
    if type_ != "QUESTION":
        return id_ if type_ == "REQUIREMENT" else ""
    pattern = id_ + "/R1" * (levels + 1)
    if node["requestpath"] == id_ and node["responsecontent1"] != pattern:
        raise SystemExit(
            f"{id_}: the pattern is {node['responsecontent1']}, the groups above give {pattern}."
        )
    return pattern


def _bounds(cardinality: str) -> tuple[int, int | None]:
    least, _, most = cardinality.partition("..")
    return int(least), None if most == "n" else int(most or least)


def _same_place(group: JsonObject, node: JsonObject) -> bool:
    return bool(group["id"] == node["requestpath"] and _shape(group)[:2] == _shape_of_node(node)[:2])


def _shape(group: JsonObject) -> Any:
    return (
        group["code"] if group["code"] in CONDITIONS else "",
        tuple((type_, value) for _, type_, value in group["properties"]),
        tuple(_shape(child) for child in group["groups"]),
    )


def _shape_of_node(node: JsonObject) -> Any:
    children = list(node["components"].values())
    return (
        node["elementcode"] if node["elementcode"] in CONDITIONS else "",
        tuple((child["type"], child["propertydatatype"]) for child in children if "components" not in child),
        tuple(_shape_of_node(child) for child in children if "components" in child),
    )
