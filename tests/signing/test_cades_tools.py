"""Signatures of openssl and pyHanko, of every algorithm, encoding and place of the content, read by our reader."""

import asyncio
import base64
import io
import shutil
import subprocess
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha1, sha256, sha512, shake_256
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from signing import cades, der
from signing.facts import SignatureFacts, SignerStatus
from signing.types import Bytes, Coverage, Digests, Format, ScopeKind
from tests.signing import cades_builder as build
from tests.signing import pki

CONTENT = b"Acte d'engagement\r\n" * 200
needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")


@dataclass(frozen=True)
class Maker:
    """A key and its self-signed certificate, as openssl reads them."""

    key: object
    der: bytes
    folder: Path

    def write(self) -> list[str]:
        pem = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (self.folder / "key.pem").write_bytes(pem)
        certificate = x509.load_der_x509_certificate(self.der)
        (self.folder / "cert.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
        (self.folder / "content").write_bytes(CONTENT)
        return ["-signer", "cert.pem", "-inkey", "key.pem"]


KEYS = {
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "brainpool": lambda: ec.generate_private_key(ec.BrainpoolP256R1()),
    "dsa": lambda: dsa.generate_private_key(2048),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "ed448": ed448.Ed448PrivateKey.generate,
}


def certified(key) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Essai")])
    edwards = isinstance(key, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 4711, pki.BORN, pki.DIES)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, None if edwards else hashes.SHA256())
    )
    return made.public_bytes(Encoding.DER)


@pytest.fixture(scope="module")
def make(tmp_path_factory):
    made = {}

    def maker(kind: str) -> Maker:
        if kind not in made:
            key = KEYS[kind]()
            made[kind] = Maker(key, certified(key), tmp_path_factory.mktemp(kind))
        return made[kind]

    return maker


