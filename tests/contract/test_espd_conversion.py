"""Older versions come in and go out: nothing disappears unsaid, and the official kit accepts what a conforming source gives.

Our own documents always run. ``PLI_TEST_ESPD_KIT`` names the folder of the official kits, for their samples and rules.
"""

import json
import os
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from dume import kit
from dume.espd.export import export
from dume.espd.importing import Imported, read
from dume.espd.model import Version
from dume.espd.validate import validate
from tests.vectors.dume.documents import documents

KIT = os.environ.get("PLI_TEST_ESPD_KIT", "")
FULL = os.environ.get("PLI_TEST_SCALE", "ci") == "full"
OWN = documents()
SAMPLES = sorted(
    str(path.relative_to(KIT)) for path in Path(KIT).glob("*/samples/**/*.xml")
) if KIT else []  # fmt: skip
#: What the official rules of its own version accept.
CONFORMING = (
    "1.0.2/samples/ESPDRequest_DA_Test-1.0.2-v1.0.xml",
    "1.0.2/samples/ESPDResponse_DA_Test-1.0.2-v1.0.xml",
    "1.0.2/samples/Request-ESPD1-0-2-TenderNed-002.xml",
    "1.0.2/samples/espd-request-2018.03.xml",
    "2.1.1/samples/BASIC-ESPDRequest-2.1.1.xml",
    "2.1.1/samples/EXTENDED-ESPDResponse-2.1.1.xml",
    "3.3.0/samples/ESPD-Request-3.3.0.xml",
    "4.0.0/samples/ESPD-Response-4.0.0.xml",
    "4.1.0/samples/ESPD-Request-4.1.0.xml",
)
#: The kit of 4.1.0 takes seconds per document: every night all, otherwise one response of each old version.
JUDGED = CONFORMING if FULL else (CONFORMING[1], CONFORMING[5])
#: The 4.0.0 sample does not answer two exclusion grounds, and the 3.3.0 one does not name its buyer: 2.1.1 wants both.
DOWN = {
    Version.V2_1_1: [each for each in CONFORMING if not each.startswith(("3.3.0", "4.0.0"))],
    Version.V1_0_2: list(CONFORMING),
}
JUDGED_DOWN = {
    version: paths if FULL else [path for path in paths if path in (CONFORMING[1], CONFORMING[8])]
    for version, paths in DOWN.items()
}
JUDGED_OWN = tuple(OWN) if FULL else ("request-everything", "response-never")
needs_kit = pytest.mark.skipif(not KIT, reason="PLI_TEST_ESPD_KIT names no folder of the official kits")


@cache
def imported(path: str) -> Imported:
    """Read a sample of the kit."""
    return read((Path(KIT) / path).read_bytes())


def counted(data: bytes) -> Counter[str]:
    """Count the leaves of a file: each element's own text, each attribute but the hints to a schema."""
    root = etree.fromstring(data)
    tree, found = root.getroottree(), Counter[str]()
    for element in root.iter(etree.Element):
        path = tree.getpath(element)
        own = "".join([element.text or "", *[child.tail or "" for child in element]])
        found[path] += bool(own.strip())
        for name in element.attrib:
            tag = etree.QName(name)
            if not (tag.namespace or "").endswith("XMLSchema-instance"):
                found[f"{path}/@{tag.localname}"] += 1
    return +found


@needs_kit
@pytest.mark.parametrize("path", SAMPLES)
def test_sample_is_read_and_each_of_its_values_is_in_one_item(path: str) -> None:
    result = imported(path)
    items = Counter(item.source for item in result.report.items if item.source != "/*")
    assert items == counted((Path(KIT) / path).read_bytes())
    report = json.loads(json.dumps(result.report.as_json()))
    summary = report["summary"]
    assert sum(summary.values()) == len(report["items"])
    assert report["source"]["version"] == path.partition("/")[0]
    assert {bool(item["to"]) for item in report["items"] if item["kind"] != "lost"} == {True}
    assert {item["why"] != "" for item in report["items"] if item["kind"] != "kept"} <= {True}


@needs_kit
@pytest.mark.parametrize("path", CONFORMING)
def test_conforming_sample_becomes_a_valid_document(path: str) -> None:
    for _, data in export(imported(path).document, Version.V4_1_0).files:
        verdict = validate(data)
        assert [
            (each.rule, each.path) for each in verdict.findings if each.severity in ("fatal", "error")
        ] == []


@needs_kit
@pytest.mark.parametrize("path", JUDGED)
def test_kit_accepts_what_a_conforming_sample_becomes(path: str) -> None:
    for _, data in export(imported(path).document, Version.V4_1_0).files:
        assert kit.validate(data, KIT).valid


@needs_kit
@pytest.mark.parametrize(
    ("version", "path"), [(version, path) for version, paths in JUDGED_DOWN.items() for path in paths]
)
def test_kit_of_the_older_version_accepts_the_export(version: Version, path: str) -> None:
    for _, data in export(imported(path).document, version).files:
        verdict = kit.validate(data, KIT)
        assert (verdict.version, verdict.valid) == (version.value, True)


@needs_kit
@pytest.mark.parametrize("name", JUDGED_OWN)
@pytest.mark.parametrize("version", DOWN)
def test_kit_of_the_older_version_accepts_our_documents(version: Version, name: str) -> None:
    for _, data in export(OWN[name], version).files:
        assert [
            each.rule for each in kit.validate(data, KIT).findings if each.severity in ("fatal", "error")
        ] == []


@pytest.mark.parametrize("version", DOWN)
@pytest.mark.parametrize(
    "name", OWN if FULL else ["request-per-lot", "response-convicted", "response-member"]
)
def test_native_rules_accept_our_documents_in_older_versions(name: str, version: Version) -> None:
    for _, data in export(OWN[name], version).files:
        assert [each.rule for each in validate(data).findings if each.severity in ("fatal", "error")] == []


@pytest.mark.parametrize("version", DOWN)
@pytest.mark.parametrize("name", ["request-everything", "response-full"])
def test_our_document_survives_an_older_version_as_a_valid_one(name: str, version: Version) -> None:
    for _, data in export(OWN[name], version).files:
        for _, again in export(read(data).document, Version.V4_1_0).files:
            findings = validate(again).findings
            assert [each.rule for each in findings if each.severity in ("fatal", "error")] == []
