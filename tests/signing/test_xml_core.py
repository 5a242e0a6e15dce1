"""The core of XML signatures: keys by value, parameters of RSASSA-PSS, values, and the second engine."""

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree

from signing.xades import crosscheck, read, reader, references
from signing.xades.signer import Identified
from signing.xades.subject import subject
from signing.xml import algorithms, core, keyvalue
from signing.xml.parse import parse
from signing.xml.transforms import METHODS, canonical
from tests.signing import pki
from tests.signing import xades_builder as make
from tests.signing.xades_builder import Plan

MORE = "http://www.w3.org/2007/05/xmldsig-more#"


def spki(key: object) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined]


def resigned(method: str, inner: str, sign) -> bytes:
    """Change the method of a signature that xmlsec1 made, and make its value again."""
    root = make.parsed(make.enveloped())
    element = make.one(root, "//ds:SignatureMethod")
    element.set("Algorithm", method)
    if inner:
        element.append(etree.fromstring(inner))
    value = sign(make.c14n(make.one(root, "//ds:SignedInfo")))
    make.one(root, "//ds:SignatureValue").text = make.b64(value)
    return make.written(root)


def pss(salt: int, digest: hashes.HashAlgorithm, mask: hashes.HashAlgorithm | None = None):
    key = pki.signer("good", "rsa").key
    return lambda data: key.sign(data, padding.PSS(padding.MGF1(mask or digest), salt), digest)


PARAMETERS = (
    f'<p:RSAPSSParams xmlns:p="{MORE}" xmlns:ds="{make.DS}"><ds:DigestMethod Algorithm="{make.SHA512}"/>'
    f'<p:MaskGenerationFunction><ds:DigestMethod Algorithm="{make.SHA256}"/></p:MaskGenerationFunction>'
    "<p:SaltLength>20</p:SaltLength></p:RSAPSSParams>"
)


@pytest.mark.parametrize(
    ("method", "inner", "sign"),
    [
        (MORE + "sha256-rsa-MGF1", "", pss(32, hashes.SHA256())),
        (MORE + "sha384-rsa-MGF1", "", pss(48, hashes.SHA384())),
        (MORE + "rsa-pss", "", pss(32, hashes.SHA256())),
        (MORE + "rsa-pss", PARAMETERS, pss(20, hashes.SHA512(), hashes.SHA256())),
    ],
)
def test_rsassa_pss(method: str, inner: str, sign):
    (facts,) = read(resigned(method, inner, sign), name="a.xml")

    assert facts.intact and not facts.constraint_errors and not facts.structure_errors


def test_rsassa_pss_with_another_salt_than_stated():
    (facts,) = read(resigned(MORE + "sha256-rsa-MGF1", "", pss(20, hashes.SHA256())), name="a.xml")

    assert facts.value_intact is False


@pytest.mark.parametrize("salt", ["-1", "x", "99999", ""])
def test_rsassa_pss_with_a_salt_that_is_none(salt: str):
    parameters = PARAMETERS.replace("<p:SaltLength>20", f"<p:SaltLength>{salt}")
    (facts,) = read(resigned(MORE + "rsa-pss", parameters, pss(20, hashes.SHA512())), name="a.xml")

    assert [one.code for one in facts.constraint_errors] == ["xml.unknown_signature_method"]
    assert facts.value_intact is None


def test_unknown_method():
    (facts,) = read(make.enveloped().replace(b"#rsa-sha256", b"#rsa-sha257"), name="a.xml")

    assert [one.code for one in facts.constraint_errors] == ["xml.unknown_signature_method"]
    assert facts.value_intact is None and facts.certificate == pki.signer("good", "rsa").der


def key_info(inner: str) -> "etree._Element":
    return etree.fromstring(
        f'<ds:KeyInfo xmlns:ds="{make.DS}" xmlns:k="http://www.w3.org/2009/xmldsig11#">{inner}</ds:KeyInfo>'
    )