def openssl(maker: Maker, *arguments: str, out: str = "out") -> bytes:
    command = ["openssl", "cms", "-sign", "-in", "content", *maker.write(), *arguments, "-out", out]
    done = subprocess.run(command, cwd=maker.folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return (maker.folder / out).read_bytes()


def only(data: bytes, *, contents=(), extra_certs=(), name="acte.txt.p7m") -> SignatureFacts:
    (facts,) = cades.read(data, name=name, contents=contents, extra_certs=extra_certs)
    return facts


BASE = ("-binary", "-outform", "DER", "-cades")


@needs_openssl
@pytest.mark.parametrize(
    ("kind", "digest"),
    [
        *((kind, digest) for kind in ("rsa", "p256", "p384", "brainpool") for digest in ("sha256", "sha512")),
        ("dsa", "sha256"),  # openssl signs CMS with DSA under no longer digest
    ],
)
def test_openssl_enclosed_signature_of_each_key_is_read(make, kind, digest):
    maker = make(kind)

    facts = only(openssl(maker, *BASE, "-nodetach", "-md", digest))

    assert facts.intact and facts.structure_errors == () and facts.constraint_errors == ()
    assert (facts.signer_status, facts.certificate) == (SignerStatus.IDENTIFIED, maker.der)
    assert (facts.format, facts.level) == (Format.CADES, "B-B")
    use = facts.algorithms[0]
    family = "ec" if kind in {"p256", "p384", "brainpool"} else kind
    assert (use.use, use.digest, use.key) == ("signature", digest, family)
    assert use.bits == {"rsa": 2048, "dsa": 2048, "p384": 384}.get(kind, 256)
    scope = (facts.scope[0].name, facts.scope[0].kind, facts.scope[0].coverage)
    assert scope == ("acte.txt", ScopeKind.CMS_CONTENT, Coverage.FULL)
    assert facts.scope[0].digest == ("sha256", sha256(CONTENT).hexdigest())


@needs_openssl
def test_openssl_sha1_signature_is_read_and_its_digest_recorded(make):
    facts = only(openssl(make("rsa"), "-binary", "-outform", "DER", "-nodetach", "-md", "sha1", "-cades"))

    assert facts.intact and facts.algorithms[0].digest == "sha1"


@needs_openssl
@pytest.mark.parametrize("salt", ["-1", "-2", "11"])
@pytest.mark.parametrize("mask", ["sha256", "sha1"])
def test_openssl_pss_signature_is_read(make, salt, mask):
    options = ["rsa_padding_mode:pss", f"rsa_pss_saltlen:{salt}", f"rsa_mgf1_md:{mask}"]
    more = [part for option in options for part in ("-keyopt", option)]

    facts = only(openssl(make("rsa"), *BASE, "-nodetach", *more))

    assert facts.intact and facts.algorithms[0].digest == "sha256"
    assert any(use.digest == "sha1" for use in facts.algorithms) == (mask == "sha1")


@needs_openssl
@pytest.mark.parametrize("arguments", [("-nodetach", "-stream"), ("-nodetach", "-stream", "-indef")])
def test_openssl_stream_in_ber_is_read(make, arguments):
    data = openssl(make("p256"), *BASE, *arguments)
    assert data[1] == 0x80

    assert only(data).intact


@needs_openssl
@pytest.mark.parametrize("form", ["PEM", "base64", "base64-lines"])
def test_armoured_signature_is_read(make, form):
    data = openssl(make("p256"), *BASE, "-nodetach")
    if form == "PEM":
        armoured = openssl(make("p256"), "-binary", "-cades", "-nodetach", "-outform", "PEM")
        assert armoured.startswith(b"-----BEGIN CMS-----")
    else:
        armoured = base64.encodebytes(data) if form == "base64-lines" else base64.b64encode(data)

    assert only(armoured).intact


@needs_openssl
def test_signer_named_by_key_identifier_is_found(make):
    maker = make("p256")
    assert only(openssl(maker, *BASE, "-nodetach", "-keyid")).certificate == maker.der

    without = openssl(maker, *BASE, "-nodetach", "-keyid", "-nocerts")

    assert only(without).signer_status is SignerStatus.MISSING
    assert only(without, extra_certs=[pki.signer().der, maker.der]).certificate == maker.der


def test_key_identifier_may_be_the_digest_of_the_key_of_a_certificate_that_states_none():
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Sans identifiant")])
    certificate = x509.CertificateBuilder(name, name, key.public_key(), 1, pki.BORN, pki.DIES).sign(
        key, hashes.SHA256()
    )
    encoded = certificate.public_bytes(Encoding.DER)
    signer = build.sign(build.signed_attributes(encoded, b"Bonjour"), encoded, build.scheme(key))
    signer.sid = der.tlv(0x80, x509.SubjectKeyIdentifier.from_public_key(key.public_key()).digest)

    assert only(build.Cms([signer], certificates=[encoded]).dump()).certificate == encoded


@needs_openssl
def test_detached_signature_is_paired_by_digest_among_documents(make):
    data = openssl(make("rsa"), *BASE)
    documents = [Bytes("a.txt", b"a"), Bytes("content", CONTENT), Bytes("b.txt", b"b")]

    facts = only(data, contents=documents, name="x.p7s")

    assert facts.intact and facts.references[0].name == "content"
    assert [(scope.name, scope.coverage) for scope in facts.scope] == [
        ("a.txt", Coverage.NONE),
        ("content", Coverage.FULL),
        ("b.txt", Coverage.NONE),
    ]


@needs_openssl
def test_detached_signature_is_verified_by_digests_alone(make):
    data = openssl(make("rsa"), *BASE)
    right = Digests("content", {"sha256": sha256(CONTENT).hexdigest()})
    wrong = Digests("content", {"sha256": sha256(b"?").hexdigest()})
    other = Digests("content", {"sha512": sha512(CONTENT).hexdigest()})

    assert only(data, contents=[right]).intact
    altered = only(data, contents=[wrong])
    assert altered.data_found and not altered.digests_intact
    unknown = only(data, contents=[other])
    assert not unknown.data_found
    assert [(found.code, found.params) for found in unknown.warnings] == [
        ("cms.digest_not_given", {"algorithm": "sha256"})
    ]


@needs_openssl
def test_detached_signature_that_fits_none_of_several_documents_finds_no_data(make):
    data = openssl(make("rsa"), *BASE)

    facts = only(data, contents=[Bytes("a", b"a"), Bytes("b", b"b")], name="acte.txt.p7s")
    assert not facts.data_found and [found.code for found in facts.warnings] == ["cms.content_not_matched"]

    named = only(data, contents=[Bytes("acte.txt", b"a"), Bytes("b", b"b")], name="acte.txt.p7s")
    assert not named.data_found and [found.code for found in named.warnings] == ["cms.content_altered"]


@needs_openssl
def test_detached_signature_without_document_says_which_name_it_hopes_for(make):
    facts = only(openssl(make("rsa"), *BASE), name="acte.txt.p7s")

    assert not facts.data_found and facts.value_intact
    assert facts.references[0].name == "acte.txt"


@needs_openssl
@pytest.mark.parametrize("kind", ["rsa", "p256", "dsa"])
def test_signature_without_attributes_is_over_the_content_or_its_digest(make, kind):
    maker = make(kind)
    data = openssl(maker, "-binary", "-outform", "DER", "-noattr")
    digest = Digests("content", {"sha256": sha256(CONTENT).hexdigest()})

    facts = only(data, contents=[Bytes("a", b"a"), Bytes("content", CONTENT)])

    assert facts.intact and facts.references[0].name == "content"
    assert (facts.format, facts.level) == (Format.CMS, "NOT-ETSI")
    assert facts.signer_status is SignerStatus.UNREFERENCED
    assert only(data, contents=[digest]).intact
    assert only(data, contents=[Bytes("content", b"?")]).value_intact is False
    nothing = only(data)
    assert (nothing.value_intact, nothing.data_found) == (None, False)
    assert not only(data, contents=[Bytes("a", b"a"), Bytes("b", b"b")]).data_found


def test_zip_signed_whole_lists_the_documents_it_does_not_sign_one_by_one():
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("acte.pdf", b"%PDF-")
        archive.writestr("bpu.xlsx", b"PK")

    facts = only(build.simple(content=kept.getvalue()).dump(), name="offre.zip.p7m")

    assert [(scope.name, scope.coverage) for scope in facts.scope] == [
        ("offre.zip", Coverage.FULL),
        ("offre.zip/acte.pdf", Coverage.NONE),
        ("offre.zip/bpu.xlsx", Coverage.NONE),
    ]


@needs_openssl
def test_two_signers_are_two_signatures(make, tmp_path):
    first, second = make("rsa"), make("p256")
    (first.folder / "one").write_bytes(openssl(first, *BASE, "-nodetach"))
    second.write()
    for name in ("cert.pem", "key.pem"):
        shutil.copy(second.folder / name, first.folder / f"second-{name}")
    command = ["openssl", "cms", "-resign", "-inform", "DER", "-in", "one", "-signer", "second-cert.pem"]
    command += [
        "-inkey",
        "second-key.pem",
        "-outform",
        "DER",
        "-out",
        "two",
        "-cades",
        "-binary",
        "-nodetach",
    ]
    subprocess.run(command, cwd=first.folder, check=True, capture_output=True)

    found = cades.read((first.folder / "two").read_bytes(), name="x.p7m")

    assert [facts.id for facts in found] == ["sig-1", "sig-2"]
    assert all(facts.intact for facts in found)
    assert {facts.certificate for facts in found} == {first.der, second.der}


@needs_openssl
def test_file_of_certificates_alone_has_no_signature(make):
    maker = make("rsa")
    maker.write()
    command = ["openssl", "crl2pkcs7", "-nocrl", "-certfile", "cert.pem", "-outform", "DER"]
    data = subprocess.run(command, cwd=maker.folder, check=True, capture_output=True).stdout

    assert cades.read(data, name="x.p7b") == []


@pytest.mark.parametrize("kind", ["rsa", "p256", "dsa", "ed25519"])
def test_builder_s_signature_of_each_key_is_read(make, kind):
    """Among them Ed25519 (RFC 8419), which openssl 3.0 does not put in CMS."""
    maker = make(kind)
    digest = "sha512" if kind == "ed25519" else "sha256"
    attributes = build.signed_attributes(maker.der, CONTENT, digest=digest)
    signer = build.sign(attributes, maker.der, build.scheme(maker.key), digest=digest)

    facts = only(build.Cms([signer], CONTENT, certificates=[maker.der]).dump())

    assert facts.intact and facts.signer_status is SignerStatus.IDENTIFIED
    assert facts.algorithms[0].key == {"p256": "ec"}.get(kind, kind)


def test_ed448_signature_with_its_shake_256_is_read(make):
    """RFC 8419, 3: the digest of the content is 64 bytes of SHAKE256."""
    maker = make("ed448")
    digest = build.attribute(build.MESSAGE_DIGEST, der.octets(shake_256(CONTENT).digest(64)))
    attributes = build.signed_attributes(maker.der, CONTENT, without=[build.MESSAGE_DIGEST], extra=[digest])
    chosen = build.Scheme(der.sequence(der.oid("1.3.101.113")), maker.key.sign)
    signer = build.sign(attributes, maker.der, chosen)
    signer.digest_algorithm = der.sequence(der.oid("2.16.840.1.101.3.4.2.12"))

    facts = only(build.Cms([signer], CONTENT, certificates=[maker.der]).dump())

    assert facts.intact and facts.warnings == ()
    assert (facts.algorithms[0].key, facts.algorithms[0].bits) == ("ed448", 456)


def test_ed25519_without_attributes_needs_the_content_itself(make):
    maker = make("ed25519")
    chosen = build.scheme(maker.key)
    signer = build.Signer(
        build.sid_of(maker.der), build.algorithm("sha512"), b"", chosen.identifier, chosen.sign(CONTENT)
    )
    data = build.Cms([signer], None, certificates=[maker.der]).dump()
    digests = Digests("content", {"sha512": sha512(CONTENT).hexdigest()})

    assert only(data, contents=[Bytes("content", CONTENT)]).intact
    facts = only(data, contents=[digests])
    assert not facts.intact and [found.code for found in facts.constraint_errors] == ["cms.unknown_algorithm"]


def test_ecdsa_of_plain_r_and_s_is_read(make):
    """BSI TR-03111: the value is r and s side by side, under an identifier of its own."""
    maker = make("p256")
    attributes = build.signed_attributes(maker.der, CONTENT)
    signer = build.sign(attributes, maker.der, build.scheme(maker.key))
    numbers = decode_dss_signature(signer.signature)
    signer.signature = b"".join(number.to_bytes(32, "big") for number in numbers)
    signer.signature_algorithm = der.sequence(der.oid("0.4.0.127.0.7.1.1.4.1.3"))

    assert only(build.Cms([signer], CONTENT, certificates=[maker.der]).dump()).intact


@pytest.mark.parametrize(("stated", "used"), [("sha3_256", "sha256"), ("sha256", "sha512")])
def test_digest_of_the_content_may_differ_from_the_signature_s_with_a_warning(make, stated, used):
    maker = make("rsa")
    attributes = build.signed_attributes(maker.der, CONTENT, digest=stated)
    signer = build.sign(attributes, maker.der, build.scheme(maker.key, used), digest=stated)

    facts = only(build.Cms([signer], CONTENT, certificates=[maker.der]).dump())

    assert facts.intact
    assert [(found.code, found.params) for found in facts.warnings] == [
        ("cms.digests_differ", {"stated": stated, "used": used})
    ]


def test_md5_is_read_and_recorded_for_the_policy_to_refuse(make):
    maker = make("rsa")
    attributes = build.signed_attributes(maker.der, CONTENT, digest="md5")
    signer = build.sign(attributes, maker.der, build.scheme(maker.key, "md5"), digest="md5")

    facts = only(build.Cms([signer], CONTENT, certificates=[maker.der]).dump())

    assert facts.intact and (facts.algorithms[0].digest, facts.references[0].algorithm) == ("md5", "md5")


@needs_openssl
@pytest.mark.parametrize("ber", [False, True])
def test_openssl_accepts_the_signatures_that_our_tests_bend(tmp_path, ber):
    cms = build.simple(content=CONTENT)
    (tmp_path / "sig").write_bytes(cms.dump_ber(1000) if ber else cms.dump())
    (tmp_path / "root.pem").write_bytes(pki.holder("root").pem)
    command = ["openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", "sig"]
    command += ["-CAfile", "root.pem", "-purpose", "any", "-no_check_time", "-out", "content"]

    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)

    assert (tmp_path / "content").read_bytes() == CONTENT


