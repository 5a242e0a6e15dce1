"""Every rule of the official sheets that can fire is broken by one document of ours, and is told by its name."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from lxml import etree

from dume import kit
from dume.espd import rules_41, rules_older
from dume.espd.findings import Severity
from dume.espd.validate import validate
from tools.espd_negatives.build import VERSIONS, negatives, sound, unsupported

KIT = os.environ.get("PLI_TEST_ESPD_KIT", "")
needs_kit = pytest.mark.skipif(not KIT, reason="PLI_TEST_ESPD_KIT names no folder of the official kits")
ROOT = Path(__file__).resolve().parent.parent.parent
LISTED = json.loads((ROOT / "tests/vectors/dume/negatives/rules.json").read_text(encoding="utf-8"))
XSL = "{http://www.w3.org/1999/XSL/Transform}"
SVRL = "{http://purl.oclc.org/dsdl/svrl}"

# The rules of the official sheets that no document can break, and why; all others stand in rules.json.
NEVER = {
    "4.1.0": {
        "BR-SUBCONT-01": "it compares the id an answer refers to with the whole text of a criterion",
    },
    "4.0.0": {
        "BR-SUBCONT-01": "it compares the id an answer refers to with the whole text of a criterion",
    },
    "3.3.0": {
        "BR-SUBCONT-01": "it compares the id an answer refers to with the whole text of a criterion",
    },
    "2.1.1": {
        "BR-COM-CL-RESTR-01.06": "it reads a list of CPV codes that the kit does not hold, for an element UBL has not",
    },
    "1.0.2": {},
}
# The sheets of values apply their templates to elements only: their rules on attributes are never tried (1.0.2 does).
NEVER_VISITED = {"@currencyID", "@languageID", "cac:PartyIdentification/cbc:ID/@schemeID"}


def official_rules(version: str) -> dict[str, set[str]]:
    """Return the rules of the official sheets of a version with their weights, read from the compiled sheets."""
    rules: dict[str, set[str]] = {}
    for sheet in sorted(Path(KIT, version).glob("ESPDRe*/*.xsl")):
        for template in etree.parse(sheet).getroot().iter(f"{XSL}template"):
            context = template.get("match", "")
            if version != "1.0.2" and context in NEVER_VISITED:
                continue
            for failed in template.iter(f"{SVRL}failed-assert"):
                attributes = {node.get("name"): node.findtext(".") for node in failed.iter(f"{XSL}attribute")}
                rule = attributes.get("id") or unnamed(version, sheet.name, context, failed.get("test", ""))
                weight = attributes.get("flag") or attributes.get("role") or "fatal"
                rules.setdefault(rule, set()).add(weight)
    return rules


def unnamed(version: str, sheet: str, context: str, test: str) -> str:
    """Name an assertion without id by the names the validator gives, its context put as a place."""
    last = context.split("|", maxsplit=1)[0].strip()
    if version == "2.1.1":
        return rules_older.unnamed_rule(sheet, last, test)
    steps = [step.partition(":")[2].partition("[")[0] for step in last.split("/") if not step.startswith("@")]
    place = "".join(f"/*[local-name()='{step}']" for step in steps)
    attribute = re.search(r"@\w+$", last)
    place += f"/{attribute[0]}" if attribute else ""
    if version == "1.0.2":
        if "|" in context and last.endswith("cbc:ID") and last.startswith("ccv:"):
            place = "/*[local-name()='RequirementGroup']/*[local-name()='ID']"
        return rules_older.unnamed_rule(sheet, place, test)
    return rules_41.unnamed_rule(sheet, place, test)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_documents_of_the_set_are_sound_before_they_are_broken(version):
    for kind in ("request", "response"):
        verdict = validate(sound(version, kind))
        assert (verdict.version, verdict.kind, verdict.findings) == (version, kind, ())


@pytest.mark.parametrize("version", VERSIONS)
def test_each_rule_is_broken_by_one_document_and_told(version):
    told = {}
    for negative in negatives(version):
        verdict = validate(negative.data)
        weights = {finding.rule: finding.severity.value for finding in verdict.findings}
        told[negative.rule] = {"kind": negative.kind, "severity": weights.get(negative.rule)}
        if weights.get(negative.rule) in {"fatal", "error"}:
            assert not verdict.valid, negative.rule
    assert told == LISTED[version]


@needs_kit
@pytest.mark.parametrize("version", VERSIONS)
def test_the_set_has_every_rule_of_the_official_sheets(version):
    official = official_rules(version)
    assert set(official) == set(LISTED[version]) | set(NEVER[version])
    for rule, about in LISTED[version].items():
        assert about["severity"] in official[rule], rule


@needs_kit
@pytest.mark.parametrize("version", VERSIONS)
def test_the_official_kit_finds_the_same_in_the_set(version, scale):
    chosen = list(negatives(version))
    if scale == "ci":
        chosen = chosen if version == "1.0.2" else chosen[:: len(chosen) // 6]
    for negative in chosen:
        ours = Counter(
            (found.rule, found.severity)
            for found in validate(negative.data).findings
            if not found.rule.startswith("PLI-")
        )
        official = Counter(
            (found.rule, found.severity) for found in kit.validate(negative.data, KIT).findings
        )
        for counts in (ours, official):
            # The schema's messages differ in number: what counts is whether there is one.
            if ("XSD", Severity.FATAL) in counts:
                counts["XSD", Severity.FATAL] = 1
        assert (ours - official, official - ours) == (Counter(), Counter()), negative.name


def test_a_version_between_ours_is_refused_by_name():
    for profile, data in unsupported():
        verdict = validate(data)
        assert [(found.rule, found.severity) for found in verdict.findings] == [
            ("PLI-VERSION-UNSUPPORTED", Severity.FATAL)
        ], profile
        assert not verdict.valid


def test_what_is_no_xml_is_refused():
    verdict = validate(b"<QualificationApplicationRequest>")
    assert [(found.rule, found.severity) for found in verdict.findings] == [("PLI-XML", Severity.FATAL)]
    assert (verdict.version, verdict.kind, verdict.valid) == (None, None, False)


def test_the_program_writes_the_same_set(tmp_path):
    command = [sys.executable, "tools/build_espd_negatives.py", "--out", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    written = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    first = {negative.name: negative.data for negative in negatives("1.0.2")}
    assert {name: written[name] for name in first} == first
    assert len(written) == sum(len(rules) for rules in LISTED.values()) + 2 * len(VERSIONS) + len(
        list(unsupported())
    )
