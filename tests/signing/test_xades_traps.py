"""Attacks on XML signatures. Each starts from a signature that passes, and must end covering nothing it should not."""

import pytest
from lxml import etree

from signing.errors import Unverifiable
from signing.facts import SignatureFacts, SignerStatus
from signing.types import Bytes, Coverage
from signing.xades import read
from tests.signing import pki
from tests.signing import xades_builder as make
from tests.signing.xades_builder import DS, XADES, Plan, Ref, detached, transform

ACTE = "acte"


def facts_of(data: bytes) -> SignatureFacts:
    return read(data, name="acte.xml")[0]


def passes(facts: SignatureFacts) -> bool:
    return facts.intact and not facts.structure_errors and not facts.constraint_errors


def by_identifier() -> "etree._Element":
    """Return a document whose root is signed by its identifier, the signature inside."""
    data = make.sign('<acte Id="a-1"><lot>1</lot>{signature}</acte>', Plan([Ref("#a-1")]), ids=[ACTE])
    assert passes(facts_of(data))
    return make.parsed(data)


def beside() -> "etree._Element":
    """Return a document in which an element beside the signature is signed."""
    data = make.sign(
        '<dossier><acte Id="a-1">1</acte>{signature}</dossier>', Plan([detached("#a-1")]), ids=[ACTE]
    )
    assert passes(facts_of(data))
    return make.parsed(data)


def parts(root: "etree._Element") -> "tuple[etree._Element, etree._Element]":
    """Return the signed element, without the signature, and the signature."""
    signature = make.one(root, "//ds:Signature")
    acte = make.one(root, "//acte")
    parent = signature.getparent()
    assert parent is not None
    parent.remove(signature)
    return acte, signature


def fake(identifier: str = "evil") -> "etree._Element":
    return etree.fromstring(f'<acte Id="{identifier}"><lot>1000</lot></acte>')


def wrapped(item: "etree._Element", name: str = "Extensions") -> "etree._Element":
    holder = etree.Element(name)
    holder.append(item)
    return holder


def xsw_1() -> bytes:
    """The signed root is moved into the signature, which stands in a fake root."""
    acte, signature = parts(by_identifier())
    evil = fake()
    evil.append(signature)
    signature.append(wrapped(acte, f"{{{DS}}}Object"))
    return make.written(evil)


def xsw_2() -> bytes:
    """The signed root stands beside its signature in a fake root."""
    acte, signature = parts(by_identifier())
    evil = fake()
    evil.extend([acte, signature])
    return make.written(evil)


def xsw_4() -> bytes:
    """A fake element holds the signature, and what was signed lies inside the fake one's lot."""
    acte, signature = parts(by_identifier())
    evil = fake()
    evil[0].append(acte)
    evil.append(signature)
    return make.written(wrapped(evil, "dossier"))


def xsw_5() -> bytes:
    """What was signed beside is moved to the end, under a wrapper, and a fake one takes its place."""
    root = beside()
    acte = root[0]
    root.insert(0, fake())
    root.append(wrapped(acte))
    return make.written(root)


def xsw_6() -> bytes:
    """What was signed beside is moved into an object of the signature."""
    root = beside()
    acte = root[0]
    root.insert(0, fake())
    make.one(root, "//ds:Signature").append(wrapped(acte, f"{{{DS}}}Object"))
    return make.written(root)


def xsw_7() -> bytes:
    """A wrapper of extensions holds what was signed."""
    acte, signature = parts(by_identifier())
    evil = fake()
    evil.append(signature)
    root = etree.Element("dossier")
    root.extend([wrapped(acte), evil])
    return make.written(root)


def xsw_8() -> bytes:
    """What was signed lies in a wrapper in an object of the signature."""
    acte, signature = parts(by_identifier())
    evil = fake()
    evil.append(signature)
    signature.append(wrapped(wrapped(acte), f"{{{DS}}}Object"))
    return make.written(evil)


def object_wrapped() -> bytes:
    """The signed object is moved under a wrapper in another object."""
    root = make.parsed(make.enveloping())
    held = make.one(root, "//ds:Object[@Id='o-1']")
    root.replace(held, etree.fromstring(f'<ds:Object xmlns:ds="{DS}" Id="evil">YQ==</ds:Object>'))
    root.append(wrapped(wrapped(held), f"{{{DS}}}Object"))
    return make.written(root)