def pyhanko(content: bytes, *, detached: bool, stamp: bool) -> bytes:
    """Sign as pyHanko does, with its CAdES attributes and, on demand, a time-stamp of its own dummy authority."""
    from asn1crypto import keys
    from asn1crypto import x509 as asn1_x509
    from pyhanko.sign.signers import SimpleSigner
    from pyhanko.sign.timestamps import DummyTimeStamper
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    maker, unit = pki.signer("good", "rsa"), pki.tsa("tsa-rsa")
    store = SimpleCertificateStore.from_certs([asn1_x509.Certificate.load(item) for item in maker.chain])

    def private(holder: pki.Holder) -> keys.PrivateKeyInfo:
        return keys.PrivateKeyInfo.load(
            holder.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        )

    stamper = DummyTimeStamper(
        tsa_cert=asn1_x509.Certificate.load(unit.der),
        tsa_key=private(unit),
        fixed_dt=datetime(2027, 1, 11, 10, tzinfo=UTC),
    )
    signer = SimpleSigner(
        signing_cert=asn1_x509.Certificate.load(maker.der), signing_key=private(maker), cert_registry=store
    )
    info = asyncio.run(
        signer.async_sign_general_data(
            content, "sha256", detached=detached, timestamper=stamper if stamp else None, use_cades=True
        )
    )
    return info.dump()


