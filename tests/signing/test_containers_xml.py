"""Read XAdES containers, OpenDocument files and plain ZIPs, and pair tokens with documents."""

import io
import re
import zipfile
from base64 import b64encode
from hashlib import sha256

import pytest
from lxml import etree

from signing import cades, limits
from signing.containers import asic, tokens
from signing.containers.asic import AsicReading
from signing.errors import Unverifiable
from signing.facts import SignerStatus, StampKind
from signing.produce.params import Level, Profile
from signing.summary_fr import sentence
from signing.types import Bytes, Container, Coverage, Digests, Format, ScopeKind
from tests.signing import pki, signed
from tests.signing.archives import ASIC_E, ASIC_S, archive, openssl_cades

DOCUMENTS = {"acte é.txt": signed.TEXT, "pièces/plan.xml": signed.XML}
XML_FILE = "META-INF/signatures001.xml"


def entries_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return {name: file.read(name) for name in file.namelist() if name != "mimetype"}


@pytest.fixture(scope="module")
def container() -> dict[str, bytes]:
    return entries_of(signed.sign(Profile.ASIC_E))


def read(entries: dict[str, bytes], name: str = "a.asice", mimetype: bytes | None = ASIC_E) -> AsicReading:
    found = asic.read(archive(entries.items(), mimetype=mimetype), name)
    assert all(sentence(finding) for finding in found.findings)
    return found


def codes(findings) -> list[str]:
    return [finding.code.removeprefix("containers.") for finding in findings]


def sound(facts) -> bool:
    return facts.intact and not facts.structure_errors and facts.signer_status is SignerStatus.IDENTIFIED


def coverage(facts) -> dict[str, Coverage]:
    return {item.name: item.coverage for item in facts.scope}


# ASiC with XAdES.


def test_every_document_of_a_container_is_covered(container):
    (facts,) = read(container).signatures
    assert sound(facts) and facts.format is Format.XADES
    assert coverage(facts) == dict.fromkeys(DOCUMENTS, Coverage.FULL)
    assert {item.kind for item in facts.scope} == {ScopeKind.ASIC_ENTRY}


def test_a_document_changed_or_gone_or_added_is_seen(container):
    assert sound(read(container).signatures[0])
    (changed,) = read({**container, "acte é.txt": b"autre"}).signatures
    assert changed.data_found and not changed.digests_intact
    (gone,) = read({name: data for name, data in container.items() if name != "acte é.txt"}).signatures
    assert not gone.data_found
    (added,) = read({**container, "annexe.txt": b"x"}).signatures
    assert sound(added) and coverage(added)["annexe.txt"] is Coverage.NONE


def test_two_files_of_signatures_are_each_verified_alone(container):
    other = entries_of(signed.sign(Profile.ASIC_E, holder=pki.signer("qualified")))[XML_FILE]
    found = read({**container, "META-INF/signatures002.xml": other})
    assert len({facts.id for facts in found.signatures}) == 2
    assert all(map(sound, found.signatures))
    twin = read({**container, "META-INF/signatures002.xml": container[XML_FILE]})
    assert twin.signatures[1].id == twin.signatures[0].id + " (META-INF/signatures002.xml)"
    broken = read({**container, "META-INF/signatures002.xml": other[:-40]})
    assert [sound(facts) for facts in broken.signatures] == [True, False]
    assert codes(broken.signatures[1].structure_errors)[1] == "signature_unreadable"


def test_a_document_type_in_a_signature_file_refuses_the_container(container):
    text = container[XML_FILE].decode().partition("?>")[2]
    for encoding in ("utf-8", "utf-16", "utf-32"):
        with pytest.raises(Unverifiable) as caught:
            read({**container, XML_FILE: ("<!DOCTYPE a []>" + text).encode(encoding)})
        assert caught.value.code == "REFUSED_DTD"


def test_a_signature_of_itself_signs_no_document_of_the_container():
    own = signed.sign(Profile.XADES_ENVELOPED)
    from signing import xades

    assert sound(xades.read(own, name="acte.xml")[0])
    (facts,) = read({"acte.pdf": b"%PDF", XML_FILE: own}).signatures
    assert not facts.data_found and not facts.intact
    assert coverage(facts)["acte.pdf"] is Coverage.NONE


