"""Our judgement of 4.1.0, 4.0.0 and 3.3.0 documents is the official one: on samples and on documents broken at random.

``PLI_TEST_SCALE=full`` breaks 200 documents of 4.1.0 and 60 of each older version instead of 40 and 4; ``--mutants 400
--seed 2`` breaks more of 4.1.0, and others.
"""

import os
from collections import Counter
from pathlib import Path

import pytest

from dume import kit
from dume.espd.validate import Verdict, validate
from dume.espd.write_v41 import write
from tests.contract.espd_mutants import bases, mutants
from tests.vectors.dume.documents import documents

KIT = os.environ.get("PLI_TEST_ESPD_KIT", "")
pytestmark = pytest.mark.skipif(not KIT, reason="PLI_TEST_ESPD_KIT names no folder of the official kits")
#: How many documents are broken of each version and kind, and from how many criteria beside the usual ones.
COUNTS = {"ci": {"4.1.0": 20, "4.0.0": 2, "3.3.0": 2}, "full": {"4.1.0": 100, "4.0.0": 30, "3.3.0": 30}}
CRITERIA = {"ci": 1, "full": 12}
SAMPLES = (
    "4.1.0/samples/ESPD-Request-4.1.0.xml",
    "4.0.0/samples/ESPD-Response-4.0.0.xml",
    "3.3.0/samples/ESPD-Request-3.3.0.xml",
)


def judged(verdict: Verdict) -> tuple[str | None, object, bool, Counter[tuple[str, str]]]:
    """Return what must be equal: version, kind, validity and how often each rule is broken; not what is ours only."""
    found = Counter(
        (finding.rule, finding.severity.value)
        for finding in verdict.findings
        if not finding.rule.startswith("PLI-")
    )
    return verdict.version, verdict.kind, verdict.valid, found


@pytest.mark.parametrize("name", SAMPLES)
def test_sample_is_judged_as_officially(name: str) -> None:
    data = (Path(KIT) / name).read_bytes()
    assert validate(data).as_json("fr") == kit.validate(data, KIT).as_json("fr")
    assert validate(data).valid


@pytest.mark.parametrize("version", ["4.1.0", "4.0.0", "3.3.0"])
@pytest.mark.parametrize("kind", ["request", "response"])
def test_broken_document_is_judged_as_officially(
    version: str, kind: str, scale: str, seed: int, asked_mutants: int | None
) -> None:
    count = COUNTS[scale][version]
    if asked_mutants is not None and version == "4.1.0":
        count = asked_mutants // 2
    base = bases(Path(KIT), version, criteria=CRITERIA[scale], mandatory=scale == "full")[kind]
    different = [
        (done, official[3] - native[3], native[3] - official[3])
        for done, data in mutants(base, count, seed)
        if (native := judged(validate(data))) != (official := judged(kit.validate(data, KIT)))
    ]
    assert different == []


@pytest.mark.skipif(
    os.environ.get("PLI_TEST_SCALE") != "full", reason="two minutes; PLI_TEST_SCALE is not full"
)
@pytest.mark.parametrize("kind", ["request", "response"])
def test_whole_document_broken_is_judged_as_officially(kind: str, seed: int) -> None:
    base = bases(Path(KIT), "4.1.0")[kind]
    assert validate(base).valid
    for done, data in mutants(base, 20, seed):
        assert (done, judged(validate(data))) == (done, judged(kit.validate(data, KIT)))


OURS = {
    "ci": {"response-simplified": 4},
    "full": {"response-full": 20, "response-lead": 20, "request-per-lot": 20},
}


def test_document_of_ours_is_judged_as_officially_whole_and_broken(scale: str, seed: int) -> None:
    made = documents()
    for name, count in OURS[scale].items():
        base = write(made[name])
        assert validate(base).valid
        for done, data in [("nothing", base), *mutants(base, count, seed)]:
            assert (name, done, judged(validate(data))) == (name, done, judged(kit.validate(data, KIT)))


def test_operators_break_both_the_rules_and_the_structure() -> None:
    """A set of mutants that breaks nothing would prove nothing."""
    base = bases(Path(KIT), "4.1.0", criteria=1, mandatory=False)["response"]
    found = Counter(finding.rule for _, data in mutants(base, 150, 1) for finding in validate(data).findings)
    assert len([rule for rule in found if rule.startswith("BR-")]) >= 40
    assert found["XSD"] >= 30


def test_kit_that_lacks_the_version_is_refused_by_name() -> None:
    data = (Path(KIT) / SAMPLES[0]).read_bytes()
    with pytest.raises(kit.KitUnusable, match=r"4\.1\.0"):
        kit.validate(data, Path(KIT) / "4.0.0")


def test_kit_of_one_version_serves_as_their_parent_does() -> None:
    data = bases(Path(KIT), "4.0.0", criteria=1, mandatory=False)["response"]
    assert judged(kit.validate(data, Path(KIT) / "4.0.0")) == judged(kit.validate(data, KIT))
