"""What is rare and still happens: odd times, policies, nested manifests, foreign properties, two documents at once."""

from datetime import UTC, datetime
from hashlib import sha256

import pytest
from lxml import etree

from signing.errors import Unverifiable
from signing.facts import SignatureFacts, SignerStatus
from signing.types import Bytes, Coverage, Digests
from signing.xades import read, read_signature
from tests.signing import pki
from tests.signing import xades_builder as make
from tests.signing.xades_builder import DS, XADES, XADES_141, Plan, Ref, detached, transform


def facts_of(data: bytes, *contents: Bytes | Digests) -> SignatureFacts:
    return read(data, name="acte.xml", contents=contents)[0]


def codes(facts: SignatureFacts) -> list[str]:
    return [one.code for one in (*facts.structure_errors, *facts.constraint_errors, *facts.warnings)]


@pytest.mark.parametrize(
    ("text", "expected", "warning"),
    [
        ("2027-01-11T10:00:00+01:00", datetime(2027, 1, 11, 9, tzinfo=UTC), []),
        ("2027-01-11T09:00:00.1234567Z", datetime(2027, 1, 11, 9, 0, 0, 123456, tzinfo=UTC), []),
        (" 2027-01-11T09:00:00 ", datetime(2027, 1, 11, 9, tzinfo=UTC), ["xml.time_without_zone"]),
        ("2027-01-11", None, ["xml.time_unreadable"]),
        ("hier", None, ["xml.time_unreadable"]),
        ("0001-01-01T00:00:00+14:00", None, ["xml.time_unreadable"]),
    ],
)
def test_signing_time(text: str, expected: datetime | None, warning: list[str]):
    facts = facts_of(make.sign("<acte>{signature}</acte>", Plan(signing_time=text)))

    assert facts.intact and facts.signing_time == expected and codes(facts) == warning


POLICY = b"politique"


def policy(inner: str) -> str:
    return f"<xades:SignaturePolicyIdentifier>{inner}</xades:SignaturePolicyIdentifier>"


def named_policy(digest: bytes) -> str:
    return policy(
        "<xades:SignaturePolicyId><xades:SigPolicyId><xades:Identifier>urn:oid:1.2.3</xades:Identifier>"
        f'</xades:SigPolicyId><xades:SigPolicyHash><ds:DigestMethod Algorithm="{make.SHA256}"/>'
        f"<ds:DigestValue>{make.b64(digest)}</ds:DigestValue></xades:SigPolicyHash><xades:SigPolicyQualifiers>"
        "<xades:SigPolicyQualifier><xades:SPURI>https://politique.example/1</xades:SPURI>"
        "</xades:SigPolicyQualifier></xades:SigPolicyQualifiers></xades:SignaturePolicyId>"
    )


def with_store(data: bytes, document: bytes) -> bytes:
    root = make.parsed(data)
    store = etree.SubElement(make.unsigned(root), f"{{{XADES_141}}}SignaturePolicyStore")
    etree.SubElement(store, f"{{{XADES_141}}}SignaturePolicyDocument").text = make.b64(document)
    return make.written(root)


def test_policy():
    data = make.sign(
        "<acte>{signature}</acte>", Plan(signature_properties=named_policy(sha256(POLICY).digest()))
    )
    facts = facts_of(data)

    assert facts.intact and facts.level == "B-B" and codes(facts) == ["xml.policy_not_at_hand"]
    assert facts.extra["signature_policy"] == {
        "identifier": "urn:oid:1.2.3",
        "implied": False,
        "url": "https://politique.example/1",
    }
    assert codes(facts_of(with_store(data, POLICY))) == []
    assert codes(facts_of(with_store(data, b"autre"))) == ["xml.policy_changed"]


def test_implied_policy():
    plan = Plan(signature_properties=policy("<xades:SignaturePolicyImplied/>"))
    facts = facts_of(make.sign("<acte>{signature}</acte>", plan))

    assert facts.extra["signature_policy"] == {"identifier": None, "implied": True, "url": None}


def entry(uri: str) -> str:
    return (
        f'<ds:Reference URI="{uri}"><ds:DigestMethod Algorithm="{make.SHA256}"/><ds:DigestValue></ds:DigestValue>'
        "</ds:Reference>"
    )