def number(value: int) -> str:
    return make.b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def test_keys_by_value():
    elliptic = ec.generate_private_key(ec.SECP384R1()).public_key()
    point = elliptic.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    old = dsa.generate_private_key(2048).public_key()
    numbers = old.public_numbers()
    parameters = numbers.parameter_numbers
    edwards = ed25519.Ed25519PrivateKey.generate().public_key()
    found = keyvalue.keys(
        key_info(
            '<ds:KeyValue><k:ECKeyValue><k:NamedCurve URI="urn:oid:1.3.132.0.34"/>'
            f"<k:PublicKey>{make.b64(point)}</k:PublicKey></k:ECKeyValue></ds:KeyValue>"
            f"<ds:KeyValue><ds:DSAKeyValue><ds:P>{number(parameters.p)}</ds:P><ds:Q>{number(parameters.q)}</ds:Q>"
            f"<ds:G>{number(parameters.g)}</ds:G><ds:Y>{number(numbers.y)}</ds:Y></ds:DSAKeyValue></ds:KeyValue>"
            f"<k:DEREncodedKeyValue>{make.b64(spki(edwards))}</k:DEREncodedKeyValue>"
        )
    )

    assert [(key.kind, key.bits, key.spki) for key in found] == [
        ("ec", 384, spki(elliptic)),
        ("dsa", 2048, spki(old)),
        ("ed25519", 256, spki(edwards)),
    ]


@pytest.mark.parametrize(
    "inner",
    [
        "<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>AA==</ds:Modulus></ds:RSAKeyValue></ds:KeyValue>",
        '<ds:KeyValue><k:ECKeyValue><k:NamedCurve URI="urn:oid:1.2"/></k:ECKeyValue></ds:KeyValue>',
        "<ds:KeyValue><ds:OtherKeyValue/></ds:KeyValue>",
        "<k:DEREncodedKeyValue>AAAA</k:DEREncodedKeyValue>",
        "<k:DEREncodedKeyValue>?</k:DEREncodedKeyValue>",
    ],
)
def test_keys_that_cannot_be_read(inner: str):
    assert keyvalue.keys(key_info(inner)) == []


def test_dsa_and_edwards_values():
    old = dsa.generate_private_key(2048)
    pair = decode_dss_signature(old.sign(b"data", hashes.SHA256()))
    value = b"".join(part.to_bytes(32, "big") for part in pair)
    method = algorithms.SIGNATURES["http://www.w3.org/2009/xmldsig11#dsa-sha256"]
    key = algorithms.key(spki(old.public_key()))
    assert algorithms.verify(key, method, value, b"data")
    assert not algorithms.verify(key, method, value, b"datb")
    assert not algorithms.verify(key, method, value + b"\0", b"data")

    edwards = ed25519.Ed25519PrivateKey.generate()
    method = algorithms.SIGNATURES["http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519"]
    assert algorithms.verify(algorithms.key(spki(edwards.public_key())), method, edwards.sign(b"d"), b"d")


def test_unknown_digest_is_not_digested():
    assert algorithms.digest("sha256", b"") is not None
    assert algorithms.digest("md9", b"") is None


# The second engine.


def outcomes_of(data: bytes):
    document = parse(data)
    found = subject(document, make.one(document.root, "//ds:Signature"), name="a.xml")
    return found, references.process(found)


def test_second_engine_agrees():
    found, outcomes = outcomes_of(make.enveloped())

    assert not crosscheck.disagrees(
        found, outcomes, algorithms.key(spki(pki.signer("good", "rsa").key.public_key()))
    )


def test_second_engine_disagrees_on_another_key():
    found, outcomes = outcomes_of(make.enveloped())

    assert crosscheck.disagrees(
        found, outcomes, algorithms.key(spki(pki.signer("no-qc", "rsa").key.public_key()))
    )


def test_second_engine_is_not_asked_without_a_key_or_a_document():
    found, outcomes = outcomes_of(make.enveloped())
    assert not crosscheck.disagrees(found, outcomes, None)
    key = algorithms.key(spki(pki.signer("no-qc", "rsa").key.public_key()))
    found, outcomes = outcomes_of(make.enveloped().replace(b"Voirie", b"Autre"))

    assert not crosscheck.disagrees(found, outcomes, key)