@pytest.mark.parametrize("detached", [False, True])
@pytest.mark.parametrize("stamp", [False, True])
def test_pyhanko_signature_is_read(detached, stamp):
    data = pyhanko(CONTENT, detached=detached, stamp=stamp)

    facts = only(data, contents=[Bytes("content", CONTENT)] if detached else [])

    assert facts.intact and facts.structure_errors == ()
    assert facts.signer_status is SignerStatus.IDENTIFIED
    assert facts.certificate == pki.signer("good", "rsa").der
    assert [found.sound for found in facts.stamps] == [True] * stamp
    assert all(found.gen_time - pki.NOW == timedelta(hours=1) for found in facts.stamps)


def digests_of(data: bytes):
    return {"sha256": sha256(data).digest(), "sha1": sha1(data).digest()}.get


def test_content_known_by_a_digest_function_is_verified_and_padding_ignored():
    cms = build.simple(detached=True, without=[build.SIGNING_TIME])

    (facts,) = cades.read_signed_data(
        cms.dump() + bytes(500), name="acte.pdf", digest_of=digests_of(b"Bonjour"), ids="Signature1"
    )

    assert (facts.id, facts.format, facts.level, facts.intact) == ("Signature1", Format.PADES, "B-B", True)
    assert facts.warnings == ()
    (other,) = cades.read_signed_data(cms.dump(), name="acte.pdf", digest_of=digests_of(b"?"))
    assert other.data_found and not other.digests_intact


