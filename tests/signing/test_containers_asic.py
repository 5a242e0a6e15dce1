"""Read ASiC containers signed with openssl and stamped with a real token: what is bound to what, and what is not."""

import os
from hashlib import sha256
from pathlib import Path

import pytest

from signing import limits
from signing.containers import asic
from signing.containers.asic import AsicReading
from signing.errors import Unverifiable
from signing.facts import SignatureFacts, SignerStatus, StampKind
from signing.summary_fr import sentence
from signing.types import Container, Coverage, Finding, Format, ScopeKind
from tests.signing import pki
from tests.signing.archives import ASIC_E, ASIC_S, archive, asic_e, manifest, openssl_cades

KIT = os.environ.get("PLI_TEST_SIGNATURES")
DOCUMENTS = {"acte.pdf": b"%PDF-1.7 acte", "dossier/prix é.csv": b"lot;prix\n1;10\n"}
MANIFEST, SIGNATURE = "META-INF/ASiCManifest001.xml", "META-INF/signature001.p7s"


@pytest.fixture(scope="module")
def extended() -> dict[str, bytes]:
    return asic_e(DOCUMENTS, pki.signer("good"))


@pytest.fixture(scope="module")
def simple() -> dict[str, bytes]:
    document = DOCUMENTS["acte.pdf"]
    return {"acte.pdf": document, "META-INF/signature.p7s": openssl_cades(document, pki.signer("good"))}


def read(entries: dict[str, bytes], mimetype: bytes = ASIC_E, name: str = "a.asice") -> AsicReading:
    found = asic.read(archive(entries.items(), mimetype=mimetype), name)
    said = [*found.findings]
    for facts in found.signatures:
        said += [*facts.structure_errors, *facts.constraint_errors, *facts.warnings]
        said += [item.note for item in facts.scope if item.note]
    assert all(sentence(finding) for finding in said)
    return found


def only(found: AsicReading) -> SignatureFacts:
    assert len(found.signatures) == 1
    return found.signatures[0]


def sound(facts: SignatureFacts) -> bool:
    return facts.intact and not facts.structure_errors and facts.signer_status is SignerStatus.IDENTIFIED


def codes(findings) -> list[str]:
    return [finding.code.removeprefix("containers.") for finding in findings]


def coverage(facts: SignatureFacts) -> dict[str, Coverage]:
    return {item.name: item.coverage for item in facts.scope}


# ASiC-E with CAdES.


def test_every_file_of_a_manifest_is_digested(extended):
    found = read(extended)
    facts = only(found)
    assert found.container is Container.ASIC_E
    assert sound(facts) and facts.format is Format.CADES and facts.id == "sig-1"
    assert found.findings == []
    assert coverage(facts) == dict.fromkeys(DOCUMENTS, Coverage.FULL)
    assert {item.kind for item in facts.scope} == {ScopeKind.MANIFEST_ENTRY}
    assert facts.extra["broken_manifest_entries"] == 0
    assert facts.scope[0].digest == ("sha256", sha256(DOCUMENTS["acte.pdf"]).hexdigest())


def test_a_changed_file_breaks_its_reference_alone(extended):
    assert sound(only(read(extended)))
    facts = only(read({**extended, "acte.pdf": b"%PDF-1.7 autre"}))
    assert facts.value_intact and facts.data_found and not facts.structure_errors
    assert not facts.digests_intact
    assert facts.extra["broken_manifest_entries"] == 1
    assert coverage(facts) == {"acte.pdf": Coverage.NONE, "dossier/prix é.csv": Coverage.FULL}


def test_a_missing_file_is_data_not_found(extended):
    assert sound(only(read(extended)))
    facts = only(read({name: data for name, data in extended.items() if name != "acte.pdf"}))
    assert not facts.data_found and not facts.structure_errors
    assert facts.extra["broken_manifest_entries"] == 0


