"""Build the ESPD facts of ``dume/espd/data`` from the official kits; the same bytes each time.

Only facts are taken: identifiers, codes, cardinalities, value types, order and the official French names of
the criteria; never a description or a question.

    python tools/build_espd_data.py --kits DIR [--out dume/espd/data] [--check]

DIR holds one folder per version (1.0.2, 2.1.1, 3.3.0, 4.0.0, 4.1.0).
"""

import argparse
import json
import sys
from pathlib import Path

from espd import structure, taxonomy
from espd.kit import SOURCES, JsonObject, xml

OUT = Path(__file__).resolve().parent.parent / "dume" / "espd" / "data"


def main() -> int:
    """Write the files, or with ``--check`` tell whether the committed ones are what the kits give."""
    arguments = _arguments()
    built = {name: dump(content) for name, content in build(arguments.kits).items()}
    if arguments.check:
        return _check(arguments.out, built)
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, content in built.items():
        (arguments.out / name).write_bytes(content)
        print(f"{arguments.out / name}: {len(content)} bytes")
    return 0


def build(kits: Path) -> dict[str, JsonObject]:
    """Return the content of each file by its name."""
    return taxonomies(kits) | structures(kits)


def structures(kits: Path) -> dict[str, JsonObject]:
    """Return the tables that say what the schemas say; 3.3.0 and 4.0.0 have the schemas of 4.1.0."""
    return {
        f"structure-{version}.json": {"version": version, "source": SOURCES[version]}
        | structure.build(kits / version / "xsd")
        for version in ("4.1.0", "2.1.1", "1.0.2")
    }


def taxonomies(kits: Path) -> dict[str, JsonObject]:
    """Return the taxonomy files: 4.1.0 in full, the others as their rule sheets compare them."""
    files = {"taxonomy-4.1.0.json": _file("4.1.0", taxonomy.current(kits / "4.1.0"))}
    for version in ("4.1.0", "4.0.0", "3.3.0"):
        root = xml(kits / version / "ESPDRequest" / "ESPD-criterion.xml")
        files[f"criteria-{version}.json"] = _file(version, taxonomy.plain(root))
    for edition in ("Basic", "Extended"):
        root = xml(kits / "2.1.1" / "ESPDRequest" / f"ESPD-CriteriaTaxonomy-{edition}.V2.1.1.xml")
        files[f"criteria-2.1.1-{edition.lower()}.json"] = _file("2.1.1", taxonomy.plain(root))
    return files


def dump(content: JsonObject) -> bytes:
    """Return compact JSON with one line per criterion, list or type, so that a difference can be read."""
    lines = []
    for key, value in content.items():
        if isinstance(value, list):
            body = "[\n" + ",\n".join(_compact(entry) for entry in value) + "\n]"
        elif isinstance(value, dict):
            body = "{\n" + ",\n".join(f"{_compact(k)}:{_compact(v)}" for k, v in value.items()) + "\n}"
        else:
            body = _compact(value)
        lines.append(f"{_compact(key)}: {body}")
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode("utf-8")


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _file(version: str, criteria: list[JsonObject]) -> JsonObject:
    return {"version": version, "source": SOURCES[version], "criteria": criteria}


def _check(folder: Path, built: dict[str, bytes]) -> int:
    different = [
        name
        for name, content in built.items()
        if not (folder / name).exists() or (folder / name).read_bytes() != content
    ]
    different += sorted({path.name for path in folder.glob("*.json")} - set(built))
    for name in different:
        print(f"{folder / name} is not what the kits give: run tools/build_espd_data.py.", file=sys.stderr)
    return 1 if different else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kits", type=Path, required=True, help="the folder of the official kits")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--check", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