def object_outside() -> bytes:
    """The signed object is moved beside the signature."""
    root = make.parsed(make.enveloping())
    held = make.one(root, "//ds:Object[@Id='o-1']")
    outer = etree.Element("dossier")
    outer.append(root)
    outer.append(held)
    return make.written(outer)


def object_in_another_signature() -> bytes:
    """The signed object is moved into another signature."""
    root = make.parsed(make.enveloping())
    held = make.one(root, "//ds:Object[@Id='o-1']")
    outer = etree.Element("dossier")
    outer.append(root)
    other = etree.SubElement(outer, f"{{{DS}}}Signature")
    other.append(held)
    return make.written(outer)


ATTACKS = [xsw_1, xsw_2, xsw_4, xsw_5, xsw_6, xsw_7, xsw_8]
ATTACKS += [object_wrapped, object_outside, object_in_another_signature]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_moved_element_covers_no_document(attack):
    facts = facts_of(attack())

    assert facts.value_intact and not facts.data_found
    assert facts.extra["original_documents"] == 0
    assert {entry.coverage for entry in facts.scope} == {Coverage.NONE}
    assert "xml.misplaced" in {one.code for one in facts.warnings}


def test_fake_sibling_of_a_signed_element_leaves_a_part():
    """XSW 3: the signed element is whole and in place; what stands beside it is said not to be signed."""
    root = by_identifier()
    assert facts_of(make.written(root)).scope[0].coverage is Coverage.FULL
    outer = etree.Element("dossier")
    outer.extend([fake(), root])
    facts = facts_of(make.written(outer))

    assert facts.intact
    assert [(one.name, one.coverage) for one in facts.scope] == [("/dossier/acte[2]", Coverage.PARTIAL)]


@pytest.mark.parametrize("attribute", ["Id", "ID", "id", "{http://www.w3.org/XML/1998/namespace}id"])
@pytest.mark.parametrize("base", [by_identifier, beside])
def test_identifier_borne_twice(base, attribute: str):
    root = base()
    twin = etree.SubElement(root, "acte")
    twin.set(attribute, "a-1")
    root.insert(0, twin)
    facts = facts_of(make.written(root))

    assert [one.code for one in facts.structure_errors] == ["xml.duplicate_id"]
    assert not facts.data_found


def test_identifier_borne_twice_but_not_referenced():
    root = beside()
    for _ in range(2):
        etree.SubElement(root, "note").set("id", "n")

    assert passes(facts_of(make.written(root)))


def test_signed_properties_moved_and_replaced():
    root = make.parsed(make.enveloped())
    held = make.one(root, "//xades:QualifyingProperties").getparent()
    assert held is not None
    evil = etree.fromstring(etree.tostring(held, with_tail=False))
    make.one(evil, "//xades:SignedProperties").set("Id", "other")
    make.one(evil, "//xades:SigningTime").text = "2030-01-01T00:00:00Z"
    signature = held.getparent()
    assert signature is not None
    signature.replace(held, evil)
    signature.append(wrapped(wrapped(held[0]), f"{{{DS}}}Object"))
    facts = facts_of(make.written(root))

    assert facts.value_intact
    assert "xml.signed_properties_not_signed" in {one.code for one in facts.constraint_errors}


def test_second_signed_properties():
    root = make.parsed(make.enveloped())
    held = make.one(root, "//xades:QualifyingProperties").getparent()
    assert held is not None
    evil = etree.fromstring(etree.tostring(held, with_tail=False))
    make.one(evil, "//xades:SignedProperties").set("Id", "other")
    held.addprevious(evil)
    facts = facts_of(make.written(root))

    assert "xml.element_count" in {one.code for one in facts.structure_errors}


def test_target_of_another_signature():
    plan = Plan([Ref("", (make.SUBTRACT, transform(make.EXC)))])
    first = make.sign("<acte>{signature}</acte>", plan)
    assert passes(facts_of(first))
    second = Plan(plan.references, id="sig2", target="#sig")
    facts = read(make.sign(first.decode().replace("</acte>", "{signature}</acte>"), second), name="acte.xml")[
        1
    ]

    assert "xml.target_elsewhere" in {one.code for one in facts.constraint_errors}
    assert facts.signer_status is SignerStatus.UNREFERENCED and facts.level == "NOT-ETSI"


