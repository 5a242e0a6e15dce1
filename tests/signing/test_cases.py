"""The official files of ``PLI_TEST_SIGNATURES``, each with the verdict and the facts that its maker asserts."""

import json
import os
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from signing.api import verify
from signing.certificates import read_certificates
from signing.report import as_json, exit_code
from signing.trust import TrustSnapshot
from signing.types import Bytes

KIT = os.environ.get("PLI_TEST_SIGNATURES", "")
AT = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
AGREED: Counter[str] = Counter()

pytestmark = pytest.mark.skipif(not KIT, reason="PLI_TEST_SIGNATURES names no folder")


@cache
def cases():
    if not KIT:
        return []
    found = json.loads((Path(KIT) / "cases.json").read_text())["cases"]
    return [case for case in found if not case["id"].startswith("tl-")]


def certificates(names):
    return tuple(der for name in names for der in read_certificates((Path(KIT) / name).read_bytes()))


def contents_of(case):
    found = []
    for one in case["detached"]:
        if "inline_utf8" in one:
            found.append(Bytes(one.get("name", "document"), one["inline_utf8"].encode()))
        else:
            found.append(Bytes(Path(one["file"]).name, (Path(KIT) / one["file"]).read_bytes()))
    return found


def judged(case, trust):
    path = Path(KIT) / case["file"]
    given = case.get("provided_signing_certificate")
    return verify(
        path.read_bytes(),
        name=path.name,
        contents=contents_of(case),
        extra_certs=certificates([given]) if given else (),
        trust=trust,
        at=AT,
    )


def one_of(value, expected):
    allowed = expected if isinstance(expected, list) else [expected]
    return expected is None or value in [str(one).replace("TOTAL_", "TOTAL-") for one in allowed]


def check_indications(case, signatures):
    expected = {entry["field"]: entry for entry in case.get("expected_per_signature", [])}
    for signature in signatures:
        wanted = expected.get(signature["id"], case["expected"])
        where = (signature["id"], signature["indication"], signature["subindication"], signature["errors"])
        if wanted["indication"] in ("VALID", "INVALID"):
            status = "passed" if wanted["indication"] == "VALID" else "failed"
            assert signature["checks"]["integrity"]["status"] == status, where
            assert signature["indication"] != "TOTAL-PASSED", where
            continue
        assert one_of(signature["indication"], wanted["indication"]), where
        assert one_of(signature["subindication"], wanted["sub_indication"]), where


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["id"])
def test_official_case(case):
    report = judged(case, TrustSnapshot(anchors=certificates(case["trust_anchors"])))
    answer = as_json(report, detail=True)
    signatures = answer["signatures"]
    assert len(signatures) == case["signatures"], answer["error"]
    if case["signatures"] == 0:
        if case["format"] == "RFC3161":
            assert (exit_code(report), answer["container"], len(answer["timestamps"])) == (1, "timestamp", 1)
        else:
            assert exit_code(report) == 2
            assert answer["error"]["message"]
        return
    check_indications(case, signatures)
    for name, value in (case.get("facts") or {}).items():
        assert signatures[0]["facts"][name] == value, name


LEVELS = {
    "B": "B-B",
    "T": "B-T",
    "LT": "B-LT",
    "LTA": "B-LTA",
    "XML_NOT_ETSI": "NOT-ETSI",
    "CMS_NOT_ETSI": "NOT-ETSI",
}


@pytest.mark.parametrize(
    "case", [case for case in cases() if case["level"] in LEVELS], ids=lambda case: case["id"]
)
def test_official_level(case):
    report = judged(case, TrustSnapshot())
    assert {signature.level for signature in report.signatures} <= {LEVELS[case["level"]]}


@pytest.mark.parametrize(
    "case", [case for case in cases() if case.get("anchors_for_trusted_run")], ids=lambda case: case["id"]
)
def test_chain_is_found_once_its_anchor_is_trusted(case):
    trust = TrustSnapshot(anchors=certificates(case["anchors_for_trusted_run"]))
    for signature in judged(case, trust).signatures:
        assert signature.subindication != "NO_CERTIFICATE_CHAIN_FOUND"
    assert replace(trust, anchors=()).id != trust.id
