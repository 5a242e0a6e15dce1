"""Other people's tools accept what we make and refuse it with one byte changed; we verify what they make.

Tools look at the machine's clock, so everything here happens now; the test PKI is valid until 2034.
"""

import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from asn1crypto import cms
from lxml import etree

from signing import api
from signing.produce.markup import DS, XADES, parse
from signing.produce.params import Level, Profile
from signing.types import Bytes, CheckStatus, Content, Indication, SubIndication
from tests.signing import pki, signed

NOW = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=5)
DOCUMENT = Bytes("acte.txt", signed.TEXT)
KINDS = ("ec", "rsa")


def tool(name: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(name) is None, reason=f"{name} is missing")


def python_tool(name: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not (Path(sys.executable).parent / name).exists(), reason=f"{name} is missing")


def ran(arguments: Sequence[str], folder: Path) -> bool:
    done = subprocess.run(arguments, cwd=folder, capture_output=True, timeout=60, check=False)
    return done.returncode == 0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "root.pem").write_bytes(pki.holder("root").pem)
    (tmp_path / "acte.txt").write_bytes(signed.TEXT)
    for kind in KINDS:
        holder = pki.signer("good", kind)
        (tmp_path / f"{kind}.pem").write_bytes(holder.pem)
        (tmp_path / f"{kind}.key").write_bytes(holder.key_pem)
        (tmp_path / "chain.pem").write_bytes(b"".join(issuer.pem for issuer in holder.issuers))
    return tmp_path