def test_long_term_containers_are_read():
    data = signed.sign(Profile.ASIC_E, Level.B_LTA)
    (facts,) = asic.read(data, "a.asice").signatures
    assert sound(facts) and facts.level == "B-LTA"
    assert [stamp.kind for stamp in facts.stamps] == [StampKind.SIGNATURE, StampKind.ARCHIVE]
    assert all(stamp.sound for stamp in facts.stamps)


def test_asic_s_with_xades_holds_one_document():
    one = entries_of(signed.sign(Profile.ASIC_E, what=[Bytes("acte.txt", signed.TEXT)]))
    entries = {"acte.txt": signed.TEXT, "META-INF/signatures.xml": one[XML_FILE]}
    found = read(entries, "a.asics", ASIC_S)
    assert found.container is Container.ASIC_S and sound(found.signatures[0])
    (crowded,) = read({**entries, "b.txt": b"b"}, "a.asics", ASIC_S).signatures
    assert codes(crowded.structure_errors) == ["asic_s_files"]
    two = read({**entries, XML_FILE: one[XML_FILE]}, "a.asics", ASIC_S)
    assert "asic_s_signature_files" in codes(two.findings)


# OpenDocument.

DSIG = "http://www.w3.org/2000/09/xmldsig#"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
ODT = b"application/vnd.oasis.opendocument.text"


def office_signature(parts: dict[str, bytes]) -> bytes:
    """Sign the parts of a text document as LibreOffice does: XML parts in canonical form, the others as they are."""
    lines = ""
    for name, data in parts.items():
        xml = name.endswith(".xml")
        body = etree.tostring(etree.fromstring(data), method="c14n") if xml else data
        transforms = f'<Transforms><Transform Algorithm="{C14N}"/></Transforms>' if xml else ""
        lines += (
            f'<Reference URI="{name}">{transforms}<DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
            f"<DigestValue>{b64encode(sha256(body).digest()).decode()}</DigestValue></Reference>"
        )
    info = (
        f'<SignedInfo xmlns="{DSIG}"><CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>'
        f'<SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>{lines}</SignedInfo>'
    )
    signer = pki.signer("good", "rsa")
    value = signer.sign(etree.tostring(etree.fromstring(info), method="c14n", exclusive=True))
    return (
        '<document-signatures xmlns="urn:oasis:names:tc:opendocument:xmlns:digitalsignature:1.0" '
        f'dsig:version="1.2" xmlns:dsig="urn:oasis:names:tc:opendocument:xmlns:digitalsignature:1.0">'
        f'<Signature xmlns="{DSIG}" Id="ID_1">{info}<SignatureValue>{b64encode(value).decode()}</SignatureValue>'
        f"<KeyInfo><X509Data><X509Certificate>{b64encode(signer.der).decode()}</X509Certificate></X509Data></KeyInfo>"
        "</Signature></document-signatures>"
    ).encode()


def test_an_opendocument_signature_is_read_over_its_parts():
    parts = {
        "content.xml": b"<?xml version='1.0'?><office  a='1'/>",
        "Pictures/plan.png": b"\x89PNG plan",
        "META-INF/manifest.xml": b"<manifest/>",
    }
    entries = {**parts, "META-INF/documentsignatures.xml": office_signature(parts)}
    found = read(entries, "a.odt", ODT)
    (facts,) = found.signatures
    assert found.container is Container.ZIP and facts.format is Format.XMLDSIG
    assert facts.intact and not facts.structure_errors
    assert coverage(facts)["content.xml"] is Coverage.FULL
    (changed,) = read({**entries, "content.xml": b"<office a='2'/>"}, "a.odt", ODT).signatures
    assert not changed.digests_intact
    (added,) = read({**entries, "Basic/macro.xml": b"<m/>"}, "a.odt", ODT).signatures
    assert coverage(added)["Basic/macro.xml"] is Coverage.NONE