def test_second_engine_is_not_asked_about_manifests():
    """It would fetch what they list, even when they are not signed; the wrong key shows whether it was asked."""
    entry = (
        f'<ds:Reference URI="a.txt"><ds:DigestMethod Algorithm="{make.SHA256}"/><ds:DigestValue></ds:DigestValue>'
        "</ds:Reference>"
    )
    key = algorithms.key(spki(pki.signer("no-qc", "rsa").key.public_key()))
    for held, asked in (("", True), (f"<ds:Object><ds:Manifest>{entry}</ds:Manifest></ds:Object>", False)):
        data = make.sign("<acte>{signature}</acte>", Plan(objects=held), files={"a.txt": b"a"})
        found, outcomes = outcomes_of(data)

        assert crosscheck.disagrees(found, outcomes, key) is asked


def test_disagreement_fails_the_format():
    found, outcomes = outcomes_of(make.enveloped())
    for name, codes in (("good", []), ("no-qc", ["xml.engines_disagree"])):
        key = algorithms.key(spki(pki.signer(name, "rsa").key.public_key()))
        reader._compare_engines(found, outcomes, Identified(key=key, value_intact=True))

        assert [one.code for one in found.errors] == codes


# Canonical forms.

AROUND = (
    '<z:a xmlns:z="urn:z" xmlns="urn:d" xmlns:y="urn:z" xml:lang="fr" xml:space="preserve" xml:base="http://x/a/" '
    'xml:id="top"><m xml:base="b/"><e y:k="1" xml:lang="{lang}"><z:f/><y:g xmlns=""><h/></y:g><!--c-->&#13;</e></m></z:a>'
)


def form(uri: str, lang: str = "fr") -> str:
    root = parse(AROUND.replace("{lang}", lang).encode()).root
    return canonical(root[0][0], METHODS[uri]).decode()


INSIDE = '<z:f></z:f><y:g xmlns=""><h></h></y:g>'
NAMES = 'xmlns="urn:d" xmlns:y="urn:z" xmlns:z="urn:z"'


def test_what_an_element_inherits():
    """C14N 1.0 inherits every xml attribute, 1.1 not xml:id and joins xml:base, exclusive none."""
    assert form(make.C14N) == (
        f'<e {NAMES} xml:base="b/" xml:id="top" xml:lang="fr" xml:space="preserve" y:k="1">{INSIDE}&#xD;</e>'
    )
    assert form(make.C14N_11, "en") == (
        f'<e {NAMES} xml:base="http://x/a/b/" xml:lang="en" xml:space="preserve" y:k="1">{INSIDE}&#xD;</e>'
    )
    assert form(make.EXC) == (
        '<e xmlns="urn:d" xmlns:y="urn:z" xml:lang="fr" y:k="1"><z:f xmlns:z="urn:z"></z:f>'
        '<y:g><h xmlns=""></h></y:g>&#xD;</e>'
    )
    assert "<!--c-->" in form(make.C14N + "#WithComments")


def test_default_namespace_reaches_the_depths():
    """lxml alone writes ``xmlns=""`` two levels under an element it canonicalises inside a document."""
    root = parse(b'<s xmlns="urn:d"><i><r><d/></r></i></s>').root

    assert canonical(root[0], METHODS[make.C14N]) == b'<i xmlns="urn:d"><r><d></d></r></i>'


def test_xmlsec1_accepts_what_is_read(tmp_path: Path):
    """The builder signs with xmlsec1; it must also verify its own work by the anchors of the test PKI."""
    anchors = tmp_path / "root.pem"
    anchors.write_bytes(pki.holder("root").pem)
    signed = tmp_path / "signed.xml"
    signed.write_bytes(make.enveloped())
    command = ["xmlsec1", "--verify", "--enabled-key-data", "x509", "--trusted-pem", str(anchors)]
    command += [
        "--verification-gmt-time",
        "2027-01-11+09:00:00",
        "--id-attr:Id",
        f"{make.XADES}:SignedProperties",
    ]
    done = subprocess.run([*command, str(signed)], capture_output=True, check=False)

    assert done.returncode == 0, done.stderr
    assert core.read(make.one(make.parsed(make.enveloped()), "//ds:Signature")).errors == []
    assert Plan().holder is pki.signer("good", "rsa")
