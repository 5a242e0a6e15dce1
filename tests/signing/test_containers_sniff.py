"""Tell what a file is from its bytes, and name the files that people take for signatures."""

import base64
import os
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import CertificateSigningRequestBuilder, Name

from signing.containers.sniff import sniff
from signing.errors import Unverifiable
from signing.summary_fr import sentence
from signing.types import Container, Finding
from tests.signing import pki
from tests.signing.archives import ASIC_E, ASIC_S, archive

KIT = os.environ.get("PLI_TEST_SIGNATURES")
DER = serialization.Encoding.DER
PEM = serialization.Encoding.PEM
PRIVATE = serialization.PrivateFormat
OPEN = serialization.NoEncryption()


def refusal(data: bytes, name: str = "fichier") -> tuple[str, str]:
    with pytest.raises(Unverifiable) as caught:
        sniff(data, name)
    assert sentence(Finding(caught.value.reason, caught.value.params))
    return caught.value.code, caught.value.reason.removeprefix("containers.")


@pytest.fixture(scope="module")
def cms(tmp_path_factory) -> dict[str, bytes]:
    """Sign a text with openssl in every armour it writes."""
    folder = tmp_path_factory.mktemp("cms")
    signer = pki.signer("good", key="rsa")
    key = signer.key.private_bytes(PEM, PRIVATE.PKCS8, OPEN)
    (folder / "key.pem").write_bytes(key)
    (folder / "cert.pem").write_bytes(signer.certificate.public_bytes(PEM))
    (folder / "doc").write_bytes(b"texte\n")
    made = {}
    for form, options in {
        "DER": [],
        "PEM": [],
        "SMIME": [],
        "BER": ["-stream", "-nodetach"],
    }.items():
        out = "DER" if form == "BER" else form
        command = [
            "openssl",
            "cms",
            "-sign",
            "-binary",
            "-in",
            "doc",
            "-signer",
            "cert.pem",
            "-inkey",
            "key.pem",
        ]
        done = subprocess.run(
            [*command, "-outform", out, *options], cwd=folder, check=True, capture_output=True
        )
        made[form] = done.stdout
    encrypted = subprocess.run(
        ["openssl", "cms", "-encrypt", "-in", "doc", "-outform", "DER", "-aes256", "cert.pem"],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    made["encrypted"] = encrypted.stdout
    return made


def test_cms_is_known_in_every_armour(cms):
    assert cms["BER"][1] == 0x80
    for form in ("DER", "BER", "PEM"):
        assert sniff(cms[form], "x") is Container.CMS, form
    assert sniff(base64.encodebytes(cms["DER"]), "x.p7s") is Container.CMS
    assert sniff(b"Jeton de signature\n" + cms["PEM"], "x") is Container.CMS
    assert refusal(cms["SMIME"]) == ("UNSUPPORTED", "is_mail")
    assert refusal(cms["encrypted"]) == ("UNSUPPORTED", "is_encrypted_cms")


def test_cut_cms_is_unreadable(cms):
    assert refusal(cms["DER"][:100]) == ("UNREADABLE", "asn1_damaged")
    assert refusal(b"0\x84\xff\xff\xff\xff" + cms["DER"]) == ("UNREADABLE", "asn1_damaged")
    assert refusal(b"\x43" + cms["DER"][1:], "offre.p7s") == ("UNREADABLE", "asn1_damaged")
    assert refusal(cms["PEM"].replace(b"\nMII", b"\n*II")) == ("UNREADABLE", "pem_damaged")


def test_a_signature_of_broken_content_is_left_to_its_reader():
    assert sniff(bytes.fromhex("300f06092a864886f70d010702a0020500"), "x") is Container.CMS


def test_a_time_stamp_is_told_from_a_signature():
    token = pki.stamp(b"texte", pki.NOW)
    assert sniff(token, "x.p7s") is Container.TIMESTAMP
    granted = b"\x30\x03\x02\x01\x00" + token
    assert sniff(_sequence(granted), "x") is Container.TIMESTAMP
    assert sniff(_sequence(b"\x30\x03\x02\x01\x02"), "x") is Container.TIMESTAMP


def _sequence(content: bytes) -> bytes:
    size = len(content)
    return b"\x30" + (bytes([size]) if size < 128 else b"\x83" + size.to_bytes(3, "big")) + content


def test_other_asn1_is_named(tmp_path):
    signer = pki.signer("good")
    key = signer.key
    request = CertificateSigningRequestBuilder().subject_name(Name([])).sign(key, hashes.SHA256())
    (tmp_path / "doc").write_bytes(b"texte")
    query = subprocess.run(
        ["openssl", "ts", "-query", "-data", "doc", "-sha256"], cwd=tmp_path, check=True, capture_output=True
    )
    store = serialization.pkcs12.serialize_key_and_certificates(
        b"x", key, signer.certificate, None, serialization.BestAvailableEncryption(b"x")
    )
    known = {
        "is_certificate": signer.certificate.public_bytes(DER),
        "is_crl": pki.crls(pki.NOW)[0],
        "is_certificate_request": request.public_bytes(DER),
        "is_pkcs12": store,
        "is_timestamp_request": query.stdout,
        "is_other_cms": bytes.fromhex("300f06092a864886f70d010701a0020400"),
        "is_other_asn1": b"\x30\x03\x0c\x01a",
        "is_ocsp": b"\x30\x03\x0a\x01\x06",
    }
    for reason, data in known.items():
        assert refusal(data) == ("UNSUPPORTED", reason)
    empty, one, text = b"\x30\x00", b"\x02\x01\x01", b"\x0c\x01a"
    for odd in (
        _sequence(_sequence(one + empty + empty) + empty),
        _sequence(_sequence(one + empty + empty + text) + _sequence(text)),
        _sequence(_sequence(one) + text),
        _sequence(_sequence(text) + text),
        _sequence(empty + empty),
        _sequence(text + text),
        _sequence(one + text),
    ):
        assert refusal(odd) == ("UNSUPPORTED", "is_other_asn1"), odd.hex()
    assert refusal(_sequence(_sequence(one) + _sequence(b"\x06\x01\xff"))) == ("UNREADABLE", "asn1_damaged")
    assert refusal(signer.certificate.public_bytes(PEM)) == ("UNSUPPORTED", "is_certificate")
    for form in (PRIVATE.PKCS8, PRIVATE.TraditionalOpenSSL):
        assert refusal(key.private_bytes(DER, form, OPEN)) == ("UNSUPPORTED", "is_key")
        assert refusal(key.private_bytes(PEM, form, OPEN)) == ("UNSUPPORTED", "is_key")


XML = "<?xml version='1.0'?><a/>"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_xml_is_known_in_every_encoding(encoding, mark):
    assert sniff((mark + XML).encode(encoding), "x.bin") is Container.XML


def test_xml_may_begin_with_blanks_and_hold_a_pdf():
    assert sniff(b" \r\n<a>%PDF-1.4</a>", "x") is Container.XML
    assert refusal(b"<!DOCTYPE html><html>")[1] == "is_html"


def test_a_pdf_header_may_stand_in_the_first_kilobyte():
    assert sniff(b"%PDF-1.7\n", "x") is Container.PDF
    assert sniff(b"x" * 1019 + b"%PDF-", "x") is Container.PDF
    assert refusal(b"x" * 1020 + b"%PDF-1.7") == ("UNREADABLE", "unknown")
    assert refusal(b"x" * 1020 + b"%PDF-1.7", "a.pdf") == ("UNREADABLE", "pdf_damaged")


def test_a_container_that_holds_a_pdf_is_no_pdf(cms):
    data = archive([("a.pdf", b"%PDF-1.7")], method=0)
    assert data.find(b"%PDF-") < 1024
    assert sniff(data, "a.zip") is Container.ZIP


SIGNATURES = [("META-INF/signatures.xml", b"<a/>")]
ONE = [("acte.pdf", b"%PDF")]


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.zip", archive(ONE, mimetype=ASIC_S), Container.ASIC_S),
        ("a.asics", archive(ONE, mimetype=ASIC_E), Container.ASIC_E),
        ("a.zip", archive([*ONE, ("mimetype", ASIC_E + b"\n")]), Container.ASIC_E),
        ("a.zip", archive(ONE, comment=b"mimetype=" + ASIC_S), Container.ASIC_S),
        ("a.zip", archive(ONE, comment=b"mimetype=" + ASIC_E), Container.ASIC_E),
        ("A.ASICS", archive(ONE), Container.ASIC_S),
        ("a.scs", archive(ONE), Container.ASIC_S),
        ("a.sce", archive(ONE), Container.ASIC_E),
        ("a.bdoc", archive(ONE), Container.ASIC_E),
        ("a.zip", archive([*ONE, *SIGNATURES]), Container.ASIC_S),
        ("a.zip", archive([*ONE, ("b", b""), *SIGNATURES]), Container.ASIC_E),
        ("a.zip", archive([*ONE, ("META-INF/signatures001.xml", b"")]), Container.ASIC_E),
        ("a.zip", archive([*ONE, ("META-INF/signature.p7s", b"")]), Container.ASIC_S),
        ("a.zip", archive([*ONE, ("META-INF/timestamp.tst", b"")]), Container.ASIC_S),
        (
            "a.zip",
            archive([*ONE, ("META-INF/ASiCManifest1.xml", b""), ("META-INF/signature.p7s", b"")]),
            Container.ASIC_E,
        ),
        ("a.asice", archive(ONE, mimetype=b"application/vnd.oasis.opendocument.text"), Container.ZIP),
        ("a.zip", archive([*ONE, ("META-INF/documentsignatures.xml", b"")]), Container.ZIP),
        ("a.docx", archive([*ONE, ("[Content_Types].xml", b"")]), Container.ZIP),
        ("a.zip", archive(ONE), Container.ZIP),
        ("a.zip", archive([("mimetype", b"x" * 300), *ONE]), Container.ZIP),
    ],
)
def test_archives_are_told_apart(name, data, expected):
    assert sniff(data, name) is expected