def test_unsigned_office_files_have_no_signature():
    assert read({"content.xml": b"<a/>"}, "a.odt", ODT).signatures == []
    docx = read({"[Content_Types].xml": b"<a/>", "word/document.xml": b"<a/>"}, "a.docx", None)
    assert docx.signatures == [] and codes(docx.findings) == ["office_unsigned"]


# Plain ZIPs.


def test_signed_files_in_a_zip_are_each_read():
    text, pdf = b"memoire technique", signed.sign(Profile.PADES)
    entries = {
        "acte.pdf": pdf,
        "dume.xml": signed.sign(Profile.XADES_ENVELOPED),
        "memoire.txt": text,
        "memoire.txt.p7s": openssl_cades(text, pki.signer("good")),
        "offre.p7m": openssl_cades(b"offre", pki.signer("good"), attached=True),
        "prix.txt": b"prix",
        "prix.tsr": pki.stamp(b"prix", pki.NOW),
        "annexe.pdf": signed.pdf(),
        "autre.xml": b"<a/>",
        "cle.der": pki.signer("good").der,
        "lot2.zip": archive([("a", b"b")]),
    }
    found = read(entries, "plis.zip", None)
    assert found.container is Container.ZIP
    assert [facts.format for facts in found.signatures] == [
        Format.PADES, Format.XADES, Format.CADES, Format.CADES,
    ]  # fmt: skip
    assert all(map(sound, found.signatures))
    assert len({facts.id for facts in found.signatures}) == 4
    (stamp,) = found.stamps
    assert stamp.sound and stamp.id == "prix.tsr"
    assert codes(found.findings) == ["zip_nested", "zip_unsigned"]
    said = sentence(found.findings[1])
    assert "annexe.pdf" in said and "prix.txt" in said and "memoire.txt" not in said


def test_a_token_in_a_zip_is_paired_by_digest_whatever_its_name():
    text = b"memoire technique"
    token = openssl_cades(text, pki.signer("good"))
    renamed = read({"a.txt": b"autre", "b.txt": text, "a.txt.p7s": token}, "a.zip", None)
    assert sound(renamed.signatures[0]) and coverage(renamed.signatures[0])["b.txt"] is Coverage.FULL
    changed = read({"a.txt": b"autre", "b.txt": b"autre encore", "a.txt.p7s": token}, "a.zip", None)
    assert not changed.signatures[0].data_found
    orphan = read({"x.tsr": pki.stamp(b"rien", pki.NOW)}, "a.zip", None)
    assert not orphan.stamps[0].data_found


def test_a_detached_xml_signature_in_a_zip_finds_its_document():
    token = signed.sign(Profile.XADES_DETACHED)
    name = signed.document(Profile.XADES_DETACHED).name
    found = read({name: signed.TEXT, "signature.xml": token, "autre.txt": b"x"}, "a.zip", None)
    assert sound(found.signatures[0])
    changed = read({name: b"autre", "signature.xml": token}, "a.zip", None)
    assert not changed.signatures[0].digests_intact


def test_a_zip_of_nothing_signed_says_so():
    found = read({"a.txt": b"a", "vide": b""}, "a.zip", None)
    assert found.signatures == [] and codes(found.findings) == ["zip_nothing_signed"]


def test_what_cannot_be_read_in_a_zip_stays_a_failure(monkeypatch):
    token = openssl_cades(b"a", pki.signer("good"))
    broken = token.replace(bytes.fromhex("06092a864886f70d010904"), bytes.fromhex("06ff2a864886f70d010904"))
    found = read({"a.txt": b"a", "a.txt.p7s": broken}, "a.zip", None)
    assert not any(map(sound, found.signatures))
    with pytest.raises(Unverifiable) as caught:
        read({"a.xml": b"<!DOCTYPE a><a xmlns='http://www.w3.org/2000/09/xmldsig#'/>"}, "a.zip", None)
    assert caught.value.code == "REFUSED_DTD"
    monkeypatch.setattr("signing.containers.plain.MEMBER_BYTES", 10)
    assert codes(read({"a.txt.p7s": token}, "a.zip", None).findings) == [
        "zip_entry_skipped",
        "zip_nothing_signed",
    ]


