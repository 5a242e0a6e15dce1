"""LibreOffice, where ``PLI_TEST_SOFFICE`` names it: what a reader sees who opens a document in it."""

import os
import subprocess
from pathlib import Path

import pytest

SOFFICE = os.environ.get("PLI_TEST_SOFFICE")
needed = pytest.mark.skipif(not SOFFICE, reason="needs PLI_TEST_SOFFICE, the path of LibreOffice")


def convert(folder: Path, files: dict[str, bytes], into: str = "pdf") -> dict[str, bytes]:
    """Return what LibreOffice makes of files, by their names; its profile and all of them stand in the folder."""
    out, paths = folder / "out", [folder / name for name in files]
    for path in paths:
        path.write_bytes(files[path.name])
    command = [str(SOFFICE), "--headless", f"-env:UserInstallation={folder.as_uri()}/profile"]
    command += ["--convert-to", into, "--outdir", str(out), *map(str, paths)]
    subprocess.run(command, check=True, capture_output=True)
    ending = into.partition(":")[0]
    return {path.name: (out / f"{path.stem}.{ending}").read_bytes() for path in paths}
