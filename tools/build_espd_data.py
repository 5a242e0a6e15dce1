"""Build the ESPD facts of ``dume/espd/data`` from the official kits; the same bytes each time.

Only facts are taken: identifiers, codes, cardinalities, value types, order and the official French names of
the criteria; never a description or a question. The rules' own facts are built by ``build_espd_rules.py``, the
pairs of older versions by ``build_espd_older.py``.

    python tools/build_espd_data.py --kits DIR [--out dume/espd/data] [--check]

DIR holds one folder per version (1.0.2, 2.1.1, 3.3.0, 4.0.0, 4.1.0).
"""

import argparse
import json
import sys
from pathlib import Path

from espd import codes, structure, taxonomy
from espd.kit import SOURCES, JsonObject

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
    return taxonomy_file(kits) | structures(kits) | code_lists(kits)


def taxonomy_file(kits: Path) -> dict[str, JsonObject]:
    """Return the criteria, groups and properties of 4.1.0."""
    head = {"version": "4.1.0", "source": SOURCES["4.1.0"]}
    return {"taxonomy-4.1.0.json": head | {"criteria": taxonomy.current(kits / "4.1.0")}}


def code_lists(kits: Path) -> dict[str, JsonObject]:
    """Return the code lists of the versions that are written."""
    lists = {
        "4.1.0": codes.current(kits / "4.1.0"),
        "2.1.1": codes.build(kits / "2.1.1" / "gc"),
        "1.0.2": codes.build(kits / "1.0.2" / "codelists"),
    }
    return {
        f"codes-{version}.json": {"version": version, "source": SOURCES[version], "lists": found}
        for version, found in lists.items()
    }


def structures(kits: Path) -> dict[str, JsonObject]:
    """Return the tables that say what the schemas say; 3.3.0 and 4.0.0 have the schemas of 4.1.0."""
    return {
        f"structure-{version}.json": {"version": version, "source": SOURCES[version]}
        | structure.build(kits / version / "xsd")
        for version in ("4.1.0", "2.1.1", "1.0.2")
    }


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


def _check(folder: Path, built: dict[str, bytes]) -> int:
    different = [
        name
        for name, content in built.items()
        if not (folder / name).exists() or (folder / name).read_bytes() != content
    ]
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
