"""What we make verifies by our own verification, alone and beside other signatures; what must not be signed is not."""

import zipfile
from io import BytesIO

import pytest
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko_certvalidator.registry import SimpleCertificateStore
from pypdf import PdfReader, PdfWriter

from signing import api
from signing.errors import Unverifiable
from signing.produce import asic
from signing.produce.assemble import extend
from signing.produce.markup import DS, XADES, parse
from signing.produce.params import Level, Profile
from signing.produce.prepare import prepare
from signing.report import Report
from signing.types import Bytes, Content, Indication, SubIndication
from tests.signing import pki, signed
from tests.signing.test_produce_rules import refused

NAMES = {
    Profile.XADES_ENVELOPED: "acte.xml",
    Profile.XADES_DETACHED: "acte.signature.xml",
    Profile.CADES_DETACHED: "acte.p7s",
    Profile.PADES: "acte.pdf",
    Profile.ASIC_E: "acte.asice",
}
LATER = pki.NOW + pki.DAY


def verified(made: bytes, profile: Profile, what: Content | None = None, at=LATER) -> Report:
    detached = profile in (Profile.XADES_DETACHED, Profile.CADES_DETACHED)
    contents = [what or signed.document(profile)] if detached else []
    return api.verify(
        made, name=NAMES[profile], contents=contents, trust=pki.trust(), evidence=pki.evidence(at), at=at
    )


def verdicts(report: Report) -> list[tuple[str, Indication, SubIndication | None]]:
    assert report.error is None
    return [(one.level, one.indication, one.subindication) for one in report.signatures]


def passed(*levels: Level) -> list[tuple[str, Indication, None]]:
    return [(str(level), Indication.TOTAL_PASSED, None) for level in levels]


@pytest.mark.parametrize("kind", ["ec", "rsa"])
@pytest.mark.parametrize(("profile", "level"), signed.MADE)
def test_what_we_make_passes(profile: Profile, level: Level, kind: str) -> None:
    made = signed.sign(profile, level, holder=pki.signer("good", kind))
    assert verdicts(verified(made, profile)) == passed(level)


@pytest.mark.parametrize(("profile", "level"), [one for one in signed.MADE if one[1] is not Level.B_B])
def test_what_we_extend_passes(profile: Profile, level: Level) -> None:
    given = signed.document(profile)
    contents = [given] if isinstance(given, Bytes) else []
    raised = extend(
        signed.sign(profile), level, timestamper=pki.Tsa(), evidence=pki.evidence(), contents=contents
    )
    assert verdicts(verified(raised, profile)) == passed(level)


@pytest.mark.parametrize("profile", [Profile.XADES_ENVELOPED, Profile.PADES, Profile.ASIC_E])
def test_second_signature_leaves_the_first_as_it_was(profile: Profile) -> None:
    first = signed.sign(profile, Level.B_T)
    second = signed.sign(
        profile, Level.B_T, what=Bytes(NAMES[profile], first), holder=pki.signer("twin"), at=LATER
    )
    assert verdicts(verified(second, profile, at=LATER + pki.DAY)) == passed(Level.B_T, Level.B_T)
    third = signed.sign(
        profile,
        Level.B_LT,
        what=Bytes(NAMES[profile], second),
        holder=pki.signer("qualified", "rsa"),
        at=LATER,
    )
    report = verified(third, profile, at=LATER + pki.DAY)
    assert [verdict[1] for verdict in verdicts(report)] == [Indication.TOTAL_PASSED] * 3
    assert {one.signer.common_name for one in report.signatures if one.signer} == {
        "Jeanne Martin",
        "Quentin Qualifié",
    }


def test_pdf_revisions_are_kept_byte_for_byte() -> None:
    plain = signed.pdf()
    first = signed.sign(Profile.PADES)
    second = signed.sign(Profile.PADES, Level.B_LTA, what=Bytes("acte.pdf", first))
    assert first.startswith(plain)
    assert second.startswith(first)


def test_file_as_given_stays_in_the_signed_xml() -> None:
    made = signed.sign(Profile.XADES_ENVELOPED)
    head, _, _ = made.partition(b"<ds:Signature")
    assert b"<!-- offre -->" in head
    assert b'<lot n="1">Pavage &amp; voirie</lot>' in head
    assert parse(made).tag == "acte"


