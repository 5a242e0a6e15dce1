"""Take from the official kits of 2.1.1 and 1.0.2 the facts that our rules of these versions compare with.

    python tools/espd/older.py --kits DIR [--out dume/espd/data] [--check]

Only facts are taken: code lists, the attributes they require, the names of the elements a rule is about, and of the
taxonomies the identifiers, codes, types and counts. The same kits give the same bytes.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

OUT = Path(__file__).resolve().parent.parent.parent / "dume" / "espd" / "data"
XSL = "{http://www.w3.org/1999/XSL/Transform}"
SVRL = "{http://purl.oclc.org/dsdl/svrl}"
CAC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"
CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
SOURCES = {"2.1.1": "OP-TED/ESPD-EDM v2.1.1 0249cd61", "1.0.2": "OP-TED/ESPD-EDM v1.0.2 66b18dc2"}
SEPARATOR = "\x7f"
# The list of the elements and attributes whose sheet gives no list name.
LISTS = {
    "responseDataType": "ResponseDataType",
    "langID": "LanguageCodeEU",
    "ProfileExecutionID": "ProfileExecutionID",
}
RESTRICTED = {
    "context": (
        "ResponseDataType",
        "WeightingType",
        "EvaluationMethodType",
        "ESPD-CriteriaTaxonomy_V2.1.1",
        "BooleanGUIControlType",
    ),
    "status": ("EORoleType", "QualificationApplicationType"),
}
TAXONOMIES = {"BASIC": "Basic", "EXTENDED": "Extended"}


def build(kits: Path) -> dict[str, bytes]:
    """Return the content of each data file by its name; `kits` is the folder that holds one folder per version."""
    built = {"rules-2.1.1.json": rules_211(kits / "2.1.1"), "rules-1.0.2.json": rules_102(kits / "1.0.2")}
    return {
        name: (json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
        for name, facts in built.items()
    }


def rules_211(kit: Path) -> dict[str, Any]:
    """Return the facts of 2.1.1: the same for a request and a response, since both share these sheets."""
    sheets = kit / "ESPDRequest"
    other = [names for names, _tests in _rules(sheets / "04 ESPD Common Other BR.xsl")]
    return {
        "source": SOURCES["2.1.1"],
        "attributes": [
            {"context": context, "required": _required(tests)}
            for contexts, tests in _rules(sheets / "01 ESPD Common CL Attributes.xsl")
            for context in contexts
        ],
        "values": [
            {"context": context, "values": _values(tests[0])}
            for contexts, tests in _rules(sheets / "01 ESPD-codelist-values.xsl")
            for context in contexts
            if "@" not in context
        ],
        "coded": {"plain": sorted(other[3]), "versioned": sorted(other[4])},
        "identifiers": sorted(other[5]),
        "restrictions": {
            column: {name: dict(_column(kit / "gc" / f"{name}.gc", column)) for name in names}
            for column, names in RESTRICTED.items()
        },
        "taxonomy": {
            key: _taxonomy(sheets / f"ESPD-CriteriaTaxonomy-{name}.V2.1.1.xml")
            for key, name in TAXONOMIES.items()
        },
    }


def rules_102(kit: Path) -> dict[str, Any]:
    """Return the facts of 1.0.2, which has its own sheets for requests and for responses."""
    return {"source": SOURCES["1.0.2"]} | {
        kind: _rules_102_of(kit / f"ESPD{kind.capitalize()}") for kind in ("request", "response")
    }


def _rules_102_of(folder: Path) -> dict[str, Any]:
    agency = _rules(folder / "03-ESPD-ID-attrb-rules.xsl")
    fixed = {
        context: next(iter(re.findall(r"=\s*'([^']+)'", test)))
        for contexts, tests in agency
        for context in contexts
        for test in tests
        if "string(.)" in test
    }
    return {
        "coded": sorted(
            {c for contexts, _ in _rules(folder / "02-ESPD-CL-attrb-rules.xsl") for c in contexts}
        ),
        "identifiers": sorted({context for contexts, _ in agency for context in contexts}),
        "fixed": fixed,
        "values": [
            {
                "context": context,
                "required": _required(tests),
                "values": _values(tests[0]),
                "list": _list_name(context, _required(tests)),
            }
            for contexts, tests in _rules(folder / "ESPD-codelist-values.xsl")
            for context in contexts
        ],
    }


def _rules(sheet: Path) -> list[tuple[list[str], list[str]]]:
    """Return the rules of a compiled sheet in the order they are tried: their contexts and their assertions."""
    rules = []
    for template in etree.parse(sheet).getroot().iter(f"{XSL}template"):
        if not re.fullmatch(r"M\d+", template.get("mode", "")) or "priority" not in template.attrib:
            continue
        if float(template.get("priority", "0")) < 0:
            continue
        contexts = [context.strip() for context in template.get("match", "").split("|")]
        rules.append((contexts, [found.get("test", "") for found in template.iter(f"{SVRL}failed-assert")]))
    return rules


def _required(tests: list[str]) -> dict[str, str]:
    return dict(pair for test in tests for pair in re.findall(r"@(\w+)\s*!=\s*'([^']*)'", test))


def _values(test: str) -> list[str]:
    listed = re.findall(rf"'({SEPARATOR}[^']*{SEPARATOR})'", test)
    return list(dict.fromkeys(listed[0].strip(SEPARATOR).split(SEPARATOR)))


def _list_name(context: str, required: dict[str, str]) -> str:
    if "listName" in required:
        return required["listName"]
    return {"@currencyID": "CurrencyCode"}.get(context) or LISTS[context.lstrip("@")]


def _column(list_file: Path, column: str) -> Iterator[tuple[str, str]]:
    for row in etree.parse(list_file).getroot().iter("Row"):
        cells = {cell.get("ColumnRef"): cell.findtext("SimpleValue", "") for cell in row.iter("Value")}
        yield cells["code"] or "", cells.get(column) or ""


def _taxonomy(file: Path) -> dict[str, Any]:
    root = etree.parse(file).getroot()
    criteria = list(root.iter(f"{CAC}TenderingCriterion"))
    codes = [criterion.findtext(f"{CBC}CriterionTypeCode", "") for criterion in criteria]
    exclusion = [code for code in codes if code.startswith("CRITERION.EXCLUSION.")]
    return {
        "criteria": {
            criterion.findtext(f"{CBC}ID", ""): [
                code,
                len(criterion.findall(f"{CAC}TenderingCriterionPropertyGroup")),
            ]
            for criterion, code in zip(criteria, codes, strict=True)
        },
        "exclusions": len([code for code in exclusion if code != "CRITERION.EXCLUSION.NATIONAL.OTHER"]),
        "groups": _groups(root, "TenderingCriterionPropertyGroup"),
        "subgroups": _groups(root, "SubsidiaryTenderingCriterionPropertyGroup"),
    }


def _groups(root: etree._Element, name: str) -> dict[str, Any]:
    """Return by group id: by parent id the type and the counts of the first; and the types of its properties.

    The official rules take, under each parent, the first group of an id; the types are those of all these.
    """
    groups: dict[str, Any] = {}
    seen: set[tuple[str, str]] = set()
    for group in root.iter(f"{CAC}{name}"):
        parent = group.getparent()
        assert parent is not None
        key = group.findtext(f"{CBC}ID", "")
        entry = groups.setdefault(key, {"parents": {}, "types": [], "value_types": []})
        properties = group.findall(f"{CAC}TenderingCriterionProperty")
        counts = [len(properties), len(group.findall(f"{CAC}SubsidiaryTenderingCriterionPropertyGroup"))]
        code = group.findtext(f"{CBC}PropertyGroupTypeCode", "")
        entry["parents"].setdefault(parent.findtext(f"{CBC}ID", ""), [code, *counts])
        place = (root.getroottree().getpath(parent), key)
        if place in seen:
            continue
        seen.add(place)
        for found in properties:
            _add(entry["types"], found.findtext(f"{CBC}TypeCode"))
            _add(entry["value_types"], found.findtext(f"{CBC}ValueDataTypeCode"))
    return groups


def _add(values: list[str], value: str | None) -> None:
    if value is not None and value not in values:
        values.append(value)


def main() -> int:
    """Write the files, or with ``--check`` tell whether the committed ones are what the kits give."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kits", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    stale = []
    for name, content in build(arguments.kits).items():
        file = arguments.out / name
        if arguments.check:
            stale += [] if file.exists() and file.read_bytes() == content else [name]
        else:
            file.write_bytes(content)
            print(f"{file}: {len(content)} bytes")
    for name in stale:
        print(f"{name} is not what the kits give; run tools/espd/older.py", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