def test_manifest_in_a_manifest():
    held = (
        f'<ds:Object><ds:Manifest Id="m-1">{entry("#m-2")}{entry("a.txt")}</ds:Manifest></ds:Object>'
        f'<ds:Object><ds:Manifest Id="m-2">{entry("b.txt")}</ds:Manifest></ds:Object>'
    )
    reference = Ref("#m-1", (transform(make.EXC),), DS + "Manifest")
    data = make.sign("{signature}", Plan([reference], held), files={"a.txt": b"a", "b.txt": b"b"})
    # xmlsec1 digests the outer manifest before it fills the inner one: its digest is made again here.
    facts = facts_of(data, Bytes("a.txt", b"a"), Bytes("b.txt", b"b"))

    assert {one.name for one in facts.references if one.document} == {"a.txt", "b.txt"}
    assert all(one.found for one in facts.references)


def test_manifest_that_lists_itself():
    held = f'<ds:Object><ds:Manifest Id="m-1">{entry("#m-1")}</ds:Manifest></ds:Object>'
    data = make.sign("{signature}", Plan([Ref("#m-1", (transform(make.EXC),), DS + "Manifest")], held))
    facts = facts_of(data)

    assert not facts.data_found and "xml.too_many_references" in codes(facts)


def test_broken_digest_in_a_manifest():
    held = f'<ds:Object><ds:Manifest Id="m-1">{entry("a.txt")}</ds:Manifest></ds:Object>'
    reference = Ref("#m-1", (transform(make.EXC),), DS + "Manifest")
    data = make.sign("{signature}", Plan([reference], held), files={"a.txt": b"a"})
    root = make.parsed(data)
    make.one(root, "//ds:Manifest/ds:Reference/ds:DigestValue").text = "?"

    assert "xml.digest_not_base64" in codes(facts_of(make.written(root), Bytes("a.txt", b"a")))


def test_signature_properties_are_no_document():
    held = (
        '<ds:Object><ds:SignatureProperties Id="sps"><ds:SignatureProperty Id="sp" Target="#sig"><a xmlns="urn:a"/>'
        "</ds:SignatureProperty></ds:SignatureProperties></ds:Object>"
    )
    for uri in ("#sps", "#sp"):
        plan = Plan([Ref(uri, (transform(make.EXC),))], held)
        data = make.sign("{signature}", plan, ids=[f"{DS}:SignatureProperty"])
        facts = facts_of(data)

        assert facts.value_intact and facts.digests_intact and not facts.data_found


def test_whole_object_of_properties_is_no_document():
    root_plan = Plan([Ref("#qo", (transform(make.EXC),))])
    text = make.template(root_plan).replace("<ds:Object><xades", '<ds:Object Id="qo"><xades')
    facts = facts_of(make.sign(text, root_plan))

    assert facts.value_intact and facts.digests_intact and not facts.data_found
    assert facts.level == "NOT-ETSI"


def test_own_value_and_foreign_parts_are_misplaced():
    first = make.sign(
        "<acte>{signature}</acte>", Plan([Ref("", (make.SUBTRACT, transform(make.EXC)))])
    ).decode()
    second = first.replace("</acte>", "{signature}</acte>")
    for uri in ("#xades-sig", "#sig"):
        facts = read(make.sign(second, Plan([detached(uri)], id="sig2")), name="acte.xml")[1]
        assert not facts.data_found and "xml.misplaced" in codes(facts)


def test_identifier_that_nothing_bears():
    data = make.enveloped().replace(b'Id="r-1" URI=""', b'Id="r-1" URI="#rien"')
    facts = facts_of(data)

    assert not facts.data_found and codes(facts) == []


def test_percent_encoded_identifier():
    held = '<ds:Object Id="o-é">b2ZmcmU=</ds:Object>'
    data = make.sign("{signature}", Plan([Ref("#o-é", (transform(make.BASE64),))], held)).decode()
    assert facts_of(data.encode()).intact
    facts = facts_of(data.replace('URI="#o-é"', 'URI="#o-%C3%A9"').encode())

    assert facts.data_found and facts.digests_intact


def test_target_that_names_nothing():
    facts = facts_of(make.sign("<acte>{signature}</acte>", Plan(target="#rien")))

    assert facts.intact and facts.signer_status is SignerStatus.IDENTIFIED
    assert codes(facts) == ["xml.target_dangling"]


def test_base64_of_what_is_not():
    held = '<ds:Object Id="o-1">b2ZmcmU=</ds:Object>'
    data = make.sign("{signature}", Plan([Ref("#o-1", (transform(make.BASE64),))], held))
    assert facts_of(data).intact
    facts = facts_of(data.replace(b">b2ZmcmU=<", b">b2ZmcmU?<"))

    assert facts.data_found and not facts.digests_intact and "xml.not_base64" in codes(facts)