@pytest.mark.parametrize(
    "text",
    [
        b"<a/>",
        b'<a xmlns="urn:x" xmlns:dsig="http://www.w3.org/2000/09/xmldsig#"/>',
        b'<dsig:x xmlns:dsig="http://www.w3.org/2000/09/xmldsig#" xml:lang="fr"><dsig:y/></dsig:x>',
        b'<a xmlns:xades="http://uri.etsi.org/01903/v1.3.2#" Id="a"><![CDATA[<&]]>\r\n&#13;<?pi x?></a>',
        '<?xml version="1.0" encoding="ISO-8859-1"?><a b="é">é</a><!-- après -->'.encode("latin-1"),
        '<?xml version="1.0" encoding="UTF-16"?><a>é</a>'.encode("utf-16"),
    ],
)
def test_enveloped_signature_holds_in_odd_documents(text: bytes) -> None:
    made = signed.sign(Profile.XADES_ENVELOPED, what=Bytes("a.xml", text))
    assert verdicts(verified(made, Profile.XADES_ENVELOPED)) == passed(Level.B_B)
    again = signed.sign(Profile.XADES_ENVELOPED, Level.B_LTA, what=Bytes("a.xml", made))
    assert verdicts(verified(again, Profile.XADES_ENVELOPED)) == passed(Level.B_B, Level.B_LTA)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"<a",
        b"<!DOCTYPE a><a/>",
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a><a/>'.encode("utf-16"),
        b'<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/>',
        b"<a><?pli-signature stands here?></a>",
    ],
)
def test_xml_that_must_not_be_signed_is_refused(text: bytes) -> None:
    given = Bytes("a.xml", text)
    asked = signed.params(Profile.XADES_ENVELOPED)
    refused("produce.xml_refused", lambda: prepare(given, pki.signer().chain, asked))


def test_attributes_of_xades_b_b() -> None:
    root = parse(signed.sign(Profile.XADES_DETACHED))
    properties = root.find(f".//{{{XADES}}}SignedProperties")
    assert properties.findtext(f".//{{{XADES}}}SigningTime") == "2027-01-11T09:00:00Z"
    assert properties.find(f".//{{{XADES}}}SigningCertificateV2") is not None
    (kind,) = properties.findall(f".//{{{XADES}}}DataObjectFormat")
    reference = root.find(f"{{{DS}}}SignedInfo/{{{DS}}}Reference")
    assert kind.get("ObjectReference") == f"#{reference.get('Id')}"
    assert kind.findtext(f"{{{XADES}}}MimeType") == "text/plain"
    assert reference.get("URI") == "acte%20d%27engagement%20n%C2%B01.txt"


def test_media_type_may_be_told() -> None:
    told = {"acte d'engagement n°1.txt": "application/x-essai"}
    made = signed.sign(Profile.XADES_DETACHED, media_types=told)
    assert parse(made).findtext(f".//{{{XADES}}}MimeType") == "application/x-essai"
    unknown = signed.sign(Profile.XADES_DETACHED, what=Bytes("sans extension", b"x"))
    assert parse(unknown).findtext(f".//{{{XADES}}}MimeType") == "application/octet-stream"


def test_one_detached_signature_over_several_documents() -> None:
    several = [Bytes("a.txt", b"a"), Bytes("b.pdf", b"b")]
    made = signed.sign(Profile.XADES_DETACHED, Level.B_LTA, what=several)
    report = api.verify(
        made, name="s.xml", contents=several, trust=pki.trust(), evidence=pki.evidence(LATER), at=LATER
    )
    assert verdicts(report) == passed(Level.B_LTA)
    changed = [several[0], Bytes("b.pdf", b"c")]
    report = api.verify(
        made, name="s.xml", contents=changed, trust=pki.trust(), evidence=pki.evidence(LATER), at=LATER
    )
    assert [one.indication for one in report.signatures] != [Indication.TOTAL_PASSED]


# Containers


def test_container_has_its_type_first_and_its_documents_as_given() -> None:
    with zipfile.ZipFile(BytesIO(signed.sign(Profile.ASIC_E))) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type, first.extra) == ("mimetype", zipfile.ZIP_STORED, b"")
        assert archive.namelist() == [
            "mimetype",
            "acte é.txt",
            "pièces/plan.xml",
            "META-INF/manifest.xml",
            "META-INF/signatures001.xml",
        ]
        assert archive.read("acte é.txt") == signed.TEXT
        assert archive.testzip() is None


def test_parallel_signatures_stand_in_files_of_their_own_and_cover_all() -> None:
    first = signed.sign(Profile.ASIC_E)
    second = signed.sign(Profile.ASIC_E, what=Bytes("acte.asice", first), holder=pki.signer("twin"))
    before, after = asic.unpack(first), asic.unpack(second)
    assert {name: after[name] for name in before} == before
    (added,) = set(after) - set(before)
    assert added == "META-INF/signatures002.xml"
    uris = [reference.get("URI") for reference in parse(after[added]).iter(f"{{{DS}}}Reference")]
    assert uris[:2] == ["acte%20%C3%A9.txt", "pi%C3%A8ces/plan.xml"]


@pytest.mark.parametrize("name", ["mimetype", "META-INF/x", "meta-inf/x", "/a", "../a", "a/../b", "a/"])
def test_names_that_a_container_keeps_for_itself_are_refused(name: str) -> None:
    asked = signed.params(Profile.ASIC_E)
    refused("produce.document_name", lambda: prepare(Bytes(name, b"x"), pki.signer().chain, asked))


def test_container_without_document_is_refused() -> None:
    empty = asic.pack({"mimetype": asic.MIMETYPE}, pki.NOW)
    asked = signed.params(Profile.ASIC_E)
    refused("produce.documents", lambda: prepare(Bytes("a.asice", empty), pki.signer().chain, asked))
    refused("produce.not_signed", lambda: extend(empty, Level.B_T, timestamper=pki.Tsa()))


