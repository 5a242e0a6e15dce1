"""Build the CPV and NUTS lists of ``procurement/core/data`` from an eForms SDK; the same bytes each time.

Only facts are taken: the code and its official French and English labels, out of
``translations/code_{fr,en}.xml``.

    python tools/build_codes.py --sdk DIR [--out procurement/core/data] [--check]

DIR is a version folder of the SDK or its parent, of which the newest version is read. The SDK is published
by the Publications Office of the European Union under CC BY 4.0; the credit stands in ``NOTICE``.
"""

import argparse
import gzip
import re
import sys
from pathlib import Path

from lxml import etree

OUT = Path(__file__).resolve().parent.parent / "procurement" / "core" / "data"
KINDS = {
    "cpv": re.compile(r"code\|name\|cpv\.([0-9]{8})"),
    "nuts": re.compile(r"code\|name\|nuts-lvl3\.([A-Z]{2}[0-9A-Z]{3})"),
}
LANGUAGES = ("fr", "en")


def main() -> int:
    """Write the files, or with ``--check`` tell whether the committed ones are what the SDK gives."""
    arguments = _arguments()
    sdk = find_sdk(arguments.sdk)
    labels = {language: _labels(sdk / "translations" / f"code_{language}.xml") for language in LANGUAGES}
    built = {f"{kind}.tsv.gz": compress(table(labels, pattern, sdk.name)) for kind, pattern in KINDS.items()}
    if arguments.check:
        return _check(arguments.out, built)
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, content in built.items():
        (arguments.out / name).write_bytes(content)
        print(f"{arguments.out / name}: {len(content)} bytes")
    return 0


def find_sdk(folder: Path) -> Path:
    """Return the folder that holds ``translations``: the one given, or its newest version."""
    if (folder / "translations").is_dir():
        return folder.resolve()
    versions = [child for child in folder.iterdir() if (child / "translations").is_dir()]
    if not versions:
        sys.exit(f"{folder} holds no eForms SDK: a version folder with « translations » was expected.")
    return max(
        versions, key=lambda child: [int(part) for part in re.findall(r"[0-9]+", child.name)]
    ).resolve()


def table(labels: dict[str, dict[str, str]], pattern: re.Pattern[str], edition: str) -> str:
    """Return one line per code in order, code and labels; the first line names the edition."""
    codes = sorted(found[1] for key in labels["fr"] if (found := pattern.fullmatch(key)))
    prefix = pattern.pattern.replace("\\", "").partition("(")[0]
    rows = ["\t".join((code, *(labels[language][prefix + code] for language in LANGUAGES))) for code in codes]
    return "\n".join((f"# eforms-sdk {edition}", *rows, ""))


def compress(text: str) -> bytes:
    """Return the gzip bytes of a text, without time stamp or file name."""
    return gzip.compress(text.encode("utf-8"), compresslevel=9, mtime=0)


def _labels(path: Path) -> dict[str, str]:
    # The file names a DTD on the network: neither fetched nor needed.
    parser = etree.XMLParser(load_dtd=False, no_network=True, resolve_entities=False)
    entries = etree.parse(path, parser).getroot().iter("entry")
    return {str(entry.get("key")): " ".join((entry.text or "").split()) for entry in entries}


def _check(folder: Path, built: dict[str, bytes]) -> int:
    different = [
        name
        for name, content in built.items()
        if gzip.decompress((folder / name).read_bytes()) != gzip.decompress(content)
    ]
    for name in different:
        print(f"{folder / name} is not what this SDK gives; run tools/build_codes.py without --check.")
    return 1 if different else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sdk", type=Path, required=True, help="eForms SDK, a version folder or its parent")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a file differs")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