def test_reference_to_signed_properties_removed():
    root = make.parsed(make.enveloped())
    reference = make.one(root, "//ds:Reference[@Id='p-sig']")
    parent = reference.getparent()
    assert parent is not None
    parent.remove(reference)
    facts = facts_of(make.written(root))

    assert facts.value_intact is False and facts.data_found
    assert [one.code for one in facts.constraint_errors] == ["xml.signed_properties_not_signed"]


def test_signed_properties_are_no_document():
    facts = facts_of(make.sign("<acte>{signature}</acte>", Plan([])))

    assert facts.value_intact and not facts.data_found and facts.level == "NOT-ETSI"


# Certificates and keys.


def test_certificate_of_key_info_replaced():
    root = make.parsed(make.enveloped())
    offered = root.findall(f".//{{{DS}}}X509Certificate")
    offered[0].text = make.b64(pki.signer("no-qc", "rsa").der)
    facts = facts_of(make.written(root))

    assert (facts.signer_status, facts.certificate, facts.value_intact) == (SignerStatus.MISSING, None, None)


def test_signed_again_with_a_key_of_ones_own():
    """The signed reference names the good signer; the key that made the value is another's."""
    facts = facts_of(make.sign("<acte>{signature}</acte>", Plan(signer="no-qc", named="good")))

    assert facts.signer_status is SignerStatus.MISMATCH
    assert facts.signing_certificate_digest_match is False
    assert facts.certificate == pki.signer("no-qc", "rsa").der


def test_two_attributes_that_name_two_certificates_name_nobody():
    good = make.sign("<acte>{signature}</acte>", Plan(signature_properties=named_by_v1("good")))
    assert facts_of(good).signer_status is SignerStatus.IDENTIFIED
    facts = facts_of(make.sign("<acte>{signature}</acte>", Plan(signature_properties=named_by_v1("no-qc"))))

    assert facts.signer_status is SignerStatus.MISMATCH


def named_by_v1(signer: str) -> str:
    whole = make.qualifying(Plan(named=signer, certificate_property="V1"))
    start, end = whole.index("<xades:SigningCertificate>"), whole.index("</xades:SignedSignatureProperties>")
    return whole[start:end]


def test_named_certificate_is_the_signer_even_when_its_key_did_not_sign():
    holder = pki.signer("good", "rsa")
    plan = Plan(signer="no-qc", named="good", certificates=(holder.der,))
    facts = facts_of(make.sign("<acte>{signature}</acte>", plan))

    assert (facts.signer_status, facts.certificate) == (SignerStatus.IDENTIFIED, holder.der)
    assert facts.value_intact is False


def test_bare_key_does_not_stand_for_the_certificate():
    """The value was made by a key that is offered bare; the certificate that is named has another."""
    numbers = pki.signer("no-qc", "rsa").certificate.public_key().public_numbers()
    modulus = make.b64(numbers.n.to_bytes(256, "big"))
    value = (
        f"<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>{modulus}</ds:Modulus><ds:Exponent>AQAB</ds:Exponent>"
        "</ds:RSAKeyValue></ds:KeyValue>"
    )
    plan = Plan(signer="no-qc", named="good", certificates=(pki.signer("good", "rsa").der,))
    data = (
        make.sign("<acte>{signature}</acte>", plan).decode().replace("<ds:X509Data>", value + "<ds:X509Data>")
    )
    facts = facts_of(data.encode())

    assert facts.value_intact is False and facts.certificate == pki.signer("good", "rsa").der


def test_shared_secret():
    data = make.enveloped().replace(make.RSA_SHA256.encode(), f"{DS}hmac-sha1".encode())
    facts = facts_of(data)

    assert "xml.hmac" in {one.code for one in facts.structure_errors}
    assert not facts.value_intact


@pytest.mark.parametrize("method", [make.ECDSA_SHA256, "http://www.w3.org/2000/09/xmldsig#dsa-sha1"])
def test_method_of_another_kind_of_key(method: str):
    assert not facts_of(make.enveloped().replace(make.RSA_SHA256.encode(), method.encode())).value_intact


def test_ecdsa_value_in_der_is_refused():
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    data = make.sign("<acte>{signature}</acte>", Plan(key="ec", method=make.ECDSA_SHA256))
    facts = facts_of(data)
    assert passes(facts) and len(facts.value) == 64
    root = make.parsed(data)
    pair = (int.from_bytes(facts.value[:32], "big"), int.from_bytes(facts.value[32:], "big"))
    make.one(root, "//ds:SignatureValue").text = make.b64(encode_dss_signature(*pair))

    assert facts_of(make.written(root)).value_intact is False