@pytest.mark.parametrize("name", ["META-INF/signature.p7s", "META-INF/ASiCManifest001.xml"])
def test_container_signed_with_cades_gets_no_xades(name: str) -> None:
    plain = asic.pack({"mimetype": asic.MIMETYPE, "a.txt": b"a"}, pki.NOW)
    assert signed.sign(Profile.ASIC_E, what=Bytes("a.asice", plain))
    other = asic.pack({"mimetype": asic.MIMETYPE, "a.txt": b"a", name: b"x"}, pki.NOW)
    asked = signed.params(Profile.ASIC_E)
    refused("produce.container_mixed", lambda: prepare(Bytes("a.asice", other), pki.signer().chain, asked))


def test_hostile_container_is_refused() -> None:
    good = signed.sign(Profile.ASIC_E)
    with pytest.raises(Unverifiable):
        extend(good[:-30], Level.B_T, timestamper=pki.Tsa())


# PDF


def certified(permission: fields.MDPPerm) -> bytes:
    """Return a PDF certified by pyHanko with a key of its own."""
    from asn1crypto import keys as asn1_keys
    from asn1crypto import pem, x509

    holder = pki.signer("good", "rsa")
    signer = signers.SimpleSigner(
        signing_cert=x509.Certificate.load(holder.der),
        signing_key=asn1_keys.PrivateKeyInfo.load(pem.unarmor(holder.key_pem)[2]),
        cert_registry=SimpleCertificateStore(),
    )
    about = signers.PdfSignatureMetadata(
        field_name="Auteur",
        certify=True,
        docmdp_permissions=permission,
        subfilter=fields.SigSeedSubFilter.PADES,
        md_algorithm="sha256",
    )
    written = signers.sign_pdf(IncrementalPdfFileWriter(BytesIO(signed.pdf())), about, signer=signer)
    return bytes(written.getvalue())


def test_pdf_certified_against_any_change_is_refused_before_signing() -> None:
    holder = pki.signer("good")
    free = certified(fields.MDPPerm.FILL_FORMS)
    made = signed.sign(Profile.PADES, what=Bytes("acte.pdf", free))
    assert [one[1] for one in verdicts(verified(made, Profile.PADES))] == [Indication.TOTAL_PASSED] * 2
    locked = certified(fields.MDPPerm.NO_CHANGES)
    asked = signed.params(Profile.PADES)
    error = refused("produce.pdf_locked", lambda: prepare(Bytes("acte.pdf", locked), holder.chain, asked))
    assert error.params["field"] == "DocMDP"


def test_encrypted_pdf_is_refused() -> None:
    writer = PdfWriter(clone_from=PdfReader(BytesIO(signed.pdf())))
    writer.encrypt("secret", algorithm="AES-256")
    written = BytesIO()
    writer.write(written)
    asked = signed.params(Profile.PADES)
    refused(
        "produce.pdf_encrypted",
        lambda: prepare(Bytes("a.pdf", written.getvalue()), pki.signer().chain, asked),
    )


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", signed.pdf()[:200], b"hello"])
def test_pdf_that_cannot_be_read_is_refused(data: bytes) -> None:
    asked = signed.params(Profile.PADES)
    refused("produce.pdf_unreadable", lambda: prepare(Bytes("a.pdf", data), pki.signer().chain, asked))


def test_field_is_named_filled_once_and_numbered_otherwise() -> None:
    made = signed.sign(Profile.PADES, field_name="Maire", reason="Accord", location="Lyon")
    assert [one.id for one in verified(made, Profile.PADES).signatures] == ["Maire"]
    asked = signed.params(Profile.PADES, field_name="Maire")
    refused("produce.pdf_field", lambda: prepare(Bytes("a.pdf", made), pki.signer().chain, asked))
    for number in (1, 2):
        made = signed.sign(Profile.PADES, what=Bytes("a.pdf", made))
        assert f"Signature{number}" in [one.id for one in verified(made, Profile.PADES).signatures]


def test_empty_field_of_the_document_is_filled() -> None:
    writer = IncrementalPdfFileWriter(BytesIO(signed.pdf()))
    fields.append_signature_field(writer, fields.SigFieldSpec("Titulaire", on_page=1, box=(10, 10, 200, 60)))
    written = BytesIO()
    writer.write(written)
    made = signed.sign(Profile.PADES, what=Bytes("a.pdf", written.getvalue()), field_name="Titulaire")
    report = verified(made, Profile.PADES)
    assert [(one.id, one.indication) for one in report.signatures] == [("Titulaire", Indication.TOTAL_PASSED)]


def test_long_term_pdf_serves_its_signers_alone() -> None:
    # The first signer's data stands in the file already: the second one needs to bring only its own.
    first = signed.sign(Profile.PADES, Level.B_LT)
    alone = Bytes("a.pdf", first)
    second = signed.sign(Profile.PADES, Level.B_LT, what=alone, holder=pki.signer("twin"), at=LATER)
    assert verdicts(verified(second, Profile.PADES, at=LATER + pki.DAY)) == passed(Level.B_LT, Level.B_LT)