def test_detached_in_base64():
    data = make.sign(
        "{signature}", Plan([detached("a.b64", transform(make.BASE64))]), files={"a.b64": b"b2Zm\n"}
    )

    assert facts_of(data, Bytes("a.b64", b"b2 Zm")).intact
    assert not facts_of(data, Bytes("a.b64", b"b2Z")).digests_intact


def test_detached_without_a_name():
    """xmlsec1 wants a name: it is taken away before the digest is made, by signing the other way round."""
    data = make.sign("{signature}", Plan([detached("a.txt")]), files={"a.txt": b"a"})
    unnamed = data.replace(b' URI="a.txt"', b"")
    facts = facts_of(unnamed, Bytes("x", b"b"), Bytes("y", b"a"))

    assert facts.data_found and facts.digests_intact
    assert [one.name for one in facts.scope] == ["y"]
    assert facts_of(unnamed).scope[0].name == "-"


def test_stated_digest_that_is_no_hexadecimal():
    data = make.sign("{signature}", Plan([detached("a.txt")]), files={"a.txt": b"a"})

    assert not facts_of(data, Digests("a.txt", {"sha256": "zz"})).data_found


def test_refused_transform_of_a_detached_document():
    data = make.sign("{signature}", Plan([detached("a.txt")]), files={"a.txt": b"a"})
    xslt = '<ds:Transforms><ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"/></ds:Transforms>'
    facts = facts_of(data.replace(b'URI="a.txt">', b'URI="a.txt">' + xslt.encode()), Bytes("a.txt", b"a"))

    assert [one.checked for one in facts.references] == [False, True]
    assert [one.coverage for one in facts.scope] == [Coverage.NONE]


def test_unknown_digest_algorithm():
    facts = facts_of(make.enveloped().replace(b"xmlenc#sha256", b"xmlenc#sha257"))

    assert {one.checked for one in facts.references} == {False}
    assert "xml.unknown_digest" in codes(facts)


def test_unknown_canonicalisation():
    facts = facts_of(
        make.enveloped().replace(
            b'<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"',
            b'<ds:CanonicalizationMethod Algorithm="urn:x"',
        )
    )

    assert "xml.unknown_c14n" in codes(facts) and not facts.value_intact


def test_certificates_that_cannot_be_read():
    root = make.parsed(make.enveloped())
    chain = root.findall(f".//{{{DS}}}X509Certificate")
    chain[1].text = "AAAA"
    make.add_values(make.unsigned(root), [b"\x30\x00"])
    facts = facts_of(make.written(root))

    assert facts.intact and codes(facts) == ["xml.certificate_unreadable"]
    assert facts.certificates == (pki.signer("good", "rsa").der,)


def test_values_in_pem():
    root = make.parsed(make.enveloped())
    make.add_values(make.unsigned(root), [pki.holder("root").pem])

    assert pki.holder("root").der in facts_of(make.written(root)).certificates


def test_crl_of_key_info():
    crl = f"<ds:X509CRL>{make.b64(pki.crls()[0])}</ds:X509CRL></ds:X509Data>"
    data = make.enveloped().decode().replace("</ds:X509Data>", crl)

    assert facts_of(data.encode()).crls == pki.crls()[:1]


def test_issuer_that_differs():
    """The digest names the certificate; issuer and serial, which nothing binds, are only worth a warning."""
    plan = Plan(certificate_property="V1")
    text = make.template(plan).replace("X509SerialNumber>", "X509SerialNumber>1", 1)
    facts = facts_of(make.sign(f"<acte>{text}</acte>", plan))

    assert facts.intact and codes(facts) == ["xml.issuer_differs"]


def test_issuer_of_the_second_form():
    from asn1crypto import core, x509

    holder = pki.signer("good", "rsa")
    parsed = x509.Certificate.load(holder.der)
    names = x509.GeneralNames([x509.GeneralName(name="directory_name", value=parsed.issuer)])

    def issuer_serial(number: int) -> str:
        body = names.dump() + core.Integer(number).dump()
        return f"<xades:IssuerSerialV2>{make.b64(bytes([0x30, len(body)]) + body)}</xades:IssuerSerialV2>"

    for number, expected in ((parsed.serial_number, []), (1, ["xml.issuer_differs"])):
        text = make.template(Plan()).replace("</xades:Cert>", issuer_serial(number) + "</xades:Cert>")
        assert codes(facts_of(make.sign(f"<acte>{text}</acte>", Plan()))) == expected
    text = make.template(Plan()).replace(
        "</xades:Cert>", "<xades:IssuerSerialV2>AA==</xades:IssuerSerialV2></xades:Cert>"
    )
    assert codes(facts_of(make.sign(f"<acte>{text}</acte>", Plan()))) == []