def test_an_altered_manifest_is_a_failure_of_format(extended):
    assert sound(only(read(extended)))
    other = manifest(SIGNATURE, [("acte.pdf", DOCUMENTS["acte.pdf"])])
    for altered in (other, b"bla", extended[MANIFEST].replace(b"02918", b"99999")):
        facts = only(read({**extended, MANIFEST: altered}))
        assert codes(facts.structure_errors) == ["manifest_altered"]
        assert not facts.intact or altered is other


def test_without_a_manifest_nothing_is_bound(extended):
    facts = only(read({name: data for name, data in extended.items() if name != MANIFEST}))
    assert codes(facts.structure_errors) == ["manifest_missing"]
    assert not facts.data_found
    assert set(coverage(facts).values()) == {Coverage.NONE}


def test_two_manifests_for_one_signature_are_ambiguous(extended):
    facts = only(read({**extended, "META-INF/ASiCManifest002.xml": extended[MANIFEST]}))
    assert codes(facts.structure_errors) == ["manifest_ambiguous"]
    assert not facts.data_found


def test_a_file_beside_the_manifest_is_not_covered(extended):
    facts = only(read({**extended, "annexe.pdf": b"%PDF ajoutee"}))
    assert sound(facts)
    assert coverage(facts)["annexe.pdf"] is Coverage.NONE
    assert sentence(next(item.note for item in facts.scope if item.name == "annexe.pdf"))


def test_a_signature_that_holds_its_document_is_not_one_over_the_container(extended):
    bound = extended[MANIFEST]
    attached = openssl_cades(bound, pki.signer("good"), attached=True)
    facts = only(read({**extended, SIGNATURE: attached}))
    assert codes(facts.structure_errors) == ["cms_not_detached"]
    stranger = openssl_cades(b"autre chose", pki.signer("good"), attached=True)
    assert "cms_not_detached" in codes(only(read({**extended, SIGNATURE: stranger})).structure_errors)


def test_a_manifest_of_nothing_signs_nothing():
    facts = only(read(asic_e({}, pki.signer("good"), more={"acte.pdf": b"%PDF"})))
    assert facts.value_intact and not facts.data_found
    assert coverage(facts) == {"acte.pdf": Coverage.NONE}


def test_a_manifest_of_its_own_papers_signs_no_document():
    inner = {"mimetype": ASIC_E, "META-INF/autre.xml": b"<a/>"}
    bound = manifest(SIGNATURE, inner.items())
    entries = {
        "acte.pdf": b"%PDF",
        "META-INF/autre.xml": b"<a/>",
        MANIFEST: bound,
        SIGNATURE: openssl_cades(bound, pki.signer("good")),
    }
    facts = only(read(entries))
    assert all(reference.intact for reference in facts.references)
    assert not facts.data_found and not facts.intact


@pytest.mark.parametrize(
    "uri", ["http://example.org/acte.pdf", "file:///etc/passwd", "../acte.pdf", "acte.pdf#a"]
)
def test_a_reference_to_elsewhere_is_not_found(uri):
    document = DOCUMENTS["acte.pdf"]
    bound = manifest(SIGNATURE, [(uri, document)])
    entries = {"acte.pdf": document, MANIFEST: bound, SIGNATURE: openssl_cades(bound, pki.signer("good"))}
    facts = only(read(entries))
    assert not facts.structure_errors and not facts.data_found


@pytest.mark.parametrize("written", ["./acte.pdf", "/acte.pdf", "acte%2Epdf"])
def test_a_reference_may_be_written_in_several_ways(written):
    document = DOCUMENTS["acte.pdf"]
    bound = manifest(SIGNATURE, [("acte.pdf", document)]).replace(b'"acte.pdf"', f'"{written}"'.encode())
    entries = {"acte.pdf": document, MANIFEST: bound, SIGNATURE: openssl_cades(bound, pki.signer("good"))}
    facts = only(read(entries))
    assert sound(facts) and coverage(facts) == {"acte.pdf": Coverage.FULL}