def test_a_token_that_only_looks_like_one_stays_in_the_report():
    token = pki.stamp(b"prix", pki.NOW)
    broken = token.replace(bytes.fromhex("020101"), bytes.fromhex("010101"))
    found = read({"prix.txt": b"prix", "prix.tsr": broken}, "a.zip", None)
    assert [stamp.sound for stamp in found.stamps] == [False]
    refused = read({"prix.txt": b"prix", "prix.tsr": bytes.fromhex("30053003020102")}, "a.zip", None)
    assert [stamp.sound for stamp in refused.stamps] == [False]
    empty = read({"a.xml": b"<a xmlns:ds='http://www.w3.org/2000/09/xmldsig#'/>"}, "a.zip", None)
    assert codes(empty.findings) == ["zip_nothing_signed"]


def test_too_many_signatures_in_a_zip_are_refused(monkeypatch):
    entries = {"a.p7m": openssl_cades(b"a", pki.signer("good"), attached=True)}
    assert sound(read(entries, "a.zip", None).signatures[0])
    monkeypatch.setattr(limits, "SIGNATURES", 0)
    with pytest.raises(Unverifiable) as caught:
        read(entries, "a.zip", None)
    assert caught.value.code == "TOO_LARGE"


# Pairing.


def test_tokens_are_paired_by_digest_and_the_name_is_a_hint():
    acte, prix = b"acte", b"prix"
    files = [
        Bytes("acte.txt", acte),
        Bytes("prix.txt", prix),
        Bytes("acte.txt.p7s", openssl_cades(acte, pki.signer("good"))),
        Bytes("n'importe.p7s", openssl_cades(prix, pki.signer("good"))),
        Bytes("prix.sig", openssl_cades(b"prix d'avant", pki.signer("good"))),
        Bytes("seul.p7s", openssl_cades(b"inconnu", pki.signer("good"))),
        Bytes("prix.tsr", pki.stamp(prix, pki.NOW)),
        Bytes("offre.p7m", openssl_cades(acte, pki.signer("good"), attached=True)),
        Bytes("dume.xml", signed.sign(Profile.XADES_ENVELOPED)),
    ]
    found = {pairing.token: pairing for pairing in tokens.pair(files)}
    assert set(found) == {"acte.txt.p7s", "n'importe.p7s", "prix.sig", "seul.p7s", "prix.tsr"}
    assert found["acte.txt.p7s"].documents == ("acte.txt",) and not found["acte.txt.p7s"].orphan
    assert found["n'importe.p7s"].documents == ("prix.txt",) and found["n'importe.p7s"].hint is None
    assert found["prix.sig"].orphan and found["prix.sig"].hint == "prix.txt"
    assert codes([found["prix.sig"].finding]) == ["token_orphan_named"]
    assert "modifié après la signature" in sentence(found["prix.sig"].finding)
    assert codes([found["seul.p7s"].finding]) == ["token_orphan"]
    assert found["prix.tsr"].documents == ("prix.txt",)
    assert found["prix.tsr"].container is Container.TIMESTAMP
    assert all(sentence(pairing.finding) for pairing in found.values())


def test_documents_known_by_their_digests_are_paired():
    token = Bytes("x.p7s", openssl_cades(b"acte", pki.signer("good")))
    known = Digests("acte.pdf", {"sha256": sha256(b"acte").hexdigest().upper(), "sha512": "00"})
    (pairing,) = tokens.pair([token, known])
    assert pairing.documents == ("acte.pdf",)
    (other,) = tokens.pair([token, Digests("acte.pdf", {"sha512": "00"})])
    assert other.orphan


def test_detached_xml_names_its_digests():
    token = Bytes("signature.xml", signed.sign(Profile.XADES_DETACHED))
    document = signed.document(Profile.XADES_DETACHED)
    (pairing,) = tokens.pair([document, token, Bytes("autre.txt", b"x")])
    assert pairing.documents == (document.name,) and pairing.container is Container.XML
    info = tokens.token_in(token)
    assert info.complete and info.digests == (("sha256", sha256(signed.TEXT).hexdigest()),)
    opaque = re.sub(rb"(<[a-z]*:?)DigestValue>[^<]*", rb"\1DigestValue>*", token.data)
    assert tokens.token_in(Bytes("signature.xml", opaque)) == tokens.Token(
        "signature.xml", Container.XML, (), complete=False
    )