def test_signatures_of_other_formats_are_named():
    office = archive([("[Content_Types].xml", b""), ("_xmlsignatures/sig1.xml", b"<a/>")])
    assert refusal(office, "a.docx") == ("UNSUPPORTED", "is_office_signed")
    java = archive([("META-INF/MANIFEST.MF", b""), ("META-INF/X.SF", b""), ("META-INF/X.RSA", b"")])
    assert refusal(java) == ("UNSUPPORTED", "is_jar")
    assert refusal(b"-----BEGIN PGP SIGNATURE-----\n\niQEz")[1] == "is_openpgp"


@pytest.mark.parametrize(
    ("data", "code", "reason"),
    [
        (b"", "UNREADABLE", "empty"),
        (b"PK\x05\x06" + bytes(18), "UNREADABLE", "zip_empty"),
        (b"PK\x07\x08" + bytes(18), "REFUSED_ZIP", "zip_parts"),
        (b"PKxx" + bytes(18), "UNREADABLE", "zip_damaged"),
        (b"MZ" + archive(ONE), "UNSUPPORTED", "is_program"),
        (b"??" + archive(ONE), "REFUSED_ZIP", "zip_prefixed"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(99), "UNSUPPORTED", "is_office_old"),
        (b"Rar!\x1a\x07\x01", "UNSUPPORTED", "is_archive"),
        (b"\x89PNG\r\n\x1a\n", "UNSUPPORTED", "is_image"),
        (b"Bonjour, voici l'offre.", "UNREADABLE", "unknown"),
        (b"0123456789 chiffres", "UNREADABLE", "unknown"),
        (bytes(range(1, 256)), "UNREADABLE", "unknown"),
    ],
)
def test_everything_else_is_named(data, code, reason):
    assert refusal(data) == (code, reason)


def test_a_file_too_large_is_not_looked_at(monkeypatch):
    monkeypatch.setattr("signing.limits.FILE_BYTES", 3)
    assert refusal(b"<a/>") == ("TOO_LARGE", "too_large")


@pytest.mark.skipif(not KIT, reason="PLI_TEST_SIGNATURES is not set")
def test_every_file_of_the_official_kit_is_what_its_folder_says():
    expected = {
        "xades": Container.XML,
        "xmldsig": Container.XML,
        "trust-lists": Container.XML,
        "cades": Container.CMS,
        "pades": Container.PDF,
        "timestamps": Container.TIMESTAMP,
    }
    seen = 0
    for path in sorted(Path(KIT or "").glob("*/*")):
        kind = expected.get(path.parent.name)
        if kind and path.suffix not in {".cer", ".der"}:
            seen += 1
            if "malformed" in path.name:
                assert refusal(path.read_bytes(), path.name)[0] == "UNREADABLE"
            else:
                assert sniff(path.read_bytes(), path.name) is kind, path.name
        elif path.parent.name.startswith("asic"):
            seen += 1
            assert sniff(path.read_bytes(), path.name).value == path.suffix[1:].replace("asic", "asic-")
    assert seen >= 50