def test_an_unknown_digest_is_no_proof():
    document = DOCUMENTS["acte.pdf"]
    bound = manifest(SIGNATURE, [("acte.pdf", document)], algorithm="urn:inconnu")
    entries = {"acte.pdf": document, MANIFEST: bound, SIGNATURE: openssl_cades(bound, pki.signer("good"))}
    facts = only(read(entries))
    assert not facts.data_found
    assert codes(facts.constraint_errors) == ["digest_unknown"]


def _altered(old: bytes, new: bytes) -> bytes:
    return manifest(SIGNATURE, [("acte.pdf", b"%PDF")]).replace(old, new)


@pytest.mark.parametrize(
    "broken",
    [
        _altered(b"<asic:SigReference", b"<asic:Autre"),
        _altered(b"<asic:SigReference", b'<asic:SigReference URI="a"/><asic:SigReference'),
        _altered(b"</ds:DigestValue>", b"*</ds:DigestValue>"),
        _altered(b"<ds:DigestMethod", b"<ds:Autre"),
        _altered(b'DataObjectReference URI="acte.pdf"', b"DataObjectReference"),
        _altered(b"</asic:ASiCManifest>", b""),
        _altered(b"ASiCManifest", b"ASiCAutre"),
        b"<a>" * 300 + b"</a>" * 300,
    ],
)
def test_a_manifest_of_another_form_is_unreadable(broken):
    entries = {"acte.pdf": b"%PDF", MANIFEST: broken, SIGNATURE: openssl_cades(broken, pki.signer("good"))}
    found = read(entries)
    assert codes(only(found).structure_errors) == ["manifest_altered"]
    assert "manifest_unreadable" in codes(found.findings)


def test_a_document_type_refuses_the_file(extended):
    for encoding in ("utf-8", "utf-16", "utf-32"):
        text = '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'.encode(encoding)
        with pytest.raises(Unverifiable) as caught:
            read({**extended, MANIFEST: text})
        assert caught.value.code == "REFUSED_DTD"


def test_a_manifest_too_large_is_unreadable(extended, monkeypatch):
    monkeypatch.setattr("signing.containers.manifests.MANIFEST_BYTES", 100)
    assert codes(only(read(extended)).structure_errors) == ["manifest_altered"]


def test_several_signers_have_ids_of_their_own(extended):
    bound = manifest("META-INF/signature002.p7s", DOCUMENTS.items())
    second = {
        "META-INF/ASiCManifest002.xml": bound,
        "META-INF/signature002.p7s": openssl_cades(bound, pki.signer("good", "rsa")),
    }
    found = read({**extended, **second})
    assert [facts.id for facts in found.signatures] == ["sig-1", "sig-2"]
    assert all(map(sound, found.signatures))
    broken = read({**extended, **second, "META-INF/signature002.p7s": b"0\x03\x02\x01\x01"})
    assert [sound(facts) for facts in broken.signatures] == [True, False]
    assert "signature_unreadable" in codes(broken.signatures[1].structure_errors)


def test_a_signature_taken_away_is_noticed(extended):
    found = read({name: data for name, data in extended.items() if name != SIGNATURE})
    assert found.signatures == []
    assert "manifest_orphan" in codes(found.findings)


def test_too_many_signatures_are_refused(extended, monkeypatch):
    monkeypatch.setattr(limits, "SIGNATURES", 0)
    with pytest.raises(Unverifiable) as caught:
        read(extended)
    assert caught.value.code == "TOO_LARGE"


def test_large_documents_are_digested_without_being_held(monkeypatch, extended, simple):
    monkeypatch.setattr("signing.containers.zipsafe.CONTENT_BYTES", 0)
    assert sound(only(read(extended)))
    assert sound(only(read(simple, ASIC_S)))


# ASiC-S with CAdES.


def test_the_one_document_of_asic_s_is_covered(simple):
    found = read(simple, ASIC_S)
    assert found.container is Container.ASIC_S
    assert sound(only(found)) and coverage(only(found)) == {"acte.pdf": Coverage.FULL}
    assert only(found).scope[0].kind is ScopeKind.ASIC_ENTRY


