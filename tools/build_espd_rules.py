"""Take from the official kits of 4.1.0, 4.0.0 and 3.3.0 the facts that our rules of these versions compare with.

    python tools/build_espd_rules.py --kits DIR [--out dume/espd/data] [--check]

Only facts are taken: the attributes that name a code list, the codes, the names of the elements a rule is about, and of
the taxonomy the identifiers, codes, types and counts. The same kits give the same bytes.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from espd.kit import CAC, CBC, SOURCES, xml
from espd.older import _groups as groups_of
from espd.older import _required as required_of
from espd.older import _rules as rules_of
from espd.older import _values as values_of

OUT = Path(__file__).resolve().parent.parent / "dume" / "espd" / "data"
VERSIONS = ("4.1.0", "4.0.0", "3.3.0")


def build(kits: Path) -> dict[str, bytes]:
    """Return the content of each data file by its name; `kits` is the folder that holds one folder per version."""
    return {
        f"rules-{version}.json": (
            json.dumps(facts(kits, version), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        ).encode()
        for version in VERSIONS
    }


def facts(kits: Path, version: str) -> dict[str, Any]:
    """Return the facts of a version: the same for a request and a response, since both share these sheets."""
    sheets = kits / version / "ESPDRequest"
    other = [names for names, _tests in rules_of(sheets / "04-ESPD-common-other-br.xsl")]
    criteria = json.loads(json.dumps(_listed(sheets / "criterionList.xml")))
    return {
        "source": SOURCES[version],
        "attributes": [
            {"context": context, "required": required_of(tests)}
            for contexts, tests in rules_of(sheets / "01-ESPD-common-cl-attributes.xsl")
            for context in contexts
        ],
        # The sheets never visit an attribute, so that their rules on attributes decide nothing.
        "values": [
            {"context": context, "values": values_of(tests[0])}
            for contexts, tests in rules_of(sheets / "01-ESPD-codelist-values.xsl")
            for context in contexts
            if "@" not in context
        ],
        "coded": {"plain": sorted(other[2]), "versioned": sorted(other[3])},
        "identifiers": sorted(other[4]),
        "listed": criteria,
        "taxonomy": _taxonomy(sheets / "ESPD-criterion.xml"),
    }


def _listed(file: Path) -> dict[str, list[str]]:
    """Return the codes the rules take for exclusion grounds and for selection criteria, in their spelling."""
    root = xml(file)
    return {
        kind: [(node.findtext("name") or "").strip() for node in root.iter(f"{kind}-criterion")]
        for kind in ("exclusion", "selection")
    }


def _taxonomy(file: Path) -> dict[str, Any]:
    root = xml(file)
    criteria: dict[str, list[Any]] = {}
    for criterion in root.iter(f"{CAC}TenderingCriterion"):
        key = criterion.findtext(f"{CBC}ID", "")
        if key in criteria:
            raise ValueError(f"{key} stands twice in {file}")
        groups = criterion.findall(f"{CAC}TenderingCriterionPropertyGroup")
        criteria[key] = [criterion.findtext(f"{CBC}CriterionTypeCode", ""), len(groups)]
    return {
        "criteria": criteria,
        "groups": groups_of(root, "TenderingCriterionPropertyGroup"),
        "subgroups": groups_of(root, "SubsidiaryTenderingCriterionPropertyGroup"),
    }


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
        print(f"{name} is not what the kits give; run tools/build_espd_rules.py", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
