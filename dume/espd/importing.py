"""Import a DUME of any readable version into the 4.1.0 model, with a complete report. Pure."""

import hashlib
from dataclasses import dataclass, replace

from dume.espd import read_v1, read_v2, read_v4
from dume.espd.detect import Detected, detect
from dume.espd.model import Document, Version
from dume.espd.parse import parse
from dume.espd.report import Report
from dume.espd.validate import validate_tree


@dataclass(frozen=True, slots=True)
class Imported:
    """The document in the 4.1.0 model, what became of each source value, what the source was, and its hash."""

    document: Document
    report: Report
    detected: Detected
    sha256: str


def read(data: bytes) -> Imported:
    """Read the bytes of a DUME; raise an ESPDError when they are not one, or not of a readable version.

    A file that breaks rules is read all the same: its report says that it is not valid.
    """
    root = parse(data)
    detected = detect(root)
    version, kind = detected.version, detected.kind
    if version is Version.V1_0_2:
        document, items = read_v1.read(root)
    elif version is Version.V2_1_1:
        document, items = read_v2.read(root)
    else:
        document, items = read_v4.read(root, version)
    sha256 = hashlib.sha256(data).hexdigest()
    report = Report(tuple(items), version.value, kind.value, sha256, validate_tree(root, version, kind).valid)
    return Imported(replace(document, version=Version.V4_1_0), report, detected, sha256)