def test_a_changed_document_of_asic_s_breaks_its_digest(simple):
    assert sound(only(read(simple, ASIC_S)))
    facts = only(read({**simple, "acte.pdf": b"autre"}, ASIC_S))
    assert facts.data_found and not facts.digests_intact and not facts.structure_errors
    assert facts.scope[0].coverage is Coverage.NONE
    assert codes([facts.scope[0].note]) == ["entry_changed"]


def test_asic_s_holds_exactly_one_document(simple):
    assert sound(only(read(simple, ASIC_S)))
    for entries in ({**simple, "b.pdf": b"b"}, {"META-INF/signature.p7s": simple["META-INF/signature.p7s"]}):
        assert "asic_s_files" in codes(only(read(entries, ASIC_S)).structure_errors)
    deeper = only(read({**simple, "dossier/b.pdf": b"b"}, ASIC_S))
    assert coverage(deeper)["dossier/b.pdf"] is Coverage.NONE


def test_a_package_in_asic_s_is_one_object():
    package = archive(DOCUMENTS.items())
    entries = {"package.zip": package, "META-INF/signature.p7s": openssl_cades(package, pki.signer("good"))}
    facts = only(read(entries, ASIC_S))
    assert sound(facts) and coverage(facts) == {"package.zip": Coverage.FULL}
    removed = archive([next(iter(DOCUMENTS.items()))])
    assert not only(read({**entries, "package.zip": removed}, ASIC_S)).digests_intact


def test_a_document_that_is_no_longer_the_signed_one_and_has_company_is_not_found(simple):
    facts = only(read({**simple, "acte.pdf": b"autre", "b.pdf": b"b"}, ASIC_S))
    assert facts.structure_errors and not facts.intact


def test_the_manifest_of_an_asic_s_is_followed(extended):
    entries = {name: data for name, data in extended.items() if "prix" not in name}
    bound = manifest(SIGNATURE, [("acte.pdf", DOCUMENTS["acte.pdf"])])
    entries |= {MANIFEST: bound, SIGNATURE: openssl_cades(bound, pki.signer("good"))}
    assert sound(only(read(entries, ASIC_S)))
    assert not only(read({**entries, "acte.pdf": b"autre"}, ASIC_S)).digests_intact


# Form of the container.


def test_the_mimetype_stands_first_and_stored(extended):
    late = asic.read(archive([*extended.items(), ("mimetype", ASIC_E)]), "a.asice")
    assert codes(late.findings) == ["mimetype_place"]
    assert sound(only(late))
    assert codes(asic.read(archive(extended.items()), "a.asice").findings) == ["mimetype_missing"]
    named = archive(extended.items(), comment=b"mimetype=" + ASIC_E)
    assert asic.read(named, "a.zip").findings == []


def _listing(*names: str) -> bytes:
    space = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    lines = "".join(f'<m:file-entry m:full-path="{name}" m:media-type="x"/>' for name in ("/", *names))
    return f'<m:manifest xmlns:m="{space}">{lines}</m:manifest>'.encode()


def test_the_list_of_files_is_compared(extended):
    listed = read({**extended, "META-INF/manifest.xml": _listing(*DOCUMENTS)})
    assert listed.findings == []
    short = read({**extended, "META-INF/manifest.xml": _listing("acte.pdf")})
    assert codes(short.findings) == ["manifest_xml_differs"]
    assert read({**extended, "META-INF/manifest.xml": b"bla"}).findings == []
    assert read({**extended, "META-INF/manifest.xml": b"<a/>"}).findings == []


def test_what_is_not_examined_is_said(extended):
    more = {"META-INF/evidencerecord.ers": b"0\x00", "META-INF/signature002.p7s": _certificates_only()}
    found = read({**extended, **more})
    assert {"evidence_record", "signature_file_empty"} <= set(codes(found.findings))


