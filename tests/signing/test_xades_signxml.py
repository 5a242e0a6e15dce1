"""Read what signxml signs, and see that it accepts what xmlsec1 signed for these tests: three engines agree."""

import pytest
from lxml import etree
from signxml import CanonicalizationMethod, DigestAlgorithm, SignatureConstructionMethod, SignatureMethod
from signxml.xades import XAdESSigner, XAdESVerifier

from signing.facts import SignerStatus
from signing.types import Bytes, Coverage
from signing.xades import read
from tests.signing import pki
from tests.signing import xades_builder as make

METHODS = SignatureConstructionMethod


def signed(
    construction: SignatureConstructionMethod, key: str = "rsa", method: SignatureMethod | None = None, **more
):
    holder = pki.signer("good", key)
    default = SignatureMethod.RSA_SHA256 if key == "rsa" else SignatureMethod.ECDSA_SHA256
    signer = XAdESSigner(method=construction, signature_algorithm=method or default, **more)
    data = etree.fromstring(b'<a:acte xmlns:a="urn:a" xmlns="urn:b"><lot k="1">Voirie</lot></a:acte>')
    chain = [holder.pem.decode(), *(issuer.pem.decode() for issuer in holder.issuers[:-1])]
    return etree.tostring(signer.sign(data, key=holder.key_pem, cert=chain))


@pytest.mark.parametrize("construction", [METHODS.enveloped, METHODS.enveloping])
@pytest.mark.parametrize(
    ("key", "method"),
    [
        ("rsa", SignatureMethod.RSA_SHA256),
        ("rsa", SignatureMethod.RSA_SHA512),
        ("rsa", SignatureMethod.SHA256_RSA_MGF1),
        ("rsa", SignatureMethod.SHA512_RSA_MGF1),
        ("ec", SignatureMethod.ECDSA_SHA256),
        ("ec", SignatureMethod.ECDSA_SHA3_256),
    ],
)
def test_read(construction: SignatureConstructionMethod, key: str, method: SignatureMethod):
    (facts,) = read(signed(construction, key, method), name="acte.xml")

    assert facts.intact and not facts.structure_errors and not facts.constraint_errors
    assert facts.signer_status is SignerStatus.IDENTIFIED and facts.certificate == pki.signer("good", key).der
    assert facts.level == "B-B" and [one.coverage for one in facts.scope] == [Coverage.FULL]


@pytest.mark.parametrize(
    # With the exclusive form signxml digests SignedProperties otherwise than it says, and refuses its own work.
    "c14n",
    [CanonicalizationMethod.CANONICAL_XML_1_0, CanonicalizationMethod.CANONICAL_XML_1_1],
)
def test_canonicalisations_and_digests(c14n: CanonicalizationMethod):
    data = signed(METHODS.enveloped, c14n_algorithm=c14n, digest_algorithm=DigestAlgorithm.SHA3_256)
    (facts,) = read(data, name="acte.xml")

    assert facts.intact and {one.algorithm for one in facts.references} == {"sha3_256"}


def test_one_byte_changed():
    data = signed(METHODS.enveloped)
    assert read(data, name="acte.xml")[0].intact
    (facts,) = read(data.replace(b"Voirie", b"Voirle"), name="acte.xml")

    assert facts.value_intact and facts.data_found and not facts.digests_intact


def test_signxml_accepts_our_test_signatures():
    anchors = "\n".join(one.pem.decode() for one in pki.signer("good", "rsa").issuers)
    certificate = pki.signer("good", "rsa").pem.decode()
    results = XAdESVerifier().verify(make.enveloped(), x509_cert=certificate, expect_references=2)

    assert anchors and len(results) == 2


def test_bytes_beside_are_ignored_when_all_is_inside():
    (facts,) = read(signed(METHODS.enveloped), name="acte.xml", contents=[Bytes("autre.txt", b"x")])

    assert facts.intact and len(facts.scope) == 1