# Transforms.


def with_transform(xml: str) -> bytes:
    """Put a transform into a signature that passes; nothing else is changed."""
    base = make.enveloped().decode()
    assert passes(facts_of(base.encode()))
    return base.replace("<ds:Transforms>", "<ds:Transforms>" + xml, 1).encode()


XSLT = (
    '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"><x:stylesheet version="1.0" '
    'xmlns:x="http://www.w3.org/1999/XSL/Transform"><x:template match="/">ok</x:template></x:stylesheet>'
    "</ds:Transform>"
)


@pytest.mark.parametrize(
    "xml",
    [
        XSLT,
        f'<ds:Transform Algorithm="{make.XPATH}"><ds:XPath>not(ancestor-or-self::lot)</ds:XPath></ds:Transform>',
        make.NOT_SIGNATURES.replace("::ds:", "::z:").replace("<ds:XPath", '<ds:XPath xmlns:z="urn:z"'),
        make.SUBTRACT.replace("subtract", "intersect"),
        make.SUBTRACT.replace("/descendant", "/descendant-or-self"),
        make.SUBTRACT.replace("</ds:Transform>", f'<f:XPath xmlns:f="{make.FILTER_2}" Filter="subtract">//lot'
                              "</f:XPath></ds:Transform>"),
        '<ds:Transform Algorithm="http://www.w3.org/2002/07/decrypt#XML"/>',
    ],
)  # fmt: skip
def test_refused_transform_leaves_integrity_unknown(xml: str):
    facts = facts_of(with_transform(xml))
    reference = facts.references[0]

    assert (reference.found, reference.intact, reference.checked) == (True, False, False)
    assert facts.data_found and facts.digests_intact and not facts.intact
    assert "xml.transform_refused" in {one.code for one in facts.constraint_errors}
    assert facts.scope[0].coverage is Coverage.NONE


@pytest.mark.parametrize(
    "uri", ["http://127.0.0.1:9/a", "file:///etc/hostname", "../../../etc/hostname", "a.xml#b"]
)
def test_nothing_is_fetched(uri: str):
    data = make.enveloped().decode().replace('Id="r-1" URI=""', f'Id="r-1" URI="{uri}"')
    assert uri in data
    facts = facts_of(data.encode())

    assert not facts.data_found and facts.scope[0].coverage is Coverage.NONE


@pytest.mark.parametrize("leaving_out", [transform(make.ENVELOPED), make.SUBTRACT, make.NOT_SIGNATURES])
def test_digest_of_nothing_is_no_document(leaving_out: str):
    """The signature is the whole document: what is left without it is nothing, and its digest is easily right."""
    data = make.sign("{signature}", Plan([Ref("", (leaving_out, transform(make.EXC)))]))
    facts = facts_of(data)

    assert facts.value_intact and not facts.digests_intact
    assert [one.code for one in facts.warnings] == ["xml.nothing_left"]


def test_document_in_the_signature_is_not_signed():
    """What an enveloped signature holds beside its properties is signed by nobody, and said so."""
    root = make.parsed(make.enveloped())
    make.one(root, "//ds:Signature").append(
        etree.fromstring(f'<ds:Object xmlns:ds="{DS}"><evil/></ds:Object>')
    )
    facts = facts_of(make.written(root))

    assert passes(facts)
    assert [(one.name, one.coverage) for one in facts.scope] == [
        ("acte.xml", Coverage.FULL),
        ("/acte/Signature/Object[2]", Coverage.NONE),
    ]


def test_type_of_reference_must_be_that_of_its_target():
    data = make.sign(
        "{signature}", Plan([Ref("#o-1", (), DS + "Manifest")], '<ds:Object Id="o-1">x</ds:Object>')
    )
    facts = facts_of(data)

    assert facts.value_intact and not facts.data_found


def test_manifest_moved():
    entry = (
        f'<ds:Reference URI="a.txt"><ds:DigestMethod Algorithm="{make.SHA256}"/><ds:DigestValue></ds:DigestValue>'
        "</ds:Reference>"
    )
    held = f'<ds:Object><ds:Manifest Id="m-1">{entry}</ds:Manifest></ds:Object>'
    plan = Plan([Ref("#m-1", (transform(make.EXC),), DS + "Manifest")], held)
    data = make.sign("{signature}", plan, files={"a.txt": b"a"})
    contents = [Bytes("a.txt", b"a")]
    assert passes(read(data, name="s.xml", contents=contents)[0])
    root = make.parsed(data)
    manifest = make.one(root, "//ds:Manifest")
    parent = manifest.getparent()
    assert parent is not None
    parent.append(wrapped(manifest))
    facts = read(make.written(root), name="s.xml", contents=contents)[0]

    assert facts.value_intact and not facts.data_found