def _certificates_only() -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

    return pkcs7.serialize_certificates([pki.signer("good").certificate], Encoding.DER)


# Time-stamps of the container.


def test_a_stamp_alone_is_over_the_document():
    document = DOCUMENTS["acte.pdf"]
    entries = {"acte.pdf": document, "META-INF/timestamp.tst": pki.stamp(document, pki.NOW)}
    found = read(entries, ASIC_S)
    assert found.signatures == []
    (stamp,) = found.stamps
    assert stamp.sound and stamp.kind is StampKind.STANDALONE and stamp.gen_time == pki.NOW
    (changed,) = read({**entries, "acte.pdf": b"autre"}, ASIC_S).stamps
    assert changed.data_found and not changed.imprint_intact
    (crowded,) = read({**entries, "b.pdf": b"b"}, ASIC_S).stamps
    assert not crowded.data_found
    (broken,) = read({**entries, "META-INF/timestamp.tst": b"bla"}, ASIC_S).stamps
    assert not broken.sound


def test_a_stamp_over_a_manifest_stands_alone():
    bound = manifest("META-INF/timestamp001.tst", DOCUMENTS.items())
    entries = {**DOCUMENTS, MANIFEST: bound, "META-INF/timestamp001.tst": pki.stamp(bound, pki.NOW)}
    found = read(entries)
    assert found.signatures == [] and found.stamps[0].sound and found.findings == []
    changed = read({**entries, "acte.pdf": b"autre"})
    assert changed.stamps[0].sound
    assert codes(changed.findings) == ["stamped_entry_broken"]


ARCHIVE = "META-INF/ASiCArchiveManifest001.xml"


def _archived(entries: dict[str, bytes], names: list[str], number: int = 1) -> dict[str, bytes]:
    token = f"META-INF/timestamp{number:03}.tst"
    bound = manifest(token, [(name, entries[name]) for name in names])
    return {
        **entries,
        ARCHIVE.replace("001", f"{number:03}"): bound,
        token: pki.stamp(bound, pki.NOW, unit="tsa-late"),
    }


def test_an_archive_manifest_proves_what_the_signature_holds(extended):
    names = [*DOCUMENTS, MANIFEST, SIGNATURE]
    entries = _archived(extended, names)
    found = read(entries)
    facts = only(found)
    assert sound(facts) and found.stamps == []
    (stamp,) = facts.stamps
    assert stamp.kind is StampKind.ARCHIVE and stamp.sound
    assert sha256(facts.value).digest() in stamp.covers
    assert sha256(pki.signer("good").der).digest() in stamp.covers

    twice = _archived(entries, [*names, ARCHIVE, "META-INF/timestamp001.tst"], 2)
    late = [stamp for stamp in only(read(twice)).stamps if stamp.id == "META-INF/timestamp002.tst"]
    assert sha256(entries["META-INF/timestamp001.tst"]).digest() in late[0].covers
    assert sha256(facts.value).digest() in late[0].covers


def test_an_archive_stamp_over_another_signature_proves_nothing(extended):
    entries = _archived(extended, [*DOCUMENTS, MANIFEST, SIGNATURE])
    assert only(read(entries)).stamps[0].sound
    again = openssl_cades(entries[MANIFEST], pki.signer("good", "rsa"))
    found = read({**entries, SIGNATURE: again})
    assert sound(only(found)) and only(found).stamps == ()
    assert codes(found.findings) == ["stamped_entry_broken"]
    assert found.stamps[0].kind is StampKind.STANDALONE
    altered = read({**entries, ARCHIVE: entries[ARCHIVE].replace(b"</asic:ASiC", b" </asic:ASiC")})
    (stamp,) = only(altered).stamps
    assert not stamp.sound and stamp.covers == frozenset()


