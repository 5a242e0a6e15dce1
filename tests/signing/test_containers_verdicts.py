"""Verify containers to the end: verdicts, what the JSON says, and archives that outlive their certificates."""

from datetime import datetime, timedelta

import pytest

from signing import api
from signing.produce.params import Level, Profile
from signing.report import Report, as_json, exit_code
from signing.types import Bytes, Coverage, Evidence, Indication, SubIndication
from tests.signing import pki, signed
from tests.signing.archives import ASIC_E, ASIC_S, archive, asic_e, manifest, openssl_cades

DOCUMENTS = {"acte.pdf": b"%PDF-1.7 acte", "prix.csv": b"lot;prix\n"}
MANIFEST, SIGNATURE = "META-INF/ASiCManifest001.xml", "META-INF/signature001.p7s"
ARCHIVE, TOKEN = "META-INF/ASiCArchiveManifest001.xml", "META-INF/timestamp001.tst"
LATER = pki.NOW + timedelta(days=365)


def verify(
    data: bytes,
    name: str = "a.asice",
    *,
    contents: tuple[Bytes, ...] = (),
    at: datetime = pki.NOW,
    evidence: Evidence | None = None,
) -> Report:
    return api.verify(
        data,
        name=name,
        contents=contents,
        trust=pki.trust(),
        evidence=pki.evidence() if evidence is None else evidence,
        at=at,
    )


def verdict(report: Report) -> tuple[Indication, SubIndication | None]:
    (one,) = report.signatures
    return one.indication, one.subindication


def packed(entries: dict[str, bytes], mimetype: bytes = ASIC_E) -> bytes:
    return archive(entries.items(), mimetype=mimetype)


PASSED = (Indication.TOTAL_PASSED, None)


@pytest.fixture(scope="module")
def sound() -> dict[str, bytes]:
    return asic_e(DOCUMENTS, pki.signer("good"))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"acte.pdf": b"autre"}, (Indication.TOTAL_FAILED, SubIndication.HASH_FAILURE)),
        ({"acte.pdf": None}, (Indication.INDETERMINATE, SubIndication.SIGNED_DATA_NOT_FOUND)),
        (
            {MANIFEST: manifest(SIGNATURE, [("acte.pdf", b"autre")])},
            (Indication.TOTAL_FAILED, SubIndication.FORMAT_FAILURE),
        ),
        ({MANIFEST: b"bla"}, (Indication.TOTAL_FAILED, SubIndication.FORMAT_FAILURE)),
        ({SIGNATURE: b"0\x80"}, (Indication.TOTAL_FAILED, SubIndication.FORMAT_FAILURE)),
    ],
)
def test_a_container_gets_the_verdict_of_its_fault(sound, change, expected):
    assert verdict(verify(packed(sound))) == PASSED
    entries = {name: data for name, data in {**sound, **change}.items() if data is not None}
    report = verify(packed(entries))
    assert verdict(report) == expected
    assert exit_code(report) == 1


def test_asic_s_of_two_documents_fails_in_its_form():
    document = DOCUMENTS["acte.pdf"]
    entries = {"acte.pdf": document, "META-INF/signature.p7s": openssl_cades(document, pki.signer("good"))}
    assert verdict(verify(packed(entries, ASIC_S), "a.asics")) == PASSED
    report = verify(packed({**entries, "b.pdf": b"b"}, ASIC_S), "a.asics")
    assert verdict(report) == (Indication.TOTAL_FAILED, SubIndication.FORMAT_FAILURE)


def test_a_stamp_alone_is_no_signature():
    document = DOCUMENTS["acte.pdf"]
    entries = {"acte.pdf": document, "META-INF/timestamp.tst": pki.stamp(document, pki.NOW)}
    report = verify(packed(entries, ASIC_S), "a.asics")
    shown = as_json(report, detail=True)
    assert exit_code(report) == 1 and shown["container"] == "asic-s" and shown["signatures"] == []
    assert [stamp["trusted"] for stamp in shown["timestamps"]] == [True]