# Structure.


@pytest.mark.parametrize("name", ["SignedInfo", "SignatureValue", "KeyInfo"])
def test_element_twice(name: str):
    root = make.parsed(make.enveloped())
    element = make.one(root, f"//ds:{name}")
    element.addnext(etree.fromstring(etree.tostring(element, with_tail=False)))
    facts = facts_of(make.written(root))

    assert ("xml.element_count", name) in {
        (one.code, one.params.get("name")) for one in facts.structure_errors
    }


@pytest.mark.parametrize(
    "name", ["SignedInfo", "SignatureValue", "DigestMethod", "DigestValue", "SignatureMethod"]
)
def test_element_missing(name: str):
    root = make.parsed(make.enveloped())
    element = root.findall(f".//{{{DS}}}{name}")[0]
    parent = element.getparent()
    assert parent is not None
    parent.remove(element)
    facts = facts_of(make.written(root))

    assert not facts.intact and (facts.structure_errors or facts.constraint_errors)


@pytest.mark.parametrize(("name", "code"), [("SignatureValue", "value"), ("DigestValue", "digest")])
def test_value_that_is_not_base64(name: str, code: str):
    root = make.parsed(make.enveloped())
    root.findall(f".//{{{DS}}}{name}")[0].text = "Bonjour !"
    facts = facts_of(make.written(root))

    assert [one.code for one in facts.structure_errors] == [f"xml.{code}_not_base64"]


def test_comment_in_a_digest_does_not_shorten_it():
    root = make.parsed(make.enveloped())
    value = root.findall(f".//{{{DS}}}DigestValue")[0]
    text = value.text or ""
    value.text = text[:8]
    comment = etree.Comment("x")
    comment.tail = text[8:]
    value.append(comment)

    assert not facts_of(make.written(root)).intact


def test_relative_namespace_has_no_canonical_form():
    data = make.enveloped().replace(b"<lot>", b'<lot xmlns="lot">')
    facts = facts_of(data)

    assert facts.data_found and not facts.digests_intact
    assert "xml.not_canonical" in {one.code for one in facts.warnings}


def test_signatures_that_counter_each_other_are_not_lost():
    plan = Plan([Ref("", (make.SUBTRACT, transform(make.EXC)))])
    first = make.sign("<acte>{signature}</acte>", plan)
    both = make.sign(
        first.decode().replace("</acte>", "{signature}</acte>"), Plan([detached("#value-sig")], id="sig2")
    )
    assert [one.id for one in read(both, name="a.xml")] == ["sig", "sig/counter-1"]
    loop = both.replace(b'<ds:Reference Id="r-1" URI=""', b'<ds:Reference Id="r-1" URI="#value-sig2"', 1)

    found = read(loop, name="a.xml")
    assert [one.id for one in found] == ["sig", "sig/counter-1"]
    assert [one.intact for one in found] == [False, True]


def test_counter_signature_of_another_signature_than_its_parent():
    plan = Plan([Ref("", (make.SUBTRACT, transform(make.EXC)))])
    first = make.sign("<acte>{signature}</acte>", plan)
    second = make.sign(
        first.decode().replace("</acte>", "{signature}</acte>"), Plan(plan.references, id="sig2")
    )
    for target, found in (("#value-sig", True), ("#value-sig2", False)):
        root = make.parsed(second)
        etree.SubElement(make.unsigned(root), f"{{{XADES}}}CounterSignature").text = "{signature}"
        counter_plan = Plan([Ref(target, (transform(make.EXC),))], id="c")
        every = read(make.sign(make.written(root).decode(), counter_plan), name="a.xml")
        counter = next(one for one in every if one.counter_of is not None)

        assert (counter.id, counter.counter_of) == ("sig/counter-1", "sig")
        assert counter.data_found is found


def test_too_many_signatures():
    with pytest.raises(Unverifiable) as refused:
        read(b"<a>" + f'<Signature xmlns="{DS}"/>'.encode() * 201 + b"</a>", name="a.xml")

    assert (refused.value.code, refused.value.reason) == ("TOO_LARGE", "xml.too_many_signatures")