def test_an_archived_long_term_signature_claims_the_archive_level(extended, monkeypatch):
    from dataclasses import replace

    from signing import cades

    entries = _archived(extended, [*DOCUMENTS, MANIFEST, SIGNATURE])
    assert only(read(entries)).level == "B-B"
    real = cades.read

    def long_term(*args, **kwargs):
        return [replace(facts, level="B-LT") for facts in real(*args, **kwargs)]

    monkeypatch.setattr(cades, "read", long_term)
    assert only(read(entries)).level == "B-LTA"


def test_too_many_stamps_are_refused(monkeypatch):
    monkeypatch.setattr(limits, "TIMESTAMPS", 0)
    with pytest.raises(Unverifiable) as caught:
        read({"acte.pdf": b"a", "META-INF/timestamp.tst": b"b"}, ASIC_S)
    assert caught.value.code == "TOO_LARGE"


# The official kit.


@pytest.mark.skipif(not KIT, reason="PLI_TEST_SIGNATURES is not set")
@pytest.mark.parametrize(
    ("file", "structure", "data", "digests"),
    [
        ("asic-cades/onefile-ok.asics", True, True, True),
        ("asic-cades/multifiles-ok.asice", True, True, True),
        ("asic-cades/brokenReference.asice", True, True, False),
        ("asic-cades/brokenReferenceAndAlteredManifest.asice", False, False, True),
        ("asic-cades/removed-doc.asics", True, True, False),
        ("asic-xades/onefile-ok.asice", True, True, True),
        ("asic-xades/onefile-wrong-file.asice", True, False, True),
        ("asic-xades/removed-doc.asics", True, True, False),
        ("asic-xades/removed-doc.asice", True, False, True),
    ],
)
def test_the_official_kit_is_read_as_it_says(file, structure, data, digests):
    path = Path(KIT or "") / file
    facts = only(asic.read(path.read_bytes(), path.name))
    assert (facts.structure_errors == ()) == structure
    assert (facts.data_found, facts.digests_intact) == (data, digests)
    assert facts.value_intact
    assert facts.extra.get("broken_manifest_entries", 0) == int(file.endswith("brokenReference.asice"))
    assert len(facts.stamps) == (3 if "removed" in file else 1)


@pytest.mark.skipif(not KIT, reason="PLI_TEST_SIGNATURES is not set")
def test_the_official_container_of_too_many_files():
    path = Path(KIT or "") / "asic-xades/multifiles-too-much-files.asics"
    found = asic.read(path.read_bytes(), path.name)
    assert len(found.signatures) == 2
    for facts in found.signatures:
        assert codes(facts.structure_errors) == ["asic_s_files"]


@pytest.mark.skipif(not KIT, reason="PLI_TEST_SIGNATURES is not set")
@pytest.mark.parametrize(
    ("file", "place"),
    [
        ("xades/xades-counter-signature-no-type.xml", "signatures.xml"),
        ("cades/counterSig.p7m", "signature.p7s"),
    ],
)
def test_counter_signatures_are_over_signatures_in_a_container_too(file, place):
    from signing import cades, xades

    data = (Path(KIT or "") / file).read_bytes()
    alone = xades.read(data, name="a.xml") if file.startswith("xades") else cades.read(data, name="a.p7m")
    (counter,) = [facts for facts in alone if facts.counter_of]
    assert counter.intact
    found = read({"acte.pdf": b"%PDF", f"META-INF/{place}": data}, ASIC_S)
    (inside,) = [facts for facts in found.signatures if facts.counter_of]
    assert inside.intact and not inside.structure_errors
    (first,) = [facts for facts in found.signatures if not facts.counter_of]
    assert not (first.intact and not first.structure_errors)


def test_a_signature_given_twice_has_two_ids(simple):
    entries = {**simple, "META-INF/signature002.p7s": simple["META-INF/signature.p7s"]}
    found = read(entries, ASIC_S)
    assert [facts.id for facts in found.signatures] == ["sig-1", "sig-2"]
    assert codes(found.findings) == ["asic_s_signature_files"]


def test_findings_are_sentences():
    assert (
        sentence(Finding("containers.zip_signed_whole")) == "Le ZIP est signé, pas les pièces qu’il contient."
    )
