"""Import a DUME of any readable version into the 4.1.0 model, with a complete report. Pure."""

import hashlib
from dataclasses import dataclass, replace
from typing import Any

from dume.espd import read_v1, read_v2, read_v4
from dume.espd.detect import Detected, detect
from dume.espd.model import Document, Group, Kind, Version
from dume.espd.parse import parse
from dume.espd.report import Report
from dume.espd.validate import validate_tree
from dume.espd.write_v41 import value_types
from dume.espd.write_v41.values import named


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
    if version is not Version.V4_1_0:
        document = replace(document, version=Version.V4_1_0, **_with_lists(document))
    return Imported(document, report, detected, sha256)


def _with_lists(document: Document) -> dict[str, Any]:
    """Return criteria and answers whose codes name the list of 4.1.0 they are from, as a 4.1.0 document would.

    Version 1.0.2 lets a request hold answers: in 4.1.0 only the operator gives some.
    """
    types = value_types(document.criteria, document.extras)
    answers = (
        replace(each, value=named(each.value, each.property, types.get(each.property, "")))
        for each in document.answers
    )
    criteria = (
        replace(each, groups=tuple(_group(group) for group in each.groups)) for each in document.criteria
    )
    answered = document.kind is Kind.RESPONSE
    return {
        "criteria": tuple(criteria),
        "answers": tuple(answers) if answered else (),
        "evidences": document.evidences if answered else (),
    }


def _group(group: Group) -> Group:
    """Return a group whose required codes name their list."""
    return replace(
        group,
        properties=tuple(
            replace(each, expected=named(each.expected, each.path, each.value_type))
            if each.expected is not None
            else each
            for each in group.properties
        ),
        groups=tuple(_group(each) for each in group.groups),
    )