def test_several_signers_in_a_pdf_are_numbered():
    cms = build.simple(detached=True)
    cms.signers.append(build.simple(pki.signer("twin")).signers[0])

    found = cades.read_signed_data(cms.dump(), name="a.pdf", digest_of=digests_of(b"Bonjour"), ids="F")

    assert [facts.id for facts in found] == ["F-1", "F-2"]


def test_pdf_signature_that_encloses_another_content_covers_no_pdf():
    cms = build.simple(content=b"Autre chose")

    (facts,) = cades.read_signed_data(cms.dump(), name="a.pdf", digest_of=digests_of(b"Bonjour"))

    assert not facts.data_found and [found.code for found in facts.structure_errors] == [
        "cms.pdf_content_enclosed"
    ]


def test_pdf_signature_that_encloses_the_sha_1_of_the_pdf_covers_it():
    """adbe.pkcs7.sha1 (ISO 32000-1): the CMS encloses the digest."""
    cms = build.simple(content=sha1(b"Bonjour").digest())

    (facts,) = cades.read_signed_data(cms.dump(), name="a.pdf", digest_of=digests_of(b"Bonjour"))
    (other,) = cades.read_signed_data(cms.dump(), name="a.pdf", digest_of=digests_of(b"Bonsoir"))

    assert facts.intact and facts.structure_errors == ()
    assert any(use.digest == "sha1" for use in facts.algorithms)
    assert not other.digests_intact


def test_content_read_without_a_pdf_keeps_the_words_of_cades():
    (facts,) = cades.read_signed_data(
        build.simple(detached=True).dump(), name="a", digest_of=digests_of(b"Bonjour"), pdf=False
    )

    assert (facts.id, facts.format, facts.level) == ("sig-1", Format.CADES, "B-B")