def changed(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def sign(profile: Profile, level: Level, kind: str = "ec", what: Content | None = None) -> bytes:
    return signed.sign(profile, level, holder=pki.signer("good", kind), at=NOW, what=what)


# CAdES, openssl


@tool("openssl")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("level", [Level.B_B, Level.B_T])
def test_openssl_verifies_our_cades(folder: Path, level: Level, kind: str) -> None:
    made = sign(Profile.CADES_DETACHED, level, kind, DOCUMENT)
    command = "openssl cms -verify -cades -binary -content acte.txt -inform DER -in acte.p7s -CAfile root.pem -purpose any -out out"
    (folder / "acte.p7s").write_bytes(made)
    assert ran(command.split(), folder)
    assert (folder / "out").read_bytes() == signed.TEXT
    value = cms.ContentInfo.load(made)["content"]["signer_infos"][0]["signature"].native
    for at in (made.index(value) + len(value) - 1, made.index(pki.signer("good", kind).der) + 400):
        (folder / "acte.p7s").write_bytes(changed(made, at))
        assert not ran(command.split(), folder)
    (folder / "acte.p7s").write_bytes(made)
    (folder / "acte.txt").write_bytes(changed(signed.TEXT, 3))
    assert not ran(command.split(), folder)


@tool("openssl")
def test_openssl_verifies_our_time_stamps(folder: Path) -> None:
    info = cms.ContentInfo.load(sign(Profile.CADES_DETACHED, Level.B_T, what=DOCUMENT))["content"]
    signer = info["signer_infos"][0]
    (attribute,) = signer["unsigned_attrs"]
    (folder / "token").write_bytes(attribute["values"][0].dump())
    (folder / "value").write_bytes(signer["signature"].native)
    command = [
        "openssl",
        "ts",
        "-verify",
        "-token_in",
        "-in",
        "token",
        "-data",
        "value",
        "-CAfile",
        "root.pem",
    ]
    assert ran(command, folder)
    (folder / "value").write_bytes(changed(signer["signature"].native, 5))
    assert not ran(command, folder)


# XAdES, xmlsec1 and signxml

_XMLSEC = (
    "xmlsec1 --verify --enabled-key-data x509 --trusted-pem root.pem --id-attr:Id SignedProperties signed.xml"
)


@tool("xmlsec1")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("level", list(Level))
def test_xmlsec1_verifies_our_enveloped_signature(folder: Path, level: Level, kind: str) -> None:
    made = sign(Profile.XADES_ENVELOPED, level, kind)
    (folder / "signed.xml").write_bytes(made)
    assert ran(_XMLSEC.split(), folder)
    for part in (b"voirie", b"2027" if NOW.year == 2027 else str(NOW.year).encode(), b"application/xml"):
        (folder / "signed.xml").write_bytes(changed(made, made.index(part)))
        assert not ran(_XMLSEC.split(), folder)


@tool("xmlsec1")
def test_xmlsec1_verifies_both_of_two_enveloped_signatures(folder: Path) -> None:
    first = sign(Profile.XADES_ENVELOPED, Level.B_B)
    second = sign(Profile.XADES_ENVELOPED, Level.B_T, "rsa", Bytes("acte.xml", first))
    (folder / "signed.xml").write_bytes(second)
    for number in (1, 2):
        select = ["--node-xpath", f"(//*[local-name()='Signature'])[{number}]"]
        assert ran([*_XMLSEC.split()[:-1], *select, "signed.xml"], folder)
    (folder / "signed.xml").write_bytes(changed(second, second.index(b"voirie")))
    assert not ran([*_XMLSEC.split()[:-1], *select, "signed.xml"], folder)


@tool("xmlsec1")
@pytest.mark.parametrize("level", list(Level))
def test_xmlsec1_verifies_our_detached_signature(folder: Path, level: Level) -> None:
    (folder / "signed.xml").write_bytes(sign(Profile.XADES_DETACHED, level, what=DOCUMENT))
    assert ran(_XMLSEC.split(), folder)
    (folder / "acte.txt").write_bytes(changed(signed.TEXT, 3))
    assert not ran(_XMLSEC.split(), folder)


@tool("xmlsec1")
def test_xmlsec1_verifies_our_signature_in_a_container(folder: Path) -> None:
    made = sign(Profile.ASIC_E, Level.B_T, what=DOCUMENT)
    with zipfile.ZipFile(BytesIO(made)) as archive:
        (folder / "signed.xml").write_bytes(archive.read("META-INF/signatures001.xml"))
        assert archive.read("acte.txt") == (folder / "acte.txt").read_bytes()
    assert ran(_XMLSEC.split(), folder)
    (folder / "acte.txt").write_bytes(changed(signed.TEXT, 3))
    assert not ran(_XMLSEC.split(), folder)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("level", list(Level))
def test_signxml_verifies_our_xades(folder: Path, level: Level, kind: str) -> None:
    from signxml import InvalidInput, InvalidSignature
    from signxml.xades import XAdESVerifier

    made = sign(Profile.XADES_DETACHED, level, kind, DOCUMENT)

    def verify(data: bytes, document: bytes = signed.TEXT) -> list[object]:
        return XAdESVerifier().verify(
            data,
            ca_pem_file=str(folder / "root.pem"),
            expect_references=2,
            uri_resolver=lambda _uri: document,
        )

    assert len(verify(made)) == 2
    with pytest.raises(InvalidSignature):
        verify(made, changed(signed.TEXT, 3))
    with pytest.raises((InvalidSignature, InvalidInput)):
        verify(changed(made, made.index(b"text/plain")))


# PAdES, pyHanko


@python_tool("pyhanko")
@pytest.mark.parametrize("level", list(Level))
def test_pyhanko_verifies_our_pades(folder: Path, level: Level) -> None:
    made = sign(Profile.PADES, level, "rsa")
    pyhanko = [str(Path(sys.executable).parent / "pyhanko"), "sign"]
    plain = [*pyhanko, "validate", "--no-revocation-check"]
    # What the file holds must be enough for the long term: then with revocation, by the rules of AdES.
    command = plain if level.rank < Level.B_LT.rank else [*pyhanko, "adesverify"]
    command += ["--trust", "root.pem", "--trust-replace", "signed.pdf"]
    (folder / "signed.pdf").write_bytes(made)
    assert ran(command, folder)
    (folder / "signed.pdf").write_bytes(changed(made, made.index(b"/MediaBox") + 14))
    assert not ran(command, folder)


@python_tool("pyhanko")
def test_pyhanko_verifies_both_of_two_signatures(folder: Path) -> None:
    first = sign(Profile.PADES, Level.B_T)
    (folder / "signed.pdf").write_bytes(sign(Profile.PADES, Level.B_B, "rsa", Bytes("acte.pdf", first)))
    pyhanko = [str(Path(sys.executable).parent / "pyhanko"), "sign", "validate", "--executive-summary"]
    done = subprocess.run(
        [*pyhanko, "--no-revocation-check", "--trust", "root.pem", "--trust-replace", "signed.pdf"],
        cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert [line.rpartition(":")[2] for line in done.stdout.split()] == ["VALID", "VALID"]


# Conversely


def verdicts(made: bytes, name: str, contents: Sequence[Content] = ()) -> list[tuple[str, Indication]]:
    at = datetime.now(UTC)
    report = api.verify(
        made, name=name, contents=contents, trust=pki.trust(), evidence=pki.evidence(NOW), at=at
    )
    assert report.error is None
    return [(one.level, one.indication) for one in report.signatures]


@tool("openssl")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", ["DER", "PEM"])
def test_we_verify_what_openssl_makes(folder: Path, kind: str, form: str) -> None:
    command = (
        f"openssl cms -sign -cades -binary -in acte.txt -signer {kind}.pem -inkey {kind}.key -certfile chain.pem "
        f"-outform {form} -out acte.p7s -md sha256"
    )
    assert ran(command.split(), folder)
    made = (folder / "acte.p7s").read_bytes()
    assert verdicts(made, "acte.p7s", [DOCUMENT]) == [("B-B", Indication.TOTAL_PASSED)]
    altered = Bytes("acte.txt", changed(signed.TEXT, 3))
    assert verdicts(made, "acte.p7s", [altered])[0][1] is not Indication.TOTAL_PASSED


@tool("openssl")
def test_we_verify_the_attached_form_of_openssl(folder: Path) -> None:
    command = "openssl cms -sign -cades -binary -nodetach -in acte.txt -signer ec.pem -inkey ec.key -certfile chain.pem -outform DER -out acte.p7m"
    assert ran(command.split(), folder)
    made = (folder / "acte.p7m").read_bytes()
    assert verdicts(made, "acte.p7m") == [("B-B", Indication.TOTAL_PASSED)]
    assert verdicts(changed(made, made.index(signed.TEXT) + 3), "acte.p7m")[0][1] is Indication.TOTAL_FAILED


@pytest.mark.parametrize("kind", KINDS)
def test_we_verify_what_signxml_makes(kind: str) -> None:
    from signxml import SignatureMethod
    from signxml.xades import XAdESDataObjectFormat, XAdESSigner

    holder = pki.signer("good", kind)
    method = SignatureMethod.ECDSA_SHA256 if kind == "ec" else SignatureMethod.RSA_SHA256
    signer = XAdESSigner(
        signature_algorithm=method,
        data_object_format=XAdESDataObjectFormat(Description="acte", MimeType="text/xml"),
    )
    chain = [one.certificate for one in (holder, *holder.issuers)]
    made = etree.tostring(signer.sign(etree.fromstring(signed.XML), key=holder.key, cert=chain))
    (verdict,) = verdicts(made, "acte.xml")
    assert verdict == ("B-B", Indication.TOTAL_PASSED)
    assert verdicts(changed(made, made.index(b"voirie")), "acte.xml")[0][1] is Indication.TOTAL_FAILED


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("level", list(Level))
def test_we_verify_what_pyhanko_makes(level: Level, kind: str) -> None:
    made = by_pyhanko(kind, level)
    assert verdicts(made, "acte.pdf") == [(str(level), Indication.TOTAL_PASSED)]
    altered = changed(made, made.index(b"/MediaBox") + 14)
    assert verdicts(altered, "acte.pdf")[0][1] is Indication.TOTAL_FAILED


def _context() -> object:
    from asn1crypto import x509
    from pyhanko_certvalidator import ValidationContext

    return ValidationContext(
        trust_roots=[x509.Certificate.load(pki.holder("root").der)],
        crls=list(pki.crls(NOW)),
        other_certs=[x509.Certificate.load(pki.holder("ca").der)],
        allow_fetching=False,
        revocation_mode="hard-fail",
    )


def by_pyhanko(kind: str, level: Level) -> bytes:
    """Sign with pyHanko alone, its own time-stamper and its own long-term machinery."""
    from asn1crypto import keys, pem, x509
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import signers
    from pyhanko.sign.fields import SigSeedSubFilter
    from pyhanko.sign.timestamps import DummyTimeStamper
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    def key(holder: pki.Holder) -> keys.PrivateKeyInfo:
        return keys.PrivateKeyInfo.load(pem.unarmor(holder.key_pem)[2])

    holder, tsa = pki.signer("good", kind), pki.tsa("tsa-rsa")
    store = SimpleCertificateStore()
    store.register_multiple([x509.Certificate.load(one) for one in holder.chain[1:]])
    signer = signers.SimpleSigner(x509.Certificate.load(holder.der), key(holder), store)
    stamper = DummyTimeStamper(x509.Certificate.load(tsa.der), key(tsa), store)
    long_term = level.rank >= Level.B_LT.rank
    about = signers.PdfSignatureMetadata(
        field_name="Signature1",
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        embed_validation_info=long_term,
        use_pades_lta=level is Level.B_LTA,
        validation_context=_context() if long_term else None,
    )
    written = signers.sign_pdf(
        IncrementalPdfFileWriter(BytesIO(signed.pdf())),
        about,
        signer=signer,
        timestamper=stamper if level is not Level.B_B else None,
    )
    return bytes(written.getvalue())


@pytest.mark.parametrize("profile", [Profile.XADES_ENVELOPED, Profile.PADES])
def test_reasons_of_a_changed_byte_are_those_of_the_norm(profile: Profile) -> None:
    made = sign(profile, Level.B_T)
    name, part = ("acte.xml", b"voirie") if profile is Profile.XADES_ENVELOPED else ("acte.pdf", b"/MediaBox")
    at = datetime.now(UTC)
    report = api.verify(
        changed(made, made.index(part) + (14 if part == b"/MediaBox" else 0)),
        name=name, trust=pki.trust(), evidence=pki.evidence(NOW), at=at,
    )  # fmt: skip
    (one,) = report.signatures
    assert (one.indication, one.subindication) == (Indication.TOTAL_FAILED, SubIndication.HASH_FAILURE)
    assert one.checks["integrity"].status is CheckStatus.FAILED


def test_signature_value_with_a_changed_byte_is_a_crypto_failure() -> None:
    root = parse(sign(Profile.XADES_ENVELOPED, Level.B_B))
    value = root.find(f".//{{{DS}}}SignatureValue")
    assert root.find(f".//{{{XADES}}}SignedProperties") is not None
    value.text = ("A" if value.text[0] != "A" else "B") + value.text[1:]
    report = api.verify(
        etree.tostring(root),
        name="a.xml",
        trust=pki.trust(),
        evidence=pki.evidence(NOW),
        at=datetime.now(UTC),
    )
    assert report.signatures[0].subindication is SubIndication.SIG_CRYPTO_FAILURE