def test_signature_inside_a_property_is_not_one_of_the_documents():
    root = make.parsed(make.enveloped())
    stamp = etree.SubElement(make.unsigned(root), f"{{{XADES}}}SignatureTimeStamp")
    holder = etree.SubElement(stamp, f"{{{XADES}}}XMLTimeStamp")
    etree.SubElement(holder, f"{{{DS}}}Signature", Id="stamp")

    assert [one.id for one in read(make.written(root), name="acte.xml")] == ["sig"]


def test_two_signatures_of_one_identifier():
    one = make.enveloping()
    outer = etree.Element("liste")
    outer.extend([make.parsed(one), make.parsed(one)])
    facts = read(make.written(outer), name="acte.xml")

    assert [item.id for item in facts] == ["sig", "sig-2"]
    assert {item.data_found for item in facts} == {False}


def test_not_exactly_one_signature():
    with pytest.raises(Unverifiable) as refused:
        read_signature(b"<a/>", name="a.xml")

    assert refused.value.reason == "xml.not_one_signature"


def test_counter_signature_of_a_signature_that_is_not_read():
    """The countersigned signature stands in a property, where no signature is read: the other is on its own."""
    root = make.parsed(make.enveloped())
    roles = etree.SubElement(make.unsigned(root), f"{{{XADES}}}SignatureTimeStamp")
    holder = etree.SubElement(roles, f"{{{XADES}}}XMLTimeStamp")
    inner = etree.SubElement(holder, f"{{{DS}}}Signature")
    etree.SubElement(inner, f"{{{DS}}}SignatureValue", Id="v-x").text = "AAAA"
    document = make.written(root).decode().replace("</acte>", "{signature}</acte>")
    data = make.sign(document, Plan([detached("#v-x")], id="c"))

    assert [one.id for one in read(data, name="acte.xml")] == ["sig", "c"]


def test_stamp_in_an_unknown_form():
    root = make.parsed(make.enveloped())
    make.add_stamp(make.unsigned(root), "SignatureTimeStamp", pki.stamp(b"x"))
    make.one(root, "//xades:SignatureTimeStamp/ds:CanonicalizationMethod").set("Algorithm", "urn:x")
    (stamp,) = facts_of(make.written(root)).stamps

    assert stamp.signature_intact and not stamp.data_found


def test_stamp_that_includes_nothing_that_is_there():
    root = make.parsed(make.enveloped())
    make.add_stamp(make.unsigned(root), "SignatureTimeStamp", pki.stamp(b"x"))
    make.unsigned(root)[0].insert(0, etree.Element(f"{{{XADES}}}Include", URI="#rien"))
    (stamp,) = facts_of(make.written(root)).stamps

    assert not stamp.imprint_intact


def test_too_many_stamps(monkeypatch: pytest.MonkeyPatch):
    from signing import limits

    root = make.parsed(make.enveloped())
    for _ in range(3):
        make.add_stamp(make.unsigned(root), "SignatureTimeStamp", b"x")
    assert len(facts_of(make.written(root)).stamps) == 3
    monkeypatch.setattr(limits, "TIMESTAMPS", 2)
    facts = facts_of(make.written(root))

    assert len(facts.stamps) == 2 and "xml.too_many_stamps" in codes(facts)


def test_too_many_references(monkeypatch: pytest.MonkeyPatch):
    from signing import limits

    monkeypatch.setattr(limits, "REFERENCES", 1)

    assert "xml.too_many_references" in codes(facts_of(make.enveloped()))


def test_every_code_has_its_sentence():
    """Walk through the reader's own source: each code that it may give is worded, and each sentence is used."""
    import re
    from pathlib import Path

    import signing.xades
    import signing.xml
    from signing.wording.xml import SENTENCES

    folders = [Path(package.__path__[0]) for package in (signing.xades, signing.xml)]
    sources = "".join(path.read_text("utf-8") for folder in folders for path in folder.glob("*.py"))

    assert set(re.findall(r'"(xml\.[a-z0-9_]+)"', sources)) == set(SENTENCES)
