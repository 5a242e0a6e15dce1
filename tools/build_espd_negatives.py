"""Write the negative set: one DUME per official rule and version, made of our own small documents.

    python tools/build_espd_negatives.py --out DIR

The files are not kept with the sources, since the same program gives the same bytes; ``tests/contract`` builds them anew.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools.espd_negatives.build import VERSIONS, negatives, sound, unsupported


def main() -> int:
    """Write all files into the folder."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    folder: Path = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    written = 0
    for version in VERSIONS:
        for kind in ("request", "response"):
            (folder / f"{version}-sound-{kind}.xml").write_bytes(sound(version, kind))
        for negative in negatives(version):
            (folder / negative.name).write_bytes(negative.data)
            written += 1
    for profile, data in unsupported():
        (folder / f"unsupported-{profile}.xml").write_bytes(data)
    print(f"{folder}: {written} documents that break one rule each")
    return 0


if __name__ == "__main__":
    sys.exit(main())