def test_warnings_on_the_container_stand_with_its_signatures(sound):
    shown = as_json(verify(archive([*sound.items(), ("mimetype", ASIC_E)])))
    assert "containers.mimetype_place" in [one["code"] for one in shown["signatures"][0]["warnings"]]
    assert "containers.mimetype_place" not in str(as_json(verify(packed(sound))))


def test_a_plain_zip_is_judged_file_by_file():
    text = b"memoire"
    entries = {
        "acte.pdf": signed.sign(Profile.PADES),
        "memoire.txt": text,
        "memoire.txt.p7s": openssl_cades(text, pki.signer("good")),
    }
    report = verify(archive(entries.items()), "plis.zip")
    assert exit_code(report) == 0 and as_json(report)["container"] == "zip"
    changed = verify(archive({**entries, "memoire.txt": b"autre"}.items()), "plis.zip")
    assert [one.subindication for one in changed.signatures] == [None, SubIndication.SIGNED_DATA_NOT_FOUND]
    empty = verify(archive([("a.txt", b"a")]), "plis.zip")
    assert exit_code(empty) == 1 and [one.code for one in empty.findings] == ["containers.zip_nothing_signed"]


@pytest.mark.parametrize("profile", [Profile.CADES_DETACHED, Profile.XADES_DETACHED])
def test_a_zip_signed_as_one_file_does_not_sign_its_documents(profile):
    zipped = Bytes("offre.zip", archive(DOCUMENTS.items()))
    token = signed.sign(profile, what=zipped)
    name = "offre.zip.p7s" if profile is Profile.CADES_DETACHED else "offre.zip.xml"
    report = verify(token, name, contents=(zipped,))
    assert verdict(report) == PASSED
    assert {item.name: item.coverage for item in report.signatures[0].scope} == {
        "offre.zip": Coverage.FULL,
        "offre.zip/acte.pdf": Coverage.NONE,
        "offre.zip/prix.csv": Coverage.NONE,
    }


def archived(document: bytes, *, covered: bool = True) -> dict[str, bytes]:
    """Return an ASiC-E whose CAdES-T signature an archive manifest covers, stamped a year later."""
    bound = manifest(SIGNATURE, [("acte.pdf", document)])
    token = signed.sign(Profile.CADES_DETACHED, Level.B_T, what=Bytes(MANIFEST, bound))
    entries = {"acte.pdf": document, MANIFEST: bound, SIGNATURE: token}
    kept = [*entries.items()] if covered else [("acte.pdf", document), (MANIFEST, bound)]
    sealed = manifest(TOKEN, kept)
    return {**entries, ARCHIVE: sealed, TOKEN: pki.stamp(sealed, LATER, unit="tsa-late")}


def test_an_archive_time_stamp_outlives_the_certificates():
    document = DOCUMENTS["acte.pdf"]
    at = pki.DIES + timedelta(days=365)
    known = pki.evidence(LATER - timedelta(days=1))
    now = pki.evidence(at)
    material = Evidence(known.certificates, (*known.crls, *now.crls), (*known.ocsps, *now.ocsps))

    early = verify(packed(archived(document)), at=pki.NOW + timedelta(days=1), evidence=pki.evidence())
    assert verdict(early) == PASSED
    late = verify(packed(archived(document)), at=at, evidence=material)
    (one,) = late.signatures
    assert [stamp.facts.kind.value for stamp in one.stamps] == ["signature", "archive"]
    assert (one.indication, one.subindication) == PASSED

    bare = verify(packed(archived(document, covered=False)), at=at, evidence=material)
    assert bare.signatures[0].indication is not Indication.TOTAL_PASSED
    changed = verify(packed({**archived(document), "acte.pdf": b"autre"}), at=at, evidence=material)
    assert verdict(changed) == (Indication.TOTAL_FAILED, SubIndication.HASH_FAILURE)
