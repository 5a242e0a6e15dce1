"""The facts of the official files (``PLI_TEST_SIGNATURES``): CAdES, CMS, ASiC with CAdES, PAdES, RFC 3161."""

import io
import json
import os
import re
import zipfile
from collections.abc import Callable
from functools import cache
from hashlib import new as new_digest
from pathlib import Path

import pytest

from signing import cades
from signing.certificates import read_certificates
from signing.errors import Unverifiable
from signing.facts import SignatureFacts, SignerStatus, StampKind
from signing.timestamps import tst
from signing.types import Bytes, Format

ROOT = os.environ.get("PLI_TEST_SIGNATURES")
pytestmark = pytest.mark.skipif(not ROOT, reason="PLI_TEST_SIGNATURES is not set")
_LEVELS = {"B": "B-B", "T": "B-T", "LT": "B-LT", "LTA": "B-LTA", "CMS_NOT_ETSI": "NOT-ETSI"}


@cache
def kit() -> dict[str, dict]:
    cases = json.loads((Path(ROOT or "") / "cases.json").read_text())["cases"]
    return {case["id"]: case for case in cases}


def data_of(path: str) -> bytes:
    return (Path(ROOT or "") / path).read_bytes()


def read(case_id: str) -> list[SignatureFacts]:
    case = kit()[case_id]
    provided = case.get("provided_signing_certificate")
    return cades.read(
        data_of(case["file"]),
        name=Path(case["file"]).name,
        contents=[Bytes("document", given["inline_utf8"].encode()) for given in case["detached"]],
        extra_certs=read_certificates(data_of(provided)) if provided else (),
    )


_FACTS: dict[str, Callable[[SignatureFacts], object]] = {
    "signature_intact": lambda facts: facts.intact,
    "digest_intact": lambda facts: facts.digests_intact,
    "data_found": lambda facts: facts.data_found,
    "b_level_valid": lambda facts: facts.intact and not facts.structure_errors,
    "t_level_valid": lambda facts: any(
        stamp.sound for stamp in facts.stamps if stamp.kind is StampKind.SIGNATURE
    ),
    "timestamps": lambda facts: len(facts.stamps),
    "timestamps_imprint_intact": lambda facts: sum(stamp.imprint_intact for stamp in facts.stamps),
    "archive_timestamps": lambda facts: sum(stamp.kind is StampKind.ARCHIVE for stamp in facts.stamps),
}


@pytest.mark.parametrize(
    "case_id",
    [
        f"cades-{name}"
        for name in (
            ["01", "02", "03a", "03b", "03c", "04a", "04b", "04c", "05", "06", "07", "08", "09", "10"]
        )
    ],
)
def test_file_says_what_the_kit_says(case_id):
    case = kit()[case_id]

    found = read(case_id)

    assert len(found) == case["signatures"]
    main = found[0]
    assert {name: _FACTS[name](main) for name in case.get("facts", {})} == case.get("facts", {})
    expected = case["expected"]["sub_indication"]
    assert (expected == "NO_SIGNING_CERTIFICATE_FOUND") == (main.signer_status is SignerStatus.MISSING)
    assert (expected == "SIGNED_DATA_NOT_FOUND") == (not main.data_found)
    assert (expected == "HASH_FAILURE") == (not main.digests_intact)
    assert main.structure_errors == () and main.constraint_errors == ()
    assert main.level == _LEVELS.get(case["level"].split()[0], main.level)


def test_sound_stamps_are_sound_and_the_stolen_one_is_not():
    assert [stamp.sound for stamp in read("cades-06")[0].stamps] == [True, False]
    assert [stamp.sound for stamp in read("cades-07")[0].stamps] == [True, True, True]
    assert [stamp.sound for stamp in read("cades-10")[0].stamps] == [True, True, True]


def test_second_archive_stamp_proves_the_first():
    first, second = read("cades-10")[0].stamps[1:]

    assert first.covers < second.covers


def test_sha_1_era_counter_signature_is_a_second_signature_with_its_stamp():
    main, counter = read("cades-08")

    assert (main.level, counter.level, counter.id) == ("T", "T", "sig-1/counter-1")
    assert counter.intact and counter.stamps[0].sound and main.counter_signatures == 1


def test_extended_bes_is_named_so_and_plain_cms_is_no_etsi_form():
    assert read("cades-09")[0].level == "BES"
    assert read("cades-05")[0].format is Format.CMS


def test_malformed_file_is_refused():
    with pytest.raises(Unverifiable) as refused:
        read("cades-11")

    assert refused.value.code == "UNREADABLE"


@pytest.mark.parametrize(
    ("case_id", "signed", "intact", "found"),
    [
        ("asic-06", "test.text", True, True),
        ("asic-07", "META-INF/ASiCManifest.xml", True, True),
        ("asic-08", "META-INF/ASiCManifest.xml", True, True),
        ("asic-09", "META-INF/ASiCManifest.xml", False, True),
        ("asic-10", "package.zip", False, True),
    ],
)
def test_signature_in_a_container_is_over_its_entry(case_id, signed, intact, found):
    with zipfile.ZipFile(io.BytesIO(data_of(kit()[case_id]["file"]))) as archive:
        token = next(name for name in archive.namelist() if name.endswith(".p7s"))
        content = Bytes(signed, archive.read(signed))
        (facts,) = cades.read(archive.read(token), name=token, contents=[content])

    assert (facts.digests_intact, facts.data_found, facts.value_intact) == (intact, found, True)
    assert len(facts.stamps) == kit()[case_id].get("facts", {}).get("timestamps", len(facts.stamps))


def pdf_signatures(path: str) -> list[SignatureFacts]:
    """Read each CMS of a PDF by its ByteRange, found by hand."""
    data = data_of(path)
    found = []
    for span in re.finditer(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]", data):
        start, size, next_start, next_size = map(int, span.groups())
        covered = data[start : start + size] + data[next_start : next_start + next_size]
        try:
            token = bytes.fromhex(data[start + size : next_start].strip(b"<>").decode())
        except ValueError:
            continue
        found += cades.read_signed_data(
            token,
            name=path,
            digest_of=lambda name, covered=covered: new_digest(name, covered).digest(),
            ids="Signature1",
        )
    return found


@pytest.mark.parametrize(
    ("case_id", "level", "intact"),
    [
        ("pades-01", "B-B", True),
        ("pades-02", "B-B", False),
        ("pades-04", "BES", True),
        ("pades-05", "B-B", True),
        ("pades-07", "B-T", True),
        ("pades-09", "B-B", True),
    ],
)
def test_cms_of_a_pdf_is_read_by_the_digest_of_its_bytes(case_id, level, intact):
    facts = pdf_signatures(kit()[case_id]["file"])[0]

    assert (facts.id, facts.format, facts.level, facts.intact) == ("Signature1", Format.PADES, level, intact)
    assert len(facts.stamps) == kit()[case_id].get("facts", {}).get("timestamps", 0)


def test_cms_of_a_pdf_without_certificates_names_nobody():
    (facts,) = pdf_signatures(kit()["pades-08"]["file"])

    assert (facts.signer_status, facts.value_intact, facts.level) == (SignerStatus.MISSING, None, "BES")


def test_time_stamp_response_is_read():
    stamp = tst.read_response(data_of(kit()["tsp-01"]["file"]))

    assert stamp.kind is StampKind.STANDALONE and stamp.signature_intact and not stamp.data_found
    assert (stamp.imprint_algorithm, stamp.policy, stamp.gen_time.year) == ("sha256", "0.4.0.2023.1.1", 2018)