def test_a_transform_or_no_attributes_leave_only_the_name():
    parts = {"content.xml": b"<a/>"}
    token = Bytes("content.xml.sig", office_signature(parts))
    (pairing,) = tokens.pair([Bytes("content.xml", b"<a/>"), token])
    assert pairing.orphan and pairing.hint == "content.xml"
    assert codes([pairing.finding]) == ["token_by_name"]
    bare = openssl_cades(b"acte", pki.signer("good", "rsa"), more=[])
    plain = Bytes("acte.txt.p7s", _without_attributes(b"acte"))
    assert tokens.token_in(Bytes("b.p7s", bare)).complete
    assert tokens.token_in(plain) == tokens.Token("acte.txt.p7s", Container.CMS, (), complete=False)
    (named,) = tokens.pair([Bytes("acte.txt", b"acte"), plain])
    assert named.hint == "acte.txt" and named.orphan
    zipped = read({"acte.txt": b"acte", "acte.txt.p7s": plain.data}, "a.zip", None)
    assert zipped.signatures[0].intact and coverage(zipped.signatures[0])["acte.txt"] is Coverage.FULL


def _without_attributes(data: bytes) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

    signer = pki.signer("good", "rsa")
    options = [
        pkcs7.PKCS7Options.DetachedSignature,
        pkcs7.PKCS7Options.NoAttributes,
        pkcs7.PKCS7Options.Binary,
    ]
    builder = pkcs7.PKCS7SignatureBuilder().set_data(data)
    return builder.add_signer(signer.certificate, signer.key, hashes.SHA256()).sign(Encoding.DER, options)


def test_broken_tokens_are_no_tokens(monkeypatch):
    token = openssl_cades(b"acte", pki.signer("good"))
    for data in (token[:50], b"", b"bla"):
        assert tokens.token_in(Bytes("a.p7s", data)) is None
    monkeypatch.setattr(limits, "TOKEN_BYTES", 10)
    assert tokens.token_in(Bytes("a.p7s", token)) is None


def test_a_digest_that_cannot_be_computed_is_none():
    assert tokens.digest_of(Bytes("a", b"a"), "inconnu") is None
    assert tokens.digest_of(Bytes("a", b"a"), "shake_128") is None


def test_a_name_that_fits_two_documents_is_no_hint():
    assert tokens.hinted("a.p7s", ["a.pdf", "a.txt"]) is None
    assert tokens.hinted("A.pdf.p7s", ["a.pdf", "a.txt"]) == "a.pdf"
    assert tokens.hinted("sub/a.p7s", ["a.txt"]) == "a.txt"


def test_a_signed_zip_does_not_sign_its_documents():
    zipped = Bytes("offre.zip", archive([("acte.pdf", b"a"), ("prix.csv", b"b")]))
    (facts,) = cades.read(
        openssl_cades(zipped.data, pki.signer("good")), name="offre.zip.p7s", contents=[zipped]
    )
    assert sound(facts)
    told = tokens.with_zip_entries(facts, [zipped])
    assert coverage(told) == {
        "offre.zip": Coverage.FULL,
        "offre.zip/acte.pdf": Coverage.NONE,
        "offre.zip/prix.csv": Coverage.NONE,
    }
    assert sentence(told.scope[1].note) == "Le ZIP est signé, pas les pièces qu’il contient."
    document = Bytes("a.txt", b"a")
    (other,) = cades.read(openssl_cades(b"a", pki.signer("good")), name="a.p7s", contents=[document])
    assert tokens.with_zip_entries(other, [document]) == other
    hostile = Bytes("bombe.zip", archive([("a", b"\0" * (2 << 20))]))
    assert codes(item.note for item in tokens.zip_scope(hostile)) == ["zip_not_listed"]
