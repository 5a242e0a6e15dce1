"""Signed files edited at random, by seeds: whatever still passes shows the very document that was signed.

The files of ``PLI_TEST_SIGNATURES`` are edited as well: with no anchor none of them passes, and none may break the program.
"""

import logging
import os
import random
import re
import zipfile
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest

from signing.api import verify
from signing.produce.params import Level, Profile
from signing.report import Report, as_json, exit_code
from signing.trust.model import TrustSnapshot
from signing.types import Coverage
from tests.signing import cades_builder as build
from tests.signing import malformed, mutations, pdfs, pki, signed

KIT = os.environ.get("PLI_TEST_SIGNATURES", "")
ROUNDS = 80


def judged(data: bytes, name: str, trust: TrustSnapshot | None = None) -> Report:
    """Verify under the test PKI, and write the report out: neither may raise, or find a parser at a loss."""
    report = verify(data, name=name, trust=trust or pki.trust(), evidence=pki.evidence(), at=pki.NOW)
    assert as_json(report, detail=True)
    assert exit_code(report) in (0, 1, 2)
    return report


@pytest.fixture(autouse=True)
def _no_parser_is_at_a_loss(caplog: pytest.LogCaptureFixture):
    yield
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []


def passing(report: Report):
    return [one for one in report.signatures if one.passed]


@cache
def long_term_xml() -> bytes:
    return signed.sign(Profile.XADES_ENVELOPED, Level.B_LTA)


def test_edited_xml_passes_with_its_document_and_properties_alone() -> None:
    base, rnd = long_term_xml(), random.Random(1)
    assert judged(base, "acte.xml").passed
    for number in range(ROUNDS):
        edited = mutations.xml(base, rnd)
        for one in passing(judged(edited, "acte.xml")):
            assert mutations.signed_properties(base)[0] in mutations.signed_properties(edited), number
            if any(entry.coverage is Coverage.FULL for entry in one.scope):
                assert mutations.unsigned_form(edited) == mutations.unsigned_form(base), number


@cache
def archived_cms() -> bytes:
    made = build.stamped(build.simple())
    made.certificates.append(pki.tsa().der)
    return build.archived_v3(made, pki.NOW).dump()


def test_edited_cms_passes_with_the_same_value_signer_and_content_alone() -> None:
    base, rnd = archived_cms(), random.Random(2)
    (sound,) = passing(judged(base, "acte.p7m"))
    for number in range(2 * ROUNDS):
        for one in passing(judged(mutations.cms(base, rnd), "acte.p7m")):
            assert one.facts.value == sound.facts.value, number
            assert one.facts.certificate == sound.facts.certificate, number
            assert [entry.digest for entry in one.scope] == [entry.digest for entry in sound.scope], number


@pytest.mark.parametrize("name", ["acte.asice", "acte-cades.asice", "acte.asics"])
def test_edited_container_passes_with_the_signed_bytes_under_the_signed_names(name: str) -> None:
    base, rnd = malformed.bases()[name].data, random.Random(name)
    original = _entries(base)
    assert judged(base, name).passed
    for number in range(ROUNDS // 2):
        edited = mutations.container(base, rnd)
        entries = _entries(edited)
        for one in passing(judged(edited, name)):
            covered = [entry.name for entry in one.scope if entry.coverage is Coverage.FULL]
            assert covered, number
            if name == "acte.asics":
                # There the signature is over the content alone, whatever it is called (EN 319 162-1, 4.3.3).
                assert [entries[item] for item in covered] == [original["acte.txt"]], number
            else:
                assert all(entries[item] == original[item] for item in covered), number


def _entries(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(data)) as file:
        return {item: file.read(item) for item in file.namelist()}


def test_edited_pdf_passes_with_all_that_is_shown_alone() -> None:
    base, rnd = pdfs.sign(pdfs.plain()), random.Random(4)
    assert judged(base, "acte.pdf").passed
    for number in range(ROUNDS):
        objects = mutations.pdf_objects(base, rnd)
        report = judged(pdfs.update(base, objects), "acte.pdf")
        if report.passed:
            # The note and the field are annotations, whose changes are warnings; of the rest nothing may differ.
            shown = set(objects) - {pdfs.TEXT_FIELD, pdfs.NOTE}
            assert [at for at in shown if _tokens(objects[at]) != _tokens(pdfs.object_of(base, at))] == [], (
                number
            )


def _tokens(body: bytes) -> bytes:
    return re.sub(rb"\s+", b"", body)


@pytest.mark.parametrize("name", sorted(malformed.bases()))
def test_flipped_files_break_nothing(name: str) -> None:
    case, rnd = malformed.bases()[name], random.Random(name)
    for _ in range(ROUNDS // 4):
        judged(mutations.flipped(case.data, rnd), name)


def _kit() -> list[Path]:
    folders = ("xades", "xmldsig", "cades", "pades", "asic-xades", "asic-cades", "timestamps")
    return sorted(file for folder in folders for file in (Path(KIT) / folder).glob("*") if KIT)


@pytest.mark.skipif(not KIT, reason="PLI_TEST_SIGNATURES names no folder")
def test_edited_official_files_break_nothing_and_never_pass() -> None:
    for file in _kit():
        data, rnd = file.read_bytes(), random.Random(file.name)
        edits = [mutations.flipped(data, rnd) for _ in range(5)]
        if file.suffix in (".asice", ".asics"):
            edits += [mutations.container(data, rnd) for _ in range(3)]
        elif file.suffix == ".xml":
            edits += [mutations.xml(data, rnd) for _ in range(3)]
        for number, edited in enumerate(edits):
            report = judged(edited, file.name, TrustSnapshot())
            assert passing(report) == [], (file.name, number)
